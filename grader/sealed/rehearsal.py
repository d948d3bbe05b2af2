"""Run a section's own cells once before a batch, for what holds for all its submissions.

That fills the memory of inputs and reference values, and it shows what a test comes to where none
of the functions that it asks for is written. A test that then needn't run costs a blank nothing.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

from course_utils.checks import CheckFailed, Task
from course_utils.reference import remember, seeded
from grader import results
from grader.master import Cell, Master
from grader.sealed.judge import Unwritten, mentioned
from grader.sealed.needs import read
from grader.sealed.plan import Plan, compiled, quietly

__all__ = ["rehearse"]


def rehearse(master: Master, plan: Plan, seed: int) -> None:
    """Run the master's own cells here.

    Parameters
    ----------
    master, plan
        The section; what its tests come to unwritten is added to the plan.
    seed
        The batch's.
    """
    remember()
    rehearsal = _Rehearsal(plan)
    with seeded(seed):
        for cell in master.cells:
            if cell.grade_id in plan.idle:
                continue
            if cell.kind == "code" and (cell.grade_id or cell.solution):
                rehearsal.run(cell, plan.code.get(cell.grade_id) or compiled(master, cell))


class _Rehearsal:
    """Runs cells in order, without what the tests before bind after their definitions.

    Where a cell doesn't get along without it, those tests have to run whatever is written.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.namespace = dict(plan.namespace)
        self.away: dict[str, Any] = {}  # names taken out of the namespace
        self.loose: set[str] = set()  # all that ever were
        self.binding: dict[str, frozenset[str]] = {}  # by test that needn't run, what it binds

    def run(self, cell: Cell, code: CodeType) -> None:
        """Run one cell, and see whether it has to run where nothing is written."""
        known = self.namespace.keys() - self.loose
        tasks = {n: copy.copy(v) for n, v in self.namespace.items() if isinstance(v, Task)}
        if not self.passes(code) and self.away:
            missed = _reached(code, self.namespace) & self.away.keys()
            self.namespace |= self.away
            self.away.clear()
            self.passes(code)
            for name, bound in list(self.binding.items()):
                if bound & missed:
                    del self.binding[name], self.plan.unwritten[name]
            self.loose -= missed
        if cell.automatic and (parts := _parts(cell)):
            definitions, bound = parts
            said = None  # a name bound before would keep its old value
            if not bound & known:
                said = _unwritten(code, self.namespace, tasks, self.plan.asked)
            if said:
                self.plan.unwritten[cell.grade_id] = Unwritten(*said, definitions)
                self.binding[cell.grade_id] = bound
            self.loose |= bound - known
        for name in self.loose & self.namespace.keys():
            self.away[name] = self.namespace.pop(name)

    def passes(self, code: CodeType) -> bool:
        """Run a cell; that a master passes its own tests is shown elsewhere."""
        with quietly():
            exec(code, self.namespace)
            return True
        return False


def _parts(cell: Cell) -> tuple[CodeType, frozenset[str]] | None:
    """Compile what a test defines before it begins; also return what it binds after that."""
    body = ast.parse(cell.source).body
    begin = next((i for i, part in enumerate(body) if isinstance(part, ast.With)), None)
    rest = None if begin is None else read(ast.unparse(ast.Module(body[begin:], [])))
    if rest is None:
        return None
    head = ast.Module(body[:begin], [])
    definitions = compile(head, f"<{cell.name}>", "exec", dont_inherit=True, optimize=0)
    return definitions, frozenset(rest.defines)


def _unwritten(
    code: CodeType, namespace: dict[str, Any], tasks: dict[str, Task], asked: tuple[str, ...]
) -> tuple[frozenset[str], str, str, str, str] | None:
    """Run a test without any of the functions that it asks for, and see what it says."""
    # What a function of the student's would call in turn doesn't count.
    names = _reached(code, {n: v for n, v in namespace.items() if n not in asked}) & set(asked)
    entered = {name: task.entered for name, task in tasks.items()}
    before, text = dict(namespace), ""
    # In place: functions that earlier cells defined look their names up here.
    namespace |= {**tasks, **{name: _stub(name) for name in names}}
    with quietly():
        try:
            exec(code, namespace)
        except CheckFailed as failure:
            if failure.outcome == results.NOT_ATTEMPTED:
                text = str(failure)
    now = {n: v.entered - entered.get(n, 0) for n, v in namespace.items() if isinstance(v, Task)}
    namespace.clear()
    namespace |= before
    found = [name for name, times in now.items() if times]
    if text.count(Unwritten.MARK) != 2 or [now[name] for name in found] != [1]:
        return None
    head, name, tail = text.split(Unwritten.MARK)
    return frozenset(names), head, name, tail, found[0]


def _reached(code: CodeType, namespace: Mapping[str, Any]) -> set[str]:
    """Names that some code may look up, itself or through functions of the notebook's."""
    found: set[str] = set()
    codes = [code]
    while codes:
        new = mentioned(codes.pop()) - found
        found |= new
        functions = [namespace.get(name) for name in new]
        codes += [f.__code__ for f in functions if isinstance(f, FunctionType)]
    return found


def _stub(name: str) -> Callable[..., Any]:
    def unwritten(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{Unwritten.MARK}{name}{Unwritten.MARK}")

    return unwritten
