"""Where things lie: the repository, its sections, and the course folder with the submissions."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ROOT",
    "CourseFolder",
    "GraderError",
    "Repository",
    "UsageError",
    "refused",
    "shown",
    "write",
]

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "exercises.ipynb"


class GraderError(Exception):
    """Something that the instructor or author has to mend; its text is one line for each thing."""


class UsageError(GraderError):
    """The command was called with something that doesn't exist."""


def shown(path: Path) -> str:
    """Return a path as it is printed: relative to the current folder, never absolute."""
    return os.path.relpath(path)


def refused(error: OSError) -> str:
    """Say in one line what the system refused, and where."""
    where = f"{shown(Path(error.filename))}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def write(path: Path, data: bytes, *, synced: bool = False) -> bool:
    """Replace a file in one step, so that no reader and no crash meets half of it.

    Parameters
    ----------
    path
        The file; missing folders are made.
    data
        Its new contents.
    synced
        Whether they must be on the disk before the file has its name, so that a power cut costs
        nothing either. It takes a while for each file.

    Returns
    -------
    bool
        Whether anything changed. Equal contents leave the file alone.
    """
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp makes it private
        os.replace(name, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        if isinstance(error, OSError):  # a full disk doesn't say where
            error.filename = str(path)
        raise
    return True


@dataclass(frozen=True)
class Repository:
    """The checkout: masters in ``solutions/``, what students get in ``notebooks/``."""

    root: Path = ROOT

    @property
    def bundle(self) -> Path:
        """The zip file that a student gets."""
        return self.root / "dist" / "stochastic-optimization-student.zip"

    def master(self, slug: str) -> Path:
        """Return the path of a section's master."""
        return self.root / "solutions" / slug / NOTEBOOK

    def student_notebook(self, slug: str) -> Path:
        """Return the path of a section's student notebook."""
        return self.root / "notebooks" / slug / NOTEBOOK

    def sections(self) -> list[str]:
        """List the sections that have a master, in order."""
        return sorted(path.parent.name for path in self.root.glob(f"solutions/*/{NOTEBOOK}"))

    def chosen(self, slugs: list[str]) -> list[str]:
        """Return the sections named, or all when none is.

        Raises
        ------
        UsageError
            If a name belongs to no section, or there are none at all.
        """
        known = self.sections()
        if not known:
            raise UsageError(f"no master in {shown(self.root / 'solutions')}/*/{NOTEBOOK}")
        for slug in slugs:
            if slug not in known:
                near = difflib.get_close_matches(slug, known, 1, 0.5)
                meant = f"did you mean {near[0]}? " if near else ""
                raise UsageError(f"no section {slug!r}; {meant}there is {', '.join(known)}")
        return list(slugs) or known


@dataclass(frozen=True)
class CourseFolder:
    """A course folder in nbgrader's layout, with ``results/`` beside nbgrader's own folders."""

    path: Path

    @property
    def gradebook(self) -> Path:
        """The SQLite gradebook."""
        return self.path / "gradebook.db"

    @property
    def database(self) -> str:
        """The gradebook as SQLAlchemy wants it."""
        return f"sqlite:///{self.gradebook.resolve()}"

    @property
    def submissions(self) -> Path:
        """The folder that holds one folder for each student."""
        return self.path / "submitted"

    def submitted(self, student: str, slug: str) -> Path:
        """Return where a student's submission is expected."""
        return self.submissions / student / slug / NOTEBOOK

    def autograded(self, student: str, slug: str) -> Path:
        """Return where the executed notebook goes, with the tests in it: not for students."""
        return self.path / "autograded" / student / slug / NOTEBOOK

    def feedback(self, student: str, slug: str) -> Path:
        """Return where a student's feedback page goes."""
        return (self.path / "feedback" / student / slug / NOTEBOOK).with_suffix(".html")

    def released(self, slug: str) -> Path:
        """Return where nbgrader keeps what was released."""
        return self.path / "release" / slug / NOTEBOOK

    def result(self, student: str, slug: str) -> Path:
        """Return where the outcome of each task is kept: the gradebook has points only."""
        return self.path / "results" / slug / f"{student}.json"

    def graded_students(self, slug: str) -> list[str]:
        """List the students with an outcome in this section."""
        return sorted(path.name[:-5] for path in (self.path / "results" / slug).glob("*.json"))

    def must_exist(self) -> CourseFolder:
        """Return the folder itself.

        Raises
        ------
        UsageError
            If it isn't there, or holds no submissions.
        """
        if not self.path.is_dir():
            here = f"; you are in {Path.cwd().name}" if not self.path.is_absolute() else ""
            raise UsageError(
                f"{shown(self.path)} isn't there{here}; name the course folder (with make: "
                "COURSE=folder), or make one with 'make course'"
            )
        if not self.submissions.is_dir():
            wanted = f"{shown(self.submissions)}/STUDENT/SECTION/{NOTEBOOK}"
            raise UsageError(f"no submissions: 'make collect' them, or lay them down as {wanted}")
        return self

    def must_be_graded(self, slugs: list[str]) -> None:
        """Make sure that a submission to one of these sections was graded.

        Raises
        ------
        UsageError
            If none was.
        """
        if not any(map(self.graded_students, slugs)):
            here = any(any(self.submissions.glob(f"*/{slug}/{NOTEBOOK}")) for slug in slugs)
            what = "graded; run 'make autograde'" if here else "handed in; run 'make collect'"
            raise UsageError(f"{', '.join(slugs)}: nothing {what} first")

    def keep_private(self) -> None:
        """Have git ignore the folder, wherever it lies: it holds names and grades."""
        if not (self.path / ".gitignore").exists():
            write(self.path / ".gitignore", b"# Student work, grades and names\n*\n")
