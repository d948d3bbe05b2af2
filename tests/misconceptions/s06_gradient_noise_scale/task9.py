"""Task 9: ranks for a single-step reading of the noise."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

GAUSSIAN = ["task9-visible", "task9-gaussian", "task9-digits"]
EXACT = ["task9-visible", "task9-exact", "task9-digits"]
BOTH = ["task9-visible", "task9-gaussian", "task9-exact", "task9-digits"]


@wrong("K − 1 stands in the formula", loses=GAUSSIAN)
def one_rank_missing(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(twice / allowed)), k


@wrong("round up", loses=GAUSSIAN)
def rounded_down(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(1 + twice / allowed), k


@wrong("d_eff isn't d", loses=GAUSSIAN)
def dimension_for_effective_dimension(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + 2 / grads.shape[1] / rel_sd**2)), k


@wrong("with the 2", loses=GAUSSIAN)
def no_two(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / 2 / allowed)), k


@wrong("the relative standard deviation enters squared", loses=GAUSSIAN)
def precision_not_squared(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / np.trace(cov) ** 2 / rel_sd)), k


@wrong("the corners of Σ count", loses=GAUSSIAN)
def diagonal_of_the_covariance(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + 2 * (np.diag(cov) ** 2).sum() / allowed)), k


@wrong("under Gaussian noise b drops out", loses=GAUSSIAN)
def examples_for_ranks(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed / b)), k


@wrong("this is the Gaussian answer", loses=EXACT)
def gaussian_twice(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    k = int(np.ceil(1 + 2 * (cov**2).sum() / (rel_sd * np.trace(cov)) ** 2))
    return k, k


@wrong("the tails average over all K·b examples", loses=EXACT)
def tails_without_the_batch(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / k > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("counted twice", loses=EXACT)
def gaussian_part_twice(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + lengths.var() / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("V is a variance", loses=EXACT)
def second_moment_of_the_lengths(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + ((lengths**2).mean() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("one rank is missing", loses=EXACT)
def stops_one_too_early(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k - 1


@wrong("the tails go with 1/(Kb)", loses=EXACT)
def tails_over_one_rank_less(grads, b, rel_sd):
    cov = np.cov(grads.T, bias=True)
    lengths = ((grads - grads.mean(axis=0)) ** 2).sum(axis=1)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / ((k - 1) * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("Σ has 1/N: the table is the whole population", loses=BOTH)
def sample_covariance_in_the_squares(grads, b, rel_sd):
    rows = grads - grads.mean(axis=0)
    lengths, cov = (rows**2).sum(axis=1), np.cov(grads.T)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * lengths.mean()) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("here both were divided by N − 1", loses=EXACT)
def sample_covariance_throughout(grads, b, rel_sd):
    rows = grads - grads.mean(axis=0)
    lengths, cov = (rows**2).sum(axis=1), np.cov(grads.T)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("V has 1/N", loses=EXACT)
def sample_variance_of_the_lengths(grads, b, rel_sd):
    rows = grads - grads.mean(axis=0)
    lengths, cov = (rows**2).sum(axis=1), np.cov(grads.T, bias=True)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var(ddof=1) - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("the corners of Σ count", loses=BOTH)
def trace_of_the_squared_entries(grads, b, rel_sd):
    rows = grads - grads.mean(axis=0)
    lengths, cov = (rows**2).sum(axis=1), np.cov(grads.T, bias=True)
    twice, allowed = 2 * np.trace(cov**2), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("centre the gradients first", loses=BOTH)
def second_moments(grads, b, rel_sd):
    lengths, moment = (grads**2).sum(axis=1), grads.T @ grads / len(grads)
    twice, allowed = 2 * (moment**2).sum(), (rel_sd * lengths.mean()) ** 2
    k = 2
    while twice / (k - 1) + (lengths.var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@wrong("V is the variance of the squared length", loses=EXACT)
def variance_of_the_lengths_themselves(grads, b, rel_sd):
    rows = grads - grads.mean(axis=0)
    lengths, cov = (rows**2).sum(axis=1), np.cov(grads.T, bias=True)
    twice, allowed = 2 * (cov**2).sum(), (rel_sd * np.trace(cov)) ** 2
    k = 2
    while twice / (k - 1) + (np.sqrt(lengths).var() - twice) / (k * b) > allowed:
        k += 1
    return int(np.ceil(1 + twice / allowed)), k


@right
def by_a_quadratic(grads, b, rel_sd):
    values = np.linalg.eigvalsh(np.cov(grads.T, bias=True))
    twice, allowed = 2 * (values**2).sum(), (rel_sd * values.sum()) ** 2
    lengths = np.linalg.norm(grads - grads.mean(axis=0), axis=1) ** 2
    tail = (lengths.var() - twice) / b
    # allowed K (K − 1) = twice K + tail (K − 1)
    half = (allowed + twice + tail) / (2 * allowed)
    root = half + np.sqrt(half**2 - tail / allowed)
    return np.array([np.ceil(1 + twice / allowed), max(2, np.ceil(root))])


@right
def by_a_table(grads, b, rel_sd):
    rows = np.asarray(grads) - np.mean(grads, axis=0)
    gram = rows @ rows.T
    lengths, twice = np.diag(gram), 2 * np.mean(gram**2)
    ranks = np.arange(2, 3000)
    gaussian = np.sqrt(twice / (ranks - 1)) / lengths.mean()
    exact = np.sqrt(twice / (ranks - 1) + (np.var(lengths) - twice) / (b * ranks)) / lengths.mean()
    return [int(ranks[gaussian <= rel_sd][0]), int(ranks[exact <= rel_sd][0])]
