"""Task 8: what is wrong with a run."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE = "task8-visible"
GAP, NO_GAP, UNDER, OVER = "task8-log1", "task8-log2", "task8-log3", "task8-log4"
BOTH, ALONE, HARDER, EASIER = "task8-log5", "task8-log6", "task8-log7", "task8-log8"


@wrong("held-out loss never rises from its lowest value", loses=[GAP])
def growing_gap_is_memorising(log):
    gap, noise = log["heldout"] - log["train"], 6 * log["heldout_se"]
    if abs(gap[0]) > noise:
        return "shifted"
    if log["heldout"].min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if gap[-1] > gap[0] + noise else "healthy"


@wrong("those examples have been seen", loses=[VISIBLE, GAP, UNDER, ALONE])
def training_under_the_floor_is_contaminated(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if abs(heldout[0] - log["train"][0]) > noise:
        return "shifted"
    if log["train"].min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("what opens later comes from training", loses=[VISIBLE, GAP, UNDER, OVER, ALONE])
def shift_read_at_the_end(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if abs(heldout[-1] - log["train"][-1]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("in either direction", loses=[EASIER])
def a_shift_is_always_harder(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if heldout[0] - log["train"][0] > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("on unseen examples no model gets there", loses=[BOTH, ALONE])
def floor_not_read(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if abs(heldout[0] - log["train"][0]) > noise:
        return "shifted"
    return "memorising" if heldout[-1] > heldout.min() + noise else "healthy"


@wrong("by more than noise", loses=[VISIBLE, GAP, NO_GAP])
def any_rise_counts(log):
    heldout, noise = log["heldout"], 6 * log["heldout_se"]
    if abs(heldout[0] - log["train"][0]) > noise:
        return "shifted"
    if heldout.min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if np.any(np.diff(heldout) > 0) else "healthy"


@wrong("held-out loss has risen", loses=[VISIBLE, UNDER, OVER])
def waits_for_training_loss_to_rise(log):
    train, noise = log["train"], 6 * log["heldout_se"]
    if abs(log["heldout"][0] - train[0]) > noise:
        return "shifted"
    if log["heldout"].min() < log["floor"] - noise:
        return "contaminated"
    return "memorising" if train[-1] > train.min() + noise else "healthy"


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


@wrong("held-out loss has risen", loses=[VISIBLE, UNDER, OVER, BOTH, ALONE, HARDER, EASIER])
def always_healthy(log):
    return "healthy"


@wrong(
    "expected one of the four labels",
    loses=[VISIBLE, GAP, NO_GAP, UNDER, OVER, BOTH, ALONE, HARDER, EASIER],
)
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
