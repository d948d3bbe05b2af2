"""What a regrade changes: who gained or lost how much, and where.

The grades before it are kept in a file until it has come to its end, so that one that was
interrupted and run again still tells all of it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.layout import CourseFolder, write
from grader.spreadsheet import guarded, number
from grader.table import collect

__all__ = ["Change", "begin", "end", "summary"]

PENDING = ".before"


@dataclass(frozen=True)
class Standing:
    """What a student has: status, points, and the points of each graded cell."""

    status: str = ""
    score: float = 0.0
    cells: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a regrade changed for one student."""

    student: str
    before: Standing
    after: Standing

    @property
    def gain(self) -> float:
        """Points gained, negative for points lost."""
        return round(self.after.score - self.before.score, 4)

    @property
    def cells(self) -> dict[str, float]:
        """What each cell gained, for those where that isn't nothing."""
        names = dict.fromkeys([*self.before.cells, *self.after.cells])
        gains = {n: self.after.cells.get(n, 0.0) - self.before.cells.get(n, 0.0) for n in names}
        return {name: gain for name, gain in gains.items() if gain}

    def __str__(self) -> str:
        cells = ", ".join(f"{name} {gain:+g}" for name, gain in self.cells.items())
        status = ""
        if self.before.status != self.after.status:
            status = f"; {self.before.status or 'no submission'} -> {self.after.status}"
        return (
            f"{self.student}: {self.before.score:g} -> {self.after.score:g} ({self.gain:+g})"
            f"{f': {cells}' if cells else ''}{status}"
        )


def begin(course: CourseFolder, slug: str) -> bool:
    """Keep what students have before a regrade, unless one is on its way.

    Returns
    -------
    bool
        Whether one was: then what was before that one counts.

    Raises
    ------
    GraderError
        If the gradebook can't be read.
    OSError
        If it can't be kept.
    """
    path = _pending(course, slug)
    if _read(path) is not None:
        return True
    whole = {name: asdict(standing) for name, standing in _standings(course, slug).items()}
    write(path, json.dumps(whole, ensure_ascii=False).encode(), synced=True)
    return False


def end(course: CourseFolder, slug: str) -> tuple[list[Change], Path | None]:
    """Say what changed since :func:`begin`, and keep it as a table.

    Returns
    -------
    list of Change
        By the students' names.
    Path or None
        The table; None where nothing changed.
    """
    pending = _pending(course, slug)
    before, after = _read(pending) or {}, _standings(course, slug)
    changes = [
        Change(name, before.get(name, Standing()), standing)
        for name, standing in after.items()
        if before.get(name) != standing
    ]
    path = _keep(course, slug, changes) if changes else None
    pending.unlink(missing_ok=True)
    return changes, path


def summary(changes: Sequence[Change], students: int) -> str:
    """Return what changed in one line."""
    gains = [change.gain for change in changes]
    told = []
    for word, sign in (("gained", 1), ("lost", -1)):
        if these := [gain * sign for gain in gains if gain * sign > 0]:
            told.append(f"{len(these)} {word} (at most {max(these):g})")
    same = students - sum(gain != 0 for gain in gains)
    return ", ".join([*told, f"{same} {'have' if same != 1 else 'has'} the same points"])


def _standings(course: CourseFolder, slug: str) -> dict[str, Standing]:
    return {
        record.student: Standing(
            record.status,
            round(record.score, 4),
            {task.grade_id: task.points for task in record.tasks},
        )
        for record in collect(course, slug)
    }


def _pending(course: CourseFolder, slug: str) -> Path:
    return course.path / "regrades" / f"{PENDING}-{slug}.json"


def _read(path: Path) -> dict[str, Standing] | None:
    try:
        whole: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return {name: Standing(**plain) for name, plain in whole.items()}
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _keep(course: CourseFolder, slug: str, changes: Sequence[Change]) -> Path:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["student_id", "before", "after", "change", "cells"])
    for change in changes:
        cells = "; ".join(f"{name} {gain:+g}" for name, gain in change.cells.items())
        points = map(number, (change.before.score, change.after.score, change.gain))
        writer.writerow([guarded(change.student), *points, guarded(cells)])
    path = course.path / "regrades" / f"{slug}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.csv"
    write(path, ("\ufeff" + buffer.getvalue()).encode(), synced=True)
    return path
