"""The journal: what was written stays readable, whatever was torn; one batch at a time."""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.journal import Entry, Journal, _line, locked
from grader.layout import CourseFolder, GraderError

SLUG = "01-tiny"
words = st.text(max_size=12)
names = st.sampled_from(["anna", "zoé", 'b "q"', "ünal\n", "\ud800"])
entries = st.builds(
    Entry,
    student=names,
    submission=words,
    environment=words,
    sandbox=st.sampled_from(["full", "limits"]),
    seed=st.integers(0, 2**31),
    signatures=st.dictionaries(words, words, max_size=2),
    verdicts=st.dictionaries(words, st.tuples(words, words), max_size=3),
    answers=st.dictionaries(words, st.tuples(st.booleans(), words), max_size=2),
    notes=st.lists(words, max_size=2),
    timestamp=st.sampled_from(["", "2026-02-01T08:00:00"]),
)
PLAIN = Entry("anna", "s", "e", "full", 1, {"task1": "a"}, {"task1-a": ("passed", "")}, {}, [], "")


@contextmanager
def folder() -> Iterator[CourseFolder]:
    with tempfile.TemporaryDirectory() as name:
        yield CourseFolder(Path(name))


def last(found: list[Entry]) -> dict[str, Entry]:
    return {entry.student: entry for entry in found}


@settings(max_examples=80, deadline=None)
@given(st.lists(entries, max_size=5), st.data())
def test_any_prefix_of_a_journal_reads_back_its_complete_lines(
    written: list[Entry], data: st.DataObject
) -> None:
    lines = [_line(entry) for entry in written]
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    # A line counts as soon as its last brace is there; the end of line adds nothing.
    complete = [
        entry
        for number, entry in enumerate(written)
        if sum(map(len, lines[: number + 1])) - 1 <= cut
    ]
    with folder() as course:
        path = Journal(course, SLUG).path
        path.parent.mkdir()
        path.write_bytes(whole[:cut])
        journal = Journal(course, SLUG)
        assert journal.last == last(complete)
        # What is appended after a torn line is whole again.
        more = data.draw(entries)
        journal.append(more)
        assert journal.last == Journal(course, SLUG).last == last([*complete, more])


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(words | st.sampled_from(["verdicts", "answers", "student"]), inner),
    max_leaves=6,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_a_line_of_anything_else_is_skipped(rubbish: bytes) -> None:
    with folder() as course:
        path = Journal(course, SLUG).path
        path.parent.mkdir()
        path.write_bytes(_line(PLAIN) + rubbish + b"\n" + _line(replace(PLAIN, student="ben")))
        assert Journal(course, SLUG).last == last([PLAIN, replace(PLAIN, student="ben")])


def test_equal_entries_have_equal_keys_also_after_reading_back(tmp_path: Path) -> None:
    journal = Journal(CourseFolder(tmp_path), SLUG)
    journal.append(PLAIN)
    (read,) = Journal(CourseFolder(tmp_path), SLUG).last.values()
    assert read == PLAIN and read.key == PLAIN.key
    assert read.key != replace(PLAIN, seed=2).key
    assert read.verdict("task1-a") == journal.last["anna"].verdict("task1-a")
    assert read.verdict("elsewhere") is None


def test_a_full_disk_tears_a_line_and_loses_none_before_it(tmp_path: Path) -> None:
    journal = Journal(CourseFolder(tmp_path), SLUG)
    journal.append(PLAIN)
    room = journal.path.stat().st_size + 40
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            journal.append(replace(PLAIN, student="ben"))
        except OSError as error:
            code = 0 if error.filename == str(journal.path) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert journal.path.stat().st_size == room  # torn
    again = Journal(CourseFolder(tmp_path), SLUG)
    assert again.last == last([PLAIN])
    again.append(replace(PLAIN, student="ben"))
    assert sorted(Journal(CourseFolder(tmp_path), SLUG).last) == ["anna", "ben"]


def test_one_batch_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.journal.PATIENCE", 0.2)
    course = CourseFolder(tmp_path)
    with locked(course):
        with pytest.raises(GraderError, match="another autograde is at work") as caught:
            with locked(course):
                pass
        assert "\n" not in str(caught.value)
    with locked(course):
        pass  # free again


def test_a_batch_waits_for_the_last_of_one_that_was_killed(tmp_path: Path) -> None:
    course = CourseFolder(tmp_path)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with locked(course):
                os.write(write, b"held")
                time.sleep(0.4)
        finally:
            os._exit(0)
    os.read(read, 4)
    with locked(course):
        pass
    os.waitpid(pid, 0)
    os.close(read)
    os.close(write)
