"""Task 6: SGD on a stream of examples."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

STEPS = ["task6-visible", "task6-numeric", "task6-steps"]


@wrong("this steps along the sum over the batch", loses=STEPS)
def sum_over_the_batch(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * np.einsum("nb,nbd->nd", r, x[:, t])
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("has no 2", loses=STEPS)
def gradient_with_a_two(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * 2 * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("the sign is wrong", loses=STEPS)
def uphill(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = y[:, t] - np.einsum("nbd,nd->nb", x[:, t], theta)
        theta = theta - eta * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("not where the run is", loses=STEPS)
def gradient_at_the_start(A, theta_star, theta0, step_sizes, x, y):
    first = np.tile(theta0, (len(x), 1))
    theta = first
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], first) - y[:, t]
        theta = theta - eta * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("each step has a step size of its own", loses=STEPS)
def first_step_size_for_all(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t in range(len(step_sizes)):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - step_sizes[0] * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("all see those of the first", loses=STEPS)
def one_stream_for_all_runs(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = theta @ x[0, t].T - y[0, t]
        theta = theta - eta * r @ x[0, t] / x.shape[2]
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("divided by the number of coordinates", loses=STEPS)
def mean_over_the_wrong_axis(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * np.einsum("nb,nbd->nd", r, x[:, t]) / x.shape[3]
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("the loss has a ½ in it", loses=["task6-visible", "task6-numeric", "task6-start"])
def loss_without_half(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("measured from θ*, not from the origin", loses=[*STEPS, "task6-start"])
def excess_from_the_origin(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = [0.5 * np.einsum("nd,de,ne->n", theta, A, theta)]
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta, A, theta))
    return np.array(out).T


@wrong("expected shape", loses=[*STEPS, "task6-start"])
def start_left_out(A, theta_star, theta0, step_sizes, x, y):
    theta = np.tile(theta0, (len(x), 1))
    out = []
    for t, eta in enumerate(step_sizes):
        r = np.einsum("nbd,nd->nb", x[:, t], theta) - y[:, t]
        theta = theta - eta * np.mean(r[:, :, None] * x[:, t], axis=1)
        out.append(0.5 * np.einsum("nd,de,ne->n", theta - theta_star, A, theta - theta_star))
    return np.array(out).T


@wrong("changed its argument 'theta0'", loses=[*STEPS, "task6-start"])
def steps_in_the_caller_s_array(A, theta_star, theta0, step_sizes, x, y):
    rows = []
    start = theta0.copy()
    for r in range(len(x)):
        theta0[:] = start
        row = [0.5 * (theta0 - theta_star) @ A @ (theta0 - theta_star)]
        for t, eta in enumerate(step_sizes):
            theta0 -= eta * x[r, t].T @ (x[r, t] @ theta0 - y[r, t]) / x.shape[2]
            row.append(0.5 * (theta0 - theta_star) @ A @ (theta0 - theta_star))
        rows.append(row)
    return np.array(rows)


@right
def run_after_run(A, theta_star, theta0, step_sizes, x, y):
    rows = []
    for inputs, targets in zip(x, y, strict=True):
        theta = np.array(theta0, dtype=float)
        row = [(theta - theta_star) @ A @ (theta - theta_star) / 2]
        for eta, batch, labels in zip(step_sizes, inputs, targets, strict=True):
            theta = theta - eta * ((batch @ theta - labels) @ batch) / len(batch)
            row.append((theta - theta_star) @ A @ (theta - theta_star) / 2)
        rows.append(row)
    return rows


@right
def in_errors(A, theta_star, theta0, step_sizes, x, y):
    noise = y - x @ theta_star
    e = np.repeat((theta0 - theta_star)[None], len(x), axis=0)
    columns = [np.sum((e @ A) * e, axis=1) / 2]
    for t in range(len(step_sizes)):
        pull = (x[:, t] @ e[:, :, None])[:, :, 0] - noise[:, t]
        e = e - step_sizes[t] * (pull[:, :, None] * x[:, t]).mean(axis=1)
        columns.append(np.sum((e @ A) * e, axis=1) / 2)
    return np.stack(columns, axis=1)
