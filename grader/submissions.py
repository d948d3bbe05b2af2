"""Find the submissions to a section and look at each before nbgrader sees it.

From a student's folder come the cells of ``exercises.ipynb`` and the time in ``timestamp.txt``, and
nothing else: no other file is opened or copied, so none can be imported when the notebook runs.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.layout import NOTEBOOK, CourseFolder, Repository, shown
from grader.master import Master, joined, read_master
from grader.times import moment

__all__ = [
    "MAX_BYTES",
    "Problem",
    "StudentCell",
    "Submission",
    "UnusableError",
    "check_name",
    "find",
    "misplaced",
    "parsed",
    "section_of",
]

MAX_BYTES = 20_000_000
MAX_CELLS = 1_000
MAX_NAME = 120  # bytes; the name becomes part of file names
REFUSED = set("*?[]{}\\\x7f") | {chr(code) for code in range(32)}


@dataclass(frozen=True)
class StudentCell:
    """What is taken of a student's cell: its type, its source and the id that it claims."""

    kind: str
    source: str
    grade_id: str | None = None


@dataclass(frozen=True)
class Submission:
    """A submission that can be graded."""

    student: str
    path: Path
    cells: list[StudentCell]
    digest: str
    timestamp: datetime | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """A submission that can't be graded, and what to do about it, in one line."""

    student: str
    path: Path
    advice: str

    def __str__(self) -> str:
        return f"{shown(self.path)}: {self.advice}"


class UnusableError(Exception):
    """Something can't be taken as a submission; the text says what to do about it.

    It carries the path when that isn't the notebook's.
    """

    def __init__(self, advice: str, path: Path | None = None) -> None:
        super().__init__(advice)
        self.path = path


def find(
    repository: Repository, course: CourseFolder, master: Master
) -> Iterator[Submission | Problem]:
    """Yield every submission to a section, in the order of the students' names.

    A student without a folder for this section has submitted nothing and is left out.
    """
    for folder in sorted(_folders(course.submissions)):
        if not (folder / master.slug).exists() and not (folder / master.slug).is_symlink():
            continue
        path = course.submitted(folder.name, master.slug)
        try:
            yield _read(repository, master, folder.name, path)
        except UnusableError as error:
            yield Problem(folder.name, error.path or path, str(error))


def misplaced(repository: Repository, course: CourseFolder) -> Iterator[Problem]:
    """Yield what lies in the wrong place of ``submitted/``, so that nobody is forgotten."""
    known = repository.sections()
    for path in sorted(course.submissions.iterdir()):
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            yield Problem("", path, f"not in a student's folder; move it to STUDENT/{known[0]}/")
            continue
        inside = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
        if not inside:
            advice = f"empty; it should hold a folder named after a section, such as {known[0]}"
            yield Problem(path.name, path, advice)
        for entry in inside:
            if entry.suffix == ".ipynb" and entry.is_file():
                advice = f"one level too high; move it to {path.name}/SECTION/{NOTEBOOK}"
                yield Problem(path.name, entry, advice)
            elif entry.is_dir() and entry.name not in known:
                advice = f"no such section; rename it to one of {', '.join(known)}"
                yield Problem(path.name, entry, advice)


def _folders(submitted: Path) -> Iterator[Path]:
    for path in submitted.iterdir():
        if path.is_dir() and not path.name.startswith("."):
            yield path


def _read(repository: Repository, master: Master, student: str, path: Path) -> Submission:
    check_name(student, path.parent.parent)
    data = _bytes(path)
    notebook = parsed(data)
    cells = list(_cells(notebook))
    if len(cells) > MAX_CELLS:
        raise UnusableError(f"{len(cells)} cells, more than {MAX_CELLS}; ask for the original")
    _check_section(repository, master, notebook, cells)
    timestamp, notes = _timestamp(path.with_name("timestamp.txt"))
    digest = hashlib.sha256(data + repr(timestamp).encode()).hexdigest()
    return Submission(student, path, cells, digest, timestamp, notes)


def check_name(student: str, folder: Path | None = None) -> None:
    """Refuse a student's name that can't be the name of a folder and part of file names.

    Raises
    ------
    UnusableError
        If it holds a control character or one that has a meaning in a pattern, or is too long.
    """
    odd = sorted(set(student) & REFUSED)
    if odd or student != student.strip():
        what = f"the character {odd[0]!r}" if odd else "a blank at its end"
        raise UnusableError(f"the student's name has {what}; rename the folder", folder)
    try:
        size = len(student.encode())
    except UnicodeEncodeError:
        raise UnusableError("the student's name isn't UTF-8; rename the folder", folder) from None
    if size > MAX_NAME:
        raise UnusableError(
            f"the student's name has over {MAX_NAME} bytes; rename the folder", folder
        )


