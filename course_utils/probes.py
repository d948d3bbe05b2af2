"""Readings of a run: curvatures, and signal and noise of its gradients step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from course_utils import arguments
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]


def hessian_product(
    grad: Callable[[Array], Array], theta: npt.ArrayLike, vector: npt.ArrayLike, step: float
) -> Array:
    """Return the product of the Hessian at a point with a vector, from two gradients.

    Parameters
    ----------
    grad : callable
        ``grad(theta)`` returns the gradient ``(d,)``, of a fixed data set: the same at each call.
    theta : (d,) array_like
        The point. Converted to float64.
    vector : (d,) array_like
        Any length; for the zero vector the product is zero.
    step : float
        Length of the step to each side in the central difference, positive.

    Returns
    -------
    (d,) float64 array
        Exact for a quadratic, up to rounding.

    Raises
    ------
    ValueError
        If the shapes don't fit, or ``step`` isn't positive.
    """
    point, along = np.asarray(theta, dtype=np.float64), np.asarray(vector, dtype=np.float64)
    if point.ndim != 1 or along.shape != point.shape:
        raise ValueError(f"theta and vector must be (d,), got {point.shape} and {along.shape}")
    step, length = arguments.positive("step", step), float(np.linalg.norm(along))
    if length == 0.0:
        return np.zeros_like(point)
    shift = step / length * along
    up, down = (np.asarray(grad(point + move), dtype=np.float64) for move in (shift, -shift))
    if up.shape != point.shape:
        raise ValueError(f"grad must return shape {point.shape}, got {up.shape}")
    change: Array = (up - down) * (length / (2.0 * step))
    return change


def hessian_range(
    grad: Callable[[Array], Array], theta: npt.ArrayLike, tol: float = 1e-2, step: float = 1e-4
) -> tuple[float, float]:
    """Return the smallest and the largest eigenvalue of the Hessian at a point.

    Lanczos iteration (ARPACK) on Hessian-vector products, each a central difference of two
    gradients: no d x d matrix is formed. A negative smallest eigenvalue proves that the loss is
    not convex; the largest is a lower bound of the smoothness constant.

    Parameters
    ----------
    grad : callable
        ``grad(theta)`` returns the exact gradient ``(d,)`` in float64, of a fixed data set: the
        same at each call.
    theta : (d,) array_like
        The point, d at least 3. Converted to float64.
    tol : float
        Relative accuracy of the eigenvalues, positive.
    step : float
        Length of the step of the central difference, positive.

    Returns
    -------
    smallest, largest : float
        In the loss's unit per squared parameter.

    Raises
    ------
    ValueError
        If ``theta`` is not a vector of at least three numbers, ``tol`` or ``step`` is not positive,
        or ``grad`` returns another shape.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    point = arguments.finite("theta", np.array(theta, dtype=np.float64), arguments.DIVERGED)
    if point.ndim != 1 or point.size < 3:
        raise ValueError(f"theta must have shape (d,) with d >= 3, got {point.shape}")
    tol, step = arguments.positive("tol", tol), arguments.positive("step", step)

    def product(vector: Array) -> Array:
        return hessian_product(grad, point, vector.ravel(), step)

    operator = LinearOperator((point.size, point.size), matvec=product, dtype=np.float64)
    # A fixed start makes the result repeatable; random signs keep it off symmetric subspaces.
    start = np.random.default_rng(0).standard_normal(point.size)
    ends = eigsh(operator, k=2, which="BE", tol=tol, v0=start, return_eigenvectors=False)
    return float(ends.min()), float(ends.max())


def logged_sgd(
    model: TinyLM,
    theta: Array,
    step_sizes: npt.ArrayLike,
    batch_size: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    r"""Train language models by plain SGD and log signal and noise of every gradient.

    Each step draws fresh sequences and forms one gradient for each of them, so that the noise of
    their mean is known without a second batch.

    Parameters
    ----------
    model : TinyLM
        What to train; its language is what batches are drawn from.
    theta : (P,) or (n_runs, P) array
        Parameters at the start, one row for each run; never written to.
    step_sizes : (n_steps,) array_like
        One step size for each update.
    batch_size : int
        Sequences in a batch of one run, at least 2.
    rng : numpy.random.Generator
        Source of the batches.

    Returns
    -------
    theta : (P,) or (n_runs, P) array
        Parameters after the last update.
    log : (n_steps, 4) or (n_runs, n_steps, 4) float64 array
        For each step: :math:`\lVert g\rVert^2` of the batch gradient g; the unbiased estimate of
        the squared norm of the full gradient, which can be negative; that of
        :math:`\operatorname{tr}\Sigma` of one sequence; the inner product with the gradient of
        the step before (nan in the first step). All in nats squared per parameter squared.

    Raises
    ------
    ValueError
        If ``batch_size`` is below 2 or ``step_sizes`` isn't 1-D, finite and at least 0.
    """
    sizes = arguments.step_sizes(step_sizes)
    batch_size = arguments.count("batch_size", batch_size, least=2)
    lead = np.shape(theta)[:-1]
    theta = np.array(theta, dtype=model.dtype, ndmin=2)
    log = np.empty((len(theta), len(sizes), 4))
    before = np.full(theta.shape, np.nan)
    for row, size in zip(log.swapaxes(0, 1), sizes.tolist(), strict=True):
        batch = model.lang.sample(len(theta) * batch_size, rng).for_runs(len(theta))
        weights = batch.mask / batch.mask.sum(axis=2, keepdims=True)
        grads = model.per_sequence_grads(theta, batch.x, batch.y, weights)
        mean = grads.mean(axis=1, dtype=np.float64)
        norm = np.square(mean).sum(axis=1)
        # Divided by B − 1, since the mean was taken from the same draws.
        deviations = np.square(grads - mean[:, None]).sum(axis=(1, 2)) / (batch_size - 1)
        row[:, 0] = norm
        row[:, 1] = norm - deviations / batch_size
        row[:, 2] = deviations
        row[:, 3] = (before * mean).sum(axis=1)
        theta, before = theta - (size * mean).astype(model.dtype), mean
    return theta.reshape(*lead, -1), log.reshape(*lead, *log.shape[1:])
