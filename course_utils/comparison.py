"""Hold a measured number against the predicted one, with its standard error and its rivals.

A comparison can fail in two ways: the measurement lies too many standard errors away from the
prediction, or it lies too few away from a *rival*, the value that a named wrong claim would give.
The second failure matters as much: a check that can't tell the truth from the misconception shows
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Row", "compare", "mean_and_standard_error"]


def mean_and_standard_error(samples: ArrayLike) -> tuple[float, float]:
    """Mean of independent samples and the standard error of that mean.

    Parameters
    ----------
    samples
        One value per independent run, shape (n_runs,).

    Returns
    -------
    mean, standard_error

    Raises
    ------
    ValueError
        If there are fewer than two samples or one of them isn't finite.
    """
    values = np.asarray(samples, dtype=float)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(f"samples must be one value per run, at least two; got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("samples must be finite; a run has diverged")
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    Give either ``samples`` (one value per run), or ``measured`` with its ``standard_error``, or
    ``measured`` with ``rtol`` for an identity that holds exactly, up to rounding.

    Parameters
    ----------
    name
        What is compared, as it is printed.
    predicted
        The theorem's value.
    measured, standard_error
        The measurement and the standard error of it.
    samples
        One measurement per independent run; gives ``measured`` and ``standard_error``.
    rtol
        Largest relative difference of an exact identity.
    rivals
        The values of named wrong claims; each must be told apart from the measurement.
    """

    name: str
    predicted: float
    measured: float | None = None
    standard_error: float | None = None
    samples: ArrayLike | None = None
    rtol: float | None = None
    rivals: Mapping[str, float] = field(default_factory=dict)

    def resolve(self) -> tuple[float, float]:
        """Return the measured value and its standard error (0 for an exact identity).

        Raises
        ------
        ValueError
            If it isn't said how far the measurement may lie from the prediction, or a value that
            it is held against isn't finite.
        """
        if not np.isfinite([self.predicted, *self.rivals.values()]).all():
            raise ValueError(f"row {self.name!r}: predicted and rivals must be finite")
        if self.samples is not None:
            return mean_and_standard_error(self.samples)
        if self.measured is None or (self.standard_error is None) == (self.rtol is None):
            raise ValueError(
                f"row {self.name!r}: give samples, or measured with standard_error, "
                "or measured with rtol"
            )
        return float(self.measured), float(self.standard_error or 0.0)


def _exact(row: Row, measured: float) -> tuple[str, list[str]]:
    rtol = row.rtol or 0.0

    def distance(value: float) -> float:
        return abs(measured - value) / max(abs(value), abs(measured), 1e-300)

    off = distance(row.predicted) if row.predicted else abs(measured)
    line = f"{row.predicted:>11.4g} {measured:>11.4g} {'exact':>10} {'':>7} {'':>6}"
    problems = []
    if not off <= rtol:
        problems.append(f"{row.name}: off by a relative {off:.1e}, allowed {rtol:.0e}")
    problems += [
        f"{row.name}: can't be told from the rival {claim!r}"
        for claim, value in row.rivals.items()
        if distance(value) <= max(1e-3, 10 * rtol)
    ]
    return line, problems


def _sampled(row: Row, measured: float, error: float, tol: float) -> tuple[str, list[str]]:
    z = (measured - row.predicted) / error
    ratio = f"{measured / row.predicted:.3f}" if row.predicted else "–"
    line = f"{row.predicted:>11.4g} {measured:>11.4g} {error:>10.2g} {ratio:>7} {z:>+6.1f}"
    problems = []
    if not abs(z) <= tol:
        problems.append(f"{row.name}: {abs(z):.1f} standard errors off, allowed {tol:g}")
    problems += [
        f"{row.name}: only {abs(measured - value) / error:.1f} standard errors from the rival "
        f"{claim!r}; take more runs"
        for claim, value in row.rivals.items()
        if not abs(measured - value) > tol * error
    ]
    return line, problems


def compare(rows: Row | Iterable[Row], tol: float = 5.0) -> None:
    """Print predicted against measured, and fail where they disagree.

    Parameters
    ----------
    rows
        What to compare.
    tol
        How many standard errors a measurement may lie off. Five leaves an honest check less than
        one false alarm in a million.

    Raises
    ------
    AssertionError
        If a measurement is further off, or if it can't be told from a rival.
    """
    rows = [rows] if isinstance(rows, Row) else list(rows)
    if not rows:
        raise ValueError("rows must hold at least one Row")
    if not 0 < tol < np.inf:
        raise ValueError(f"tol must be positive and finite, got {tol}")
    width = max(24, *(len(row.name) for row in rows), *(len(c) + 6 for r in rows for c in r.rivals))
    head = f"{'predicted':>11} {'measured':>11} {'± SE':>10} {'ratio':>7} {'z':>6}"
    print(f"{'':<{width}} {head}  verdict")
    problems: list[str] = []
    for row in rows:
        measured, error = row.resolve()
        exact = row.rtol is not None
        if not exact and error == 0:
            raise ValueError(f"row {row.name!r}: the standard error is zero; give rtol instead")
        line, wrong = _exact(row, measured) if exact else _sampled(row, measured, error, tol)
        print(f"{row.name:<{width}} {line}  {'DISAGREES' if wrong else 'holds'}")
        for claim, value in row.rivals.items():
            gap = "" if exact else f"{abs(measured - value) / error:.0f} SE away"
            print(f"{'  not: ' + claim:<{width}} {value:>11.4g} {'':>11} {gap:>10}")
        problems += wrong
    if problems:
        raise AssertionError("; ".join(problems))
