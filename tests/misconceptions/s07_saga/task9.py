"""Task 9: the floor of a snapshot that is never refreshed."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "they are the whole population",
    loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"],
)
def bessel(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / (n - 1)).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong(
    "mean of a², not ā²",
    loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix", "task9-limit"],
)
def mean_step(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.kron(steps.mean(axis=0), steps.mean(axis=0))
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong(
    "a step overshoots a bit",
    loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix", "task9-limit"],
)
def continuous_time(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    eye = np.eye(d)
    move = np.eye(d * d) - step_size * (np.kron(mean, eye) + np.kron(eye, mean))
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong(
    "which ∇f(w) takes off",
    loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"],
)
def uncentred(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * hessians @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong("of ā times it", loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"])
def trace_of_the_covariance(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(cov))


@wrong("f has a ½", loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"])
def twice(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov))


@wrong(
    "the offset enters squared",
    loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"],
)
def offset_not_squared(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ (offset / np.sqrt(np.linalg.norm(offset)))
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong("corners couple the coordinates", loses=["task9-numeric", "task9-matrix", "task9-limit"])
def diagonals_only(hessians, offset, step_size):
    hessians = np.array([np.diag(np.diag(a)) for a in hessians])
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong("product of two traces", loses=["task9-matrix"])
def traces_apart(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean) * np.trace(cov) / d / 2)


@wrong("past the limit of the second moment", loses=["task9-limit"])
def no_guard(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong("past the limit of the second moment", loses=["task9-limit"])
def limit_of_the_mean(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvalsh(steps.mean(axis=0))).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (kicks.T @ kicks / n).ravel()).reshape(d, d)
    return float(np.trace(mean @ cov) / 2)


@wrong("one η stays", loses=["task9-visible", "task9-numeric", "task9-scalar", "task9-matrix"])
def noise_squared_too_often(hessians, offset, step_size):
    mean, d, n = hessians.mean(axis=0), len(offset), len(hessians)
    steps = np.eye(d) - step_size * hessians
    move = np.mean([np.kron(m, m) for m in steps], axis=0)
    if np.abs(np.linalg.eigvals(move)).max() >= 1:
        return float("inf")
    kicks = step_size * (hessians - mean) @ offset
    cov = np.linalg.solve(np.eye(d * d) - move, (step_size * kicks.T @ kicks / n).ravel()).reshape(
        d, d
    )
    return float(np.trace(mean @ cov) / 2)


@right
def by_iteration(hessians, offset, step_size):
    n, d = hessians.shape[:2]
    mean = np.mean(hessians, axis=0)
    steps = np.eye(d) - step_size * hessians
    kicks = step_size * np.einsum("nij,j->ni", hessians - mean, offset)
    added, cov = kicks.T @ kicks / n, np.eye(d)
    for _ in range(400):  # without the noise: does it shrink?
        cov = np.einsum("nij,jk,nlk->il", steps, cov, steps) / n
        size = np.trace(cov)
        cov = cov / size
    if size >= 1:
        return np.inf
    cov, old = added, 0 * added
    while np.abs(cov - old).max() > 1e-14 * np.abs(cov).max():
        cov, old = added + np.einsum("nij,jk,nlk->il", steps, cov, steps) / n, cov
    return 0.5 * np.sum(mean * cov)


@right
def lyapunov_form(hessians, offset, step_size):
    a, eye = hessians.mean(axis=0), np.eye(len(offset))
    both = sum(np.kron(h, h) for h in hessians) / len(hessians)
    left = np.kron(a, eye) + np.kron(eye, a) - step_size * both
    if np.linalg.eigvalsh(left).min() <= 0:
        return np.inf
    noise = np.cov(np.einsum("nij,j->ni", hessians, offset).T, bias=True)
    cov = np.linalg.solve(left, step_size * np.ravel(noise))
    return np.array(a.ravel() @ cov / 2)
