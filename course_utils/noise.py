"""Gradient-noise statistics of per-example gradients, and index samplers for minibatches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

# Rows of the table of shuffled indices that are held in memory at a time (entries, not bytes).
_MAX_TABLE = 4_000_000


class NoiseStatistics(NamedTuple):
    r"""What a set of per-example gradients says about the noise of one gradient.

    Attributes
    ----------
    grad_sq_norm : float
        :math:`\lVert G\rVert^2`; negative values can occur when it was corrected.
    noise_trace : float
        :math:`\operatorname{tr}\Sigma`, with 1/N.
    noise_trace_sq : float
        :math:`\operatorname{tr}(\Sigma^2)`, with 1/N.
    b_simple : float
        :math:`\operatorname{tr}\Sigma/\lVert G\rVert^2`, in examples; ``inf`` when
        ``grad_sq_norm <= 0``, where the ratio has no value.
    d_eff : float
        :math:`(\operatorname{tr}\Sigma)^2/\operatorname{tr}(\Sigma^2)`, the number of directions
        that share the noise, between 1 and the rank; ``nan`` without noise.
    n_examples : int
        Number of gradients.
    """

    grad_sq_norm: float
    noise_trace: float
    noise_trace_sq: float
    b_simple: float
    d_eff: float
    n_examples: int


def _table(grads: ArrayLike) -> NDArray[np.floating]:
    """Return per-example gradients as a floating (N, d) array; float32 stays float32."""
    table = np.asarray(grads)
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"grads must have shape (N, d) with N, d >= 1, got {table.shape}")
    if not np.issubdtype(table.dtype, np.floating):
        table = table.astype(np.float64)
    if not np.isfinite(table).all():
        raise ValueError("grads must be finite")
    return table


def noise_cov(grads: ArrayLike, weights: ArrayLike | None = None) -> Array:
    r"""Return the noise covariance :math:`\Sigma` of one example's gradient.

    Parameters
    ----------
    grads : (N, d) array_like
        Per-example gradients, the whole population.
    weights : (N,) array_like, optional
        Probability of each row, summing to 1. Left out, every row has probability 1/N.

    Returns
    -------
    (d, d) ndarray
        Mean of :math:`(g_i-G)(g_i-G)^\top`, float64: the factor is 1/N, not 1/(N-1).

    Raises
    ------
    ValueError
        If the shapes do not fit, a gradient is not finite, or the weights are no probabilities.
    """
    table = _table(grads).astype(np.float64, copy=False)
    if weights is None:
        centred = table - table.mean(axis=0)
        cov: Array = centred.T @ centred / len(table)
        return cov
    probs = np.asarray(weights, dtype=np.float64)
    if probs.shape != (len(table),) or not (probs >= 0).all() or abs(probs.sum() - 1) > 1e-9:
        raise ValueError(f"weights must be {len(table)} probabilities that sum to 1")
    centred = (table - probs @ table) * np.sqrt(probs)[:, None]
    weighted: Array = centred.T @ centred
    return weighted


def noise_statistics(grads: ArrayLike, *, correct_norm: bool = False) -> NoiseStatistics:
    r"""Summarise per-example gradients without forming the covariance when d exceeds N.

    Parameters
    ----------
    grads : (N, d) array_like
        Per-example gradients. float32 is kept in the matrix product; sums are float64.
    correct_norm : bool
        False: the rows are the whole population and ``grad_sq_norm`` is the squared norm of their
        mean. True: the rows are N independent draws from a larger population; the squared norm of
        their mean is too large by tr(Sigma)/N on average, and the unbiased estimate of that excess,
        ``noise_trace / (N - 1)``, is subtracted.

    Returns
    -------
    NoiseStatistics
        Squared gradient norm, traces, noise scale and effective dimension. The noise scale is
        that of McCandlish et al. (2018).

    Raises
    ------
    ValueError
        If the shape is wrong, a gradient is not finite, or N = 1 with ``correct_norm``.
    """
    table = _table(grads)
    n, dim = table.shape
    if correct_norm and n < 2:
        raise ValueError("correct_norm needs at least two gradients")
    mean = table.mean(axis=0, dtype=np.float64)
    centred = table - mean.astype(table.dtype)
    trace = float(np.sum(np.square(centred), dtype=np.float64)) / n
    # Gram and covariance share their nonzero eigenvalues, so the smaller one gives tr(Sigma^2).
    product = centred @ centred.T if n < dim else centred.T @ centred
    trace_sq = float(np.sum(np.square(product), dtype=np.float64)) / n**2
    norm = float(mean @ mean) - (trace / (n - 1) if correct_norm else 0.0)
    return NoiseStatistics(
        grad_sq_norm=norm,
        noise_trace=trace,
        noise_trace_sq=trace_sq,
        b_simple=trace / norm if norm > 0 else float("inf"),
        d_eff=trace**2 / trace_sq if trace_sq > 0 else float("nan"),
        n_examples=n,
    )


def _check_sizes(n: int, batch_size: int, count_name: str, count: int, replace: bool) -> None:
    n = arguments.count("n", n)
    # Without replacement no example comes twice, so a batch can't be larger than the data.
    arguments.count("batch_size", batch_size, most=None if replace else n)
    arguments.count(count_name, count)


def _shuffles(n: int, n_rows: int, rng: np.random.Generator) -> Indices:
    """Return ``n_rows`` independent random orders of 0..n-1."""
    orders = np.tile(np.arange(n, dtype=np.int64), (n_rows, 1))
    return rng.permuted(orders, axis=1, out=orders)


def batch_indices(
    n: int, batch_size: int, n_batches: int, rng: np.random.Generator, replace: bool
) -> Indices:
    """Draw independent minibatches of example indices.

    Parameters
    ----------
    n : int
        Number of examples.
    batch_size : int
        Indices in each batch; at most n without replacement.
    n_batches : int
        Number of batches, e.g. one for each run.
    rng : numpy.random.Generator
        Source of randomness.
    replace : bool
        True: an index can come twice in a batch. False: it cannot. Batches are independent of one
        another in both cases; for batches that share an epoch see ``epoch_indices``.

    Returns
    -------
    (n_batches, batch_size) int64 ndarray
        Indices in 0..n-1, in random order.

    Raises
    ------
    ValueError
        If a size is out of range.
    """
    _check_sizes(n, batch_size, "n_batches", n_batches, replace)
    if replace:
        return rng.integers(n, size=(n_batches, batch_size))
    out = np.empty((n_batches, batch_size), dtype=np.int64)
    # Whole orders are shuffled and cut, in pieces that keep the table small.
    rows = max(1, _MAX_TABLE // n)
    for start in range(0, n_batches, rows):
        piece = out[start : start + rows]
        piece[:] = _shuffles(n, len(piece), rng)[:, :batch_size]
    return out


def epoch_indices(
    n: int, batch_size: int, n_runs: int, rng: np.random.Generator, drop_last: bool = False
) -> list[Indices]:
    """Shuffle one epoch for every run and cut it into disjoint minibatches.

    Parameters
    ----------
    n : int
        Number of examples.
    batch_size : int
        Size of every batch but the last, which holds what is left over.
    n_runs : int
        Number of independent shuffles.
    rng : numpy.random.Generator
        Source of randomness.
    drop_last : bool
        Leave a short last batch out.

    Returns
    -------
    list of (n_runs, b) int64 ndarrays
        One array for each step of the epoch, in order.

    Raises
    ------
    ValueError
        If a size is out of range.
    """
    _check_sizes(n, batch_size, "n_runs", n_runs, replace=False)
    orders = _shuffles(n, n_runs, rng)
    stop = n - n % batch_size if drop_last else n
    return [orders[:, start : min(start + batch_size, n)] for start in range(0, stop, batch_size)]
