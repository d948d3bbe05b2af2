"""Task 6: the noise covariance from one batch."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "the batch's own mean has used up one draw",
    loses=["task6-visible", "task6-with", "task6-without"],
)
def divided_by_batch_size(grads, n_examples, replace):
    rows = grads - grads.mean(axis=0)
    cov = rows.T @ rows / len(grads)
    return cov if replace else cov * (n_examples - 1) / n_examples


@wrong("unbiased for S", loses=["task6-without"])
def sample_covariance_always(grads, n_examples, replace):
    return np.cov(grads, rowvar=False)


@wrong("the factor is upside down", loses=["task6-without"])
def factor_upside_down(grads, n_examples, replace):
    cov = np.cov(grads, rowvar=False)
    return cov if replace else cov * n_examples / (n_examples - 1)


@wrong("1 − B/N turns S", loses=["task6-without"])
def finite_population_factor(grads, n_examples, replace):
    cov = np.cov(grads, rowvar=False)
    return cov if replace else cov * (1 - len(grads) / n_examples)


@wrong("(N − B)/(N − 1) is for the noise of a mean", loses=["task6-without"])
def factor_of_the_mean(grads, n_examples, replace):
    cov = np.cov(grads, rowvar=False)
    return cov if replace else cov * (n_examples - len(grads)) / (n_examples - 1)


@wrong(
    "one example's is B times as large",
    loses=["task6-visible", "task6-with", "task6-without"],
)
def noise_of_the_mean(grads, n_examples, replace):
    cov = np.cov(grads, rowvar=False) / len(grads)
    return cov if replace else cov * (n_examples - 1) / n_examples


@wrong("so N doesn't enter", loses=["task6-visible", "task6-with"])
def factor_in_both(grads, n_examples, replace):
    return np.cov(grads, rowvar=False) * (n_examples - 1) / n_examples


@wrong("so N doesn't enter", loses=["task6-visible", "task6-with", "task6-without"])
def cases_swapped(grads, n_examples, replace):
    cov = np.cov(grads, rowvar=False)
    return cov * (n_examples - 1) / n_examples if replace else cov


@wrong("the mean wasn't taken off", loses=["task6-visible", "task6-with", "task6-without"])
def uncentred(grads, n_examples, replace):
    cov = grads.T @ grads / (len(grads) - 1)
    return cov if replace else cov * (n_examples - 1) / n_examples


@wrong("half of it is needed", loses=["task6-visible", "task6-with", "task6-without"])
def pairs_not_halved(grads, n_examples, replace):
    gaps = np.array([a - b for i, a in enumerate(grads) for b in grads[:i]])
    cov = gaps.T @ gaps / len(gaps)
    return cov if replace else cov * (n_examples - 1) / n_examples


@wrong("expected shape", loses=["task6-visible", "task6-with", "task6-without"])
def variances_only(grads, n_examples, replace):
    var = grads.var(axis=0, ddof=1)
    return var if replace else var * (n_examples - 1) / n_examples


@right
def outer_products(grads, n_examples, replace):
    centre = np.mean(grads, axis=0)
    total = sum(np.outer(row - centre, row - centre) for row in grads)
    weight = 1 if replace else 1 - 1 / n_examples
    return weight * total / (len(grads) - 1)


@right
def mean_over_pairs(grads, n_examples, replace):
    size = len(grads)
    out = np.zeros((grads.shape[1],) * 2)
    for i in range(size):
        for j in range(i):
            out += np.outer(grads[i] - grads[j], grads[i] - grads[j])
    out /= size * (size - 1)
    return out.tolist() if replace else (out - out / n_examples).tolist()
