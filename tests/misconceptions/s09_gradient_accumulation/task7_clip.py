"""Task 7: slips in clipping; the mean over pages is in `task7`."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import wrong


@wrong("each page is clipped", loses=["task7-visible", "task7-clip"])
def each_page_clipped(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = (
            sum(
                p * min(1, clip * len(x) / np.linalg.norm(p))
                for p, x in zip(parts, pages, strict=True)
            )
            / n_images
            + ridge * weights
        )
        weights = weights - step_size * gradient
    return weights


@wrong("before the ridge", loses=["task7-visible", "task7-clip"])
def clip_before_ridge(pages, labels, n_classes, n_steps, step_size, ridge, clip):
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
        gradient = gradient + ridge * weights
        weights = weights - step_size * gradient
    return weights


@wrong("nothing is clipped", loses=["task7-visible", "task7-clip"])
def no_clip(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        weights = weights - step_size * gradient
    return weights


@wrong("cuts each entry", loses=["task7-visible", "task7-clip"])
def entries_clipped(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        gradient = np.clip(gradient, -clip, clip)
        weights = weights - step_size * gradient
    return weights


@wrong("each column by itself", loses=["task7-visible", "task7-clip"])
def columns_clipped(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        norms = np.maximum(np.linalg.norm(gradient, axis=0), 1e-300)
        gradient = gradient * np.minimum(1, clip / norms)
        weights = weights - step_size * gradient
    return weights


@wrong("√ is missing", loses=["task7-visible", "task7-clip"])
def squared_norm(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        norm = np.sum(gradient**2)
        if norm > clip:
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong("stays as it is", loses=["task7-visible", "task7-clip"])
def always_normed(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    weights = np.zeros((pages[0].shape[1], n_classes))
    n_images = sum(len(page) for page in pages)
    for _ in range(n_steps):
        parts = []
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            parts.append(page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth))
        gradient = sum(parts) / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if np.isfinite(clip):
            gradient = gradient * clip / norm
        weights = weights - step_size * gradient
    return weights


@wrong(
    "norm(G, 2)",
    loses=["task7-visible", "task7-clip"],
)
def spectral_norm(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    n_images = sum(map(len, pages))
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        total = np.zeros_like(weights)
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            total += page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth)
        gradient = total / n_images + ridge * weights
        norm = np.linalg.norm(gradient, 2)
        if norm > clip:
            gradient = gradient * (clip / norm)
        weights = weights - step_size * gradient
    return weights


@wrong(
    "c alone multiplies",
    loses=["task7-visible", "task7-clip"],
)
def clip_without_the_norm(pages, labels, n_classes, n_steps, step_size, ridge, clip):
    onehot = [np.eye(n_classes)[y] for y in labels]
    n_images = sum(map(len, pages))
    weights = np.zeros((pages[0].shape[1], n_classes))
    for _ in range(n_steps):
        total = np.zeros_like(weights)
        for page, truth in zip(pages, onehot, strict=True):
            odds = np.exp(page @ weights)
            total += page.T @ (odds / odds.sum(axis=1, keepdims=True) - truth)
        gradient = total / n_images + ridge * weights
        norm = np.linalg.norm(gradient)
        if norm > clip:
            gradient = gradient * clip
        weights = weights - step_size * gradient
    return weights
