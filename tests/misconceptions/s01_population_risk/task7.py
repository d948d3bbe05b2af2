"""Task 7: the report of a chosen checkpoint."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, WINNER, ESTIMATE, ERROR = (
    "task7-visible",
    "task7-winner",
    "task7-estimate",
    "task7-error",
)


@wrong("which has made the choice", loses=[VISIBLE, ESTIMATE, ERROR])
def reports_on_validation(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, val[winner].mean(), val[winner].std(ddof=1) / np.sqrt(val.shape[1])


@wrong("the test set has made the choice", loses=[VISIBLE, WINNER, ESTIMATE])
def best_on_test(val, test):
    winner = int(test.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("lower is better", loses=[VISIBLE, WINNER])
def highest_loss(val, test):
    winner = int(val.mean(axis=1).argmax())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("both sets together have made the choice", loses=[WINNER])
def chosen_on_both(val, test):
    winner = int(np.hstack([val, test]).mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("the median has made the choice", loses=[VISIBLE, WINNER])
def chosen_by_the_median(val, test):
    winner = int(np.median(val, axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("the last validation example had no say", loses=[VISIBLE, WINNER])
def last_example_left_out(val, test):
    winner = int(val[:, :-1].mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("the smallest single loss", loses=[VISIBLE, WINNER])
def smallest_single_loss(val, test):
    winner = int(val.min(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("averaged over checkpoints; average over examples", loses=[VISIBLE, WINNER])
def averaged_over_checkpoints(val, test):
    winner = int(val.mean(axis=0).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("the first validation example had no say", loses=[WINNER])
def first_example_left_out(val, test):
    winner = int(val[:, 1:].mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("the winner's index isn't right", loses=[WINNER])
def smallest_worst_case(val, test):
    winner = int(val.max(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("half of that has made the choice", loses=[VISIBLE, ESTIMATE])
def average_of_both(val, test):
    winner = int(val.mean(axis=1).argmin())
    estimate = (val[winner].mean() + test[winner].mean()) / 2
    return winner, estimate, test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("losses were pooled", loses=[VISIBLE, ESTIMATE, ERROR])
def pooled(val, test):
    winner = int(val.mean(axis=1).argmin())
    losses = np.concatenate([val[winner], test[winner]])
    return winner, losses.mean(), losses.std(ddof=1) / np.sqrt(losses.size)


@wrong("the spread of single losses", loses=[VISIBLE, ERROR])
def standard_deviation(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1)


@wrong("the root of the validation set's size", loses=[VISIBLE, ERROR])
def validation_size(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(val.shape[1])


@wrong("taken with 1/b", loses=[VISIBLE, ERROR])
def population_formula(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std() / np.sqrt(test.shape[1])


@wrong("the root of b − 1", loses=[VISIBLE, ERROR])
def two_degrees_lost(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1] - 1)


@wrong("by b, not by its root", loses=[VISIBLE, ERROR])
def root_left_out(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].std(ddof=1) / test.shape[1]


@wrong("the variance of the mean", loses=[VISIBLE, ERROR])
def squared_error(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test[winner].var(ddof=1) / test.shape[1]


@wrong("the mean over checkpoints, not the winner's", loses=[VISIBLE, ERROR])
def spread_of_the_average(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test.mean(axis=0).std(ddof=1) / np.sqrt(test.shape[1])


@wrong("all checkpoints' losses together", loses=[VISIBLE, ERROR])
def spread_of_every_loss(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean(), test.std(ddof=1) / np.sqrt(test.shape[1])


@wrong("count from 0", loses=[VISIBLE, WINNER])
def counts_from_one(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner + 1, test[winner].mean(), test[winner].std(ddof=1) / np.sqrt(test.shape[1])


@wrong("expected 3 values", loses=[VISIBLE, WINNER, ESTIMATE, ERROR])
def no_standard_error(val, test):
    winner = int(val.mean(axis=1).argmin())
    return winner, test[winner].mean()


@right
def plain_loops(val, test):
    means = [sum(row) / len(row) for row in val]
    winner = min(range(len(means)), key=means.__getitem__)
    losses = list(test[winner])
    estimate = sum(losses) / len(losses)
    spread = sum((x - estimate) ** 2 for x in losses) / (len(losses) - 1)
    return [winner, estimate, (spread / len(losses)) ** 0.5]


@right
def sums_and_covariance(val, test):
    winner = np.argsort(val.sum(axis=1))[0]
    variance = np.cov(test[winner], ddof=1)
    return winner, np.average(test[winner]), np.sqrt(variance / test[winner].size)
