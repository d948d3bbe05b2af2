"""Checks of arguments that many functions share; a number that is off is named, not used."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DIVERGED", "count", "finite", "positive", "step_sizes"]

#: The hint that goes with parameters that aren't finite.
DIVERGED = "a diverged run? lower the step size"


def count(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Return a whole number, such as a batch size, if it lies in its range.

    Parameters
    ----------
    name
        How the caller's argument is called.
    value
        A Python or NumPy integer.
    least, most
        Smallest and largest number allowed; no ``most`` means no limit.

    Raises
    ------
    ValueError
        If it is no whole number or lies outside the range.
    """
    allowed = f"at least {least}" if most is None else f"between {least} and {most}"
    try:
        number = index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, {allowed}; got {value!r}") from None
    if number < least or (most is not None and number > most):
        raise ValueError(f"{name} must be {allowed}, got {number}")
    return number


def finite(name: str, value: NDArray[Any], hint: str = "") -> NDArray[Any]:
    """Return an array if all its entries are finite.

    Parameters
    ----------
    name
        How the caller's argument is called.
    value
        Numbers of any shape.
    hint
        What may have led to it, appended in brackets.

    Raises
    ------
    ValueError
        If an entry is infinite or not a number.
    """
    # A finite sum means finite entries, and is cheaper to see; a sum may overflow, so look again.
    with np.errstate(over="ignore", invalid="ignore"):
        total = value.sum()
    if not np.isfinite(total) and not np.isfinite(value).all():
        raise ValueError(f"{name} must be finite{f' ({hint})' if hint else ''}")
    return value


def positive(name: str, value: Any) -> float:
    """Return one number, such as a radius, if it is finite and above 0.

    Parameters
    ----------
    name
        How the caller's argument is called.
    value
        A Python or NumPy number.

    Raises
    ------
    ValueError
        If it is no number, or not positive and finite.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a positive, finite number; got {value!r}") from None
    if not 0.0 < number < float("inf"):
        raise ValueError(f"{name} must be positive and finite, got {number:g}")
    return number


def step_sizes(value: ArrayLike) -> NDArray[np.float64]:
    """Return step sizes (n_steps,), each finite and at least 0.

    Raises
    ------
    ValueError
        If they aren't one-dimensional, or one is negative or not finite.
    """
    sizes = np.asarray(value, dtype=np.float64)
    if sizes.ndim != 1:
        raise ValueError(f"step_sizes must be 1-D, got shape {sizes.shape}")
    if not (np.isfinite(sizes) & (sizes >= 0.0)).all():
        worst = sizes[~(np.isfinite(sizes) & (sizes >= 0.0))][0]
        raise ValueError(f"step_sizes must be finite and at least 0, got {worst:g}")
    return sizes
