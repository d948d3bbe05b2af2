"""Pack what a student gets into one zip file, after making sure that nothing secret is in it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grader.layout import GraderError, Repository, shown, write
from grader.leaks import grader_secrets, master_secrets, search

__all__ = ["FOLDER", "bundle", "collect"]

FOLDER = "stochastic-optimization"
TEMPLATES = Path(__file__).parent / "student_files"
#: Files taken as they stand; the rest of the root is for authors and instructors.
SHARED = ("environment.yml", "requirements.lock", "scripts/environment.sh")
OPTIONAL = ("LICENSE", "LICENSE.md")
SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
EXECUTABLE = {"scripts/environment.sh"}


def collect(repository: Repository) -> dict[str, bytes]:
    """Read every file of the bundle, by its path in the unzipped folder.

    Raises
    ------
    GraderError
        If one that belongs into it is missing.
    """
    root = repository.root
    wanted = [root / name for name in SHARED]
    wanted += [root / name for name in OPTIONAL if (root / name).is_file()]
    wanted += sorted(root.glob("notebooks/*.ipynb"))
    wanted += sorted(root.glob("notebooks/11-appendix/*.ipynb"))  # it has no exercises
    for slug in repository.sections():
        wanted += [repository.student_notebook(slug).with_name("theory.ipynb")]
        wanted += [repository.student_notebook(slug)]
    wanted += sorted(path for path in (root / "course_utils").rglob("*") if path.is_file())
    files: dict[str, bytes] = {}
    for path in wanted:
        if SKIPPED & set(path.parts):
            continue
        if not path.is_file():
            raise GraderError(f"{shown(path)}: missing, and the bundle needs it")
        files[path.relative_to(root).as_posix()] = path.read_bytes()
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file():
            files[path.relative_to(TEMPLATES).as_posix()] = path.read_bytes()
    return files


def packed(files: dict[str, bytes]) -> bytes:
    """Zip the files; the same files give the same bytes on every machine and day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, so that the permissions count
            entry.external_attr = (0o100755 if name in EXECUTABLE else 0o100644) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def bundle(repository: Repository) -> bool:
    """Write the student's zip file.

    Returns
    -------
    bool
        Whether it changed.

    Raises
    ------
    GraderError
        If a student notebook is stale or something secret was found; nothing is written then.
    """
    from grader.release import stale  # late: it loads nbgrader

    if lines := stale(repository):
        raise GraderError("\n".join(lines))
    files = collect(repository)
    if leaks := search(files, [*master_secrets(repository), *grader_secrets(repository)]):
        raise GraderError("\n".join(map(str, leaks)))
    return write(repository.bundle, packed(files))
