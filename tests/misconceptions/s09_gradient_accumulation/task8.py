"""Task 8: find the fault in a parity log."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("look at all checkpoints", loses=["task8-visible", "task8-means"])
def first_checkpoint_only(log):
    ratio = log["norm_many"] / log["norm_one"]
    if log["rank_cosine"][0] > 0.999:
        return "same_data"
    if abs(log["loss_many"][0] / log["loss_one"][0] - 1) > 0.01:
        return "mean_of_means"
    if ratio[0] > 2:
        return "missing_average"
    return "low_precision" if np.median(abs(ratio - 1)) > 0.02 else "healthy"


@wrong("so the weights are right", loses=["task8-precision"])
def any_cosine_is_a_mean_of_means(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if min(log["cosine"]) < 0.998:
        return "mean_of_means"
    if max(ratio) > 2:
        return "missing_average"
    return "low_precision" if abs(ratio - 1).max() > 0.01 else "healthy"


@wrong("doesn't move the loss", loses=["task8-visible", "task8-means"])
def any_cosine_is_the_buffer(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if max(ratio) > 2:
        return "missing_average"
    return "low_precision" if min(log["cosine"]) < 0.998 else "healthy"


@wrong("norms don't", loses=["task8-average", "task8-precision", "task8-data"])
def loss_only(log):
    gap = np.abs(log["loss_many"] / log["loss_one"] - 1)
    return "mean_of_means" if gap.max() > 0.01 else "healthy"


@wrong("two ranks with one gradient", loses=["task8-data"])
def without_the_ranks(log):
    ratio = log["norm_many"] / log["norm_one"]
    if np.abs(log["loss_many"] / log["loss_one"] - 1).max() > 0.01:
        return "mean_of_means"
    if max(ratio) > 2:
        return "missing_average"
    return "low_precision" if abs(ratio - 1).max() > 0.01 else "healthy"


@wrong(
    "the two losses agree",
    loses=["task8-visible", "task8-healthy", "task8-average", "task8-precision"],
)
def rounding_is_a_gap(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if np.abs(log["loss_many"] - log["loss_one"]).max() > 0:
        return "mean_of_means"
    if max(ratio) > 2:
        return "missing_average"
    return "low_precision" if abs(ratio - 1).max() > 0.01 else "healthy"


@wrong("times as large", loses=["task8-precision"])
def any_ratio_is_the_average(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if np.abs(log["loss_many"] / log["loss_one"] - 1).max() > 0.01:
        return "mean_of_means"
    return "missing_average" if abs(ratio - 1).max() > 0.01 else "healthy"


@wrong("doesn't multiply the norm by K", loses=["task8-average"])
def any_ratio_is_the_buffer(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if np.abs(log["loss_many"] / log["loss_one"] - 1).max() > 0.01:
        return "mean_of_means"
    return "low_precision" if abs(ratio - 1).max() > 0.01 else "healthy"


@wrong("is none of the five labels", loses=["task8-visible", "task8-healthy"])
def a_label_of_its_own(log):
    ratio = log["norm_many"] / log["norm_one"]
    if min(log["rank_cosine"]) > 0.999:
        return "same_data"
    if np.abs(log["loss_many"] / log["loss_one"] - 1).max() > 0.01:
        return "mean_of_means"
    if max(ratio) > 2:
        return "missing_average"
    return "low_precision" if abs(ratio - 1).max() > 0.01 else "fine"


@right
def by_medians(log):
    ratio = np.median(log["norm_many"]) / np.median(log["norm_one"])
    if np.median(log["rank_cosine"]) > 0.99:
        return "Same_data"
    if ratio > 50:
        return "Missing_average"
    if np.median(np.abs(log["loss_many"] - log["loss_one"]) / log["loss_one"]) > 0.02:
        return "Mean_of_means"
    off = np.median(np.abs(log["norm_many"] / log["norm_one"] - 1))
    return "Low_precision" if off > 0.005 else "Healthy"


@right
def cosine_first(log):
    gap = max(abs(a / b - 1) for a, b in zip(log["loss_many"], log["loss_one"], strict=True))
    if min(log["cosine"]) < 0.999:
        return "mean_of_means" if gap > 1e-3 else "low_precision"
    if log["norm_many"][-1] > 0.9 * log["microbatches"] * log["norm_one"][-1]:
        return "missing_average"
    return "same_data" if all(log["rank_cosine"] > 0.999) else "healthy"
