"""Softmax and logistic losses as functions of arrays, and Newton's method.

Scores have shape ``(..., N, K)``: one score for each class (softmax), or a single one (logistic,
K = 1). Labels have shape ``(N,)`` or ``(..., N)``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.integer]

_MANY, _SHORT = 5_000, 32  # so many scores of so few classes are reduced class by class


def _exponentials(scores: Array) -> tuple[Array, Array]:
    """Return ``exp(scores - top)``, ``(..., N, K)``, and ``top``, the largest, ``(..., N, 1)``."""
    n_scores = scores.shape[-1]
    if scores.size < _MANY or n_scores > _SHORT:
        top = scores.max(axis=-1, keepdims=True)
    else:  # numpy reduces a short last axis row by row; class by class is several times faster
        top = scores[..., :1].copy()
        for k in range(1, n_scores):
            np.maximum(top, scores[..., k : k + 1], out=top)
    powers: Array = scores - top
    return np.exp(powers, out=powers), top


def softmax(scores: Array) -> Array:
    """Return class probabilities ``(..., N, K)``."""
    probs, _ = _exponentials(scores)
    probs /= np.einsum("...k->...", probs)[..., None]
    return probs


def softmax_losses(scores: Array, labels: Indices) -> Array:
    """Return cross-entropies in nats, ``(..., N)``, for scores ``(..., N, K)``, labels in 0..K-1.

    The largest score is subtracted first, so that scores of any finite size are safe.
    """
    powers, top = _exponentials(scores)
    places = np.broadcast_to(labels, scores.shape[:-1])[..., None]
    picked = np.take_along_axis(scores, places, axis=-1) - top
    losses: Array = np.log(np.einsum("...k->...", powers)) - picked[..., 0]
    return losses


def softmax_residuals(scores: Array, labels: Indices) -> Array:
    """Return the derivative of each softmax loss in its scores, ``(..., N, K)``."""
    # In C order, so that the flat array below is a view whatever the layout of the scores.
    residuals: Array = np.ascontiguousarray(softmax(scores))
    flat = residuals.reshape(-1, scores.shape[-1])
    flat[np.arange(len(flat)), np.broadcast_to(labels, scores.shape[:-1]).ravel()] -= 1.0
    return residuals


def _sigmoid(scores: Array) -> Array:
    # By tanh: it saturates for large scores where exp would overflow.
    half: Array = 0.5 + 0.5 * np.tanh(0.5 * scores)
    return half


def logistic_losses(scores: Array, labels: Indices) -> Array:
    """Return logistic losses in nats, ``(..., N)``, for scores ``(..., N, 1)``, labels 0 or 1."""
    score = scores[..., 0]
    losses: Array = np.logaddexp(0.0, score) - labels * score
    return losses


def logistic_residuals(scores: Array, labels: Indices) -> Array:
    """Return the derivative of each logistic loss in its score, ``(..., N, 1)``."""
    residuals: Array = _sigmoid(scores) - labels[..., None]
    return residuals


def softmax_hessian(features: Array, scores: Array, weights: Array) -> Array:
    """Return the Hessian (no ridge) of the weighted softmax loss.

    Parameters
    ----------
    features : (N, p) ndarray
        Inputs.
    scores : (N, K) ndarray
        Scores at the point in question.
    weights : (N,) ndarray
        Weight of each example, summing to 1.

    Returns
    -------
    (p * K, p * K) ndarray
        In the order of the flattened ``(p, K)`` weight matrix.
    """
    probs = softmax(scores)
    n_features, n_scores = features.shape[1], scores.shape[1]
    outer = (np.sqrt(weights)[:, None] * features)[:, :, None] * probs[:, None, :]
    flat = outer.reshape(len(features), -1)
    hessian: Array = -(flat.T @ flat)
    blocks = hessian.reshape(n_features, n_scores, n_features, n_scores)
    for k in range(n_scores):
        blocks[:, k, :, k] += (features * (weights * probs[:, k])[:, None]).T @ features
    return hessian


def logistic_hessian(features: Array, scores: Array, weights: Array) -> Array:
    """Return the Hessian (no ridge) of the weighted logistic loss, ``(p, p)``; scores (N, 1)."""
    prob = _sigmoid(scores[:, 0])
    hessian: Array = (features * (weights * prob * (1.0 - prob))[:, None]).T @ features
    return hessian


def newton(
    value: Callable[[Array], float],
    grad: Callable[[Array], Array],
    hessian: Callable[[Array], Array],
    start: ArrayLike,
    tol: float = 1e-12,
    max_steps: int = 100,
) -> Array:
    """Minimise a strongly convex function by Newton's method with step halving.

    Parameters
    ----------
    value, grad, hessian : callable
        Function of ``theta (d,)``, its gradient and its Hessian.
    start : (d,) array_like
        Where to start.
    tol : float
        Stop when the gradient's Euclidean norm is at most this.
    max_steps : int
        Newton steps allowed.

    Returns
    -------
    (d,) ndarray
        The minimiser.

    Raises
    ------
    RuntimeError
        If the tolerance is not reached.
    """
    theta = np.array(start, dtype=np.float64)
    for _ in range(max_steps):
        gradient = grad(theta)
        if np.linalg.norm(gradient) <= tol:
            return theta
        step = np.linalg.solve(hessian(theta), gradient)
        decrease, length = float(gradient @ step), 1.0
        # Below 1e-10 the decrease drowns in the rounding of the loss; Newton is then quadratic.
        if decrease > 1e-10:
            start_value = value(theta)
            while length > 1e-8 and (
                value(theta - length * step) > start_value - 0.1 * length * decrease
            ):
                length *= 0.5
        theta = theta - length * step
    raise RuntimeError(f"Newton's method did not reach {tol:g} in {max_steps} steps")
