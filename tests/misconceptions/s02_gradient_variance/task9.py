"""Task 9: signal and noise from two batches of one epoch."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

TRACE = ["task9-visible", "task9-trace", "task9-mean"]
POOLED = ["task9-visible", "task9-pooled", "task9-mean"]
SIGNAL = ["task9-visible", "task9-signal", "task9-mean"]


@wrong("the harmonic mean of the sizes has a 2 in it", loses=TRACE)
def harmonic_mean(g1, g2, b1, b2, n_examples):
    trace = 2 * b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("larger batches differ less", loses=TRACE)
def one_over_k(g1, g2, b1, b2, n_examples):
    trace = (1 / b1 + 1 / b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("one batch inside the other", loses=TRACE)
def nested_batches(g1, g2, b1, b2, n_examples):
    trace = ((g1 - g2) ** 2).sum(axis=1) / abs(1 / b1 - 1 / b2)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("cancels the two 1/N", loses=TRACE)
def variances_without_the_covariance(g1, g2, b1, b2, n_examples):
    trace = ((g1 - g2) ** 2).sum(axis=1) / (1 / b1 + 1 / b2 - 2 / n_examples)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("derive whether it stays", loses=TRACE)
def finite_population_factor_in_k(g1, g2, b1, b2, n_examples):
    k = b1 * b2 / (b1 + b2) * (1 - (b1 + b2) / n_examples)
    trace = k * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("this is tr Σ", loses=TRACE)
def sigma_instead_of_s(g1, g2, b1, b2, n_examples):
    k = b1 * b2 / (b1 + b2) * (n_examples - 1) / n_examples
    trace = k * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("only when both have the same size", loses=TRACE)
def half_the_first_size(g1, g2, b1, b2, n_examples):
    trace = b1 / 2 * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("the mean of the sizes isn't what enters", loses=TRACE)
def mean_size(g1, g2, b1, b2, n_examples):
    trace = (b1 + b2) / 4 * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("a trace is their sum", loses=TRACE)
def mean_over_coordinates(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).mean(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("the distance enters squared", loses=TRACE)
def distance_not_squared(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * np.linalg.norm(g1 - g2, axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("one mean over all pairs", loses=["task9-visible", "task9-trace"])
def averaged_over_pairs(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    trace = np.full_like(trace, trace.mean())
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("N isn't in it", loses=POOLED)
def pool_as_if_with_replacement(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace / (b1 + b2), signal


@wrong("(N − b)/(N − 1) goes with Σ", loses=POOLED)
def pool_with_the_factor_of_sigma(g1, g2, b1, b2, n_examples):
    trace, b = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1), b1 + b2
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace / b * (n_examples - b) / (n_examples - 1), signal


@wrong("the pool weighs by size", loses=POOLED)
def mean_of_two_independent_means(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / b1 + 1 / b2) / 4, signal


@wrong("the pool weighs the batches by their sizes", loses=POOLED)
def mean_of_two_means(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * ((1 / b1 + 1 / b2) / 4 - 1 / n_examples), signal


@wrong("two noises were added", loses=POOLED)
def two_noises_added(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / b1 - 1 / n_examples) + trace * (1 / b2 - 1 / n_examples), signal


@wrong("two batches that could share examples", loses=POOLED)
def weighed_without_the_covariance(g1, g2, b1, b2, n_examples):
    trace, b = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1), b1 + b2
    first, second = 1 / b1 - 1 / n_examples, 1 / b2 - 1 / n_examples
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * ((b1 / b) ** 2 * first + (b2 / b) ** 2 * second), signal


@wrong("for two batches of one example", loses=TRACE)
def one_half(g1, g2, b1, b2, n_examples):
    trace = 1 / 2 * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("k undoes a difference", loses=TRACE)
def one_over_the_pool(g1, g2, b1, b2, n_examples):
    trace = 1 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace * (1 / (b1 + b2) - 1 / n_examples), signal


@wrong("too small for ‖G‖²", loses=SIGNAL)
def batches_taken_as_independent(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    pooled = trace * (1 / (b1 + b2) - 1 / n_examples)
    return trace, pooled, (g1 * g2).sum(axis=1)


@wrong("the product is too small, and", loses=SIGNAL)
def signal_with_the_wrong_sign(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    pooled = trace * (1 / (b1 + b2) - 1 / n_examples)
    return trace, pooled, (g1 * g2).sum(axis=1) - trace / n_examples


@wrong("N − 1 goes with Σ", loses=SIGNAL)
def signal_with_the_divisor_of_sigma(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    pooled = trace * (1 / (b1 + b2) - 1 / n_examples)
    return trace, pooled, (g1 * g2).sum(axis=1) + trace / (n_examples - 1)


@wrong("the product has none of its own", loses=SIGNAL)
def noise_of_the_pool_taken_off(g1, g2, b1, b2, n_examples):
    trace = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1)
    pooled = trace * (1 / (b1 + b2) - 1 / n_examples)
    return trace, pooled, (g1 * g2).sum(axis=1) - trace * (1 / (b1 + b2) - 1 / n_examples)


@wrong("builds on the product", loses=["task9-visible", "task9-signal"])
def signal_from_the_norm_of_the_pool(g1, g2, b1, b2, n_examples):
    trace, b = b1 * b2 / (b1 + b2) * ((g1 - g2) ** 2).sum(axis=1), b1 + b2
    pooled = trace * (1 / b - 1 / n_examples)
    return trace, pooled, (((b1 * g1 + b2 * g2) / b) ** 2).sum(axis=1) - pooled


@right
def through_the_reciprocals(g1, g2, b1, b2, n_examples):
    difference = g1 - g2
    trace = np.einsum("rd,rd->r", difference, difference) / (1 / b1 + 1 / b2)
    b = b1 + b2
    signal = (g1 * g2).sum(axis=1) + trace / n_examples
    return trace, trace / b * (1 - b / n_examples), signal


@right
def three_rows_of_one_array(g1, g2, b1, b2, n_examples):
    trace = np.sum((g1 - g2) ** 2, axis=1) / (1 / b1 + 1 / b2)
    pooled = trace / (b1 + b2) - trace / n_examples
    return np.stack([trace, pooled, np.einsum("rd,rd->r", g1, g2) + trace / n_examples])


@right
def one_pair_after_the_other(g1, g2, b1, b2, n_examples):
    first, second, third = [], [], []
    for u, v in zip(g1, g2, strict=True):
        pool = (b1 * u + b2 * v) / (b1 + b2)
        between = b1 * np.sum((u - pool) ** 2) + b2 * np.sum((v - pool) ** 2)
        first.append(float(between))
        second.append(float(between) * (n_examples - b1 - b2) / (n_examples * (b1 + b2)))
        third.append(sum(u * v) + float(between) / n_examples)
    return [first, second, third]
