"""Task 5: training loss and population risk of many runs."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, IDENTITY = "task5-visible", "task5-identity"
TRAIN, POPULATION = "task5-train", "task5-population"


@wrong("the loss has a ½", loses=[VISIBLE, IDENTITY, TRAIN, POPULATION])
def no_half(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1)
    return np.stack([train, np.square(theta - mean).sum(axis=1) + np.trace(cov)], axis=1)


@wrong("it is the mean of the losses, not their sum", loses=[VISIBLE, IDENTITY, TRAIN])
def sum_over_examples(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=(1, 2)) / 2
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2], axis=1)


@wrong("only examples are averaged", loses=[VISIBLE, IDENTITY, TRAIN])
def mean_over_coordinates(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).mean(axis=(1, 2)) / 2
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2], axis=1)


@wrong("the fresh example is noisy too", loses=[VISIBLE, IDENTITY, POPULATION])
def excess_for_risk(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, np.square(theta - mean).sum(axis=1) / 2], axis=1)


@wrong("needs the variances alone", loses=[VISIBLE, IDENTITY, POPULATION])
def every_covariance_added(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + cov.sum()) / 2], axis=1)


@wrong("mean and cov are the law's", loses=[VISIBLE, IDENTITY, POPULATION])
def sample_for_law(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    centre, spread = z.mean(axis=1), z.var(axis=1).sum(axis=1)
    return np.stack([train, (np.square(theta - centre).sum(axis=1) + spread) / 2], axis=1)


@wrong("evaluate the θ that is given", loses=[VISIBLE, IDENTITY, TRAIN, POPULATION])
def refitted(theta, z, mean, cov):
    theta = z.mean(axis=1)
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2], axis=1)


@wrong("on a single fresh example", loses=[VISIBLE, IDENTITY, POPULATION])
def noise_of_the_mean(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    noise = np.trace(cov) / z.shape[1]
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + noise) / 2], axis=1)


@wrong("the ½ was forgotten on the trace", loses=[VISIBLE, IDENTITY, POPULATION])
def half_on_the_distance_alone(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, np.square(theta - mean).sum(axis=1) / 2 + np.trace(cov)], axis=1)


@wrong("wasn't squared", loses=[VISIBLE, IDENTITY, POPULATION])
def distance_not_squared(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    away = np.linalg.norm(theta - mean, axis=1)
    return np.stack([train, (away + np.trace(cov)) / 2], axis=1)


@wrong("m is given", loses=[VISIBLE, IDENTITY, POPULATION])
def centred_at_the_sample(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    away = np.square(theta - z.mean(axis=1)).sum(axis=1)
    return np.stack([train, (away + np.trace(cov)) / 2], axis=1)


@wrong("column 1 (population risk): its mean at", loses=[IDENTITY])
def right_on_small_sets_alone(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    risk = (np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2
    return np.stack([train, risk + (0.05 if len(z) > 100 else 0.0)], axis=1)


@wrong("entry 'column 1 (population risk)': off by", loses=[VISIBLE, IDENTITY, POPULATION])
def a_slip_without_a_name(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, 0.37 * train + 0.11], axis=1)


@wrong("the columns are swapped", loses=[VISIBLE, IDENTITY, TRAIN, POPULATION])
def swapped(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean(axis=1) / 2
    return np.stack([(np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2, train], axis=1)


@wrong("expected shape", loses=[VISIBLE, IDENTITY, TRAIN, POPULATION])
def averaged_over_runs(theta, z, mean, cov):
    train = np.square(theta[:, None] - z).sum(axis=2).mean() / 2
    return np.array([train, (np.square(theta - mean).sum(axis=1).mean() + np.trace(cov)) / 2])


@wrong("changed its argument", loses=[VISIBLE, IDENTITY, TRAIN, POPULATION])
def subtracts_in_place(theta, z, mean, cov):
    z -= theta[:, None]
    train = np.square(z).sum(axis=2).mean(axis=1) / 2
    return np.stack([train, (np.square(theta - mean).sum(axis=1) + np.trace(cov)) / 2], axis=1)


@right
def loops(theta, z, mean, cov):
    rows = []
    for point, examples in zip(theta, z, strict=True):
        losses = [0.5 * float((point - example) @ (point - example)) for example in examples]
        noise = sum(cov[i, i] for i in range(len(mean)))
        away = float((point - mean) @ (point - mean))
        rows.append([sum(losses) / len(losses), 0.5 * (away + noise)])
    return rows


@right
def expanded(theta, z, mean, cov):
    def risk(first, second):
        return 0.5 * ((theta**2).sum(axis=1) - 2 * (theta * first).sum(axis=1) + second)

    sample = risk(z.mean(axis=1), (z**2).sum(axis=2).mean(axis=1))
    return np.array([sample, risk(mean, mean @ mean + np.trace(cov))]).T
