"""Task 3: slips in the contraction factor; the resting point is in `task3`."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import wrong


@wrong("this adds all squared entries", loses=["task3-visible", "task3-factor"])
def norm_of_the_matrix(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    return point, np.linalg.norm(eye - server_step * total)


@wrong(
    "a power of the entries",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def power_of_entries(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - (eye - step_size * a) ** int(steps)
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong("β is missing in the factor", loses=["task3-visible", "task3-factor"])
def no_server_step_in_factor(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - total)).max()
    return point, factor


@wrong("β multiplies the move", loses=["task3-visible", "task3-factor"])
def factor_scaled(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = server_step * np.abs(np.linalg.eigvalsh(eye - total)).max()
    return point, factor


@wrong("this is the smallest eigenvalue", loses=["task3-visible", "task3-factor"])
def smallest_eigenvalue(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).min()
    return point, factor


@wrong("its size counts", loses=["task3-visible", "task3-factor"])
def signed_eigenvalue(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.linalg.eigvalsh(eye - server_step * total).max()
    return point, factor


@wrong("a factor above 1 is an answer", loses=["task3-factor"])
def capped_factor(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, min(factor, 1.0)


@wrong("this is the slowest client alone", loses=["task3-visible", "task3-factor"])
def slowest_client(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factors = np.abs(np.linalg.eigvalsh(eye - server_step * shares)).max(axis=1)
    return (point, factors.max())


@wrong("the mean of the clients' factors", loses=["task3-visible", "task3-factor"])
def mean_factor(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factors = np.abs(np.linalg.eigvalsh(eye - server_step * shares)).max(axis=1)
    return (point, weights @ factors)


@wrong("that is one local step", loses=["task3-visible", "task3-factor"])
def factor_of_a_local_step(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    mean = np.einsum("k,kij->ij", weights, hessians)
    return (point, np.abs(np.linalg.eigvalsh(eye - server_step * step_size * mean)).max())


@wrong("this is an eigenvalue of what is taken off", loses=["task3-visible", "task3-factor"])
def factor_of_what_is_taken_off(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(server_step * total)).max()
    return point, factor
