"""nbgrader's gradebook: register a section, write grades, read them.

Its interface is used as it is, with three differences in what is written. A test earns its points
by an outcome "passed" only. A grade given by hand is looked at again only when what it was given
for has changed. And all grades of a submission are written in one transaction.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader import results
from grader.assemble import answered
from grader.kernel import environment
from grader.layout import CourseFolder, GraderError, shown, write
from grader.nb import NotebookNode, as_bytes
from grader.nb import read as nb_read
from grader.results import Record, TaskResult, Verdict
from grader.sanitise import still_outputs

__all__ = ["Grades", "current", "opened", "read", "record", "register"]

NAME = "exercises"


@contextmanager
def opened(course: CourseFolder) -> Iterator[Any]:
    """Open the gradebook for a while.

    Raises
    ------
    GraderError
        If the database can't be used.
    """
    # nbgrader asks the program alembic for a version, and SQLAlchemy 2.1 warns of what it does.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with warnings.catch_warnings(), environment(PATH=path):
        warnings.filterwarnings("ignore", module=r"(nbgrader|sqlalchemy)(\.|$)")
        import sqlalchemy.exc
        from nbgrader.api import Gradebook

        warnings.filterwarnings("ignore", category=sqlalchemy.exc.SAWarning)
        warnings.filterwarnings("ignore", category=sqlalchemy.exc.SADeprecationWarning)
        try:
            with Gradebook(course.database) as gradebook:
                yield gradebook
        except sqlalchemy.exc.DatabaseError as error:
            raise GraderError(f"{shown(course.gradebook)}: {error.orig}") from error


def register(course: CourseFolder, slug: str, form: NotebookNode, student: NotebookNode) -> None:
    """Put a section into the gradebook, or bring it up to date.

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
    from nbgrader.preprocessors import SaveCells

    course.path.mkdir(parents=True, exist_ok=True)
    with opened(course) as gradebook:
        gradebook.update_or_create_assignment(slug)
        resources = {"nbgrader": {"notebook": NAME, "assignment": slug, "db_url": course.database}}
        try:
            SaveCells().preprocess(form, resources)
        except RuntimeError:
            raise GraderError(
                f"{shown(course.gradebook)}: {slug} has graded submissions, and its master has "
                "other cells now; use a new course folder, or take the change back"
            ) from None
    write(course.released(slug), as_bytes(student))


def record(
    course: CourseFolder,
    slug: str,
    student: str,
    form: NotebookNode,
    notebook: NotebookNode,
    verdicts: Mapping[str, Verdict],
    timestamp: datetime | None,
) -> tuple[list[TaskResult], bool]:
    """Write what an engine found into the gradebook, and keep the executed notebook.

    Parameters
    ----------
    form
        The section's graded form, to tell an answer from none.
    notebook
        The executed notebook.
    timestamp
        When it was handed in, in UTC; None leaves what the gradebook has.

    Returns
    -------
    tasks
        One result for each graded cell, with the points that now count.
    waiting
        Whether something is to be graded by hand.
    """
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in _known(notebook)}
    blank = {cell.metadata.nbgrader.grade_id: cell for cell in _known(form)}
    before = _sources(course.autograded(student, slug))
    with opened(course) as gradebook:
        gradebook.update_or_create_student(student)
        when = {"timestamp": timestamp} if timestamp else {}
        gradebook.update_or_create_submission(slug, student, **when)
        submitted = gradebook.find_submission_notebook(NAME, slug, student)
        for grade in submitted.grades:
            name = grade.name
            if name not in cells:
                continue
            if cells[name].metadata.nbgrader.solution:
                written = answered(cells[name], blank[name])
                _grade_by_hand(grade, written, before.get(name) == cells[name].source)
            else:
                passed = verdicts.get(name, Verdict(results.NOT_RUN)).outcome == results.PASSED
                _grade_test(grade, grade.cell.max_score if passed else 0.0)
        for comment in submitted.comments:
            if comment.name in cells:
                written = answered(cells[comment.name], blank[comment.name])
                comment.auto_comment = None if written else "No response."
        gradebook.db.commit()
        grades = _read(gradebook, slug, student)[student]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # The formgrader shows outputs as they are, and HTML would run as the instructor.
            cell.outputs = still_outputs(cell, tracebacks=True)
    write(course.autograded(student, slug), as_bytes(notebook))
    order = [name for name, cell in cells.items() if cell.metadata.nbgrader.grade]
    return grades.tasks(order, verdicts), grades.waiting


def _known(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id")]


def _sources(path: Path) -> dict[str, str]:
    """Return the sources of the cells in an earlier executed notebook, if there is one."""
    try:
        return {cell.metadata.nbgrader.grade_id: cell.source for cell in _known(nb_read(path))}
    except (OSError, ValueError):
        return {}


def _grade_test(grade: Any, points: float) -> None:
    changed = grade.auto_score != points
    grade.auto_score = points
    if grade.manual_score is None:
        grade.needs_manual_grade = False
    elif changed:
        grade.needs_manual_grade = True


def _grade_by_hand(grade: Any, written: bool, unchanged: bool) -> None:
    grade.auto_score = None if written else 0.0
    if grade.manual_score is None:
        grade.needs_manual_grade = written
    elif not unchanged:
        grade.needs_manual_grade = True


@dataclass(frozen=True)
class Mark:
    """One grade as the gradebook holds it."""

    points: float
    max_points: float
    by_hand: bool
    waiting: bool


@dataclass(frozen=True)
class Grades:
    """The grades of one submission, by grade id."""

    marks: dict[str, Mark]

    @property
    def score(self) -> float:
        """The points so far."""
        return sum(mark.points for mark in self.marks.values())

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


def read(course: CourseFolder, slug: str) -> dict[str, Grades]:
    """Read all grades of a section, by student; empty when nothing was graded."""
    if not course.gradebook.is_file():
        return {}
    with opened(course) as gradebook:
        return _read(gradebook, slug)


def _read(gradebook: Any, slug: str, student: str | None = None) -> dict[str, Grades]:
    from nbgrader.api import Assignment, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook

    query = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            GradeCell.name,
            Grade.score,
            GradeCell.max_score,
            Grade.manual_score,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == slug)
    )
    if student is not None:
        query = query.filter(SubmittedAssignment.student_id == student)
    marks: dict[str, dict[str, Mark]] = {}
    for who, name, points, most, manual, waiting in query:
        mark = Mark(float(points or 0.0), float(most), manual is not None, bool(waiting))
        marks.setdefault(str(who), {})[str(name)] = mark
    return {who: Grades(found) for who, found in marks.items()}


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
    record.score, record.max_score = grades.score, grades.max_score
    if record.status in (results.GRADED, results.NEEDS_HAND):
        record.status = results.NEEDS_HAND if grades.waiting else results.GRADED
    return record
