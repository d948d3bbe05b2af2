"""Sweeps over batch size and step size: loss curves on the digits and on the tiny transformer.

A sweep answers "how many steps to a target loss?" for each batch size, with the step size tuned
for that batch size. The digits sweep takes seconds and runs live. The transformer's takes minutes,
so its curves are kept in a table beside the notebook; `language_sweep` makes that table again, and
`language_curve` any single curve of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.language import Language
from course_utils.linear_models import LinearClassifier
from course_utils.training import Hook, State, excess, language_oracle, sgd
from course_utils.transformer import TinyLM

Array = NDArray[np.float64]

#: Batch size in sequences → step sizes that the kept table holds for it.
LANGUAGE_STEP_SIZES: Mapping[int, tuple[float, ...]] = {
    4: (0.25, 0.35, 0.5, 0.7),
    8: (0.35, 0.5, 0.7, 1.0),
    16: (0.5, 0.7, 1.0, 1.4),
    32: (0.7, 1.0, 1.4, 2.0),
    64: (0.7, 1.0, 1.4, 2.0),
    128: (1.0, 1.4, 2.0),
    256: (1.0, 1.4, 2.0),
}
LANGUAGE_SEEDS = 20
_CONTEXTS = 128  # sequences on which the excess of the transformer is read


class Curve(NamedTuple):
    """Excess loss of several runs at one batch size and one step size.

    Attributes
    ----------
    batch_size : int
        In sequences.
    step_size : float
        Constant over the run.
    steps : (n_reads,) ndarray
        Updates made at each reading.
    excess : (n_runs, n_reads) ndarray
        In nats per scored token.
    """

    batch_size: int
    step_size: float
    steps: Array
    excess: Array


def _check_reads(reads: ArrayLike) -> NDArray[np.int64]:
    steps = np.asarray(reads)
    whole = steps.ndim == 1 and steps.size > 0 and np.issubdtype(steps.dtype, np.integer)
    if not whole or steps[0] < 1 or np.any(np.diff(steps) < 1):
        raise ValueError("reads must be whole step numbers, increasing, the first at least 1")
    return steps.astype(np.int64)


def reading_steps(last: int, n_reads: int, first: int = 1) -> NDArray[np.int64]:
    """Return at most ``n_reads`` step numbers from ``first`` to ``last``, evenly spaced in log.

    Raises
    ------
    ValueError
        If not ``1 <= first < last`` or ``n_reads`` is below 2.
    """
    if not 1 <= first < last:
        raise ValueError(f"first must lie in 1..last - 1, got {first} and last {last}")
    if n_reads < 2:
        raise ValueError(f"n_reads must be at least 2, got {n_reads}")
    return np.unique(np.rint(np.geomspace(first, last, n_reads)).astype(np.int64))


def crossing(steps: ArrayLike, curves: ArrayLike, target: float) -> Array:
    """Return the step at which each curve first falls below a target.

    Between two readings the logarithm of the curve is taken as linear.

    Parameters
    ----------
    steps : (n_reads,) array_like
        Step numbers of the readings, increasing.
    curves : (..., n_reads) array_like
        Positive readings, e.g. the excess loss averaged over runs.
    target : float
        Positive.

    Returns
    -------
    (...) ndarray
        Real step numbers; ``inf`` where no reading is below the target.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not positive, or a curve starts below the target: then
        the crossing was before the first reading.
    """
    at, values = np.asarray(steps, dtype=float), np.asarray(curves, dtype=float)
    if at.ndim != 1 or values.shape[-1:] != at.shape or np.any(np.diff(at) <= 0):
        raise ValueError(f"steps must increase and fit curves; got {at.shape} and {values.shape}")
    if not target > 0 or not np.all(values > 0):
        raise ValueError("target and curves must be positive")
    if np.any(values[..., 0] < target):
        raise ValueError("curves must start above target: read from an earlier step on")
    flat = values.reshape(-1, at.size)
    below = flat < target
    hit = np.where(below.any(axis=1), below.argmax(axis=1), 1)
    rows = np.arange(len(flat))
    high, low = np.log(flat[rows, hit - 1] / target), np.log(flat[rows, hit] / target)
    share = np.ones(len(flat))  # a reading of inf says nothing about what lies between
    np.divide(high, high - low, out=share, where=np.isfinite(high) & (high != low))
    found = at[hit - 1] + share * (at[hit] - at[hit - 1])
    return np.where(below.any(axis=1), found, np.inf).reshape(values.shape[:-1])


def classifier_curves(
    problem: LinearClassifier,
    batch_size: int,
    step_sizes: Sequence[float],
    reads: ArrayLike,
    n_runs: int,
    rng: np.random.Generator,
) -> Array:
    """Run SGD from zero at several constant step sizes at once; return the excess loss.

    Batches are drawn with replacement, anew for every run and step size.

    Parameters
    ----------
    problem : LinearClassifier
        An unweighted softmax problem with a positive ridge.
    batch_size : int
        Examples in a batch, at least 1.
    step_sizes : sequence of float
        Positive.
    reads : (n_reads,) array_like of int
        Steps after which the excess loss over *all* examples is read, increasing.
    n_runs : int
        Independent runs of each step size.
    rng : numpy.random.Generator
        Draws the batches.

    Returns
    -------
    (n_step_sizes, n_runs, n_reads) ndarray
        Excess loss in nats. Scores are computed in single precision, sums in double: the error is
        about 1e-7.

    Raises
    ------
    ValueError
        If an argument is outside the range above.
    """
    steps, sizes = _check_reads(reads), np.asarray(step_sizes, dtype=float)
    if problem.kind != "softmax" or problem.weights is not None:
        raise ValueError("problem must be an unweighted softmax problem")
    if batch_size < 1 or n_runs < 1:
        raise ValueError(f"batch_size and n_runs must be at least 1: {batch_size}, {n_runs}")
    if sizes.ndim != 1 or sizes.size == 0 or not np.all(sizes > 0):
        raise ValueError(f"step_sizes must be positive numbers, got {step_sizes}")
    eta = np.repeat(sizes, n_runs)[:, None]
    theta = np.zeros((len(eta), problem.dim))
    inputs, out, done = problem.features.astype(np.float32), [], 0
    for read in steps:
        for _ in range(read - done):
            idx = rng.integers(problem.n, size=(len(theta), batch_size))
            theta = theta - eta * problem.grad(theta, idx)
        done = read
        out.append(_mean_loss(problem, inputs, theta) - problem.loss_star)
    return np.stack(out, axis=1).reshape(sizes.size, n_runs, steps.size)


def _mean_loss(problem: LinearClassifier, inputs: NDArray[np.float32], theta: Array) -> Array:
    """Return the loss over all rows, one for each run; one product for all runs together."""
    weights = theta.reshape(len(theta), -1, problem.n_classes).transpose(1, 2, 0)
    scores = inputs @ weights.astype(np.float32).reshape(inputs.shape[1], -1)
    scores = scores.reshape(problem.n, problem.n_classes, len(theta))
    true = scores[np.arange(problem.n), problem.labels]
    top = scores.max(axis=1)
    losses = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top - true
    ridge: Array = 0.5 * problem.ridge * np.square(theta).sum(axis=1)
    return ridge + losses.mean(axis=0, dtype=np.float64)


def language_curve(
    batch_size: int, step_size: float, reads: ArrayLike, seed: int, hook: Hook | None = None
) -> Array:
    """Train the tiny transformer by plain SGD at a constant step size; return its excess loss.

    All curves of one seed start at the same parameters. The batches are fresh sequences, a stream
    for each pair of seed and batch size, and double precision makes the curve repeatable.

    Parameters
    ----------
    batch_size : int
        Sequences in a batch.
    step_size : float
        Constant; there is no warm-up.
    reads : (n_reads,) array_like of int
        Steps after which the exact excess is read, increasing.
    seed : int
        Number of the run, at least 0.
    hook : callable, optional
        Called after every update as ``hook(step, theta, loss, grad)``, see `training.sgd`.

    Returns
    -------
    (n_reads,) ndarray
        Nats per scored token above the entropy rate, on 128 fixed sequences; ``inf`` once a run
        has overflowed.

    Raises
    ------
    ValueError
        If ``reads`` are no increasing step numbers, or another argument is out of range.
    """
    steps = _check_reads(reads)
    if not step_size > 0 or seed < 0:
        raise ValueError(f"step_size must be positive, seed not negative: {step_size}, {seed}")
    model = TinyLM(Language())
    contexts = model.lang.sample(_CONTEXTS, np.random.default_rng(303))
    oracle = language_oracle(model, batch_size, np.random.default_rng([seed, batch_size]))
    theta, state, out = model.init(np.random.default_rng(seed)), State(), []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for read in steps:
            sizes = np.full(read - state.step, step_size)
            theta, state = sgd(oracle, theta, sizes, state=state, hook=hook)
            out.append(excess(model, theta, contexts))
    return np.where(np.isfinite(out), out, np.inf)


def language_sweep() -> Iterator[Curve]:
    """Yield every curve of the kept table, computed anew: about ten minutes on one idle core."""
    for batch_size, step_sizes in LANGUAGE_STEP_SIZES.items():
        middle = 80 + 1500 / batch_size
        reads = reading_steps(round(1.4 * middle), 16, first=round(0.2 * middle))
        for step_size in step_sizes:
            runs = [
                language_curve(batch_size, step_size, reads, seed)
                for seed in range(LANGUAGE_SEEDS)
            ]
            yield Curve(batch_size, step_size, reads.astype(float), np.array(runs))


def write_curves(path: str | Path, curves: Iterator[Curve] | Sequence[Curve]) -> None:
    """Write curves to a CSV file: batch size, step size, step, then the excess of each run."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        for curve in curves:
            for step, runs in zip(curve.steps, curve.excess.T, strict=True):
                values = [f"{value:.4g}" for value in runs]
                table.writerow([curve.batch_size, f"{curve.step_size:g}", f"{step:g}", *values])


def read_curves(path: str | Path) -> list[Curve]:
    """Read what `write_curves` wrote.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    groups: dict[tuple[int, float], list[list[float]]] = {}
    with Path(path).open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            if len(row) < 4:
                raise ValueError(f"path must be a table of write_curves; found a row {row}")
            groups.setdefault((int(row[0]), float(row[1])), []).append([*map(float, row[2:])])
    if not groups:
        raise ValueError("path must be a table of write_curves; the file is empty")
    curves = []
    for (batch_size, step_size), rows in groups.items():
        values = np.array(rows)
        curves.append(Curve(batch_size, step_size, values[:, 0], values[:, 1:].T))
    return curves
