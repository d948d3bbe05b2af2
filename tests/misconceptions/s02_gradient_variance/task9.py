"""Task 9: the noise from two batches of one epoch."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

TRACE = ["task9-visible", "task9-trace", "task9-mean"]


@wrong("the harmonic mean of the sizes has a 2 in it", loses=TRACE)
def harmonic_mean(g1, g2, b1, b2, n_examples):
    trace = 2 * b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("larger batches differ less", loses=TRACE)
def one_over_k(g1, g2, b1, b2, n_examples):
    trace = (1 / b1 + 1 / b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("one batch inside the other", loses=["task9-trace", "task9-mean"])
def nested_batches(g1, g2, b1, b2, n_examples):
    gap = 1 / b1 - 1 / b2 if b1 != b2 else 2 / b1
    trace = ((g1 - g2) ** 2).sum(axis=1) / abs(gap)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("cancels the two 1/N", loses=["task9-trace", "task9-mean"])
def variances_without_the_covariance(g1, g2, b1, b2, n_examples):
    mean = 1 / b1 + 1 / b2 - 2 / n_examples if b1 + b2 < n_examples else 1 / b1 + 1 / b2
    trace = ((g1 - g2) ** 2).sum(axis=1) / mean
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("derive whether it stays", loses=TRACE)
def finite_population_factor_in_k(g1, g2, b1, b2, n_examples):
    k = b1 * b2 / (b1 + b2) * (1 - (b1 + b2) / n_examples)
    trace = k * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("this is tr Σ", loses=TRACE)
def sigma_instead_of_s(g1, g2, b1, b2, n_examples):
    k = b1 * b2 / (b1 + b2) * (n_examples - 1) / n_examples
    trace = k * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("only when both have the same size", loses=["task9-trace", "task9-mean"])
def half_the_first_size(g1, g2, b1, b2, n_examples):
    trace = b1 / 2 * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("the mean of the sizes isn't what enters", loses=["task9-trace", "task9-mean"])
def mean_size(g1, g2, b1, b2, n_examples):
    trace = (b1 + b2) / 4 * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("a trace is their sum", loses=TRACE)
def mean_over_coordinates(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).mean(axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("the distance enters squared", loses=TRACE)
def distance_not_squared(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * np.linalg.norm(g1 - g2, axis=1)
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("one mean over all pairs", loses=["task9-visible", "task9-trace"])
def averaged_over_pairs(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    trace = np.full_like(trace, trace.mean())
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("N isn't in it", loses=["task9-visible", "task9-pooled", "task9-mean"])
def pool_as_if_with_replacement(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace / (b1 + b2)


@wrong("(N − b)/(N − 1) goes with Σ", loses=["task9-pooled", "task9-mean"])
def pool_with_the_factor_of_sigma(g1, g2, b1, b2, n_examples):
    trace, b = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1), b1 + b2
    return trace, trace / b * (n_examples - b) / (n_examples - 1)


@wrong("the pool weighs by size", loses=["task9-visible", "task9-pooled", "task9-mean"])
def mean_of_two_independent_means(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / b1 + 1 / b2) / 4


@wrong("the pool weighs the batches by their sizes", loses=["task9-pooled", "task9-mean"])
def mean_of_two_means(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * ((1 / b1 + 1 / b2) / 4 - 1 / n_examples)


@wrong("two noises were added", loses=["task9-visible", "task9-pooled", "task9-mean"])
def two_noises_added(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    return trace, trace * (1 / b1 - 1 / n_examples) + trace * (1 / b2 - 1 / n_examples)


@wrong(
    "two batches that could share examples", loses=["task9-visible", "task9-pooled", "task9-mean"]
)
def weighed_without_the_covariance(g1, g2, b1, b2, n_examples):
    trace, b = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1), b1 + b2
    first, second = 1 / b1 - 1 / n_examples, 1 / b2 - 1 / n_examples
    return trace, trace * ((b1 / b) ** 2 * first + (b2 / b) ** 2 * second)


@right
def through_the_reciprocals(g1, g2, b1, b2, n_examples):
    difference = g1 - g2
    trace = np.einsum("rd,rd->r", difference, difference) / (1 / b1 + 1 / b2)
    b = b1 + b2
    return trace, trace / b * (1 - b / n_examples)


@right
def one_pair_after_the_other(g1, g2, b1, b2, n_examples):
    first, second = [], []
    for u, v in zip(g1, g2, strict=True):
        pool = (b1 * u + b2 * v) / (b1 + b2)
        between = b1 * np.sum((u - pool) ** 2) + b2 * np.sum((v - pool) ** 2)
        first.append(float(between))
        second.append(float(between) * (n_examples - b1 - b2) / (n_examples * (b1 + b2)))
    return [first, second]
