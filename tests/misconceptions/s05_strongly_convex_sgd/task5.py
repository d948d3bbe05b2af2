"""Task 5: least squares with one parameter, noise that grows with the error."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

BOTH = ["task5-visible", "task5-limit", "task5-variance"]


@wrong("the noise at θ* everywhere", loses=[*BOTH, "task5-beyond"])
def additive_noise(second_moment, fourth_moment, noise_var, batch_size, step_size):
    limit = 2 / second_moment
    if step_size >= limit:
        return limit, np.inf
    return limit, step_size * noise_var / (batch_size * (2 - step_size * second_moment))


@wrong("this is for normal x", loses=BOTH)
def normal_inputs(second_moment, fourth_moment, noise_var, batch_size, step_size):
    limit = 2 * batch_size / (second_moment * (batch_size + 2))
    if step_size >= limit:
        return limit, np.inf
    below = batch_size * (2 - step_size * second_moment * (1 + 2 / batch_size))
    return limit, step_size * noise_var / below


@wrong("the limit of one example", loses=BOTH)
def one_example(second_moment, fourth_moment, noise_var, batch_size, step_size):
    limit = 2 * second_moment / fourth_moment
    if step_size >= limit:
        return limit, np.inf
    fed = step_size * noise_var * second_moment / batch_size
    return limit, fed / (2 * second_moment - step_size * fourth_moment)


@wrong("counts s² too often", loses=BOTH)
def square_counted_twice(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + fourth_moment / batch_size
    if step_size >= 2 * second_moment / square:
        return 2 * second_moment / square, np.inf
    fed = step_size * noise_var * second_moment / batch_size
    return 2 * second_moment / square, fed / (2 * second_moment - step_size * square)


@wrong("have products with each other too", loses=[*BOTH, "task5-beyond"])
def products_left_out(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = fourth_moment / batch_size
    if step_size >= 2 * second_moment / square:
        return 2 * second_moment / square, np.inf
    fed = step_size * noise_var * second_moment / batch_size
    return 2 * second_moment / square, fed / (2 * second_moment - step_size * square)


@wrong("so its gradient has no 2", loses=BOTH)
def loss_without_half(second_moment, fourth_moment, noise_var, batch_size, step_size):
    eta = 2 * step_size
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    limit = second_moment / square
    if step_size >= limit:
        return limit, np.inf
    fed = eta * noise_var * second_moment / batch_size
    return limit, fed / (2 * second_moment - eta * square)


@wrong("the label noise is averaged over the batch", loses=["task5-visible", "task5-variance"])
def label_noise_of_one(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    limit = 2 * second_moment / square
    if step_size >= limit:
        return limit, np.inf
    return limit, step_size * noise_var * second_moment / (2 * second_moment - step_size * square)


@wrong("an input multiplies the label noise", loses=["task5-visible", "task5-variance"])
def noise_without_the_input(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    limit = 2 * second_moment / square
    if step_size >= limit:
        return limit, np.inf
    return limit, step_size * noise_var / batch_size / (2 * second_moment - step_size * square)


@wrong("this is the standard deviation", loses=["task5-visible", "task5-variance"])
def standard_deviation(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    limit = 2 * second_moment / square
    if step_size >= limit:
        return limit, np.inf
    fed = step_size * noise_var * second_moment / batch_size
    return limit, np.sqrt(fed / (2 * second_moment - step_size * square))


@wrong("this is the excess loss", loses=["task5-visible", "task5-variance"])
def excess_loss(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    limit = 2 * second_moment / square
    if step_size >= limit:
        return limit, np.inf
    fed = step_size * noise_var * second_moment / batch_size
    return limit, second_moment / 2 * fed / (2 * second_moment - step_size * square)


@wrong("a variance below zero", loses=["task5-beyond"])
def no_guard(second_moment, fourth_moment, noise_var, batch_size, step_size):
    square = second_moment**2 + (fourth_moment - second_moment**2) / batch_size
    fed = step_size * noise_var * second_moment / batch_size
    limit = 2 * second_moment / square
    return limit, fed / (2 * second_moment - step_size * square)


@right
def by_theory_s_letters(second_moment, fourth_moment, noise_var, batch_size, step_size):
    kurt = fourth_moment / second_moment**2
    growth = second_moment * (1 + (kurt - 1) / batch_size)
    if step_size * growth >= 2:
        return [2 / growth, float("inf")]
    return [2 / growth, step_size * noise_var / (batch_size * (2 - step_size * growth))]


@right
def fixed_point(second_moment, fourth_moment, noise_var, batch_size, step_size):
    pairs = batch_size * (batch_size - 1) * second_moment**2
    square = (batch_size * fourth_moment + pairs) / batch_size**2
    factor = 1 - 2 * step_size * second_moment + step_size**2 * square
    fed = step_size**2 * second_moment * noise_var / batch_size
    return np.array([2 * second_moment / square, fed / (1 - factor) if factor < 1 else np.inf])
