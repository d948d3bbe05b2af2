"""Task 6: the weight of a helper that is biased."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, WEIGHT, ERROR, LONG = "task6-visible", "task6-weight", "task6-error", "task6-long"
ALL = [VISIBLE, WEIGHT, ERROR, LONG]


@wrong("the bias is left out", loses=ALL)
def bias_left_out(var_a, var_b, bias, n):
    return var_b / (var_a + var_b), var_a * var_b / (var_a + var_b) / n


@wrong("the bias comes in squared", loses=ALL)
def bias_not_squared(var_a, var_b, bias, n):
    of_a, of_b = var_a / n, var_b / n + bias
    return of_b / (of_a + of_b), of_a * of_b / (of_a + of_b)


@wrong("lowers the variance, not the bias", loses=ALL)
def bias_averaged_away(var_a, var_b, bias, n):
    of_a, of_b = var_a / n, (var_b + bias**2) / n
    return of_b / (of_a + of_b), of_a * of_b / (of_a + of_b)


@wrong("that each averages are left out", loses=[VISIBLE, ERROR, LONG, WEIGHT])
def one_gradient_each(var_a, var_b, bias, n):
    of_a, of_b = var_a, var_b + bias**2
    return of_b / (of_a + of_b), of_a * of_b / (of_a + of_b)


@wrong("the weight of B, not of A", loses=[VISIBLE, WEIGHT, LONG])
def weight_of_the_other(var_a, var_b, bias, n):
    of_a, of_b = var_a / n, var_b / n + bias**2
    return of_a / (of_a + of_b), of_a * of_b / (of_a + of_b)


@wrong("the error is without its bias", loses=[VISIBLE, ERROR])
def variance_alone(var_a, var_b, bias, n):
    weight = (var_b / n + bias**2) / ((var_a + var_b) / n + bias**2)
    return weight, (weight**2 * var_a + (1 - weight) ** 2 * var_b) / n


@wrong("only B's bias is left", loses=[LONG])
def bias_forgotten_in_long_runs(var_a, var_b, bias, n):
    of_a, of_b = var_a / n, var_b / n + (bias**2 if n < 100 else 0.0)
    return of_b / (of_a + of_b), of_a * of_b / (of_a + of_b)


@right
def precisions(var_a, var_b, bias, n):
    of_a, of_b = n / var_a, 1 / (var_b / n + bias * bias)
    return of_a / (of_a + of_b), 1 / (of_a + of_b)


@right
def linear_system(var_a, var_b, bias, n):
    moment = np.diag([var_a / n, var_b / n]) + bias**2 * np.diag([0.0, 1.0])
    raw = np.linalg.solve(moment, np.ones(2))
    return [raw[0] / raw.sum(), 1 / raw.sum()]
