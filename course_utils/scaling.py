"""Steps to a target loss against batch size: curves, tuned step counts, exact quadratic runs.

A sweep asks "how many steps to a target loss?" at each batch size, with the step size tuned for
that batch size. On the digits it takes seconds (`classifier_curves`). On the tiny transformer it
takes minutes, so those curves are kept in a table: see `sweep_table`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments
from course_utils.linear_losses import softmax
from course_utils.linear_models import LinearClassifier

Array = NDArray[np.float64]

_ROWS = 256  # rows whose scores fit into the cache, for some eighty runs


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


def check_reads(reads: ArrayLike) -> NDArray[np.int64]:
    """Return step numbers of readings as an int array, or raise ValueError."""
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


def tuned_steps(
    curves: Sequence[Curve], target: float, runs: NDArray[np.integer] | slice = slice(None)
) -> tuple[NDArray[np.int64], Array, Array]:
    """Return the steps to a target at each batch size, at the best step size of those tried.

    The curve that must cross is the mean over runs. The first crossing of a single run would come
    early by luck, and more so the noisier the runs are.

    Parameters
    ----------
    curves : sequence of Curve
        Any order; at least one.
    target : float
        Excess loss, positive.
    runs : int array or slice
        The runs to average, all by default; give indices drawn with replacement for a bootstrap.

    Returns
    -------
    batch_sizes : (n,) ndarray of int
        Increasing.
    step_sizes : (n,) ndarray
        The best of those tried at each batch size.
    steps : (n,) ndarray
        Real numbers; ``inf`` where no step size reached the target.

    Raises
    ------
    ValueError
        If there are no curves, or as for `crossing`.
    """
    if not curves:
        raise ValueError("curves must not be empty")
    found: dict[int, tuple[float, float]] = {}
    for curve in curves:
        steps = float(crossing(curve.steps, curve.excess[runs].mean(axis=0), target))
        best = found.get(curve.batch_size, (np.inf, curve.step_size))
        found[curve.batch_size] = min(best, (steps, curve.step_size))
    batch_sizes = np.array(sorted(found))
    steps, step_sizes = np.array([found[b] for b in batch_sizes.tolist()]).T
    return batch_sizes, step_sizes, steps


def quadratic_steps(
    curvatures: ArrayLike,
    second_moments: ArrayLike,
    noise_vars: ArrayLike,
    batch_size: float,
    step_sizes: ArrayLike | None = None,
    share: float = 0.01,
    max_steps: int = 100_000,
) -> int:
    r"""Return the steps in which the expected excess of a quadratic falls to a share of its start.

    An exact recursion, coordinate by coordinate in the eigenbasis of the Hessian:
    :math:`v_i\leftarrow(1-\eta h_i)^2v_i+\eta^2\sigma_i^2/B`, with excess
    :math:`\tfrac12\sum_ih_iv_i`.

    Parameters
    ----------
    curvatures, second_moments, noise_vars : (d,) array_like
        Eigenvalues h of the Hessian; the mean square of each coordinate at the start; the noise
        variance of one example's gradient along each.
    batch_size : float
        Positive.
    step_sizes : (n,) array_like, optional
        Constant step sizes to try, at least 0 each; the fastest counts. Left out, each step takes
        the size that is best for the next excess, at the vertex of a parabola through three trials.
    share : float
        In (0, 1).
    max_steps : int
        Where to give up, at least 1.

    Raises
    ------
    ValueError
        If a number is out of range, or the share isn't reached in ``max_steps``.
    """
    given = {"curvatures": curvatures, "second_moments": second_moments, "noise_vars": noise_vars}
    h, start, noise = (
        arguments.finite(name, np.asarray(x, dtype=float)) for name, x in given.items()
    )
    if not (h.ndim == 1 and h.shape == start.shape == noise.shape):
        raise ValueError("curvatures, second_moments and noise_vars must have one shape (d,)")
    if not 0 < share < 1:
        raise ValueError(f"share must lie in (0, 1), got {share}")
    batch_size = arguments.positive("batch_size", batch_size)
    max_steps = arguments.count("max_steps", max_steps)
    etas = None if step_sizes is None else arguments.step_sizes(step_sizes)[:, None]
    if etas is not None and not etas.size:
        raise ValueError("step_sizes must hold at least one step size")
    v = np.tile(start, (1 if etas is None else len(etas), 1))
    for step in range(max_steps):
        if (v @ h).min() <= share * (start @ h):
            return step
        if etas is None:
            v0, v1, v2 = (
                h @ ((1 - e * h) ** 2 * v[0] + e**2 * noise / batch_size) for e in (0, 1, 2)
            )
            eta = (3 * v0 - 4 * v1 + v2) / (2 * (v0 - 2 * v1 + v2))
        else:
            eta = etas
        v = (1 - eta * h) ** 2 * v + eta**2 * noise / batch_size
    raise ValueError(f"max_steps: the share {share} was not reached in {max_steps} steps")


def softmax_curvature(problem: LinearClassifier, theta: ArrayLike, directions: ArrayLike) -> Array:
    """Return v'Hv for each direction v, H the Hessian of a softmax problem; H is not formed.

    Parameters
    ----------
    problem : LinearClassifier
        An unweighted softmax problem.
    theta : (d,) array_like
        Where.
    directions : (m, d) array_like
        One vector in each row.

    Returns
    -------
    (m,) ndarray
        Ridge included.

    Raises
    ------
    ValueError
        If the problem is of another kind or the shapes do not fit.
    """
    if problem.kind != "softmax" or problem.weights is not None:
        raise ValueError("problem must be an unweighted softmax problem")
    v = np.asarray(directions, dtype=float)
    if v.ndim != 2 or v.shape[1] != problem.dim:
        raise ValueError(f"directions must have shape (m, {problem.dim}), got {v.shape}")
    probs: Array = softmax(problem.scores(theta))
    moves = problem.features @ v.reshape(len(v), -1, problem.n_classes)
    weighted = probs * moves
    spread = (weighted * moves).sum(axis=2) - np.square(weighted.sum(axis=2))
    return np.asarray(spread.mean(axis=1) + problem.ridge * np.square(v).sum(axis=1))


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
        At least one, each positive.
    reads : (n_reads,) array_like of int
        Steps after which the excess loss over *all* examples is read, increasing.
    n_runs : int
        Independent runs of each step size, at least 1.
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
    steps, sizes = check_reads(reads), arguments.step_sizes(step_sizes)
    if problem.kind != "softmax" or problem.weights is not None:
        raise ValueError("problem must be an unweighted softmax problem")
    batch_size = arguments.count("batch_size", batch_size)
    n_runs = arguments.count("n_runs", n_runs)
    if not sizes.size or not sizes.all():
        raise ValueError(f"step_sizes must be one or more positive numbers, got {step_sizes}")
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
    columns = theta.reshape(len(theta), -1, problem.n_classes).transpose(1, 2, 0)
    weights = columns.astype(np.float32).reshape(inputs.shape[1], -1)
    total: Array = np.zeros(len(theta))
    for start in range(0, problem.n, _ROWS):
        labels = problem.labels[start : start + _ROWS]
        scores = inputs[start : start + _ROWS] @ weights
        scores = scores.reshape(len(labels), problem.n_classes, len(theta))
        total -= scores[np.arange(len(labels)), labels].sum(axis=0, dtype=np.float64)
        top = scores.max(axis=1)
        scores -= top[:, None]
        np.exp(scores, out=scores)
        total += (np.log(scores.sum(axis=1)) + top).sum(axis=0, dtype=np.float64)
    total /= problem.n
    total += 0.5 * problem.ridge * np.square(theta).sum(axis=1)
    return total
