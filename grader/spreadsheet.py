"""Cells of a table that a spreadsheet may open: numbers as all read them, and nothing that it runs.

A cell that begins like a formula would be run. So texts get an apostrophe before them; ids, which
have to stay as they are, are looked at instead.
"""

from __future__ import annotations

import re

__all__ = ["dangerous", "guarded", "number", "unguarded"]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HARMLESS_ID = re.compile(r"[\w.@+-]+")


def number(points: float) -> str:
    """Return points with a decimal point, no thousands separator, at most four decimals."""
    return f"{round(points, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run, and before an apostrophe."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """Take back what :func:`guarded` did."""
    return text.removeprefix("'")


def dangerous(value: str) -> bool:
    """Tell whether an id, which has to stay as it is, could do harm in a spreadsheet."""
    return value.startswith(FORMULA) and not HARMLESS_ID.fullmatch(value)
