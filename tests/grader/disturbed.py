"""Run the command in processes that can be killed, and say what a batch leaves behind.

The command runs in a fork of this process, as the leader of a process group that is killed as a
whole: what a power cut does to it, without paying for a start of Python each time. Whatever
survives its parents becomes a child of this process, so that nothing left running goes unnoticed.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook
from grader.cli import main
from grader.feedback import give_feedback
from grader.journal import Entry, Journal
from grader.layout import CourseFolder, Repository

from .conftest import SLUG, Submitter, by_id, make_repository
from .light import start_light_nurseries

PR_SET_CHILD_SUBREAPER = 36
STUDENTS = 8
VERSION = "SELECT version_num FROM alembic_version"


def adopt(orphans: bool) -> None:
    """Let what loses its parents become a child of this process, or no longer."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0)


def children() -> set[int]:
    found: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        found |= set(map(int, path.read_text().split()))
    return found


def ended(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return True


def nothing_left(before: set[int], seconds: float = 5.0) -> list[str]:
    """Wait for all that this process has inherited to end; return what goes on."""
    deadline = time.monotonic() + seconds
    while (left := children() - before) and time.monotonic() < deadline:
        if all([ended(pid) for pid in left]):
            continue  # their own children may have come here meanwhile
        time.sleep(0.01)
    return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in left]


class Run:
    """The command on its way, in a process group of its own."""

    def __init__(self, course: Course, *arguments: str, within: Callable[[], None] | None = None):
        self.before = children()
        self.output = course.scratch.with_suffix(".txt")
        self.code: int | None = None
        self.pid = os.fork()
        with contextlib.suppress(OSError):  # on both sides, whichever comes first
            os.setpgid(self.pid, self.pid)
        if self.pid:
            return
        code = 70
        try:
            sys.stdout.flush()
            handle = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            tempfile.tempdir = str(course.scratch)
            # A shell that starts the tests in its background has this ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            start_light_nurseries(pytest.MonkeyPatch())
            if within:
                within()
            where = ["--course", str(course.folder.path)]
            code = main(["autograde", SLUG, *where, "--workers", "2", *arguments], course.masters)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def poll(self) -> int | None:
        if self.code is None and (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.code = os.waitstatus_to_exitcode(found[1])
        return self.code

    def wait(self, seconds: float = 60.0) -> int:
        deadline = time.monotonic() + seconds
        while self.poll() is None:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.005)
        assert self.code is not None
        assert nothing_left(self.before) == []
        return self.code

    def until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            assert self.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.002)

    def kill(self) -> bool:
        """Kill it and all in its group; False if it had ended by itself."""
        if self.poll() is not None:
            return False
        os.killpg(self.pid, signal.SIGKILL)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code == -signal.SIGKILL

    def said(self) -> list[str]:
        return self.output.read_text().splitlines()


# -- courses --------------------------------------------------------------------------------------


