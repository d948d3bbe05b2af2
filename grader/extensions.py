"""Extensions: until when one student may hand in one section.

They lie in ``extensions.csv`` in the course folder, a row each, which may also be written by hand.
The last row of a student and section counts; what was there before is kept for the record.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from grader.layout import CourseFolder, GraderError, shown, write
from grader.times import clock, deadline

__all__ = ["Extension", "Extensions", "extend", "read_extensions"]

HEADER = ["student_id", "section", "until", "reason", "given"]
TAKEN_BACK = "-"


@dataclass(frozen=True)
class Extension:
    """Until when, in UTC, and why."""

    until: datetime
    reason: str


Extensions = dict[tuple[str, str], Extension]  # by student and section


def read_extensions(course: CourseFolder, zone: tzinfo | None) -> Extensions:
    """Read all extensions that hold.

    Parameters
    ----------
    zone
        The zone of times that name none.

    Raises
    ------
    GraderError
        If a row isn't one.
    """
    path = _path(course)
    found: Extensions = {}
    for line, row in _rows(path):
        student, slug, until, reason = (cell.strip() for cell in (*row, "", "", "", "")[:4])
        if until == TAKEN_BACK:
            found.pop((student, slug), None)
            continue
        try:
            when = deadline(until, zone)
        except ValueError:
            raise GraderError(
                f'{shown(path)}, row {line}: {until!r} is no time; write "2026-03-01 23:59"'
            ) from None
        found[student, slug] = Extension(when, reason)
    return found


def extend(
    course: CourseFolder,
    student: str,
    slug: str,
    until: datetime | None,
    reason: str,
    zone: tzinfo | None,
) -> None:
    """Add an extension.

    Parameters
    ----------
    until
        In UTC; None takes an extension back.

    Raises
    ------
    GraderError
        If a row that is there isn't one.
    """
    read_extensions(course, zone)
    path = _path(course)
    rows = [HEADER, *(row for _, row in _rows(path))]
    when = clock(until, zone) if until else TAKEN_BACK
    rows.append([student, slug, when, reason, clock(datetime.now(UTC).replace(tzinfo=None), zone)])
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    write(path, buffer.getvalue().encode(), synced=True)


def _path(course: CourseFolder) -> Path:
    return course.path / "extensions.csv"


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows below the header, with their numbers."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except FileNotFoundError:
        return []
    except (ValueError, csv.Error) as error:
        raise GraderError(f"{shown(path)}: no CSV file in UTF-8 ({error})") from None
    if rows and [title.strip() for title in rows[0][:3]] != HEADER[:3]:
        raise GraderError(f"{shown(path)}: its first row must be {','.join(HEADER)}")
    return [(line, row) for line, row in enumerate(rows[1:], 2) if any(row)]
