"""One page for the instructor about how a class did in a section."""

from __future__ import annotations

from pathlib import Path

from grader import gradebook
from grader.feedback_tasks import asked
from grader.layout import CourseFolder, Repository, write
from grader.master import read_master
from grader.pseudonyms import pseudonyms
from grader.report_findings import findings
from grader.report_messages import Reader
from grader.report_page import report_page
from grader.table import collect

__all__ = ["report"]


def report(
    repository: Repository,
    course: CourseFolder,
    slug: str,
    *,
    names: bool = False,
    output: Path | None = None,
) -> Path:
    """Write the report of a section.

    Parameters
    ----------
    repository, course
        Where the master and the grades are.
    slug
        The section.
    names
        Call students by their names; else by pseudonyms, which are the same in all reports of a
        course.
    output
        The file; by default ``reports/SECTION.html`` in the course folder, with names
        ``reports/SECTION-names.html``, so that neither is taken for the other.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    GraderError
        If the master, the gradebook or the key of the pseudonyms can't be read.
    OSError
        If the file can't be written.
    """
    master = read_master(repository, slug)
    section = asked(master)
    records = collect(course, slug)
    name = str if names else pseudonyms(course)
    found = findings(section, Reader(master), records, gradebook.read(course, slug), name)
    path = output or course.path / "reports" / f"{slug}{'-names' if names else ''}.html"
    write(path, report_page(section, found, names).encode())
    return path
