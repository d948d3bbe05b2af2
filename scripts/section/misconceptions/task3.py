"""Task 3: the best weights of two correlated workers."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, WEIGHT, VARIANCE, NEGATIVE = (
    "task3-visible",
    "task3-weight",
    "task3-variance",
    "task3-negative",
)
ALL = [VISIBLE, WEIGHT, VARIANCE, NEGATIVE]


@wrong("this is the answer for independent workers", loses=ALL)
def independent(var_a, var_b, corr):
    return var_b / (var_a + var_b), var_a * var_b / (var_a + var_b)


@wrong("the weight of B, not of A", loses=[VISIBLE, WEIGHT, NEGATIVE])
def weight_of_the_other(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    total = var_a + var_b - 2 * cov
    return (var_a - cov) / total, (var_a * var_b - cov**2) / total


@wrong("that of the plain mean", loses=[VISIBLE, VARIANCE])
def variance_of_the_plain_mean(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    return (var_b - cov) / (var_a + var_b - 2 * cov), (var_a + var_b + 2 * cov) / 4


@wrong("comes in twice in the denominator", loses=ALL)
def covariance_once(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    total = var_a + var_b - cov
    return (var_b - cov) / total, (var_a * var_b - cov**2) / total


@wrong("the covariance has a root", loses=ALL)
def covariance_without_a_root(var_a, var_b, corr):
    cov = corr * var_a * var_b
    total = var_a + var_b - 2 * cov
    return (var_b - cov) / total, (var_a * var_b - cov**2) / total


@wrong("the sign of the correlation", loses=ALL)
def sign_turned_around(var_a, var_b, corr):
    cov = -corr * np.sqrt(var_a * var_b)
    total = var_a + var_b - 2 * cov
    return (var_b - cov) / total, (var_a * var_b - cov**2) / total


@wrong("don't clip it", loses=[NEGATIVE])
def clipped(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    total = var_a + var_b - 2 * cov
    return min(1.0, (var_b - cov) / total), (var_a * var_b - cov**2) / total


@wrong("expected 2 values", loses=ALL)
def weight_alone(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    return (var_b - cov) / (var_a + var_b - 2 * cov)


@right
def parabola_through_three_points(var_a, var_b, corr):
    def variance(w):
        cov = corr * (var_a * var_b) ** 0.5
        return w * w * var_a + (1 - w) ** 2 * var_b + 2 * w * (1 - w) * cov

    bend = (variance(1) + variance(-1)) / 2 - variance(0)
    weight = -(variance(1) - variance(-1)) / (4 * bend)
    return [weight, variance(weight)]


@right
def inverse_of_the_covariance(var_a, var_b, corr):
    cov = corr * np.sqrt(var_a * var_b)
    precision = np.linalg.inv(np.array([[var_a, cov], [cov, var_b]]))
    return np.array([precision[0].sum(), 1.0]) / precision.sum()
