"""nbgrader's gradebook: register a section, write grades, read them.

Its interface is used as it is, with three differences in what is written. A test earns its points
by an outcome "passed" only. A grade given by hand is looked at again only when what it was given
for has changed. And all grades of a submission are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.database import exists, insist, opened, where
from grader.grades import Grades, Mark
from grader.layout import CourseFolder, GraderError, write
from grader.nb import NotebookNode, as_bytes

__all__ = ["Settled", "opened", "read", "read_open", "register", "settle"]

NAME = "exercises"


def register(course: CourseFolder, slug: str, form: NotebookNode, student: NotebookNode) -> None:
    """Put a section into the gradebook, or bring it up to date, in one transaction.

    Parameters
    ----------
    form, student
        From :func:`grader.release.graded_form` and :func:`grader.release.student_form`; the second
        is what nbgrader keeps as released.

    Raises
    ------
    GraderError
        If graded cells were added or removed after submissions had been graded.
    """
    course.path.mkdir(parents=True, exist_ok=True)
    with opened(course) as gradebook, _in_one(gradebook.db):
        gradebook.update_or_create_assignment(slug)
        try:
            _save_cells(gradebook, slug, form)
        except RuntimeError:
            raise GraderError(
                f"{where(course)}: {slug} has graded submissions, and its master has "
                "other cells now; use a new course folder, or take the change back"
            ) from None
    write(course.released(slug), as_bytes(student))


@contextmanager
def _in_one(database: Any) -> Iterator[None]:
    """Let nbgrader's calls, each of which commits its row, commit together at the end."""
    session = database()
    session.commit = session.flush
    try:
        yield
    finally:
        del session.commit
    session.commit()


def _save_cells(gradebook: Any, slug: str, form: NotebookNode) -> None:
    """Do what nbgrader's SaveCells does, in a gradebook that is open already."""
    from nbgrader.preprocessors import SaveCells

    saver = SaveCells()
    saver.gradebook, saver.notebook_id, saver.assignment_id = gradebook, NAME, slug
    for kind in ("grade", "solution", "task", "source"):
        setattr(saver, f"new_{kind}_cells", {})
    for index, cell in enumerate(form.cells):
        saver.preprocess_cell(cell, {}, index)
    saver._create_notebook(form)


@dataclass(frozen=True)
class Settled:
    """One submission's grades as they are to stand in the gradebook.

    Attributes
    ----------
    points
        For each test cell, what it earned.
    answers
        For each cell that is graded by hand, whether anything is written there and whether that
        changed since it was last settled.
    timestamp
        When it was handed in, in UTC; None leaves what the gradebook has.
    """

    student: str
    points: Mapping[str, float]
    answers: Mapping[str, tuple[bool, bool]]
    timestamp: datetime | None = None


def settle(course: CourseFolder, slug: str, items: Sequence[Settled]) -> dict[str, Grades]:
    """Write the grades of several submissions in one transaction: all of them or none.

    Points given by hand stay; they are put up for another look where what they were given for has
    changed.

    Parameters
    ----------
    items
        The submissions; writing the same ones again changes nothing.

    Returns
    -------
    dict
        The grades that now stand, by student.

    Raises
    ------
    GraderError
        If the gradebook can't be written, for instance because another program holds it.
    """
    with opened(course) as gradebook:

        def write_all() -> None:
            section = _Section(gradebook, slug)
            section.admit(item.student for item in items)
            section.submit({item.student: item.timestamp for item in items})
            section.grade({item.student: item for item in items})
            gradebook.db.commit()

        insist(gradebook.db, write_all)
        return read_open(gradebook, slug, [item.student for item in items])


