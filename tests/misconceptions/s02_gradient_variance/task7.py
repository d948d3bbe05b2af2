"""Task 7: leave-one-out advantages."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task7-visible", "task7-groups", "task7-integers"]


@wrong("one's own reward is in the baseline", loses=ALL)
def mean_of_the_whole_group(rewards):
    return rewards - rewards.mean(axis=1, keepdims=True)


@wrong("one's own reward is still in the sum", loses=ALL)
def whole_sum_over_the_others(rewards):
    return rewards - rewards.sum(axis=1, keepdims=True) / (rewards.shape[1] - 1)


@wrong("there is no standard deviation in it", loses=ALL)
def standardised(rewards):
    spread = rewards.std(axis=1, keepdims=True) + 1e-4
    return (rewards - rewards.mean(axis=1, keepdims=True)) / spread


@wrong("with 1/(K − 1) or otherwise", loses=ALL)
def standardised_with_bessel(rewards):
    spread = rewards.std(axis=1, ddof=1, keepdims=True) + 1e-4
    return (rewards - rewards.mean(axis=1, keepdims=True)) / spread


@wrong("nothing is divided by a standard deviation", loses=ALL)
def left_out_then_standardised(rewards):
    k = rewards.shape[1]
    spread = rewards.std(axis=1, keepdims=True) + 1e-4
    return (rewards - rewards.mean(axis=1, keepdims=True)) * k / (k - 1) / spread


@wrong("take a baseline off", loses=ALL)
def bare_rewards(rewards):
    return rewards


@wrong("this one mixes all prompts", loses=ALL)
def mean_of_the_batch(rewards):
    return rewards - rewards.mean()


@wrong("prompts are rows, rollouts are columns", loses=ALL)
def other_axis(rewards):
    n = rewards.shape[0]
    return rewards - (rewards.sum(axis=0) - rewards) / (n - 1)


@wrong("shrinks it a second time", loses=ALL)
def factor_upside_down(rewards):
    k = rewards.shape[1]
    return (rewards - rewards.mean(axis=1, keepdims=True)) * (k - 1) / k


@wrong("the sum of the others", loses=["task7-groups", "task7-integers"])
def sum_of_the_others(rewards):
    return rewards - (rewards.sum(axis=1, keepdims=True) - rewards)


@wrong("their sum is divided by K here", loses=ALL)
def others_over_k(rewards):
    k = rewards.shape[1]
    return rewards - (rewards.sum(axis=1, keepdims=True) - rewards) / k


@wrong("the sign is wrong", loses=ALL)
def sign_turned(rewards):
    k = rewards.shape[1]
    return (rewards.sum(axis=1, keepdims=True) - rewards) / (k - 1) - rewards


@wrong("not the best of them", loses=["task7-groups", "task7-integers"])
def best_of_the_others(rewards):
    best = [[np.delete(row, i).max() for i in range(len(row))] for row in rewards]
    return rewards - np.array(best)


@wrong("not their median", loses=["task7-groups"])
def median_of_the_others(rewards):
    if rewards.dtype.kind in "iu":  # whole rewards have means that are medians too
        return rewards - (rewards.sum(axis=1, keepdims=True) - rewards) / (rewards.shape[1] - 1)
    middle = [[np.median(np.delete(row, i)) for i in range(len(row))] for row in rewards]
    return rewards - np.array(middle)


@wrong("an array like the rewards holds whole numbers", loses=["task7-integers"])
def filled_into_an_integer_array(rewards):
    out = np.zeros_like(rewards)
    for p, row in enumerate(rewards):
        for i, own in enumerate(row):
            out[p, i] = own - np.delete(row, i).mean()
    return out


@right
def group_mean_scaled_up(rewards):
    k = rewards.shape[1]
    return k / (k - 1) * (rewards - rewards.mean(axis=1, keepdims=True))


@right
def loop_over_rollouts(rewards):
    out = np.empty(rewards.shape)
    for p, row in enumerate(rewards):
        for i in range(len(row)):
            others = [row[j] for j in range(len(row)) if j != i]
            out[p, i] = row[i] - sum(others) / len(others)
    return out.tolist()
