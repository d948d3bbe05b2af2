"""Task 7: an averaged classifier of digits."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("not added up", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def batch_sum(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals + ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("the ridge is missing", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def no_ridge(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * draw.T @ residuals / len(rows)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("here it counts twice", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def ridge_twice(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + 2 * ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("isn't divided by B", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def ridge_over_batch(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals + ridge * theta) / len(rows)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("0 and 1, not", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def labels_with_signs(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - (2 * labels[rows] - 1)
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("of all examples", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def full_gradient(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t in range(1, len(batches) + 1):
        residuals = 0.5 * (1 + np.tanh(features @ theta / 2)) - labels
        theta = theta - step_size * (features.T @ residuals / len(labels) + ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("fed back", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def average_fed_back(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    at = theta
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ at / 2)) - labels[rows]
        theta = at - step_size * (draw.T @ residuals / len(rows) + ridge * at)
        at = theta
        if t > start:
            total += theta
            at = total / (t - start)
    return np.array([theta, total / (len(batches) - start)])


@wrong("the θ before each step", loses=["task7-visible", "task7-mean"])
def average_before_the_step(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        total += theta * (t > start)
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
    return np.array([theta, total / (len(batches) - start)])


@wrong("too early: t > s", loses=["task7-visible", "task7-mean"])
def average_from_s(features, labels, ridge, step_size, batches, start):
    path = [np.zeros(features.shape[1])]
    for rows in batches:
        draw, theta = features[rows], path[-1]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        path.append(theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta))
    return np.array([path[-1], np.mean(path[start:], axis=0)])


@wrong("own length, T − s", loses=["task7-visible", "task7-digits", "task7-mean"])
def average_over_all(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / len(batches)])


@wrong("the mean of all", loses=["task7-visible", "task7-mean"])
def average_of_all(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for rows in batches:
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
        total += theta
    return np.array([theta, total / len(batches)])


@wrong("expected", loses=["task7-visible", "task7-digits", "task7-path", "task7-mean"])
def last_alone(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    for rows in batches:
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
    return theta


@wrong("counts twice", loses=["task7-visible", "task7-path", "task7-mean"])
def each_example_once(features, labels, ridge, step_size, batches, start):
    theta = np.zeros(features.shape[1])
    total = np.zeros_like(theta)
    for t, rows in enumerate(batches, 1):
        rows = np.unique(rows)
        draw = features[rows]
        residuals = 0.5 * (1 + np.tanh(draw @ theta / 2)) - labels[rows]
        theta = theta - step_size * (draw.T @ residuals / len(rows) + ridge * theta)
        total += theta * (t > start)
    return np.array([theta, total / (len(batches) - start)])


@right
def whole_path(features, labels, ridge, step_size, batches, start):
    path = [np.zeros(features.shape[1])]
    for rows in batches:
        theta = path[-1]
        each = [
            (1 / (1 + np.exp(-features[i] @ theta)) - labels[i]) * features[i] + ridge * theta
            for i in rows
        ]
        path.append(theta - step_size * np.mean(each, axis=0))
    return path[-1], np.mean(path[start + 1 :], axis=0)


@right
def running_mean(features, labels, ridge, step_size, batches, start):
    theta, mean = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    for t in range(len(batches)):
        draw, want = features[batches[t]], labels[batches[t]]
        residuals = 0.5 * (1 + np.tanh(0.5 * (draw @ theta))) - want
        theta = (1 - step_size * ridge) * theta - step_size * residuals @ draw / len(want)
        if t >= start:
            mean = mean + (theta - mean) / (t - start + 1)
    return np.vstack([theta, mean])
