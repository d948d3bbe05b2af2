"""Grades as Canvas' and Moodle's gradebook imports want them, and as plain CSV.

The rules are those of the two importers' code: ``lib/gradebook_importer.rb`` of Canvas and
``grade/import/csv/classes/load_data.php`` of Moodle. Both take an empty cell and a lone ``-`` for
"no grade", so an empty cell says "not graded yet" and ``-`` says "nothing handed in".

A cell that begins like a formula would be run by a spreadsheet. Names get an apostrophe before
them. Ids can't be changed, or the system would not find its student: those that could do harm are
left out and told.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader import results
from grader.archives import printable
from grader.layout import CourseFolder, GraderError, Repository
from grader.master import read_master
from grader.results import Record
from grader.roster import Person, Roster
from grader.spreadsheet import dangerous, guarded, number
from grader.table import collect

__all__ = [
    "BESIDE",
    "NOTHING",
    "Exported",
    "Mark",
    "Options",
    "Row",
    "Section",
    "Sheet",
    "export",
    "gather",
]

NOTHING = "no submission"
# What the plain CSV has beside the points of a section.
BESIDE = ("of", "status", "extra", "days late", "penalty")
WITH_ID = re.compile(r"(?P<title>.*) \(\d+\)")


@dataclass(frozen=True)
class Options:
    """How to export.

    Attributes
    ----------
    columns
        The titles of the sections' columns, where they aren't the sections' names.
    partial
        Whether to give the points so far of what waits for points by hand.
    before_penalty
        Whether to give the points before lateness is taken off, for a system that does so itself.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    before_penalty: bool = False


@dataclass(frozen=True)
class Mark:
    """What a student has in a section.

    Attributes
    ----------
    status
        One of :mod:`grader.results`, or :data:`NOTHING`.
    points
        What counts: extra points are in it, what lateness costs is taken off.
    """

    status: str
    points: float = 0.0
    extra: float = 0.0
    days_late: int = 0
    penalty: float = 0.0

    def cell(self, how: Options, *, nothing: str = "") -> str:
        """Return what stands in the column: empty while it isn't graded."""
        if self.status == NOTHING:
            return nothing
        if self.status == results.GRADED or (how.partial and self.status == results.NEEDS_HAND):
            return number(self.points + (self.penalty if how.before_penalty else 0.0))
        return ""


@dataclass(frozen=True)
class Section:
    """The marks of a section.

    Attributes
    ----------
    most
        The points that can be had.
    """

    slug: str
    most: float
    marks: Mapping[str, Mark]

    def mark(self, student: str) -> Mark:
        """Return a student's mark."""
        return self.marks.get(student, Mark(NOTHING))


@dataclass(frozen=True)
class Row:
    """One student: the name of the folder in the course, and what the roster says."""

    student: str
    person: Person | None = None


@dataclass
class Sheet:
    """All that is exported.

    Attributes
    ----------
    strangers
        Students of the course who aren't on the roster, if there is one.
    header
        The roster's header; Canvas' has the assignments' ids in it.
    """

    sections: list[Section]
    rows: list[Row]
    strangers: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)


@dataclass
class Exported:
    """A sheet as text.

    Attributes
    ----------
    left_out
        Students without a row, a line each that says why.
    notes
        What else is to be known, a line each.
    """

    text: str = ""
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(
    repository: Repository, course: CourseFolder, slugs: Sequence[str], roster: Roster | None
) -> Sheet:
    """Read the grades of some sections, points given by hand included.

    Raises
    ------
    GraderError
        If the gradebook can't be read, or two folders of the course are of one student.
    """
    sections = []
    for slug in slugs:
        records = collect(course, slug)
        most = max((record.max_score for record in records), default=0.0)
        most = most or sum(cell.points for cell in read_master(repository, slug).cells)
        marks = {record.student: _mark(record) for record in records}
        sections.append(Section(slug, most, marks))
    students = sorted({student for section in sections for student in section.marks})
    if roster is None:
        return Sheet(sections, [Row(student) for student in students])
    folders: dict[str, str] = {}  # of each person on the roster
    strangers = []
    for student in students:
        found = roster.by_id(student) or roster.by_name(student)
        if len(found) != 1:
            strangers.append(student)
        elif found[0].student in folders:
            both = f"{printable(folders[found[0].student])} and {printable(student)}"
            raise GraderError(f"{both} are one student on the roster; make one folder of the two")
        else:
            folders[found[0].student] = student
    rows = [Row(folders.get(person.student, person.student), person) for person in roster.people]
    return Sheet(sections, rows, strangers, roster.header)


def _mark(record: Record) -> Mark:
    days, penalty = (record.late.days, record.late.penalty) if record.late else (0, 0.0)
    return Mark(record.status, record.score, record.extra, days, penalty)


