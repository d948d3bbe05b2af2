"""Task 6: read a path without knowing its end."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

PATH = ["task6-visible", "task6-numeric", "task6-path"]
STRAIGHT = ["task6-visible", "task6-numeric", "task6-straightness"]


@wrong("so the step multiplies it", loses=PATH)
def noise_without_step(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * (x[-1] - theta_star) @ A - noise[:, k])
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("here it goes up", loses=PATH)
def uphill(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] + eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("the gradient was taken at the start", loses=PATH)
def gradient_of_the_start(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[0] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("all runs see the noise of run 0", loses=PATH)
def one_noise_for_all(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[0, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("the minimiser isn't the origin", loses=["task6-visible", "task6-path"])
def minimiser_at_the_origin(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * (x[-1] @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("this is a ratio of lengths", loses=STRAIGHT)
def lengths_for_squares(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    ratio = np.array(net) / [sq[i:j].sum() for i, j in ends]
    return p, np.sqrt(ratio)


@wrong("moves are squared one by one", loses=STRAIGHT)
def length_of_the_path_squared(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    lengths = np.sqrt(((p[:, 1:] - p[:, :-1]) ** 2).sum(2))
    m = (len(steps) + 1).bit_length() - 1
    out = []
    for k in range(m):
        i, j = 2**k - 1, 2 ** (k + 1) - 1
        net = ((p[:, j] - p[:, i]) ** 2).sum(1).mean()
        out.append(net / np.mean(lengths[:, i:j].sum(1) ** 2))
    return p, np.array(out)


@wrong("not the ratio of the means", loses=["task6-visible", "task6-straightness"])
def mean_of_ratios(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2)
    m = (len(steps) + 1).bit_length() - 1
    out = []
    for k in range(m):
        i, j = 2**k - 1, 2 ** (k + 1) - 1
        net = ((p[:, j] - p[:, i]) ** 2).sum(1)
        out.append(np.mean(net / sq[:, i:j].sum(1)))
    return p, np.array(out)


@wrong("one step late", loses=["task6-visible", "task6-straightness"])
def octaves_one_late(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    out = []
    for k in range(m):
        i, j = 2**k, min(2 ** (k + 1), len(steps))
        out.append(((p[:, j] - p[:, i]) ** 2).sum(1).mean() / sq[i:j].sum())
    return p, np.array(out)


@wrong("expected 2 values", loses=[*PATH, "task6-straightness"])
def paths_alone(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    return (np.stack(x, axis=1),)


@wrong("the noise is added to the gradient", loses=["task6-visible", "task6-path"])
def noise_subtracted(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A - noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("only the diagonal of A", loses=PATH)
def diagonal_of_the_hessian(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) * np.diag(A) + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("square first, then average", loses=STRAIGHT)
def move_of_the_mean_run(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [(np.mean(p[:, j] - p[:, i], axis=0) ** 2).sum() for i, j in ends]
    return p, np.array(net) / [sq[i:j].sum() for i, j in ends]


@wrong("this is their mean", loses=STRAIGHT)
def mean_of_the_moves(A, theta_star, theta1, steps, noise):
    x = [np.tile(np.asarray(theta1, float), (len(noise), 1))]
    for k, eta in enumerate(steps):
        x.append(x[-1] - eta * ((x[-1] - theta_star) @ A + noise[:, k]))
    p = np.stack(x, axis=1)
    sq = ((p[:, 1:] - p[:, :-1]) ** 2).sum(2).mean(0)
    m = (len(steps) + 1).bit_length() - 1
    ends = [(2**k - 1, 2 ** (k + 1) - 1) for k in range(m)]
    net = [((p[:, j] - p[:, i]) ** 2).sum(1).mean() for i, j in ends]
    return p, np.array(net) / [sq[i:j].mean() for i, j in ends]


@right
def run_by_run(A, theta_star, theta1, steps, noise):
    paths = []
    for own in noise:
        x = np.array(theta1, dtype=float)
        path = [x.copy()]
        for eta, xi in zip(steps, own, strict=True):
            x = x - eta * (A @ (x - theta_star) + xi)
            path.append(x)
        paths.append(path)
    paths = np.array(paths)
    out, start = [], 1
    while start < paths.shape[1]:
        piece = paths[:, start - 1 : 2 * start]
        moves = np.linalg.norm(np.diff(piece, axis=1), axis=2) ** 2
        out.append(np.mean(np.linalg.norm(piece[:, -1] - piece[:, 0], axis=1) ** 2))
        out[-1] /= moves.mean(axis=0).sum()
        start *= 2
    return paths, out


@right
def by_affine_maps(A, theta_star, theta1, steps, noise):
    n, T, d = noise.shape
    p = np.zeros((n, T + 1, d))
    p[:, 0] = theta1
    for t in range(T):
        M = np.eye(d) - steps[t] * A
        p[:, t + 1] = p[:, t] @ M.T + steps[t] * (A @ theta_star) - steps[t] * noise[:, t]
    total = np.concatenate([[0], np.cumsum(np.sum((p[:, 1:] - p[:, :-1]) ** 2, axis=(0, 2)))])
    i = 2 ** np.arange(int(np.log2(T + 1)) + 1) - 1
    net = np.sum((p[:, i[1:]] - p[:, i[:-1]]) ** 2, axis=(0, 2))
    return p, net / (total[i[1:]] - total[i[:-1]])
