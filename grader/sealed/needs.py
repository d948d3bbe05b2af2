"""Which locked cells a side can leave out, because nothing that runs there reads what they define.

A cell that draws a picture or prints a table for the reader may cost more than all tests together.
The analysis errs on the side of running. What it relies on: a function that gets data, other than
a random generator or an iterator, doesn't change it.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

__all__ = ["Cell", "needed", "read"]

#: Characters of source that are worth an analysis. It takes up to 600 bytes of memory for each, in
#: the grader's own process and under no clock, so a student must not choose how many.
READABLE = 300_000
#: Whoever calls one of these may read any name.
DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec", "get_ipython", "__import__"})
#: Parts of libraries whose use changes what later cells get: global settings and streams.
GLOBAL = frozenset(
    {"seed", "set_state", "rcParams", "rc", "use", "seterr", "set_printoptions", "environ"}
    | {"filterwarnings", "simplefilter", "setrecursionlimit", "setattr", "delattr"}
)
#: What makes values that change when they are handed on: generators, iterators.
LIVE = frozenset({"default_rng", "Generator", "RandomState", "spawn", "iter", "cycle", "count"})
#: Methods that leave what they belong to as it is.
READING = frozenset(
    {"items", "keys", "values", "get", "copy", "index", "format", "join", "split", "strip"}
    | {"mean", "sum", "std", "var", "min", "max", "argmin", "argmax", "reshape", "ravel", "dot"}
    | {"flatten", "astype", "round", "tolist", "transpose", "cumsum", "any", "all", "lower"}
)
#: Methods that add to a picture. Of a loop over pictures and data they don't change the data.
DRAWING = frozenset(
    {"plot", "scatter", "bar", "hist", "axhline", "axvline", "fill_between", "errorbar", "text"}
    | {"annotate", "legend", "set", "set_xlabel", "set_ylabel", "set_title", "set_xlim", "grid"}
    | {"set_ylim", "set_xscale", "set_yscale", "loglog", "semilogx", "semilogy", "imshow"}
)


class Cell:
    """What a cell has to do with names.

    Attributes
    ----------
    reads
        Names from outside that it reads when it runs.
    later
        Names that functions defined in it may read when they are called.
    defines
        Names that it binds.
    changes
        Names from outside whose values it may change in place.
    hands
        Names from outside that it hands to a function, or goes through.
    imports, live
        Of what it binds: modules and what comes from them; generators and iterators.
    effect
        Whether it changes something that has no name here.
    """

    def __init__(self, source: str) -> None:
        self.reads: set[str] = set()
        self.later: set[str] = set()
        self.defines: set[str] = set()
        self.changes: set[str] = set()
        self.hands: set[str] = set()
        self.imports: set[str] = set()
        self.live: set[str] = set()
        self.effect = False
        self.aliases: dict[str, set[str]] = {}
        self.block(ast.parse(source).body, set())

    def block(self, statements: Iterable[ast.stmt], sure: set[str]) -> set[str]:
        """Go through statements; return the names that are bound after them on any way."""
        for statement in statements:
            sure = self.statement(statement, sure)
        return sure

    def statement(self, node: ast.stmt, sure: set[str]) -> set[str]:
        """Go through one statement, into its blocks if it has any."""
        if isinstance(node, ast.With):
            for item in node.items:
                header = item.context_expr
                sure = self.simple(_assignment(item.optional_vars, header), sure)
            within = self.block(node.body, sure)
            words = {word for item in node.items for word in _words(item.context_expr)}
            return sure if words & {"suppress", "raises"} else within
        if isinstance(node, ast.If):
            sure = self.simple(_assignment(None, node.test), sure)
            return self.block(node.body, sure) & self.block(node.orelse, sure)
        if isinstance(node, ast.While):
            sure = self.simple(_assignment(None, node.test), sure)
            self.block(node.body, sure)
            self.block(node.orelse, sure)
            return sure
        if isinstance(node, ast.For):
            for name in _bound(node.target):
                self.aliases.setdefault(name, set()).update(_names(node.iter) - {name})
            within = self.simple(_assignment(node.target, node.iter), sure)
            self.hands |= _names(node.iter) - sure
            self.block(node.body, within)
            self.block(node.orelse, sure)
            return sure
        return self.simple(node, sure)

    def simple(self, node: ast.stmt, sure: set[str]) -> set[str]:
        """Take in a statement as a whole; nothing inside it counts as bound before its end."""
        table = symtable.symtable(ast.unparse(node), "<cell>", "exec")
        now, later, made = _symbols(table)
        # Names of arguments and other locals say nothing about what is outside.
        touched, handed = self.touched(node, now | made), _handed(node) & now
        gone = _names(node) if isinstance(node, ast.Delete) else set()
        self.reads |= (now | touched | gone) - sure
        self.later |= later
        self.defines |= made
        self.changes |= touched - sure
        self.hands |= handed - sure
        self.imports |= _imported(node)
        if LIVE & set(_words(node)) or any(isinstance(n, ast.GeneratorExp) for n in ast.walk(node)):
            self.live |= made
        self.effect |= not GLOBAL.isdisjoint(_words(node))
        if isinstance(node, ast.Assign) and not any(
            isinstance(n, ast.Call) for n in ast.walk(node.value)
        ):
            for name in made:
                self.aliases.setdefault(name, set()).update(_names(node.value) - {name})
        return sure | _surely_bound(node)

    def touched(self, statement: ast.stmt, outer: set[str]) -> set[str]:
        """Names whose values a statement may change: by a method, an item, an attribute, +=."""
        found: set[str] = set()
        for node in ast.walk(statement):
            how = ""
            if isinstance(node, ast.AugAssign):
                root = _root(node.target)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                root, how = _root(node.func), node.func.attr
            elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(
                node.ctx, ast.Load
            ):
                root = _root(node)
            else:
                continue
            if root in outer and how not in READING:
                found.add(root)
                if how not in DRAWING or len(self.aliases.get(root, ())) == 1:
                    found |= self.behind(root, set())
        return found

    def behind(self, name: str, seen: set[str]) -> set[str]:
        """Names whose values a name may stand for."""
        for other in self.aliases.get(name, set()) - seen:
            seen.add(other)
            self.behind(other, seen)
        return seen


@lru_cache(maxsize=4096)
def read(source: str) -> Cell | None:
    """Analyse a cell.

    Returns
    -------
    Cell
        None where it can't be told: no plain Python, or a call that may read any name.
    """
    try:
        tree = ast.parse(source)
        if any(isinstance(n, ast.alias) and n.name == "*" for n in ast.walk(tree)):
            return None
        cell = Cell(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if (cell.reads | cell.later) & DYNAMIC or "__main__" in source:
        return None
    return cell


def _symbols(table: symtable.SymbolTable) -> tuple[set[str], set[str], set[str]]:
    """Global names that a statement reads at once, may read later, and assigns."""
    top = table.get_type() == "module"
    now: set[str] = set()
    later: set[str] = set()
    made: set[str] = set()
    for symbol in table.get_symbols():
        name = symbol.get_name()
        # In a class, a name that is bound there may be read from outside before that.
        outside = top or symbol.is_global() or table.get_type() == "class"
        if outside and symbol.is_referenced():
            now.add(name)
        if (top or symbol.is_global()) and (symbol.is_assigned() or symbol.is_imported()):
            made.add(name)
    for child in table.get_children():
        below, below_later, below_made = _symbols(child)
        # A function may be called at once or at any time after.
        later |= below_later | (below if child.get_type() == "function" else set())
        now |= below
        made |= below_made
    return now, later, made


def _assignment(target: ast.expr | None, value: ast.expr) -> ast.stmt:
    node = ast.Expr(value) if target is None else ast.Assign([target], value)
    return ast.fix_missing_locations(node)


def _names(node: ast.AST) -> set[str]:
    builtin = {"zip", "enumerate", "range", "reversed", "sorted", "list"}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - builtin


def _root(node: ast.expr) -> str | None:
    """Name at the beginning of ``name.attribute[index]…``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _handed(statement: ast.stmt) -> set[str]:
    """Names that a statement hands to a function, or goes through."""
    given: list[ast.expr] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            given += [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.comprehension):
            given.append(node.iter)
    return {name for value in given for name in _names(value)}


