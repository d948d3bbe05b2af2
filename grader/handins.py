"""Whose a file is: what Canvas, Moodle, nbgrader's exchange and plain folders say in its path.

Canvas and Moodle name files in their code for downloads (``lib/content_zipper.rb`` and
``mod/assign/classes/downloader.php``), nbgrader in ``exchange/default/submit.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from grader.roster import Person, Roster, folded, student_id_problem
from grader.submissions import UnusableError
from grader.times import moment

__all__ = ["Claim", "claim", "identify"]

EXCHANGE = re.compile(r"(?P<who>.+)\+(?P<slug>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d [^+]+)(\+[^+]+)?")
# Full name (a Moodle name has no underscore left), number of the participant, what was handed in.
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<file>.*))?"
)
# The name is in small letters, so LATE can't be part of it. The last number is Canvas' number of
# the uploaded file: a later upload has a greater one.
CANVAS = re.compile(r"(?P<name>.*?)(_(?P<late>LATE))?_(?P<user>\d+)_(?P<file>\d+)_(?P<original>.+)")
ANONYMOUS = re.compile(r"((?P<late>LATE)_)?(?P<user>anon_[^\W_]+)_(?P<file>\d+)_(?P<original>.+)")
COPY = re.compile(r"(-(?P<canvas>\d{1,9})| ?\((?P<browser>\d{1,9})\))$")
STEM = "exercises"


@dataclass(frozen=True)
class Claim:
    """What a path says of a submission.

    Attributes
    ----------
    system
        ``"canvas"``, ``"moodle"``, ``"exchange"`` or ``"folder"``.
    name, number
        The student's name or id, and Canvas' or Moodle's number of the student.
    original
        The file's own name.
    order
        Grows from one upload to the next, within one system; (0, 0) isn't known.
    time
        When it was handed in, in UTC, where the path says so.
    """

    system: str
    name: str
    number: str = ""
    original: str = f"{STEM}.ipynb"
    order: tuple[int, int] = (0, 0)
    late: bool = False
    time: datetime | None = None

    @property
    def proper(self) -> bool:
        """Whether the file has the name that was asked for, or that of a copy of it."""
        return COPY.sub("", self.original.removesuffix(".ipynb")) == STEM


def claim(parts: tuple[str, ...], slug: str, sections: Collection[str]) -> Claim:
    """Tell whose the notebook at a path is.

    Parameters
    ----------
    parts
        The folders that lead to it, and its name.
    slug
        The section that is collected.
    sections
        All sections.

    Raises
    ------
    UnusableError
        If that can't be told, or it is of another section.
    """
    *folders, file = (unicodedata.normalize("NFC", part) for part in parts)
    for folder in reversed(folders):
        if match := EXCHANGE.fullmatch(folder):
            _same_section(match["slug"], slug)
            try:
                time = moment(match["time"])
            except ValueError:
                time = None
            return Claim("exchange", match["who"], original=file, time=time)
        if match := MOODLE.fullmatch(folder):
            return Claim("moodle", match["name"], match["number"], file, (0, _copy(file)))
    if (match := MOODLE.fullmatch(file)) and match["file"]:
        original = match["file"]
        return Claim("moodle", match["name"], match["number"], original, (0, _copy(original)))
    if match := ANONYMOUS.fullmatch(file) or CANVAS.fullmatch(file):
        name = match.groupdict().get("name") or ""
        order = (int(match["file"][:18]), _copy(match["original"]))
        return Claim(
            "canvas", name, match["user"], match["original"], order, late=bool(match["late"])
        )
    return _in_folders(folders, file, slug, sections)


def _in_folders(folders: list[str], file: str, slug: str, sections: Collection[str]) -> Claim:
    if folders and folders[-1] in sections:
        _same_section(folders.pop(), slug)
    order = (0, _copy(file))
    if folders:
        return Claim("folder", folders[-1], original=file, order=order)
    if Claim("folder", "", original=file).proper:
        raise UnusableError(
            "whose is it? Put it into a folder named after the student, or name it STUDENT.ipynb"
        )
    return Claim("folder", file.removesuffix(".ipynb"))


def _same_section(found: str, slug: str) -> None:
    if found != slug:
        raise UnusableError(f"of {found}; collect that section to take it")


def _copy(file: str) -> int:
    """Return the number that Canvas or a browser adds to a further copy of a file."""
    match = COPY.search(file.removesuffix(".ipynb"))
    return int(match["canvas"] or match["browser"]) if match else 0


def identify(claim: Claim, roster: Roster | None) -> tuple[str, Person | None]:
    """Return the student's folder name, and who that is on the roster.

    Without a roster Canvas' students go by their number, which is theirs in all assignments,
    Moodle's by their full name, since the number differs between assignments.

    Raises
    ------
    UnusableError
        If nobody on the roster fits, or several do, or the name is none for a folder.
    """
    person = None
    if roster is not None:
        person = _on_roster(claim, roster)
        student = person.student
    elif claim.system == "canvas":
        student = claim.number
    elif claim.system == "moodle" and folded(claim.name) == "participant":  # handed in blind
        student = f"{claim.name} {claim.number}"
    else:
        student = claim.name
    problem = student_id_problem(student)
    if problem:
        raise UnusableError(f"its student's name: {problem}; give a roster with a student_id")
    return student, person


def _on_roster(claim: Claim, roster: Roster) -> Person:
    if claim.system == "canvas":
        found = roster.by_field("canvas_id", claim.number) or roster.by_id(claim.number)
    elif claim.system == "moodle":
        found = roster.by_field("participant", claim.number)
        if found and found[0].name and found[0] not in roster.by_name(claim.name):
            raise UnusableError(
                f"the roster has another name for participant {claim.number}; "
                "is it the worksheet of this assignment?"
            )
    else:
        found = roster.by_id(claim.name)
    found = found or roster.by_name(claim.name)
    if not found:
        raise UnusableError("nobody on the roster; add a row for this student")
    if len(found) > 1:
        names = ", ".join(person.student for person in found[:3])
        raise UnusableError(f"several on the roster fit ({names}); add a column with their ids")
    return found[0]
