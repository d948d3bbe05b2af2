"""Task 8: why the loss of a log doesn't fall."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("of the mean of both halves", loses=["task8-visible", "task8-signal"])
def pooled_norm(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(((a + b) / 2) ** 2, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("of one half's gradient", loses=["task8-visible", "task8-signal"])
def norm_of_one_half(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a**2, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("without it the noise adds up", loses=["task8-visible", "task8-signal"])
def absolute_products(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.abs(np.sum(a * b, axis=1)))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("negative products were cut off", loses=["task8-visible", "task8-signal"])
def cut_off_at_zero(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.maximum(np.sum(a * b, axis=1), 0))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("the square comes before the mean", loses=["task8-visible", "task8-signal"])
def means_first(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = a.mean(axis=0) @ b.mean(axis=0)
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("a squared norm is their sum", loses=["task8-visible", "task8-signal"])
def mean_over_coordinates(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(a * b)
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("the sum over the steps", loses=["task8-visible", "task8-signal"])
def sum_over_steps(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.sum(a * b)
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("at 40 steps", loses=["task8-visible", "task8-signal"])
def from_the_full_gradients(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(log["full"] ** 2, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("this is a cosine", loses=["task8-visible", "task8-signal"])
def cosine(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("average all 400 gradients", loses=["task8-visible", "task8-descending"])
def flat_norm_is_a_floor(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return "floor", signal


@wrong("hold the mean of the full ones against that", loses=["task8-visible", "task8-biased"])
def trusts_the_log(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("the logged ones have the same", loses=["task8-visible", "task8-descending"])
def full_gradient_alone(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    off = log["full"].mean(axis=0)
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("a few steps hold most of the noise", loses=["task8-visible", "task8-heavy"])
def no_look_at_the_tails(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("at the end against the start", loses=["task8-visible", "task8-edge"])
def no_look_at_successive_steps(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if pooled[-80:].var() > 4 * pooled[:80].var():
        return "floor", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "floor"), signal


@wrong("add up to nearly nothing", loses=["task8-visible", "task8-floor"])
def signal_above_zero_is_descent(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if signal > 0 else "floor"), signal


@wrong("is none of the five labels", loses=["task8-visible", "task8-floor"])
def a_label_of_its_own(log):
    a, b = log["grads_a"], log["grads_b"]
    signal = np.mean(np.sum(a * b, axis=1))
    pooled, gaps = (a + b) / 2, np.sum((a - b) ** 2, axis=1)
    mean, noise = pooled.mean(axis=0), gaps.mean() / 4
    off = log["full"].mean(axis=0) - mean
    if np.sort(gaps)[-4:].sum() > 0.2 * gaps.sum():
        return "heavy", signal
    if np.sum(pooled[1:] * pooled[:-1]) < -0.6 * np.sum(pooled**2):
        return "edge", signal
    if off @ off > 0.09 * noise:
        return "biased", signal
    return ("descending" if mean @ mean > 0.09 * noise else "noise"), signal


@right
def by_growth_and_medians(log):
    a, b, full = (np.array(log[key], dtype=float) for key in ("grads_a", "grads_b", "full"))
    signal = (np.sum((a + b) ** 2) - np.sum((a - b) ** 2)) / 4 / len(a)
    half = np.linalg.norm(a - b, axis=1)
    pooled = 0.5 * (a + b)
    if half.max() > 8 * np.median(half):
        return ["heavy", signal]
    norms = np.linalg.norm(pooled, axis=1)
    if np.median(norms[-80:]) > 2 * np.median(norms[:80]):
        return ["EDGE", signal]
    rho = np.sqrt(np.mean(half**2)) / 2
    if np.linalg.norm(full.mean(axis=0) - pooled.mean(axis=0)) > 0.28 * rho:
        return ["Biased", signal]
    return ["Descending" if np.linalg.norm(pooled.sum(axis=0)) > 112 * rho else "floor ", signal]


@right
def one_step_at_a_time(log):
    a, b = log["grads_a"], log["grads_b"]
    total, turns = 0.0, 0
    for t in range(len(a)):
        total += float(a[t] @ b[t])
        turns += t > 0 and float((a[t] + b[t]) @ (a[t - 1] + b[t - 1])) < 0
    gaps = sorted(float(np.sum((u - v) ** 2)) for u, v in zip(a, b, strict=True))
    rho = (sum(gaps) / len(gaps)) ** 0.5 / 2
    signal = total / len(a)
    if sum(gaps[-20:]) > 0.45 * sum(gaps):
        return "heavy", signal
    if turns > 0.8 * len(a):
        return "edge", signal
    logged = float(np.linalg.norm(np.concatenate([a, b]).mean(axis=0)))
    true = float(np.linalg.norm(log["full"].mean(axis=0)))
    if logged > 0.25 * rho:
        return "descending", signal
    return "biased" if true > 0.27 * rho else "floor", signal