def _imported(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")


def _surely_bound(statement: ast.stmt) -> set[str]:
    """Names that are bound once a statement has run to its end, on whatever way."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {name for target in statement.targets for name in _bound(target)}
    if isinstance(statement, ast.AnnAssign):
        return set(_bound(statement.target)) if statement.value else set()
    return _imported(statement)


def _bound(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _bound(part)
    elif isinstance(target, ast.Starred):
        yield from _bound(target.value)


def needed(cells: Sequence[tuple[str, bool]]) -> list[bool]:
    """Tell which cells have to run.

    Parameters
    ----------
    cells
        In order, each with its source and whether it may be left out.

    Returns
    -------
    list of bool
        For each cell. One that may be left out is needed when a cell that runs reads what it
        defines or changes, when it does neither (so it must be there for an effect), or when that
        can't be told.
    """
    if sum(len(source) for source, _ in cells) > READABLE:
        return [True] * len(cells)
    known = [read(source) for source, _ in cells]
    found = [cell for cell in known if cell is not None]
    if len(found) < len(cells):
        return [True] * len(cells)
    imports = {name for cell in found for name in cell.imports}
    live = {name for cell in found for name in cell.live}
    # A method of a module changes nothing; a generator that is handed on is changed.
    gives = [cell.defines | (cell.changes - imports) | (cell.hands & live) for cell in found]
    runs = [
        not optional or cell.effect or not given
        for (_, optional), cell, given in zip(cells, found, gives, strict=True)
    ]
    while True:
        before = list(runs)
        # A function's body reads when it is called, which may be after a later cell.
        later = {n for cell, run in zip(found, runs, strict=True) if run for n in cell.later}
        wanted = set(later)
        for place in range(len(found) - 1, -1, -1):
            runs[place] = runs[place] or bool(wanted & gives[place])
            if runs[place]:
                wanted |= found[place].reads
        if runs == before:
            return runs
