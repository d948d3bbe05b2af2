"""Extreme eigenvalues against dense ones; logged signal and noise against a large pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.digits import Digits
from course_utils.language import Language
from course_utils.noise import noise_statistics
from course_utils.probes import hessian_product, hessian_range, logged_sgd
from course_utils.transformer import TinyLM


def test_product_on_a_quadratic_is_exact_at_any_step() -> None:
    rng = np.random.default_rng(3)
    half, vector = rng.standard_normal((5, 5)), rng.standard_normal(5)
    hessian = half + half.T
    for step in (1e-3, 7.0):
        got = hessian_product(lambda theta: hessian @ theta, np.ones(5), vector, step)
        np.testing.assert_allclose(got, hessian @ vector, rtol=1e-9)


def test_step_is_a_length_whatever_that_of_the_vector() -> None:
    seen: list[np.ndarray] = []

    def cubic(theta: np.ndarray) -> np.ndarray:
        seen.append(theta)
        return theta**3

    got = hessian_product(cubic, [1.0, 2.0], [0.0, 50.0], 0.1)
    np.testing.assert_allclose(seen, [[1, 2.1], [1, 1.9]])
    np.testing.assert_allclose(got, [0, 50 * (12 + 0.1**2)])
    np.testing.assert_array_equal(hessian_product(cubic, [1.0, 2.0], [0, 0], 0.1), [0, 0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vector": np.ones(2)}, "theta and vector"),
        ({"theta": np.ones((3, 1)), "vector": np.ones((3, 1))}, "theta and vector"),
        ({"step": 0.0}, "step must be positive"),
        ({"grad": lambda theta: theta[:2]}, "grad must return shape"),
    ],
)
def test_a_product_names_bad_arguments(change: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"grad": lambda theta: theta, "theta": np.ones(3)}
    with pytest.raises(ValueError, match=says):
        hessian_product(**{**given, "vector": np.ones(3), "step": 0.1, **change})


def test_indefinite_quadratic() -> None:
    rng = np.random.default_rng(0)
    half = rng.standard_normal((30, 30))
    hessian = half + half.T
    values = np.linalg.eigvalsh(hessian)
    ends = hessian_range(lambda theta: hessian @ theta, np.ones(30), tol=1e-6)
    np.testing.assert_allclose(ends, values[[0, -1]], rtol=1e-5)
    assert ends[0] < 0.0 < ends[1]


def test_digits_against_the_exact_hessian() -> None:
    problem = Digits("logistic", ridge=1e-2)
    theta = 0.3 * np.random.default_rng(1).standard_normal(problem.dim)
    values = np.linalg.eigvalsh(problem.hessian(theta))
    ends = hessian_range(problem.grad, theta, tol=1e-6)
    np.testing.assert_allclose(ends, values[[0, -1]], rtol=1e-4)


def test_theta_is_not_changed() -> None:
    theta = np.arange(4.0)
    hessian_range(lambda t: t * np.array([1.0, 2.0, 3.0, 4.0]), theta)
    np.testing.assert_array_equal(theta, np.arange(4.0))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"theta": np.zeros((3, 3))}, "theta"),
        ({"theta": np.zeros(2)}, "theta"),
        ({"tol": 0.0}, "tol"),
        ({"step": -1.0}, "step"),
        ({"grad": lambda theta: theta[:2]}, "grad"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], name: str) -> None:
    arguments: dict[str, Any] = {"grad": lambda theta: theta, "theta": np.ones(5)} | change
    with pytest.raises(ValueError, match=name):
        hessian_range(**arguments)


@pytest.fixture(scope="module")
def model() -> TinyLM:
    return TinyLM(Language(n_symbols=3, lengths=(4, 4)), width=4, ff=4)


def test_logged_signal_and_noise_are_unbiased(model: TinyLM) -> None:
    # Step size 0: every row of the log reads the same point.
    theta = model.init(np.random.default_rng(0))
    same, log = logged_sgd(model, theta, np.zeros(1500), 4, np.random.default_rng(1))
    np.testing.assert_array_equal(same, theta)
    pool = model.lang.sample(20_000, np.random.default_rng(2))
    grads = model.per_sequence_grads(theta, pool.x, pool.y, pool.mask / 4)
    truth = noise_statistics(grads, correct_norm=True)
    wanted = truth.grad_sq_norm + truth.noise_trace / 4, truth.grad_sq_norm, truth.noise_trace
    error = log[:, :3].std(axis=0) / np.sqrt(len(log))
    assert (np.abs(log[:, :3].mean(axis=0) - wanted) < 5 * error).all()
    dots = log[1:, 3]  # at one point, two independent gradients: ‖∇f‖² again
    assert abs(dots.mean() - truth.grad_sq_norm) < 5 * dots.std() / np.sqrt(len(dots))
    assert truth.noise_trace / 4 > 20 * error[0]  # the log can be told from the signal


def test_path_is_that_of_sgd(model: TinyLM) -> None:
    theta, rng = model.init(np.random.default_rng(0)), np.random.default_rng(5)
    end, log = logged_sgd(model, theta, [0.3, 0.1], 8, np.random.default_rng(5))
    norms = []
    for size in (0.3, 0.1):
        batch = model.lang.sample(8, rng)
        grad = model.grad(theta, batch.x, batch.y, batch.mask / batch.mask.sum())[1]
        norms.append(grad @ grad)
        theta = theta - size * grad
    np.testing.assert_allclose(end, theta, rtol=1e-10)
    np.testing.assert_allclose(log[:, 0], norms, rtol=1e-10)
    assert np.isnan(log[0, 3]) and np.isfinite(log[1]).all()


def test_runs_side_by_side_keep_their_own_log(model: TinyLM) -> None:
    start = np.stack([model.init(np.random.default_rng(seed)) for seed in range(3)])
    ends, logs = logged_sgd(model, start, [0.3, 0.1], 8, np.random.default_rng(5))
    assert ends.shape == start.shape and logs.shape == (3, 2, 4)
    rng = np.random.default_rng(5)
    drawn = [model.lang.sample(24, rng).for_runs(3) for _ in range(2)]
    for run, theta in enumerate(start):
        for batch, size in zip(drawn, (0.3, 0.1), strict=True):
            weights = batch.mask[run] / batch.mask[run].sum(axis=1, keepdims=True)
            rows = model.per_sequence_grads(theta, batch.x[run], batch.y[run], weights)
            theta = theta - size * rows.mean(axis=0)
        np.testing.assert_allclose(ends[run], theta, rtol=1e-10)
        last = noise_statistics(rows, correct_norm=True)
        want = last.grad_sq_norm, last.noise_trace * 8 / 7
        np.testing.assert_allclose(logs[run, 1, 1:3], want, rtol=1e-9)


def test_noise_log_names_bad_arguments(model: TinyLM) -> None:
    theta = model.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match="batch_size"):
        logged_sgd(model, theta, [0.1], 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="step_sizes"):
        logged_sgd(model, theta, [[0.1]], 4, np.random.default_rng(0))
