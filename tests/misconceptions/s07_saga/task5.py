"""Task 5: SAGA on quadratics."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("that is SAG", loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole"])
def writes_first(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        avg = avg + (g - table[j]) / n
        table[j] = g
        x = x - step_size * (g - table[j] + avg)
        path.append(x.copy())
    return np.array(path)


@wrong(
    "with the old row still in hand",
    loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole"],
)
def mean_first(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        avg = avg + (g - table[j]) / n
        x = x - step_size * (g - table[j] + avg)
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "it moved by the whole change",
    loses=["task5-visible", "task5-numeric", "task5-path", "task5-sizes", "task5-whole"],
)
def mean_moves_by_all(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j])
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "the mean of the table is never updated",
    loses=["task5-visible", "task5-numeric", "task5-path", "task5-sizes", "task5-whole"],
)
def mean_frozen(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "the table is never updated",
    loses=["task5-visible", "task5-numeric", "task5-path", "task5-sizes", "task5-whole"],
)
def table_frozen(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        path.append(x.copy())
    return np.array(path)


@wrong(
    "row j gets the gradient before the step",
    loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole"],
)
def stores_the_gradient_after(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        new = hessians[j] @ (x - centres[j])
        avg = avg + (new - table[j]) / n
        table[j] = new
        path.append(x.copy())
    return np.array(path)


@wrong(
    "not the other way round",
    loses=["task5-visible", "task5-numeric", "task5-path", "task5-sizes", "task5-whole"],
)
def sign_flipped(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (table[j] - g + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "a sign is wrong",
    loses=[
        "task5-visible",
        "task5-numeric",
        "task5-path",
        "task5-sizes",
        "task5-whole",
        "task5-start",
    ],
)
def mean_subtracted(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] - avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "starts with the gradients at θ₀",
    loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole", "task5-start"],
)
def table_of_zeros(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    table = 0 * table
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "the mean of the table is missing",
    loses=[
        "task5-visible",
        "task5-numeric",
        "task5-path",
        "task5-sizes",
        "task5-whole",
        "task5-start",
    ],
)
def no_mean(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j])
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "here it was the sum",
    loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole", "task5-start"],
)
def sum_for_mean(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.sum(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j])
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "not A_iθ − b_i",
    loses=[
        "task5-visible",
        "task5-numeric",
        "task5-path",
        "task5-sizes",
        "task5-whole",
        "task5-start",
    ],
)
def wrong_gradient(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ x - centres[i] for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ x - centres[j]
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "row j alone is renewed", loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole"]
)
def full_gradients(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        full = np.mean([hessians[i] @ (x - centres[i]) for i in range(n)], axis=0)
        x = x - step_size * full
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong(
    "all rows are the same",
    loses=["task5-visible", "task5-path", "task5-sizes", "task5-whole", "task5-start"],
)
def one_array(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x -= step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x)
    return np.array(path)


@wrong(
    "θ₀ comes first",
    loses=[
        "task5-visible",
        "task5-numeric",
        "task5-path",
        "task5-sizes",
        "task5-whole",
        "task5-start",
    ],
)
def start_left_out(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = []
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path)


@wrong("rounded to whole numbers", loses=["task5-whole"])
def path_like_the_start(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return np.array(path).astype(theta0.dtype)


@wrong(
    "the whole path",
    loses=[
        "task5-visible",
        "task5-numeric",
        "task5-path",
        "task5-sizes",
        "task5-whole",
        "task5-start",
    ],
)
def last_point_only(hessians, centres, theta0, step_size, indices):
    x, n = np.array(theta0, dtype=float), len(hessians)
    table = np.array([hessians[i] @ (x - centres[i]) for i in range(n)])
    avg = table.mean(axis=0)
    path = [x.copy()]
    for j in indices:
        g = hessians[j] @ (x - centres[j])
        x = x - step_size * (g - table[j] + avg)
        avg = avg + (g - table[j]) / n
        table[j] = g
        path.append(x.copy())
    return x


@right
def remembers_points(hessians, centres, theta0, step_size, indices):
    points, path = [np.array(theta0, float)] * len(hessians), [np.array(theta0, float)]
    for j in indices:
        rows = [a @ (p - b) for a, p, b in zip(hessians, points, centres, strict=True)]
        new = hessians[j] @ (path[-1] - centres[j])
        points[j] = path[-1]
        path.append(path[-1] - step_size * (new - rows[j] + sum(rows) / len(rows)))
    return path


@right
def mean_anew(hessians, centres, theta0, step_size, indices):
    path = np.empty((len(indices) + 1, len(theta0)))
    path[0] = theta0
    table = np.einsum("nij,nj->ni", hessians, path[0] - centres)
    for t, j in enumerate(indices):
        v = table.mean(axis=0) - table[j]
        table[j] = hessians[j] @ (path[t] - centres[j])
        path[t + 1] = path[t] - step_size * (v + table[j])
    return path


@right
def shifted_gradients(hessians, centres, theta0, step_size, indices):
    n, shift = len(hessians), np.einsum("nij,nj->ni", hessians, centres)
    x = np.asarray(theta0) * 1.0
    table, path = hessians @ x - shift, [x]
    total = table.sum(axis=0)
    for j in indices:
        change = hessians[j] @ x - shift[j] - table[j]
        x = x - step_size * (change + total / n)
        total, table[j] = total + change, table[j] + change
        path = [*path, x]
    return np.vstack(path)