class _Section:
    """The rows of one section, written in bulk: nbgrader's own calls commit once for each row."""

    def __init__(self, gradebook: Any, slug: str) -> None:
        from nbgrader import api

        self.api, self.session = api, gradebook.db
        self.assignment = gradebook.find_assignment(slug)
        self.notebook = gradebook.find_notebook(NAME, slug)
        self.graded = {cell.id: cell.name for cell in self.notebook.grade_cells}
        self.most = {cell.name: float(cell.max_score) for cell in self.notebook.grade_cells}
        self.written = {cell.id: cell.name for cell in self.notebook.solution_cells}
        self.sheets: dict[str, str] = {}  # student: id of the submitted notebook

    def add(self, table: Any, rows: list[dict[str, Any]]) -> None:
        from sqlalchemy import insert

        if rows:
            self.session.execute(insert(table), rows)

    def change(self, table: Any, rows: list[dict[str, Any]]) -> None:
        from sqlalchemy import update

        if rows:
            self.session.execute(update(table), rows)

    def admit(self, students: Iterable[str]) -> None:
        known = {name for (name,) in self.session.query(self.api.Student.id)}
        self.add(self.api.Student, [{"id": name} for name in students if name not in known])

    def submit(self, timestamps: Mapping[str, datetime | None]) -> None:
        """Make sure that each student has a submission, and know its notebook."""
        work, sheet = self.api.SubmittedAssignment, self.api.SubmittedNotebook
        query = (
            self.session.query(work.student_id, work.id, work.timestamp, sheet.id)
            .outerjoin(sheet, (sheet.assignment_id == work.id) & self.of_ours(sheet))
            .filter(work.assignment_id == self.assignment.id)
            .filter(work.student_id.in_(list(timestamps)))
        )
        works: dict[str, str] = {}
        changed = []
        for student, number, before, page in query:
            works[student] = number
            when = timestamps[student]
            if when is not None and when != before:
                changed.append({"id": number, "timestamp": when})
            if page is not None:
                self.sheets[student] = page
        new = {student: self.api.new_uuid() for student in timestamps if student not in works}
        rows = [
            {
                "id": number,
                "assignment_id": self.assignment.id,
                "student_id": student,
                "timestamp": timestamps[student],
            }
            for student, number in new.items()
        ]
        self.add(work, rows)
        self.change(work, changed)
        works |= new
        pages = {s: self.api.new_uuid() for s in timestamps if s not in self.sheets}
        rows = [
            {"id": page, "assignment_id": works[student], "notebook_id": self.notebook.id}
            for student, page in pages.items()
        ]
        self.add(sheet, rows)
        self.sheets |= pages

    def of_ours(self, sheet: Any) -> Any:
        return sheet.notebook_id == self.notebook.id

    def grade(self, items: Mapping[str, Settled]) -> None:
        grade, comment = self.api.Grade, self.api.Comment
        owner = {page: items[student] for student, page in self.sheets.items() if student in items}
        self.upsert(grade, self.graded, owner, self.scored)
        self.upsert(comment, self.written, owner, self.commented)

    def upsert(
        self,
        table: Any,
        cells: Mapping[str, str],
        owner: Mapping[str, Settled],
        values: Callable[[Settled, str, Any], dict[str, Any]],
    ) -> None:
        """Change the rows that are there and add those that aren't.

        Only columns whose value changes are written, and none that is somebody's to write by hand:
        what is given by hand between reading and writing stays.
        """
        there = {}
        for row in self.session.query(table).filter(table.notebook_id.in_(list(owner))):
            there[(row.notebook_id, row.cell_id)] = row
        new = []
        for page, item in owner.items():
            for number, name in cells.items():
                row = there.get((page, number))
                fields = values(item, name, row)
                if row is None:
                    key = {"id": self.api.new_uuid(), "notebook_id": page, "cell_id": number}
                    new.append(key | fields)
                else:
                    for field, value in fields.items():
                        if getattr(row, field) != value:
                            setattr(row, field, value)
        self.add(table, new)

    def scored(self, item: Settled, name: str, row: Any) -> dict[str, Any]:
        given = row is not None and row.manual_score is not None
        if name in item.answers:
            written, changed = item.answers[name]
            points, ask = (None if written else 0.0), written
        else:
            points, ask = item.points.get(name, 0.0), False
            changed = row is not None and row.auto_score != points
        if given:
            ask = bool(row.needs_manual_grade) or changed
        return {"auto_score": points, "needs_manual_grade": ask}

    def commented(self, item: Settled, name: str, row: Any) -> dict[str, Any]:
        written = item.answers.get(name, (True, False))[0]
        return {"auto_comment": None if written else "No response."}


def read(course: CourseFolder, slug: str) -> dict[str, Grades]:
    """Read all grades of a section, by student; empty when nothing was graded."""
    if not exists(course):
        return {}
    with opened(course) as gradebook:
        return read_open(gradebook, slug)


def read_open(gradebook: Any, slug: str, students: list[str] | None = None) -> dict[str, Grades]:
    """Read all grades of a section, or those of some students, from a gradebook that is open."""
    from nbgrader.api import Assignment, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook

    query = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            GradeCell.name,
            GradeCell.max_score,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == slug)
    )
    if students is not None:
        query = query.filter(SubmittedAssignment.student_id.in_(students))
    marks: dict[str, dict[str, Mark]] = {}
    for who, name, most, auto, manual, extra, waiting in query:
        points = auto if manual is None else manual
        # As in nbgrader, extra points count once there are points that they are added to.
        more = 0.0 if points is None else float(extra or 0.0)
        mark = Mark(float(points or 0.0), float(most), manual is not None, bool(waiting), more)
        marks.setdefault(str(who), {})[str(name)] = mark
    return {who: Grades(found) for who, found in marks.items()}
