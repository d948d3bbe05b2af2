"""Softmax and logistic regression with a ridge, on one data set, for many runs at a time.

Parameters are flat vectors of length ``d = n_features * n_scores``, where a softmax model has one
score for each class and a logistic model one in all; ``theta.reshape(n_features, n_scores)`` is
the weight matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments
from course_utils import linear_losses as losses

Array = NDArray[np.float64]
Indices = NDArray[np.integer]

# Numbers held in one piece of a calculation over many runs: more would fall out of the cache.
_PIECE = 200_000


class LinearClassifier:
    r"""Ridge-regularised softmax or logistic regression on a fixed data set.

    Example i has the loss
    :math:`f_i(\theta)=\ell_i(\theta)+\tfrac{\lambda}{2}\lVert\theta\rVert^2`, so each :math:`f_i`
    is :math:`\lambda`-strongly convex; the ridge acts on every parameter, the intercept included.
    All losses are in nats. ``theta`` has shape ``(d,)`` or ``(..., d)``, axis 0 being the runs.

    Parameters
    ----------
    features : (N, p) array_like
        Inputs, with the column of ones if there is to be an intercept.
    labels : (N,) array_like of int
        Classes 0..K-1; 0 or 1 for the logistic loss.
    kind : {"softmax", "logistic"}
        Which loss.
    ridge : float
        :math:`\lambda\ge0`. Without a ridge there is no ``theta_star``.
    n_classes : int, optional
        K; one more than the largest label if left out.
    weights : (N,) array_like, optional
        Probability of each row in the objective, summing to 1; left out, 1/N each. A batch given
        by ``idx`` is always a plain mean, so draw ``idx`` with these probabilities.

    Attributes
    ----------
    n, dim, n_classes : int
        Number of examples N, of parameters d and of classes K.
    mu : float
        The ridge: a lower bound of the Hessian's eigenvalues.

    Raises
    ------
    ValueError
        If shapes or values do not fit.
    """

    def __init__(
        self,
        features: ArrayLike,
        labels: ArrayLike,
        kind: str = "softmax",
        ridge: float = 1e-3,
        n_classes: int | None = None,
        weights: ArrayLike | None = None,
    ) -> None:
        if kind not in ("softmax", "logistic"):
            raise ValueError(f'kind must be "softmax" or "logistic", got {kind!r}')
        if not 0.0 <= ridge < np.inf:
            raise ValueError(f"ridge must be finite and at least 0, got {ridge}")
        self.kind, self.ridge, self.mu = kind, float(ridge), float(ridge)
        self.features: Array = np.array(features, dtype=np.float64, order="C")
        self.labels = np.array(labels)
        if self.features.ndim != 2 or self.features.size == 0:
            raise ValueError(f"features must have shape (N, p), got {self.features.shape}")
        arguments.finite("features", self.features)
        self.n = len(self.features)
        if self.labels.shape != (self.n,) or not np.issubdtype(self.labels.dtype, np.integer):
            raise ValueError(f"labels must be {self.n} integers, one for each row of features")
        if self.labels.min() < 0:
            raise ValueError(f"labels must not be negative, got {self.labels.min()}")
        if n_classes is None:
            n_classes = 2 if kind == "logistic" else int(self.labels.max()) + 1
        if n_classes < 2 or (kind == "logistic" and n_classes != 2):
            raise ValueError(f"n_classes must be 2 (logistic) or more (softmax), got {n_classes}")
        if self.labels.max() >= n_classes:
            raise ValueError(f"labels must lie in 0..{n_classes - 1}")
        self.n_classes = n_classes
        self._n_scores = n_classes if kind == "softmax" else 1
        self.dim = self.features.shape[1] * self._n_scores
        self.weights: Array | None = None
        if weights is not None:
            self.weights = np.array(weights, dtype=np.float64)
            good = self.weights.shape == (self.n,) and (self.weights >= 0).all()
            if not good or abs(self.weights.sum() - 1.0) > 1e-9:
                raise ValueError(f"weights must be {self.n} probabilities that sum to 1")
        soft = kind == "softmax"
        self._losses = losses.softmax_losses if soft else losses.logistic_losses
        self._residuals = losses.softmax_residuals if soft else losses.logistic_residuals
        self._hessian = losses.softmax_hessian if soft else losses.logistic_hessian
        # Largest eigenvalue that the Hessian in the scores can have (Boehning 1992 for softmax).
        self._curvature = 0.5 if soft else 0.25

    def subset(self, rows: ArrayLike, labels: ArrayLike | None = None) -> LinearClassifier:
        """Return the same model on some rows, with other labels if given.

        Repeats count, and every chosen row has the same weight in the new model.
        """
        index = np.asarray(rows)
        if index.ndim != 1 or index.size == 0 or not np.issubdtype(index.dtype, np.integer):
            raise ValueError("rows must be a non-empty one-dimensional integer array")
        if index.min() < 0 or index.max() >= self.n:
            raise ValueError(f"rows must lie in 0..{self.n - 1}")
        return LinearClassifier(
            self.features[index],
            self.labels[index] if labels is None else labels,
            self.kind,
            self.ridge,
            self.n_classes,
        )

    @property
    def _row_weights(self) -> Array:
        return np.full(self.n, 1.0 / self.n) if self.weights is None else self.weights

    @cached_property
    def smoothness(self) -> float:
        """Smoothness bound L of the loss: curvature bound times the largest eigenvalue of S."""
        moment = (self.features * self._row_weights[:, None]).T @ self.features
        return self._curvature * float(np.linalg.eigvalsh(moment)[-1]) + self.ridge

    @cached_property
    def smoothness_max(self) -> float:
        """Largest smoothness bound of any single example's loss, L_max."""
        return self._curvature * float(np.square(self.features).sum(axis=1).max()) + self.ridge

    @cached_property
    def theta_star(self) -> Array:
        """The minimiser ``(d,)``, by Newton's method on first use; needs a positive ridge."""
        if self.ridge <= 0:
            raise ValueError("ridge must be positive for theta_star: without it none may exist")
        star = losses.newton(
            lambda theta: float(self.loss(theta)), self.grad, self.hessian, np.zeros(self.dim)
        )
        star.flags.writeable = False
        return star

    @cached_property
    def loss_star(self) -> float:
        """The smallest value of the loss."""
        return float(self.loss(self.theta_star))

    def loss(self, theta: ArrayLike, idx: ArrayLike | None = None) -> Array:
        """Return the mean loss, ridge included, ``(...)``; of the rows ``idx`` if given.

        ``idx`` has shape ``(B,)``, the same rows for every run, or ``(..., B)``, rows of their own.
        """
        flat, index, lead = self._arrange(theta, idx)
        out = np.empty(len(flat))
        for part, rows, features, labels in self._pieces(flat, index):
            out[part] = self._losses(self._scores(features, flat[part]), labels) @ rows
        out += 0.5 * self.ridge * np.square(flat).sum(axis=-1)
        return out.reshape(lead)[()]

    def excess(self, theta: ArrayLike) -> Array:
        """Return the loss minus ``loss_star``, ``(...)``."""
        return self.loss(theta) - self.loss_star

    def grad(self, theta: ArrayLike, idx: ArrayLike | None = None) -> Array:
        """Return the mean gradient, ridge included, ``(..., d)``; ``idx`` as for ``loss``."""
        flat, index, lead = self._arrange(theta, idx)
        out = np.empty((len(flat), self.features.shape[1], self._n_scores))
        for part, rows, features, labels in self._pieces(flat, index):
            residuals = self._residuals(self._scores(features, flat[part]), labels)
            residuals *= rows[:, None]
            np.matmul(np.swapaxes(features, -1, -2), residuals, out=out[part])
        gradient: Array = out.reshape(len(flat), -1)
        gradient += self.ridge * flat
        return gradient.reshape(*lead, self.dim)

    def per_example(self, theta: ArrayLike, idx: ArrayLike | None = None) -> Array:
        """Return each example's gradient, ridge included, ``(..., B, d)``; all rows by default."""
        flat, index, lead = self._arrange(theta, idx)
        count = self.n if index is None else index.shape[-1]
        out = np.empty((len(flat), count, self.features.shape[1], self._n_scores))
        for part, _, features, labels in self._pieces(flat, index):
            residuals = self._residuals(self._scores(features, flat[part]), labels)
            np.multiply(features[..., :, None], residuals[..., None, :], out=out[part])
        table: Array = out.reshape(len(flat), count, self.dim)
        table += self.ridge * flat[:, None, :]
        return table.reshape(*lead, count, self.dim)

    def noise_trace(self, theta: ArrayLike) -> Array:
        """Return the trace of the noise covariance of one example's gradient, ``(...)``.

        It is the same as the trace of ``noise_cov(per_example(theta))``, but no per-example
        gradient is formed: each is an outer product, and its squared norm is a product of two.
        """
        flat, _, lead = self._arrange(theta, None)
        norms = np.square(self.features).sum(axis=1)
        out = np.empty(len(flat))
        for part, rows, features, labels in self._pieces(flat, None):
            residuals = self._residuals(self._scores(features, flat[part]), labels)
            out[part] = np.square(residuals).sum(axis=-1) @ (norms * rows)
            mean = features.T @ (residuals * rows[:, None])
            out[part] -= np.square(mean).sum(axis=(-2, -1))
        return out.reshape(lead)[()]

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the Hessian of the loss, ridge included, ``(d, d)``, at one ``theta (d,)``."""
        point = np.asarray(theta, dtype=np.float64)
        if point.shape != (self.dim,):
            raise ValueError(f"theta must have shape ({self.dim},), got {point.shape}")
        arguments.finite("theta", point, arguments.DIVERGED)
        scores = self._scores(self.features, point[None])[0]
        hessian = self._hessian(self.features, scores, self._row_weights)
        hessian.flat[:: self.dim + 1] += self.ridge
        return hessian

    def scores(self, theta: ArrayLike) -> Array:
        """Return the scores (logits) of all rows, ``(..., N, K)``; K is 1 for the logistic loss."""
        flat, _, lead = self._arrange(theta, None)
        return self._scores(self.features, flat).reshape(*lead, self.n, self._n_scores)

    def accuracy(self, theta: ArrayLike) -> Array:
        """Return the share of rows whose label has the largest score, ``(...)``."""
        scores = self.scores(theta)
        guess = scores.argmax(axis=-1) if self.kind == "softmax" else scores[..., 0] > 0
        share: Array = (guess == self.labels) @ self._row_weights
        return share

    def _scores(self, features: Array, theta: Array) -> Array:
        scores: Array = features @ theta.reshape(len(theta), -1, self._n_scores)
        return scores

    def _arrange(
        self, theta: ArrayLike, idx: ArrayLike | None
    ) -> tuple[Array, Indices | None, tuple[int, ...]]:
        """Check the arguments; return theta (R, d), idx (B,), (R, B) or None, and the lead axes."""
        values = np.asarray(theta, dtype=np.float64)
        if values.ndim == 0 or values.shape[-1] != self.dim:
            raise ValueError(f"theta must have shape (..., {self.dim}), got {values.shape}")
        arguments.finite("theta", values, arguments.DIVERGED)
        lead = values.shape[:-1]
        if idx is None:
            return values.reshape(-1, self.dim), None, lead
        index = np.asarray(idx)
        if index.ndim == 0 or index.size == 0 or not np.issubdtype(index.dtype, np.integer):
            raise ValueError("idx must be a non-empty integer array (B,) or (..., B)")
        if index.min() < 0 or index.max() >= self.n:
            raise ValueError(f"idx must lie in 0..{self.n - 1}")
        if index.ndim > 1:
            try:
                lead = np.broadcast_shapes(lead, index.shape[:-1])
            except ValueError:
                raise ValueError(
                    f"idx {index.shape} does not fit theta {values.shape}: the runs must agree"
                ) from None
            values = np.broadcast_to(values, (*lead, self.dim))
            index = np.broadcast_to(index, (*lead, index.shape[-1])).reshape(-1, index.shape[-1])
        return values.reshape(-1, self.dim), index, lead

    def _pieces(
        self, theta: Array, idx: Indices | None
    ) -> Iterator[tuple[slice, Array, Array, Indices]]:
        """Yield (slice of runs, weights of the rows, features, labels), a few runs at a time."""
        own_rows = idx is not None and idx.ndim == 2
        if idx is None:
            rows, features, labels = self._row_weights, self.features, self.labels
        else:
            rows = np.full(idx.shape[-1], 1.0 / idx.shape[-1])
            if not own_rows:
                features, labels = self.features[idx], self.labels[idx]
        width = max(self._n_scores, self.features.shape[1] if own_rows else 1)
        runs = max(1, _PIECE // (len(rows) * width))
        for start in range(0, len(theta), runs):
            part = slice(start, start + runs)
            if own_rows and idx is not None:
                features, labels = self.features[idx[part]], self.labels[idx[part]]
            yield part, rows, features, labels
