"""Task 3: how much each example leaks into the last iterate of SGD."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, ONE, PASSES, LIMITS = "task3-visible", "task3-one-pass", "task3-passes", "task3-limits"


@wrong("this is the last pass alone", loses=[PASSES])
def last_pass_alone(step_size, n, n_passes, cov):
    return step_size * (1 - step_size) ** np.arange(n - 1.0, -1, -1) * np.trace(cov)


@wrong("multiplied by the passes", loses=[PASSES])
def passes_add_up_undecayed(step_size, n, n_passes, cov):
    once = step_size * (1 - step_size) ** np.arange(n - 1.0, -1, -1)
    return n_passes * once * np.trace(cov)


@wrong("passes are spaced by one step", loses=[PASSES])
def passes_one_step_apart(step_size, n, n_passes, cov):
    once = step_size * (1 - step_size) ** np.arange(n - 1.0, -1, -1)
    return once * sum((1.0 - step_size) ** p for p in range(n_passes)) * np.trace(cov)


@wrong("the order is turned around", loses=[VISIBLE, ONE, PASSES, LIMITS])
def first_seen_weighs_most(step_size, n, n_passes, cov):
    power = np.arange(n) + n * np.arange(n_passes)[:, None]
    return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov)


@wrong("too large by 1/η", loses=[VISIBLE, ONE, PASSES])
def step_size_left_out(step_size, n, n_passes, cov):
    power = n - 1 - np.arange(n) + n * np.arange(n_passes)[:, None]
    return ((1.0 - step_size) ** power).sum(axis=0) * np.trace(cov)


@wrong("count the steps taken after", loses=[VISIBLE, ONE, PASSES, LIMITS])
def own_step_counted_too(step_size, n, n_passes, cov):
    power = n - np.arange(n) + n * np.arange(n_passes)[:, None]
    return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov)


@wrong("this is half the gap", loses=[VISIBLE, ONE, PASSES, LIMITS])
def half_of_the_identity(step_size, n, n_passes, cov):
    power = n - 1 - np.arange(n) + n * np.arange(n_passes)[:, None]
    return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov) / 2


@wrong("n − j steps follow", loses=[VISIBLE, ONE, PASSES, LIMITS])
def one_step_too_few(step_size, n, n_passes, cov):
    power = n - 2 - np.arange(n) + n * np.arange(n_passes)[:, None]
    with np.errstate(divide="ignore"):
        return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov)


@wrong("C/n was carried over", loses=[VISIBLE, ONE, PASSES, LIMITS])
def weight_and_one_over_n(step_size, n, n_passes, cov):
    power = n - 1 - np.arange(n) + n * np.arange(n_passes)[:, None]
    return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov) / n


@wrong("the gap of the minimiser", loses=[VISIBLE, ONE, PASSES, LIMITS])
def gap_of_the_minimiser(step_size, n, n_passes, cov):
    return np.full(n, np.trace(cov) / n)


@wrong("asked for is risk minus loss", loses=[VISIBLE, ONE, PASSES, LIMITS])
def loss_minus_risk(step_size, n, n_passes, cov):
    power = n - 1 - np.arange(n) + n * np.arange(n_passes)[:, None]
    return -(step_size * (1.0 - step_size) ** power).sum(axis=0) * np.trace(cov)


@wrong("has a trace", loses=[VISIBLE, ONE, PASSES, LIMITS])
def every_covariance_added(step_size, n, n_passes, cov):
    power = n - 1 - np.arange(n) + n * np.arange(n_passes)[:, None]
    return (step_size * (1.0 - step_size) ** power).sum(axis=0) * np.sum(cov)


@wrong("expected shape", loses=[VISIBLE, ONE, PASSES, LIMITS])
def mean_over_examples(step_size, n, n_passes, cov):
    return (1 - (1.0 - step_size) ** (n * n_passes)) / n * np.trace(cov)


@wrong("there is a nan", loses=[LIMITS])
def divides_by_the_decay(step_size, n, n_passes, cov):
    with np.errstate(all="ignore"):
        decay = np.float64(1 - step_size)
        last = decay ** (n * n_passes) / decay ** np.arange(1, n + 1)
        weights = step_size * last * (1 - decay ** -np.float64(n * n_passes)) / (1 - decay**-n)
        return weights * np.trace(cov)


@right
def loop_over_steps(step_size, n, n_passes, cov):
    weights = [0.0] * n
    for _ in range(n_passes):
        for j in range(n):
            weights = [(1 - step_size) * w for w in weights]
            weights[j] += step_size
    return [w * (sum(cov[i][i] for i in range(len(cov)))) for w in weights]


@right
def geometric_sum(step_size, n, n_passes, cov):
    decay = 1.0 - step_size
    passes = (1 - decay ** (n * n_passes)) / (1 - decay**n)
    return step_size * decay ** (n - np.arange(1, n + 1)) * passes * np.einsum("ii->", cov)


@right
def sgd_on_unit_vectors(step_size, n, n_passes, cov):
    theta, examples = np.zeros(n), np.eye(n)
    for example in np.tile(examples, (n_passes, 1)):
        theta = theta - step_size * (theta - example)
    return theta * np.linalg.eigvalsh(cov).sum()
