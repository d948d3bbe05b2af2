"""Task 5: the ratio of two exponential averages."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task5-visible", "task5-digits", "task5-path", "task5-negative"]


@wrong("this averages the ratios; average noise and signal apart", loses=ALL)
def average_of_ratios(noise, signal, beta):
    mean, out = 0.0, []
    for ratio in noise / signal:
        mean = beta * mean + (1 - beta) * ratio
        out.append(mean)
    return np.array(out)


@wrong("without the start-up error", loses=ALL)
def average_of_ratios_corrected(noise, signal, beta):
    mean, out = 0.0, []
    for t, ratio in enumerate(noise / signal, 1):
        mean = beta * mean + (1 - beta) * ratio
        out.append(mean / (1 - beta**t))
    return np.array(out)


@wrong("β and 1 − β have changed places", loses=ALL)
def decay_turned_round(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, signal, strict=True):
        top, bottom = (1 - beta) * top + beta * n, (1 - beta) * bottom + beta * s
        out.append(top / bottom if bottom > 0 else np.inf)
    return np.array(out)


@wrong("negative entries were cut off", loses=["task5-visible", "task5-digits", "task5-negative"])
def negative_signal_cut_off(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, np.maximum(signal, 0), strict=True):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom if bottom > 0 else np.inf)
    return np.array(out)


@wrong("were left out", loses=["task5-visible", "task5-digits", "task5-negative"])
def negative_steps_left_out(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, signal, strict=True):
        if s > 0:
            top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom if bottom > 0 else np.inf)
    return np.array(out)


@wrong("lost their sign", loses=["task5-visible", "task5-digits", "task5-negative"])
def signal_without_its_sign(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, np.abs(signal), strict=True):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom if bottom > 0 else np.inf)
    return np.array(out)


@wrong(
    "start from zero, not from the first value",
    loses=["task5-visible", "task5-path", "task5-negative"],
)
def starts_at_the_first_value(noise, signal, beta):
    top, bottom, out = noise[0], signal[0], []
    for n, s in zip(noise, signal, strict=True):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom if bottom > 0 else np.inf)
    return np.array(out)


@wrong("it never forgets", loses=["task5-visible", "task5-path", "task5-negative"])
def mean_of_all_steps(noise, signal, beta):
    top, bottom = np.cumsum(noise), np.cumsum(signal)
    return np.where(bottom > 0, top / bottom, np.inf)


@wrong("signal over noise", loses=ALL)
def upside_down(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, signal, strict=True):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(bottom / top)
    return np.array(out)


@wrong(
    "taken off the signal only",
    loses=["task5-visible", "task5-path", "task5-negative"],
)
def only_the_signal_corrected(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for t, (n, s) in enumerate(zip(noise, signal, strict=True), 1):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom * (1 - beta**t) if bottom > 0 else np.inf)
    return np.array(out)


@wrong("inf, not a negative scale", loses=["task5-visible", "task5-negative"])
def negative_scales(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for n, s in zip(noise, signal, strict=True):
        top, bottom = beta * top + (1 - beta) * n, beta * bottom + (1 - beta) * s
        out.append(top / bottom)
    return np.array(out)


@wrong("nothing was averaged", loses=ALL)
def single_steps(noise, signal, beta):
    return np.where(signal > 0, noise / signal, np.inf)


@wrong("this averages the ratios, inf or not", loses=ALL)
def average_of_ratios_with_the_rule(noise, signal, beta):
    mean = bottom = 0.0
    out = []
    for n, s in zip(noise, signal, strict=True):
        mean = beta * mean + (1 - beta) * n / s
        bottom = beta * bottom + (1 - beta) * s
        out.append(mean if bottom > 0 else np.inf)
    return np.array(out)


@right
def by_a_filter(noise, signal, beta):
    from scipy.signal import lfilter

    top, bottom = (lfilter([1 - beta], [1, -beta], x) for x in (noise, signal))
    scale = np.full(len(top), np.inf)
    scale[bottom > 0] = top[bottom > 0] / bottom[bottom > 0]
    return scale


@right
def both_corrected(noise, signal, beta):
    top = bottom = 0.0
    out = []
    for t in range(len(noise)):
        top = beta * top + (1 - beta) * noise[t]
        bottom = beta * bottom + (1 - beta) * signal[t]
        share = 1 - beta ** (t + 1)
        out.append(float((top / share) / (bottom / share)) if bottom > 0 else float("inf"))
    return out


@right
def unnormalised_sums(noise, signal, beta):
    t = np.arange(len(noise))
    weights = np.where(t[:, None] >= t, beta ** np.maximum(t[:, None] - t, 0.0), 0.0)
    top, bottom = weights @ noise, weights @ signal
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), np.inf)
