"""Task 4: a round of FedAvg."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "here all counted alike",
    loses=["task4-visible", "task4-numeric", "task4-quadratics", "task4-calls", "task4-softmax"],
)
def equal_weights(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for g in grads:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + (y - theta)
    move = move / len(weights)
    return theta + server_step * move


@wrong(
    "summed without weights",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def moves_summed(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for g in grads:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + (y - theta)
    return theta + server_step * move


@wrong(
    "here it stayed that of θ",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def gradient_frozen(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(theta)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong(
    "a client started where the one before ended",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def clients_in_a_chain(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    y = theta
    for w, g in zip(weights, grads, strict=True):
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong(
    "one local step is missing",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def one_step_short(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps - 1):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong(
    "the server step is ignored",
    loses=["task4-visible", "task4-quadratics", "task4-calls", "task4-softmax"],
)
def server_step_ignored(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + move


@wrong(
    "not the whole mean of the y_k",
    loses=["task4-visible", "task4-quadratics", "task4-calls", "task4-softmax"],
)
def mean_scaled(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return server_step * (theta + move)


@wrong(
    "yours has the other sign",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def descent_sign(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta - server_step * move


@wrong(
    "it was applied once more",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def step_size_twice(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * step_size * move


@wrong(
    "the moves aren't divided by H",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def divided_by_steps(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * move / local_steps


@wrong(
    "their moves y_k − θ belong there",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def ends_added(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * y
    return theta + server_step * move


@wrong("exactly H times", loses=["task4-calls"])
def gradient_asked_twice(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            if np.isfinite(g(y)).all():
                y = y - step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong("exactly H times", loses=["task4-calls"])
def one_more_call(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        g(y)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong(
    "changed its argument 'theta'",
    loses=[
        "task4-visible",
        "task4-numeric",
        "task4-digits",
        "task4-quadratics",
        "task4-calls",
        "task4-softmax",
    ],
)
def changes_theta(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(len(theta))
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y -= step_size * g(y)
        move = move + w * (y - theta)
    return theta + server_step * move


@wrong("expected shape", loses=["task4-quadratics", "task4-calls", "task4-digits", "task4-softmax"])
def clients_of_two_coordinates(theta, grads, weights, step_size, local_steps, server_step):
    move = np.zeros(2)
    for w, g in zip(weights, grads, strict=True):
        y = theta
        for _ in range(local_steps):
            y = y - step_size * g(y)
        move = move + w * (y - theta)[:2]
    return theta[:2] + server_step * move


@right
def mean_of_the_ends(theta, grads, weights, step_size, local_steps, server_step):
    ends = [np.array(theta, dtype=float) for _ in grads]
    for _ in range(local_steps):
        for end, grad in zip(ends, grads, strict=True):
            end -= step_size * np.asarray(grad(end))
    return (1 - server_step) * theta + server_step * np.tensordot(weights, ends, axes=1)


@right
def sum_of_the_gradients(theta, grads, weights, step_size, local_steps, server_step):
    total = 0.0 * theta
    for i, grad in enumerate(grads):
        met = np.zeros(len(theta))
        for _ in range(local_steps):
            met = met + grad(theta - step_size * met)
        total += weights[i] * met
    return theta - server_step * step_size * total
