"""What section 09 measures on microbatches of unequal length, and where it is too long for a cell.

Nothing here decides how microbatches are to be weighted: that is for the reader to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments, training
from course_utils.language import Batch
from course_utils.linear_losses import softmax_losses
from course_utils.precision import bf16
from course_utils.quadratic import Quadratic
from course_utils.transformer import TinyLM

Array = NDArray[np.float64]

__all__ = [
    "batch_norm_loss",
    "bf16_means",
    "class_pages",
    "contrastive_loss",
    "delay_limit",
    "delayed_sgd",
    "parity_log",
    "resumed_runs",
]


def class_pages(labels: ArrayLike, per_page: ArrayLike) -> NDArray[np.int64]:
    """Cut examples into pages of one class each, in the order in which they come.

    Parameters
    ----------
    labels : (N,) array_like of int
        Classes 0 .. C-1.
    per_page : (C,) array_like of int
        Examples on one page of each class, at least 1; the last page of a class may be short.

    Returns
    -------
    (N,) ndarray of int
        The page of each example, 0 .. n_pages-1, none of them empty.

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    classes, sizes = np.asarray(labels), np.asarray(per_page)
    if classes.ndim != 1 or classes.size == 0 or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError("labels must be a non-empty one-dimensional integer array")
    if sizes.ndim != 1 or not np.issubdtype(sizes.dtype, np.integer) or (sizes < 1).any():
        raise ValueError("per_page must hold integers of at least 1, one for each class")
    if classes.min() < 0 or classes.max() >= len(sizes):
        raise ValueError(f"labels must lie in 0..{len(sizes) - 1}, one size for each class")
    page, used = np.zeros(len(classes), dtype=np.int64), 0
    for c, size in enumerate(sizes):
        own = np.flatnonzero(classes == c)
        page[own] = used + np.arange(len(own)) // size
        used += -(-len(own) // int(size))
    return page


def batch_norm_loss(inputs: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> float:
    """Return the mean cross-entropy of a linear softmax model behind BatchNorm, in nats.

    Each column is centred and scaled by mean and variance (1/n, plus 1e-5) of the rows given.

    Parameters
    ----------
    inputs : (n, p) array_like
        One microbatch.
    labels : (n,) array_like of int
        Classes 0 .. C-1.
    weights : (p + 1, C) array_like
        The linear model; its last row is the bias.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    x, w = np.asarray(inputs, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if x.ndim != 2 or w.ndim != 2 or len(w) != x.shape[1] + 1:
        raise ValueError(f"weights must have shape (p + 1, C) for inputs {x.shape}, got {w.shape}")
    normed = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return float(softmax_losses(normed @ w[:-1] + w[-1], np.asarray(labels)).mean())


def contrastive_loss(embeddings: ArrayLike) -> float:
    """Return the mean cross-entropy of finding oneself among the rows given, in nats.

    Row i has the scores of its scalar products with all rows, divided by the dimension; the right
    answer is i itself, and all other rows are its negatives.

    Raises
    ------
    ValueError
        If ``embeddings`` isn't an (n, p) array.
    """
    x = np.asarray(embeddings, dtype=np.float64)
    if x.ndim != 2:
        raise ValueError(f"embeddings must have shape (n, p), got {x.shape}")
    return float(softmax_losses(x @ x.T / x.shape[1], np.arange(len(x))).mean())


def bf16_means(values: ArrayLike, marks: Sequence[int]) -> dict[str, NDArray[np.float32]]:
    """Average rows one after the other with four accumulators.

    Parameters
    ----------
    values : (K, d) array_like
        Numbers that bfloat16 holds exactly.
    marks : sequence of int
        After how many rows to read, increasing, each in 1..K.

    Returns
    -------
    dict of str to (len(marks), d) ndarray
        The mean of the rows so far: "bf16 sum" (divided when read), "bf16 running mean"
        (acc + (x − acc) / k, every operation rounded), "bf16 Kahan sum" (a second bfloat16 carries
        what the last addition lost; Kahan 1965) and "float32 sum".

    Raises
    ------
    ValueError
        If ``values`` isn't 2-D or bfloat16 does not hold them, or a mark lies outside its range.
    """
    rows = np.asarray(values, dtype=np.float32)
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"values must have shape (K, d), got {rows.shape}")
    if not np.array_equal(bf16(rows), rows):
        raise ValueError("values must be rounded to bfloat16 (precision.bf16) and hold no nan")
    if list(marks) != sorted(set(marks)) or not all(1 <= mark <= len(rows) for mark in marks):
        raise ValueError(f"marks must increase within 1..{len(rows)}, got {list(marks)}")
    total, mean, kahan, lost, plain = np.zeros((5, rows.shape[1]), dtype=np.float32)
    names = ("bf16 sum", "bf16 running mean", "bf16 Kahan sum", "float32 sum")
    read: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for k, row in enumerate(rows, start=1):
        total, plain = bf16(total + row), plain + row
        mean = bf16(mean + bf16(bf16(row - mean) / np.float32(k)))
        step = bf16(row - lost)
        grown = bf16(kahan + step)
        kahan, lost = grown, bf16(bf16(grown - kahan) - step)
        if k in marks:
            count = np.float32(k)
            now = (total / count, mean, kahan / count, plain / count)
            for name, value in zip(names, now, strict=True):
                read[name].append(value)
    return {name: np.array(found) for name, found in read.items()}


def delay_limit(delay: int, n_halvings: int = 60) -> float:
    """Return the largest stable step of z ← z − s·(z, ``delay`` steps ago), by bisection.

    The recursion is stable while all roots of z^(τ+1) − z^τ + s lie inside the unit circle.

    Raises
    ------
    ValueError
        If ``delay`` is no whole number of at least 1.
    """
    delay = arguments.count("delay", delay)
    low, high = 0.0, 2.0
    for _ in range(n_halvings):
        middle = (low + high) / 2
        largest = np.abs(np.roots([1.0, -1.0, *np.zeros(delay - 1), middle])).max()
        low, high = (middle, high) if largest < 1 else (low, middle)
    return low


def delayed_sgd(
    problem: Quadratic,
    start: ArrayLike,
    step_size: float,
    delay: int,
    n_steps: int,
    rng: np.random.Generator,
    batch_size: int = 1,
) -> Array:
    """Run SGD whose gradients were taken ``delay`` steps ago.

    Parameters
    ----------
    problem : Quadratic
        Gives the gradients.
    start : (n_runs, d) array_like
        Parameters at the start, and before it.
    step_size : float
        Positive.
    delay : int
        At least 0.
    n_steps, batch_size : int
        Number of steps, and examples in each; at least 1.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    (n_runs, n_steps + 1, d) ndarray
        All iterates, the start included.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    step_size = arguments.positive("step_size", step_size)
    delay = arguments.count("delay", delay, least=0)
    n_steps = arguments.count("n_steps", n_steps)
    past = [np.asarray(start, dtype=np.float64)]
    if past[0].ndim != 2:
        raise ValueError(f"start must have shape (n_runs, d), got {past[0].shape}")
    for step in range(n_steps):
        old = past[max(step - delay, 0)]
        past.append(past[-1] - step_size * problem.oracle(old, rng, batch_size))
    return np.stack(past, axis=1)


def resumed_runs(
    model: TinyLM,
    theta: Array,
    weights: Callable[[Array], Array],
    step_sizes: ArrayLike,
    contexts: Sequence[Batch],
    *,
    n_runs: int = 20,
    batch_size: int = 16,
    every: int = 10,
) -> Array:
    """Resume a checkpoint by Adam, many times, and follow the excess loss of several groups.

    Run s draws its batches from the seed s, so two calls with other ``weights`` see the same data.

    Parameters
    ----------
    model : TinyLM
        Model and language.
    theta : (P,) array
        The checkpoint; every run starts there, with a fresh optimiser.
    weights : callable
        Maps the mask (n, T) of a batch to the token weights of its loss.
    step_sizes : (n_steps,) array_like
        As in `training.adam`.
    contexts : sequence of Batch
        The groups of sequences on which `training.excess` is read.
    n_runs, batch_size, every : int
        Runs, sequences in a batch, and steps between two reads; at least 1.

    Returns
    -------
    (n_runs, n_reads, len(contexts)) ndarray
        Excess loss in nats, at steps 0, ``every``, 2 ``every`` ...

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    sizes = arguments.step_sizes(step_sizes)
    n_runs, every = arguments.count("n_runs", n_runs), arguments.count("every", every)
    log = np.empty((n_runs, len(sizes) // every + 1, len(contexts)))
    log[:, 0] = [training.excess(model, theta, group) for group in contexts]
    for run in range(n_runs):

        def look(step: int, at: Array, loss: float, grad: Array, kept: Array = log[run]) -> None:
            if step % every == 0:
                kept[step // every] = [training.excess(model, at, group) for group in contexts]

        rng = np.random.default_rng(run)
        oracle = training.language_oracle(model, batch_size, rng, weights=weights)
        training.adam(oracle, theta, sizes, hook=look)
    return log


def parity_log(
    cases: Mapping[str, Mapping[str, Any]], loss: float, grad: ArrayLike, rank_cosine: float
) -> dict[str, set[str]]:
    """Print what a parity test sees of each case, and only what leaves its band.

    Parameters
    ----------
    cases : mapping of str to mapping
        For each case what differs from one whole batch: "loss", "grad" (P,), "second" (the sum of
        what enters Adam's second moment), "ranks" (cosine between two ranks' gradients); and
        "right" (P,), if its gradient is to be held against another one than ``grad``.
    loss, grad
        Loss and gradient (P,) of the whole batch.
    rank_cosine : float
        Cosine between two healthy ranks.

    Returns
    -------
    dict of str to set of str
        The columns that each case has left. They are "Δ loss", "norm" (ratio), "1 − cos", all with
        a band of 1e-5, "v" (ratio; 1 %), and "ranks" (below 0.999).

    Raises
    ------
    ValueError
        If a case holds a name that isn't known.
    """
    known, whole = {"loss", "grad", "second", "ranks", "right"}, np.asarray(grad, dtype=np.float64)
    bands = {"Δ loss": 1e-5, "norm": 1e-5, "1 − cos": 1e-5, "v": 0.01, "ranks": 0.999}
    width, caught = max(map(len, cases), default=0), {}
    print(f"{'':<{width}}", *(f"{column:>8}" for column in bands))
    for name, case in cases.items():
        if unknown := set(case) - known:
            raise ValueError(f"cases[{name!r}] may hold {sorted(known)}, not {sorted(unknown)}")
        want = np.asarray(case.get("right", whole), dtype=np.float64)
        got = np.asarray(case.get("grad", want), dtype=np.float64)
        sizes = float(np.linalg.norm(got)), float(np.linalg.norm(want))
        ratio, turn = sizes[0] / sizes[1], 1 - float(got @ want) / (sizes[0] * sizes[1])
        second = float(case.get("second", want @ want)) / float(want @ want)
        ranks = float(case.get("ranks", rank_cosine))
        gap = float(case.get("loss", loss)) - loss
        seen = dict(zip(bands, (gap, ratio, turn, second, ranks), strict=True))
        off = dict(
            zip(bands, (abs(gap), abs(ratio - 1), turn, abs(second - 1), ranks), strict=True)
        )
        caught[name] = {column for column in bands if off[column] > bands[column]}
        cells = (_cell(seen[c]) if c in caught[name] else "·" for c in bands)
        print(f"{name:<{width}}", *(f"{cell:>8}" for cell in cells))
    return caught


def _cell(value: float) -> str:
    """Two significant digits, three if near 1, without an exponent where that is readable."""
    return f"{value:.3f}" if 0.01 <= abs(value) < 100 else f"{value:.1e}"
