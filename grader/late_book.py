"""Lateness in the gradebook: times are read from it, and it is told what follows.

nbgrader has a place for due dates, extensions and penalties, so that its own export and its own
programs agree. They are a copy: what counts is the course's settings and its extensions, so each
reading works the penalties out anew, also after somebody gave points in the formgrader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader import gradebook
from grader.attempts import remembered, stamped
from grader.database import exists
from grader.extensions import read_extensions
from grader.lateness import Handed, Lateness, lateness
from grader.layout import CourseFolder
from grader.settings import Settings, read_settings

__all__ = ["Term", "read_term", "tell_gradebook"]


@dataclass(frozen=True)
class Term:
    """How late the submissions of a course are.

    Attributes
    ----------
    late
        By student and section.
    """

    settings: Settings
    late: Mapping[tuple[str, str], Lateness]

    def lines(self, slugs: Iterable[str]) -> list[str]:
        """Return a line for each of these sections that has late work."""
        lines = []
        for slug in slugs:
            late = [one for (_, where), one in self.late.items() if where == slug and one.days]
            if late:
                cost = sum(one.percent > 0 for one in late)
                lines.append(f"{slug}: {len(late)} late, {cost} of them at a cost; see 'make late'")
        return lines


def read_term(course: CourseFolder) -> Term:
    """Tell how late the submissions of a course are.

    Raises
    ------
    GraderError
        If settings, extensions or gradebook can't be read.
    """
    if not exists(course):
        return _term(course, [])
    with gradebook.opened(course) as book:
        return _term(course, _times(book))


def _term(course: CourseFolder, times: Iterable[tuple[str, str, datetime | None]]) -> Term:
    settings = read_settings(course)
    extensions = read_extensions(course, settings.zone)
    handed = [_handed(course, *row) for row in times]
    return Term(settings, lateness(handed, settings, extensions))


def _times(book: Any) -> list[tuple[str, str, datetime | None]]:
    from nbgrader.api import Assignment, SubmittedAssignment

    query = book.db.query(
        SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.timestamp
    ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    return [(str(student), str(slug), time) for student, slug, time in query]


def _handed(course: CourseFolder, student: str, slug: str, time: datetime | None) -> Handed:
    path = course.submitted(student, slug)
    memory = remembered(path)
    if memory.get("timed") is False and stamped(path) is None:
        time = None  # the gradebook's is that of an attempt before
    return Handed(student, slug, time, time is None and memory.get("late") is True)


def tell_gradebook(course: CourseFolder) -> Term:
    """Bring due dates, extensions and penalties in the gradebook up to date, all or none.

    Raises
    ------
    GraderError
        If something can't be read, or the gradebook can't be written.
    """
    if not exists(course):
        return read_term(course)
    with gradebook.opened(course) as book:
        term = _term(course, _times(book))
        _tell_sections(book, term.settings.due)
        _tell_submissions(book, term)
        book.db.commit()
    return term


def _tell_sections(book: Any, due: Mapping[str, datetime]) -> None:
    from nbgrader.api import Assignment

    query = book.db.query(Assignment.id, Assignment.name, Assignment.duedate)
    rows = [
        {"id": number, "duedate": due[name]}
        for number, name, before in query
        if name in due and due[name] != before
    ]
    _change(book, Assignment, rows)


def _tell_submissions(book: Any, term: Term) -> None:
    from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook

    query = (
        book.db.query(
            Assignment.name,
            SubmittedAssignment.student_id,
            SubmittedAssignment.id,
            SubmittedAssignment.extension,
            SubmittedNotebook.id,
            SubmittedNotebook.late_submission_penalty,
        )
        .select_from(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    )
    costly = {slug for (_, slug), one in term.late.items() if one.percent}
    grades = {slug: gradebook.read_open(book, slug) for slug in costly}
    works, sheets = [], []
    for slug, student, work, extension, sheet, before in query:
        late, found = term.late.get((student, slug)), grades.get(slug, {}).get(student)
        longer = late.extended_by(term.settings.due.get(slug)) if late else None
        penalty = late.penalty(found.earned, found.extra) if late and found else 0.0
        if extension != longer:
            works.append({"id": work, "extension": longer})
        if (before or 0.0) != penalty:
            sheets.append({"id": sheet, "late_submission_penalty": penalty})
    _change(book, SubmittedAssignment, works)
    _change(book, SubmittedNotebook, sheets)


def _change(book: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    """Write what differs, so that nothing is written where nothing changes."""
    from sqlalchemy import update

    if rows:
        book.db.execute(update(table), rows)
