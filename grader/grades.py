"""The grades of one submission as the gradebook holds them, and what a record makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader import results
from grader.results import Record, TaskResult, Verdict

__all__ = ["Grades", "Mark", "current"]


@dataclass(frozen=True)
class Mark:
    """One grade as the gradebook holds it.

    Attributes
    ----------
    extra
        Points given on top of it, which belong to no answer.
    """

    points: float
    max_points: float
    by_hand: bool
    waiting: bool
    extra: float = 0.0


@dataclass(frozen=True)
class Grades:
    """The grades of one submission, by grade id."""

    marks: dict[str, Mark]

    @property
    def earned(self) -> float:
        """The points so far, without extra points."""
        return sum(mark.points for mark in self.marks.values())

    @property
    def extra(self) -> float:
        """Extra points, which may be negative."""
        return sum(mark.extra for mark in self.marks.values())

    @property
    def score(self) -> float:
        """The points so far, with extra points."""
        return self.earned + self.extra

    @property
    def max_score(self) -> float:
        """The points that can be had."""
        return sum(mark.max_points for mark in self.marks.values())

    @property
    def waiting(self) -> bool:
        """Whether something is to be graded by hand."""
        return any(mark.waiting for mark in self.marks.values())

    def tasks(self, order: list[str], verdicts: Mapping[str, Verdict]) -> list[TaskResult]:
        """Return one result for each graded cell.

        Parameters
        ----------
        order
            The grade ids in the order of the notebook.
        verdicts
            What the tests came to; a cell without a verdict is graded by hand.
        """
        tasks = []
        for name in [*order, *sorted(set(self.marks) - set(order))]:
            mark = self.marks[name]
            verdict = verdicts.get(name)
            if verdict is None:
                given = results.GIVEN if mark.by_hand else results.NO_ANSWER
                verdict = Verdict(results.BY_HAND if mark.waiting else given)
            tasks.append(
                TaskResult(name, mark.points, mark.max_points, verdict.outcome, verdict.message)
            )
        return tasks


def current(record: Record, grades: Grades) -> Record:
    """Bring a record up to date with the points that were given by hand since."""
    order = [task.grade_id for task in record.tasks if task.grade_id in grades.marks]
    by_hand = (results.BY_HAND, results.GIVEN, results.NO_ANSWER)
    verdicts = {
        task.grade_id: Verdict(task.outcome, task.message)
        for task in record.tasks
        if task.outcome not in by_hand
    }
    record.tasks = grades.tasks(order, verdicts)
    record.score, record.max_score, record.extra = grades.score, grades.max_score, grades.extra
    if record.status in (results.GRADED, results.NEEDS_HAND):
        record.status = results.NEEDS_HAND if grades.waiting else results.GRADED
    return record
