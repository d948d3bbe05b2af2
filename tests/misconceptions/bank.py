"""Run right and wrong solutions through a master's test cells, in one warm process.

A module ``tests/misconceptions/sNN_slug/taskN.py``, or ``taskN_part.py`` of a long one, holds
functions marked :func:`right` or :func:`wrong`. Each stands in for the student's function of that
task: its source is renamed and put in the place of the solution cell, and the task's test cells run
on it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat

from course_utils.reference import remembering, seeded
from grader.layout import Repository
from grader.master import read_master
from grader.sealed.plan import plan

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.M | re.S)
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION", re.M | re.S)


@dataclass(frozen=True)
class Entry:
    """One solution of the bank: what it must lose, and a piece of the message it must get."""

    name: str
    source: str
    says: str = ""
    loses: frozenset[str] = frozenset()
    where: str = ""

    @property
    def is_right(self) -> bool:
        """A right solution loses nothing."""
        return not self.loses


@dataclass
class TaskCells:
    """The solution cell of one task and its test cells by grade id."""

    solution: str = ""
    tests: dict[str, str] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """Name of the function that the student writes."""
        body = ast.parse(self.solution).body
        return next(node.name for node in body if isinstance(node, ast.FunctionDef))

    def stub(self) -> str:
        """Return the solution cell as a student gets it."""
        return SOLUTION.sub(r"\1raise NotImplementedError('not attempted')", self.solution)

    def weakened(self, grade_id: str) -> TaskCells:
        """Return the same cells with the hidden part of one test switched off."""
        source = self.tests[grade_id]
        blunt = HIDDEN.sub("", source)
        if blunt == source:
            raise ValueError(f"{grade_id} has no hidden part to weaken")
        return replace(self, tests={**self.tests, grade_id: blunt})


def _mark(says: str, loses: frozenset[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.bank = (says, loses)  # type: ignore[attr-defined]
        return function

    return mark


def wrong(says: str, loses: list[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a wrong solution.

    Parameters
    ----------
    says
        A piece of the message that at least one of the failing cells must give.
    loses
        The grade ids that must fail; all others of the task must pass.
    """
    if not says or not loses:
        raise ValueError("a wrong solution must lose a cell and get a message")
    return _mark(says, frozenset(loses))


def right(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a right solution: it must pass every cell."""
    return _mark("", frozenset())(function)


class _Rename(ast.NodeTransformer):
    """Give a function another name, in its calls of itself too."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if node.name == self.old:
            node.name, node.decorator_list = self.new, []
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id == self.old:
            node.id = self.new
        return node


def as_solution(entry: Entry, function: str) -> str:
    """Return the source of an entry under the name that the task asks for."""
    tree = _Rename(entry.name, function).visit(ast.parse(entry.source))
    return ast.unparse(ast.fix_missing_locations(tree))


def slugs() -> list[str]:
    """Sections that have a master."""
    return sorted(path.parent.name for path in ROOT.glob("solutions/*/exercises.ipynb"))


def _package(slug: str) -> str:
    return f"tests.misconceptions.s{slug.replace('-', '_')}"


def entries(slug: str) -> dict[str, list[Entry]]:
    """All solutions of a section, by task."""
    package = importlib.import_module(_package(slug))
    found: dict[str, list[Entry]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        named = re.fullmatch(r"(task\d+)(_\w+)?", info.name)
        if not named:
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name, function in vars(module).items():
            if hasattr(function, "bank"):
                says, loses = function.bank
                source = textwrap.dedent(inspect.getsource(function))
                entry = Entry(name, source, says, loses, f"{info.name}.py")
                found.setdefault(named[1], []).append(entry)
    return found


class Master:
    """A master whose cells ran once; its tasks can be run again with other solutions."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.kept: dict[Any, Any] = {}  # references, which no solution has a part in
        path = ROOT / "solutions" / slug / "exercises.ipynb"
        notebook = nbformat.read(path, as_version=4)
        self.tasks: dict[str, TaskCells] = {}
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        idle = plan(read_master(Repository(), slug)).idle  # no test reads what these define
        for cell in notebook.cells:
            info = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code" or info.get("grade_id") in idle:
                continue
            task = info.get("grade_id", "").partition("-")[0]
            if info.get("grade"):
                self.tasks[task].tests[info["grade_id"]] = cell.source
            elif info.get("solution"):
                self.tasks[task] = TaskCells(solution=cell.source)
            with _quiet():
                exec(compile(cell.source, f"<{slug}>", "exec"), self.namespace)

    def run(
        self, task: str, solution: str, seed: int, cells: TaskCells | None = None
    ) -> dict[str, str | None]:
        """Run one task's test cells on a solution: for each grade id a message, None if passed."""
        cells = cells or self.tasks[task]
        namespace = dict(self.namespace)
        outcome: dict[str, str | None] = {}
        with _quiet(), seeded(seed), remembering(self.kept):
            exec(compile(solution, f"<{task}>", "exec"), namespace)
            for grade_id, source in cells.tests.items():
                try:
                    exec(compile(source, f"<{grade_id}>", "exec"), namespace)
                    outcome[grade_id] = None
                except Exception as error:
                    outcome[grade_id] = f"{type(error).__name__}: {error}"
        return outcome

    def judge(
        self, task: str, entry: Entry, seed: int, cells: TaskCells | None = None
    ) -> list[str]:
        """Say what is wrong with the tests, as this entry shows it; nothing if they are right."""
        cells = cells or self.tasks[task]
        outcome = self.run(task, as_solution(entry, cells.function), seed, cells)
        return complaints(entry, outcome)


def complaints(entry: Entry, outcome: Mapping[str, str | None]) -> list[str]:
    """Compare what happened to an entry with what has to happen."""
    lost = {grade_id for grade_id, message in outcome.items() if message is not None}
    messages = " | ".join(f"{grade_id}: {m}" for grade_id, m in outcome.items() if m)
    found = []
    if survived := sorted(entry.loses - lost):
        found.append(f"{entry.name} keeps {', '.join(survived)}")
    if unjust := sorted(lost - entry.loses):
        found.append(f"{entry.name} loses {', '.join(unjust)}: {messages}")
    if entry.says and entry.says not in messages:
        found.append(f"{entry.name} isn't named {entry.says!r}, it gets: {messages}")
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()):
        yield
