"""Print the grades of a section as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json

from grader import gradebook, results
from grader.grades import current
from grader.late_book import read_term
from grader.lateness import Lateness
from grader.layout import CourseFolder
from grader.results import Late, Record, load
from grader.spreadsheet import guarded

__all__ = ["FORMATS", "collect", "printed"]

FORMATS = ("table", "csv", "json")


def collect(course: CourseFolder, slug: str) -> list[Record]:
    """Gather the outcome of every submission to a section.

    Points given by hand and extra points are in it, and what late work costs is taken off.

    Parameters
    ----------
    course
        The course folder.
    slug
        The section.

    Returns
    -------
    list of Record
        By the students' names; a submission that was never graded has a record that says so.
    """
    grades, late = gradebook.read(course, slug), read_term(course).late
    names = set(course.graded_students(slug)) | set(grades)
    names |= {path.parent.name for path in course.submissions.glob(f"*/{slug}")}
    records = []
    for student in sorted(names):
        record = load(course, slug, student)
        if student in grades:
            # Without a record of ours it was graded by another program on the same gradebook.
            record = record or Record(student, results.GRADED, 0.0, 0.0)
            record = current(record, grades[student])
            _take_off(record, late.get((student, slug)))
        records.append(record or Record(student, results.NOT_GRADED, 0.0, 0.0))
    return records


def _take_off(record: Record, late: Lateness | None) -> None:
    if late is None or not late.days:
        return
    penalty = late.penalty(record.earned, record.extra)
    record.late = Late(late.days, late.free, penalty, late.note)
    record.score -= penalty


def printed(records: list[Record], form: str) -> str:
    """Return the records in one of :data:`FORMATS`."""
    if form == "json":
        return json.dumps([r.public() for r in records], ensure_ascii=False, indent=1) + "\n"
    names = list(dict.fromkeys(task.grade_id for record in records for task in record.tasks))
    if form == "csv":
        return _csv(records, names)
    return _table(records)


def _csv(records: list[Record], names: list[str]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        [
            "student",
            "status",
            "score",
            "max_score",
            *names,
            "extra",
            "days_late",
            "penalty",
            "message",
        ]
    )
    for record in records:
        points = {task.grade_id: task.points for task in record.tasks}
        writer.writerow(
            [
                guarded(record.student),
                record.status,
                f"{record.score:g}",
                f"{record.max_score:g}",
                *(f"{points[name]:g}" if name in points else "" for name in names),
                f"{record.extra:g}",
                str(record.late.days if record.late else 0),
                f"{record.late.penalty if record.late else 0:g}",
                guarded(record.message),
            ]
        )
    return buffer.getvalue()


def _table(records: list[Record]) -> str:
    width = max([len(record.student) for record in records] + [len("student")])
    lines = [f"{'student':<{width}}  {'points':>6}  {'of':>4}  status"]
    for record in records:
        said = ", ".join([record.status, *_remarks(record)])
        if record.message:
            said = f"{said}: {record.message}"
        lines.append(
            f"{record.student:<{width}}  {record.score:>6g}  {record.max_score:>4g}  {said}"
        )
    return "\n".join(lines) + "\n"


def _remarks(record: Record) -> list[str]:
    remarks = [f"{record.extra:+g} extra"] if record.extra else []
    if late := record.late:
        days = f"{late.days} day{'s' * (late.days > 1)} late"
        cost = f" (-{late.penalty:g})" if late.penalty else ""
        remarks += [days + cost, *([late.note] if late.note else [])]
    return remarks
