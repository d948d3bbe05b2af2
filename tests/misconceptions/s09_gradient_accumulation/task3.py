"""Task 3: the error of a mean of means."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the sign is turned", loses=["task3-visible", "task3-sizes", "task3-spread"])
def sign(counts, means):
    return counts @ means / counts.sum() - means.mean(axis=0)


@wrong("has 1/K, not", loses=["task3-visible", "task3-sizes", "task3-spread"])
def sample_covariance(counts, means):
    spread = counts - counts.mean()
    return -spread @ means / (max(len(counts) - 1, 1) * counts.mean())


@wrong("isn't divided by the mean length", loses=["task3-visible", "task3-sizes", "task3-spread"])
def covariance_alone(counts, means):
    return -(counts - counts.mean()) @ means / len(counts)


@wrong("not by N", loses=["task3-visible", "task3-sizes", "task3-spread"])
def divided_by_all_tokens(counts, means):
    return -(counts - counts.mean()) @ means / len(counts) / counts.sum()


@wrong(
    "this is the mean of means",
    loses=["task3-visible", "task3-sizes", "task3-spread", "task3-zero"],
)
def naive(counts, means):
    return means.mean(axis=0)


@wrong(
    "this is the right gradient",
    loses=["task3-visible", "task3-sizes", "task3-spread", "task3-zero"],
)
def token_weighted(counts, means):
    return counts @ means / counts.sum()


@wrong("isn't centred", loses=["task3-visible", "task3-sizes", "task3-spread", "task3-zero"])
def uncentred(counts, means):
    return -np.mean(counts[:, None] * means, axis=0) / counts.mean()


@wrong("this is a correlation", loses=["task3-visible", "task3-sizes", "task3-spread"])
def correlation(counts, means):
    spread, off = counts - counts.mean(), means - means.mean(axis=0)
    scale = spread.std() * off.std(axis=0)
    return -(spread @ off) / len(counts) / np.where(scale > 0, scale, 1)


@wrong("not by its variance", loses=["task3-visible", "task3-sizes", "task3-spread"])
def regression_slope(counts, means):
    spread = counts - counts.mean()
    return -spread @ means / max(spread @ spread, 1)


@wrong("there is a nan", loses=["task3-zero"])
def slope_times_variance(counts, means):
    spread = counts - counts.mean()
    with np.errstate(invalid="ignore"):
        slope = spread @ means / (spread @ spread)
    return -slope * counts.var() / counts.mean()


@right
def difference_of_means(counts, means):
    return means.mean(axis=0) - np.average(means, axis=0, weights=counts)


@right
def by_numpys_covariance(counts, means):
    table = np.cov(counts, means, rowvar=False, bias=True)
    return -np.atleast_2d(table)[0, 1:] / np.mean(counts)


@right
def by_a_loop(counts, means):
    total = [0.0] * means.shape[1]
    for n, g in zip(counts, means, strict=True):
        for i, entry in enumerate(g):
            total[i] += (1 / len(counts) - n / sum(counts)) * entry
    return total
