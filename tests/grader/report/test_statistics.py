"""The numbers of the report: worked out by hand, and by other libraries."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn.feature_selection import r_regression

from grader.report_statistics import LEAST, counts, discriminations, mean_shares, spread


def column(*values: float) -> Any:
    return np.array(values, dtype=float)[:, None]


def test_a_discrimination_worked_out_by_hand() -> None:
    # Of ten students five have each task right, four of them both: φ = (4·4 − 1·1)/(5·5) = 0.6,
    # and atanh 0.6 = ln 2, so the interval is tanh(ln 2 ± 1.96/√7).
    points = np.array([[2, 3]] * 4 + [[2, 0]] + [[0, 3]] + [[0, 0]] * 4, dtype=float)
    most = np.tile([2.0, 3.0], (10, 1))
    for got in discriminations(points, most):
        assert got.value == pytest.approx(0.6)
        assert got.low == pytest.approx(math.tanh(math.log(2) - 1.959964 / math.sqrt(7)), abs=1e-6)
        assert got.high == pytest.approx(math.tanh(math.log(2) + 1.959964 / math.sqrt(7)), abs=1e-6)
    assert mean_shares(points, most) == pytest.approx([0.5, 0.5])


def test_a_task_is_not_correlated_with_itself() -> None:
    # These two are independent: with itself in the total a task would get 1/√2.
    points = np.array([[1, 1], [1, 0], [0, 1], [0, 0]] * 3, dtype=float)
    assert [d.value for d in discriminations(points, np.ones((12, 2)))] == pytest.approx([0, 0])


@settings(max_examples=12, deadline=None)
@given(st.integers(LEAST, 40), st.integers(2, 6), st.integers(0, 10_000))
def test_discriminations_against_other_libraries(n: int, n_tasks: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    worth = rng.integers(1, 20, n_tasks).astype(float)
    ability = rng.normal(size=(n, 1))
    points = worth / (1 + np.exp(-ability - rng.normal(size=(n, n_tasks))))
    got = discriminations(points, np.tile(worth, (n, 1)))
    for task in range(n_tasks):
        rest = points.sum(axis=1) - points[:, task]
        fit = pearsonr(points[:, task], rest)
        assert got[task].value == pytest.approx(fit.statistic, abs=1e-9)
        assert got[task].value == pytest.approx(r_regression(points[:, [task]], rest)[0], abs=1e-9)
        interval = fit.confidence_interval(0.95)
        assert (got[task].low, got[task].high) == pytest.approx(tuple(interval), abs=1e-9)


def test_when_a_discrimination_can_not_be_told() -> None:
    rng = np.random.default_rng(1)
    few = discriminations(rng.random((LEAST - 1, 2)), np.ones((LEAST - 1, 2)))
    assert [d.why_not for d in few] == [f"fewer than {LEAST} students with a grade"] * 2
    # Sums of tenths are equal but for rounding.
    flat = discriminations(np.tile([0.1, 0.2, 0.3], (20, 1)), np.ones((20, 3)))
    assert {d.why_not for d in flat} == {"all have the same share of it"}
    half = discriminations(np.column_stack([rng.random(20), np.full(20, 0.3)]), np.ones((20, 2)))
    assert [d.why_not for d in half] == [
        "all have the same share of the rest",
        "all have the same share of it",
    ]
    assert discriminations(column(*range(20)), column(*[20] * 20))[0].why_not
    same = np.repeat(rng.random((20, 1)), 2, axis=1)  # a correlation of 1 has no interval
    assert discriminations(same, np.ones((20, 2)))[0].value == pytest.approx(1)


def test_what_waits_is_left_out() -> None:
    points, most = np.array([[4.0, 1], [0, 0], [2, 0]]), np.array([[4.0, 2], [4, 2], [4, 0]])
    assert mean_shares(points, most) == pytest.approx([0.5, 0.25])
    assert np.isnan(mean_shares(points, most * [1, 0])[1])
    rng = np.random.default_rng(2)
    points = rng.random((30, 3))
    most = np.ones((30, 3))
    most[:12, 0] = points[:12, 0] = 0
    got = discriminations(points, most)[0]
    assert got.students == 18
    assert got.value == pytest.approx(pearsonr(points[12:, 0], points[12:, 1:].sum(1)).statistic)


@pytest.mark.parametrize("shares", [[0.0, 0.2, 0.4, 1.0], [0.5], [0.3] * 7, [0.1, 0.9]])
def test_spread(shares: list[float]) -> None:
    got = spread(shares)
    assert got is not None
    assert got.mean == pytest.approx(statistics.fmean(shares))
    assert (got.least, got.median, got.most) == pytest.approx(
        (min(shares), statistics.median(shares), max(shares))
    )
    if len(shares) > 1:
        quarters = statistics.quantiles(shares, n=4, method="inclusive")
        assert (got.lower, got.upper) == pytest.approx((quarters[0], quarters[2]))
        assert got.deviation == pytest.approx(statistics.stdev(shares))
    else:
        assert math.isnan(got.deviation)


def test_classes_hold_their_lower_end_and_the_last_one_both() -> None:
    assert counts([k * 0.1 for k in range(11)]) == [1] * 9 + [2]  # 3 · 0.1 isn't 0.3
    assert counts([0.29999, 0.3, -0.5, 1.2]) == [1, 0, 1, 1, 0, 0, 0, 0, 0, 1]
    assert spread([]) is None and counts([]) == [0] * 10
