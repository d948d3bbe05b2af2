"""Task 3: where uneven clients come to rest."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "this is the minimiser of f",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven"],
)
def minimiser_of_f(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    mean = np.einsum("k,kij->ij", weights, hessians)
    point = np.linalg.solve(mean, np.einsum("k,kij,kj->i", weights, hessians, centres))
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return (point, factor)


@wrong(
    "this is the mean of the b_k",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven"],
)
def mean_of_the_centres(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    point = weights @ centres
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return (point, factor)


@wrong(
    "here all counted alike",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def equal_weights(hessians, centres, weights, step_size, local_steps, server_step):
    weights = np.ones(len(weights)) / len(weights)
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
    return point, factor


@wrong(
    "one local step too few",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def one_step_short(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps) - 1)
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong(
    "one local step too many",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def one_step_too_many(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps) + 1)
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong(
    "what remains of the distance",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def what_remains(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong(
    "a point without a move keeps its place", loses=["task3-visible", "task3-even", "task3-uneven"]
)
def beta_scales_the_point(hessians, centres, weights, step_size, local_steps, server_step):
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
    return server_step * point, factor


@wrong("here all took the first one's", loses=["task3-visible", "task3-uneven", "task3-factor"])
def first_clients_steps(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [eye - np.linalg.matrix_power(eye - step_size * a, int(local_steps[0])) for a in hessians]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong("here all took the mean one", loses=["task3-visible", "task3-uneven", "task3-factor"])
def mean_steps(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, round(np.mean(local_steps)))
            for a in hessians
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong("the weights were divided by H_k", loses=["task3-visible", "task3-uneven", "task3-factor"])
def moves_divided_by_steps(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    ) / np.reshape(local_steps, (-1, 1, 1))
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong("H_k counts twice", loses=["task3-visible", "task3-uneven"])
def steps_in_the_weights(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    counted = np.array(weights) * local_steps
    point = np.linalg.solve(
        np.einsum("k,kij->ij", counted, shares), np.einsum("k,kij,kj->i", counted, shares, centres)
    )
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return (point, factor)


@wrong(
    "this is the first order in η",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven", "task3-factor"],
)
def first_order(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [steps * step_size * a for a, steps in zip(hessians, local_steps, strict=True)]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    pull = np.einsum("k,kij,kj->i", weights, shares, centres)
    point = np.linalg.solve(total, pull)
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return point, factor


@wrong(
    "off by a relative error",
    loses=["task3-visible", "task3-numeric", "task3-even", "task3-uneven"],
)
def mean_of_the_clients_ends(hessians, centres, weights, step_size, local_steps, server_step):
    eye = np.eye(len(centres[0]))
    shares = np.array(
        [
            eye - np.linalg.matrix_power(eye - step_size * a, int(steps))
            for a, steps in zip(hessians, local_steps, strict=True)
        ]
    )
    total = np.einsum("k,kij->ij", weights, shares)
    point = sum(
        (
            w * (b + np.linalg.matrix_power(eye - step_size * a, int(n)) @ -b)
            for a, b, w, n in zip(hessians, centres, weights, local_steps, strict=True)
        )
    )
    factor = np.abs(np.linalg.eigvalsh(eye - server_step * total)).max()
    return (point, factor)


@right
def by_running_rounds(hessians, centres, weights, step_size, local_steps, server_step):
    d = len(centres[0])

    def turn(theta):
        move = 0
        for a, b, w, steps in zip(hessians, centres, weights, local_steps, strict=True):
            y = theta
            for _ in range(steps):
                y = y - step_size * a @ (y - b)
            move = move + w * (y - theta)
        return theta + server_step * move

    shift = turn(np.zeros(d))
    linear = np.array([turn(row) - shift for row in np.eye(d)]).T
    return [np.linalg.inv(np.eye(d) - linear) @ shift, max(abs(np.linalg.eigvals(linear)))]


@right
def by_eigenvectors_and_sums(hessians, centres, weights, step_size, local_steps, server_step):
    values, vectors = np.linalg.eigh(hessians)
    steps = np.reshape(local_steps, (-1, 1))
    closed = 1 - (1 - step_size * values) ** steps
    m = np.einsum("k,kia,ka,kja->kij", weights, vectors, closed, vectors)
    point = np.linalg.lstsq(m.sum(axis=0), np.einsum("kij,kj->i", m, centres), rcond=None)[0]
    low, high = np.linalg.eigvalsh(m.sum(axis=0))[[0, -1]]
    return point, max(1 - server_step * low, server_step * high - 1)
