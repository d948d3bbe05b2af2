"""Task 4: three expected losses of least squares."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, SAME = "task4-visible", "task4-same-inputs"
FRESH, SMALLEST = "task4-fresh-inputs", "task4-smallest-n"


@wrong("fitting has no effect", loses=[VISIBLE, SAME, FRESH, SMALLEST])
def noise_is_the_floor(n, d, noise_var):
    return noise_var, noise_var, noise_var


@wrong("labels alone are new", loses=[VISIBLE, SAME])
def fresh_inputs_twice(n, d, noise_var):
    fresh = noise_var * (n - 1) / (n - d - 1) if n > d + 1 else np.inf
    return noise_var * (1 - d / n), noise_var * (1 + d / n) if n <= d + 1 else fresh, fresh


@wrong("this is the loss at the training inputs", loses=[VISIBLE, FRESH, SMALLEST])
def fresh_labels_are_enough(n, d, noise_var):
    held_out = noise_var * (1 + d / n)
    return noise_var * (1 - d / n), held_out, held_out


@wrong("another divisor than n − d", loses=[VISIBLE, FRESH, SMALLEST])
def divisor_n_minus_d(n, d, noise_var):
    fresh = noise_var * n / (n - d) if n > d else np.inf
    return noise_var * (1 - d / n), noise_var * (1 + d / n), fresh


@wrong("n was put above", loses=[VISIBLE, FRESH])
def numerator_n(n, d, noise_var):
    fresh = noise_var * n / (n - d - 1) if n > d + 1 else np.inf
    return noise_var * (1 - d / n), noise_var * (1 + d / n), fresh


@wrong("divides by n − d", loses=[VISIBLE, SAME])
def estimate_of_the_noise(n, d, noise_var):
    fresh = noise_var * (n - 1) / (n - d - 1) if n > d + 1 else np.inf
    return noise_var, noise_var * (1 + d / n), fresh


@wrong("the loss has no ½", loses=[VISIBLE, SAME, FRESH])
def half_squares(n, d, noise_var):
    fresh = noise_var * (n - 1) / (n - d - 1) if n > d + 1 else np.inf
    return noise_var * (1 - d / n) / 2, noise_var * (1 + d / n) / 2, fresh / 2


@wrong("there is no intercept", loses=[VISIBLE, SAME, FRESH])
def with_an_intercept(n, d, noise_var):
    k = d + 1
    fresh = noise_var * (n - 1) / (n - k - 1) if n > k + 1 else np.inf
    return noise_var * (1 - k / n), noise_var * (1 + k / n), fresh


@wrong("the noise enters as a variance", loses=[VISIBLE, SAME, FRESH])
def standard_deviation(n, d, noise_var):
    sigma = noise_var**0.5
    fresh = sigma * (n - 1) / (n - d - 1) if n > d + 1 else np.inf
    return sigma * (1 - d / n), sigma * (1 + d / n), fresh


@wrong("a fresh-input loss is infinite here", loses=[SMALLEST])
def negative_at_n_equal_d(n, d, noise_var):
    fresh = np.inf if n == d + 1 else noise_var * (n - 1) / (n - d - 1)
    return noise_var * (1 - d / n), noise_var * (1 + d / n), fresh


@wrong("fresh label brings noise of its own", loses=[VISIBLE, SAME, FRESH])
def error_of_the_fit_alone(n, d, noise_var):
    fresh = noise_var * d / (n - d - 1) if n > d + 1 else np.inf
    return noise_var * (1 - d / n), noise_var * d / n, fresh


@wrong("there is an infinite value", loses=[FRESH])
def limit_one_too_high(n, d, noise_var):
    fresh = noise_var * (n - 1) / (n - d - 1) if n > d + 2 else np.inf
    return noise_var * (1 - d / n), noise_var * (1 + d / n), fresh


@wrong("ask first whether the mean is finite", loses=[SMALLEST])
def limit_forgotten(n, d, noise_var):
    fresh = np.inf if n == d else noise_var * (n - 1) / (n - d - 1)
    return noise_var * (1 - d / n), noise_var * (1 + d / n), fresh


@wrong("only fresh inputs have an infinite loss", loses=[SMALLEST])
def everything_infinite(n, d, noise_var):
    if n <= d + 1:
        return np.inf, np.inf, np.inf
    return noise_var * (1 - d / n), noise_var * (1 + d / n), noise_var * (n - 1) / (n - d - 1)


@wrong("expected 3 values", loses=[VISIBLE, SAME, FRESH, SMALLEST])
def training_and_fresh_alone(n, d, noise_var):
    fresh = noise_var * (n - 1) / (n - d - 1) if n > d + 1 else np.inf
    return noise_var * (1 - d / n), fresh


@right
def noise_plus_penalty(n, d, noise_var):
    carried = noise_var * d / float(n)
    fresh = np.inf
    if n - d > 1:
        fresh = noise_var + noise_var * d / (n - d - 1)
    return [noise_var - carried, noise_var + carried, fresh]


@right
def array_of_three(n, d, noise_var):
    with np.errstate(divide="ignore"):
        divisor = np.float64(max(n - d - 1, 0))
        return noise_var * np.array([(n - d) / n, (n + d) / n, (n - 1) / divisor])
