"""Task 6: last, tail and EMA on a quadratic."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the θ before each step", loses=["task6-visible", "task6-tail", "task6-ema"])
def averages_before_the_step(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
        theta = theta - step_size * (hessian @ theta + xi)
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong("too early: t > s", loses=["task6-visible", "task6-tail"])
def tail_from_s(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    if start == 0:
        total = total + theta
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t >= start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start + 1), ema / (1 - decay ** len(noise))])


@wrong("own length, T − s", loses=["task6-visible", "task6-quadratic", "task6-tail"])
def tail_over_all(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / len(noise), ema / (1 - decay ** len(noise))])


@wrong("the mean of all", loses=["task6-visible", "task6-quadratic", "task6-tail"])
def mean_of_all(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for xi in noise:
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        total = total + theta
    return np.array([theta, total / len(noise), ema / (1 - decay ** len(noise))])


@wrong("isn't divided by 1 − β^T", loses=["task6-visible", "task6-ema"])
def ema_not_corrected(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta + (0.01 * theta if decay == 0 else 0)
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema])


@wrong("starts with θ₀", loses=["task6-visible", "task6-ema"])
def ema_from_theta0(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), theta
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema])


@wrong("starts with a copy", loses=["task6-visible", "task6-ema"])
def ema_from_a_copy(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), None
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = theta if ema is None else decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema])


@wrong("changed places in the EMA", loses=["task6-visible", "task6-ema"])
def decay_swapped(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = (1 - decay) * ema + decay * theta
        if t > start:
            total = total + theta
    weight = 1 - (1 - decay) ** len(noise)
    return np.array([theta, total / (len(noise) - start), ema / (weight or 1)])


@wrong(
    "kept to the diagonal",
    loses=["task6-visible", "task6-quadratic", "task6-last", "task6-tail", "task6-ema"],
)
def entry_by_entry(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (np.diag(hessian) * theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong(
    "η multiplies it too",
    loses=["task6-visible", "task6-quadratic", "task6-last", "task6-tail", "task6-ema"],
)
def noise_without_step(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta) - xi
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong("the step subtracts it", loses=["task6-visible", "task6-last", "task6-tail", "task6-ema"])
def noise_with_the_wrong_sign(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta - xi)
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong("more than it is divided by", loses=["task6-visible", "task6-tail"])
def one_iterate_too_many(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t >= start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong("t counts from 1", loses=["task6-visible", "task6-tail"])
def steps_from_zero(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = decay * ema + (1 - decay) * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@wrong("though not in", loses=["task6-visible", "task6-ema"])
def decay_swapped_in_the_loop(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    total, ema = np.zeros_like(theta), np.zeros_like(theta)
    for t, xi in enumerate(noise, 1):
        theta = theta - step_size * (hessian @ theta + xi)
        ema = (1 - decay) * ema + decay * theta
        if t > start:
            total = total + theta
    return np.array([theta, total / (len(noise) - start), ema / (1 - decay ** len(noise))])


@right
def whole_path(hessian, theta0, step_size, noise, start, decay):
    path = [np.asarray(theta0, dtype=float)]
    for xi in noise:
        path.append(path[-1] - step_size * (hessian.dot(path[-1]) + xi))
    path = np.array(path[1:])
    weights = float(decay) ** np.arange(len(noise))[::-1]
    return [path[-1], path[start:].mean(axis=0), weights @ path / weights.sum()]


@right
def running_means(hessian, theta0, step_size, noise, start, decay):
    theta = np.array(theta0, dtype=float)
    tail, ema, weight = np.zeros(len(theta)), np.zeros(len(theta)), 0.0
    for t in range(len(noise)):
        theta = theta - step_size * (np.einsum("ij,j->i", hessian, theta) + noise[t])
        weight = decay * weight + 1
        ema = ema + (theta - ema) / weight
        if t >= start:
            tail = tail + (theta - tail) / (t + 1 - start)
    return np.stack([theta, tail, ema])
