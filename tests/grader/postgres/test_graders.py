"""PostgreSQL as the gradebook: the same grades, for several graders at once, on a real server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import database, gradebook, postgres
from grader.cli import main
from grader.journal import Entry, Journal
from grader.layout import GraderError
from grader.table import collect
from tests.grader.conftest import SLUG
from tests.grader.disturbed import (
    STUDENTS,
    Course,
    Outcome,
    Run,
    complaint,
    rows,
)

from .conftest import SEED, batch, give, name_of, outcome, secrets
from .server import Server

pytestmark = pytest.mark.usefixtures("orphans_come_here")

# -- the same grades ------------------------------------------------------------------------------


def test_grades_records_and_pages_are_those_of_a_file(
    large: Course, undisturbed: Outcome, fresh: Course, tmp_path: Path, capsys: Any
) -> None:
    run = Run(large, "--seed", str(SEED))
    assert run.wait() == 0, run.said()
    assert outcome(large) == undisturbed
    # By hand, then again: what was given stays, and every command shows it.
    give(large.folder, "s0", 25, "A fine zebra.")
    assert Run(large, "--seed", str(SEED), "--force").wait() == 0
    record = {r.student: r for r in collect(large.folder, SLUG)}["s0"]
    assert (record.status, record.score) == ("graded", 95)
    where = ["--course", str(large.folder.path)]
    table = tmp_path / "grades.csv"
    for command in (
        ["grades", SLUG, "--format", "csv"], ["feedback", SLUG], ["report", SLUG], ["gradebook"],
        ["export", SLUG, "--format", "csv", "-o", str(table)],
    ):  # fmt: skip
        assert main([*command, *where], large.masters) == 0
    said = capsys.readouterr()
    assert "s0,graded,95,100,20,50,25," in said.out
    assert f"127.0.0.1:{large_port(large)}/{name_of(large)}: PostgreSQL " in said.out
    assert "A fine zebra." in large.folder.feedback("s0", SLUG).read_text()
    assert "s0,,,95,100,graded" in table.read_text(encoding="utf-8-sig")
    assert not any(secret in said.out + said.err for secret in secrets())
    outcome(large)  # no file holds the password


def large_port(course: Course) -> int:
    return postgres.address_of(course.folder, database.server(course.folder)).port or 0


def test_nbgrader_reads_the_same_setting(
    large: Course, instant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(large)
    monkeypatch.chdir(large.folder.path)
    from nbgrader.apps import NbGrader
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    from grader.formgrader import configure

    configure(large.folder)
    app = NbGrader()
    app.load_config_file()
    folder = CourseDirectory(config=app.config)
    assert folder.db_url == database.server(large.folder)
    with database.quietly():
        found = NbGraderAPI(folder).get_submissions(SLUG)
    scores = {each["student"]: (each["score"], each["needs_manual_grade"]) for each in found}
    assert scores["s0"] == (70.0, True) and scores["s1"] == (70.0, False)


# -- several at once ------------------------------------------------------------------------------


def forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return pid


def test_graders_at_work_during_a_batch_lose_nothing(
    large: Course, monkeypatch: pytest.MonkeyPatch, instant: None
) -> None:
    batch(large)
    monkeypatch.setattr("grader.autograde.SETTLE_EVERY", 1)
    written = [f"s{n}" for n in range(STUDENTS - 1) if n % 3 != 1]

    def grade_by_hand(mine: list[str], rounds: int = 4) -> None:
        for number in range(rounds):
            for student in mine:
                give(large.folder, student, 10 + number, f"round {number}", pause=0.01)

    graders = [
        forked(lambda: grade_by_hand(written[0::2])),
        forked(lambda: grade_by_hand(written[1::2])),
        forked(lambda: batch(large, force=True) and None),
    ]
    ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in graders]
    assert ends == [0, 0, 0]
    records = {record.student: record for record in collect(large.folder, SLUG)}
    assert {records[s].score for s in written} == {70 + 13}
    assert {records[s].status for s in written} == {"graded"}
    comments = [row for row in rows(large.folder)["Comment"] if row[1] == "task2-why"]
    assert {row[0] for row in comments if "round 3" in row} == set(written)


def test_a_grade_given_between_reading_and_writing_stays(
    large: Course, instant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(large)
    scored = gradebook._Section.scored
    others: list[int] = []

    def meanwhile(self: Any, item: Any, name: str, row: Any) -> dict[str, Any]:
        if not others:  # the rows are read by now
            others.append(forked(lambda: give(large.folder, "s0", 25, "now")))
            others.append(os.waitpid(others[0], 0)[1])
        return scored(self, item, name, row)

    monkeypatch.setattr(gradebook._Section, "scored", meanwhile)
    path = large.folder.submitted("s0", SLUG)
    path.write_text(path.read_text().replace("Because it doubles.", ""))
    batch(large, students=["s0"])
    assert others[1] == 0
    record = {r.student: r for r in collect(large.folder, SLUG)}["s0"]
    assert (record.score, record.tasks[-1].points) == (95, 25)
    (comment,) = [r for r in rows(large.folder)["Comment"] if r[:2] == ["s0", "task2-why"]]
    assert "now" in comment and "No response." in comment


def test_a_student_whom_somebody_adds_at_the_same_time(
    large: Course, instant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = gradebook._Section.add
    tried: list[str] = []

    def too_late(self: Any, table: Any, rows: list[dict[str, Any]]) -> None:
        if table is self.api.Student and rows:
            tried.append("once")
            if len(tried) == 1:
                with gradebook.opened(large.folder) as other:
                    other.add_student("s0")
        add(self, table, rows)

    monkeypatch.setattr(gradebook._Section, "add", too_late)
    assert len(batch(large)) == STUDENTS and len(tried) == 2
    assert set(gradebook.read(large.folder, SLUG)) == {f"s{n}" for n in range(STUDENTS - 1)}


def test_two_batches_on_one_gradebook(large: Course, tmp_path: Path, undisturbed: Outcome) -> None:
    """Also from another machine, where the course folder is a copy."""
    (tmp_path / "elsewhere").mkdir()
    other = large.copy(tmp_path / "elsewhere")
    with database.reserved(large.folder):
        said = complaint(Run(other, "--seed", str(SEED)))
        assert said.endswith(
            "another autograde is at work on this gradebook; wait until it is done"
        )
        assert "127.0.0.1" in said and "course/nbgrader_config.json" in said
        assert other.lines() == 0
    run = Run(other, "--seed", str(SEED))
    run.until(lambda: other.lines() >= 2)
    assert run.kill()  # and the server lets go of its lock
    assert Run(other, "--seed", str(SEED)).wait() == 0
    assert outcome(other) == undisturbed


def test_no_process_that_a_batch_forks_has_its_connection(large: Course) -> None:
    with database.reserved(large.folder):
        (descriptor,) = postgres._held
        os.fstat(descriptor)

        def look() -> None:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(descriptor)

        assert os.waitpid(forked(look), 0)[1] == 0
        os.fstat(descriptor)
    assert not postgres._held


def test_a_gradebook_made_by_two_at_once(large: Course, tmp_path: Path) -> None:
    def open_it() -> None:
        with gradebook.opened(large.folder):
            pass

    pids = [forked(open_it) for _ in range(3)]
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0, 0]
    assert len(rows(large.folder)["version"]) == 1


# -- in the way -----------------------------------------------------------------------------------


def test_a_server_that_goes_away_in_the_middle(
    large: Course, server: Server, undisturbed: Outcome
) -> None:
    name = name_of(large)

    def closing() -> None:
        append = Journal.append

        def call(self: Journal, entry: Entry) -> None:
            append(self, entry)
            if len(self.last) == 3:
                server.close(name)

        Journal.append = call  # type: ignore[method-assign]

    said = complaint(Run(large, "--seed", str(SEED), within=closing))
    assert "is not currently accepting connections; nothing is lost" in said
    server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert large.lines() == STUDENTS - 1
    assert Run(large, "--seed", str(SEED)).wait() == 0
    assert large.lines() == STUDENTS - 1  # nothing was judged twice
    assert outcome(large) == undisturbed


def test_a_row_that_another_program_holds(
    large: Course, instant: None, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(large)
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)
    with gradebook.opened(large.folder) as other:
        other.find_grade("task2-why", "exercises", SLUG, "s0").manual_score = 25
        other.db.flush()
        path = large.folder.submitted("s0", SLUG)
        path.write_text(path.read_text().replace("Because it doubles.", ""))
        with pytest.raises(GraderError, match="lock timeout; nothing is lost"):
            batch(large)
        other.db.commit()
    batch(large)
    assert gradebook.read(large.folder, SLUG)["s0"].score == 95
