"""What was judged, a line each, only ever appended to.

The journal is what makes a batch safe to interrupt. A line goes to the disk before anything else is
made of it; gradebook, records and pages follow from the lines and can be made again. A line that
was torn by a power cut is skipped, and its submission judged again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.layout import CourseFolder, GraderError, shown
from grader.results import Verdict

__all__ = ["Entry", "Journal", "durable", "locked", "sweep"]

PATIENCE = 2.0  # seconds


@dataclass(frozen=True)
class Entry:
    """One submission as it was judged.

    Attributes
    ----------
    submission
        Hash of what was handed in.
    environment
        Hash of the code and the versions that judged it.
    signatures
        For each task, a hash of what its tests rest on.
    verdicts
        For each test cell, outcome and message.
    answers
        For each cell that is graded by hand, whether anything is written there, and a hash of it.
    timestamp
        When it was handed in, in ISO format; empty when that isn't known.
    """

    student: str
    submission: str
    environment: str
    sandbox: str
    seed: int
    signatures: dict[str, str]
    verdicts: dict[str, tuple[str, str]]
    answers: dict[str, tuple[bool, str]]
    notes: list[str]
    timestamp: str

    @property
    def key(self) -> str:
        """A hash of all of it: equal for equal entries."""
        return hashlib.sha256(_line(self)).hexdigest()

    def shared(self) -> Entry:
        """Return it with texts that it has in common with others: a class gets the same few."""
        one = sys.intern
        return replace(
            self,
            environment=one(self.environment),
            sandbox=one(self.sandbox),
            signatures={one(task): one(text) for task, text in self.signatures.items()},
            verdicts={one(n): (one(o), one(text)) for n, (o, text) in self.verdicts.items()},
            answers={one(name): answer for name, answer in self.answers.items()},
        )

    def verdict(self, name: str) -> Verdict | None:
        """Return what a test cell came to, or None if it was not judged."""
        return Verdict(*self.verdicts[name]) if name in self.verdicts else None


def _line(entry: Entry) -> bytes:
    text = json.dumps(vars(entry), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


class Journal:
    """The journal of one section in one course folder.

    Attributes
    ----------
    last
        The last entry of each student.
    """

    def __init__(self, course: CourseFolder, slug: str) -> None:
        self.path = course.path / "journal" / f"{slug}.jsonl"
        self.last: dict[str, Entry] = {entry.student: entry for entry in self._entries()}

    def _entries(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                try:
                    yield _entry(json.loads(line)).shared()
                except (ValueError, TypeError, KeyError, AttributeError):
                    continue  # torn by a crash

    def append(self, entry: Entry) -> None:
        """Put an entry on the disk.

        Raises
        ------
        OSError
            If it can't be written; the journal can be read all the same.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists()
        data = _line(entry)
        try:
            with self.path.open("ab", buffering=0) as file:
                if file.tell() and not self._ends_well():
                    data = b"\n" + data
                # A full disk may take a part of it: that is a torn line, as after a power cut.
                while data:
                    data = data[file.write(data) :]
                os.fsync(file.fileno())
            if new:
                durable(self.path.parent)
        except OSError as error:
            error.filename = error.filename or str(self.path)
            raise
        self.last[entry.student] = entry

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _entry(plain: dict[str, Any]) -> Entry:
    plain["verdicts"] = {name: (str(o), str(m)) for name, (o, m) in plain["verdicts"].items()}
    plain["answers"] = {name: (bool(w), str(h)) for name, (w, h) in plain["answers"].items()}
    return Entry(**plain)


def durable(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(course: CourseFolder, slug: str) -> None:
    """Remove what a batch that was killed had half written."""
    for place in (f"autograded/*/{slug}", f"results/{slug}", f"release/{slug}"):
        for left in course.path.glob(f"{place}/.writing-*"):
            left.unlink()
    for folder in course.path.glob(".writing-*"):
        shutil.rmtree(folder)


@contextmanager
def locked(course: CourseFolder) -> Iterator[None]:
    """Keep other batches away from a course folder.

    Raises
    ------
    GraderError
        If another batch is at work on it.
    """
    path: Path = course.path / ".autograde.lock"
    with path.open("a") as file:
        # The processes of a batch that was killed this moment hold the lock until they are gone.
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
            raise GraderError(
                f"{shown(path)}: another autograde is at work on this course; wait until it is done"
            )
        yield
