"""Bits, the law of random rounding, and the two problems on which a memory decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import compression


def test_bits() -> None:
    sizes: dict[Any, int] = {"dense": 1, "top": 20, "random": 20, "rounded": 4, "sign": 1}
    bits = {kind: compression.message_bits(kind, 650, size) for kind, size in sizes.items()}
    assert bits == {"dense": 20800, "top": 840, "random": 640, "rounded": 2632, "sign": 682}
    with pytest.raises(ValueError, match="kind"):
        compression.message_bits("zip", 650)  # type: ignore[arg-type]


@pytest.mark.parametrize("levels", [1, 3, 8])
def test_roundings(levels: int) -> None:
    v = np.array([2.0, -0.3, 0.0, 1.1, -1.7])
    chances, values = compression.roundings(v, levels)
    assert chances.sum() == pytest.approx(1)
    np.testing.assert_allclose(chances @ values, v, atol=1e-12)
    parts = values * levels / np.linalg.norm(v)
    np.testing.assert_allclose(parts, np.round(parts), atol=1e-9)
    with pytest.raises(ValueError, match="v must hold"):
        compression.roundings(np.ones(9), levels)


def test_pulled_apart() -> None:
    bare = compression.pulled_apart(0.02, 30, memory=False)
    np.testing.assert_allclose(bare[1:] / bare[:-1], 1 + 11 * 0.02 / 6, rtol=1e-12)
    kept = compression.pulled_apart(0.02, 400, memory=True)[-1]
    assert 5e-5 < kept.min() and kept.max() < 1e-4


def test_lopsided_signs() -> None:
    rng = np.random.default_rng(0)
    bare = compression.lopsided_signs(0.1, 600, 30, rng, memory=False)[300:].mean(axis=(0, 2))
    kept = compression.lopsided_signs(0.1, 600, 30, rng, memory=True)[200:].mean(axis=(0, 2))
    assert abs(bare.mean() - 10) < 0.5
    assert abs(kept.mean() + 2.5) < 5 * kept.std() / np.sqrt(30)
