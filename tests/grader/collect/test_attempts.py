"""The newest attempt wins, with the time that belongs to it, whatever happens meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from grader.journal import locked

from ..conftest import SLUG
from .conftest import Desk, book, canvas, exchange, moodle


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((canvas(5), "2026-03-01 12:00"), (canvas(6), "2026-03-01 12:00")),
        # A later download of an older upload is still the older one.
        ((canvas(5), "2026-03-02 12:00"), (canvas(6), "2026-03-01 12:00")),
        ((canvas(99), "2026-03-01 12:00"), (canvas(100), "2026-03-01 12:00")),
        ((moodle, "2026-03-01 12:00"), (moodle, "2026-03-01 12:02")),
    ],
)
def test_an_older_attempt_never_wins(desk: Desk, first: Any, second: Any) -> None:
    old = desk.zip(first[0]("old"), "old.zip", first[1])
    new = desk.zip(second[0]("new"), "new.zip", second[1])
    assert desk.collect(old) == 0
    (student,) = desk.there()
    for sources, said in (([new], "newer attempt"), ([old], "older attempt"), ([new], "unchanged")):
        assert desk.collect(*sources) == 0, desk.err
        assert desk.there() == {student: "new"} and f"exercises.ipynb: {said}" in desk.out
    desk.course.submitted(student, SLUG).unlink()
    assert desk.collect(new, old) == 0 and desk.there() == {student: "new"}


def test_a_time_is_that_of_its_attempt(desk: Desk) -> None:
    monday, tuesday = "2026-03-02 09:00:00.000000 UTC", "2026-03-03 09:00:00.000000 UTC"
    first = desk.folder(exchange("ada", monday, "A"), "1")
    assert desk.collect(first) == 0 and desk.time("ada") == f"{monday}\n"
    # The same answers once more, later: that is when they were handed in.
    again = desk.folder(exchange("ada", tuesday, "A"), "2")
    assert desk.collect(again) == 0 and desk.time("ada") == f"{tuesday}\n"
    between = desk.folder(exchange("ada", "2026-03-02 20:00:00 UTC", "B"), "3")
    assert desk.collect(between) == 0 and desk.there() == {"ada": "A"}
    # A time that the instructor mended stays; a newer attempt without a time has none.
    desk.course.submitted("ada", SLUG).with_name("timestamp.txt").write_text(monday)
    assert desk.collect(again) == 0 and desk.time("ada") == monday
    assert desk.collect(desk.zip({"ada/exercises.ipynb": book("C")}, when="2026-03-05 08:00")) == 0
    assert desk.there() == {"ada": "C"} and desk.time("ada") is None
    later = desk.zip({"ada/exercises.ipynb": book("D")}, when="2026-03-05 09:00")
    assert desk.collect(later, "--file-times") == 0
    assert desk.time("ada") == "2026-03-05 09:00:00.000000 UTC\n"


def test_times_of_two_folders_are_not_mixed_up(desk: Desk) -> None:
    def folder(name: str, time: str, word: str) -> Path:
        return desk.folder(
            {"ada/exercises.ipynb": book(word), "ada/timestamp.txt": time.encode()}, name
        )

    new = folder("new", "2026-03-03 09:00:00.000000 UTC", "new")
    old = folder("old", "2026-03-02 09:00:00.000000 UTC", "old")
    assert desk.collect(new, old) == 0, desk.err
    assert desk.there() == {"ada": "new"} and desk.time("ada") == "2026-03-03 09:00:00.000000 UTC\n"


def test_a_time_outside_of_the_calendar_is_none(desk: Desk) -> None:
    stamp = b"0001-01-01 00:00:00 +0200"
    folder = desk.folder({"ada/exercises.ipynb": book("A"), "ada/timestamp.txt": stamp})
    assert desk.collect(folder) == 0 and desk.there() == {"ada": "A"}
    assert desk.time("ada") is None


def test_what_was_mended_by_hand_stays_until_something_new_comes(desk: Desk) -> None:
    source = desk.zip(canvas(5)("typo"))
    assert desk.collect(source) == 0
    desk.course.submitted("1", SLUG).write_bytes(book("mended"))
    assert desk.collect(source) == 0 and desk.there() == {"1": "mended"}
    assert desk.collect(desk.zip(canvas(6)("new"))) == 0 and desk.there() == {"1": "new"}


def test_of_unknown_age_is_left_until_told(desk: Desk) -> None:
    path = desk.course.submitted("1", SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(book("laid down by hand"))
    source = desk.zip(canvas(5)("from Canvas"))
    assert desk.collect(source) == 1
    assert "say --replace" in desk.err and desk.there() == {"1": "laid down by hand"}
    assert desk.collect(source, "--replace") == 0 and desk.there() == {"1": "from Canvas"}


def test_two_that_are_equally_new_are_left_out(desk: Desk) -> None:
    name = "Ada_1_assignsubmission_file_{}"
    same = {name.format("exercises.ipynb"): book("A"), name.format("/exercises.ipynb"): book("A")}
    assert desk.collect(desk.zip(same, "1.zip")) == 0 and desk.there() == {"Ada": "A"}
    desk.course.submitted("Ada", SLUG).unlink()
    other = same | {name.format("/exercises.ipynb"): book("B")}
    assert desk.collect(desk.zip(other, "2.zip")) == 1 and not desk.there()
    assert "2 different notebooks" in desk.err
    several = {f"ada_1_{n}_{name}.ipynb": book(name) for n, name in enumerate(("try", "final"))}
    assert desk.collect(desk.zip(several, "3.zip")) == 1 and not desk.there()
    assert "none of them called exercises.ipynb" in desk.err


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    source = desk.zip(canvas(5)("A") | {"x_2_6_exercises.ipynb": b"no JSON"})
    before = desk.everything()
    assert desk.collect(source, "--dry-run") == 1
    said = desk.out.splitlines()
    assert desk.everything() == before and not desk.course.path.exists()
    assert said.pop().endswith("; a dry run, nothing was written")
    assert desk.collect(source) == 1
    assert desk.out.splitlines()[:-1] == said and len(said) == 1


def test_not_while_a_batch_is_at_work(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr("grader.journal.PATIENCE", 0.0)
    desk.course.path.mkdir()
    with locked(desk.course):
        assert desk.collect(desk.zip(canvas(5)("A"))) == 1
    assert "another autograde is at work" in desk.err and not desk.there()


def test_a_crash_between_two_files_is_mended_by_the_next_run(desk: Desk, monkeypatch: Any) -> None:
    monday, tuesday = "2026-03-02 09:00:00.000000 UTC", "2026-03-03 09:00:00.000000 UTC"
    assert desk.collect(desk.folder(exchange("ada", monday, "A"), "1")) == 0
    newer = desk.folder(exchange("ada", tuesday, "B"), "2")
    real = os.replace
    for crash in (1, 2, 3):
        count = iter(range(1, 10))

        def failing(source: str, target: Any, at: int = crash, count: Any = count) -> None:
            if next(count) == at:
                raise OSError(28, "No space left on device")
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", failing)
            assert desk.collect(newer) == 1 and "No space left" in desk.err
        assert desk.there()["ada"] in ("A", "B")
        assert not list(desk.course.submissions.rglob(".writing-*"))
        assert desk.collect(newer) == 0
        assert desk.there() == {"ada": "B"} and desk.time("ada") == f"{tuesday}\n"
        for path in desk.course.submitted("ada", SLUG).parent.iterdir():
            path.unlink()
        assert desk.collect(desk.root / "1") == 0
