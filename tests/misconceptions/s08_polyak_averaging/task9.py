"""Task 9: the decay for a given variance."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("for independent iterates", loses=["task9-visible", "task9-decay"])
def independent(curvature, step_size, ratio):
    if not 0 < step_size * curvature < 2:
        return float("nan")
    return (1 - ratio) / (1 + ratio)


@wrong("not ηa", loses=["task9-visible", "task9-decay", "task9-edges"])
def other_rho(curvature, step_size, ratio):
    rho = step_size * curvature
    if rho >= 2:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    root = np.sqrt(max(slope**2 + 4 * rho * free**2, 0))
    return float(2 * free / (slope + root))


@wrong("this is 1 − β", loses=["task9-visible", "task9-decay", "task9-edges"])
def one_minus(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    return float(1 - 2 * free / (slope + np.sqrt(slope**2 + 4 * rho * free**2)))


@wrong("not of standard deviations", loses=["task9-visible", "task9-decay", "task9-edges"])
def ratio_of_deviations(curvature, step_size, ratio):
    rho, ratio = 1 - step_size * curvature, ratio**2
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    return float(2 * free / (slope + np.sqrt(slope**2 + 4 * rho * free**2)))


@wrong("no root is taken", loses=["task9-visible", "task9-decay", "task9-edges"])
def root_of_the_ratio(curvature, step_size, ratio):
    rho, ratio = 1 - step_size * curvature, ratio**0.5
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    return float(2 * free / (slope + np.sqrt(slope**2 + 4 * rho * free**2)))


@wrong("down by the ratio", loses=["task9-visible", "task9-decay", "task9-edges"])
def down_by_the_ratio(curvature, step_size, ratio):
    rho, ratio = 1 - step_size * curvature, 1 - ratio
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    return float(2 * free / (slope + np.sqrt(slope**2 + 4 * rho * free**2)))


@wrong("one ratio only", loses=["task9-visible", "task9-decay", "task9-edges"])
def rho_itself(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    return float("nan") if abs(rho) >= 1 else rho


@wrong("β² is missing", loses=["task9-visible", "task9-decay"])
def first_degree(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    if abs(rho) >= 1:
        return float("nan")
    value = (1 - ratio) / ((1 - rho) * (1 + ratio))
    return value


@wrong("the other root", loses=["task9-visible", "task9-decay", "task9-edges"])
def other_root(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    root = np.sqrt(slope**2 + 4 * rho * free**2)
    return float(2 * free / (slope - root)) if rho else 0.5


@wrong("must be nan", loses=["task9-edges"])
def no_guard(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    return float(2 * free / (slope + np.sqrt(abs(slope**2 + 4 * rho * free**2))))


@wrong("there is a nan", loses=["task9-edges"])
def divided_by_rho(curvature, step_size, ratio):
    rho = np.float64(1 - step_size * curvature)
    if abs(rho) >= 1:
        return float("nan")
    slope, free = (1 - rho) * (1 + ratio), 1 - ratio
    with np.errstate(all="ignore"):
        root = np.sqrt(slope**2 + 4 * rho * free**2)
        return float((root - slope) / (2 * rho * free))


@right
def stable_root(curvature, step_size, ratio):
    rho = 1 - step_size * curvature
    if not -1 < rho < 1:
        return np.nan
    if abs(rho) < 1e-9:
        return (1 - ratio) / (1 + ratio)
    roots = np.roots([rho * (1 - ratio), (1 - rho) * (1 + ratio), ratio - 1])
    return float(next(r for r in sorted(roots.real) if 0 < r < 1))


@right
def by_search(curvature, step_size, ratio):
    from scipy.optimize import brentq

    rho = 1 - step_size * curvature
    if step_size * curvature >= 2:
        return float("nan")
    return brentq(
        lambda b: (1 - b) * (1 + b * rho) - ratio * (1 + b) * (1 - b * rho), 0, 1, xtol=1e-13
    )
