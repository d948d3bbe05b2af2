"""What a test may not rest on when the student's code runs in another process, found in its source.

A test sees the student's functions, classes and objects through proxies: it can call them and look
at the plain data that comes back. What asks for more can't be sealed, or means something else than
it says. Each finding tells what to write instead. What only shows when it runs, such as an argument
that can't cross, :mod:`grader.check` finds by running the master.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from course_utils.checks import CheckFailed
from grader.master import Cell, Master
from grader.sealed.needs import read

__all__ = ["Finding", "find_idioms"]

#: What only a notebook's kernel defines.
KERNEL = frozenset(
    {"In", "Out", "get_ipython", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh"}
)
#: Where the functions that call a student's function for a test take it: the first argument.
CALLERS = frozenset({"call", "call_in_place", "call_each", "compare"})
IDENTITY = frozenset({"id", "shares_memory", "may_share_memory"})
LOOKING = frozenset({"inspect", "dis"})
#: Calls that reach the grader's process only.
ELSEWHERE = {
    "seed": "sets a seed in the grader's process only; hand a Generator over",
    "patch": "replaces something in the grader's process only; hand the replacement over",
    "gcf": "looks at the grader's own figures; let the answer return its figure",
    "gca": "looks at the grader's own figures; let the answer return its figure",
    "catch_warnings": "sees no warning of the student's process; test what is returned",
    "redirect_stderr": "sees nothing of the student's process; let the answer print or return it",
    "open": "sees none of the student's files; let the answer return what it would write",
}


@dataclass(frozen=True)
class Finding:
    """Something that the author of a section has to mend.

    Attributes
    ----------
    cell
        The cell's grade id, or what it is called without one.
    text
        What is wrong, and what to write instead.
    """

    cell: str
    text: str

    def __str__(self) -> str:
        return f"cell {self.cell!r}: {self.text}"


@dataclass
class _Section:
    """Who defines which names."""

    master: Master
    namespace: Mapping[str, Any]
    theirs: set[str] = field(default_factory=set)  # the student is asked for them
    given: dict[str, str] = field(default_factory=dict)  # ready-made in a solution cell
    inside: dict[str, str] = field(default_factory=dict)  # only in a solution region
    plain: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    tests: dict[str, set[str]] = field(default_factory=dict)  # by name, the tasks

    def __post_init__(self) -> None:
        for cell in self.master.cells:
            if cell.kind != "code":
                continue
            if cell.solution:
                self.take(cell)
                continue
            found = read(cell.source)
            for name in found.defines if found else ():
                if cell.automatic:
                    self.tests.setdefault(name, set()).add(task(cell))
                elif cell.grade_id:
                    self.locked.add(name)
                else:
                    self.plain[name] = cell.name

    def take(self, cell: Cell) -> None:
        """Sort the names of a solution cell."""
        shown = _tops(_without_regions(cell.source))
        for name, node in _tops(cell.source).items():
            if name not in shown:
                self.inside[name] = cell.name
            elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not _holds_region(cell, node):
                self.given[name] = cell.name
            self.theirs.add(name)


def task(cell: Cell) -> str:
    """Return the task that a cell belongs to."""
    return cell.grade_id.partition("-")[0]


def _tops(source: str) -> dict[str, ast.stmt]:
    """Return what a source defines at its top level, by name; nothing where it isn't Python."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return {}
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                found |= {n.id: node for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _without_regions(source: str) -> str:
    """Return a solution cell as a student gets it, near enough to be read."""
    lines: list[str] = []
    within = False
    for line in source.split("\n"):
        if "BEGIN SOLUTION" in line:
            within = True
            lines.append(line[: len(line) - len(line.lstrip())] + "pass")
        elif "END SOLUTION" in line:
            within = False
        elif not within:
            lines.append(line)
    return "\n".join(lines)


def _holds_region(cell: Cell, node: ast.stmt) -> bool:
    lines = cell.source.split("\n")[node.lineno - 1 : node.end_lineno or node.lineno]
    return any("BEGIN SOLUTION" in line for line in lines)


def find_idioms(master: Master, namespace: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what can't be sealed in a master's locked and test cells.

    Parameters
    ----------
    master
        A section's master whose cells are Python.
    namespace
        What its cells define, after they have run: tells modules and classes from other names.

    Yields
    ------
    Finding
        In the order of the cells.
    """
    section = _Section(master, namespace)
    kept: dict[str, str] = {}  # made from the student's answers in a test cell before
    for cell in master.cells:
        if cell.kind != "code" or cell.solution:
            continue
        found = read(cell.source)
        used = (found.reads | found.later) if found else set()
        if found is None:
            text = (
                "reads names in a way that can't be followed (eval, globals, import *); name them"
            )
            yield Finding(cell.grade_id or cell.name, text)
        if not cell.automatic:
            if names := sorted(used & section.theirs):
                yield Finding(
                    cell.grade_id or cell.name,
                    f"uses {names[0]}, which the student writes; only a test cell may",
                )
            continue
        fresh = found.defines if found else set()
        older = {name: made for name, made in kept.items() if name not in fresh}
        yield from _names(section, cell, used, found.reads if found else set(), older)
        look = _Look(section)
        for statement in ast.parse(cell.source).body:
            look.visit(statement)
        yield from (Finding(cell.grade_id, text) for text in dict.fromkeys(look.said))
        kept = older | dict.fromkeys(look.made & fresh, cell.grade_id)


def _names(
    section: _Section, cell: Cell, used: set[str], reads: set[str], kept: Mapping[str, str]
) -> Iterator[Finding]:
    """Find names that a test reads and that come from the wrong place."""
    for name in sorted(used):
        sure = name in section.locked or task(cell) in section.tests.get(name, ())
        if name in section.given:
            text = f"reads {name}, which the student can change; define it in a locked or test cell"
            yield Finding(cell.grade_id, text)
        elif name in section.inside:
            text = f"reads {name}, which only the solution region of {section.inside[name]} defines"
            yield Finding(cell.grade_id, f"{text}; ask for it in the stub, or do without")
        elif name in kept and name in reads:
            text = f"reads {name}, which {kept[name]} made from the student's answer; ask anew"
            yield Finding(cell.grade_id, text)
        elif name in section.theirs or sure:
            continue
        elif name in section.tests:
            other = min(section.tests[name])
            text = f"reads {name} from the tests of {other}, which may not run with it"
            yield Finding(cell.grade_id, f"{text}; define it here or in a locked cell")
        elif name in section.plain:
            text = f"reads {name}, which only {section.plain[name]} defines; lock that cell"
            yield Finding(cell.grade_id, text)
        elif name in KERNEL:
            text = f"reads {name} of the notebook's kernel, which isn't there; call the function"
            yield Finding(cell.grade_id, f"{text} and use what it returns")


class _Look(ast.NodeVisitor):
    """Goes through a test cell and notes what can't be sealed.

    Attributes
    ----------
    made
        Names whose values come from the student's code.
    """

    def __init__(self, section: _Section) -> None:
        self.section = section
        self.theirs = section.theirs - section.given.keys()
        self.things: set[str] = set()  # names bound to a function, class or object of theirs
        self.made: set[str] = set()
        self.said: list[str] = []

    # -- what is whose ----------------------------------------------------------------------------

    def thing(self, node: ast.AST) -> str:
        """Name a function, class or object of the student's that an expression is, or nothing."""
        if isinstance(node, ast.Name) and node.id in self.theirs | self.things:
            value = self.section.namespace.get(node.id)
            return node.id if callable(value) or node.id in self.things else ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            kind = self.section.namespace.get(node.func.id)
            return node.func.id if node.func.id in self.theirs and isinstance(kind, type) else ""
        return ""

    def comes_from_them(self, node: ast.AST) -> bool:
        """Tell whether an expression is made from the student's answers."""
        if isinstance(node, ast.Lambda):
            return False
        if isinstance(node, ast.Name):
            return node.id in self.theirs | self.made
        return any(map(self.comes_from_them, ast.iter_child_nodes(node)))

    def value(self, node: ast.AST) -> Any:
        """Return what a dotted name stands for, None where that isn't known."""
        if isinstance(node, ast.Name):
            return self.section.namespace.get(node.id)
        if isinstance(node, ast.Attribute):
            whole = self.value(node.value)
            return getattr(whole, node.attr, None) if isinstance(whole, ModuleType | type) else None
        return None

    def bind(self, target: ast.AST, value: ast.AST) -> None:
        names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
        if self.comes_from_them(value):
            self.made |= names
        if isinstance(target, ast.Name) and self.thing(value):
            self.things.add(target.id)

    # -- statements -------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self.bind(target, node.value)
            root = self.value(target.value) if isinstance(target, ast.Attribute) else None
            if isinstance(root, ModuleType):
                self.said.append(
                    f"replaces {ast.unparse(target)} in the grader's process only; hand the "
                    "replacement over"
                )

    def visit_For(self, node: ast.For) -> None:
        self.bind(node.target, node.iter)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self.bind(item.optional_vars, item.context_expr)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self.bind(node.target, node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            if name := self.thing(base):
                self.said.append(f"derives a class from {name}; make one and call its methods")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for kind in kinds:
            if kind is None or self.value(kind) is BaseException or _named(kind, "BaseException"):
                self.said.append("catches everything, the grader's own signals too; name Exception")
            elif isinstance(kind, ast.Name) and kind.id in self.theirs:
                self.said.append(f"catches {kind.id}, a class of the student's; catch Exception")
            elif isinstance(self.value(kind), type) and not _known(self.value(kind)):
                name = self.value(kind).__name__
                base = next(k.__name__ for k in self.value(kind).__mro__ if _known(k))
                self.said.append(
                    f"catches {name}, but exceptions cross as builtin ones; catch {base}"
                )
        self.generic_visit(node)

    # -- expressions ------------------------------------------------------------------------------

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for left, test, right in zip(sides, node.ops, sides[1:], strict=False):
            plain = any(isinstance(side, ast.Constant) for side in (left, right))
            theirs = self.comes_from_them(left) or self.comes_from_them(right)
            if isinstance(test, ast.Is | ast.IsNot) and theirs and not plain:
                self.said.append(
                    f"{ast.unparse(node)!r} asks for identity, but what comes back is a copy; "
                    "compare values, and test a change in place with call_in_place"
                )
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.thing(node.value)
        if name and node.attr.startswith("__") and node.attr != "__name__":
            self.said.append(
                f"reads {name}.{node.attr}: how an answer is written can't be seen; test what it "
                "returns"
            )
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        words = ast.unparse(node.func).split(".")
        last, first = words[-1], node.args[0] if node.args else None
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        name = self.thing(first) if first is not None else ""
        if words[0] in LOOKING or last in {"getsource", "getsourcelines", "signature"}:
            self.said.append(
                f"calls {'.'.join(words)}: how an answer is written can't be seen; test what it "
                "returns"
            )
        elif last in {"isinstance", "issubclass", "type"} and name:
            self.said.append(
                f"{last}() of {name}, which stays in another process; use callable({name}), or "
                "call it and test what comes back"
            )
        elif last in {"isinstance", "issubclass"} and any(map(self.thing, node.args[1:])):
            self.said.append(
                f"{last}() with a class of the student's; call a method and test what comes back"
            )
        elif last in IDENTITY and any(map(self.comes_from_them, arguments)):
            self.said.append(
                f"{last}() of what the student's code returns, which is a copy; compare values, "
                "and test a change in place with call_in_place"
            )
        elif (what := self.elsewhere(words, last)) is not None:
            self.said.append(f"{'.'.join(words)}() {what}")
        if self.thing(node.func) or (last in CALLERS and name):
            self.handed(arguments if self.thing(node.func) else arguments[1:])
        self.generic_visit(node)

    def elsewhere(self, words: list[str], last: str) -> str | None:
        if words[0] in self.theirs | self.made or last not in ELSEWHERE:
            return None
        roots = {"seed": {"np", "numpy", "random"}, "open": {"open", "io"}}
        return ELSEWHERE[last] if words[0] in roots.get(last, {words[0]}) else None

    def handed(self, arguments: list[ast.expr]) -> None:
        """Note arguments of the student's function that can't cross."""
        for argument in arguments:
            value = self.value(argument)
            if isinstance(value, ModuleType | type):
                kind = "module" if isinstance(value, ModuleType) else "class"
                self.said.append(
                    f"hands over the {kind} {ast.unparse(argument)}; hand over numbers, strings, "
                    "arrays, or a function that uses it"
                )


def _named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _known(kind: type) -> bool:
    """Whether a test can meet exceptions of a class: builtin ones, and those of the checks."""
    return getattr(builtins, kind.__name__, None) is kind or issubclass(kind, CheckFailed)
