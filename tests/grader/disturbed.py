"""Run the command in processes that can be killed, and say what a batch leaves behind.

The command runs in a fork of this process, as the leader of a process group that is killed as a
whole: what a power cut does to it, without paying for a start of Python each time. Whatever
survives its parents becomes a child of this process, so that nothing left running goes unnoticed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import sqlite3
import subprocess
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

from .conftest import SLUG

PR_SET_CHILD_SUBREAPER = 36
LIGHT = (
    "import sys; from grader.sealed import nursery; nursery.PRELOADED = ('numpy',); "
    "nursery.main(*sys.argv[1:])"
)


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


def start_light_nurseries(patch: pytest.MonkeyPatch) -> None:
    """Let nurseries load no more than the tiny section needs."""
    start = subprocess.Popen.__init__

    def lighter(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        if "grader.sealed.nursery" in args:
            place = args.index("-m")
            args = [*args[:place], "-c", LIGHT, *args[place + 2 :]]
        start(self, args, *rest, **options)

    patch.setattr(subprocess.Popen, "__init__", lighter)


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
    with contextlib.closing(sqlite3.connect(folder.gradebook)) as database:
        found["tables"] = sorted(
            (name, *database.execute(f"SELECT count(*) FROM {name}").fetchone())
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        )
        found["version"] = database.execute("SELECT * FROM alembic_version").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return found


def _values(row: Any) -> list[tuple[str, Any]]:
    return [(column.name, getattr(row, column.key)) for column in row.__table__.columns]
