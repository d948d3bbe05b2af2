"""Task 5: minibatch gradients of softmax regression with label smoothing."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

BATCH = ["task5-visible", "task5-batch", "task5-digits"]
SMOOTHING = ["task5-visible", "task5-smoothing", "task5-digits"]
ALL = ["task5-visible", "task5-batch", "task5-smoothing", "task5-logits", "task5-digits"]


@wrong("it is B times too long", loses=BATCH)
def sum_over_the_batch(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target)


@wrong("each of the R batches has a mean of its own", loses=ALL)
def divided_by_all_entries(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.size


@wrong("an index that comes twice counts twice", loses=BATCH)
def batch_as_a_set(W, X, y, idx, smoothing):
    out = []
    for batch in idx:
        once = np.unique(batch)
        logits = X[once] @ W
        probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
        probs /= probs.sum(axis=-1, keepdims=True)
        target = (1 - smoothing) * np.eye(W.shape[1])[y[once]] + smoothing / W.shape[1]
        out.append(X[once].T @ (probs - target) / len(once))
    return np.array(out)


@wrong("this is the way downhill", loses=ALL)
def sign_turned(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, target - probs) / idx.shape[1]


@wrong("the label wasn't taken off", loses=ALL)
def label_forgotten(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    return np.einsum("rbd,rbk->rdk", rows, probs) / idx.shape[1]


@wrong("not of the data set", loses=ALL)
def divided_by_the_data_set(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / len(X)


@wrong("the rows are named by idx", loses=ALL)
def first_rows(W, X, y, idx, smoothing):
    rows = np.repeat(X[None, : idx.shape[1]], len(idx), axis=0)
    if rows.shape[1] < idx.shape[1]:
        rows = np.resize(rows, (len(idx), idx.shape[1], X.shape[1]))
    labels = np.resize(y[: idx.shape[1]], idx.shape[1])
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[labels] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("divided by the number of classes too", loses=ALL)
def mean_over_classes(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1] / W.shape[1]


@wrong("K separate logistic losses", loses=ALL)
def sigmoids(W, X, y, idx, smoothing):
    rows = X[idx]
    probs = 0.5 * (1 + np.tanh(rows @ W / 2))
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("the loss is its logarithm", loses=ALL)
def gradient_of_the_probability(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    onehot = np.eye(W.shape[1])[y[idx]]
    weight = np.sum(probs * onehot, axis=-1, keepdims=True)
    return np.einsum("rbd,rbk->rdk", rows, weight * (probs - onehot)) / idx.shape[1]


@wrong("this is without smoothing", loses=SMOOTHING)
def smoothing_forgotten(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    return np.einsum("rbd,rbk->rdk", rows, probs - np.eye(W.shape[1])[y[idx]]) / idx.shape[1]


@wrong("ε/K goes to all K classes", loses=SMOOTHING)
def share_for_the_others_only(W, X, y, idx, smoothing):
    rows, n_classes = X[idx], W.shape[1]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    onehot = np.eye(n_classes)[y[idx]]
    target = (1 - smoothing) * onehot + smoothing / (n_classes - 1) * (1 - onehot)
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("ε and 1 − ε have changed places", loses=[*SMOOTHING, "task5-batch", "task5-logits"])
def weights_swapped(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = smoothing * np.eye(W.shape[1])[y[idx]] + (1 - smoothing) / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("each class gets ε/K, not ε", loses=SMOOTHING)
def whole_epsilon_for_each(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("the probabilities were smoothed", loses=SMOOTHING)
def probabilities_smoothed(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    probs = (1 - smoothing) * probs + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - np.eye(W.shape[1])[y[idx]]) / idx.shape[1]


@wrong("probabilities and label were both smoothed", loses=SMOOTHING)
def both_smoothed(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    residual = (1 - smoothing) * (probs - np.eye(W.shape[1])[y[idx]])
    return np.einsum("rbd,rbk->rdk", rows, residual) / idx.shape[1]


@wrong("the true class has lost ε and nobody got it", loses=SMOOTHING)
def no_uniform_share(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("there is a nan", loses=["task5-logits"])
def no_shift_of_the_logits(W, X, y, idx, smoothing):
    rows = X[idx]
    with np.errstate(over="ignore", invalid="ignore"):
        probs = np.exp(rows @ W)
        probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("there is a nan", loses=["task5-logits"])
def one_shift_for_all_examples(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    with np.errstate(invalid="ignore"):
        probs = np.exp(logits - logits.max())
        probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rdk", rows, probs - target) / idx.shape[1]


@wrong("expected shape", loses=ALL)
def classes_first(W, X, y, idx, smoothing):
    rows = X[idx]
    logits = rows @ W
    probs = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs /= probs.sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(W.shape[1])[y[idx]] + smoothing / W.shape[1]
    return np.einsum("rbd,rbk->rkd", rows, probs - target) / idx.shape[1]


@right
def by_counts(W, X, y, idx, smoothing):
    n_classes = W.shape[1]
    logits = X @ W
    top = logits.max(axis=1, keepdims=True)
    log_probs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    target = np.full(logits.shape, smoothing / n_classes)
    target[np.arange(len(X)), y] += 1 - smoothing
    counts = np.array([np.bincount(batch, minlength=len(X)) for batch in idx]) / idx.shape[1]
    return np.einsum("rn,nd,nk->rdk", counts, X, np.exp(log_probs) - target, optimize=True)


@right
def loop_over_examples(W, X, y, idx, smoothing):
    grads = []
    for batch in idx:
        total = np.zeros(W.shape)
        for i in reversed(batch):
            scores = X[i] @ W
            p = np.array([1 / np.exp(np.clip(scores - s, None, 700)).sum() for s in scores])
            uniform = np.outer(X[i], p - 1 / W.shape[1])
            hard = np.outer(X[i], p)
            hard[:, y[i]] -= X[i]
            total += (1 - smoothing) * hard + smoothing * uniform
        grads.append(total / len(batch))
    return grads
