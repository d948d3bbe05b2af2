"""The class list: who a student is in the learning-management system and in the course folder.

Read from a CSV file as Canvas (gradebook export), Moodle (participants, grading worksheet) or
nbgrader (student import) writes it, or one of your own with any of these columns.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.layout import GraderError, UsageError, shown
from grader.submissions import UnusableError, check_name

__all__ = ["COLUMNS", "Person", "Roster", "folded", "read_roster", "student_id_problem"]

MAX_BYTES = 20_000_000
# What each thing we know of a student is called in the header, small and without punctuation.
COLUMNS: dict[str, tuple[str, ...]] = {
    "student_id": ("studentid", "nbgraderid"),
    "name": ("student", "fullname", "name", "studentname", "displayname"),
    "first": ("firstname", "givenname", "forename"),
    "last": ("lastname", "surname", "familyname"),
    "canvas_id": ("canvasid", "canvasuserid", "lmsuserid"),
    "sis_id": ("sisuserid", "sisid"),
    "login": ("sisloginid", "loginid", "login", "username"),
    "number": ("idnumber", "identitynumber", "matriculationnumber", "matriculation"),
    "email": ("emailaddress", "email", "mail"),
    "participant": ("identifier", "participant", "participantid"),
    "section": ("section", "group", "groups"),
    "handed_in": ("lastmodifiedsubmission", "submittedat", "handedin", "submissiontime"),
}
# Where there is no student_id, the first of these that is filled becomes it.
STANDS_IN = ("login", "sis_id", "number", "email", "canvas_id")
IDS = ("student_id", *STANDS_IN)


@dataclass(frozen=True)
class Person:
    """One student, as far as the roster tells.

    Attributes
    ----------
    student
        The name of the folder in the course.
    name
        As the system shows it; Canvas has the last name first.
    handed_in
        When this student handed in, as the file has it (Moodle's grading worksheet).
    """

    student: str
    name: str = ""
    canvas_id: str = ""
    sis_id: str = ""
    login: str = ""
    number: str = ""
    email: str = ""
    participant: str = ""
    section: str = ""
    handed_in: str = ""
    names: tuple[str, ...] = ()

    def ids(self) -> Iterator[str]:
        """Yield everything that points to this student and nobody else."""
        values = (self.student, self.login, self.sis_id, self.number, self.email, self.canvas_id)
        yield from dict.fromkeys(value for value in values if value)


@dataclass
class Roster:
    """All students, and the header that they were read with."""

    people: list[Person]
    header: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._fields: dict[tuple[str, str], list[Person]] = {}
        self._ids: dict[str, list[Person]] = {}
        self._names: dict[str, list[Person]] = {}
        for person in self.people:
            for kind in ("canvas_id", "participant"):
                self._fields.setdefault((kind, getattr(person, kind)), []).append(person)
            for value in person.ids():
                self._ids.setdefault(value.casefold(), []).append(person)
            for name in {folded(name) for name in (person.name, *person.names)} - {""}:
                self._names.setdefault(name, []).append(person)

    def by_field(self, kind: str, value: str) -> list[Person]:
        """Find students by Canvas' id or Moodle's participant number."""
        return self._fields.get((kind, value), []) if value else []

    def by_id(self, value: str) -> list[Person]:
        """Find students by any id; the name of the course's folder goes first."""
        found = self._ids.get(value.casefold(), [])
        return [person for person in found if person.student == value] or found

    def by_name(self, name: str) -> list[Person]:
        """Find students by name, whatever its case and punctuation."""
        return self._names.get(folded(name), [])


def folded(name: str) -> str:
    """Return a name as it is compared: letters and digits only, without case.

    Canvas writes a name like this into the names of the files that it hands out.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in text if letter.isalnum())


def student_id_problem(student: str) -> str:
    """Say why a text can't be the name of a student's folder; empty if it can."""
    if not student:
        return "empty"
    if student.startswith(".") or "/" in student:
        return "not the name of a folder"
    try:
        check_name(student)
    except UnusableError as error:
        return str(error).partition(";")[0]
    return ""


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Parameters
    ----------
    path
        A CSV file in UTF-8, separated by comma, semicolon or tab; :data:`COLUMNS` says which
        headers are known. Others are passed over.

    Raises
    ------
    UsageError
        If there is no such file.
    GraderError
        If it has no known id, or a row has none, or two rows stand for one student.
    """
    if not path.is_file():
        raise UsageError(f"{shown(path)} isn't there; --roster wants a CSV file")
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise GraderError(f"{shown(path)}: {len(data) / 1e6:.0f} MB is no roster")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GraderError(f"{shown(path)}: not UTF-8; save it as 'CSV UTF-8'") from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), _dialect(text)) if row]
    except csv.Error as error:
        raise GraderError(f"{shown(path)}: not CSV ({error}); export it again") from None
    if not rows:
        raise GraderError(f"{shown(path)}: empty; export it again")
    known = _known(rows[0])
    if not set(known) & {*IDS}:
        raise GraderError(
            f"{shown(path)}: no column with an id; it needs one of student_id, SIS Login ID, "
            "Username, SIS User ID, ID number, Email address or ID"
        )
    people = list(_people(path, known, rows[1:]))
    _refuse_doubled(path, people)
    return Roster([person for _, person in people], rows[0])


