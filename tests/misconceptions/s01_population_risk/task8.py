"""Task 8: what is wrong with a run."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE = "task8-visible"
# Training loss ends under the floor, over it; both losses contaminated, held-out loss alone.
UNDER, OVER, BOTH, ALONE = "task8-log1", "task8-log2", "task8-log3", "task8-log4"
HARDER, EASIER = "task8-log5", "task8-log6"


@wrong("held-out loss never rises from its lowest value", loses=[VISIBLE, UNDER, OVER])
def a_gap_is_memorising(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] - train[-1] > noise else "healthy"


@wrong("held-out loss never rises from its lowest value", loses=[VISIBLE, UNDER, OVER])
def growing_gap_is_memorising(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    gap = heldout - train
    return "memorising" if gap[-1] > gap[12] + noise / 2 else "healthy"


@wrong("held-out loss never rises from its lowest value", loses=[VISIBLE, UNDER, OVER])
def a_large_gap_is_memorising(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] - train[-1] > 41 * log["heldout_se"] else "healthy"


@wrong("held-out loss has risen", loses=[VISIBLE, UNDER, OVER])
def a_very_large_gap_is_memorising(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] - train[-1] > 73 * log["heldout_se"] else "healthy"


@wrong("healthy' came out as 'memorising'", loses=[VISIBLE, UNDER, OVER])
def training_under_the_floor_is_memorising(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if train[-1] < log["floor"] - noise else "healthy"


@wrong("on unseen examples no model gets there", loses=[VISIBLE, UNDER, OVER, BOTH])
def training_loss_read_first(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if train[-1] < log["floor"] - noise:
        return "memorising"
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "healthy"


@wrong("those examples have been seen", loses=[VISIBLE, UNDER, ALONE])
def training_under_the_floor_is_contaminated(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if train.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("what opens later comes from training", loses=[VISIBLE, UNDER, OVER, ALONE])
def shift_read_at_the_end(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[-1] - train[-1]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("in either direction", loses=[EASIER])
def a_shift_is_always_harder(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if heldout[0] - train[0] > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("on unseen examples no model gets there", loses=[BOTH, ALONE])
def floor_not_read(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("by more than noise", loses=[VISIBLE, UNDER, OVER])
def any_rise_counts(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if np.any(np.diff(heldout) > 0) else "healthy"


@wrong("by more than noise", loses=[VISIBLE, UNDER, OVER])
def two_losses_that_agree_are_healthy(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "healthy" if np.abs(heldout - train).max() < noise else "memorising"


@wrong("held-out loss has risen", loses=[VISIBLE, UNDER, OVER])
def waits_for_training_loss_to_rise(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if train[-1] > train.min() + noise else "healthy"


@wrong("held-out loss has risen", loses=[VISIBLE, UNDER, OVER])
def waits_for_one_large_step(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if np.diff(heldout).max() > noise else "healthy"


@wrong("held-out loss is under the floor", loses=[ALONE])
def contaminated_only_when_losses_agree(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise and abs(heldout[-1] - train[-1]) < noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("before anything was learned", loses=[HARDER, EASIER])
def start_never_compared(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("came out as 'healthy'", loses=[VISIBLE, UNDER, OVER, BOTH, ALONE, HARDER, EASIER])
def always_healthy(log):
    return "healthy"


@wrong("'overfitting' isn't one of the four labels", loses=[VISIBLE, UNDER, OVER])
def a_label_of_ones_own(log):
    heldout, train, noise = log["heldout"], log["train"], 6 * log["heldout_se"]
    if abs(heldout[0] - train[0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "overfitting" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("expected one of the four labels", loses=[VISIBLE, UNDER, OVER, BOTH, ALONE, HARDER, EASIER])
def yes_or_no(log):
    return bool(log["heldout"][-1] > log["heldout"].min() + 6 * log["heldout_se"])


@right
def lenient_and_capital(log):
    heldout, train, noise = log["heldout"], log["train"], 9 * log["heldout_se"]
    if heldout[-1] < log["floor"]:
        return "Contaminated"
    if not -noise < train[0] - heldout[0] < noise:
        return "SHIFTED"
    return "memorising " if heldout[-1] - np.min(heldout) > noise else "healthy"


@right
def smoothed_end(log):
    heldout = np.asarray(log["heldout"])
    end, noise = heldout[-3:].mean(), 5 * log["heldout_se"]
    smooth = np.convolve(heldout, np.ones(3) / 3, "valid")
    verdicts = {
        "shifted": np.abs(heldout[0] - log["train"][0]) > noise,
        "contaminated": end < log["floor"] - noise,
        "memorising": end - smooth.min() > noise,
    }
    return next((label for label, found in verdicts.items() if found), "healthy")
