"""Task 4: slips in the path of the iterates; what is divided by what is in `task4`."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import wrong


@wrong("θ moves between", loses=["task4-visible", "task4-path", "task4-empty", "task4-idle"])
def steps_inside_the_loop(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        for n, c in zip(count, centre, strict=True):
            if n > 0:
                theta = theta - step_size * n / count.sum() * (hessian @ (theta - c))
        path.append(theta)
    return np.array(path)


@wrong(
    "taken at θ₀",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def gradients_at_the_start(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta0 - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / n.sum())
        path.append(theta)
    return np.array(path)


@wrong("0 · nan", loses=["task4-visible", "task4-empty", "task4-idle"])
def empty_ones_not_skipped(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        theta = theta - step_size * (count @ ((theta - centre) @ hessian)) / max(count.sum(), 1)
        path.append(theta)
    return np.array(path)


@wrong("must leave θ as it is", loses=["task4-idle"])
def nan_without_tokens(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    with np.errstate(invalid="ignore"):
        for count, centre in zip(counts, centres, strict=True):
            full = count > 0
            means = (theta - centre[full]) @ hessian
            theta = theta - step_size * (count[full] @ means / count.sum())
            path.append(theta)
    return np.array(path)


@wrong("has its place in the path", loses=["task4-idle"])
def idle_steps_left_out(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / n.sum())
            path.append(theta)
    return np.array(path)


@wrong(
    "θ₀ comes first",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def without_the_start(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = []
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / n.sum())
        path.append(theta)
    return np.array(path)


@wrong(
    "changed its argument",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def start_overwritten(hessian, theta0, counts, centres, step_size):
    theta = theta0
    path = [theta.copy()]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta -= step_size * (n @ means / n.sum())
        path.append(theta.copy())
    return np.array(path)


@wrong(
    "A is missing",
    loses=["task4-visible", "task4-path", "task4-empty", "task4-idle", "task4-one"],
)
def without_the_hessian(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            theta = theta - step_size * (count[full] @ (theta - centre[full])) / count.sum()
        path.append(theta)
    return np.array(path)
