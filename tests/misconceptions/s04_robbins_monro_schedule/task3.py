"""Task 3: the identity under a bias and growing noise."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task3-visible", "task3-plain", "task3-growth", "task3-bias"]


@wrong("the factor 1 − aη enters squared", loses=ALL)
def factor_not_squared(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m - e * bias, k * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("its variance by the square", loses=ALL)
def step_not_squared(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * bias**2 + e * (noise_var + growth * v)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("it was squared once more", loses=ALL)
def variance_squared(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var**2 + growth * v)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("isn't 1 − 2aη", loses=ALL)
def first_order_only(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m - e * bias, (1 - 2 * a * e) * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("the cross term of bias and distance is missing", loses=["task3-visible", "task3-bias"])
def no_cross_term(a, noise_var, growth, bias, x1, steps):
    v = x1**2
    out = [v]
    for e in steps:
        v = (1 - a * e) ** 2 * v + e**2 * (bias**2 + noise_var + growth * v)
        out.append(v)
    return np.array(out)


@wrong("the bias was added to x", loses=["task3-visible", "task3-bias"])
def bias_the_other_way(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m + e * bias, k**2 * v + 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("the mean moves too", loses=["task3-visible", "task3-bias"])
def mean_stays_at_the_start(a, noise_var, growth, bias, x1, steps):
    v = x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        v = k**2 * v - 2 * k * e * bias * x1 + added
        out.append(v)
    return np.array(out)


@wrong("the bias pushes it as well", loses=["task3-visible", "task3-bias"])
def mean_without_bias(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("has the mean before the step", loses=["task3-visible", "task3-bias"])
def mean_moved_first(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        m = k * m - e * bias
        v = k**2 * v - 2 * k * e * bias * m + e**2 * (bias**2 + noise_var + growth * v)
        out.append(v)
    return np.array(out)


@wrong("not the square of its mean", loses=["task3-visible", "task3-growth"])
def noise_grows_with_the_mean(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * m**2)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("keeps the size that it had at the start", loses=["task3-visible", "task3-growth"])
def noise_of_the_start(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * x1**2)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("expected shape", loses=ALL)
def start_left_out(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = []
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("has the wrong sign", loses=["task3-visible", "task3-bias"])
def cross_term_sign(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (bias**2 + noise_var + growth * v)
        m, v = k * m - e * bias, k**2 * v + 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@wrong("the square of the bias is missing", loses=["task3-visible", "task3-bias"])
def no_squared_bias(a, noise_var, growth, bias, x1, steps):
    m, v = x1, x1**2
    out = [v]
    for e in steps:
        k = 1 - a * e
        added = e**2 * (noise_var + growth * v)
        m, v = k * m - e * bias, k**2 * v - 2 * k * e * bias * m + added
        out.append(v)
    return np.array(out)


@right
def variance_and_mean_apart(a, noise_var, growth, bias, x1, steps):
    mean, var = float(x1), 0.0
    out = [mean**2]
    for eta in steps:
        var = (1 - a * eta) ** 2 * var + eta**2 * (noise_var + growth * (var + mean**2))
        mean = mean - eta * (a * mean + bias)
        out.append(var + mean**2)
    return out


@right
def by_a_matrix(a, noise_var, growth, bias, x1, steps):
    state = np.array([1.0, x1, x1**2])
    out = [state[2]]
    for eta in np.asarray(steps):
        k = 1 - a * eta
        row = [eta**2 * (bias**2 + noise_var), -2 * k * eta * bias, k**2 + growth * eta**2]
        state = np.array([[1, 0, 0], [-eta * bias, k, 0], row]) @ state
        out.append(state[2])
    return np.array(out)
