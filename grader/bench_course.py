"""A throw-away course for the benchmark: right submissions to a real section, no two alike.

Each is the student's notebook with the master's solutions written in, a comment of its own in each
and one local name changed, so that nothing can be kept because two answers are equal.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from grader.layout import CourseFolder, Repository
from grader.master import MARK, Master, read_master
from grader.nb import NotebookNode, as_bytes
from grader.release import student_form

__all__ = ["Written", "lay_down", "own_version"]

Written = Literal["all", "comment", "nothing"]


def own_version(solution: str, student: str) -> str:
    """Return a solution as one student might write it: the same statements, another text.

    Parameters
    ----------
    solution
        Source of the master's cell; the lines that mark its regions go away.
    student
        Becomes part of a comment and of a local name.
    """
    lines = [line for line in solution.split("\n") if not MARK.search(line)]
    source = "\n".join(lines)
    name = next(_locals(source), None)
    if name is not None:
        source = _renamed(source, name, f"{name}_of_{student}")
    return f"# Written by {student}.\n{source}"


def _locals(source: str) -> Iterator[str]:
    """Names of a function's own that can be changed where they stand as names, and only there."""
    tree = ast.parse(source)
    fixed = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg | ast.keyword)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # Python 3.11 can't say where in it a name stands
            fixed |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            fixed |= set(node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            fixed.add(node.name)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                if stored and node.id not in fixed:  # type: ignore[attr-defined]
                    yield node.id  # type: ignore[attr-defined]


def _renamed(source: str, old: str, new: str) -> str:
    lines = [line.encode() for line in source.split("\n")]  # positions count bytes
    places = {
        (node.lineno - 1, node.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and node.id == old
    }
    for row, column in sorted(places, reverse=True):
        line = lines[row]
        lines[row] = line[:column] + new.encode() + line[column + len(old.encode()) :]
    return b"\n".join(lines).decode()


def _answered(master: Master, form: NotebookNode, student: str) -> NotebookNode:
    """Fill in a student's notebook."""
    written = {cell.grade_id: cell for cell in master.cells if cell.solution}
    notebook = copy.deepcopy(form)
    for cell in notebook.cells:
        model = written.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if model is None:
            continue
        if model.kind == "code":
            cell.source = own_version(model.source, student)
        else:
            cell.source = f"What {student} thinks of it, in some words."
    return notebook


def _begun(form: NotebookNode, student: str) -> NotebookNode:
    """Return a student's notebook with a comment in its first solution cell, and no more."""
    notebook = copy.deepcopy(form)
    cell = next(
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    )
    cell.source = f"# {student} was here.\n{cell.source}"
    return notebook


def lay_down(
    repository: Repository, slug: str, folder: Path, copies: int, *, written: Written = "all"
) -> CourseFolder:
    """Make a course folder with submissions, and the section's source where nbgrader wants it.

    Parameters
    ----------
    repository, slug
        The section.
    folder
        Where; must not be there yet.
    copies
        How many submissions.
    written
        How much each student wrote: right answers, one comment, or nothing.
    """
    master = read_master(repository, slug)
    form = student_form(master)
    course = CourseFolder(folder)
    source = folder / "source" / slug / course.released(slug).name
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(master.notebook), encoding="utf-8")
    for number in range(copies):
        student = f"student{number:04}"
        path = course.submitted(student, slug)
        path.parent.mkdir(parents=True)
        if written == "all":
            path.write_bytes(as_bytes(_answered(master, form, student)))
        else:
            path.write_bytes(as_bytes(_begun(form, student) if written == "comment" else form))
    return course