def _dialect(text: str) -> type[csv.Dialect]:
    """Take as separator what the header has most of."""
    first = text.partition("\n")[0]

    class Dialect(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Dialect


def _known(header: list[str]) -> dict[str, int]:
    """Return the place of each column that is known."""
    plain = [re.sub(r"[^a-z]", "", title.casefold()) for title in header]
    known: dict[str, int] = {}
    for kind, titles in COLUMNS.items():
        places = [place for place, title in enumerate(plain) if title in titles]
        if places:
            known[kind] = places[0]
    if "id" in plain:  # of Canvas beside its column "Student", of nbgrader otherwise
        known.setdefault("canvas_id" if "student" in plain else "student_id", plain.index("id"))
    return known


def _people(
    path: Path, known: dict[str, int], rows: Iterable[list[str]]
) -> Iterator[tuple[int, Person]]:
    for line, row in enumerate(rows, 2):
        raw = {kind: row[place] for kind, place in known.items() if place < len(row)}
        cells = {k: unicodedata.normalize("NFC", value.strip()) for k, value in raw.items()}
        ids = [cells[kind] for kind in IDS if cells.get(kind)]
        if not ids and (not any(cells.values()) or "Points Possible" in cells.get("name", "")):
            continue  # Canvas' rows about the assignments
        if not ids:
            raise GraderError(f"{shown(path)}, row {line}: no id; fill one in")
        problem = student_id_problem(ids[0])
        if problem:
            raise GraderError(f"{shown(path)}, row {line}: {ids[0]!r}: {problem}; mend the id")
        first, last = cells.get("first", ""), cells.get("last", "")
        both = (f"{last} {first}".strip(), f"{first} {last}".strip())
        name = raw.get("name") or (f"{last}, {first}" if first and last else both[0])
        words = name.replace(",", " ").split()
        turned = [" ".join(words[n:] + words[:n]) for n in range(len(words))]
        digits = re.search(r"\d+\s*$", cells.get("participant", ""))
        yield (
            line,
            Person(
                ids[0],
                name,
                names=(*both, *turned),
                participant=digits[0].strip() if digits else "",
                **{kind: cells.get(kind, "") for kind in (*STANDS_IN, "section", "handed_in")},
            ),
        )


def _refuse_doubled(path: Path, people: list[tuple[int, Person]]) -> None:
    seen: dict[str, int] = {}
    for line, person in people:
        # Two folders whose names differ in case only are one folder on some systems.
        key = person.student.casefold()
        if key in seen:
            raise GraderError(
                f"{shown(path)}: rows {seen[key]} and {line} are both of {person.student!r}; "
                "take one out"
            )
        seen[key] = line
