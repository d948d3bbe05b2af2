"""Task 8: find the fault in a log of averages."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("like 1/n", loses=["task8-visible", "task8-healthy"])
def any_fall_is_early(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "early" if power < -0.5 else "floor"


@wrong("more than noise does", loses=["task8-visible", "task8-early"])
def any_fall_is_healthy(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "healthy" if power < -0.5 else "floor"


@wrong("better than the last iterate, yes", loses=["task8-visible", "task8-early", "task8-floor"])
def better_is_healthy(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    return "healthy" if log["average"][-1] < log["last"][-1] else "early"


@wrong("look at its move", loses=["task8-frozen"])
def slope_alone(log):
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "early" if power < -1.5 else "healthy" if power < -0.5 else "floor"


@wrong("but the average moves", loses=["task8-visible", "task8-floor"])
def flat_is_frozen(log):
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "early" if power < -1.5 else "healthy" if power < -0.5 else "frozen"


@wrong("halves whenever n doubles", loses=["task8-visible", "task8-healthy", "task8-early"])
def slope_of_the_last_iterate(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["last"][half:]), 1)[0]
    return "early" if power < -1.5 else "healthy" if power < -0.5 else "floor"


@wrong("halves whenever n doubles", loses=["task8-visible", "task8-healthy", "task8-early"])
def logarithm_forgotten(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(log["n"][half:], log["average"][half:], 1)[0]
    return "early" if power < -1.5 else "healthy" if power < -0.5 else "floor"


@wrong("falls until the end", loses=["task8-visible", "task8-early"])
def powers_of_the_distance(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "healthy" if -1.5 < power < -0.5 else "floor"


@wrong("none of the four", loses=["task8-visible", "task8-healthy"])
def another_word(log):
    if log["move"][-1] < 1e-4:
        return "frozen"
    half = len(log["n"]) // 2
    power = np.polyfit(np.log(log["n"][half:]), np.log(log["average"][half:]), 1)[0]
    return "early" if power < -1.5 else "ok" if power < -0.5 else "floor"


@right
def factor_per_doubling(log):
    if np.diff(log["average"])[-2:].any():
        late = len(log["n"]) // 2
        doublings = len(log["n"]) - 1 - late
        factor = (log["average"][late] / log["average"][-1]) ** (1 / doublings)
        return "floor" if factor < 1.45 else " Healthy" if factor < 2.8 else "EARLY"
    return "frozen"


@right
def by_covariances(log):
    if min(log["move"][1:]) < 3e-4:
        return "frozen"
    rows = slice(len(log["n"]) // 2, None)
    x, y = np.log2(log["n"][rows]), np.log2(log["average"][rows])
    power = np.sum((x - x.mean()) * y) / np.sum((x - x.mean()) ** 2)
    return {0: "floor", 1: "healthy", 2: "early"}[int(np.clip(round(-power), 0, 2))]
