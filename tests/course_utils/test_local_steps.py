"""Maps against steps written out, resting points against equations, noise against draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import local_steps
from course_utils.local_steps import Plane

ETA, H = 0.06, 7


def by_hand(plane: Plane, x: Any, shift: Any) -> Any:
    """Where the clients end, step by step; shift (K, 2) is added to their gradients."""
    ends = []
    for k in range(plane.n_clients):
        y = np.array(x, dtype=float)
        for _ in range(H):
            y = y - ETA * (plane.hessians[k] @ (y - plane.optima[k]) + shift[k])
        ends.append(y)
    return np.array(ends)


def test_round_against_steps() -> None:
    plane, x = local_steps.three_clients(), np.array([0.7, -1.3])
    ends = by_hand(plane, x, np.zeros((3, 2)))
    np.testing.assert_allclose(plane.paths(x, ETA, H)[:, -1], ends, atol=1e-13)
    moved = x + 0.7 * (plane.weights @ ends - x)
    np.testing.assert_allclose(plane.round_map(ETA, H, 0.7) @ [*x, 1], [*moved, 1], atol=1e-13)
    mean = plane.weights @ ends
    spread = np.sqrt(plane.weights @ np.square(ends - mean).sum(axis=1))
    assert plane.spread(x, ETA, H) == pytest.approx(spread)


@pytest.mark.parametrize("n_local", [1, 2, 9, 60])
@pytest.mark.parametrize("server", [0.5, 1.0])
def test_resting_point(n_local: int, server: float) -> None:
    plane = local_steps.three_clients()
    rest = local_steps.rest(plane.round_map(ETA, n_local, server), [3, 3])
    np.testing.assert_allclose(rest, plane.fixed_point(ETA, n_local), atol=1e-12)
    if n_local == 1:
        np.testing.assert_allclose(rest, plane.star, atol=1e-12)
        np.testing.assert_allclose(plane.weights @ plane.gradients(rest), 0, atol=1e-12)


@pytest.mark.parametrize("active", [None, [0, 2]])
@pytest.mark.parametrize("keep", [1.0, 0.0])
def test_corrected_round_against_steps(active: Any, keep: float) -> None:
    plane = local_steps.three_clients(equal_weights=True)
    rng = np.random.default_rng(0)
    x, own = rng.standard_normal(2), rng.standard_normal((3, 2))
    shared = own.mean(axis=0)
    ends, chosen = by_hand(plane, x, shared - own), [0, 1, 2] if active is None else active
    new = own.copy()
    new[chosen] += -keep * shared + (x - ends[chosen]) / (H * ETA)
    state = np.concatenate([x, shared, own.ravel(), [1]])
    want = [ends[chosen].mean(axis=0), shared + (new - own).sum(axis=0) / 3, *new]
    got = plane.corrected_map(ETA, H, active, keep=keep) @ state
    np.testing.assert_allclose(got[:-1], np.ravel(want), atol=1e-12)


def test_noisy_run() -> None:
    plane, rng = local_steps.three_clients(), np.random.default_rng(1)
    noise = np.zeros((3 * H, 2, 3, 2))
    means = plane.noisy(np.ones((2, 2)), ETA, H, 3, noise)
    rounds = local_steps.follow(plane.round_map(ETA, H), [1, 1, 1], 3)[:, :2]
    np.testing.assert_allclose(means[::H, 0], rounds, atol=1e-13)
    bowl = Plane([np.diag([1.0, 0.3])] * 4, np.zeros((4, 2)))
    noise = rng.standard_normal((30, 4000, 4, 2))
    ends = bowl.excess(bowl.noisy(np.full((4000, 2), 2.0), 0.4, 10, 3, noise)[-1])
    law = local_steps.noisy_bowl([1.0, 0.3], 2.0, [0.4], 30, 1 / 4)[0]
    assert abs(ends.mean() - law) < 5 * ends.std() / np.sqrt(4000)


def test_arguments() -> None:
    plane = local_steps.three_clients()
    with pytest.raises(ValueError, match="weights must sum to 1"):
        Plane(plane.hessians, plane.optima, [0.5, 0.5, 0.5])
    with pytest.raises(ValueError, match="symmetric"):
        Plane([[[1, 1], [0, 1]]], [[0, 0]])
    with pytest.raises(ValueError, match=r"shape \(K, 2, 2\)"):
        Plane(np.eye(3)[None], [[0, 0, 0]])
    with pytest.raises(ValueError, match="positive definite"):
        Plane([-np.eye(2)], [[0, 0]])
    with pytest.raises(ValueError, match="equal"):
        plane.corrected_map(ETA, H)
    with pytest.raises(ValueError, match="no rest"):
        local_steps.rest(plane.round_map(0.45, 20))
    with pytest.raises(ValueError, match="noise must have shape"):
        plane.noisy(np.ones((2, 2)), ETA, H, 3, np.zeros((H, 2, 3, 2)))
    with pytest.raises(ValueError, match="step_sizes"):
        local_steps.noisy_bowl([1.0], 1.0, [2.5], 3, 1.0)
    with pytest.raises(ValueError, match="do not fit"):
        local_steps.follow(np.eye(3), [1, 2], 4)
    with pytest.raises(ValueError, match="active"):
        local_steps.three_clients(equal_weights=True).corrected_map(ETA, H, [1, 1])
