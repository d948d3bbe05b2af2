"""The rungs themselves: plain functions that say what is wrong with a value, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

__all__ = ["all_apart", "climb", "distance", "same", "several"]

#: A misconception is recognised at this relative distance at most: well under the gap at which
#: hidden inputs keep two answers apart, well above what another order of summation changes.
RECOGNISED = 1e-3

#: Imaginary parts of up to this share of the largest entry are rounding.
IMAGINARY = 1e-9


def same(left: Any, right: Any) -> bool:
    """Tell whether two arguments are equal, arrays entry by entry, NaN equal to NaN."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        a, b = np.asarray(left), np.asarray(right)
        nan_matters = a.dtype.kind in "fc" and b.dtype.kind in "fc"
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=nan_matters)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, np.random.Generator):
        return True  # drawing from it is what it is for
    return bool(left == right)


def _parts(value: Any) -> list[tuple[str, Any]]:
    """Split a composite value into its named parts, in the order of ``value``."""
    if isinstance(value, Mapping):
        return [(f"entry {key!r}: ", item) for key, item in value.items()]
    if isinstance(value, tuple):
        return [(f"value {i} of {len(value)}: ", item) for i, item in enumerate(value, 1)]
    return [("", value)]


def distance(got: Any, want: Any) -> float:
    """Largest difference between two values of one shape, relative to the largest entry.

    Parameters
    ----------
    got, want
        Numbers, strings, arrays, or tuples or dicts of them.

    Returns
    -------
    float
        0 for equal values; infinite for different shapes, strings or infinities.
    """
    if isinstance(want, tuple | Mapping):
        try:
            pairs = [(g[1], w[1]) for g, w in zip(_parts(got), _parts(want), strict=True)]
        except ValueError:
            return float("inf")
        return max((distance(g, w) for g, w in pairs), default=0.0)
    if isinstance(want, str):
        return 0.0 if isinstance(got, str) and got == want else float("inf")
    a, b = np.asarray(got), np.asarray(want)
    if a.shape != b.shape:
        return float("inf")
    if a.size == 0:
        return 0.0
    a, b = a.astype(float), b.astype(float)
    infinite = ~np.isfinite(b)
    if infinite.any():
        if not np.array_equal(a[infinite], b[infinite], equal_nan=True):
            return float("inf")
        a, b = a[~infinite], b[~infinite]
        if a.size == 0:
            return 0.0
    if not np.isfinite(a).all():
        return float("inf")
    scale = max(float(np.abs(b).max()), float(np.abs(a).max()))
    return float(np.abs(a - b).max() / scale) if scale > 0 else 0.0


def all_apart(values: Sequence[Any], min_gap: float) -> bool:
    """Tell whether any two values lie at least ``min_gap`` apart, see :func:`distance`."""
    return all(distance(a, b) >= min_gap for a, b in combinations(values, 2))


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"{type(value).__name__}"


def _numeric(got: Any) -> np.ndarray | None:
    """Read a number, list or array as an array of real numbers, or give up."""
    try:
        array = np.asarray(got)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "fiub" else None


def _real(got: Any) -> Any:
    """Drop imaginary parts at rounding level, such as an eigenvalue routine leaves behind."""
    try:
        array = np.asarray(got)
    except (ValueError, TypeError):
        return got
    if array.dtype.kind != "c" or not array.size:
        return got
    size = np.abs(array).max()
    return array.real if np.abs(array.imag).max() <= IMAGINARY * size else got


def _form(got: Any, want: Any, place: str) -> str | None:
    """Rungs one to three for one part: type, shape, finiteness."""
    if isinstance(want, str):
        return None if isinstance(got, str) else f"{place}expected a string, found {_kind(got)}."
    if got is None:
        return f"{place}nothing was returned; is there a return statement?"
    array = _numeric(got)
    target = np.asarray(want)
    if array is None:
        return f"{place}expected real numbers, found {_kind(got)}."
    if array.shape != target.shape:
        expected = f"shape {target.shape}" if target.ndim else "a single number"
        found = f"shape {array.shape}" if array.ndim else "a single number"
        return f"{place}expected {expected}, found {found}."
    if np.isnan(array.astype(float)).any() and not np.isnan(target.astype(float)).any():
        return f"{place}there is a nan; look for 0/0, inf − inf or an overflow."
    if not np.isfinite(array.astype(float)).all() and np.isfinite(target.astype(float)).all():
        return f"{place}there is an infinite value; look for a division by zero or an overflow."
    return None


