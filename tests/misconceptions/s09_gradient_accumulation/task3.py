"""Task 3: two levels of one error."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("both signs are turned", loses=["task3-visible", "task3-within", "task3-between"])
def signs_turned(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (own - means.mean(axis=1)).mean(axis=0)
    return within, totals @ own / totals.sum() - own.mean(axis=0)


@wrong(
    "have changed places",
    loses=["task3-visible", "task3-within", "task3-between", "task3-zero"],
)
def swapped(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (means.mean(axis=1) - own).mean(axis=0)
    return own.mean(axis=0) - totals @ own / totals.sum(), within


@wrong("weighs all ranks alike", loses=["task3-visible", "task3-within"])
def within_weighted_by_tokens(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = totals @ (means.mean(axis=1) - own) / totals.sum()
    return within, own.mean(axis=0) - totals @ own / totals.sum()


@wrong("weighs all ranks alike", loses=["task3-visible", "task3-within"])
def one_mean_length_for_all(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    spread = counts - counts.mean(axis=1, keepdims=True)
    cov = np.einsum("rk,rkd->rd", spread, means) / counts.shape[1]
    return -cov.mean(axis=0) / counts.mean(), own.mean(axis=0) - totals @ own / totals.sum()


@wrong("over K microbatches has 1/K", loses=["task3-visible", "task3-within"])
def sample_covariance_within(counts, means):
    totals, k = counts.sum(axis=1), counts.shape[1]
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (means.mean(axis=1) - own).mean(axis=0) * k / (k - 1)
    return within, own.mean(axis=0) - totals @ own / totals.sum()


@wrong("over W ranks has 1/W", loses=["task3-visible", "task3-between"])
def sample_covariance_between(counts, means):
    totals, ranks = counts.sum(axis=1), len(counts)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (means.mean(axis=1) - own).mean(axis=0)
    return within, (own.mean(axis=0) - totals @ own / totals.sum()) * ranks / (ranks - 1)


@wrong("this is the sum over ranks", loses=["task3-visible", "task3-within"])
def sum_over_ranks(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (means.mean(axis=1) - own).sum(axis=0)
    return within, own.mean(axis=0) - totals @ own / totals.sum()


@wrong("this is the whole error", loses=["task3-visible", "task3-within", "task3-zero"])
def whole_error_within(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    right_gradient = totals @ own / totals.sum()
    return means.mean(axis=(0, 1)) - right_gradient, own.mean(axis=0) - right_gradient


@wrong("this is the whole error", loses=["task3-visible", "task3-between", "task3-zero"])
def whole_error_between(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    naive = means.mean(axis=1)
    return (naive - own).mean(axis=0), naive.mean(axis=0) - totals @ own / totals.sum()


@wrong("not their means of means", loses=["task3-visible", "task3-between"])
def ranks_with_their_means_of_means(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    naive = means.mean(axis=1)
    within = (naive - own).mean(axis=0)
    return within, naive.mean(axis=0) - totals @ naive / totals.sum()


@wrong("not its error", loses=["task3-visible", "task3-between", "task3-zero"])
def mean_for_error(counts, means):
    own = np.einsum("rk,rkd->rd", counts, means) / counts.sum(axis=1)[:, None]
    return (means.mean(axis=1) - own).mean(axis=0), own.mean(axis=0)


@wrong("expected 2 values", loses=["task3-visible", "task3-within", "task3-between", "task3-zero"])
def sum_of_the_parts(counts, means):
    return (means.mean(axis=(0, 1)) - np.einsum("rk,rkd->d", counts, means) / counts.sum(),)


@wrong("within: the sign is turned", loses=["task3-visible", "task3-within"])
def sign_turned_within(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (own - means.mean(axis=1)).mean(axis=0)
    return within, own.mean(axis=0) - totals @ own / totals.sum()


@wrong("between: the sign is turned", loses=["task3-visible", "task3-between"])
def sign_turned_between(counts, means):
    totals = counts.sum(axis=1)
    own = np.einsum("rk,rkd->rd", counts, means) / totals[:, None]
    within = (means.mean(axis=1) - own).mean(axis=0)
    return within, totals @ own / totals.sum() - own.mean(axis=0)


@wrong("over all N tokens", loses=["task3-visible", "task3-between", "task3-zero"])
def plain_mean_for_the_right_gradient(counts, means):
    own = np.einsum("rk,rkd->rd", counts, means) / counts.sum(axis=1)[:, None]
    return (means.mean(axis=1) - own).mean(axis=0), own.mean(axis=0) - means.mean(axis=(0, 1))


@right
def by_covariances(counts, means):
    ranks, k = counts.shape
    totals = counts.sum(axis=1)
    own = [n @ g / n.sum() for n, g in zip(counts, means, strict=True)]
    spread = counts - counts.mean(axis=1)[:, None]
    within = -sum(s @ g / k / t * k for s, g, t in zip(spread, means, totals, strict=True)) / ranks
    return within, -((totals - totals.mean()) @ np.array(own)) / ranks / totals.mean()


@right
def by_weights(counts, means):
    ranks, k = counts.shape
    share = counts / counts.sum(axis=1, keepdims=True)
    within = np.tensordot(1 / (ranks * k) - share / ranks, means, axes=2)
    return [within, np.tensordot(share / ranks - counts / counts.sum(), means, axes=2)]
