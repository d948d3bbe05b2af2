"""The outcome of grading as plain data, and the files that keep it.

The gradebook holds points and what was given by hand. It has no room for the outcome of a test and
its message, so these lie in ``results/SECTION/STUDENT.json``. Any engine writes the same records.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.layout import CourseFolder, write

__all__ = ["Late", "Record", "TaskResult", "Verdict", "load", "save"]

# What a test can come to. Only PASSED carries points.
PASSED = "passed"
FAILED = "failed"
NOT_ATTEMPTED = "not attempted"
ERROR = "error"
OUT_OF_TIME = "out of time"
OUT_OF_MEMORY = "out of memory"
CRASHED = "crashed"
NOT_RUN = "not run"
# What an answer that is graded by hand can come to.
NO_ANSWER = "no answer"
BY_HAND = "needs manual grading"
GIVEN = "graded by hand"

# What a submission can come to.
GRADED = "graded"
NEEDS_HAND = "needs manual grading"
PROBLEM = "problem"
NOT_JUDGED = "could not be judged"
NOT_GRADED = "not graded yet"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an engine says about one test cell."""

    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One graded cell of one submission."""

    grade_id: str
    points: float
    max_points: float
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """How late a submission is: days, those of them that are free, and the points it costs."""

    days: int
    free: int
    penalty: float
    note: str = ""


@dataclass(slots=True)
class Record:
    """The outcome of one submission.

    Attributes
    ----------
    score
        What counts: points earned and extra points, less what lateness costs.
    message
        For a submission without a grade, its file and what to do about it.
    extra
        Points given on top of those of the tasks; may be negative.
    notes
        What was mended before grading, and other things worth knowing.
    sandbox
        The level that student code was confined with, ``"full"`` or ``"limits"``.
    origin
        What the outcome rests on: seed, and the hashes of submission, answers and code.
    late
        Worked out anew at each reading, since it depends on all sections; never kept.
    """

    student: str
    status: str
    score: float
    max_score: float
    tasks: list[TaskResult] = field(default_factory=list)
    message: str = ""
    extra: float = 0.0
    notes: list[str] = field(default_factory=list)
    sandbox: str = ""
    origin: dict[str, Any] = field(default_factory=dict)
    late: Late | None = None

    @property
    def earned(self) -> float:
        """The points that answers earned, before extra points and what lateness costs."""
        return sum(task.points for task in self.tasks)

    def public(self) -> dict[str, Any]:
        """Return what ``grades --format json`` prints of it."""
        whole = asdict(self)
        del whole["origin"]
        return whole


def save(course: CourseFolder, slug: str, record: Record) -> None:
    """Keep a record."""
    whole = asdict(record)
    del whole["late"]
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    write(course.result(record.student, slug), (text + "\n").encode())


def load(course: CourseFolder, slug: str, student: str) -> Record | None:
    """Read a record back, or None when there is none that can be read."""
    try:
        whole = json.loads(course.result(student, slug).read_text(encoding="utf-8"))
        whole["tasks"] = [TaskResult(**task) for task in whole["tasks"]]
        return Record(**whole)
    except (OSError, ValueError, KeyError, TypeError):
        return None
