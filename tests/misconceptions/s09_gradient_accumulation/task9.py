"""Task 9: the bias that is left."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "signs are turned",
    loses=[
        "task9-visible",
        "task9-numeric",
        "task9-limit",
        "task9-leading",
        "task9-exact",
        "task9-edges",
    ],
)
def signs_turned(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = slope * (m2 - m1**2) / m1
    second = slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (m2 / m1 - mean)


@wrong(
    "slope is missing",
    loses=[
        "task9-visible",
        "task9-numeric",
        "task9-limit",
        "task9-leading",
        "task9-exact",
        "task9-edges",
    ],
)
def no_slope(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -(m2 - m1**2) / m1
    second = -(m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, mean - m2 / m1


@wrong(
    "don't have equal probabilities",
    loses=["task9-visible", "task9-limit", "task9-leading", "task9-exact", "task9-edges"],
)
def equal_probabilities(values, probs, slope, n_microbatches):
    probs = np.full(len(values), 1 / len(values))
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong("divided by the mean length once", loses=["task9-visible", "task9-limit"])
def variance_over_squared_mean(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1**2
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong("in the denominator of the first value", loses=["task9-visible", "task9-limit"])
def variance_alone(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2)
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong("1/K is missing", loses=["task9-visible", "task9-leading"])
def no_one_over_k(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / m1**3
    return first, second, slope * (mean - m2 / m1)


@wrong("the curvature of 1/x", loses=["task9-visible", "task9-leading"])
def covariance_term_only(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m3 - m1 * m2) / (n_microbatches * m1**2)
    return first, second, slope * (mean - m2 / m1)


@wrong("m₁³ in the denominator", loses=["task9-visible", "task9-leading"])
def squared_mean_length(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**2)
    return first, second, slope * (mean - m2 / m1)


@wrong("one too many", loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"])
def one_length_too_many(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong(
    "a sum of K equal terms", loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"]
)
def one_term(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = probs @ ratio @ others
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong("isn't taken off", loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"])
def estimate_itself(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * mean


@wrong("never 0", loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"])
def ratio_of_means(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (n_microbatches * m2 / (n_microbatches * m1) - m2 / m1)


@wrong(
    "this is the leading order",
    loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"],
)
def leading_order_twice(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, second


@wrong("the first value is turned", loses=["task9-visible", "task9-limit"])
def first_sign_turned(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong("the leading order is turned", loses=["task9-visible", "task9-leading"])
def leading_sign_turned(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (mean - m2 / m1)


@wrong(
    "the exact value is turned",
    loses=["task9-visible", "task9-numeric", "task9-exact", "task9-edges"],
)
def exact_sign_turned(values, probs, slope, n_microbatches):
    m1, m2, m3 = (np.sum(probs * values.astype(float) ** j) for j in (1, 2, 3))
    law = np.zeros(values.max() + 1)
    law[values] = probs
    others = np.ones(1)
    for _ in range(n_microbatches - 1):
        others = np.convolve(others, law)
    ratio = values[:, None] ** 2 / (values[:, None] + np.arange(len(others)))
    mean = n_microbatches * (probs @ ratio @ others)
    first = -slope * (m2 - m1**2) / m1
    second = -slope * (m1 * m3 - m2**2) / (n_microbatches * m1**3)
    return first, second, slope * (m2 / m1 - mean)


@right
def by_a_table_of_sums(values, probs, slope, n_microbatches):
    v, p = [float(x) for x in values], [float(x) for x in probs]
    m1, m2, m3 = (sum(q * x**j for x, q in zip(v, p, strict=True)) for j in (1, 2, 3))
    table = {0: 1.0}
    for _ in range(n_microbatches - 1):
        grown = {}
        for s, w in table.items():
            for x, q in zip(v, p, strict=True):
                grown[s + x] = grown.get(s + x, 0.0) + w * q
        table = grown
    mean = sum(w * q * x * x / (x + s) for s, w in table.items() for x, q in zip(v, p, strict=True))
    leading = slope * (m2**2 / m1**3 - m3 / m1**2) / n_microbatches
    return slope * (m1 - m2 / m1), leading, slope * (n_microbatches * mean - m2 / m1)


@right
def by_an_integral(values, probs, slope, n_microbatches):
    # 1/N is the integral of z**(N − 1) over 0 … 1: Gauss–Legendre is exact for polynomials.
    k, v = n_microbatches, values.astype(float)
    nodes, weights = np.polynomial.legendre.leggauss(int(k * values.max() / 2) + 2)
    z = (nodes + 1) / 2
    powers = z[:, None] ** v
    inner = k * (powers @ (probs * v**2)) * (powers @ probs) ** (k - 1) / z
    mean = inner @ weights / 2
    m1, m2, m3 = (probs @ v**j for j in (1, 2, 3))
    return [
        -slope * (probs @ (v - m1) ** 2) / m1,
        -slope * (m3 / m1**2 - m2**2 / m1**3) / k,
        slope * (mean - m2 / m1),
    ]
