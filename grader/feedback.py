"""One HTML page for each submission, made by nbgrader's feedback exporter.

The page is made from the executed notebook after three things were done to it: the hidden tests
are taken out, each test shows its outcome and message in place of its output, and what could run in
a browser is taken out. A last look then withholds every output that a hidden test got into on
another way, such as a student's code printing its own call stack.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from grader import nb, results
from grader.gradebook import NAME, opened
from grader.layout import CourseFolder, GraderError, Repository, shown, write
from grader.leaks import MARKS, hidden_lines, normal
from grader.master import Cell, Master, read_master
from grader.nb import NotebookNode
from grader.release import FirstLineOnly
from grader.results import Record, TaskResult
from grader.sanitise import clean_markdown, still_outputs
from grader.table import collect

__all__ = ["give_feedback"]

WITHHELD = "[withheld: this output shows the tests]"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>Your submission was not graded.</p><p>{message}</p></body></html>
"""


def give_feedback(
    repository: Repository, course: CourseFolder, slug: str, students: Iterable[str] = ()
) -> list[str]:
    """Write the feedback pages of a section.

    Parameters
    ----------
    repository, course
        Where the masters and the graded submissions are.
    slug
        The section.
    students
        Only these; empty for all.

    Returns
    -------
    list of str
        One line for each page that could not be made.
    """
    master = read_master(repository, slug)
    wanted = set(students)
    failed = []
    for record in collect(course, slug):
        if (wanted and record.student not in wanted) or record.status == results.NOT_GRADED:
            continue
        try:
            page = _page(course, master, record)
        except (OSError, ValueError, GraderError) as error:
            failed.append(f"{shown(course.autograded(record.student, slug))}: {error}")
            continue
        write(course.feedback(record.student, slug), page.encode())
    return failed


def _page(course: CourseFolder, master: Master, record: Record) -> str:
    if record.message:
        # The path in front is the instructor's; what follows says what to do.
        advice = record.message.split(": ", 1)[-1]
        title = html.escape(f"{master.slug}: {record.student}")
        return PAGE.format(title=title, message=html.escape(advice))
    path = course.autograded(record.student, master.slug)
    notebook = nb.read(path)
    secret = hidden_lines(master) | _hidden_in(notebook)
    prepared = prepare(notebook, record.tasks, secret)
    return _exported(course, master.slug, record.student, prepared)


def _hidden_in(notebook: NotebookNode) -> set[str]:
    """Return the hidden lines of the tests that were run, which may be older than the master's."""
    found: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade") and not nbgrader.get("solution"):
            visible, regions = Cell(index, cell.cell_type, cell.source, nbgrader).split()
            lines = {normal(line) for region in regions for line in region.lines}
            found |= {line for line in lines if len(line) >= 18} - set(map(normal, visible))
    return found


def prepare(
    notebook: NotebookNode, tasks: Iterable[TaskResult], secret: Iterable[str]
) -> NotebookNode:
    """Return what of an executed notebook its author may see.

    Parameters
    ----------
    notebook
        The executed notebook, tests and all.
    tasks
        What each graded cell came to.
    secret
        Lines that must not be shown, with their blanks evened out.
    """
    notebook, _ = FirstLineOnly().preprocess(notebook, {})
    outcome = {task.grade_id: task for task in tasks}
    secret = [*filter(None, secret), *MARKS]
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code":
            continue
        if nbgrader.get("grade") and not nbgrader.get("solution"):
            task = outcome.get(nbgrader.grade_id)
            said = task.message or f"{task.outcome}." if task else "not run."
            mark = "✓" if task and task.outcome == results.PASSED else "✗"
            cell.outputs = [nb.output("stream", name="stdout", text=f"{mark} {said}")]
        else:
            cell.outputs = still_outputs(cell)
        for output in cell.outputs:
            if output.output_type == "stream":
                output.text = _withhold(output.text, secret)
            elif "text/plain" in output.data:
                output.data["text/plain"] = _withhold(output.data["text/plain"], secret)
    return notebook


def _withhold(text: str, secret: Iterable[str]) -> str:
    """Return an output, or a note in its place when any line of the tests is in it."""
    # In a printed repr the line breaks are the two characters \ and n.
    plain = text.replace("\\n", "\n").replace("\\'", "'").replace('\\"', '"')
    evened = "\n".join(map(normal, plain.split("\n")))
    return WITHHELD if any(line in evened for line in secret) else text


def _exported(course: CourseFolder, slug: str, student: str, notebook: NotebookNode) -> str:
    from nbgrader.preprocessors import GetGrades

    templates = Path(handlers.template_path)
    config = Config()
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(templates)]
    config.HTMLExporter.extra_template_paths = [
        str(templates.parent / "static/node_modules/bootstrap/dist/css")
    ]
    config.HTMLExporter.filters = {"markdown2html": clean_markdown}
    config.Exporter.default_preprocessors = []
    exporter: Any = HTMLExporter(config=config)  # type: ignore[no-untyped-call]
    exporter.register_preprocessor(GetGrades, enabled=True)
    exporter.register_preprocessor(CSSHTMLHeaderPreprocessor, enabled=True)
    resources = {
        "unique_key": NAME,
        "nbgrader": {
            "notebook": NAME,
            "assignment": slug,
            "student": student,
            "db_url": course.database,
        },
    }
    with opened(course):  # for its settings; GetGrades opens the gradebook itself
        page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)
