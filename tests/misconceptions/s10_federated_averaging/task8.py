"""Task 8: find the fault in a log of rounds."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("but the full gradient stays", loses=["task8-visible", "task8-drift", "task8-control"])
def mean_move_only(log):
    move = np.array(log["mean_move"])
    if log["excess"][-1] > log["excess"][0]:
        return "unstable"
    return "noise" if move[-4:].mean() > 0.02 * move[0] else "fine"


@wrong("noise would keep the mean move", loses=["task8-visible", "task8-drift"])
def gradient_only(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if late < 0.02 * start:
        return "control" if np.mean(log["control"][-4:]) > 0.05 * start else "fine"
    return "noise"


@wrong("with drift the mean move goes to zero", loses=["task8-noise"])
def every_plateau_is_drift(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if late < 0.02 * start:
        return "control" if np.mean(log["control"][-4:]) > 0.05 * start else "fine"
    return "drift"


@wrong("the controls must have mean zero", loses=["task8-control"])
def controls_ignored(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if late < 0.02 * start:
        return "fine"
    return "drift" if np.mean(log["mean_move"][-4:]) < 0.05 * late else "noise"


@wrong("the control rises and goes back to zero", loses=["task8-fine"])
def any_control(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if late < 0.02 * start:
        return "control" if max(log["control"]) > 0.05 * start else "fine"
    return "drift" if np.mean(log["mean_move"][-4:]) < 0.05 * late else "noise"


@wrong("in step with the mean move", loses=["task8-visible", "task8-fine", "task8-noise"])
def negative_cosines_are_drift(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if np.mean(log["control"][-4:]) > 0.05 * start:
        return "control"
    if log["cosine"][-1] < 0:
        return "drift"
    return "fine" if late < 0.02 * start else "noise"


@wrong("a gradient that grows is no rest", loses=["task8-unstable"])
def small_ratio_first(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late < 0.02 * start:
        return "control" if np.mean(log["control"][-4:]) > 0.05 * start else "fine"
    if np.mean(log["mean_move"][-4:]) < 0.05 * late:
        return "drift"
    return "unstable" if late > start else "noise"


@wrong("the full gradient grows", loses=["task8-unstable"])
def only_infinite_is_unstable(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if not np.isfinite(late):
        return "unstable"
    if late < 0.02 * start:
        return "control" if np.mean(log["control"][-4:]) > 0.05 * start else "fine"
    if late > start:
        return "noise"
    return "drift" if np.mean(log["mean_move"][-4:]) < 0.05 * late else "noise"


@wrong("is none of the five labels", loses=["task8-visible", "task8-fine"])
def a_label_of_its_own(log):
    start, late = log["gradient"][0], np.mean(log["gradient"][-4:])
    if late > start:
        return "unstable"
    if late < 0.02 * start:
        return "control" if np.mean(log["control"][-4:]) > 0.05 * start else "healthy"
    return "drift" if np.mean(log["mean_move"][-4:]) < 0.05 * late else "noise"


@right
def last_entries(log):
    g, p, c = (
        np.asarray(log[key])[-1] / log["gradient"][0]
        for key in ("gradient", "mean_move", "control")
    )
    if g > 1:
        return "unstable"
    if g > 0.03:
        return "noise" if p / g > 0.08 else "drift"
    return "fine" if c < 0.05 else "control"


@right
def in_the_order_of_the_table(log):
    def late(key):
        return sum(log[key][-4:]) / 4

    first = log["gradient"][0]
    if late("gradient") < 0.02 * first and late("control") < 0.02 * first:
        return "FINE"
    if late("control") > 0.1 * first:
        return "Control"
    if log["excess"][-1] > log["excess"][0]:
        return "unstable "
    return "noise" if late("mean_move") > 0.1 * late("gradient") else "drift"
