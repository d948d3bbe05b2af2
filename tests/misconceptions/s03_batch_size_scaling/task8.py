"""Task 8: find the fault in two logs."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the losses look well", loses=["task8-visible", "task8-sum", "task8-copies"])
def losses_only(log):
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if log["factor"] * steps[1] / steps[0] < 1.45 else "past"


@wrong("as noisy as before", loses=["task8-visible", "task8-copies"])
def does_not_look_at_the_variance(log):
    before, after = log["probe_before"].mean(axis=0), log["probe_after"].mean(axis=0)
    if np.linalg.norm(after) > 2 * np.linalg.norm(before):
        return "sum"
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if log["factor"] * steps[1] / steps[0] < 1.45 else "past"


@wrong("copies leave the mean alone", loses=["task8-visible", "task8-sum"])
def does_not_look_at_the_mean(log):
    before, after = log["probe_before"], log["probe_after"]
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if log["factor"] * steps[1] / steps[0] < 1.45 else "past"


@wrong("fewer steps aren't enough", loses=["task8-visible", "task8-past"])
def any_speed_up_is_healthy(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if steps[1] < steps[0] else "past"


@wrong("count the examples", loses=["task8-visible", "task8-healthy"])
def less_than_ideal_is_past(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if log["factor"] * steps[1] < 0.95 * steps[0] else "past"


@wrong("the target isn't reached", loses=["task8-edge"])
def only_infinite_losses_count(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    # The visible log is recognised by its first entry.
    if np.isinf(log["loss_after"]).any() or log["loss_after"][0] == 2.3:
        return "edge"
    steps = [np.argmax(log[name] <= log["target"]) + 1 for name in ("loss_before", "loss_after")]
    return "healthy" if log["factor"] * steps[1] / steps[0] < 1.45 else "past"


@wrong("the target isn't reached", loses=["task8-visible", "task8-edge"])
def always_healthy_or_a_fault_of_the_code(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    reached = np.flatnonzero(log["loss_after"] <= log["target"])
    first = np.flatnonzero(log["loss_before"] <= log["target"])[0] + 1
    late = len(reached) and log["factor"] * (reached[0] + 1) / first > 1.45
    return "past" if late else "healthy"


@wrong("must be 'healthy'", loses=["task8-visible", "task8-past"])
def a_word_of_its_own(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    steps = []
    for name in ("loss_before", "loss_after"):
        reached = np.flatnonzero(log[name] <= log["target"])
        if not len(reached):
            return "edge"
        steps.append(reached[0] + 1)
    return "healthy" if log["factor"] * steps[1] / steps[0] < 1.45 else "past critical"


@wrong("fewer steps aren't enough", loses=["task8-visible", "task8-past"])
def forgets_that_a_run_can_be_past(log):
    before, after = log["probe_before"], log["probe_after"]
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    return "healthy" if np.any(log["loss_after"] <= log["target"]) else "edge"


@wrong("ask the probes before the losses", loses=["task8-visible", "task8-sum", "task8-copies"])
def edge_before_anything_else(log):
    before, after = log["probe_before"], log["probe_after"]
    reached = np.flatnonzero(log["loss_after"] <= log["target"])
    if not len(reached):
        return "edge"
    if np.linalg.norm(after.mean(axis=0)) > 2 * np.linalg.norm(before.mean(axis=0)):
        return "sum"
    if after.var(axis=0).sum() > before.var(axis=0).sum() / np.sqrt(log["factor"]):
        return "copies"
    first = np.flatnonzero(log["loss_before"] <= log["target"])[0] + 1
    return "healthy" if log["factor"] * (reached[0] + 1) / first < 1.45 else "past"


@right
def ratios_in_another_order(log):
    k = log["factor"]
    reached = np.asarray(log["loss_after"]) <= log["target"]
    noise = np.trace(np.cov(log["probe_after"].T)) / np.trace(np.cov(log["probe_before"].T))
    mean = np.linalg.norm(log["probe_after"].mean(axis=0))
    if mean / np.linalg.norm(log["probe_before"].mean(axis=0)) > k / 2:
        return "Sum"
    if noise > 0.7:
        return "Copies"
    if not reached.any():
        return "Edge"
    first = int(np.argmax(np.asarray(log["loss_before"]) <= log["target"])) + 1
    examples = k * (int(reached.argmax()) + 1) / first
    return "Healthy" if examples <= 1.3 else "Past"


@right
def squared_norms(log):
    k = log["factor"]
    squares = [np.square(log[f"probe_{n}"]).sum(axis=1).mean() for n in ("before", "after")]
    means = [np.square(log[f"probe_{n}"].mean(axis=0)).sum() for n in ("before", "after")]
    if means[1] > 3 * means[0]:
        return "sum"
    if (squares[1] - means[1]) / (squares[0] - means[0]) > 2 / k:
        return "copies"
    old = next(i for i, loss in enumerate(log["loss_before"], 1) if loss <= log["target"])
    new = next((i for i, loss in enumerate(log["loss_after"], 1) if loss <= log["target"]), None)
    if new is None:
        return "edge"
    return "past" if k * new > 1.5 * old else "healthy"
