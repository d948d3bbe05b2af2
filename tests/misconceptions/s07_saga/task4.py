"""Task 4: what SAGA's theorem promises."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "not that of their mean",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps", "task4-silent"],
)
def mu_of_the_mean(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = (
        np.linalg.eigvalsh(hessians.mean(axis=0)).min(),
        np.abs(values).max(),
        len(hessians),
    )
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "L is the largest eigenvalue over all A_i",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"],
)
def smoothness_of_the_mean(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    top = np.linalg.eigvalsh(hessians.mean(axis=0)).max()
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "the mean of the A_i has milder ones",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps", "task4-silent"],
)
def both_of_the_mean(hessians, reduction):
    values = np.linalg.eigvalsh(hessians.mean(axis=0))
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "aren't its diagonal",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps", "task4-silent"],
)
def diagonals(hessians, reduction):
    values = np.diagonal(hessians, axis1=1, axis2=2)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "extremes over the examples, not means",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"],
)
def mean_extremes(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    mu, top = values.min(axis=1).mean(), values.max(axis=1).mean()
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("n is missing", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"])
def no_n(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top = values.min(), np.abs(values).max()
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("d was taken for n", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"])
def dimension_for_n(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), hessians.shape[1]
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("the 2 is missing", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"])
def no_two(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (mu * n + top)
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "another standard step", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"]
)
def third_of_the_smoothness(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top = values.min(), np.abs(values).max()
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (3 * top)
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("multiplies L as well", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"])
def no_bracket(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * mu * n + top)
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "multiplies μ n as well", loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"]
)
def two_on_the_smoothness(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (mu * n + 2 * top)
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong(
    "μ is the smallest of all the eigenvalues",
    loses=["task4-visible", "task4-step", "task4-factor", "task4-steps"],
)
def mean_of_the_smallest(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    mu = values.min(axis=1).mean()
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("rounded up", loses=["task4-visible", "task4-steps"])
def count_rounded_down(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.floor(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("isn't e^(−γμ)", loses=["task4-visible", "task4-steps"])
def exponential(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / (-gamma * mu)))


@wrong("aren't strongly convex", loses=["task4-silent"])
def never_silent(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    mu = max(mu, 1e-9 * top)
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("isn't convex", loses=["task4-silent"])
def absolute_values(hessians, reduction):
    values = np.abs(np.linalg.eigvalsh(hessians))
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if mu <= 1e-9 * top:
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@wrong("The theorem is silent there", loses=["task4-silent"])
def by_determinants(hessians, reduction):
    values = np.linalg.eigvalsh(hessians)
    mu, top, n = values.min(), np.abs(values).max(), len(hessians)
    if (np.linalg.det(hessians) <= 1e-9).any():
        return 0.0, 1.0, float("inf")
    gamma = 1 / (2 * (mu * n + top))
    return gamma, 1 - gamma * mu, int(np.ceil(np.log(reduction) / np.log(1 - gamma * mu)))


@right
def by_a_loop(hessians, reduction):
    mu, top = np.inf, 0.0
    for a in hessians:
        values = np.linalg.eigvals(a).real
        mu, top = min(mu, values.min()), max(top, np.abs(values).max())
    if mu < 1e-9 * top:
        return [0, 1, np.inf]
    gamma, left, steps = 0.5 / (mu * len(hessians) + top), 1.0, 0
    while left > reduction:
        left, steps = left * (1 - gamma * mu), steps + 1
    return [gamma, 1 - gamma * mu, steps]


@right
def as_an_array(hessians, reduction):
    values = np.sort(np.linalg.eigvalsh(np.array(hessians)).ravel())
    small, large = values[0], max(values[-1], -values[0])
    if small <= 1e-9 * large:
        return np.array([0.0, 1.0, np.inf])
    gamma = 1 / (2 * (len(hessians) * small + large))
    count = np.ceil(np.log(1 / reduction) / -np.log1p(-gamma * small))
    return np.array([gamma, 1 - gamma * small, count])
