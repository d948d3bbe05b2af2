"""Task 5: what to multiply the loss by."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the factor must undo it", loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"])
def collective_not_undone(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong("doesn't divide by W", loses=["task5-visible", "task5-mean", "task5-sum"])
def collective_always_undone(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    return factors * len(counts) * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "the trainer divides by K", loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"]
)
def k_not_undone(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    return factors * (len(counts) if collective == "mean" else 1)


@wrong("doesn't divide by K", loses=["task5-visible", "task5-mean", "task5-sum"])
def k_always_undone(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    return factors * (len(counts) if collective == "mean" else 1) * counts.shape[1]


@wrong("divided by n already", loses=["task5-visible", "task5-mean", "task5-empty"])
def mean_loss_as_sum(counts, reduction, collective, divides_by_k):
    factors = (counts > 0) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong("hasn't been divided by anything", loses=["task5-visible", "task5-sum", "task5-empty"])
def sum_loss_as_mean(counts, reduction, collective, divides_by_k):
    factors = counts / max(counts.sum(), 1) * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "each rank divides by its own count",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def own_count(counts, reduction, collective, divides_by_k):
    own = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    factors = (counts if reduction == "mean" else (counts > 0)) / own
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong("is a mean of means", loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"])
def factors_of_one(counts, reduction, collective, divides_by_k):
    return np.ones(counts.shape)


@wrong(
    "where it should multiply",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def divided_once_more(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors / (len(counts) if collective == "mean" else 1)
    return factors / (counts.shape[1] if divides_by_k else 1)


@wrong("read the arguments", loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"])
def one_trainer_for_all(counts, reduction, collective, divides_by_k):
    return counts / max(counts.mean(), 1)


@wrong("there is a nan", loses=["task5-empty"])
def nan_without_tokens(counts, reduction, collective, divides_by_k):
    with np.errstate(invalid="ignore"):
        factors = (counts if reduction == "mean" else (counts > 0)) / counts.sum()
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong("without tokens has the factor 0", loses=["task5-empty"])
def empty_ones_kept(counts, reduction, collective, divides_by_k):
    ones = np.ones(counts.shape) * bool(counts.any())
    factors = (counts if reduction == "mean" else ones) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong("an idle rank is a rank too", loses=["task5-empty"])
def idle_ranks_not_counted(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    ranks = np.count_nonzero(counts.any(axis=1))
    factors = factors * (ranks if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "'collective' is the wrong way round",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def collective_swapped(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "sum" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "'reduction' is the wrong way round",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def reduction_swapped(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "sum" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "'divides_by_k' is the wrong way round",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def division_by_k_swapped(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (1 if divides_by_k else counts.shape[1])


@wrong(
    "W divides where it should",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def divided_by_w(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors / (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@wrong(
    "K divides where it should",
    loses=["task5-visible", "task5-mean", "task5-sum", "task5-empty"],
)
def divided_by_k(counts, reduction, collective, divides_by_k):
    factors = (counts if reduction == "mean" else (counts > 0)) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors / (counts.shape[1] if divides_by_k else 1)


@wrong("multiply by n, don't divide again", loses=["task5-visible", "task5-mean", "task5-empty"])
def divided_by_n_again(counts, reduction, collective, divides_by_k):
    full = np.maximum(counts, 1)
    factors = (counts > 0) / (full if reduction == "mean" else 1) / max(counts.sum(), 1)
    factors = factors * (len(counts) if collective == "mean" else 1)
    return factors * (counts.shape[1] if divides_by_k else 1)


@right
def by_a_loop(counts, reduction, collective, divides_by_k):
    total, out = int(counts.sum()), []
    for row in counts:
        out.append([])
        for n in row:
            weight = 0.0 if n == 0 else 1 / total
            for there, size in (
                (reduction == "mean", n),
                (collective == "mean", len(counts)),
                (divides_by_k, len(row)),
            ):
                weight = weight * size if there else weight
            out[-1].append(weight)
    return out


@right
def by_the_weight_that_arrives(counts, reduction, collective, divides_by_k):
    shape = counts.shape
    arrives = 1 / np.where(counts > 0, counts, 1) if reduction == "mean" else np.ones(shape)
    arrives = arrives / (shape[0] if collective == "mean" else 1)
    arrives = arrives / (shape[1] if divides_by_k else 1)
    return np.where(counts > 0, 1 / (arrives * max(counts.sum(), 1)), 0.0)
