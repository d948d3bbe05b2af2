"""Crossings, tuned steps, exact quadratic runs, curvature, digits curves, and the kept table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils import scaling, sweep_table
from course_utils.digits import Digits


def test_crossing_of_an_exponential_is_exact_between_readings() -> None:
    steps = np.array([1, 4, 9, 20])
    curves = np.exp(-0.3 * steps) * np.array([[1.0], [2.5]])
    want = [np.log(1 / 0.1) / 0.3, np.log(2.5 / 0.1) / 0.3]
    np.testing.assert_allclose(scaling.crossing(steps, curves, 0.1), want, rtol=1e-12)
    assert scaling.crossing(steps, curves[0], 1e-9) == np.inf


def test_crossing_takes_the_first_time_and_survives_overflow() -> None:
    assert scaling.crossing([1, 2, 3, 4], [4.0, 1.0, 4.0, 1.0], 2.0) == pytest.approx(1.5)
    assert scaling.crossing([1, 2, 3], [np.inf, 1.0, 1.0], 2.0) == 2.0
    assert scaling.crossing([1, 2], [3.0, np.inf], 2.0) == np.inf


@pytest.mark.parametrize(
    ("steps", "curves", "target", "named"),
    [
        ([1, 2], [1.0, 2.0, 3.0], 0.5, "steps"),
        ([2, 1], [1.0, 2.0], 0.5, "steps"),
        ([1, 2], [1.0, 0.0], 0.5, "positive"),
        ([1, 2], [1.0, 0.5], 2.0, "start above"),
    ],
)
def test_crossing_names_what_is_wrong(
    steps: list[int], curves: list[float], target: float, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        scaling.crossing(steps, curves, target)


def test_reading_steps() -> None:
    steps = scaling.reading_steps(100, 12, first=3)
    assert steps[0] == 3 and steps[-1] == 100 and np.all(np.diff(steps) > 0)
    for first, last, n in ((0, 5, 3), (5, 5, 3), (1, 5, 1)):
        with pytest.raises(ValueError):
            scaling.reading_steps(last, n, first=first)


def test_tuned_steps_averages_runs_before_it_crosses() -> None:
    steps = np.arange(1.0, 9.0)
    runs = np.exp(-steps * np.array([[0.9], [0.1]]))
    slow = scaling.Curve(4, 0.1, steps, runs)
    fast = scaling.Curve(4, 0.2, steps, runs**1.5)
    other = scaling.Curve(2, 0.3, steps, runs)
    sizes, etas, found = scaling.tuned_steps([slow, other, fast], 0.4)
    assert sizes.tolist() == [2, 4] and etas.tolist() == [0.3, 0.2]
    want = scaling.crossing(steps, runs.mean(axis=0), 0.4)
    assert found[0] == want and found[1] < want
    only = scaling.tuned_steps([slow], 0.4, np.array([0, 0]))[2]
    assert only[0] == pytest.approx(np.log(1 / 0.4) / 0.9)
    with pytest.raises(ValueError, match="curves"):
        scaling.tuned_steps([], 0.4)


def test_quadratic_steps_against_a_plain_loop() -> None:
    h, v, noise, etas = np.array([1.0, 0.2]), np.array([2.0, 3.0]), np.array([0.5, 0.1]), [0.3, 0.9]
    plain = []
    for eta in etas:
        now, steps = v.copy(), 0
        while h @ now > 0.05 * (h @ v):
            now, steps = (1 - eta * h) ** 2 * now + eta**2 * noise / 16, steps + 1
        plain.append(steps)
    assert scaling.quadratic_steps(h, v, noise, 16, etas, share=0.05) == min(plain)


def test_the_greedy_step_is_the_best_of_a_fine_grid() -> None:
    h, v, noise, grid = np.array([1.0, 0.2]), np.array([2.0, 3.0]), np.array([0.5, 0.1]), None
    grid, now, steps = np.linspace(0, 3, 3001)[:, None], v, 0
    while h @ now > 0.2 * (h @ v):
        trials = (1 - grid * h) ** 2 * now + grid**2 * noise / 9
        now, steps = trials[(trials @ h).argmin()], steps + 1
    assert scaling.quadratic_steps(h, v, noise, 9, share=0.2) == steps


def test_quadratic_steps_refuses_the_impossible() -> None:
    with pytest.raises(ValueError, match="max_steps"):
        scaling.quadratic_steps([1.0], [1.0], [1.0], 1, [0.5], share=0.01, max_steps=50)
    with pytest.raises(ValueError, match="share"):
        scaling.quadratic_steps([1.0], [1.0], [1.0], 1, [0.5], share=1.5)
    with pytest.raises(ValueError, match="curvatures"):
        scaling.quadratic_steps([1.0, 2.0], [1.0], [1.0], 1, [0.5])


def test_softmax_curvature_is_that_of_the_hessian() -> None:
    problem, rng = Digits("softmax", ridge=1e-2, features=4), np.random.default_rng(0)
    theta, v = 0.3 * rng.standard_normal(problem.dim), rng.standard_normal((3, problem.dim))
    want = np.einsum("md,de,me->m", v, problem.hessian(theta), v)
    np.testing.assert_allclose(scaling.softmax_curvature(problem, theta, v), want, rtol=1e-10)
    with pytest.raises(ValueError, match="directions"):
        scaling.softmax_curvature(problem, theta, v[0])


def test_classifier_curves_against_a_plain_loop() -> None:
    problem, reads = Digits("softmax", ridge=1e-2, features=4), [1, 3, 4]
    got = scaling.classifier_curves(problem, 5, [0.2, 0.7], reads, 2, np.random.default_rng(3))
    rng, theta, want = np.random.default_rng(3), np.zeros((4, problem.dim)), []
    for step in range(1, 5):
        idx = rng.integers(problem.n, size=(4, 5))
        theta = theta - np.array([[0.2], [0.2], [0.7], [0.7]]) * problem.grad(theta, idx)
        if step in reads:
            want.append(problem.excess(theta))
    assert got.shape == (2, 2, 3)
    np.testing.assert_allclose(got.reshape(4, 3), np.transpose(want), rtol=2e-6)


@pytest.mark.parametrize(
    ("batch_size", "etas", "reads", "n_runs", "named"),
    [
        (0, [0.1], [1, 2], 2, "batch_size"),
        (2, [-0.1], [1, 2], 2, "step_sizes"),
        (2, [0.1], [2, 1], 2, "reads"),
        (2, [0.1], [0.5], 2, "reads"),
        (2, [0.1], [1], 0, "n_runs"),
    ],
)
def test_classifier_curves_names_what_is_wrong(
    batch_size: int, etas: list[float], reads: list[float], n_runs: int, named: str
) -> None:
    problem = Digits("softmax", ridge=1e-2, features=4)
    with pytest.raises(ValueError, match=named):
        scaling.classifier_curves(
            problem, batch_size, etas, reads, n_runs, np.random.default_rng(0)
        )


def test_the_kept_table_is_complete() -> None:
    curves = sweep_table.read_curves()
    tried = {(curve.batch_size, curve.step_size) for curve in curves}
    grid = sweep_table.LANGUAGE_STEP_SIZES
    assert tried == {(b, eta) for b, etas in grid.items() for eta in etas}
    assert all(len(curve.excess) == sweep_table.LANGUAGE_SEEDS for curve in curves)


@pytest.mark.parametrize(("batch_size", "step_size", "seed"), [(4, 0.7, 3), (64, 1.0, 11)])
def test_a_piece_of_the_kept_table_comes_out_again(
    batch_size: int, step_size: float, seed: int
) -> None:
    (kept,) = (
        curve
        for curve in sweep_table.read_curves()
        if (curve.batch_size, curve.step_size) == (batch_size, step_size)
    )
    reads = kept.steps[:5].astype(int)
    again = sweep_table.language_curve(batch_size, step_size, reads, seed)
    np.testing.assert_allclose(again, kept.excess[seed, :5], rtol=2e-3)


def test_curves_survive_the_file(tmp_path: Path) -> None:
    curve = scaling.Curve(8, 0.35, np.array([2.0, 5.0]), np.array([[1.5, np.inf], [0.25, 0.125]]))
    sweep_table.write_curves(tmp_path / "t.csv", [curve])
    (back,) = sweep_table.read_curves(tmp_path / "t.csv")
    assert back[:2] == curve[:2]
    np.testing.assert_array_equal(back.steps, curve.steps)
    np.testing.assert_array_equal(back.excess, curve.excess)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "bad.csv").write_text("1,2\n")
    for name in ("empty.csv", "bad.csv"):
        with pytest.raises(ValueError, match="path"):
            sweep_table.read_curves(tmp_path / name)


def test_a_run_that_overflows_reads_inf_and_hooks_count_on() -> None:
    seen: list[int] = []
    out = sweep_table.language_curve(
        4, 1e6, np.array([1, 3, 6]), 0, lambda step, *rest: seen.append(step)
    )
    assert out[-1] == np.inf and seen == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="step_size"):
        sweep_table.language_curve(4, 0.0, np.array([1]), 0)
