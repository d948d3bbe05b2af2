"""Task 8: find the fault in a log of step size and excess loss."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("fell faster than any power", loses=["task8-visible", "task8-frozen"])
def learning_rate_ignored(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "biased"
    if (x / mean)[:, t >= 2048].max() > 32:
        return "kicks"
    return "slow" if slope > 0.72 * rate else "healthy"


@wrong("the steps still add up", loses=["task8-biased"])
def flat_is_frozen(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen"
    if (x / mean)[:, t >= 2048].max() > 32:
        return "kicks"
    return "slow" if slope > 0.72 * rate else "healthy"


@wrong("which needn't be −1", loses=["task8-healthy"])
def healthy_is_slope_minus_one(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen" if rate < -2 else "biased"
    if (x / mean)[:, t >= 2048].max() > 32:
        return "kicks"
    return "slow" if slope > -0.75 else "healthy"


@wrong("not as its step size does", loses=["task8-visible", "task8-slow"])
def it_falls_so_it_is_healthy(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen" if rate < -2 else "biased"
    return "kicks" if (x / mean)[:, t >= 2048].max() > 32 else "healthy"


@wrong("now look at single runs", loses=["task8-kicks"])
def mean_only(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen" if rate < -2 else "biased"
    return "slow" if slope > 0.72 * rate else "healthy"


@wrong("larger steps than 1/t alone do no harm", loses=["task8-healthy"])
def kicks_from_the_learning_rate(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen" if rate < -2 else "biased"
    if rate > -0.5:
        return "kicks"
    return "slow" if slope > 0.72 * rate else "healthy"


@wrong(
    "the mean is flat in the last decade", loses=["task8-visible", "task8-frozen", "task8-biased"]
)
def whole_log_for_the_last_decade(log):
    t, x = log["t"], log["excess"]
    mean = x.mean(0)
    drop = mean[-1] / mean[0]
    if drop > 0.99:
        return "frozen"
    late = t >= 410
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if (x / mean)[:, t >= 2048].max() > 32:
        return "kicks"
    return "slow" if slope > 0.72 * rate else "healthy"


@wrong("is none of the five labels", loses=["task8-visible", "task8-slow"])
def own_words(log):
    t, x = log["t"], log["excess"]
    late, mean = t >= 410, x.mean(0)
    slope = np.polyfit(np.log(t[late]), np.log(mean[late]), 1)[0]
    rate = np.polyfit(np.log(t[late]), np.log(log["lr"][late]), 1)[0]
    if slope > -0.15:
        return "frozen" if rate < -2 else "biased"
    if (x / mean)[:, t >= 2048].max() > 32:
        return "kicks"
    return "c too small" if slope > 0.72 * rate else "healthy"


@right
def by_ratios_over_the_decade(log):
    t, lr = np.asarray(log["t"], float), np.asarray(log["lr"], float)
    mean = np.mean(log["excess"], axis=0)
    first = (t >= 400) & (t < 800)
    last = t >= 2100
    fall = np.log(mean[first].mean() / mean[last].mean())
    rate = np.log(lr[first].mean() / lr[last].mean())
    if fall < 0.2:
        return "frozen" if rate > 4 else "biased"
    worst = np.max(np.asarray(log["excess"])[:, t >= 2048] / mean[t >= 2048])
    if worst > 30:
        return "kicks"
    return "slow" if fall < 0.7 * rate else "healthy"


@right
def capitals(log):
    t, excess = log["t"], log["excess"]
    mean = excess.mean(axis=0)
    keep = t >= 410
    u = np.log(t[keep])
    u = u - u.mean()
    slope = u @ np.log(mean[keep]) / (u @ u)
    rate = u @ np.log(log["lr"][keep]) / (u @ u)
    flat, wild = slope > -0.12, (excess[:, t >= 2048] / mean[t >= 2048]).max() > 35
    if flat:
        return "Frozen" if rate < -3 else "Biased"
    return "Kicks" if wild else "Slow" if slope / rate < 0.7 else "Healthy"
