"""Messages of fewer bits: what they cost, and two small problems on which a memory decides.

How the messages of a federation are shortened is private to its runs in ``course_utils.federated``:
what the methods are is section 10's to say.
"""

from __future__ import annotations

from itertools import product
from math import ceil, log2
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments

__all__ = ["KINDS", "Kind", "lopsided_signs", "message_bits", "pulled_apart", "roundings"]

Array = NDArray[np.float64]
Kind = Literal["dense", "top", "random", "rounded", "sign"]
KINDS: tuple[Kind, ...] = ("dense", "top", "random", "rounded", "sign")


def message_bits(kind: Kind, dim: int, size: int = 1) -> int:
    """Return the bits of one client's message in one round.

    A number is sent in 32 bits, a position in as many as tell ``dim`` places apart. "top" sends
    ``size`` numbers with their positions; "random" ``size`` numbers, whose positions follow from a
    seed that both ends know; "rounded" one norm, and a sign and one of ``size + 1`` levels for each
    coordinate; "sign" one scale and the signs. No entropy code is used.
    """
    d = arguments.count("dim", dim)
    s = arguments.count("size", size)
    table = {
        "dense": 32 * d,
        "top": s * (32 + ceil(log2(d))),
        "random": 32 * s,
        "rounded": 32 + d * (1 + ceil(log2(s + 1))),
        "sign": 32 + d,
    }
    if kind not in table:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    return table[kind]


def roundings(v: ArrayLike, levels: int) -> tuple[Array, Array]:
    """List every vector that random rounding can make of v (d,), at most 8 numbers.

    Each coordinate goes to one of its two neighbours among the ``2 * levels + 1`` even parts of
    -‖v‖...‖v‖, so that its mean is right, independently of the others.

    Returns
    -------
    chances : (2**d,) array
    values : (2**d, d) array
    """
    message = np.asarray(v, dtype=np.float64)
    if message.ndim != 1 or not 1 <= message.size <= 8 or not np.any(message):
        raise ValueError("v must hold 1 to 8 numbers, not all of them 0")
    norm, count = float(np.linalg.norm(message)), arguments.count("levels", levels)
    grid = np.linspace(-norm, norm, 2 * count + 1)
    up = np.clip(np.searchsorted(grid, message), 1, 2 * count)
    share = np.clip((message - grid[up - 1]) * count / norm, 0.0, 1.0)
    take = np.array(list(product((0, 1), repeat=message.size)))
    chances: Array = np.where(take, share, 1.0 - share).prod(axis=1)
    return chances, grid[up - 1 + take]


def pulled_apart(step_size: float, n_rounds: int, *, memory: bool) -> Array:
    r"""Run three workers in three dimensions whose largest coordinates all point uphill.

    The loss is the mean of :math:`\langle a_i,x\rangle^2+\tfrac14\lVert x\rVert^2` with the three
    permutations of (−3, 2, 2) as :math:`a_i` (after Beznosikov et al. 2020). Worker i sends the
    largest coordinate of its step; the start is (1, 1, 1).

    Parameters
    ----------
    step_size, n_rounds
        Of gradient descent, and how many steps.
    memory
        Whether a worker adds what it did not send to its next message.

    Returns
    -------
    (n_rounds + 1, 3) array
    """
    eta, count = arguments.positive("step_size", step_size), arguments.count("n_rounds", n_rounds)
    pulls = np.full((3, 3), 2.0) - 5.0 * np.eye(3)
    x, kept = np.ones(3), np.zeros((3, 3))
    points = [x]
    for _ in range(count):
        raw = eta * (2.0 * (pulls @ x)[:, None] * pulls + 0.5 * x) + kept
        size = np.abs(raw)
        sent = np.where(size == size.max(axis=1, keepdims=True), raw, 0.0)
        kept = raw - sent if memory else kept
        x = x - sent.mean(axis=0)
        points.append(x)
    return np.array(points)


def lopsided_signs(
    step_size: float, n_steps: int, n_runs: int, rng: np.random.Generator, *, memory: bool
) -> Array:
    """Run a sign method in the plane on noise that is rarely large and often small.

    Both coordinates have the stochastic gradient 0.1 x + noise, the noise being 4 with probability
    1/4 and −1 with probability 3/4: its mean is 1/4, so the minimum lies at −2.5.

    Parameters
    ----------
    step_size, n_steps, n_runs
        Of the method; how many steps, and runs side by side, all from 0.
    rng
        Draws the noise.
    memory
        Without: each coordinate moves by the step size against the sign of its gradient. With:
        what is sent is the mean absolute value times the signs, and the rest is kept for later.

    Returns
    -------
    (n_steps + 1, n_runs, 2) array
    """
    eta, count = arguments.positive("step_size", step_size), arguments.count("n_steps", n_steps)
    x = np.zeros((arguments.count("n_runs", n_runs), 2))
    kept, points = np.zeros_like(x), [x]
    for _ in range(count):
        gradient = 0.1 * x + np.where(rng.random(x.shape) < 0.25, 4.0, -1.0)
        if memory:
            raw = eta * gradient + kept
            sent = np.abs(raw).mean(axis=1, keepdims=True) * np.sign(raw)
            kept = raw - sent
        else:
            sent = eta * np.sign(gradient)
        x = x - sent
        points.append(x)
    return np.array(points)
