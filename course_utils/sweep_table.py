"""The tiny transformer's sweep over batch size and step size, kept as a table of curves.

`language_curve` computes any single curve of the table, `language_sweep` all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments
from course_utils.language import Language
from course_utils.scaling import Curve, check_reads, reading_steps
from course_utils.training import Hook, State, excess, language_oracle, sgd
from course_utils.transformer import TinyLM

Array = NDArray[np.float64]

#: Batch size in sequences → step sizes that the table holds for it.
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
TABLE = Path(__file__).with_name("sweep_table.csv")
_CONTEXTS = 128  # sequences on which the excess of the transformer is read


def language_curve(
    batch_size: int, step_size: float, reads: ArrayLike, seed: int, hook: Hook | None = None
) -> Array:
    """Train the tiny transformer by plain SGD at a constant step size; return its excess loss.

    All curves of one seed start at the same parameters. The batches are fresh sequences, a stream
    for each pair of seed and batch size, and double precision makes the curve repeatable.

    Parameters
    ----------
    batch_size : int
        Sequences in a batch, at least 1.
    step_size : float
        Positive and constant; there is no warm-up.
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
    steps = check_reads(reads)
    batch_size = arguments.count("batch_size", batch_size)
    step_size = arguments.positive("step_size", step_size)
    seed = arguments.count("seed", seed, least=0)
    model = TinyLM(Language())
    contexts = model.lang.sample(_CONTEXTS, np.random.default_rng(303))
    oracle = language_oracle(model, batch_size, np.random.default_rng([seed, batch_size]))
    theta, state = model.init(np.random.default_rng(seed)), State()
    out = np.full(len(steps), np.inf)

    def watch(step: int, theta: Array, loss: float, grad: Array) -> bool:
        """Hand on to the hook; stop a run that has overflowed."""
        if hook is not None:
            hook(step, theta, loss, grad)
        return not np.isfinite(theta).all()

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i, read in enumerate(steps):
            sizes = np.full(read - state.step, step_size)
            theta, state = sgd(oracle, theta, sizes, state=state, hook=watch)
            if not np.isfinite(theta).all():
                break
            out[i] = excess(model, theta, contexts)
    return np.where(np.isfinite(out), out, np.inf)


def language_sweep() -> Iterator[Curve]:
    """Yield every curve of the kept table, computed anew: about ten minutes on one idle core."""
    for batch_size, step_sizes in LANGUAGE_STEP_SIZES.items():
        middle = 80 + 1500 / batch_size
        reads = reading_steps(round(1.4 * middle), 16, first=round(0.2 * middle))
        for step_size in step_sizes:
            runs = [
                language_curve(batch_size, step_size, reads, seed) for seed in range(LANGUAGE_SEEDS)
            ]
            yield Curve(batch_size, step_size, reads.astype(float), np.array(runs))


def write_curves(path: str | Path, curves: Iterable[Curve]) -> None:
    """Write curves to a CSV file: batch size, step size, step, then the excess of each run."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        for curve in curves:
            for step, runs in zip(curve.steps, curve.excess.T, strict=True):
                values = [f"{value:.4g}" for value in runs]
                table.writerow([curve.batch_size, f"{curve.step_size:g}", f"{step:g}", *values])


def read_curves(path: str | Path = TABLE) -> list[Curve]:
    """Read what `write_curves` wrote; by default the kept table.

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
