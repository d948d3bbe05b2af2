"""Task 3: the best step, its gain and the noise scale."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("here that of one example was used", loses=["task3-visible", "task3-numeric", "task3-step"])
def noise_of_one_example(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise)
    return step, step * square / 2, noise / along


@wrong("not Σ/B²", loses=["task3-visible", "task3-numeric", "task3-step"])
def batch_size_squared(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size**2)
    return step, step * square / 2, noise / along


@wrong(
    "without the Hessian",
    loses=["task3-visible", "task3-numeric", "task3-step", "task3-scale"],
)
def simple_noise_scale(grad, hess, noise_cov, batch_size):
    scale = np.trace(noise_cov) / (grad @ grad)
    step = grad @ grad / (grad @ hess @ grad) / (1 + scale / batch_size)
    return step, step * (grad @ grad) / 2, scale


@wrong(
    "isn't the product of the traces",
    loses=["task3-visible", "task3-numeric", "task3-step", "task3-scale"],
)
def product_of_traces(grad, hess, noise_cov, batch_size):
    along, square = grad @ hess @ grad, grad @ grad
    noise = np.trace(hess) * np.trace(noise_cov)
    step = square / (along + noise / batch_size)
    return step, step * square / 2, noise / along


@wrong(
    "off the diagonals",
    loses=["task3-visible", "task3-numeric", "task3-step", "task3-scale"],
)
def diagonals_only(grad, hess, noise_cov, batch_size):
    along, square = grad @ hess @ grad, grad @ grad
    noise = np.sum(np.diag(hess) * np.diag(noise_cov))
    step = square / (along + noise / batch_size)
    return step, step * square / 2, noise / along


@wrong("this is the limit of large B", loses=["task3-visible", "task3-numeric", "task3-step"])
def noise_ignored(grad, hess, noise_cov, batch_size):
    along, square = grad @ hess @ grad, grad @ grad
    return square / along, square**2 / along / 2, np.trace(hess @ noise_cov) / along


@wrong("here D itself is zero again", loses=["task3-visible", "task3-step", "task3-numeric"])
def twice_the_step(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    total = along + noise / batch_size
    return 2 * square / total, square**2 / total / 2, noise / along


@wrong("the first-order gain alone", loses=["task3-visible", "task3-numeric", "task3-decrease"])
def no_half(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size)
    return step, step * square, noise / along


@wrong("was computed without noise", loses=["task3-visible", "task3-numeric", "task3-decrease"])
def gain_without_noise(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size)
    return step, step * square - step**2 * along / 2, noise / along


@wrong("a decrease is positive", loses=["task3-visible", "task3-numeric", "task3-decrease"])
def change_instead_of_decrease(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size)
    return step, -step * square / 2, noise / along


@wrong("B is in this noise scale", loses=["task3-visible", "task3-scale"])
def scale_over_batch_size(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size)
    return step, step * square / 2, noise / along / batch_size


@wrong("upside down", loses=["task3-visible", "task3-scale"])
def scale_upside_down(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = square / (along + noise / batch_size)
    return step, step * square / 2, along / noise


@wrong("not with the whole denominator", loses=["task3-visible", "task3-scale"])
def scale_over_the_whole(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    total = along + noise / batch_size
    return square / total, square**2 / total / 2, noise / total


@wrong(
    "a bound that is safe everywhere",
    loses=["task3-visible", "task3-step", "task3-decrease"],
)
def one_over_the_largest_eigenvalue(grad, hess, noise_cov, batch_size):
    along, noise, square = grad @ hess @ grad, np.trace(hess @ noise_cov), grad @ grad
    step = 1 / np.linalg.eigvalsh(hess)[-1]
    return step, step * square - step**2 / 2 * (along + noise / batch_size), noise / along


@right
def in_eigenvectors(grad, hess, noise_cov, batch_size):
    values, vectors = np.linalg.eigh(hess)
    along = values @ (vectors.T @ grad) ** 2
    noise = values @ np.einsum("ij,ik,kj->j", vectors, noise_cov, vectors)
    largest, limit = grad @ grad / along, (grad @ grad) ** 2 / along / 2
    share = 1 / (1 + noise / along / batch_size)
    return [largest * share, limit * share, noise / along]


@right
def with_double_sums(grad, hess, noise_cov, batch_size):
    dim = range(len(grad))
    along = sum(grad[i] * hess[i, j] * grad[j] for i in dim for j in dim)
    noise = sum(hess[i, j] * noise_cov[j, i] for i in dim for j in dim)
    total = along + noise / batch_size
    step = sum(g * g for g in grad) / total
    return np.array([step, step**2 * total / 2, noise / along])
