"""Task 5: the limit covariance in several dimensions."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

V = ["task5-visible", "task5-covariance"]


@wrong("−½I is missing on both sides", loses=V)
def no_half(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = Q @ (c**2 * (Q.T @ noise_cov @ Q) / (c * (a[:, None] + a))) @ Q.T
    return V, np.trace(A @ V) / 2


@wrong("so 1 in all", loses=V)
def half_on_each_side_in_full(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = Q @ (c**2 * (Q.T @ noise_cov @ Q) / (c * (a[:, None] + a) - 2)) @ Q.T
    return V, np.trace(A @ V) / 2


@wrong("corners in the eigenbasis of A", loses=V)
def diagonal_only(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    inside = np.diag(c**2 * np.diag(Q.T @ noise_cov @ Q) / (2 * c * a - 1))
    V = Q @ inside @ Q.T
    return V, np.trace(A @ V) / 2


@wrong("never turned back", loses=V)
def not_turned_back(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = c**2 * (Q.T @ noise_cov @ Q) / (c * (a[:, None] + a) - 1)
    return V, np.trace(A @ V) / 2


@wrong("turn Σ into the eigenbasis before", loses=V)
def never_turned(A, noise_cov, c):
    a = np.linalg.eigvalsh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = c**2 * noise_cov / (c * (a[:, None] + a) - 1)
    return V, np.trace(A @ V) / 2


@wrong("Q and its transpose have changed places", loses=V)
def turned_the_other_way(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    if 2 * c * a[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = Q.T @ (c**2 * (Q @ noise_cov @ Q.T) / (c * (a[:, None] + a) - 1)) @ Q
    return V, np.trace(A @ V) / 2


@wrong("multiplied from both sides", loses=V)
def one_side_twice(A, noise_cov, c):
    if 2 * c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = np.linalg.solve(2 * c * A - np.eye(len(A)), c**2 * noise_cov)
    return V, np.trace(A @ V) / 2


@wrong("c comes in squared", loses=V)
def c_not_squared(A, noise_cov, c):
    from scipy import linalg

    if 2 * c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c * noise_cov)
    return V, np.trace(A @ V) / 2


@wrong("a limit is claimed all the same", loses=["task5-none"])
def no_guard(A, noise_cov, c):
    from scipy import linalg

    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c**2 * noise_cov)
    return V, np.trace(A @ V) / 2


@wrong("half of x'Ax", loses=["task5-visible", "task5-excess"])
def excess_without_the_half(A, noise_cov, c):
    from scipy import linalg

    if 2 * c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c**2 * noise_cov)
    return V, np.trace(A @ V)


@wrong("not the product of the diagonals", loses=["task5-visible", "task5-excess"])
def excess_from_diagonals(A, noise_cov, c):
    from scipy import linalg

    if 2 * c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c**2 * noise_cov)
    return V, np.diag(A) @ np.diag(V) / 2


@wrong("look at what you compare with 1", loses=V)
def guard_without_the_two(A, noise_cov, c):
    from scipy import linalg

    if c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c**2 * noise_cov)
    return V, np.trace(A @ V) / 2


@wrong("weighs the directions by their curvature", loses=["task5-visible", "task5-excess"])
def excess_without_the_curvature(A, noise_cov, c):
    from scipy import linalg

    if 2 * c * np.linalg.eigvalsh(A)[0] <= 1:
        return np.full(A.shape, np.inf), np.inf
    V = linalg.solve_continuous_lyapunov(c * A - np.eye(len(A)) / 2, c**2 * noise_cov)
    return V, np.trace(V) / 2


@right
def by_scipy(A, noise_cov, c):
    from scipy import linalg

    shifted = c * A - np.eye(len(A)) / 2
    if np.linalg.eigvalsh(shifted).min() <= 0:
        return np.full_like(A, np.inf), float("inf")
    V = linalg.solve_continuous_lyapunov(shifted, c * c * noise_cov)
    return V, 0.5 * np.einsum("ij,ji->", A, V)


@right
def by_an_integral_of_decay(A, noise_cov, c):
    a, Q = np.linalg.eigh(A)
    V, excess = np.full(A.shape, np.inf), np.inf
    if 2 * c * a.min() > 1:
        S = Q.T @ noise_cov @ Q
        inside = np.empty_like(S)
        for i in range(len(a)):
            for j in range(len(a)):
                inside[i, j] = c**2 * S[i, j] / ((c * a[i] - 0.5) + (c * a[j] - 0.5))
        V, excess = Q @ inside @ Q.T, a @ np.diag(inside) / 2
    return V, excess
