"""Task 4: the best step size of a nonconvex plan with a biased oracle."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("one of the two has lost its B", loses=["task4-visible", "task4-step"])
def noise_of_one_example_in_the_step(
    gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients
):
    steps = n_gradients / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise_trace)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise_trace / batch_size + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong(
    "one of the two has lost its B",
    loses=["task4-visible", "task4-step", "task4-bound"],
)
def gradients_taken_for_steps(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    noise = noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (n_gradients * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (n_gradients * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("the 2 of 2Δ/(Kη) is lost", loses=["task4-visible", "task4-step"])
def two_lost(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("the range ends at 1/L, and this step is longer", loses=["task4-visible", "task4-step"])
def no_end_of_the_range(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = np.sqrt(2 * gap / (steps * smoothness * noise))
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("not at 2/L", loses=["task4-visible", "task4-step"])
def range_to_two_over_l(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = np.sqrt(2 * gap / (steps * smoothness * noise))
    eta = eta if eta < 1 / smoothness else 2 / smoothness
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("the bias enters the bound squared", loses=["task4-visible", "task4-bound"])
def bias_not_squared(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("no step size takes it away", loses=["task4-visible", "task4-bound"])
def bias_forgotten(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("holds where the step is inside the range", loses=["task4-visible", "task4-bound"])
def closed_form_everywhere(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + 2 * np.sqrt(2 * gap * smoothness * noise / steps)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("neither has a ½", loses=["task4-visible", "task4-bound"])
def half_the_noise(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise / 2 + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("N is the number of gradients, not of steps", loses=["task4-visible", "task4-free"])
def free_batch_from_the_steps(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(steps * noise_trace / (2 * gap * smoothness))


@wrong("a root is missing: it grows like", loses=["task4-visible", "task4-free"])
def free_batch_without_the_root(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, n_gradients * noise_trace / (2 * gap * smoothness)


@wrong("L is missing under the root", loses=["task4-visible", "task4-step"])
def no_smoothness_in_the_step(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("L belongs under the root", loses=["task4-visible", "task4-free"])
def no_smoothness_in_the_free_batch(
    gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients
):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap))


@wrong("here it was rounded", loses=["task4-visible", "task4-free"])
def free_batch_rounded(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, round(np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness)))


@right
def on_a_fine_grid_of_none(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    rise = smoothness * noise_trace / batch_size
    fall = 2 * gap * batch_size / n_gradients
    free = (n_gradients * noise_trace / (2 * gap * smoothness)) ** 0.5
    eta = (fall / rise) ** 0.5 if batch_size < free else 1 / smoothness
    return [float(eta), float(bias_norm**2 + rise * eta + fall / eta), float(free)]


@right
def through_the_free_batch(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    free = np.exp(0.5 * np.log(n_gradients * noise_trace / (2 * gap * smoothness)))
    eta = min(batch_size / free, 1) / smoothness
    spent = 2 * gap * batch_size * smoothness / n_gradients
    share = min(batch_size / free, 1)
    return np.array([eta, bias_norm**2 + share * noise_trace / batch_size + spent / share, free])


@wrong("K = N/B is a real number", loses=["task4-visible", "task4-step", "task4-bound"])
def whole_steps(gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients):
    steps, noise = n_gradients // batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace / (2 * gap * smoothness))


@wrong("L is on the wrong side", loses=["task4-visible", "task4-free"])
def smoothness_on_top_of_the_free_batch(
    gap, smoothness, noise_trace, bias_norm, batch_size, n_gradients
):
    steps, noise = n_gradients / batch_size, noise_trace / batch_size
    eta = min(np.sqrt(2 * gap / (steps * smoothness * noise)), 1 / smoothness)
    bound = bias_norm**2 + eta * smoothness * noise + 2 * gap / (steps * eta)
    return eta, bound, np.sqrt(n_gradients * noise_trace * smoothness / (2 * gap))
