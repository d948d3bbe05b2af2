"""Maps against the step written out, runs against per-example gradients, moments against draws."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from course_utils import finite_sums as sums
from course_utils.digits import Digits
from course_utils.linear_models import LinearClassifier

ETA = 0.07


def bowls(n: int = 4, seed: int = 0) -> tuple[Any, Any, Any]:
    """Return Hessians, centres, and the minimiser of the mean."""
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((n, 2, 2))
    hessians = half @ half.swapaxes(1, 2) / 2 + 0.2 * np.eye(2)
    centres = rng.standard_normal((n, 2))
    star = np.linalg.solve(hessians.sum(axis=0), np.einsum("nij,nj->i", hessians, centres))
    return hessians, centres, star


@pytest.mark.parametrize("write", ["none", "one", "all"])
@pytest.mark.parametrize(("weight", "gain"), [(1.0, 0.25), (0.25, 0.25), (1.0, 1.0)])
def test_maps_against_the_step(write: Any, weight: float, gain: float) -> None:
    hessians, centres, star = bowls()
    rng = np.random.default_rng(1)
    theta, points, believed = rng.standard_normal(2), rng.standard_normal((4, 2)), np.ones(2)
    state = np.concatenate([theta - star, (points - star).ravel(), believed])
    maps = sums.step_maps(hessians, ETA, weight=weight, gain=gain, write=write)
    assert maps.shape == (4, 12, 12)
    for j in range(4):
        change = hessians[j] @ (theta - centres[j]) - hessians[j] @ (points[j] - centres[j])
        moved = maps[j] @ state
        np.testing.assert_allclose(
            moved[:2], theta - ETA * (weight * change + believed) - star, atol=1e-13
        )
        after, mean = points.copy(), believed
        if write == "one":
            after[j], mean = theta, believed + gain * change
        elif write == "all":
            after[:], mean = theta, hessians.mean(axis=0) @ (theta - star)
        np.testing.assert_allclose(moved[2:10], (after - star).ravel(), atol=1e-13)
        np.testing.assert_allclose(moved[10:], mean, atol=1e-13)


def test_moments_forms_and_growth_agree() -> None:
    hessians, _, _ = bowls(n=3)
    maps = sums.step_maps(hessians, ETA, weight=1.0, gain=1 / 3, write="one")
    lift = sums.right_means(hessians)
    start = lift @ np.random.default_rng(2).standard_normal(8)
    exact = sums.second_moments(maps, start, 4)
    form = np.diag([1.0, 1.0] + [0.0] * 8)
    for k in range(5):
        draws = product(range(3), repeat=k)
        ends = [sums.follow(maps, start, row)[-1, :2] for row in draws]
        assert np.isclose(np.square(ends).sum(axis=1).mean(), exact[k], rtol=1e-12)
        assert np.isclose(start @ form @ start, exact[k], rtol=1e-12)
        form = sums.pull_back(maps, form)
    small = (maps @ lift)[:, :8]
    dense = np.abs(np.linalg.eigvals(np.mean([np.kron(m, m) for m in small], axis=0))).max()
    assert np.isclose(sums.growth(hessians, ETA, weight=1.0), dense, rtol=1e-4)


def test_worst_ratio_against_a_search() -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((2, 4, 3))
    before = root[0] @ root[0].T  # of rank 3
    after = root[0] @ np.diag([2.0, 0.5, 1.0]) @ root[0].T
    worst = sums.worst_ratio(after, before)
    states = rng.standard_normal((4000, 4))
    ratios = ((states @ after) * states).sum(axis=1) / ((states @ before) * states).sum(axis=1)
    assert ratios.max() <= worst + 1e-9 and np.isclose(worst, 2.0)
    with pytest.raises(ValueError, match="vanish"):
        sums.worst_ratio(np.eye(4), before)


def settings(n_runs: int, n_steps: int, **change: Any) -> dict[str, Any]:
    """Arguments of runs that all remember, with weight 1."""
    plain: dict[str, Any] = {"weight": np.ones(n_runs), "own": np.ones(n_runs, dtype=bool)}
    plain |= {"filled": np.ones(n_runs, dtype=bool), "refresh_first": np.zeros(n_runs, dtype=bool)}
    return plain | {"refresh": np.zeros((n_steps, n_runs), dtype=bool)} | change


class Listed:
    """A generator that returns given indices."""

    def __init__(self, indices: Any) -> None:
        self.rows = iter(indices)

    def integers(self, n: int, size: int) -> Any:
        """Return the next row."""
        row = np.asarray(next(self.rows))
        assert row.shape == (size,) and row.max() < n
        return row


@pytest.mark.parametrize("kind", ["sgd", "slots", "light slots", "snapshot", "late snapshot"])
def test_runs_against_full_gradients(kind: str) -> None:
    rng = np.random.default_rng(4)
    features, labels = rng.standard_normal((6, 3)), rng.integers(2, size=6)
    problem = LinearClassifier(features, labels, "logistic", 0.1)
    drawn, n_steps = rng.integers(6, size=(12, 2)), 12
    slots, shots = "slots" in kind, "snapshot" in kind
    weight = 1 / 6 if kind == "light slots" else 1.0
    refresh = np.zeros((n_steps, 2), dtype=bool)
    refresh[::5] = shots
    asked = settings(
        2, n_steps, weight=np.full(2, weight), own=np.full(2, slots),
        filled=np.full(2, kind in ("slots", "late snapshot")), refresh=refresh,
        refresh_first=np.full(2, kind == "snapshot"),
    )  # fmt: skip
    sizes = np.linspace(0.3, 0.1, n_steps)[:, None] * [1.0, 0.5]
    got = sums.memory_runs(problem, sizes, Listed(drawn), **asked)  # type: ignore[arg-type]
    assert got.shape == (13, 2, 3)
    for run in range(2):
        theta = np.zeros(3)
        data = lambda t: problem.per_example(t) - 0.1 * t  # noqa: E731 – the ridge is exact
        table = data(theta) if asked["filled"][run] else np.zeros((6, 3))
        for t in range(n_steps):
            if refresh[t, run] and kind == "snapshot":
                table = data(theta)
            j, now = drawn[t, run], data(theta)
            step = weight * (now[j] - table[j]) + table.mean(axis=0) + 0.1 * theta
            if slots:
                table[j] = now[j]
            if refresh[t, run] and kind == "late snapshot":
                table = now
            theta = theta - sizes[t, run] * step
            np.testing.assert_allclose(got[t + 1, run], theta, atol=1e-12)


def test_runs_settle_on_the_minimiser_of_the_digits() -> None:
    problem = Digits("logistic", ridge=0.1, classes=(3, 8), rows=np.arange(40))
    sizes = np.full((2400, 3), 1 / (3 * problem.smoothness_max))
    ends = sums.memory_runs(
        problem, sizes, np.random.default_rng(5), **settings(3, 2400), every=2400
    )
    np.testing.assert_allclose(ends[-1], np.tile(problem.theta_star, (3, 1)), atol=1e-9)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"hessians": np.eye(2)}, "hessians"),
        ({"hessians": np.eye(3)[None]}, "hessians"),
        ({"hessians": [[[1.0, 2.0], [0.0, 1.0]]]}, "hessians"),
        ({"step_size": 0.0}, "step_size"),
        ({"weight": np.inf}, "weight"),
        ({"write": "two"}, "write"),
    ],
)
def test_maps_name_bad_arguments(change: dict[str, Any], name: str) -> None:
    plain: dict[str, Any] = {
        "hessians": np.eye(2)[None],
        "step_size": 0.1,
        "weight": 1.0,
        "gain": 1.0,
    }
    with pytest.raises(ValueError, match=name):
        sums.step_maps(**(plain | {"write": "one"} | change))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"step_sizes": np.ones(4)}, "step_sizes"),
        ({"step_sizes": -np.ones((4, 2))}, "step_sizes"),
        ({"weight": np.ones(3)}, "weight"),
        ({"own": np.ones(1)}, "own"),
        ({"refresh": np.zeros((3, 2))}, "refresh"),
        ({"every": 0}, "every"),
        ({"problem": Digits("softmax", rows=np.arange(12))}, "problem"),
    ],
)
def test_runs_name_bad_arguments(change: dict[str, Any], name: str) -> None:
    plain: dict[str, Any] = {"problem": Digits("logistic", rows=np.arange(12))}
    plain |= {"step_sizes": np.ones((4, 2))}
    with pytest.raises(ValueError, match=name):
        sums.memory_runs(rng=np.random.default_rng(0), **(plain | settings(2, 4) | change))
