"""Task 8: find the fault in a log of minibatch gradients."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "the mean hardly moves from one epoch to the next", loses=["task8-epoch", "task8-correlated"]
)
def looks_at_the_mean_only(log):
    flat = log["grads"].reshape(-1, log["grads"].shape[-1])
    full = log["full_grad"]
    along = flat.mean(axis=0) @ full / (full @ full)
    if along > (1 + log["batch_size"]) / 2:
        return "sum"
    error = np.sqrt(flat.var(axis=0) / len(flat))
    return "biased" if (abs(flat.mean(axis=0) - full) > 6 * error).any() else "iid"


@wrong("the mean is B times G", loses=["task8-visible", "task8-sum", "task8-biased", "task8-epoch"])
def looks_at_the_variance_only(log):
    flat = log["grads"].reshape(-1, log["grads"].shape[-1])
    ratio = log["batch_size"] * flat.var(axis=0).sum() / log["noise_trace"]
    return "correlated" if ratio > 1.8 else "iid"


@wrong("here it is B times G", loses=["task8-visible", "task8-sum"])
def does_not_know_sums(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if (abs(mean - full) > 6 * np.sqrt(spread / len(flat))).any():
        return "biased"
    if log["batch_size"] * spread.sum() > 1.8 * log["noise_trace"]:
        return "correlated"
    of_epochs = grads.mean(axis=1).var(axis=0).sum()
    return "epoch" if of_epochs < 0.1 * spread.sum() / grads.shape[1] else "iid"


@wrong("misses G by many standard errors", loses=["task8-biased"])
def does_not_hold_the_mean_against_g(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if mean @ full > (1 + log["batch_size"]) / 2 * (full @ full):
        return "sum"
    if log["batch_size"] * spread.sum() > 1.8 * log["noise_trace"]:
        return "correlated"
    of_epochs = grads.mean(axis=1).var(axis=0).sum()
    return "epoch" if of_epochs < 0.1 * spread.sum() / grads.shape[1] else "iid"


@wrong("hold B times the variance of a batch", loses=["task8-correlated"])
def does_not_look_at_the_variance(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if mean @ full > (1 + log["batch_size"]) / 2 * (full @ full):
        return "sum"
    if (abs(mean - full) > 6 * np.sqrt(spread / len(flat))).any():
        return "biased"
    of_epochs = grads.mean(axis=1).var(axis=0).sum()
    return "epoch" if of_epochs < 0.1 * spread.sum() / grads.shape[1] else "iid"


@wrong("average each epoch", loses=["task8-epoch"])
def does_not_average_epochs(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if mean @ full > (1 + log["batch_size"]) / 2 * (full @ full):
        return "sum"
    if (abs(mean - full) > 6 * np.sqrt(spread / len(flat))).any():
        return "biased"
    return "correlated" if log["batch_size"] * spread.sum() > 1.8 * log["noise_trace"] else "iid"


@wrong("average each epoch", loses=["task8-visible", "task8-iid"])
def healthy_means_shuffled(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if mean @ full > (1 + log["batch_size"]) / 2 * (full @ full):
        return "sum"
    if (abs(mean - full) > 6 * np.sqrt(spread / len(flat))).any():
        return "biased"
    return "correlated" if log["batch_size"] * spread.sum() > 1.8 * log["noise_trace"] else "epoch"


@wrong(
    "is none of the five labels",
    loses=["task8-visible", "task8-iid", "task8-epoch"],
)
def a_label_of_its_own(log):
    grads, full = log["grads"], log["full_grad"]
    flat = grads.reshape(-1, grads.shape[-1])
    mean, spread = flat.mean(axis=0), flat.var(axis=0)
    if mean @ full > (1 + log["batch_size"]) / 2 * (full @ full):
        return "sum"
    if (abs(mean - full) > 6 * np.sqrt(spread / len(flat))).any():
        return "biased"
    return (
        "correlated" if log["batch_size"] * spread.sum() > 1.8 * log["noise_trace"] else "healthy"
    )


@right
def lenient(log):
    grads, full = np.array(log["grads"]), np.array(log["full_grad"])
    flat = grads.reshape(-1, len(full))
    mean = np.mean(flat, axis=0)
    if np.linalg.norm(mean) > 2 * np.linalg.norm(full):
        return "sum"
    if np.linalg.norm(mean - full) > 0.1 * np.linalg.norm(full):
        return "biased"
    if np.trace(np.cov(flat.T)) * log["batch_size"] / log["noise_trace"] > 1.5:
        return "correlated"
    spread = np.std(grads.mean(axis=1), axis=0)
    return "epoch" if spread.max() < 0.01 * np.sqrt(log["noise_trace"]) else "iid"


@right
def epochs_first(log):
    grads, full, size = log["grads"], log["full_grad"], log["batch_size"]
    epochs = grads.mean(axis=1)
    if np.abs(epochs - full).max() < 1e-3:
        return "EPOCH"
    error = epochs.std(axis=0, ddof=1) / np.sqrt(len(epochs))
    along = np.median(epochs @ full) / (full @ full)
    if along > 2:
        return "SUM"
    if np.max(np.abs(epochs.mean(axis=0) - full) / error) > 8:
        return "BIASED"
    ratio = size * grads.reshape(-1, len(full)).var(axis=0, ddof=1) / log["noise_trace"]
    return "CORRELATED" if ratio.sum() > 2 else "IID"
