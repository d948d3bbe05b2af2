"""Task 4: accumulate on a quadratic."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "this is a mean of means",
    loses=["task4-visible", "task4-numeric", "task4-path", "task4-empty", "task4-idle"],
)
def mean_of_means(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            means = (theta - centre[full]) @ hessian
            theta = theta - step_size * (means.mean(axis=0))
        path.append(theta)
    return np.array(path)


@wrong(
    "isn't divided by N",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def sum_over_tokens(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means)
        path.append(theta)
    return np.array(path)


@wrong(
    "is divided by K",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def divided_by_microbatches(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / len(count))
        path.append(theta)
    return np.array(path)


@wrong(
    "as they are",
    loses=["task4-visible", "task4-numeric", "task4-path", "task4-empty", "task4-idle"],
)
def sum_of_means(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            means = (theta - centre[full]) @ hessian
            theta = theta - step_size * (means.sum(axis=0))
        path.append(theta)
    return np.array(path)


@wrong(
    "cleared too often",
    loses=["task4-visible", "task4-numeric", "task4-path", "task4-empty", "task4-idle"],
)
def only_the_last(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n[-1] * means[-1] / n.sum())
        path.append(theta)
    return np.array(path)


@wrong(
    "N divides twice",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def divided_twice(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / n.sum() ** 2)
        path.append(theta)
    return np.array(path)


@wrong(
    "not Aθ − c",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def centres_as_linear_terms(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], theta @ hessian - centre[full]
            theta = theta - step_size * (n @ means / n.sum())
        path.append(theta)
    return np.array(path)


@wrong(
    "uphill",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def uphill(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta + step_size * (n @ means / n.sum())
        path.append(theta)
    return np.array(path)


@wrong(
    "still holds the gradients",
    loses=["task4-visible", "task4-path", "task4-empty", "task4-idle", "task4-one"],
)
def never_cleared(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path, buffer = [theta], np.zeros(len(theta0))
    for count, centre in zip(counts, centres, strict=True):
        for n, c in zip(count, centre, strict=True):
            if n > 0:
                buffer = buffer + n / count.sum() * (hessian @ (theta - c))
        if count.any():
            theta = theta - step_size * buffer
        path.append(theta)
    return np.array(path)


@wrong(
    "the count of tokens isn't",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-path",
        "task4-empty",
        "task4-idle",
        "task4-one",
    ],
)
def count_never_cleared(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path, tokens = [theta], 0
    for count, centre in zip(counts, centres, strict=True):
        total = np.zeros(len(theta0))
        for n, c in zip(count, centre, strict=True):
            if n > 0:
                total, tokens = total + n * (hessian @ (theta - c)), tokens + n
        if count.any():
            theta = theta - step_size * total / tokens
        path.append(theta)
    return np.array(path)


@wrong(
    "the first step's served",
    loses=["task4-visible", "task4-path", "task4-empty", "task4-idle", "task4-one"],
)
def first_total_for_all(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means / counts[0].sum())
        path.append(theta)
    return np.array(path)


@wrong(
    "the mean over the run",
    loses=["task4-visible", "task4-path", "task4-empty", "task4-idle", "task4-one"],
)
def constant_total(hessian, theta0, counts, centres, step_size):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for count, centre in zip(counts, centres, strict=True):
        full = count > 0
        if full.any():
            n, means = count[full], (theta - centre[full]) @ hessian
            theta = theta - step_size * (n @ means * len(counts) / counts.sum())
        path.append(theta)
    return np.array(path)


@right
def mean_centre_first(hessian, theta0, counts, centres, step_size):
    sums = np.where(counts[..., None] > 0, counts[..., None] * np.nan_to_num(centres), 0).sum(
        axis=1
    )
    path = np.tile(np.asarray(theta0, dtype=float), (len(counts) + 1, 1))
    for t, (total, n) in enumerate(zip(sums, counts.sum(axis=1), strict=True)):
        path[t + 1] = path[t]
        if n:
            path[t + 1] -= step_size * hessian @ (path[t] - total / n)
    return path


@right
def running_mean(hessian, theta0, counts, centres, step_size):
    path = [[float(x) for x in theta0]]
    for count, centre in zip(counts, centres, strict=True):
        theta, mean, seen = np.array(path[-1]), np.zeros(len(theta0)), 0
        for n, c in zip(count, centre, strict=True):
            if n:
                seen += n
                mean = mean + n / seen * (hessian @ (theta - c) - mean)
        path.append((theta - step_size * mean).tolist())
    return path
