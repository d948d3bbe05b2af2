"""Extra points for one student, with a reason, where nbgrader keeps them.

They are nbgrader's "extra credit" of a test, so the formgrader shows them, and no regrade touches
them. The reason goes into the comment on the answer that the test is about, which the student reads
in the feedback. Both are written in one transaction, as sums, so that nobody's change is lost.
"""

from __future__ import annotations

from typing import Any

from grader import gradebook
from grader.grades import Grades
from grader.layout import CourseFolder, GraderError, Repository, UsageError
from grader.master import Cell, Master, read_master

__all__ = ["give_extra"]


def give_extra(
    repository: Repository,
    course: CourseFolder,
    slug: str,
    student: str,
    points: float,
    reason: str,
    task: str = "",
) -> tuple[str, Grades]:
    """Add extra points to those that a student has in a section.

    Parameters
    ----------
    points
        Negative ones take points away.
    task
        A task such as ``task3``, or a test of it; the section's last test by default.

    Returns
    -------
    str
        The test whose extra credit they are.
    Grades
        What the student has now.

    Raises
    ------
    UsageError
        If the section has no such test.
    GraderError
        If the student has no grade there, or would have less than nothing.
    """
    test, answer = _place(read_master(repository, slug), task)
    with gradebook.opened(course) as book:
        before = gradebook.read_open(book, slug, [student]).get(student)
        if before is None or test not in before.marks:
            raise GraderError(f"{slug}: no graded submission of {student!r}; grade it first")
        if before.score + points < 0:
            raise GraderError(
                f"{student} has {before.score:g} points in {slug}; {points:+g} would leave less "
                "than nothing"
            )
        _add(book, slug, student, test, answer, points, f"Extra points: {points:+g}. {reason}")
        book.db.commit()
        return test, gradebook.read_open(book, slug, [student])[student]


def _place(master: Master, task: str) -> tuple[str, str]:
    """Return the test that gets the points, and the answer that gets the comment."""
    fits = [cell for cell in master.cells if cell.automatic and _is_of(cell, task)]
    if not fits:
        tests = ", ".join(cell.grade_id for cell in master.cells if cell.automatic)
        raise UsageError(f"{master.slug} has no test of {task!r}; there is {tests}")
    test = fits[-1]
    answers = [cell for cell in master.cells[: test.index] if cell.solution]
    return test.grade_id, answers[-1].grade_id


def _is_of(cell: Cell, task: str) -> bool:
    return not task or cell.grade_id == task or cell.grade_id.startswith(f"{task}-")


def _add(
    book: Any, slug: str, student: str, test: str, answer: str, points: float, text: str
) -> None:
    from nbgrader.api import Comment, Grade, MissingEntry
    from sqlalchemy import func, update

    where = (gradebook.NAME, slug, student)
    try:
        grade, comment = book.find_grade(test, *where).id, book.find_comment(answer, *where).id
    except MissingEntry as error:
        raise GraderError(f"{error}; grade it again with --force") from None
    credit = func.coalesce(Grade.extra_credit, 0.0) + points
    said = func.coalesce(Comment.manual_comment + "\n\n", "") + text
    book.db.execute(update(Grade).where(Grade.id == grade).values(extra_credit=credit))
    book.db.execute(update(Comment).where(Comment.id == comment).values(manual_comment=said))
