"""Task 5: the fault in a log of two workers."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, HEALTHY, PLAIN, SWAPPED, TIED = (
    "task5-visible",
    "task5-healthy",
    "task5-plain",
    "task5-swapped",
    "task5-tied",
)


@wrong("look at the correlation", loses=[VISIBLE, PLAIN, SWAPPED, TIED])
def always_healthy(log):
    return "healthy"


@wrong("the weight on A is 1/2; read it off", loses=[VISIBLE, PLAIN, SWAPPED])
def correlation_only(log):
    return "tied" if abs(np.corrcoef(log["a"], log["b"])[0, 1]) > 0.3 else "healthy"


@wrong("look at the correlation of the two errors", loses=[TIED])
def weight_only(log):
    weight = np.mean((log["used"] - log["b"]) / (log["a"] - log["b"]))
    return "healthy" if weight > 0.65 else "plain" if weight > 0.35 else "swapped"


@wrong("the weight on A is 3/4 or more here", loses=[HEALTHY, SWAPPED, TIED])
def weight_of_the_other(log):
    weight = np.mean((log["used"] - log["a"]) / (log["b"] - log["a"]))
    if weight > 0.65:
        return "tied" if np.corrcoef(log["a"], log["b"])[0, 1] > 0.3 else "healthy"
    return "plain" if weight > 0.35 else "swapped"


@wrong("most of the weight is on B", loses=[SWAPPED])
def distance_from_a_half(log):
    weight = np.mean((log["used"] - log["b"]) / (log["a"] - log["b"]))
    if abs(weight - 0.5) < 0.15:
        return "plain"
    return "tied" if np.corrcoef(log["a"], log["b"])[0, 1] > 0.3 else "healthy"


@wrong("uncorrelated, up to chance", loses=[HEALTHY])
def any_correlation_is_a_tie(log):
    weight = np.mean((log["used"] - log["b"]) / (log["a"] - log["b"]))
    if weight > 0.65:
        return "tied" if np.corrcoef(log["a"], log["b"])[0, 1] != 0 else "healthy"
    return "plain" if weight > 0.35 else "swapped"


@right
def one_step_tells_the_weight(log):
    weight = (log["used"][0] - log["b"][0]) / (log["a"][0] - log["b"][0])
    if weight < 0.7:
        return "swapped" if weight < 0.4 else "plain"
    tie = (log["a"] * log["b"]).mean() / np.sqrt((log["a"] ** 2).mean() * (log["b"] ** 2).mean())
    return "tied" if tie > 0.4 else "healthy"


@right
def a_line_through_the_points(log):
    apart, left = log["a"] - log["b"], log["used"] - log["b"]
    (weight,) = np.linalg.lstsq(apart[:, None], left, rcond=None)[0]
    if abs(weight - 0.5) < 1e-6:
        return " Plain"
    if weight < 0.5:
        return "swapped"
    return "TIED" if np.cov(log["a"], log["b"])[0, 1] > 0.5 else "healthy"
