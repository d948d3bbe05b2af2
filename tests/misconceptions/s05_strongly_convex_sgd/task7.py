"""Task 7: the floor of a logistic fit, curvature and noise frozen."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "a batch has 1/B of the noise",
    loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"],
)
def noise_of_one_example(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * (2 - step_size * a)))


@wrong("not 1/B²", loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"])
def batch_size_squared(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size**2 * (2 - step_size * a)))


@wrong(
    "is the floor only as η → 0",
    loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"],
)
def first_order(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a = np.linalg.eigvalsh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    return step_size * np.trace(sigma) / (4 * batch_size)


@wrong("the ridge bends the loss too", loses=["task7-visible", "task7-small", "task7-digits"])
def ridge_left_out_of_the_hessian(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X)
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("has curvature λ, not λ/2", loses=["task7-visible", "task7-small", "task7-digits"])
def half_a_ridge(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge / 2 * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("Σ is taken about the mean gradient", loses=["task7-visible", "task7-small", "task7-digits"])
def second_moment(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    g = g + ridge * theta
    sigma = g.T @ g / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("isn't zero here either", loses=["task7-visible", "task7-small", "task7-digits"])
def second_moment_without_the_ridge(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = g.T @ g / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("not 1/(N − 1)", loses=["task7-visible", "task7-small", "task7-digits"])
def bessel(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / (len(X) - 1)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("no factor (N − B)/(N − 1)", loses=["task7-visible", "task7-small", "task7-digits"])
def finite_population(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    sigma = sigma * (len(X) - batch_size) / (len(X) - 1)
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("has a ½ in it", loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"])
def loss_without_half(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (batch_size * (2 - step_size * a)))


@wrong(
    "the excess loss weighs directions by H",
    loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"],
)
def distance(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * a * (2 - step_size * a)))


@wrong("H isn't diagonal", loses=["task7-visible", "task7-small", "task7-digits"])
def diagonals(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a = np.linalg.eigvalsh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    a, noise = np.diag(hessian), np.diag(sigma)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("Σ wasn't turned", loses=["task7-visible", "task7-small", "task7-digits"])
def noise_not_turned(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a = np.linalg.eigvalsh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(sigma)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("Σ isn't H", loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"])
def hessian_for_noise(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ hessian @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong("is the largest value of p(1 − p)", loses=["task7-visible", "task7-small", "task7-digits"])
def quarter(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X) / (4 * len(X)) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong(
    "these residuals are for −1 and 1",
    loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"],
)
def labels_of_both_signs(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - 2 * y + 1)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@wrong(
    "that is the bound's level",
    loses=["task7-visible", "task7-numeric", "task7-small", "task7-digits"],
)
def the_ball(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a = np.linalg.eigvalsh(hessian)
    if step_size * a[-1] >= 2:
        return np.inf
    return step_size * a[-1] * np.trace(sigma) / (2 * a[0] * batch_size)


@wrong("past its limit", loses=["task7-beyond"])
def no_guard(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = X * (p - y)[:, None]
    sigma = (g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) / len(X)
    hessian = X.T @ (X * (p * (1 - p))[:, None]) / len(X) + ridge * np.eye(X.shape[1])
    a, q = np.linalg.eigh(hessian)
    noise = np.diag(q.T @ sigma @ q)
    return np.sum(step_size * noise / (2 * batch_size * (2 - step_size * a)))


@right
def example_by_example(X, y, theta, ridge, batch_size, step_size):
    n, d = X.shape
    hessian, grads = np.diag([float(ridge)] * d), []
    for row, label in zip(X, y, strict=True):
        p = 0.5 + 0.5 * np.tanh(row @ theta / 2)
        hessian = hessian + np.outer(row, row) * (p - p**2) / n
        grads.append((p - label) * row + ridge * theta)
    sigma = np.atleast_2d(np.cov(np.array(grads), rowvar=False, ddof=0)) / batch_size
    a, q = np.linalg.eigh(hessian)
    if max(a) * step_size > 2:
        return float("inf")
    inner = step_size * (q.T @ sigma @ q) / (a[:, None] + a - step_size * np.outer(a, a))
    return 0.5 * np.trace(hessian @ q @ inner @ q.T)


@right
def summed_over_the_past(X, y, theta, ridge, batch_size, step_size):
    p = 1 / (1 + np.exp(-(X @ theta)))
    g = (p - y)[:, None] * X
    hessian = (X * (p * (1 - p))[:, None]).T @ X / len(X) + ridge * np.eye(len(theta))
    if step_size * np.linalg.norm(hessian, 2) >= 2:
        return np.array(np.inf)
    keep = np.eye(len(theta)) - step_size * hessian
    total = step_size**2 / batch_size * (g.T @ g / len(X) - np.outer(g.mean(0), g.mean(0)))
    for _ in range(30):
        total, keep = total + keep @ total @ keep, keep @ keep
    return np.array(np.sum(hessian * total) / 2)
