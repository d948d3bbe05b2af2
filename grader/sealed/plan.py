"""What of a section holds for all its submissions: compiled tests, asked names, the prelude."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from grader.layout import GraderError, shown
from grader.master import Cell, Master
from grader.nb import NotebookNode
from grader.sealed.judge import Step, Unwritten
from grader.sealed.needs import needed

__all__ = ["Plan", "compiled", "plan", "quietly", "signatures"]


@dataclass(frozen=True)
class Plan:
    """A section, ready to judge.

    Attributes
    ----------
    code
        Compiled test and locked cells, by grade id.
    asked
        Names that the master's solution cells define: what the student is asked for.
    idle
        Locked cells that no test reads anything of: the judge leaves them out.
    signatures
        For each task with tests, a hash of all that their verdicts rest on in the master.
    own
        The master's own cells in order, its solutions in the place of the student's.
    namespace
        What the master's open cells (imports, data) define, run once for all submissions.
    unwritten
        By grade id, what a test comes to where nothing that it asks for is written. Filled in by
        :func:`grader.sealed.rehearsal.rehearse`.
    """

    slug: str
    code: dict[str, CodeType]
    asked: tuple[str, ...]
    idle: frozenset[str]
    signatures: dict[str, str]
    own: tuple[Step, ...] = field(repr=False)
    namespace: dict[str, Any] = field(repr=False)
    unwritten: dict[str, Unwritten] = field(default_factory=dict, repr=False)

    @property
    def tasks(self) -> set[str]:
        """The tasks that have tests."""
        return set(self.signatures)

    def steps(self, notebook: NotebookNode, tasks: Iterable[str] | None = None) -> list[Step]:
        """Order the cells of an assembled submission for the judge.

        Parameters
        ----------
        notebook
            From :func:`grader.assemble.assemble`.
        tasks
            Run the tests of these only; of all by default.
        """
        chosen = self.tasks if tasks is None else set(tasks)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        found: list[Step] = []
        for number, cell in enumerate(code, 1):
            info = cell.metadata.get("nbgrader", {})
            name = str(info.get("grade_id") or f"cell-{number}")
            if name in self.code and not info.get("solution"):
                role = "test" if info.get("grade") else "locked"
                found.append(Step(role, name, cell.source, self.code[name]))
            else:
                found.append(Step("student", name, cell.source))
        # A locked cell runs on both sides, but on each only where something reads what it defines.
        theirs = needed([(s.source, s.role != "student") for s in found if s.role != "test"])
        sides = iter(theirs)
        steps = []
        for step in found:
            if step.role == "locked":
                source = step.source if next(sides) else ""
                kept = step.code if step.name not in self.idle else None
                steps.append(Step("locked", step.name, source, kept))
            elif step.role == "student":
                next(sides)
                steps.append(step)
            elif step.task in chosen:
                known = self.unwritten.get(step.name)
                steps.append(Step("test", step.name, code=step.code, unwritten=known))
        return steps


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


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Let nothing that a cell prints, warns of or raises get out."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
        contextlib.suppress(Exception),
    ):
        yield


def compiled(master: Master, cell: Cell) -> CodeType:
    """Compile a cell of the master.

    Raises
    ------
    GraderError
        If it isn't Python.
    """
    try:
        # With its assertions even where Python was started with -O.
        return compile(cell.source, f"<{cell.name}>", "exec", dont_inherit=True, optimize=0)
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
            code[cell.grade_id] = compiled(master, cell)
        elif cell.solution:
            asked += asked_names(cell.source)
        else:
            # A cell that uses what the student writes can't run here; no test may rest on it.
            with quietly():
                exec(compiled(master, cell), namespace)
    ours = [cell for cell in master.cells if cell.grade_id in code]
    runs = needed([(cell.source, not cell.automatic) for cell in ours])
    idle = frozenset(cell.grade_id for cell, run in zip(ours, runs, strict=True) if not run)
    return Plan(
        master.slug,
        code,
        tuple(dict.fromkeys(asked)),
        idle,
        signatures(master),
        tuple(_own(master, code)),
        namespace,
    )


def _own(master: Master, code: dict[str, CodeType]) -> Iterator[Step]:
    for cell in master.cells:
        if cell.kind == "code" and cell.automatic:
            yield Step("test", cell.grade_id, code=code[cell.grade_id])
        elif cell.kind == "code":
            ours = code.get(cell.grade_id)
            name = cell.grade_id or f"cell-{cell.index + 1}"
            yield Step("locked" if ours else "student", name, cell.source, ours)


def signatures(master: Master) -> dict[str, str]:
    """Hash, for each task, its test cells and what is common to all tasks."""
    common = hashlib.sha256()
    tests: dict[str, list[str]] = {}
    for cell in master.cells:
        if cell.kind == "code" and cell.automatic:
            task = cell.grade_id.partition("-")[0]
            tests.setdefault(task, []).extend((cell.grade_id, cell.source))
        elif cell.kind == "code" and not cell.solution:
            common.update(repr((cell.grade_id, cell.source)).encode())
    return {
        task: hashlib.sha256(common.digest() + repr(sources).encode()).hexdigest()
        for task, sources in tests.items()
    }
