"""Curvature of a language model's loss along its own gradient noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from course_utils import arguments
from course_utils.language import Batch
from course_utils.noise import noise_statistics
from course_utils.probes import hessian_product
from course_utils.training import token_mean
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]


def curvature_along_noise(
    model: TinyLM, theta: Array, pool: Batch, batch_size: int, radius: float = 0.02
) -> tuple[float, float]:
    r"""Return the noise trace, and the curvature of the loss along the noise of one batch.

    With ``n`` the noise of the mean gradient of the first ``batch_size`` sequences of the pool, the
    curvature is :math:`n^\top Hn/\lVert n\rVert^2`, by a central difference of the pool's gradient.
    Its mean over batches is about :math:`\operatorname{tr}(H\Sigma)/\operatorname{tr}\Sigma`.

    Parameters
    ----------
    model : TinyLM
        The model.
    theta : (P,) array
        Parameters.
    pool : Batch
        Sequences that stand for the population; all of equal length, or the two weightings differ.
    batch_size : int
        Sequences in the batch, at least 1 and fewer than the pool holds.
    radius : float
        Length of the displacement in each direction, positive.

    Returns
    -------
    noise_trace : float
        Trace of the covariance of one sequence's gradient, with 1/N.
    curvature : float
        Of the pool's mean loss per token, in nats per squared unit of ``theta``.

    Raises
    ------
    ValueError
        If ``batch_size`` or ``radius`` is out of range.
    """
    batch_size = arguments.count("batch_size", batch_size, most=len(pool.x) - 1)
    radius = arguments.positive("radius", radius)
    each = pool.mask / pool.mask.sum(axis=1, keepdims=True)
    grads = model.per_sequence_grads(theta, pool.x, pool.y, each)
    away = grads[:batch_size].mean(axis=0) - grads.mean(axis=0)
    away = away / np.linalg.norm(away)
    weights = token_mean(pool.mask)

    def grad(point: Array) -> Array:
        return model.grad(point, pool.x, pool.y, weights)[1]

    bend = hessian_product(grad, theta, away, radius) @ away
    return noise_statistics(grads).noise_trace, float(bend)
