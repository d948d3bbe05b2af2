"""Task 6: SVRG on quadratics."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("was computed once", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def stale_full_gradient(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    w = x
    full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
    for row in indices:
        w = x
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong(
    "the snapshot is never refreshed",
    loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"],
)
def frozen_snapshot(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    w = x
    out = [x]
    for row in indices:
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong(
    "is that of the first snapshot",
    loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"],
)
def old_rows(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (theta0 - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong("∇f(w) is missing", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def no_full_gradient(hessians, centres, theta0, step_size, indices):
    x = np.array(theta0, dtype=float)
    out = [x]
    for row in indices:
        w = x
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old)
        out.append(x)
    return np.array(out)


@wrong("not a sum", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def sum_for_mean(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.sum([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong("not the mean of the inner iterates", loses=["task6-visible", "task6-path", "task6-sizes"])
def mean_of_the_iterates(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        seen = []
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
            seen.append(x)
        x = np.mean(seen, axis=0)
        out.append(x)
    return np.array(out)


@wrong(
    "the last inner step of each loop is missing",
    loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"],
)
def one_step_short(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row[:-1]:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong("that is gradient descent", loses=["task6-visible", "task6-path", "task6-sizes"])
def moving_snapshot(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            w = x
            full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong("this is plain SGD", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def plain_sgd(hessians, centres, theta0, step_size, indices):
    x = np.array(theta0, dtype=float)
    out = [x]
    for row in indices:
        for j in row:
            x = x - step_size * (hessians[j] @ (x - centres[j]))
        out.append(x)
    return np.array(out)


@wrong("not the other way round", loses=["task6-visible", "task6-path", "task6-sizes"])
def sign_flipped(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (old - hessians[j] @ (x - centres[j]) + full)
        out.append(x)
    return np.array(out)


@wrong(
    "is added, not subtracted", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"]
)
def full_subtracted(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old - full)
        out.append(x)
    return np.array(out)


@wrong("not A_iθ − b_i", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def wrong_gradient(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ w - centres[i] for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ w - centres[j]
            x = x - step_size * (hessians[j] @ x - centres[j] - old + full)
        out.append(x)
    return np.array(out)


@wrong("not all inner iterates", loses=["task6-visible", "task6-path", "task6-sizes"])
def all_iterates(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
            out.append(x)
    return np.array(out)


@wrong("θ₀ comes first", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def start_left_out(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = []
    for row in indices:
        w = x
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x = x - step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong("all rows are the same", loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"])
def one_array(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    out = [x]
    for row in indices:
        w = x.copy()
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x -= step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x)
    return np.array(out)


@wrong(
    "changed its argument 'theta0'",
    loses=["task6-visible", "task6-path", "task6-sizes", "task6-one"],
)
def moves_the_start(hessians, centres, theta0, step_size, indices):
    x, n = theta0, len(hessians)
    out = [x.copy()]
    for row in indices:
        w = x.copy()
        full = np.mean([hessians[i] @ (w - centres[i]) for i in range(n)], axis=0)
        for j in row:
            old = hessians[j] @ (w - centres[j])
            x -= step_size * (hessians[j] @ (x - centres[j]) - old + full)
        out.append(x.copy())
    return np.array(out)


@right
def table_of_snapshot_gradients(hessians, centres, theta0, step_size, indices):
    out = [np.asarray(theta0, dtype=float)]
    for row in indices:
        x = out[-1]
        rows = np.einsum("nij,nj->ni", hessians, x - centres)
        for j in row:
            x = x - step_size * (hessians[j] @ (x - centres[j]) - rows[j] + rows.mean(axis=0))
        out.append(x)
    return out


@right
def by_differences(hessians, centres, theta0, step_size, indices):
    mean = np.mean(hessians, axis=0)
    star = np.linalg.solve(mean, np.einsum("nij,nj->i", hessians, centres) / len(centres))
    out = np.zeros((len(indices) + 1, len(star)))
    out[0] = theta0
    for s, row in enumerate(indices):
        u = np.zeros(len(star))
        for j in row:
            u = u - step_size * (hessians[j] @ u + mean @ (out[s] - star))
        out[s + 1] = out[s] + u
    return out