def several(got: Any, of: int) -> tuple[tuple[Any, ...], str | None]:
    """Read several values from a tuple, a list or the rows of an array.

    Parameters
    ----------
    got
        What the student's function returned.
    of
        How many values there must be, at least 1.

    Returns
    -------
    values
        The ``of`` values; none if their number is another.
    problem
        What is wrong, or None.
    """
    values = tuple(got) if isinstance(got, tuple | list) or np.ndim(got) else ()
    if len(values) == of:
        return values, None
    found = str(len(values)) if values else _kind(got)
    return (), f"expected {of} values, found {found}."


def climb(got: Any, want: Any, wrong: Mapping[str, Any], rtol: float, atol: float) -> str | None:
    """Say on which rung a value stops, or None when it is right.

    Parameters
    ----------
    got, want
        The student's value and the right one.
    wrong
        The values of the named misconceptions, by message.
    rtol, atol
        Allowed error, relative to the largest entry of each part, and absolute.
    """
    if isinstance(want, Mapping):
        if not isinstance(got, Mapping):
            return f"expected a dictionary with the keys {', '.join(map(repr, want))}."
        if missing := [key for key in want if key not in got]:
            return f"the dictionary has no entry {missing[0]!r}."
        got = {key: _real(got[key]) for key in want}
    elif isinstance(want, tuple):
        values, problem = several(got, len(want))
        if problem:
            return problem
        got = tuple(_real(part) for part in values)
    else:
        got = _real(got)
    parts = [item for _, item in _parts(got)] if isinstance(want, tuple | Mapping) else [got]
    pairs = [(place, part, w) for (place, w), part in zip(_parts(want), parts, strict=True)]
    for place, part, target in pairs:
        if problem := _form(part, target, place):
            return problem
    off = [i for i, (_, part, target) in enumerate(pairs) if not _close(part, target, rtol, atol)]
    if not off:
        return None
    if message := _misconception(got, want, wrong, pairs, off, max(RECOGNISED, 10 * rtol)):
        return message
    place, part, target = pairs[off[0]]
    error = distance(part, target)
    if np.isfinite(error):
        return f"{place}off by a relative error of {error:.1g}."
    return f"{place}not the expected value."


def _misconception(
    got: Any,
    want: Any,
    wrong: Mapping[str, Any],
    pairs: Sequence[tuple[str, Any, Any]],
    off: Sequence[int],
    reach: float,
) -> str | None:
    """Find the named mistake that gives this value, or that gives one of its wrong parts."""
    whole = {message: distance(got, value) for message, value in wrong.items()}
    nearest = min(whole, key=lambda message: whole[message], default=None)
    if nearest is not None and whole[nearest] <= reach:
        return nearest
    if not isinstance(want, tuple | Mapping):
        return None
    for i in off:
        place, part, target = pairs[i]
        for message, value in wrong.items():
            mistaken = _parts(value)
            if len(mistaken) != len(pairs) or distance(mistaken[i][1], target) <= reach:
                continue
            if distance(part, mistaken[i][1]) <= reach:
                return f"{place}{message}"
    return None


def _close(part: Any, target: Any, rtol: float, atol: float) -> bool:
    error = distance(part, target)
    if isinstance(target, str) or not np.isfinite(error):
        return error == 0
    finite = np.isfinite(np.asarray(target, float))
    gap = np.abs(np.asarray(part, float)[finite] - np.asarray(target, float)[finite])
    return error <= rtol or bool(gap.max(initial=0.0) <= atol)
