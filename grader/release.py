"""Make the student's notebook from a master, with nbgrader's own preprocessors.

They are called one after the other on the notebook in memory. nbgrader's converter around them is
left out: with ``--force`` it deletes the folder of the section, theory notebook and all, and
without it a stale notebook is skipped in silence.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

from nbgrader import utils
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from grader.layout import GraderError, Repository, shown, write
from grader.master import Master, Region, read_master
from grader.nb import NotebookNode, as_bytes, node

__all__ = ["ANSWER_STUB", "graded_form", "release", "stale", "student_form"]

ANSWER_STUB = "*Write your answer here.*"
KEPT_METADATA = ("course", "kernelspec", "language_info")
KEPT_CELL_METADATA = ("deletable", "editable", "jupyter", "nbgrader")


class Stubs(ClearSolutions):  # type: ignore[misc]
    """nbgrader's ClearSolutions, but each region says itself what is to be written there."""

    text_stub = ANSWER_STUB

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            return bool(super()._replace_solution_region(cell, language))
        lines: list[str] = []
        region: list[str] | None = None
        replaced = False
        for line in cell.source.split("\n"):
            if self.begin_solution_delimeter in line:
                region, replaced = [], True
                indent = re.match(r"\s*", line)[0]  # type: ignore[index]
            elif self.end_solution_delimeter in line and region is not None:
                stub = Region("SOLUTION", tuple(region)).stub or ""
                quoted = json.dumps(stub, ensure_ascii=False)
                if '"' in stub and "'" not in stub and "\\" not in stub:
                    quoted = f"'{stub}'"
                lines.append(f"{indent}raise NotImplementedError({quoted})")
                region = None
            elif region is not None:
                region.append(line)
            else:
                lines.append(line)
        cell.source = "\n".join(lines)
        return replaced


class FirstLineOnly(ClearHiddenTests):  # type: ignore[misc]
    """nbgrader's ClearHiddenTests, without the blank lines that it leaves behind."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if utils.is_grade(cell) and not utils.is_solution(cell):
            cell.source = cell.source.rstrip()
        return cell, resources


def _apply(notebook: NotebookNode, *steps: type) -> NotebookNode:
    resources: dict[str, Any] = {}
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def graded_form(master: Master) -> NotebookNode:
    """Return the notebook that is graded: stubs for the solutions, hidden tests in place.

    This is what goes into the gradebook; a submission is graded by putting the student's cells
    into it.
    """
    notebook = node(copy.deepcopy(master.notebook))
    return _apply(notebook, LockCells, Stubs, ClearOutput, CheckCellMetadata, ComputeChecksums)


def student_form(master: Master) -> NotebookNode:
    """Return the notebook that students get; the same master gives the same notebook."""
    notebook = _apply(
        graded_form(master), FirstLineOnly, ClearMarkScheme, ComputeChecksums, CheckCellMetadata
    )
    notebook.metadata = {
        key: value for key, value in notebook.metadata.items() if key in KEPT_METADATA
    }
    for index, cell in enumerate(notebook.cells):
        cell.id = cell.get("id", f"cell-{index + 1}")
        cell.metadata = {
            key: value for key, value in cell.metadata.items() if key in KEPT_CELL_METADATA
        }
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)
    return notebook


def _released(repository: Repository, slug: str) -> bytes:
    master = read_master(repository, slug)
    master.check()
    return as_bytes(student_form(master))


def release(repository: Repository, slug: str) -> bool:
    """Write a section's student notebook if it isn't what the master gives.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    GraderError
        If the master has faults.
    """
    return write(repository.student_notebook(slug), _released(repository, slug))


def stale(repository: Repository, slugs: Sequence[str] = ()) -> list[str]:
    """Say which student notebooks are not what their masters give, one line each.

    Parameters
    ----------
    slugs
        Look at these sections only; by default at all, and for notebooks without a master.
    """
    lines = []
    for slug in slugs or repository.sections():
        path = repository.student_notebook(slug)
        try:
            wanted = _released(repository, slug)
        except GraderError as error:
            lines += str(error).splitlines()
            continue
        if not path.is_file():
            lines.append(f"{shown(path)}: missing; run 'make release'")
        elif path.read_bytes() != wanted:
            master = shown(repository.master(slug))
            lines.append(f"{shown(path)}: not what {master} gives; run 'make release'")
    if slugs:
        return lines
    masters = {repository.student_notebook(slug) for slug in repository.sections()}
    for path in sorted(repository.root.glob("notebooks/*/exercises.ipynb")):
        if path not in masters:
            lines.append(f"{shown(path)}: has no master; delete it")
    return lines
