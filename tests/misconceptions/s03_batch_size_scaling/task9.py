"""Task 9: examples that a noiseless fit needs."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the kurtosis isn't in it", loses=["task9-visible", "task9-step", "task9-factor"])
def gaussian_inputs(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + 1
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("on the diagonal stands q", loses=["task9-visible", "task9-step", "task9-factor"])
def no_fourth_moment(scale, kurtosis, dim, batch_size, shrink):
    extra = dim - 1
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("their share is 1 − 1/B", loses=["task9-visible", "task9-step", "task9-factor"])
def all_pairs_and_the_own_ones(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 1
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("not for all d", loses=["task9-visible", "task9-step", "task9-factor"])
def kurtosis_of_every_coordinate(scale, kurtosis, dim, batch_size, shrink):
    extra = dim * kurtosis - 1
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("each uses B examples", loses=["task9-visible", "task9-examples"])
def steps_for_examples(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, np.log(shrink) / np.log(factor)


@wrong("without a 2", loses=["task9-visible", "task9-step"])
def loss_without_the_half(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = batch_size / (2 * scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("the step goes with 1/s", loses=["task9-visible", "task9-step"])
def step_times_scale(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = scale * batch_size / (batch_size + extra)
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("the task asks for its square", loses=["task9-visible", "task9-factor"])
def length_not_squared(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = np.sqrt(extra / (batch_size + extra))
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(shrink) / np.log(factor)


@wrong("look at the sign of both logarithms", loses=["task9-visible", "task9-examples"])
def negative_examples(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(1 / shrink) / np.log(factor)


@wrong("rounded up to whole steps", loses=["task9-visible", "task9-examples"])
def whole_steps(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    steps = np.log(shrink) / np.log(factor)
    return step, factor, batch_size * float(np.ceil(np.round(steps, 9)))


@wrong("it holds when ρ is near 1", loses=["task9-visible", "task9-examples"])
def small_steps(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2
    factor = extra / (batch_size + extra)
    step = batch_size / (scale * (batch_size + extra))
    return step, factor, batch_size * np.log(1 / shrink) / (1 - factor)


@right
def from_the_parabola(scale, kurtosis, dim, batch_size, shrink):
    own = scale**2 * (dim - 1 + kurtosis)
    second = own / batch_size + scale**2 * (batch_size - 1) / batch_size
    step = scale / second
    factor = 1 - 2 * step * scale + step**2 * second
    return [step, factor, np.log(1 / shrink) / -np.log(factor) * batch_size]


@right
def with_log1p(scale, kurtosis, dim, batch_size, shrink):
    extra = dim + kurtosis - 2.0
    rate = np.log1p(batch_size / extra)
    step = -np.expm1(-rate) / scale
    return np.array([step, np.exp(-rate), -batch_size * np.log(shrink) / rate])
