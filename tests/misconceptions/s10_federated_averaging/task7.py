"""Task 7: a random quantiser."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "here it is the other way round",
    loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"],
)
def other_way_round(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u > t - low) * (t > low)) / levels


@wrong("u isn't used", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def nearest(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    return np.sign(v) * norm * np.round(levels * np.abs(v) / norm) / levels


@wrong("rounded down", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def down(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    return np.sign(v) * norm * np.floor(levels * np.abs(v) / norm) / levels


@wrong("rounded up", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def up(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    return np.sign(v) * norm * np.ceil(levels * np.abs(v) / norm) / levels


@wrong("not with all of t", loses=["task7-visible", "task7-levels", "task7-mean"])
def against_all_of_t(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    return np.sign(v) * norm * (np.floor(t) + (u < t) * (t > np.floor(t))) / levels


@wrong("the signs are missing", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def no_signs(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return norm * (low + (u < t - low)) / levels


@wrong("the division by s", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def no_division(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < t - low))


@wrong("the norm is missing", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def no_norm(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * (low + (u < t - low)) / levels


@wrong("that is the largest entry", loses=["task7-visible", "task7-levels", "task7-zero"])
def largest_entry(v, levels, u):
    norm = np.abs(v).max()
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < t - low)) / levels


@wrong("that is the sum of the sizes", loses=["task7-visible", "task7-levels", "task7-zero"])
def sum_of_sizes(v, levels, u):
    norm = np.abs(v).sum()
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < t - low)) / levels


@wrong("the norm has a root", loses=["task7-visible", "task7-levels", "task7-zero"])
def squared_norm(v, levels, u):
    norm = np.sum(v**2)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < t - low)) / levels


@wrong(
    "the floor of a negative number",
    loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"],
)
def signed_levels_with_signs(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * v / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < t - low)) / levels


@wrong("down is towards 0", loses=["task7-visible", "task7-levels", "task7-zero"])
def signed_levels(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * v / norm
    low = np.floor(t)
    return norm * (low + (u < t - low)) / levels


@wrong("there is a nan", loses=["task7-zero"])
def zero_forgotten(v, levels, u):
    with np.errstate(invalid="ignore"):
        norm = np.linalg.norm(v)
        t = levels * np.abs(v) / norm
        low = np.floor(t)
        return np.sign(v) * norm * (low + (u < t - low)) / levels


@wrong("u = 0 isn't below", loses=["task7-zero"])
def at_most(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u <= t - low)) / levels


@wrong("not one half", loses=["task7-visible", "task7-levels", "task7-mean", "task7-zero"])
def half_chance(v, levels, u):
    norm = np.linalg.norm(v)
    if norm == 0:
        return np.zeros(len(v))
    t = levels * np.abs(v) / norm
    low = np.floor(t)
    return np.sign(v) * norm * (low + (u < 0.5) * (t > low)) / levels


@right
def by_ceiling(v, levels, u):
    size = float(np.sqrt(v @ v))
    grid = np.abs(v) * levels / max(size, 1e-300)
    level = np.ceil(grid - np.asarray(u)) if size else 0 * v
    return np.copysign(size / levels * np.maximum(level, 0), v)


@right
def entry_by_entry(v, levels, u):
    norm = sum(x * x for x in v) ** 0.5
    out = []
    for x, draw in zip(v, u, strict=True):
        t = abs(x) / norm * levels if norm else 0.0
        level = int(t) + int(draw < t - int(t))
        out.append((norm / levels) * level * (1 if x >= 0 else -1))
    return out