@dataclass
class Course:
    """A course folder of eight submissions, and the masters they belong to."""

    masters: Repository
    folder: CourseFolder
    scratch: Path

    def copy(self, place: Path, scratch: Path | None = None) -> Course:
        shutil.copytree(self.folder.path, place / "course")
        scratch = scratch or place / "scratch"
        scratch.mkdir()
        return Course(self.masters, CourseFolder(place / "course"), scratch)

    def size(self) -> int:
        """Bytes that it takes on a disk."""
        files = (path for path in self.folder.path.rglob("*") if path.is_file())
        return sum(-(-path.stat().st_size // 4096) * 4096 for path in files)

    def lines(self) -> int:
        path = Journal(self.folder, SLUG).path
        return path.read_bytes().count(b"\n") if path.exists() else 0


def undisturbed_outcome(fresh: Course, place: Path, seed: int) -> Outcome:
    """What one batch on a copy of a course comes to, with nothing in its way."""
    course = fresh.copy(place)
    run = Run(course, "--seed", str(seed))
    assert run.wait() == 0, run.said()
    return Outcome.of(course)


def fresh_course(root: Path) -> Course:
    """The course before anything is graded: right, wrong, blank, noisy, and no notebook."""
    importlib.import_module("grader.autograde")
    with gradebook.opened(CourseFolder(root)):
        pass  # the forks find all that this imports
    masters = make_repository(root / "repo")
    submitter = Submitter(CourseFolder(root / "course"))
    answers = (
        "def double(x):\n    return x + x",
        "def double(x):\n    return 3 * x",
        'print("said")\ndef double(x):\n    return 2 * x',
        "def double(x):\n    raise ValueError(x)",
    )
    for number in range(STUDENTS - 1):
        cells = submitter.cells()
        by_id(cells, "task1")["source"] = answers[number % len(answers)]
        if number % 3 == 1:
            by_id(cells, "task2-why")["source"] = ""
        path = submitter.hand_in(f"s{number}", cells)
        if number % 2:
            path.with_name("timestamp.txt").write_text(f"2026-02-0{number} 08:00:00 UTC")
    submitter.course.submitted("empty", SLUG).parent.mkdir(parents=True)
    (root / "scratch").mkdir()
    return Course(masters, submitter.course, root / "scratch")


def complaint(run: Run) -> str:
    """Return the one line that a run ends with besides those of its progress."""
    assert run.wait() == 1, run.said()
    lines = [
        line for line in run.said() if "grading with seed" not in line and "points" not in line
    ]
    (line,) = [line for line in lines if "empty folder" not in line]
    assert "Traceback" not in line and not any(word.startswith("/") for word in line.split())
    return line


@dataclass
class Outcome:
    """All that a batch leaves behind, without the ids that are drawn anew each time."""

    rows: dict[str, list[Any]]
    entries: dict[str, Entry]
    files: dict[str, bytes]
    size: int = field(compare=False)

    @classmethod
    def of(cls, course: Course, *, feedback: bool = True) -> Outcome:
        folder, size = course.folder, course.size()
        if feedback:
            give_feedback(course.masters, folder, SLUG)
        files = {
            path.relative_to(folder.path).as_posix(): path.read_bytes()
            for path in folder.path.rglob("*")
            if path.is_file() and path != folder.gradebook and "journal" not in path.parts
        }
        return cls(rows(folder), Journal(folder, SLUG).last, files, size)


def rows(folder: CourseFolder) -> dict[str, list[Any]]:
    """Read every table of the gradebook by names instead of ids."""
    from nbgrader import api
    from sqlalchemy import inspect, text

    found: dict[str, list[Any]] = {}
    with gradebook.opened(folder) as opened:
        for table in (api.Grade, api.Comment):
            found[table.__name__] = sorted(
                [r.student.id, r.cell.name, *(v for k, v in _values(r) if k[-2:] != "id")]
                for r in opened.db.query(table)
            )
        for table in (api.GradeCell, api.SolutionCell, api.SourceCell):
            found[table.__name__] = sorted(
                [r.name, *(str(v) for k, v in _values(r) if k[-2:] != "id")]
                for r in opened.db.query(table)
            )
        found["works"] = sorted(
            [r.student_id, r.assignment.name, str(r.timestamp), [n.name for n in r.notebooks]]
            for r in opened.db.query(api.SubmittedAssignment)
        )
        found["students"] = sorted(r.id for r in opened.db.query(api.Student))
        with opened.engine.connect() as database:
            found["tables"] = sorted(
                (name, database.execute(text(f"SELECT count(*) FROM {name}")).scalar())
                for name in inspect(database).get_table_names()
            )
            found["version"] = list(map(tuple, database.execute(text(VERSION))))
            if opened.engine.name == "sqlite":
                assert database.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    return found


def _values(row: Any) -> list[tuple[str, Any]]:
    return [(column.name, getattr(row, column.key)) for column in row.__table__.columns]
