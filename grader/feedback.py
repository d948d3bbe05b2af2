"""One HTML page for each submission, made of the judge's verdicts and the student's answers.

A page says for each task what was asked, what the student wrote, what each check came to and where
in the theory to look. It needs a record of :mod:`grader.results`, the notebook that was graded and
the gradebook, so it doesn't matter which engine judged. A last look withholds every message and
output that a line of a hidden test got into.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader import gradebook, results
from grader.database import exists
from grader.feedback_answers import Handed, handed_in
from grader.feedback_page import page
from grader.feedback_tasks import asked
from grader.layout import CourseFolder, Repository, shown, write
from grader.master import read_master
from grader.table import collect

__all__ = ["give_feedback"]


def give_feedback(
    repository: Repository, course: CourseFolder, slug: str, students: Iterable[str] = ()
) -> list[str]:
    """Write the feedback pages of a section.

    Parameters
    ----------
    repository, course
        Where the masters and the graded submissions are.
    slug
        The section.
    students
        Only these; empty for all.

    Returns
    -------
    list of str
        One line for each page that could not be made.
    """
    section = asked(read_master(repository, slug))
    said = _comments(course, slug)
    wanted = set(students)
    failed = []
    for record in collect(course, slug):
        if (wanted and record.student not in wanted) or record.status == results.NOT_GRADED:
            continue
        path = course.autograded(record.student, slug)
        try:
            handed = Handed() if record.message else handed_in(path, section)
        except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            failed.append(f"{shown(path)}: can't be read ({why}); grade it again with --force")
            continue
        made = page(section, record, handed, said.get(record.student, {}))
        write(course.feedback(record.student, slug), made.encode())
    return failed


def _comments(course: CourseFolder, slug: str) -> dict[str, dict[str, str]]:
    """Return what was said by hand, by student and grade id."""
    if not exists(course):
        return {}
    from nbgrader.api import Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook

    found: dict[str, dict[str, str]] = {}
    with gradebook.opened(course) as book:
        query = (
            book.db.query(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment)
            .select_from(Comment)
            .join(BaseCell, BaseCell.id == Comment.cell_id)
            .join(SubmittedNotebook, SubmittedNotebook.id == Comment.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name == slug)
            .filter(Comment.manual_comment.isnot(None))
        )
        for student, name, comment in query:
            if comment.strip():
                found.setdefault(str(student), {})[str(name)] = str(comment)
    return found
