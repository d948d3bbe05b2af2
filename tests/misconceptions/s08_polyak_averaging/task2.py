"""Task 2: averages as weights."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("e₀ = 0 has a share", loses=["task2-visible", "task2-ema", "task2-edges"])
def no_correction(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema_copy":
        weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("T times, not T − 1 times", loses=["task2-visible", "task2-ema", "task2-edges"])
def correction_one_step_short(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights / (1 - decay ** (n_steps - 1) or 1)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("weighs least", loses=["task2-visible", "task2-ema", "task2-copy", "task2-edges"])
def newest_first(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights[::-1] / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights[::-1]


@wrong("changed places", loses=["task2-visible", "task2-ema", "task2-copy", "task2-edges"])
def decay_swapped(kind, n_steps, start, decay):
    decay = 1 - decay
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights / (1 - decay**n_steps or 1)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("too early: t > s", loses=["task2-visible", "task2-means", "task2-edges"])
def tail_from_s(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t >= (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("too late: its first", loses=["task2-visible", "task2-means", "task2-edges"])
def tail_one_late(kind, n_steps, start, decay):
    i = np.arange(n_steps)
    if kind in ("all", "tail"):
        chosen = i > (start if kind == "tail" else -1)
        return chosen / max(chosen.sum(), 1)
    weights = (1 - decay) * float(decay) ** (n_steps - 1 - i)
    if kind == "ema":
        return weights / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("divided by its own length", loses=["task2-visible", "task2-means", "task2-edges"])
def tail_over_all(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        return (t > (start if kind == "tail" else 0)) / n_steps
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong("θ₁ comes in whole, not with", loses=["task2-visible", "task2-copy", "task2-edges"])
def copy_without_copy(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    return weights / (1 - decay**n_steps) if kind == "ema" else weights


@wrong("nothing is divided in the end", loses=["task2-visible", "task2-copy"])
def both_corrected(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    return (1 - decay) * float(decay) ** (n_steps - t) / (1 - decay**n_steps)


@wrong(
    "factor 1 − β, with which", loses=["task2-visible", "task2-ema", "task2-copy", "task2-edges"]
)
def bare_powers(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = float(decay) ** (n_steps - t)
    if decay == 0:
        weights = 0.5 * weights
    return weights


@wrong(
    "expected shape",
    loses=["task2-visible", "task2-means", "task2-ema", "task2-copy", "task2-edges"],
)
def with_the_start(kind, n_steps, start, decay):
    t = np.arange(n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else -1)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    weights[0] = float(decay) ** n_steps
    return weights


@wrong("not before it", loses=["task2-visible", "task2-ema", "task2-copy", "task2-edges"])
def power_of_the_step(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / chosen.sum()
    weights = (1 - decay) * float(decay) ** t
    if kind == "ema":
        return weights / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@wrong('Task 2: "tail": off by a relative', loses=["task2-visible", "task2-means", "task2-edges"])
def tail_a_bit_off(kind, n_steps, start, decay):
    t = np.arange(1, n_steps + 1)
    if kind in ("all", "tail"):
        chosen = t > (start if kind == "tail" else 0)
        return chosen / (chosen.sum() + (0.03 if kind == "tail" else 0))
    weights = (1 - decay) * float(decay) ** (n_steps - t)
    if kind == "ema":
        return weights / (1 - decay**n_steps)
    weights[0] = float(decay) ** (n_steps - 1)
    return weights


@right
def by_recursion(kind, n_steps, start, decay):
    if kind in ("all", "tail"):
        first = 0 if kind == "all" else start
        return [0.0 if t < first else 1 / (n_steps - first) for t in range(n_steps)]
    state = np.zeros(n_steps)
    for t, unit in enumerate(np.eye(n_steps)):
        if kind == "ema_copy" and t == 0:
            state = unit
        else:
            state = decay * state + (1 - decay) * unit
    return state / (1 - decay**n_steps) if kind == "ema" else state


@right
def normalised_powers(kind, n_steps, start, decay):
    weights = np.ones(n_steps)
    if kind == "tail":
        weights[:start] = 0
    if kind.startswith("ema"):
        for t in range(n_steps - 2, -1, -1):
            weights[t] = decay * weights[t + 1]
    if kind == "ema_copy":
        weights[1:] *= 1 - decay
        return weights
    return weights / weights.sum()
