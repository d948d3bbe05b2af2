"""What of a section holds for all its submissions: compiled tests, asked names, the prelude."""

from __future__ import annotations

import ast
import contextlib
import io
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from grader.layout import GraderError, shown
from grader.master import Cell, Master
from grader.nb import NotebookNode
from grader.sealed.judge import Step

__all__ = ["Plan", "plan"]


@dataclass(frozen=True)
class Plan:
    """A section, ready to judge.

    Attributes
    ----------
    code
        Compiled test and locked cells, by grade id.
    asked
        Names that the master's solution cells define: what the student is asked for.
    namespace
        What the master's open cells (imports, data) define, run once for all submissions.
    """

    slug: str
    code: dict[str, CodeType]
    asked: tuple[str, ...]
    namespace: dict[str, Any] = field(repr=False)

    def steps(self, notebook: NotebookNode) -> list[Step]:
        """Order the cells of an assembled submission for the judge.

        Parameters
        ----------
        notebook
            From :func:`grader.assemble.assemble`.
        """
        found = []
        for number, cell in enumerate(notebook.cells, 1):
            if cell.cell_type != "code":
                continue
            info = cell.metadata.get("nbgrader", {})
            name = str(info.get("grade_id") or f"cell-{number}")
            if info.get("grade") and not info.get("solution"):
                found.append(Step("test", name, code=self.code[name]))
            elif name in self.code:
                found.append(Step("locked", name, cell.source, self.code[name]))
            else:
                found.append(Step("student", name, cell.source))
        return found


def asked_names(source: str) -> list[str]:
    """Names that a solution cell defines at its top level."""
    found: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                found += [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]
    return found


def _compiled(master: Master, cell: Cell) -> CodeType:
    try:
        return compile(cell.source, f"<{cell.name}>", "exec")
    except SyntaxError as error:
        raise GraderError(f"{shown(master.path)}: {cell.name}: {error}") from None


def plan(master: Master) -> Plan:
    """Compile a section's tests and run its open cells once.

    Raises
    ------
    GraderError
        If a cell of the master isn't Python.
    """
    code: dict[str, CodeType] = {}
    asked: list[str] = []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in master.cells:
        if cell.kind != "code":
            continue
        if cell.automatic or (cell.grade_id and not cell.solution):
            code[cell.grade_id] = _compiled(master, cell)
        elif cell.solution:
            asked += asked_names(cell.source)
        else:
            # A cell that uses what the student writes can't run here; no test may rest on it.
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.suppress(Exception),
            ):
                exec(_compiled(master, cell), namespace)
    return Plan(master.slug, code, tuple(dict.fromkeys(asked)), namespace)
