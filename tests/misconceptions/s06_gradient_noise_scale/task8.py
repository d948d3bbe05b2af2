"""Task 8: find the fault in a log of two squared norms."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("steps may be negative", loses=["task8-visible", "task8-healthy"])
def any_negative_step_is_unresolved(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    return "unresolved" if (signal < 0).any() else "healthy"


@wrong("within a few of its standard errors of zero", loses=["task8-unresolved"])
def no_standard_error(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    return "healthy"


@wrong("look at q and p", loses=["task8-visible", "task8-sum", "task8-same", "task8-clipped"])
def looks_at_the_mean_signal_only(log):
    p, q = log["micro_sq"], log["mean_sq"]
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "healthy" if z > 5 else "unresolved"


@wrong("many steps share one", loses=["task8-clipped"])
def does_not_know_clipping(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "healthy" if z > 5 else "unresolved"


@wrong("the ranks had nothing to average", loses=["task8-same"])
def does_not_know_equal_ranks(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "healthy" if z > 5 else "unresolved"


@wrong("look at q and p", loses=["task8-visible", "task8-sum"])
def does_not_know_sums(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "healthy" if z > 5 else "unresolved"


@wrong("many standard errors above zero", loses=["task8-visible", "task8-healthy"])
def standard_deviation_for_standard_error(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    return "healthy" if signal.mean() > 3 * signal.std() else "unresolved"


@wrong("within a few of its standard errors of zero", loses=["task8-unresolved"])
def norm_of_the_mean_for_the_signal(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    z = q.mean() / q.std() * np.sqrt(len(q))  # the noise is in it
    return "healthy" if z > 5 else "unresolved"


@wrong("it is equal to it", loses=["task8-same"])
def not_smaller_is_a_sum(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.mean(q > 0.99 * p) > 0.5:
        return "sum"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "healthy" if z > 5 else "unresolved"


@wrong("is none of the five labels", loses=["task8-visible", "task8-healthy"])
def a_label_of_its_own(log):
    p, q = log["micro_sq"], log["mean_sq"]
    if np.median(q / p) > 1.01:
        return "sum"
    if np.allclose(p, q, rtol=1e-3):
        return "same"
    if np.mean(q == q.max()) > 0.1:
        return "clipped"
    signal = (log["K"] * q - p) / (log["K"] - 1)
    z = signal.mean() / signal.std() * np.sqrt(len(signal))
    return "fine" if z > 5 else "unresolved"


@right
def by_counting(log):
    p, q, n = np.array(log["micro_sq"]), np.array(log["mean_sq"]), len(log["mean_sq"])
    if len(np.unique(q)) < 0.7 * n:
        return "CLIPPED"
    ratio = q.sum() / p.sum()
    if abs(ratio - 1) < 1e-3:
        return "SAME"
    if ratio > 1:
        return "SUM"
    K, b = log["K"], log["b"]
    signal = (K * b * q - b * p) / (K * b - b)
    error = signal.std(ddof=1) / np.sqrt(n)
    return "HEALTHY" if signal.mean() > 4 * error else "UNRESOLVED"


@right
def by_blocks(log):
    p, q = np.asarray(log["micro_sq"]), np.asarray(log["mean_sq"])
    if np.all(np.abs(p - q) < 1e-4 * p):
        return " same "
    if np.mean(q > p) > 0.5:
        return "sum"
    top = np.sort(q)[-20:]
    if top[-1] - top[0] < 1e-4 * top[-1]:
        return "clipped"
    signal = (log["K"] * q - p)[: len(p) // 25 * 25].reshape(25, -1).mean(axis=1)
    return "healthy" if signal.mean() > 5 * signal.std(ddof=1) / 5 else "unresolved"
