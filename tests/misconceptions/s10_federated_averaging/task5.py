"""Task 5: a round of SCAFFOLD."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "c_k is left out",
    loses=["task5-visible", "task5-numeric", "task5-theta", "task5-clients", "task5-server"],
)
def no_own_control(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "c is left out of the local steps",
    loses=["task5-visible", "task5-numeric", "task5-theta", "task5-clients", "task5-server"],
)
def no_server_control(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i])
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "the correction has the wrong sign",
    loses=["task5-visible", "task5-numeric", "task5-theta", "task5-clients", "task5-server"],
)
def wrong_sign(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) + client_c[i] - c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "those of FedAvg",
    loses=["task5-visible", "task5-numeric", "task5-theta", "task5-clients", "task5-server"],
)
def plain_local_steps(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y))
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong("not over all K", loses=["task5-visible", "task5-theta"])
def move_over_all(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(grads)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong("the −c is missing", loses=["task5-visible", "task5-clients", "task5-server"])
def no_minus_c(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "c_k − c is missing", loses=["task5-visible", "task5-numeric", "task5-clients", "task5-server"]
)
def bare_displacement(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "the division by H is missing",
    loses=["task5-visible", "task5-numeric", "task5-clients", "task5-server"],
)
def no_division_by_h(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / step_size
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong("the other choice is asked for", loses=["task5-visible", "task5-clients", "task5-server"])
def gradient_at_the_start(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = grads[i](theta)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong("is divided by K", loses=["task5-visible", "task5-server"])
def change_over_active(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(active)
    return theta + move, c + change, new


@wrong("not only of those in S", loses=["task5-visible", "task5-numeric", "task5-server"])
def mean_of_the_active(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = (np.array(client_c, dtype=float), np.zeros(len(theta)))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    return (theta + move, new[active].mean(axis=0), new)


@wrong("c isn't renewed", loses=["task5-visible", "task5-numeric", "task5-server"])
def c_not_renewed(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = (np.array(client_c, dtype=float), np.zeros(len(theta)))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    return (theta + move, c, new)


@wrong("off by a relative error", loses=["task5-visible", "task5-numeric", "task5-server"])
def change_summed(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0)
    return theta + move, c + change, new


@wrong(
    "changed its argument 'client_c'",
    loses=["task5-visible", "task5-numeric", "task5-theta", "task5-clients", "task5-server"],
)
def renews_its_argument(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = client_c, np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = 0 * (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong("a client outside S was asked", loses=["task5-visible"])
def controls_of_all(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    for i in set(range(len(grads))) - set(map(int, active)):
        grads[i](theta)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "yours has y_k − θ",
    loses=["task5-visible", "task5-numeric", "task5-clients", "task5-server"],
)
def displacement_the_other_way(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (y - theta) / (local_steps * step_size)
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "the division by η is missing",
    loses=["task5-visible", "task5-numeric", "task5-clients", "task5-server"],
)
def no_division_by_eta(theta, c, client_c, grads, step_size, local_steps, active):
    new, move = np.array(client_c, dtype=float), np.zeros(len(theta))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / local_steps
        move = move + (y - theta) / len(active)
    change = (new - client_c).sum(axis=0) / len(grads)
    return theta + move, c + change, new


@wrong(
    "c changed while clients were at work",
    loses=["task5-visible", "task5-theta", "task5-clients", "task5-server"],
)
def moving_c(theta, c, client_c, grads, step_size, local_steps, active):
    c = np.array(c)
    new, move = (np.array(client_c, dtype=float), np.zeros(len(theta)))
    for i in active:
        y = theta
        for _ in range(local_steps):
            y = y - step_size * (grads[i](y) - client_c[i] + c)
        new[i] = client_c[i] - c + (theta - y) / (local_steps * step_size)
        c = c + (new[i] - client_c[i]) / len(grads)
        move = move + (y - theta) / len(active)
    return (theta + move, c, new)


@right
def mean_of_the_gradients(theta, c, client_c, grads, step_size, local_steps, active):
    controls, ends = [np.asarray(row) for row in client_c], []
    for i in active:
        met, y = np.zeros(len(theta)), theta
        for _ in range(local_steps):
            slope = grads[i](y)
            met, y = met + slope / local_steps, y - step_size * (slope + (c - client_c[i]))
        ends.append(y)
        controls[i] = met
    return np.mean(ends, axis=0), np.mean(controls, axis=0), np.array(controls)


@right
def all_at_once(theta, c, client_c, grads, step_size, local_steps, active):
    active = np.asarray(active)
    shift = c - client_c[active]
    y = np.repeat(theta[None], len(active), axis=0)
    for _ in range(local_steps):
        slopes = np.stack([grads[i](row) for i, row in zip(active, y, strict=True)])
        y = y - step_size * (slopes + shift)
    fresh = (theta - y) / (step_size * local_steps) - shift
    after = client_c.copy()
    after[active] = fresh
    server = c + len(active) / len(grads) * (fresh - client_c[active]).mean(axis=0)
    return [theta + (y - theta).mean(axis=0), server, after.tolist()]
