"""Task 2: sort gradients by what one step can do."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("not every eigenvalue", loses=["task2-visible", "task2-valid"])
def asks_for_a_definite_hessian(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    if grad @ hess @ grad + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if np.linalg.eigvalsh(hess)[0] > 0 else "noise_limited"


@wrong("the sign of tr H", loses=["task2-visible", "task2-valid", "task2-limited"])
def trace_for_the_curvature(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    if grad @ hess @ grad + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if np.trace(hess) > 0 else "noise_limited"


@wrong(
    "noise has a curvature of its own", loses=["task2-visible", "task2-limited", "task2-unbounded"]
)
def ignores_the_noise(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    return "valid" if grad @ hess @ grad > 0 else "unbounded"


@wrong("a batch has the noise Σ/B", loses=["task2-visible", "task2-valid", "task2-unbounded"])
def noise_of_one_example(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    along = grad @ hess @ grad
    if along + np.trace(hess @ noise_cov) <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong(
    "isn't the product of the traces",
    loses=["task2-visible", "task2-valid", "task2-limited", "task2-unbounded"],
)
def product_of_traces(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    along = grad @ hess @ grad
    if along + np.trace(hess) * np.trace(noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong(
    "the entries off the diagonals count",
    loses=["task2-visible", "task2-valid", "task2-limited", "task2-unbounded"],
)
def diagonals_only(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    along = np.sum(np.diag(hess) * grad**2)
    if along + np.sum(np.diag(hess) * np.diag(noise_cov)) / batch_size <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong("ask whether the step stays finite", loses=["task2-visible", "task2-limited"])
def any_best_step_is_valid(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    total = grad @ hess @ grad + np.trace(hess @ noise_cov) / batch_size
    return "valid" if total > 0 else "unbounded"


@wrong("the first label that fits counts", loses=["task2-visible", "task2-zero"])
def never_asks_for_a_zero_gradient(grad, hess, noise_cov, batch_size):
    along = grad @ hess @ grad
    if along + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong("exactly zero only if", loses=["task2-zero"])
def small_counts_as_zero(grad, hess, noise_cov, batch_size):
    if np.allclose(grad, 0):
        return "zero_gradient"
    along = grad @ hess @ grad
    if along + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong("G is exactly zero", loses=["task2-visible", "task2-zero"])
def one_zero_entry_is_enough(grad, hess, noise_cov, batch_size):
    if not np.all(grad):
        return "zero_gradient"
    along = grad @ hess @ grad
    if along + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "unbounded"
    return "valid" if along > 0 else "noise_limited"


@wrong("must be 'zero_gradient'", loses=["task2-visible", "task2-unbounded"])
def a_word_of_its_own(grad, hess, noise_cov, batch_size):
    if not grad.any():
        return "zero_gradient"
    along = grad @ hess @ grad
    if along + np.trace(hess @ noise_cov) / batch_size <= 0:
        return "no minimum"
    return "valid" if along > 0 else "noise_limited"


@right
def with_einsum(grad, hess, noise_cov, batch_size):
    if np.abs(grad).max() == 0:
        return "ZERO_GRADIENT"
    along = np.einsum("i,ij,j->", grad, hess, grad)
    total = along + np.einsum("ij,ji->", hess, noise_cov) / batch_size
    if total > 0:
        return "VALID" if along > 0 else "NOISE_LIMITED"
    return " unbounded "


@right
def with_loops_and_eigenvectors(grad, hess, noise_cov, batch_size):
    if all(float(entry) == 0 for entry in grad):
        return "zero_gradient"
    values, vectors = np.linalg.eigh(hess)
    along = sum(value * (vectors[:, i] @ grad) ** 2 for i, value in enumerate(values))
    noise = sum(value * vectors[:, i] @ noise_cov @ vectors[:, i] for i, value in enumerate(values))
    if along * batch_size + noise <= 0:
        return "unbounded"
    return "noise_limited" if along <= 0 else "valid"
