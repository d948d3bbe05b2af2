"""Gradient noise of the tiny transformer along its training: what a run logs, and what is true.

One run is a second or so, twenty are too many for a notebook: their table is kept in
``noise_log.csv``, and ``python -m course_utils.noise_log`` makes it anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from course_utils import training
from course_utils.language import Batch, Language
from course_utils.noise import noise_statistics
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]

TABLE = Path(__file__).with_name("noise_log.csv")
MARKS = (0, 20, 50, 100, 150, 200, 250, 300)
N_RUNS, N_STEPS, RANKS, RANK_BATCH, WINDOW = 20, 300, 8, 4, 20
POOL, TOKEN_POOL, CONTEXTS = 512, 64, 256


class Log(NamedTuple):
    """One run of the default recipe, its batches of 32 sequences cut into 8 ranks of 4.

    Attributes
    ----------
    dots : (n_steps,) array
        At each step, the mean inner product of the gradients of two different ranks.
    gaps : (n_steps,) array
        At each step, the mean squared distance between the gradients of two different ranks.
    rows : list of dict
        One for each mark, see `measure`; then ``seed``, ``step``, and over the window of 20 steps
        that ends at the mark the means of ``dots`` and ``gaps`` and ``opposed``, the share of the
        steps whose mean inner product is negative. At step 0 these three are nan.
    """

    dots: Array
    gaps: Array
    rows: list[dict[str, float]]


def measure(model: TinyLM, theta: Array, pool: Batch, token_pool: Batch) -> dict[str, float]:
    r"""Return the gradient noise at one point, from per-sequence and per-token gradients.

    Parameters
    ----------
    model : TinyLM
        The model.
    theta : (P,) array
        Parameters.
    pool, token_pool : Batch
        Sequences for the statistics of sequences, and (fewer, since slower) of tokens; their
        scored tokens must be equally many in each sequence.

    Returns
    -------
    dict
        ``grad_sq`` (less its noise, unbiased), ``trace`` and ``trace_sq``, for
        :math:`\lVert G\rVert^2`, :math:`\operatorname{tr}\Sigma` and
        :math:`\operatorname{tr}(\Sigma^2)` of the mean loss of one sequence; ``gain_grad_sq`` and
        ``gain_trace``, the first two for the gains of the norm layers alone; ``token_trace``, the
        trace for the loss of one token, and ``token_cross``, the mean inner product of the noise
        of two different tokens of one sequence. Squared nats per squared parameter.

    Raises
    ------
    ValueError
        If sequences differ in their number of scored tokens.
    """
    counts = {int(n) for part in (pool, token_pool) for n in part.mask.sum(axis=1)}
    if len(counts) != 1:
        raise ValueError(f"pool and token_pool must score one number of tokens, got {counts}")
    n_tokens = counts.pop()
    grads = model.per_sequence_grads(theta, pool.x, pool.y, pool.mask / n_tokens)
    views = model.views(grads)
    gains = np.hstack([view for name, view in views.items() if name.startswith("gain")])
    whole, part = (noise_statistics(table, correct_norm=True) for table in (grads, gains))

    tokens = model.per_token_grads(theta, token_pool.x, token_pool.y, token_pool.mask * 1.0)
    noise = tokens[token_pool.mask].reshape(len(tokens), n_tokens, -1) - grads.mean(axis=0)
    own = float(np.square(noise).sum(axis=(1, 2)).mean())
    total = float(np.square(noise.sum(axis=1)).sum(axis=1).mean())
    return {
        "grad_sq": whole.grad_sq_norm,
        "trace": whole.noise_trace,
        "trace_sq": whole.noise_trace_sq,
        "gain_grad_sq": part.grad_sq_norm,
        "gain_trace": part.noise_trace,
        "token_trace": own / n_tokens,
        "token_cross": (total - own) / (n_tokens * (n_tokens - 1)),
    }


def run(seed: int, marks: Sequence[int] = MARKS, n_steps: int = N_STEPS) -> Log:
    """Train once by the default recipe and log the ranks; measure the noise at the marks.

    Parameters
    ----------
    seed : int
        Seed of the run. The pools of `measure` depend on it too, and are fresh sequences.
    marks : sequence of int
        Numbers of updates after which to measure, each from 0 to ``n_steps``.
    n_steps : int
        Updates to make, at most 300: the schedule is that of 300 updates.

    Returns
    -------
    Log
        The log of every step and the measurements.

    Raises
    ------
    ValueError
        If ``n_steps`` or a mark is out of range.
    """
    if not 1 <= n_steps <= N_STEPS:
        raise ValueError(f"n_steps must lie between 1 and {N_STEPS}, got {n_steps}")
    if any(not 0 <= mark <= n_steps for mark in marks):
        raise ValueError(f"marks must lie between 0 and n_steps = {n_steps}, got {list(marks)}")
    model, rng = TinyLM(Language()), np.random.default_rng(seed)
    start = model.init(rng)
    upper = np.triu_indices(RANKS, 1)
    path, dots, gaps = [start], [], []

    def oracle(theta: Array) -> tuple[float, Array]:
        batch = model.lang.sample(RANKS * RANK_BATCH, rng)
        weights = batch.mask / batch.mask.sum(axis=1, keepdims=True)
        grads = model.per_sequence_grads(theta, batch.x, batch.y, weights)
        ranks = grads.reshape(RANKS, RANK_BATCH, -1).mean(axis=1)
        gram = ranks @ ranks.T
        lengths = np.diag(gram)
        dots.append(gram[upper].mean())
        gaps.append((lengths[:, None] + lengths - 2 * gram)[upper].mean())
        return 0.0, ranks.mean(axis=0)

    sizes = training.warmup_stable_decay(N_STEPS, 0.04)[:n_steps]
    training.adam(oracle, start, sizes, hook=lambda step, theta, loss, grad: path.append(theta))
    pools = [model.lang.sample(n, np.random.default_rng([seed, n])) for n in (POOL, TOKEN_POOL)]
    contexts = model.lang.sample(CONTEXTS, np.random.default_rng([seed, CONTEXTS]))
    rows = []
    for mark in marks:
        window = slice(max(mark - WINDOW, 0), mark)
        seen, apart = (np.array(log[window] or [np.nan]) for log in (dots, gaps))
        row = {"seed": seed, "step": mark, "excess": training.excess(model, path[mark], contexts)}
        row |= measure(model, path[mark], *pools)
        row |= {"dots": float(seen.mean()), "gaps": float(apart.mean())}
        row["opposed"] = float((seen < 0).mean()) if mark else float("nan")
        rows.append(row)
    return Log(np.array(dots), np.array(gaps), rows)


def load(path: Path = TABLE) -> dict[str, Array]:
    """Read the table of twenty runs.

    Returns
    -------
    dict of str to (20, 8) array
        For each column an array over seeds 0..19 and the marks, whose numbers are ``MARKS``.
    """
    table = np.genfromtxt(path, delimiter=",", names=True)
    names = table.dtype.names or ()
    return {name: table[name].reshape(N_RUNS, len(MARKS)) for name in names}


def make(path: Path = TABLE) -> None:
    """Run all twenty seeds and write the table, to six significant digits."""
    rows = [row for seed in range(N_RUNS) for row in run(seed).rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([f"{value:.6g}" for value in row.values()] for row in rows)


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
