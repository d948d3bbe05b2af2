"""Curvature along the gradient noise of the tiny transformer."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.curvature import curvature_along_noise
from course_utils.language import Language
from course_utils.noise import noise_statistics
from course_utils.training import token_mean
from course_utils.transformer import TinyLM


@pytest.fixture(scope="module")
def model() -> TinyLM:
    return TinyLM(Language(), width=4, ff=8, dtype=np.float64)


def test_it_is_the_second_derivative_of_the_loss(model: TinyLM) -> None:
    rng = np.random.default_rng(0)
    theta, pool = model.init(rng), model.lang.sample(24, rng)
    trace, bend = curvature_along_noise(model, theta, pool, 6, radius=1e-4)
    weights = pool.mask / pool.mask.sum(axis=1, keepdims=True)
    grads = model.per_sequence_grads(theta, pool.x, pool.y, weights)
    assert trace == pytest.approx(noise_statistics(grads).noise_trace, rel=1e-12)
    away = grads[:6].mean(axis=0) - grads.mean(axis=0)
    away = away / np.linalg.norm(away)
    joint, h = token_mean(pool.mask), 1e-3
    up, here, down = (
        model.loss(theta + s * h * away, pool.x, pool.y, joint) for s in (1.0, 0.0, -1.0)
    )
    assert bend == pytest.approx((up - 2 * here + down) / h**2, rel=1e-3)


@pytest.mark.parametrize(
    ("batch_size", "radius", "names"),
    [(0, 0.1, "batch_size"), (8, 0.1, "batch_size"), (2, 0.0, "radius")],
)
def test_arguments_out_of_range(model: TinyLM, batch_size: int, radius: float, names: str) -> None:
    rng = np.random.default_rng(1)
    pool = model.lang.sample(8, rng)
    with pytest.raises(ValueError, match=names):
        curvature_along_noise(model, model.init(rng), pool, batch_size, radius)
