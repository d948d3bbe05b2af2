"""The numbers of a report: shares of points, their spread, and how well a task tells apart.

A task's *difficulty* is the mean share of its points that students earned: 1 when everybody earns
all. Its *discrimination* is the corrected item-total correlation: Pearson's correlation, over
students, of the share earned in the task with the share earned in all other tasks together. The
task itself is left out of the total, with which it would correlate by construction.

What still waits for a grade is left out of a student's shares, on both sides. Where nothing waits,
shares are points over a constant, and the correlation is that of the points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST", "Discrimination", "Spread", "counts", "discriminations", "mean_shares", "spread"
]  # fmt: skip

# Of ten students, the 95% interval of any correlation below 0.63 holds 0; fewer tell little.
LEAST = 10
FLAT = 1e-9  # standard deviation of shares that are equal but for rounding
BINS = 10
NORMAL_95 = 1.959963984540054

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Discrimination:
    """A corrected item-total correlation with a rough 95% interval, or why there is none."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    students: int = 0
    why_not: str = ""


@dataclass(frozen=True)
class Spread:
    """How scores are spread, as shares of all points."""

    students: int
    mean: float
    deviation: float
    least: float
    lower: float
    median: float
    upper: float
    most: float


def spread(shares: list[float]) -> Spread | None:
    """Describe a distribution, or None where there is none.

    Parameters
    ----------
    shares
        One for each student. The standard deviation divides by n − 1 and is NaN for one student;
        quartiles are interpolated linearly.
    """
    if not shares:
        return None
    values = np.asarray(shares, dtype=float)
    deviation = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
    return Spread(
        len(values),
        float(values.mean()),
        deviation,
        float(values.min()),
        float(lower),
        float(median),
        float(upper),
        float(values.max()),
    )


def counts(shares: list[float]) -> list[int]:
    """Count shares in ten equal classes; each holds its lower end, the last one both ends.

    Points set by hand may exceed what can be had, or be negative: these count in the outer classes.
    """
    found = [0] * BINS
    for share in shares:
        # A share such as 0.3 lies a rounding error below 3/10 of the way.
        found[min(max(math.floor(share * BINS + 1e-9), 0), BINS - 1)] += 1
    return found


def mean_shares(points: Matrix, most: Matrix) -> Matrix:
    """Return the mean share earned in each task, NaN where nobody has a grade.

    Parameters
    ----------
    points, most
        Shape (n_students, n_tasks): points earned, and points that could be earned in what is
        graded; 0 where nothing of it is.
    """
    graded = most > 0
    shares = np.divide(points, most, out=np.zeros(points.shape), where=graded)
    n_graded = graded.sum(axis=0)
    total = shares.sum(axis=0)
    means: Matrix = np.full(total.shape, math.nan)
    np.divide(total, n_graded, out=means, where=n_graded > 0)
    return means


def discriminations(points: Matrix, most: Matrix) -> list[Discrimination]:
    """Return each task's corrected item-total correlation.

    Parameters
    ----------
    points, most
        As in :func:`mean_shares`.
    """
    return [_one(points, most, task) for task in range(points.shape[1])]


def _one(points: Matrix, most: Matrix, task: int) -> Discrimination:
    if points.shape[1] < 2:
        return Discrimination(why_not="there is no other task")
    others = [other for other in range(points.shape[1]) if other != task]
    rest, rest_most = points[:, others].sum(axis=1), most[:, others].sum(axis=1)
    usable = (most[:, task] > 0) & (rest_most > 0)
    n = int(usable.sum())
    if n < LEAST:
        # The reader has the number of students in the head of the page.
        return Discrimination(students=n, why_not=f"fewer than {LEAST} students with a grade")
    own = points[usable, task] / most[usable, task]
    other = rest[usable] / rest_most[usable]
    if own.std() < FLAT:
        return Discrimination(students=n, why_not="all have the same share of it")
    if other.std() < FLAT:
        return Discrimination(students=n, why_not="all have the same share of the rest")
    value = float(np.clip(np.corrcoef(own, other)[0, 1], -1.0, 1.0))
    low, high = _interval(value, n)
    return Discrimination(value, low, high, n)


def _interval(value: float, n: int) -> tuple[float, float]:
    """Return Fisher's interval: atanh of a correlation is about normal, of variance 1/(n − 3)."""
    if abs(value) >= 1:
        return value, value
    reach = NORMAL_95 / math.sqrt(n - 3)
    return math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(value) + reach)
