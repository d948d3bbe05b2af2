"""Bad input is refused in one line that names the argument and says what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from course_utils import (
    arguments,
    comparison,
    curvature,
    figures,
    noise,
    predictions,
    quadratic,
    scaling,
    sweep_table,
    training,
)
from course_utils.digits import Digits, LabelNoise
from course_utils.language import Batch, Language
from course_utils.transformer import TinyLM

NAN, INF = float("nan"), float("inf")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@cache
def digits() -> Digits:
    return Digits("softmax", ridge=1e-3)


@cache
def model() -> TinyLM:
    return TinyLM(Language())


@cache
def batch() -> Batch:
    return model().lang.sample(4, rng())


def language_gradient(scale: float = 1.0, weight: float = 1.0, n: int = 4) -> Any:
    rows, theta = batch(), model().init(rng())
    weights = weight * training.token_mean(rows.mask)
    return model().grad(scale * theta, rows.x[:n], rows.y[:n], weights[:n])


def sgd(**changed: Any) -> Any:
    given: dict[str, Any] = {"theta": np.ones(2), "step_sizes": [0.1]}
    return training.sgd(lambda theta: (0.0, theta), **{**given, **changed})


def runs(value: float) -> Any:
    return figures.band(figures.new()[1], [1, 2], np.full((20, 2), value), "measured", "runs")


def along_noise(**changed: Any) -> Any:
    given: dict[str, Any] = {"batch_size": 2, "radius": 0.02}
    return curvature.curvature_along_noise(
        model(), model().init(rng()), batch(), **{**given, **changed}
    )


def classifier_curves(**changed: Any) -> Any:
    given: dict[str, Any] = {"batch_size": 2, "step_sizes": [0.1], "reads": [1], "n_runs": 2}
    return scaling.classifier_curves(digits(), rng=rng(), **{**given, **changed})


def quadratic_steps(**changed: Any) -> Any:
    given: dict[str, Any] = {"batch_size": 2, "step_sizes": [0.1], "share": 0.5}
    moments: dict[str, Any] = {"curvatures": [1.0], "second_moments": [1.0], "noise_vars": [0.1]}
    return scaling.quadratic_steps(**{**moments, **given, **changed})


def language_curve(**changed: Any) -> Any:
    given: dict[str, Any] = {"batch_size": 4, "step_size": 0.1, "reads": [1], "seed": 0}
    return sweep_table.language_curve(**{**given, **changed})


def quad() -> quadratic.Quadratic:
    return quadratic.standing_quadratic()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sgd(step_sizes=[0.1, -0.1]), "step_sizes must be finite and at least 0, got -0.1"),
        (lambda: sgd(step_sizes=[NAN]), "step_sizes must be finite and at least 0, got nan"),
        (lambda: sgd(step_sizes=0.1), "step_sizes must be 1-D"),
        (lambda: sgd(theta=np.array([NAN, 1.0])), r"theta must be finite \(a diverged run"),
        (
            lambda: training.sgd(lambda theta: (0.0, theta[:1]), np.ones(2), [0.1]),
            r"oracle must return a gradient of shape \(2,\)",
        ),
        (
            lambda: training.adam(lambda theta: (0.0, theta), np.ones(2), [0.1], eps=NAN),
            "eps must be finite",
        ),
        (lambda: training.warmup_stable_decay(10, INF), "peak must be positive and finite"),
        (lambda: training.warmup_stable_decay(2.5, 1.0), "n_steps must be a whole number"),
        (lambda: training.warmup_stable_decay(10, 1.0, warmup=-1), "warmup must be at least 0"),
        (lambda: training.token_mean(np.zeros((2, 3))), "mask must have at least one scored token"),
        (lambda: training.language_oracle(model(), 0, rng()), "batch_size must be at least 1"),
        (lambda: quad().grad([NAN, 1.0]), "theta must be finite"),
        (lambda: quad().oracle([1.0, 2.0], rng(), 0), "batch_size must be at least 1, got 0"),
        (lambda: quad().oracle([1.0, 2.0], rng(), 2.5), "batch_size must be a whole number"),
        (
            lambda: quadratic.Quadratic(np.eye(2), np.eye(2), [INF, 0.0]),
            "theta_star must be finite",
        ),
        (lambda: digits().grad(np.full(650, INF)), "theta must be finite"),
        (lambda: digits().hessian(np.full(650, NAN)), "theta must be finite"),
        (lambda: digits().per_example(np.full(650, NAN)), "theta must be finite"),
        (lambda: digits().noise_trace(np.full(650, NAN)), "theta must be finite"),
        (lambda: LabelNoise(digits()).risk(np.full(650, NAN)), "theta must be finite"),
        (lambda: digits().grad(np.zeros(650), []), "idx must be a non-empty integer array"),
        (lambda: digits().subset([]), "rows must be a non-empty"),
        (lambda: digits().subset([1797]), r"rows must lie in 0\.\.1796"),
        (lambda: model().lang.sample(0, rng()), "n must be at least 1"),
        (lambda: model().lang.sample(2.5, rng()), "n must be a whole number"),  # type: ignore[arg-type]
        (lambda: TinyLM(model().lang, width=0), "width must be at least 1"),
        (lambda: language_gradient(scale=NAN), "theta must be finite"),
        (lambda: language_gradient(weight=NAN), "weights must be finite"),
        (lambda: language_gradient(n=0), "x must have at least one row"),
        (lambda: noise.batch_indices(5, 6, 1, rng(), False), "batch_size must be between 1 and 5"),
        (lambda: noise.batch_indices(5, 0, 1, rng(), True), "batch_size must be at least 1"),
        (lambda: noise.epoch_indices(5, 6, 1, rng()), "batch_size must be between 1 and 5"),
        (lambda: noise.batch_indices(5, 2, 0, rng(), True), "n_batches must be at least 1"),
        (lambda: predictions.nearest(NAN, {"a": 1.0}), "all must be finite"),
        (lambda: predictions.nearest(1.0, {}), "at least one value"),
        (lambda: comparison.compare([]), "rows must hold at least one Row"),
        (
            lambda: comparison.compare(comparison.Row("x", NAN, measured=1.0, rtol=1e-9)),
            "predicted and rivals must be finite",
        ),
        (
            lambda: comparison.compare(comparison.Row("x", 1.0, measured=1.0, rtol=1e-9), tol=NAN),
            "tol must be positive and finite",
        ),
        (lambda: runs(NAN), "runs must not hold nan"),
        (lambda: classifier_curves(batch_size=0), "batch_size must be at least 1, got 0"),
        (lambda: classifier_curves(batch_size=2.5), "batch_size must be a whole number"),
        (lambda: classifier_curves(n_runs=0), "n_runs must be at least 1, got 0"),
        (lambda: classifier_curves(step_sizes=[INF]), "step_sizes must be finite and at least 0"),
        (lambda: classifier_curves(step_sizes=[0.0]), "step_sizes must be one or more positive"),
        (lambda: classifier_curves(step_sizes=[]), "step_sizes must be one or more positive"),
        (lambda: quadratic_steps(batch_size=INF), "batch_size must be positive and finite"),
        (lambda: quadratic_steps(batch_size="4b"), "batch_size must be a positive, finite number"),
        (lambda: quadratic_steps(share=NAN), r"share must lie in \(0, 1\), got nan"),
        (lambda: quadratic_steps(noise_vars=[NAN]), "noise_vars must be finite"),
        (lambda: quadratic_steps(step_sizes=[]), "step_sizes must hold at least one"),
        (lambda: quadratic_steps(step_sizes=[[0.1]]), "step_sizes must be 1-D"),
        (lambda: quadratic_steps(max_steps=0), "max_steps must be at least 1, got 0"),
        (lambda: language_curve(batch_size=0), "batch_size must be at least 1, got 0"),
        (lambda: language_curve(step_size=NAN), "step_size must be positive and finite, got nan"),
        (lambda: language_curve(seed=-1), "seed must be at least 0, got -1"),
        (lambda: language_curve(seed=1.5), "seed must be a whole number"),
        (lambda: along_noise(batch_size=4), "batch_size must be between 1 and 3, got 4"),
        (lambda: along_noise(radius=INF), "radius must be positive and finite, got inf"),
    ],
)
def test_what_is_refused(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_batches_of_all_the_data_are_allowed_and_larger_ones_with_replacement() -> None:
    assert sorted(noise.batch_indices(5, 5, 1, rng(), False)[0]) == [0, 1, 2, 3, 4]
    assert noise.batch_indices(5, 9, 1, rng(), True).shape == (1, 9)


def test_numpy_integers_are_whole_numbers() -> None:
    assert arguments.count("batch_size", np.int32(4)) == 4
    assert type(arguments.count("batch_size", np.int32(4))) is int


def test_a_sum_that_overflows_is_no_sign_of_a_bad_entry() -> None:
    large = np.full(3, 1e308)
    assert arguments.finite("theta", large) is large


def test_a_nan_measurement_is_a_claim_that_fails() -> None:
    with pytest.raises(AssertionError, match="off by a relative nan"):
        comparison.compare(comparison.Row("x", 1.0, measured=NAN, rtol=1e-9))
