"""Averages of a language model's weights against a step size that falls, at equal cost.

A run trains the tiny transformer by Adam at a constant step size and keeps several averages of its
weights on the side. At each mark a branch off the same run lets the step size fall instead, over
the last 30 % of the steps made by then. A run takes seconds, twenty at each step size are too many
for a notebook: their table is kept in ``weight_averages.csv``, and
``python -m course_utils.weight_averages`` makes it anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from course_utils import arguments, training
from course_utils.language import Batch, Language
from course_utils.precision import bf16
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]

TABLE = Path(__file__).with_name("weight_averages.csv")
STEP_SIZES = (0.01, 0.02, 0.04)
MARKS = (50, 100, 200, 400, 800)
DECAYS = (0.9, 0.95, 0.98, 0.99)
N_RUNS, BATCH_SIZE, WARMUP, FALL = 20, 32, 20, 0.3


@cache
def _setting() -> tuple[TinyLM, Batch]:
    """Return the model, and the sequences on which its excess loss is read."""
    model = TinyLM(Language())
    return model, model.lang.sample(256, np.random.default_rng(1))


def run(step_size: float, seed: int, marks: Sequence[int] = MARKS) -> list[dict[str, float]]:
    r"""Train once at a constant step size, and read off averages and branches at the marks.

    Parameters
    ----------
    step_size : float
        Of Adam, after a warm-up of 20 steps; batches of 32 fresh sequences.
    seed : int
        Seed of the initial parameters, the batches, and those of the branches.
    marks : sequence of int
        Increasing even numbers of updates, at least 2, at which to read.

    Returns
    -------
    list of dict
        One for each mark, ``step``; the excess losses, in nats per token, of the ``last`` weights,
        of the mean of ``all`` so far, of the mean of the later ``half``, of moving averages with
        decays 0.9, 0.95, 0.98 and 0.99 that are free of their start (``ema90`` and so on; the
        weights of the iterates add up to 1), of the two with decay 0.99 that start as a copy of
        the first weights, one in float32 (``copy99``) and one rounded to bfloat16 after each
        update (``bf99``), and of the branch whose step size fell to 0 (``fall``); and ``moved``,
        the share of the parameters of ``bf99`` that the last update changed.

    Raises
    ------
    ValueError
        If ``step_size`` isn't positive, or the marks aren't even and increasing.
    """
    step_size = arguments.positive("step_size", step_size)
    even = all(mark >= 2 and mark % 2 == 0 for mark in marks)
    if not marks or not even or any(a >= b for a, b in pairwise(marks)):
        raise ValueError(f"marks must be increasing even numbers, got {list(marks)}")
    model, contexts = _setting()
    rng = np.random.default_rng(seed)
    total = np.zeros(model.n_params)
    emas, halves = np.zeros((len(DECAYS), model.n_params)), {0: total}
    copied, kept = total.astype(np.float32), bf16(total)
    decays, n_steps = np.array(DECAYS)[:, None], marks[-1]
    falls = {mark - round(FALL * mark): mark for mark in marks}
    ends: dict[int, float] = {}
    rows: list[dict[str, float]] = []
    state: training.State | None = None

    def excess(theta: Array) -> float:
        return float(training.excess(model, theta.astype(np.float32), contexts))

    theta = model.init(rng)
    sizes = training.warmup_stable_decay(n_steps, step_size, WARMUP, decay=0.0)
    oracle = training.language_oracle(model, BATCH_SIZE, rng)
    for step in range(1, n_steps + 1):
        theta, state = training.adam(oracle, theta, sizes[step - 1 : step], state=state)
        total = total + theta
        emas += (1.0 - decays) * (theta - emas)
        before = kept
        copied = theta if step == 1 else copied + np.float32(0.01) * (theta - copied)
        copied = copied.astype(np.float32)
        kept = bf16(theta if step == 1 else kept + np.float32(0.01) * (bf16(theta) - kept))
        if step in {mark // 2 for mark in marks}:
            halves[step] = total
        if step in falls:
            mark = falls[step]
            branch = np.random.default_rng([seed, mark])
            shrunk = training.warmup_stable_decay(mark, step_size, WARMUP, FALL)[step:]
            fresh = training.language_oracle(model, BATCH_SIZE, branch)
            ends[mark] = excess(training.adam(fresh, theta, shrunk, state=state)[0])
        if step in marks:
            row = {"step": step, "last": excess(theta), "all": excess(total / step)}
            row["half"] = excess((total - halves[step // 2]) / (step - step // 2))
            for decay, ema in zip(DECAYS, emas, strict=True):
                row[f"ema{round(100 * decay)}"] = excess(ema / (1.0 - decay**step))
            row |= {"copy99": excess(copied), "bf99": excess(kept), "fall": ends[step]}
            row["moved"] = float(np.mean(kept != before))
            rows.append(row)
    return rows


def load(path: Path = TABLE) -> dict[float, dict[str, Array]]:
    """Read the table.

    Returns
    -------
    dict of float to dict of str to (20, 5) array
        For each step size and column an array over seeds 0..19 and the marks, ``MARKS``.
    """
    table = np.genfromtxt(path, delimiter=",", names=True)
    names = [name for name in table.dtype.names or () if name not in ("step_size", "seed")]
    shape = (N_RUNS, len(MARKS))
    return {
        size: {name: table[name][table["step_size"] == size].reshape(shape) for name in names}
        for size in STEP_SIZES
    }


def comparison(columns: dict[str, Array]) -> list[str]:
    """Say, for each mark, how the best average of each budget does against the falling step.

    Parameters
    ----------
    columns : dict of str to (20, 5) array
        The runs at one step size, as `load` returns them.

    Returns
    -------
    list of str
        A line for each mark: the moving average or later half with the lowest median excess loss,
        that median, those of the falling step and of the last weights, and on how many seeds the
        average is lower than the falling step of the same seed.
    """
    lines = []
    for k, mark in enumerate(MARKS):
        medians = {name: float(np.median(runs[:, k])) for name, runs in columns.items()}
        averages = [name for name in medians if name == "half" or name.startswith("ema")]
        best = min(averages, key=medians.__getitem__)
        wins = int((columns[best][:, k] < columns["fall"][:, k]).sum())
        lines.append(
            f"{mark:>3} steps: {best:<5} {medians[best]:.4f}, falling step {medians['fall']:.4f}, "
            f"last {medians['last']:.4f}; lower than the falling step on {wins} of {N_RUNS} seeds"
        )
    return lines


def make(path: Path = TABLE) -> None:
    """Run all twenty seeds at each step size and write the table, to four significant digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for size in STEP_SIZES:
            for seed in range(N_RUNS):
                rows = run(size, seed)
                if file.tell() == 0:
                    writer.writerow(["step_size", "seed", *rows[0]])
                for row in rows:
                    writer.writerow([size, seed, *(f"{value:.4g}" for value in row.values())])


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
