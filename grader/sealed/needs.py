"""Which locked cells a side can leave out, because nothing that runs there reads what they define.

A cell that draws a picture or prints a table for the reader may cost more than all tests together.
The analysis errs on the side of running: a cell is left out only where it is certain.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["names", "needed"]

#: Whoever calls one of these may read any name.
DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec", "get_ipython", "__import__"})


@lru_cache(maxsize=4096)
def names(source: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the names that a cell reads from outside, and those that it defines.

    Parameters
    ----------
    source
        A cell.

    Returns
    -------
    reads, defines
        None where it can't be told: no plain Python, or a call that may read any name.
    """
    reads: set[str] = set()
    defines: set[str] = set()
    try:
        for statement in ast.parse(source).body:
            table = symtable.symtable(ast.unparse(statement), "<cell>", "exec")
            seen, made = _symbols(table)
            reads |= seen - defines
            defines |= made
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if reads & DYNAMIC or " import *" in source:
        return None
    return frozenset(reads), frozenset(defines)


def _symbols(table: symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """Names that a statement reads at the top level or below, and those that it assigns."""
    top = table.get_type() == "module"
    seen: set[str] = set()
    made: set[str] = set()
    for symbol in table.get_symbols():
        outside = top or symbol.is_global()
        if outside and symbol.is_referenced():
            seen.add(symbol.get_name())
        if outside and (symbol.is_assigned() or symbol.is_imported()):
            made.add(symbol.get_name())
    for child in table.get_children():
        below, made_below = _symbols(child)
        seen |= below
        made |= made_below
    return seen, made


def needed(cells: Sequence[tuple[str, bool]]) -> list[bool]:
    """Tell which cells have to run.

    Parameters
    ----------
    cells
        In order, each with its source and whether it may be left out.

    Returns
    -------
    list of bool
        For each cell. One that may be left out is needed when a later cell that runs reads what it
        defines, when it defines nothing (so it must be there for an effect), or when that can't be
        told.
    """
    if any(names(source) is None for source, _ in cells):
        return [True] * len(cells)
    wanted: set[str] = set()
    runs: list[bool] = []
    for source, optional in reversed(cells):
        reads, defines = names(source) or (frozenset(), frozenset())
        run = not optional or not defines or bool(wanted & defines)
        if run:
            wanted |= reads
        runs.append(run)
    return runs[::-1]
