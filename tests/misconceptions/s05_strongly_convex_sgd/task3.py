"""Task 3: stationary covariance, floor and the theorem's level."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

COV = ["task3-visible", "task3-cov"]


@wrong("right only as η → 0", loses=COV)
def continuous_time(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    cov = q @ (step_size * (q.T @ noise_cov @ q) / (a[:, None] + a)) @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("has the other sign", loses=COV)
def wrong_sign_of_the_square(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    below = a[:, None] + a + step_size * np.outer(a, a)
    cov = q @ (step_size * (q.T @ noise_cov @ q) / below) @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("turn the result back", loses=[*COV, "task3-floor"])
def left_in_the_eigenbasis(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    cov = step_size * (q.T @ noise_cov @ q) / (a[:, None] + a - step_size * np.outer(a, a))
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    # The product with A in the old coordinates makes no sense any more.
    return cov, np.trace(np.diag(a)) * np.trace(cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("the eigenvectors are columns", loses=COV)
def eigenvectors_as_rows(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q @ noise_cov @ q.T / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q.T @ inner @ q
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("its eigenvalues enter, not its own entries", loses=COV)
def elementwise(A, noise_cov, step_size):
    a, top = np.diag(A), np.linalg.eigvalsh(A)
    if step_size * top[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    cov = step_size * noise_cov / (a[:, None] + a - step_size * np.outer(a, a))
    ball = step_size * top[-1] * np.trace(noise_cov) / (2 * top[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * top[-1] < 1 else np.inf


@wrong("isn't even symmetric", loses=COV)
def first_order_formula(A, noise_cov, step_size):
    a = np.linalg.eigvalsh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    cov = step_size / 2 * np.linalg.solve(A, noise_cov)
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("has entries off the diagonal in the eigenvectors", loses=COV)
def variances_only(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    v = step_size * np.diag(q.T @ noise_cov @ q) / (a * (2 - step_size * a))
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return q @ np.diag(v) @ q.T, v @ a / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("is the floor only as η → 0", loses=["task3-visible", "task3-floor"])
def floor_to_first_order(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    floor = step_size * np.trace(noise_cov) / 4
    return step_size * q @ inner @ q.T, floor, ball if step_size * a[-1] < 1 else np.inf


@wrong("the loss has a ½ in it", loses=["task3-visible", "task3-floor"])
def loss_without_half(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov), ball if step_size * a[-1] < 1 else np.inf


@wrong("curvature isn't the same in all directions", loses=["task3-visible", "task3-floor"])
def distance_for_loss(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("the largest eigenvalue of Σ is a part of it", loses=["task3-visible", "task3-ball"])
def ball_with_the_norm(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[-1] * np.linalg.norm(noise_cov, 2) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("have changed places", loses=["task3-visible", "task3-ball"])
def ball_with_kappa_upside_down(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[0] * np.trace(noise_cov) / (2 * a[-1])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("μ is missing", loses=["task3-visible", "task3-ball"])
def ball_without_mu(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / 2
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("the theorem asks for η at most", loses=["task3-limits"])
def ball_beyond_its_range(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    return cov, np.trace(A @ cov) / 2, step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])


@wrong("past 2/L nothing settles", loses=["task3-limits"])
def no_guard(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    ball = step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])
    return cov, np.trace(A @ cov) / 2, ball if step_size * a[-1] < 1 else np.inf


@wrong("SGD still settles", loses=["task3-cov", "task3-limits"])
def settles_up_to_one_over_l_only(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] > 1:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    return cov, np.trace(A @ cov) / 2, step_size * a[-1] * np.trace(noise_cov) / (2 * a[0])


@right
def linear_system(A, noise_cov, step_size):
    d, a = len(A), np.linalg.eigvalsh(A)
    ball = step_size * a[-1] * np.trace(noise_cov) / a[0] / 2
    if step_size * a[-1] >= 2:
        return np.full((d, d), np.inf), float("inf"), float("inf")
    eye = np.eye(d)
    system = np.kron(A, eye) + np.kron(eye, A) - step_size * np.kron(A, A)
    cov = np.linalg.solve(system, step_size * noise_cov.ravel()).reshape(d, d)
    return cov, 0.5 * float(np.trace(A @ cov)), ball if step_size <= 1 / a[-1] else float("inf")


@right
def iterated_until_it_rests(A, noise_cov, step_size):
    top, low = np.linalg.norm(A, 2), np.linalg.norm(A, -2)
    keep = np.eye(len(A)) - step_size * A
    cov, power = step_size**2 * noise_cov, keep
    if step_size * top >= 2:
        return [[[np.inf] * len(A)] * len(A), np.inf, np.inf]
    for _ in range(60):
        cov, power = cov + power @ cov @ power.T, power @ power
    ball = np.inf if step_size * top > 1 else step_size * top / low * np.trace(noise_cov) / 2
    return [cov.tolist(), np.sum(A * cov) / 2, ball]


@wrong("inside the theorem's range", loses=["task3-visible", "task3-ball"])
def ball_silent_everywhere(A, noise_cov, step_size):
    a, q = np.linalg.eigh(A)
    if step_size * a[-1] >= 2:
        return np.full_like(A, np.inf), np.inf, np.inf
    inner = q.T @ noise_cov @ q / (a[:, None] + a - step_size * np.outer(a, a))
    cov = step_size * q @ inner @ q.T
    return cov, np.trace(A @ cov) / 2, np.inf
