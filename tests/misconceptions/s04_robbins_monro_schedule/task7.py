"""Task 7: fit the digits under c/(t + t0)."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

HIDDEN = ["task7-gradient", "task7-ridge"]
ALL = ["task7-visible", "task7-digits", *HIDDEN]


@wrong("the sum over the batch, not the mean", loses=ALL)
def sum_for_mean(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P + ridge * W)
    return W


@wrong("the ridge is missing", loses=["task7-visible", "task7-digits", "task7-ridge"])
def no_ridge(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b))
    return W


@wrong("its gradient has no 2", loses=["task7-visible", "task7-digits", "task7-ridge"])
def twice_the_ridge(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + 2 * ridge * W)
    return W


@wrong(
    "the ridge isn't divided by the batch size",
    loses=["task7-visible", "task7-digits", "task7-ridge"],
)
def ridge_over_batch(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P + ridge * W) / len(b)
    return W


@wrong("the ridge is on the bias too", loses=["task7-visible", "task7-ridge"])
def bias_without_ridge(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    on = np.ones((X.shape[1], 1))
    on[-1] = 0
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * on * W)
    return W


@wrong("t = 1, not 0", loses=ALL)
def counts_from_zero(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W


@wrong("t0 is missing", loses=ALL)
def no_offset(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / t * (X[b].T @ P / len(b) + ridge * W)
    return W


@wrong("a sigmoid of its own", loses=ALL)
def sigmoids(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        P = 1 / (1 + np.exp(-X[b] @ W))
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W


@wrong("the step size doesn't fall", loses=ALL)
def constant_step(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for b in idx:
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (1 + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W


@wrong("named twice counts twice", loses=HIDDEN)
def each_example_once(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        b = np.unique(b)
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W


@wrong("expected shape", loses=ALL)
def transposed(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t, b in enumerate(idx, 1):
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W.T


@wrong("the last step is missing", loses=["task7-visible", *HIDDEN])
def one_step_too_few(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for t in range(1, len(idx)):
        b = idx[t - 1]
        s = X[b] @ W
        P = np.exp(s - s.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        P[np.arange(len(b)), y[b]] -= 1
        W = W - c / (t + t0) * (X[b].T @ P / len(b) + ridge * W)
    return W


@right
def by_index(X, y, ridge, c, t0, idx):
    W = np.zeros((X.shape[1], 10))
    for k in range(len(idx)):
        rows, labels = X[idx[k]], y[idx[k]]
        scores = rows @ W
        top = scores.max(axis=1)
        log_z = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        P = np.exp(scores - log_z[:, None])
        np.subtract.at(P, (np.arange(len(labels)), labels), 1.0)
        W -= c / (k + 1 + t0) * (rows.T @ P / len(labels) + ridge * W)
    return W


@right
def ridge_as_shrinking(X, y, ridge, c, t0, idx):
    W = np.zeros((10, X.shape[1]))
    onehot = (y[:, None] == np.arange(10)).astype(float)
    for t, b in zip(range(1, len(idx) + 1), idx, strict=True):
        eta = c / (t + t0)
        e = np.exp(X[b] @ W.T)
        gap = e / e.sum(axis=1, keepdims=True) - onehot[b]
        W = (1 - eta * ridge) * W - eta * np.einsum("bk,bp->kp", gap, X[b]) / len(b)
    return W.T
