"""Task 4: the weighted mean of many workers."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, MANY, EXACT, TINY = "task4-visible", "task4-many", "task4-exact", "task4-tiny"


@wrong("this is the plain mean", loses=[VISIBLE, MANY, EXACT, TINY])
def plain_mean(grads, variances):
    return grads.mean(axis=0)


@wrong("not with v.", loses=[VISIBLE, MANY, TINY])
def weights_upside_down(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    return variances @ grads / variances.sum()


@wrong("not with 1/√v", loses=[VISIBLE, MANY, TINY])
def standard_deviations(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    shares = np.sqrt(variances.min() / variances)
    return shares @ grads / shares.sum()


@wrong("the weights must add up to 1", loses=[VISIBLE, MANY, TINY])
def not_normalised(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    with np.errstate(all="ignore"):
        return (1 / variances) @ grads


@wrong("not by K", loses=[VISIBLE, MANY, TINY])
def divided_by_the_count(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    with np.errstate(all="ignore"):
        return (1 / variances) @ grads / len(grads)


@wrong("there is a nan", loses=[EXACT, TINY])
def no_thought_of_zero(grads, variances):
    with np.errstate(all="ignore"):
        shares = 1 / variances
        return shares @ grads / shares.sum()


@wrong("the exact workers count alike", loses=[EXACT])
def first_exact_worker(grads, variances):
    if variances.min() == 0:
        return grads[np.argmin(variances)]
    shares = variances.min() / variances
    return shares @ grads / shares.sum()


@wrong("there is a nan", loses=[TINY])
def inverses_overflow(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    with np.errstate(all="ignore"):
        return (1 / variances) @ grads / (1 / variances).sum()


@right
def one_worker_after_the_other(grads, variances):
    if (variances == 0).any():
        return grads[variances == 0].mean(axis=0)
    merged, left = grads[0], variances[0]
    for grad, variance in zip(grads[1:], variances[1:], strict=True):
        weight = (variance / left) / (1 + variance / left)
        merged, left = weight * merged + (1 - weight) * grad, weight * left
    return merged


@right
def logarithms(grads, variances):
    exact = variances == 0
    if exact.any():
        return np.average(grads, axis=0, weights=exact)
    scores = -np.log(variances)
    return np.average(grads, axis=0, weights=np.exp(scores - scores.max())).tolist()
