"""Task 8: find the fault in a log of refreshes."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("with ratio zero", loses=["task8-visible", "task8-augmented"])
def any_ratio_is_frozen(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if gap[0] > 0.01:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong("nothing was drawn twice", loses=["task8-frozen"])
def any_ratio_is_augmented(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if max(ratio) > 0.01:
        return "augmented"
    if gap[0] > 0.01:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong("over all data", loses=["task8-stale"])
def any_gap_is_a_subset(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if ratio[0] > 0.01:
        return "augmented"
    if max(gap) > 0.01:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong("no gradient is old yet", loses=["task8-subset"])
def any_gap_is_stale(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if ratio[0] > 0.01:
        return "augmented"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong("the gap isn't zero", loses=["task8-stale", "task8-subset"])
def gap_ignored(log):
    ratio = log["ratio_first"]
    if ratio[0] > 0.01:
        return "augmented"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong(
    "w is fresh",
    loses=["task8-visible", "task8-healthy", "task8-frozen", "task8-stale", "task8-subset"],
)
def last_ratio_for_first(log):
    ratio, gap = log["ratio_last"], log["gap"]
    if ratio[-1] > 0.01:
        return "augmented"
    if gap[0] > 0.01:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong("is rounding", loses=["task8-healthy", "task8-frozen", "task8-stale"])
def rounding_is_a_gap(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if ratio[0] > 0.01:
        return "augmented"
    if gap[0] > 0:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "healthy"


@wrong(
    "isn't zero",
    loses=["task8-visible", "task8-augmented", "task8-frozen", "task8-stale", "task8-subset"],
)
def the_loss_falls(log):
    loss = log["loss"]
    return "healthy" if loss[-1] < 1e9 * loss[0] else "stale"


@wrong("is none of the five labels", loses=["task8-visible", "task8-healthy"])
def a_label_of_its_own(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if ratio[0] > 0.01:
        return "augmented"
    if gap[0] > 0.01:
        return "subset"
    if max(gap) > 0.01:
        return "stale"
    return "frozen" if max(ratio) > 0.01 else "fine"


@wrong("belong together", loses=["task8-frozen"])
def frozen_is_stale(log):
    ratio, gap = log["ratio_first"], log["gap"]
    if ratio[0] > 0.01:
        return "augmented"
    if gap[0] > 0.01:
        return "subset"
    return "stale" if max(gap) > 0.01 or max(ratio) > 0.01 else "healthy"


@right
def by_a_table(log):
    first = log["ratio_first"][0] > 1e-3, log["gap"][0] > 1e-3
    later = log["ratio_first"][1:].max() > 1e-3, log["gap"][1:].max() > 1e-3
    if first[0]:
        return "Augmented"
    if first[1]:
        return "Subset"
    return {(False, False): "Healthy", (True, False): "Frozen"}.get(later, "Stale")


@right
def from_the_last_loop(log):
    ratio, gap = np.array(log["ratio_first"]), np.array(log["gap"])
    if gap[-1] > 0.015:
        return "subset" if gap[0] > 0.015 else "stale"
    if ratio[-1] > 0.015:
        return "augmented" if ratio[0] > 0.015 else "frozen"
    return "healthy"
