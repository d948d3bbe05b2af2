"""Task 5: where averaging stops to help."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the sign", loses=["task5-visible", "task5-numeric", "task5-bias"])
def to_the_steep_side(second, third, noise_var, step_size):
    bias = step_size * third * noise_var / (4 * second**2)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("a factor 2: V has", loses=["task5-visible", "task5-numeric", "task5-bias"])
def no_half_of_taylor(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (2 * second**2)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("a factor 2 twice", loses=["task5-visible", "task5-numeric", "task5-bias"])
def no_half_at_all(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / second**2
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("one f'' is missing below", loses=["task5-visible", "task5-bias"])
def second_once(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("one η is in V", loses=["task5-visible", "task5-numeric", "task5-bias"])
def no_step_size(second, third, noise_var, step_size):
    bias = -third * noise_var / (4 * second**2)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("no root is taken", loses=["task5-visible", "task5-bias"])
def standard_deviation(second, third, noise_var, step_size):
    bias = -step_size * third * np.sqrt(noise_var) / (4 * second**2)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("don't square it", loses=["task5-visible", "task5-bias"])
def variance_squared(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var**2 / (4 * second**2)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@wrong("V/n is too small", loses=["task5-visible", "task5-length"])
def independent_iterates(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second**2)
    still = step_size * noise_var / (2 * second)
    return (bias, still / bias**2) if third else (0.0, float("inf"))


@wrong("has f''² below, not f''", loses=["task5-visible", "task5-length"])
def length_with_one_second(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second**2)
    return (bias, noise_var / (second * bias**2)) if third else (0.0, float("inf"))


@wrong("has f''² below", loses=["task5-visible", "task5-length"])
def length_without_second(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second**2)
    return (bias, noise_var / bias**2) if third else (0.0, float("inf"))


@wrong("the squared bias counts", loses=["task5-visible", "task5-length"])
def length_from_the_bias(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second**2)
    return (bias, noise_var / (second**2 * abs(bias))) if third else (0.0, float("inf"))


@wrong("with f''' = 0", loses=["task5-zero"])
def large_number_for_inf(second, third, noise_var, step_size):
    bias = -step_size * third * noise_var / (4 * second**2)
    return bias, noise_var / ((second * bias) ** 2 + 1e-30)


@wrong("holds higher orders", loses=["task5-visible", "task5-bias"])
def exact_variance(second, third, noise_var, step_size):
    still = step_size * noise_var / (second * (2 - step_size * second))
    bias = -third * still / (2 * second)
    return (bias, noise_var / (second * bias) ** 2) if third else (0.0, float("inf"))


@right
def closed_form(second, third, noise_var, step_size):
    if third == 0:
        return 0.0, float("inf")
    length = 16 * second**2 / (step_size**2 * third**2 * noise_var)
    return -step_size * third * noise_var / (4 * second**2), length


@right
def step_by_step(second, third, noise_var, step_size):
    spread = step_size * noise_var / (2 * second)
    bias = -0.5 * third * spread / second
    with np.errstate(divide="ignore"):
        return np.array([bias + 0.0, np.float64(noise_var / second**2) / np.float64(bias) ** 2])