def _bytes(path: Path) -> bytes:
    folder = path.parent
    if folder.is_symlink() or folder.parent.is_symlink() or path.is_symlink():
        raise UnusableError("a link; put the file itself there")
    if not folder.is_dir():
        raise UnusableError(
            f"a file where a folder is expected; put {NOTEBOOK} into a folder", folder
        )
    if not path.exists():
        others = sorted(e.name for e in folder.iterdir() if not e.name.startswith("."))
        if not others:
            raise UnusableError(f"empty folder; put {NOTEBOOK} into it, or delete it", folder)
        notebooks = [name for name in others if name.endswith(".ipynb")]
        if len(notebooks) == 1:
            raise UnusableError(f"missing; rename {notebooks[0]!r} beside it to {NOTEBOOK}")
        listed = ", ".join(map(repr, others[:3])) + (" …" if len(others) > 3 else "")
        raise UnusableError(f"missing; the folder holds {listed}: ask for {NOTEBOOK}")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnusableError("not a file; put the notebook there")
    if status.st_size > MAX_BYTES:
        megabytes = status.st_size / 1e6
        raise UnusableError(
            f"{megabytes:.0f} MB, more than {MAX_BYTES / 1e6:.0f}; ask for it with outputs cleared"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableError(f"can't be read ({error.strerror}); mend its permissions") from None


def parsed(data: bytes) -> dict[str, Any]:
    """Read a notebook's bytes.

    Raises
    ------
    UnusableError
        If they are not a notebook of format 4.
    """
    if not data.strip():
        raise UnusableError("an empty file; ask for it again")
    try:
        notebook = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; ask for the file that JupyterLab saves") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise UnusableError("JSON, but not a notebook; ask for the file that JupyterLab saves")
    if notebook["nbformat"] != 4 or not isinstance(notebook.get("cells"), list):
        version = notebook["nbformat"]
        raise UnusableError(f"notebook format {version}, not 4; open and save it in JupyterLab")
    return notebook


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _cells(notebook: dict[str, Any]) -> Iterator[StudentCell]:
    for cell in map(_mapping, notebook["cells"]):
        kind, source = cell.get("cell_type"), cell.get("source")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if kind not in ("code", "markdown", "raw") or not isinstance(source, str):
            continue
        grade_id = _mapping(_mapping(cell.get("metadata")).get("nbgrader")).get("grade_id")
        # A lone surrogate can be written into no file and sent to no kernel.
        source = source.encode("utf-8", errors="replace").decode("utf-8")
        yield StudentCell(kind, source, grade_id if isinstance(grade_id, str) else None)


def section_of(notebook: dict[str, Any]) -> Any:
    """Return the section that a notebook says it is of, None if it doesn't say."""
    return _mapping(_mapping(notebook.get("metadata")).get("course")).get("section")


def _check_section(
    repository: Repository, master: Master, notebook: dict[str, Any], cells: list[StudentCell]
) -> None:
    section = section_of(notebook)
    if section != master.slug and section in repository.sections():
        raise UnusableError(f"the notebook of {section}; ask for that of {master.slug}")
    if section == master.slug:
        if not {cell.grade_id for cell in cells} & {c.grade_id for c in master.cells if c.grade_id}:
            raise UnusableError(
                "its cells have lost the ids of their tasks; ask for answers in a fresh copy"
            )
        return
    # The metadata are gone. Grade ids are alike in all sections, the texts of the tasks are not.
    sources = {cell.source.strip() for cell in cells}
    shared = {
        slug: len(sources & _fixed_sources(master if slug == master.slug else other))
        for slug in repository.sections()
        for other in [read_master(repository, slug)]
    }
    best = max(shared, key=lambda slug: (shared[slug], slug == master.slug))
    if shared[best] == 0:
        raise UnusableError(f"not the exercise notebook of {master.slug}; ask for that one")
    if best != master.slug:
        raise UnusableError(f"the notebook of {best}; ask for that of {master.slug}")


def _fixed_sources(master: Master) -> set[str]:
    return {
        joined(cell.source).strip()
        for cell in master.cells
        if not cell.solution and not cell.graded and len(cell.source.strip()) > 40
    }


def _timestamp(path: Path) -> tuple[datetime | None, list[str]]:
    if path.is_symlink() or not path.is_file():
        return None, []
    try:
        return moment(path.read_bytes()[:100].decode()), []
    except (OSError, ValueError):
        wanted = "not a date such as '2026-03-04 01:59 +0100'"
        return None, [f"{shown(path)}: {wanted}, so the submission has no time"]
