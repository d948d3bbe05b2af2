"""How fast a remembered gradient ages while a language model is fine-tuned.

A snapshot gradient is a control variate: it helps as long as it resembles the present one. Each run
fine-tunes the tiny transformer on a fixed set of sequences from a new language and compares, for
every sequence, the gradient now with the one at a snapshot 100 steps into it. A run takes seconds,
twenty of each kind are too many for a notebook: their table is kept in
``snapshot_ages.csv``, and ``python -m course_utils.snapshot_ages`` makes it anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from course_utils import training
from course_utils.language import Batch, Language
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]
Kind = Literal["head", "whole", "noisy"]

TABLE = Path(__file__).with_name("snapshot_ages.csv")
KINDS: tuple[Kind, ...] = ("head", "whole", "noisy")
AGES = (0, 1, 3, 10, 30, 100, 300)
N_RUNS, N_DATA, BATCH_SIZE, STEP_SIZE, SWAPPED, SNAPSHOT = 20, 256, 32, 0.01, 0.15, 100


@cache
def pretrained() -> tuple[TinyLM, Array, Batch]:
    """Return a model of the language of fine-tuning, its pretrained parameters, and the data.

    The model has been trained by the default recipe on another language (seed 0); fine-tuning is on
    256 sequences of the language with seed 1, always the same.
    """
    theta = training.default_run(TinyLM(Language()), np.random.default_rng(0))
    theta.flags.writeable = False
    model = TinyLM(Language(seed=1))
    return model, theta, model.lang.sample(N_DATA, np.random.default_rng(1))


def swap_symbols(x: Array, rng: np.random.Generator, chance: float = SWAPPED) -> Array:
    """Return inputs (n, T) in which symbols are replaced by uniform ones; the marker stays.

    Parameters
    ----------
    x : (n, T) int array
        Inputs, the marker in column 0.
    rng : numpy.random.Generator
        Source of the replacements.
    chance : float
        Of a replacement, for each symbol, in [0, 1]; the new symbol can be the old one.

    Raises
    ------
    ValueError
        If ``chance`` is out of range.
    """
    if not 0.0 <= chance <= 1.0:
        raise ValueError(f"chance must lie in [0, 1], got {chance}")
    hit = rng.random(x.shape) < chance
    hit[:, 0] = False
    return np.where(hit, rng.integers(8, size=x.shape), x)


def run(kind: Kind, seed: int, ages: Sequence[int] = AGES) -> list[dict[str, float]]:
    r"""Fine-tune once and compare each sequence's gradient with its gradient at the snapshot.

    Parameters
    ----------
    kind : {"head", "whole", "noisy"}
        What is trained: the output layer alone, which is a linear model on frozen features; all
        parameters; all parameters with inputs that are augmented anew each time they are read,
        `swap_symbols`. Adam with constant step size 0.01, batches of 32 with replacement.
    seed : int
        Seed of the batches and of the augmentation.
    ages : sequence of int
        Increasing numbers of updates after the snapshot at which to compare, 0 being a second
        reading of the gradients at the snapshot.

    Returns
    -------
    list of dict
        One for each age: ``age``; over the 256 sequences the traces ``difference`` of the
        covariance of (now - snapshot), ``now`` and ``snapshot`` of those of either, and
        ``cross`` of their covariance, in nats squared per parameter squared; ``loss``, the mean
        loss on the data without augmentation, in nats per token. Gradients are those of the
        trained parameters.

    Raises
    ------
    ValueError
        If ``kind`` is another word, or the ages don't increase from 0 or more.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if not ages or ages[0] < 0 or any(a >= b for a, b in pairwise(ages)):
        raise ValueError(f"ages must be increasing numbers of at least 0, got {list(ages)}")
    model, theta, data = pretrained()
    rng, weights = np.random.default_rng(seed), data.mask / data.mask.sum(axis=1, keepdims=True)
    trained = np.full(model.n_params, kind != "head")
    views = model.views(trained)
    views["out"][...] = views["out_bias"][...] = True

    def read(x: Array) -> Array:
        return swap_symbols(x, rng) if kind == "noisy" else x

    def centred(now: Array) -> Array:
        grads = model.per_sequence_grads(now, read(data.x), data.y, weights)
        grads = grads if kind != "head" else grads[:, trained]
        grads -= grads.mean(axis=0)
        return grads

    def oracle(now: Array) -> tuple[float, Array]:
        i = rng.integers(N_DATA, size=BATCH_SIZE)
        loss, grad = model.grad(now, read(data.x[i]), data.y[i], weights[i] / BATCH_SIZE)
        return loss, grad * trained

    rows: list[dict[str, float]] = []
    old = np.empty(0)

    def compare(step: int, now: Array, *_: object) -> None:
        nonlocal old
        age = step - SNAPSHOT
        if age == 0:
            old = centred(now)
        if age in ages:
            new = centred(now)
            pairs = {"difference": (new - old,) * 2, "now": (new,) * 2, "snapshot": (old,) * 2}
            pairs["cross"] = (new, old)
            row = {name: float(np.vdot(a, b)) / N_DATA for name, (a, b) in pairs.items()}
            loss = model.loss(now, data.x, data.y, weights / N_DATA)
            rows.append({"age": age, **row, "loss": loss})

    training.adam(oracle, theta, np.full(SNAPSHOT + ages[-1], STEP_SIZE), hook=compare)
    return rows


def load(path: Path = TABLE) -> dict[str, dict[str, Array]]:
    """Read the table.

    Returns
    -------
    dict of str to dict of str to (20, 7) array
        For each kind and column an array over seeds 0..19 and the ages, ``AGES``.
    """
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    names = [name for name in table.dtype.names or () if name != "kind"]
    shape = (N_RUNS, len(AGES))
    return {
        kind: {name: table[name][table["kind"] == kind].reshape(shape) for name in names}
        for kind in KINDS
    }


def make(path: Path = TABLE) -> None:
    """Run all twenty seeds of each kind and write the table, to six significant digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for kind in KINDS:
            for seed in range(N_RUNS):
                rows = run(kind, seed)
                if file.tell() == 0:
                    writer.writerow(["kind", "seed", *rows[0]])
                for row in rows:
                    writer.writerow([kind, seed, *(f"{value:.6g}" for value in row.values())])


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
