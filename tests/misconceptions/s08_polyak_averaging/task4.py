"""Task 4: the covariance of an EMA."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "for independent iterates",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def independent(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    still = solve_discrete_lyapunov(np.eye(d) - step_size * hessian, step_size**2 * noise_cov)
    return still * (1 - decay) / (1 + decay)


@wrong("not of its EMA", loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"])
def upper_left_block(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    return solve_discrete_lyapunov(np.eye(d) - step_size * hessian, step_size**2 * noise_cov)


@wrong("changed places", loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"])
def decay_swapped(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d, decay = len(hessian), 1 - decay
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    if decay == 1:
        return np.zeros((d, d))
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong("ηΣ", loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"])
def one_step_size(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, step_size * hit @ noise_cov @ hit.T)[d:, d:]


@wrong("aren't its diagonal", loses=["task4-visible", "task4-matrix", "task4-limit"])
def diagonal_of_the_hessian(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.diag(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * np.diag(np.diag(hessian))
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong("Σ has to be turned", loses=["task4-visible", "task4-matrix", "task4-limit"])
def noise_not_turned(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d, values = len(hessian), np.linalg.eigvalsh(hessian)
    if step_size * values.max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * np.diag(values)
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong("turn it back", loses=["task4-visible", "task4-matrix", "task4-limit"])
def not_turned_back(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    values, turn = np.linalg.eigh(hessian)
    if step_size * values.max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * np.diag(values)
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([turn.T, (1 - decay) * turn.T])
    out = solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]
    return out


@wrong("corners of Σ", loses=["task4-visible", "task4-matrix", "task4-limit"])
def noise_without_corners(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ np.diag(np.diag(noise_cov)) @ hit.T)[d:, d:]


@wrong("comes in twice", loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"])
def cross_term_once(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * hessian
    still = solve_discrete_lyapunov(move, step_size**2 * noise_cov)
    # K = Cov(e, θ) of one time: K = βK(I − ηA) + (1 − β)V.
    same = (1 - decay) * still @ np.linalg.inv(np.eye(d) - decay * move)
    cross = same @ move
    both = decay * (1 - decay) * (cross + cross.T) / 2
    return ((1 - decay) ** 2 * still + both) / (1 - decay**2)


@wrong("must be inf", loses=["task4-limit"])
def no_guard(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong("must be inf", loses=["task4-limit"])
def guard_on_the_diagonal(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.diag(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong("below the limit", loses=["task4-limit"])
def guard_with_a_margin(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 1.8:
        return np.full((d, d), np.inf)
    move = np.eye(d) - step_size * hessian
    pair = np.block([[move, np.zeros((d, d))], [(1 - decay) * move, decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong(
    "the lower half of the pair",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def no_noise_below(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move, zero = np.eye(d) - step_size * hessian, np.zeros((d, d))
    pair = np.block([[move, zero], [(1 - decay) * move, decay * np.eye(d)]])
    noise = np.block([[step_size**2 * noise_cov, zero], [zero, zero]])
    return solve_discrete_lyapunov(pair, noise)[d:, d:]


@wrong(
    "their noises are correlated",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def noises_apart(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move, zero = np.eye(d) - step_size * hessian, np.zeros((d, d))
    pair = np.block([[move, zero], [(1 - decay) * move, decay * np.eye(d)]])
    once = step_size**2 * noise_cov
    noise = np.block([[once, zero], [zero, (1 - decay) ** 2 * once]])
    return solve_discrete_lyapunov(pair, noise)[d:, d:]


@wrong(
    "not θ_{t−1} and noise",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def older_iterate_with_new_noise(hessian, noise_cov, step_size, decay):
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move, zero = np.eye(d) - step_size * hessian, np.zeros((d, d))
    pair = np.block([[move, zero], [(1 - decay) * np.eye(d), decay * np.eye(d)]])
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    return solve_discrete_lyapunov(pair, hit @ noise_cov @ hit.T)[d:, d:]


@wrong(
    "is about long means",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def law_of_long_means(hessian, noise_cov, step_size, decay):
    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    back = np.linalg.inv(hessian)
    return back @ noise_cov @ back


@wrong(
    "forgets the memory of θ itself",
    loses=["task4-visible", "task4-scalar", "task4-matrix", "task4-limit"],
)
def long_means_and_decay(hessian, noise_cov, step_size, decay):
    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    back = np.linalg.inv(hessian)
    return back @ noise_cov @ back * (1 - decay) / (1 + decay)


@right
def one_step_late(hessian, noise_cov, step_size, decay):
    # The EMA of θ_{t−1} has the same stationary covariance; no noise enters it at once.
    from scipy.linalg import solve_discrete_lyapunov

    d = len(hessian)
    if step_size * np.linalg.eigvalsh(hessian).max() >= 2:
        return np.full((d, d), np.inf)
    move, zero = np.eye(d) - step_size * hessian, np.zeros((d, d))
    pair = np.block([[move, zero], [(1 - decay) * np.eye(d), decay * np.eye(d)]])
    noise = np.block([[step_size**2 * noise_cov, zero], [zero, zero]])
    return solve_discrete_lyapunov(pair, noise)[d:, d:]


@right
def by_iteration(hessian, noise_cov, step_size, decay):
    d = len(hessian)
    if step_size * np.linalg.norm(hessian, 2) >= 2:
        return np.inf * np.ones((d, d))
    move = np.eye(d) - step_size * hessian
    pair = np.vstack(
        [
            np.hstack([move, 0 * move]),
            np.hstack([(1 - decay) * move, decay * np.eye(d)]),
        ]
    )
    hit = step_size * np.vstack([np.eye(d), (1 - decay) * np.eye(d)])
    cov = hit @ noise_cov @ hit.T
    for _ in range(40):
        cov, pair = cov + pair @ cov @ pair.T, pair @ pair
    return cov[d:, d:]


@right
def by_moments(hessian, noise_cov, step_size, decay):
    d = len(hessian)
    values, turn = np.linalg.eigh(hessian)
    if step_size * values[-1] >= 2:
        return [[float("inf")] * d for _ in range(d)]
    rho = 1 - step_size * values
    still = step_size**2 * (turn.T @ noise_cov @ turn) / (1 - np.outer(rho, rho))
    cross = (1 - decay) * still / (1 - decay * rho)  # Cov(e, θ) at one time, column by column
    after = cross * rho
    cov = (1 - decay) ** 2 * still + decay * (1 - decay) * (after + after.T)
    return turn @ (cov / (1 - decay**2)) @ turn.T
