"""Task 5: what the linear rule does to the noise, in two dimensions."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

RATIO = ["task5-visible", "task5-numeric", "task5-ratio"]
TURN = ["task5-visible", "task5-numeric", "task5-ratio", "task5-step"]


@wrong(
    "turn Σ into the eigenvectors of A first",
    loses=["task5-visible", "task5-ratio", "task5-step"],
)
def diagonals_only(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, spread = np.diag(hessian), np.diag(noise_cov)
    limit = 2 / np.linalg.eigvalsh(hessian)[-1]

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, high = excess(step_size), 2 / values.max() * (1 - 1e-12)
    same = brentq(lambda step: excess(step) - factor * now, step_size, high, xtol=1e-14)
    over = factor * step_size >= limit
    return (np.inf if over else excess(factor * step_size) / factor / now), same


@wrong("its diagonal belongs to the axes", loses=TURN)
def sigma_not_turned(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, spread = np.linalg.eigvalsh(hessian), np.diag(noise_cov)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, limit = excess(step_size), 2 / values[-1]
    same = brentq(
        lambda step: excess(step) - factor * now, step_size, limit * (1 - 1e-12), xtol=1e-14
    )
    over = factor * step_size >= limit
    return (np.inf if over else excess(factor * step_size) / factor / now), same


@wrong("aren't the noise along the eigenvectors of A", loses=TURN)
def eigenvalues_of_both(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, spread = np.linalg.eigvalsh(hessian), np.linalg.eigvalsh(noise_cov)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, limit = excess(step_size), 2 / values[-1]
    same = brentq(
        lambda step: excess(step) - factor * now, step_size, limit * (1 - 1e-12), xtol=1e-14
    )
    over = factor * step_size >= limit
    return (np.inf if over else excess(factor * step_size) / factor / now), same


@wrong("the steepest direction alone", loses=TURN)
def steepest_direction(hessian, noise_cov, step_size, factor):
    a = np.linalg.eigvalsh(hessian)[-1]
    over = factor * step_size * a >= 2
    ratio = np.inf if over else (2 - step_size * a) / (2 - factor * step_size * a)
    return ratio, 2 * factor * step_size / (2 + (factor - 1) * step_size * a)


@wrong("the excess loss weighs it with A", loses=TURN)
def trace_of_the_covariance(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors) / values

    def size(step):
        return np.sum(step * spread / (2 - step * values))

    now, limit = size(step_size), 2 / values[-1]
    same = brentq(
        lambda step: size(step) - factor * now, step_size, limit * (1 - 1e-12), xtol=1e-14
    )
    over = factor * step_size >= limit
    return (np.inf if over else size(factor * step_size) / factor / now), same


@wrong("this ratio is upside down", loses=RATIO)
def before_over_after(hessian, noise_cov, step_size, factor):
    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, low, high = excess(step_size), step_size, 2 / values[-1]
    over = factor * step_size >= high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < factor * now else (low, middle)
    return (np.inf if over else factor * now / excess(factor * step_size)), low


@wrong("the batch has grown too", loses=RATIO)
def batch_forgotten(hessian, noise_cov, step_size, factor):
    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, low, high = excess(step_size), step_size, 2 / values[-1]
    over = factor * step_size >= high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < factor * now else (low, middle)
    return (np.inf if over else excess(factor * step_size) / now), low


@wrong(
    "keeps the noise only for small",
    loses=["task5-visible", "task5-numeric", "task5-ratio", "task5-step", "task5-edge"],
)
def the_rule_is_exact(hessian, noise_cov, step_size, factor):
    return 1.0, factor * step_size


@wrong("whatever a formula says there", loses=["task5-visible", "task5-edge"])
def formula_past_the_edge(hessian, noise_cov, step_size, factor):
    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, low, high = excess(step_size), step_size, 2 / values[-1]
    ratio = excess(factor * step_size) / factor / now
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < factor * now else (low, middle)
    return ratio, low


@wrong("noise of another kind of optimiser", loses=["task5-visible", "task5-numeric", "task5-step"])
def root_rule(hessian, noise_cov, step_size, factor):
    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    over = factor * step_size * values[-1] >= 2
    ratio = np.inf if over else excess(factor * step_size) / factor / excess(step_size)
    return ratio, step_size * np.sqrt(factor)


@wrong("the steepest direction alone", loses=["task5-visible", "task5-numeric", "task5-step"])
def closed_form_with_the_largest_eigenvalue(hessian, noise_cov, step_size, factor):
    values, vectors = np.linalg.eigh(hessian)
    spread = np.diag(vectors.T @ noise_cov @ vectors)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    over = factor * step_size * values[-1] >= 2
    ratio = np.inf if over else excess(factor * step_size) / factor / excess(step_size)
    return ratio, 2 * factor * step_size / (2 + (factor - 1) * step_size * values[-1])


@wrong("spread evenly", loses=["task5-visible", "task5-ratio", "task5-step"])
def the_same_noise_along_each(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, spread = np.linalg.eigvalsh(hessian), np.trace(noise_cov) / len(hessian)

    def excess(step):
        return np.sum(step * spread / (2 - step * values))

    now, limit = excess(step_size), 2 / values[-1]
    same = brentq(
        lambda step: excess(step) - factor * now, step_size, limit * (1 - 1e-12), xtol=1e-14
    )
    over = factor * step_size >= limit
    return (np.inf if over else excess(factor * step_size) / factor / now), same


@right
def with_a_root_finder(hessian, noise_cov, step_size, factor):
    from scipy.optimize import brentq

    values, vectors = np.linalg.eigh(hessian)
    spread = np.array([u @ noise_cov @ u for u in vectors.T])

    def excess(step):
        return 0.5 * np.sum(step * spread / (2 - step * values))

    limit = 2 / values.max()
    same = brentq(
        lambda step: np.log(excess(step) / excess(step_size) / factor),
        step_size,
        limit * (1 - 1e-10),
        xtol=1e-14,
    )
    if factor * step_size < limit:
        return excess(factor * step_size) / excess(step_size) / factor, same
    return float("inf"), same


@right
def from_the_covariance_equation(hessian, noise_cov, step_size, factor):
    dim = len(hessian)

    def excess(step, batch):
        turn = np.eye(dim) - step * hessian
        system = np.eye(dim * dim) - np.kron(turn, turn)
        cloud = np.linalg.solve(system, (step**2 * noise_cov / batch).ravel())
        return np.trace(hessian @ cloud.reshape(dim, dim)) / 2

    limit, now = 2 / np.linalg.norm(hessian, 2), excess(step_size, 1)
    low, high = step_size, limit * (1 - 1e-9)
    for _ in range(50):
        middle = (low + high) / 2
        if excess(middle, factor) < now:
            low = middle
        else:
            high = middle
    over = factor * step_size >= limit
    return [np.inf if over else excess(factor * step_size, factor) / now, (low + high) / 2]
