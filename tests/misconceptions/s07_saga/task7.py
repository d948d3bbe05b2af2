"""Task 7: SAGA with a table of residuals."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("that is SAG", loses=["task7-visible", "task7-path", "task7-resume"])
def writes_first(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
    return x, r


@wrong(
    "it moved by the whole change",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"],
)
def mean_moves_by_all(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j]
        r[j] = new
    return x, r


@wrong(
    "∑rx/n is never updated", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"]
)
def mean_frozen(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        r[j] = new
    return x, r


@wrong(
    "the table is never updated",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"],
)
def table_frozen(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
    return x, r


@wrong(
    "the ridge is missing", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"]
)
def no_ridge(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong(
    "the ridge counts once", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"]
)
def ridge_twice(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + 2 * ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("∑rx/n is missing", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"])
def no_mean(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("∑rx/n has a 1/n", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"])
def sum_for_mean(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r = np.array(theta0, dtype=float), np.array(residuals0, dtype=float)
    mean = features.T @ r
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j]
        r[j] = new
    return x, r


@wrong(
    "not the other way round", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"]
)
def sign_flipped(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((r[j] - new) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("this is plain SGD", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"])
def plain_sgd(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * (new * features[j] + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("not −1 and 1", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"])
def labels_of_signs(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - (2 * labels[j] - 1)
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong(
    "row j gets the residual before the step", loses=["task7-visible", "task7-path", "task7-resume"]
)
def stores_the_residual_after(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        new = 1 / (1 + np.exp(-features[j] @ x)) - labels[j]
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("the table that is given counts", loses=["task7-visible", "task7-resume"])
def starts_its_own_table(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    r = 1 / (1 + np.exp(-features @ x)) - labels
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("these are the ones at the last θ", loses=["task7-visible", "task7-resume"])
def fresh_table_at_the_end(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, 1 / (1 + np.exp(-features @ x)) - labels


@wrong(
    "changed its argument 'residuals0'",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"],
)
def works_on_the_table_given(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), residuals0, len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong("expected 2 values", loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"])
def forgets_the_table(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return float(x[0])


@wrong(
    "not at θ₀",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"],
)
def ridge_at_the_start(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * theta0)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@wrong(
    "the mean moves after its use",
    loses=["task7-visible", "task7-path", "task7-resume"],
)
def mean_before_its_use(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2)) - labels[j]
        mean = mean + (new - r[j]) * features[j] / n
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        r[j] = new
    return x, r


@wrong(
    "the label is missing",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-resume"],
)
def no_label(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, r, n = np.array(theta0, dtype=float), np.array(residuals0, dtype=float), len(features)
    mean = features.T @ r / n
    for j in indices:
        new = 0.5 * (1 + np.tanh(features[j] @ x / 2))
        x = x - step_size * ((new - r[j]) * features[j] + mean + ridge * x)
        mean = mean + (new - r[j]) * features[j] / n
        r[j] = new
    return x, r


@right
def with_whole_gradients(features, labels, ridge, step_size, indices, theta0, residuals0):
    x, table = 1.0 * theta0, residuals0[:, None] * features
    rest = [float(value) for value in residuals0]
    for j in indices:
        rest_new = 0.5 + 0.5 * np.tanh(features[j] @ x / 2) - labels[j]
        v = rest_new * features[j] - table[j] + table.mean(axis=0) + ridge * x
        x, table[j], rest[j] = x - step_size * v, rest_new * features[j], rest_new
    return [x, rest]


@right
def sum_beside_the_table(features, labels, ridge, step_size, indices, theta0, residuals0):
    theta, table = theta0.copy(), residuals0.copy()
    total = np.einsum("n,np->p", table, features)
    for j in indices:
        x, before = features[j], table[j]
        table[j] = np.exp(x @ theta) / (1 + np.exp(x @ theta)) - labels[j]
        shrunk = (1 - step_size * ridge) * theta
        theta = shrunk - step_size * ((table[j] - before) * x + total / len(labels))
        total = total + (table[j] - before) * x
    return theta, table
