"""Task 3: covariances of minibatch gradients."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL_BUT_FULL = ["task3-visible", "task3-with", "task3-without", "task3-cross"]


@wrong("np.cov does that", loses=["task3-visible", "task3-with", "task3-without", "task3-cross"])
def default_of_cov(grads, batch_size):
    cov, n = np.cov(grads, rowvar=False), len(grads)
    return (
        cov / batch_size,
        cov / batch_size * (n - batch_size) / (n - 1),
        -cov / (n - 1),
    )


@wrong("goes with S; with Σ", loses=["task3-visible", "task3-without"])
def sigma_with_the_factor_of_s(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    return cov / batch_size, cov / batch_size * (1 - batch_size / n), -cov / (n - 1)


@wrong("goes with Σ; with S", loses=["task3-visible", "task3-without"])
def s_with_the_factor_of_sigma(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    s = cov * n / (n - 1)
    return cov / batch_size, s / batch_size * (n - batch_size) / (n - 1), -s / n


@wrong(
    "no factor for the finite population", loses=["task3-visible", "task3-without", "task3-full"]
)
def samplers_alike(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    return cov / batch_size, cov / batch_size, -cov / (n - 1)


@wrong("B/N grows with the batch", loses=["task3-visible", "task3-without", "task3-full"])
def factor_turned_round(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    return cov / batch_size, cov / batch_size * (batch_size / n), -cov / (n - 1)


@wrong("so they aren't independent", loses=["task3-visible", "task3-cross"])
def batches_independent(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, np.zeros_like(cov)


@wrong("what one batch takes", loses=["task3-visible", "task3-cross"])
def batches_pull_together(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, cov / (n - 1)


@wrong("N − 1 others", loses=["task3-visible", "task3-cross"])
def one_in_n_instead_of_the_others(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, -cov / n


@wrong("there is no B in it", loses=["task3-visible", "task3-cross"])
def cross_term_over_batch_size(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, -cov / (n - 1) / batch_size


@wrong("used S and N − 1 together", loses=["task3-visible", "task3-cross"])
def s_with_the_divisor_of_sigma(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, -np.cov(grads, rowvar=False) / (n - 1)


@wrong("1/(B − 1) is for a sample", loses=["task3-visible", "task3-with"])
def bessel_on_the_batch(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / (batch_size - 1), without, -cov / (n - 1)


@wrong(
    "a mean over the batch is less noisy", loses=["task3-visible", "task3-with", "task3-without"]
)
def noise_of_one_example(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    return cov, cov * (n - batch_size) / (n - 1), -cov / (n - 1)


@wrong("noise of the sum over the batch", loses=ALL_BUT_FULL)
def noise_of_the_sum(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    without = cov * batch_size * (n - batch_size) / (n - 1)
    return cov * batch_size, without, -cov * batch_size**2 / (n - 1)


@wrong("the mean wasn't taken off", loses=ALL_BUT_FULL)
def uncentred(grads, batch_size):
    n = len(grads)
    cov = grads.T @ grads / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, -cov / (n - 1)


@wrong(
    "changed its argument 'grads'",
    loses=["task3-visible", "task3-with", "task3-without", "task3-cross", "task3-full"],
)
def centres_in_place(grads, batch_size):
    n = len(grads)
    grads -= grads.mean(axis=0)
    cov = grads.T @ grads / n
    without = cov / batch_size * (n - batch_size) / (n - 1)
    return cov / batch_size, without, -cov / (n - 1)


@wrong("expected 3 values", loses=[*ALL_BUT_FULL, "task3-full"])
def one_matrix_only(grads, batch_size):
    rows, n = grads - grads.mean(axis=0), len(grads)
    cov = rows.T @ rows / n
    return cov / batch_size * (n - batch_size) / (n - 1)


@right
def through_s(grads, batch_size):
    n = len(grads)
    s = np.cov(np.asarray(grads, dtype=float).T, ddof=1)
    return s * (n - 1) / n / batch_size, s * (1 / batch_size - 1 / n), -s / n


@right
def loop_of_outer_products(grads, batch_size):
    n, dim = len(grads), len(grads[0])
    centre = sum(row for row in grads) / n
    sigma = np.zeros((dim, dim))
    for row in grads:
        sigma = sigma + np.outer(row - centre, row - centre) / n
    pair = -sigma / (n - 1)
    without = (batch_size * sigma + batch_size * (batch_size - 1) * pair) / batch_size**2
    return [(sigma / batch_size).tolist(), without.tolist(), pair.tolist()]


@right
def one_array_of_three(grads, batch_size):
    n = len(grads)
    sigma = np.cov(grads, rowvar=False, bias=True)
    factors = np.array([1 / batch_size, (n - batch_size) / batch_size / (n - 1), -1 / (n - 1)])
    return np.stack([factor * sigma for factor in factors])
