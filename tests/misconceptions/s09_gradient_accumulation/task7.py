"""Task 7: the digits, page by page, under a clip."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "this is a mean over pages", loses=["task7-visible", "task7-digits", "task7-path", "task7-clip"]
)
def page_means(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = (
            sum(p / len(x) for p, x in zip(parts, pages, strict=True)) / len(pages)
            + ridge * weights
        )
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "the means of the pages are added up",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip"],
)
def sum_of_page_means(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(p / len(x) for p, x in zip(parts, pages, strict=True)) + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "isn't divided by their number",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def sum_over_images(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "by the number of pages",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def sum_over_pages(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / len(pages) + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong("only the last page", loses=["task7-visible", "task7-digits", "task7-path", "task7-clip"])
def last_page(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = parts[-1] / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "still holds the gradients",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def never_cleared(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    parts = []
    for _ in range(n_steps):
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "the ridge is missing",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def no_ridge(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong("once per page", loses=["task7-visible", "task7-digits", "task7-path", "task7-clip"])
def ridge_per_page(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + len(pages) * ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "the ridge is doubled",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def ridge_doubled(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + 2 * ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "W moves between the pages", loses=["task7-visible", "task7-digits", "task7-path", "task7-clip"]
)
def steps_inside_the_loop(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        for page, y in zip(pages, labels, strict=True):
            odds = np.exp(page @ weights)
            part = page.T @ (odds / odds.sum(axis=1, keepdims=True) - np.eye(n_classes)[y])
            gradient = part / n_images + ridge * len(page) / n_images * weights
            norm = np.linalg.norm(gradient)
            if norm > clip:
                gradient = gradient * clip / norm
            weights = weights - step_size * gradient
    return weights


@wrong("stopped with", loses=["task7-one"])
def classes_that_occur(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    x, y = np.concatenate(pages), np.concatenate(labels)
    truth = np.eye(max(y) + 1)[y]
    weights = np.zeros((x.shape[1], n_classes))
    for _ in range(n_steps):
        odds = np.exp(x @ weights)
        gradient = x.T @ (odds / odds.sum(axis=1, keepdims=True) - truth) / len(x)
        gradient = gradient + ridge * weights
        gradient = gradient * min(1, clip / np.linalg.norm(gradient))
        weights = weights - step_size * gradient
    return weights


@wrong(
    "divided by the number of images again",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def page_means_divided_again(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    n_images = sum(map(len, pages))
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        total = np.zeros_like(weights)
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            total += page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth) / len(page)
        gradient = total / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * (clip / norm)
        weights = weights - step_size * gradient
    return weights


@wrong(
    "over an image",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def softmax_over_the_page(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    n_images = sum(map(len, pages))
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        total = np.zeros_like(weights)
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            total += page.T @ (odds / odds.sum(axis=0, keepdims=True) - truth)
        gradient = total / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * (clip / norm)
        weights = weights - step_size * gradient
    return weights


@wrong(
    "has the wrong sign",
    loses=["task7-visible", "task7-digits", "task7-path", "task7-clip", "task7-one"],
)
def labels_less_odds(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    n_images = sum(map(len, pages))
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        total = np.zeros_like(weights)
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            total += page.T @ (truth - odds / odds.sum(axis=1, keepdims=True))
        gradient = total / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * (clip / norm)
        weights = weights - step_size * gradient
    return weights


@right
def all_at_once(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    x, y = np.concatenate(pages), np.concatenate(labels)
    w = np.zeros((x.shape[1], n_classes))
    for _ in range(n_steps):
        s = x @ w
        p = np.exp(s - s.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        g = x.T @ p / len(x) + ridge * w
        w = w - step_size * g * min(1.0, clip / np.sqrt(np.sum(g * g)))
    return w


@right
def running_mean(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    w = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        mean, seen = np.zeros_like(w), 0
        for x, y in zip(pages, labels, strict=True):
            p = np.exp(x @ w)
            p = p / p.sum(axis=1)[:, None] - (y[:, None] == np.arange(n_classes))
            seen += len(x)
            mean += len(x) / seen * (x.T @ p / len(x) - mean)
        mean += ridge * w
        size = np.linalg.norm(mean.ravel())
        w = w - step_size * (mean if size <= clip else mean / size * clip)
    return w
