"""Task 3: bias and variance of a tail."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "too early: its first",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-variance", "task3-limits"],
)
def one_step_early(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    early = max(start - 1, 0)
    reach = np.arange(1, window + 1) + early - np.arange(1, early + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * np.mean(rho ** np.arange(start, start + window, dtype=float))
    return bias, step_size**2 * noise_var * np.sum(factors**2)


@wrong(
    "over n iterates, not over s + n",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-variance", "task3-limits"],
)
def divided_by_all(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).sum(axis=1)
    factors = factors / (start + window)
    powers = rho ** np.arange(start + 1.0, start + window + 1)
    return offset * powers.sum() / (start + window), step_size**2 * noise_var * np.sum(factors**2)


@wrong(
    "the mean of all iterates",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-variance", "task3-limits"],
)
def mean_of_all(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, start + window
    if rho == 0:
        return 0.0, step_size**2 * noise_var / n
    m = np.arange(1, n + 1)
    bias = offset * rho * (1 - rho**n) / (n * (1 - rho))
    return bias, noise_var / (curvature * n) ** 2 * np.sum((1 - rho**m) ** 2)


@wrong(
    "s steps come before",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-variance", "task3-limits"],
)
def start_ignored(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    bias = offset * rho * (1 - rho**n) / (n * (1 - rho))
    return bias, noise_var / (curvature * n) ** 2 * np.sum((1 - rho**m) ** 2)


@wrong(
    "noise of the s steps before",
    loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"],
)
def noise_of_the_tail_alone(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    bias = offset * rho ** (start + 1) * (1 - rho**n) / (n * (1 - rho))
    return bias, noise_var / (curvature * n) ** 2 * np.sum((1 - rho**m) ** 2)


@wrong(
    "for independent iterates",
    loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"],
)
def independent_iterates(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    bias = offset * rho ** (start + 1) * (1 - rho**n) / (n * (1 - rho))
    return bias, step_size**2 * noise_var / (1 - rho**2) / n


@wrong(
    "the limit for long tails",
    loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"],
)
def central_limit(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    bias = offset * rho ** (start + 1) * (1 - rho**n) / (n * (1 - rho))
    return bias, noise_var / (curvature**2 * n)


@wrong("aren't stationary", loses=["task3-visible", "task3-variance", "task3-limits"])
def stationary_window(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    bias = offset * rho ** (start + 1) * (1 - rho**n) / (n * (1 - rho))
    still = step_size**2 * noise_var / (1 - rho**2)
    tail = (1 + rho) / (1 - rho) - 2 * rho * (1 - rho**n) / (n * (1 - rho) ** 2)
    return bias, still / n * tail


@wrong(
    "has its covariance twice",
    loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"],
)
def covariances_once(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    times = np.arange(start + 1, start + n + 1)
    each = np.array([sum(rho ** (2.0 * k) for k in range(t)) for t in times])
    each = each * step_size**2 * noise_var
    total = sum(each[i] * rho ** (j - i) for i in range(n) for j in range(i, n))
    return offset * np.mean(rho ** times.astype(float)), total / n**2


@wrong(
    "don't square it", loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"]
)
def variance_squared(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + window + 1))
    return bias, step_size**2 * noise_var**2 * np.sum(factors**2)


@wrong(
    "the bias is squared", loses=["task3-visible", "task3-numeric", "task3-bias", "task3-limits"]
)
def squared_bias(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + window + 1))
    return bias**2, step_size**2 * noise_var * np.sum(factors**2)


@wrong(
    "the bias sums n powers", loses=["task3-visible", "task3-numeric", "task3-bias", "task3-limits"]
)
def endless_sum(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * rho ** (start + 1) / (window * (1 - rho))
    return bias, step_size**2 * noise_var * np.sum(factors**2)


@wrong(
    "enters an iterate with the factor η",
    loses=["task3-visible", "task3-numeric", "task3-variance", "task3-limits"],
)
def no_step_on_the_noise(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + window + 1))
    return bias, noise_var * np.sum(factors**2)


@wrong("ηa > 2", loses=["task3-limits"])
def infinite_past_the_limit(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    if abs(rho) >= 1:
        return float("inf"), float("inf")
    reach = np.arange(1, window + 1) + start - np.arange(1, start + window + 1)[:, None]
    factors = np.where(reach >= 0, rho ** np.maximum(reach, 0.0), 0.0).mean(axis=1)
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + window + 1))
    return bias, step_size**2 * noise_var * np.sum(factors**2)


@wrong(
    "the sign of the bias", loses=["task3-visible", "task3-numeric", "task3-bias", "task3-limits"]
)
def sign_of_the_bias(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    inside = np.sum((1 - rho**m) ** 2)
    before = (rho * (1 - rho**n)) ** 2 * sum(rho ** (2.0 * k) for k in range(start))
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + n + 1))
    variance = noise_var / (curvature * n) ** 2 * (inside + before)
    return -bias, variance


@wrong(
    "one power of ρ too many",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-limits"],
)
def one_power_too_many(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    inside = np.sum((1 - rho**m) ** 2)
    before = (rho * (1 - rho**n)) ** 2 * sum(rho ** (2.0 * k) for k in range(start))
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + n + 1))
    variance = noise_var / (curvature * n) ** 2 * (inside + before)
    return rho * bias, variance


@wrong(
    "the bias comes first",
    loses=["task3-visible", "task3-numeric", "task3-bias", "task3-variance", "task3-limits"],
)
def other_order(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    inside = np.sum((1 - rho**m) ** 2)
    before = (rho * (1 - rho**n)) ** 2 * sum(rho ** (2.0 * k) for k in range(start))
    bias = offset * np.mean(rho ** np.arange(start + 1.0, start + n + 1))
    variance = noise_var / (curvature * n) ** 2 * (inside + before)
    return variance, bias


@right
def closed_form(curvature, step_size, noise_var, offset, start, window):
    rho, n = 1 - step_size * curvature, window
    m = np.arange(1, n + 1)
    inside = np.sum((1 - rho**m) ** 2)
    before = (rho * (1 - rho**n)) ** 2 * (1 - rho ** (2 * start)) / (1 - rho**2)
    bias = offset * rho ** (start + 1) * (1 - rho**n) / (n * (1 - rho))
    return bias, noise_var / (curvature * n) ** 2 * (inside + before)


@right
def double_sum(curvature, step_size, noise_var, offset, start, window):
    rho = 1 - step_size * curvature
    first, mean, var = offset * rho, 0.0, 0.0
    means, variances = [], []
    for t in range(1, start + window + 1):
        mean = first if t == 1 else mean * rho
        var = rho * rho * var + step_size**2 * noise_var
        if t > start:
            means.append(mean)
            variances.append(var)
    gap = np.abs(np.subtract.outer(np.arange(window), np.arange(window)))
    earlier = np.minimum.outer(np.arange(window), np.arange(window))
    cov = np.array(variances)[earlier] * rho ** gap.astype(float)
    return [float(np.mean(means)), float(cov.mean())]
