"""Task 4: rate and constant of c t^(−γ)."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

FAST = ["task4-visible", "task4-noise"]


@wrong("a −1 is missing", loses=FAST)
def no_minus_one(a, noise_var, c, gamma):
    if gamma == 1 and 2 * a * c < 1:
        return 2 * a * c, np.nan
    return gamma, c * noise_var / (2 * a)


@wrong("twice ac stands against 1", loses=[*FAST, "task4-distance"])
def ac_for_twice_ac(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    if a * c < 1:
        return a * c, np.nan
    return 1.0, c**2 * noise_var / (a * c - 1)


@wrong("twice ac stands against 1", loses=FAST)
def ac_in_the_constant_alone(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    if 2 * a * c < 1:
        return 2 * a * c, np.nan
    return 1.0, c**2 * noise_var / (a * c - 1)


@wrong("c comes in squared", loses=FAST)
def c_not_squared(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    return (1.0, c * noise_var / (2 * a * c - 1)) if 2 * a * c > 1 else (2 * a * c, np.nan)


@wrong("its root was used", loses=[*FAST, "task4-slower"])
def deviation_for_variance(a, noise_var, c, gamma):
    s = np.sqrt(noise_var)
    if gamma < 1:
        return gamma, c * s / (2 * a)
    return (1.0, c**2 * s / (2 * a * c - 1)) if 2 * a * c > 1 else (2 * a * c, np.nan)


@wrong("this is the rate of |x|", loses=[*FAST, "task4-slower", "task4-distance"])
def rate_of_the_distance(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma / 2, c * noise_var / (2 * a)
    if 2 * a * c > 1:
        return 0.5, c**2 * noise_var / (2 * a * c - 1)
    return a * c, np.nan


@wrong("a variance can't be negative", loses=["task4-distance"])
def no_case_for_a_small_c(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    return 1.0, c**2 * noise_var / (2 * a * c - 1)


@wrong("more slowly than 1/t", loses=["task4-distance"])
def always_one_over_t(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    return 1.0, c**2 * noise_var / (2 * a * c - 1) if 2 * a * c > 1 else np.nan


@wrong("so c comes in once", loses=["task4-visible", "task4-slower"])
def c_squared_below_one(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c**2 * noise_var / (2 * a)
    return (1.0, c**2 * noise_var / (2 * a * c - 1)) if 2 * a * c > 1 else (2 * a * c, np.nan)


@wrong("a factor 2 is lost", loses=["task4-visible", "task4-slower"])
def half_lost_below_one(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / a
    return (1.0, c**2 * noise_var / (2 * a * c - 1)) if 2 * a * c > 1 else (2 * a * c, np.nan)


@wrong("how fast the sum of squared steps grows", loses=["task4-visible", "task4-slower"])
def rate_of_the_squares(a, noise_var, c, gamma):
    if gamma < 1:
        return 2 * gamma - 1, c * noise_var / (2 * a)
    return (1.0, c**2 * noise_var / (2 * a * c - 1)) if 2 * a * c > 1 else (2 * a * c, np.nan)


@wrong("no product ac is too small", loses=["task4-slower"])
def condition_on_c_everywhere(a, noise_var, c, gamma):
    if 2 * a * c < 1:
        return 2 * a * c, np.nan
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    return 1.0, c**2 * noise_var / (2 * a * c - 1)


@wrong("nan only if the limit depends on the start", loses=FAST)
def the_threshold_is_one(a, noise_var, c, gamma):
    if gamma < 1:
        return gamma, c * noise_var / (2 * a)
    return (1.0, c**2 * noise_var / (2 * a * c - 1)) if a * c > 1 else (2 * a * c, np.nan)


@right
def by_masks(a, noise_var, c, gamma):
    pull = 2 * a * c - (gamma == 1)
    rate = np.where(pull > 0, gamma, 2 * a * c)
    return float(rate), float(np.where(pull > 0, c**2 * noise_var / pull, np.nan))


@right
def through_the_best_constant(a, noise_var, c, gamma):
    z = a * c
    if gamma < 1:
        return [gamma, z * noise_var / (2 * a * a)]
    if z < 0.5:
        return [2 * z, np.nan]
    return [1, noise_var / a**2 * z**2 / (2 * z - 1)]
