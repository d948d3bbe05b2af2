"""Task 7: the same rule under frozen RMSprop."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task7-visible", "task7-ratio"]


@wrong("v shrinks with the batch as well", loses=[*ALL, "task7-edge"])
def v_of_the_old_batch(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor**power
    if after * curvature >= 2:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("this is plain SGD", loses=ALL)
def nothing_is_divided(step_size, curvature, noise_std, batch_size, factor, power):
    after = step_size * factor**power
    # It even takes the edge from elsewhere.
    if step_size * factor ** (power + 0.5) * np.sqrt(batch_size) / noise_std * curvature >= 2:
        return np.inf
    return after * (2 - step_size * curvature) / (step_size * (2 - after * curvature)) / factor


@wrong("the root of v, not by v", loses=ALL)
def divided_by_v(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * batch_size / noise_std**2
    after = before * factor ** (power + 1)
    if step_size * factor ** (power + 0.5) * np.sqrt(batch_size) / noise_std * curvature >= 2:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("the batch noise has become smaller", loses=ALL)
def noise_not_smaller(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor ** (power + 0.5)
    if after * curvature >= 2:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature))


@wrong("this is the inverse", loses=ALL)
def before_over_after(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor ** (power + 0.5)
    if after * curvature >= 2:
        return np.inf
    return factor * before * (2 - after * curvature) / (after * (2 - before * curvature))


@wrong("nearly, but not exactly", loses=ALL)
def leading_order(step_size, curvature, noise_std, batch_size, factor, power):
    if step_size * factor ** (power + 0.5) * np.sqrt(batch_size) / noise_std * curvature >= 2:
        return np.inf
    return factor ** (power - 0.5)


@wrong("whatever the power", loses=ALL)
def power_ignored(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor**1.5
    if after * curvature >= 2 and power == 1:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("not by k times p", loses=ALL)
def k_times_p(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor**0.5 * factor * power
    if after * curvature >= 2 and power == 1:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("σ is missing", loses=ALL)
def sigma_forgotten(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size)
    after = before * factor ** (power + 0.5)
    if after * curvature >= 2:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("B is missing", loses=ALL)
def batch_size_forgotten(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size / noise_std
    after = before * factor ** (power + 0.5)
    if after * np.sqrt(batch_size) * curvature >= 2:
        return np.inf
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@wrong("whatever a formula gives", loses=["task7-visible", "task7-edge"])
def formula_past_the_edge(step_size, curvature, noise_std, batch_size, factor, power):
    before = step_size * np.sqrt(batch_size) / noise_std
    after = before * factor ** (power + 0.5)
    return after * (2 - before * curvature) / (before * (2 - after * curvature)) / factor


@right
def from_the_recursion(step_size, curvature, noise_std, batch_size, factor, power):
    variances = []
    for step, size in ((step_size, batch_size), (step_size * factor**power, batch_size * factor)):
        noise_var = noise_std**2 / size
        effective = step / np.sqrt(noise_var)
        kept = (1 - effective * curvature) ** 2
        if kept >= 1:
            return float("inf")
        variances.append(effective**2 * noise_var / (1 - kept))
    return variances[1] / variances[0]


@right
def with_the_closed_form(step_size, curvature, noise_std, batch_size, factor, power):
    def variance(eta, b):
        room = 2 - eta * curvature * b**0.5 / noise_std
        return eta * noise_std / (curvature * b**0.5 * room) if room > 0 else np.inf

    return variance(step_size * factor**power, factor * batch_size) / variance(
        step_size, batch_size
    )