def export(sheet: Sheet, form: str, how: Options) -> Exported:
    """Write a sheet as text.

    Parameters
    ----------
    form
        ``"canvas"``, ``"moodle"`` or ``"csv"``.

    Raises
    ------
    GraderError
        If the system could not tell the students apart.
    """
    writer = {"canvas": _canvas, "moodle": _moodle, "csv": _csv}[form]
    done = Exported()
    rows = writer(sheet, how, done)
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    # Excel takes a file without the mark for one in the letters of its own country.
    done.text = ("\ufeff" if form == "csv" else "") + buffer.getvalue()
    return done


def _usable(rows: Iterable[tuple[Row, list[str]]], complaints: list[str]) -> list[Row]:
    kept = []
    for row, ids in rows:
        who = printable(row.student)
        if not any(ids):
            complaints.append(f"{who}: no id that the system knows; add one to the roster")
        elif any(map(dangerous, ids)):
            complaints.append(f"{who}: an id that a spreadsheet would run; left out, enter by hand")
        else:
            kept.append(row)
    return kept


def _unknown(sheet: Sheet) -> list[str]:
    return [
        f"{printable(student)}: handed in, but not on the roster; left out"
        for student in sheet.strangers
    ]


def _canvas(sheet: Sheet, how: Options, done: Exported) -> list[list[str]]:
    titles = [how.columns.get(s.slug) or _titled(sheet, s.slug, done) for s in sheet.sections]
    done.left_out += _unknown(sheet)
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]]
    rows.append(["    Points Possible", "", "", "", "", *(number(s.most) for s in sheet.sections)])
    for row in _usable(((row, _canvas_ids(row)) for row in sheet.rows), done.left_out):
        name = row.person.name if row.person else row.student
        section = row.person.section if row.person else ""
        marks = _cells(sheet, row, how)
        rows.append([guarded(name), *_canvas_ids(row), guarded(section), *marks])
    return rows


def _cells(sheet: Sheet, row: Row, how: Options) -> list[str]:
    return [s.mark(row.student).cell(how, nothing="-") for s in sheet.sections]


def _canvas_ids(row: Row) -> list[str]:
    if row.person:
        return [row.person.canvas_id, row.person.sis_id, row.person.login]
    # Collected without a roster, Canvas' students go by their ID.
    return [row.student, "", ""] if row.student.isdecimal() else ["", "", row.student]


def _titled(sheet: Sheet, slug: str, done: Exported) -> str:
    """Find a section's column in the gradebook that Canvas exported."""
    fits = [title for title in sheet.header if WITH_ID.fullmatch(title) and slug in title]
    if len(fits) == 1:
        return fits[0]
    done.notes.append(
        f"{slug}: no column with an assignment id, so Canvas will make a new assignment; "
        f"give --column '{slug}=TITLE (ID)', or Canvas' own export as --roster"
    )
    return slug


def _moodle(sheet: Sheet, how: Options, done: Exported) -> list[list[str]]:
    done.left_out += _unknown(sheet)
    kept = _usable(((row, list(_moodle_ids(row).values())) for row in sheet.rows), done.left_out)
    if kept and not any(row.person for row in kept):
        done.notes.append(
            "without a roster students' folders are taken as user names; give one as --roster"
        )
    # One column has to identify every student: at a row that it can't place, Moodle stops.
    common = [title for title in _TITLES if all(_moodle_ids(row)[title] for row in kept)]
    if not common:
        raise GraderError(
            "no id that all students have; Moodle wants Username, Email address or ID number "
            "for each: complete one of these columns of the roster"
        )
    titles = [how.columns.get(section.slug, section.slug) for section in sheet.sections]
    rows = [[*common, "Full name", *titles]]
    for row in kept:
        ids = [_moodle_ids(row)[title] for title in common]
        name = row.person.name if row.person else ""
        rows.append([*ids, guarded(name), *_cells(sheet, row, how)])
    return rows


_TITLES = ("Username", "Email address", "ID number")


def _moodle_ids(row: Row) -> dict[str, str]:
    person = row.person
    if person:
        ids = (person.login, person.email, person.number or person.sis_id)
    else:
        ids = ("" if re.search(r"\s", row.student) else row.student, "", "")
    return dict(zip(_TITLES, ids, strict=True))


def _csv(sheet: Sheet, how: Options, done: Exported) -> list[list[str]]:
    header = ["student_id", "name", "email"]
    for section in sheet.sections:
        title = how.columns.get(section.slug, section.slug)
        header += [title, *(f"{title} {what}" for what in BESIDE)]
    rows = [list(map(guarded, header))]
    for row in [*sheet.rows, *map(Row, sheet.strangers)]:
        person = row.person or Person(row.student)
        cells = [guarded(text) for text in (row.student, person.name, person.email)]
        for section in sheet.sections:
            mark = section.mark(row.student)
            beside = [number(section.most), mark.status, number(mark.extra)]
            cells += [mark.cell(how), *beside, str(mark.days_late), number(mark.penalty)]
        rows.append(cells)
    return rows
