"""Tests of the quadratic test problems and their oracles."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.quadratic import LeastSquares, Quadratic, standing_quadratic

A = np.array([[2.0, 0.3, -0.4], [0.3, 1.1, 0.2], [-0.4, 0.2, 0.7]])
SIGMA = np.array([[1.0, -0.3, 0.1], [-0.3, 0.6, 0.2], [0.1, 0.2, 0.9]])
STAR = np.array([0.5, -1.0, 2.0])


def test_standing_parameters() -> None:
    problem = standing_quadratic()
    assert problem.mu == pytest.approx(0.30152, abs=1e-5)
    assert problem.smoothness == pytest.approx(2.39848, abs=1e-5)
    assert problem.condition_number == pytest.approx(7.954, abs=5e-4)
    np.testing.assert_allclose(np.linalg.eigvalsh(problem.noise_cov), [0.2, 1.7], atol=5e-4)
    commutator = problem.hessian @ problem.noise_cov - problem.noise_cov @ problem.hessian
    assert commutator[0, 1] == pytest.approx(-1.5308, abs=1e-4)
    grad = problem.grad([1.5, -1.0])
    np.testing.assert_allclose(grad, [2.0, 0.54], rtol=1e-12)
    assert grad @ problem.hessian @ grad == pytest.approx(9.8082, abs=5e-5)


def test_gradient_is_the_derivative_of_the_loss() -> None:
    problem = Quadratic(A, SIGMA, STAR)
    theta = np.array([0.2, 0.9, -0.7])
    steps = 1e-5 * np.eye(3)
    numeric = (problem.loss(theta + steps) - problem.loss(theta - steps)) / 2e-5
    np.testing.assert_allclose(problem.grad(theta), numeric, rtol=1e-8)
    assert problem.excess(STAR) == 0.0
    assert problem.excess(theta) == pytest.approx(0.5 * (theta - STAR) @ A @ (theta - STAR))


def test_runs_agree_with_a_loop() -> None:
    problem = Quadratic(A, SIGMA, STAR)
    rng = np.random.default_rng(3)
    theta, noise = rng.normal(size=(2, 4, 5, 3))
    assert problem.loss(theta).shape == (4, 5)
    got = problem.oracle(theta, noise=noise, batch_size=7)
    for i, j in np.ndindex(4, 5):
        assert problem.loss(theta)[i, j] == pytest.approx(problem.loss(theta[i, j]), rel=1e-12)
        one = problem.oracle(theta[i, j], noise=noise[i, j], batch_size=7)
        np.testing.assert_allclose(got[i, j], one, rtol=1e-12)


@pytest.mark.parametrize("cov", [SIGMA, np.outer([1.0, -2.0, 0.5], [1.0, -2.0, 0.5])])
def test_noise_has_exactly_the_covariance(cov: np.ndarray) -> None:
    # Noise that runs over the axes shows the square root itself, so there is no sampling error.
    problem = Quadratic(A, cov, STAR)
    theta = np.array([1.0, 2.0, 3.0])
    noise = problem.oracle(theta, noise=np.eye(3), batch_size=4) - problem.grad(theta)
    np.testing.assert_allclose(noise.T @ noise, cov / 4, atol=1e-12)


def test_drawn_noise_is_unbiased_and_independent_of_theta() -> None:
    problem = standing_quadratic()
    for theta in ([0.0, 0.0], [30.0, -20.0]):
        draws = problem.oracle(np.tile(theta, (40_000, 1)), np.random.default_rng(1), batch_size=3)
        noise = draws - problem.grad(theta)
        cov = problem.noise_cov / 3
        error = noise.mean(axis=0) / np.sqrt(np.diag(cov) / 40_000)
        assert np.abs(error).max() < 5
        spread = np.sqrt((np.outer(np.diag(cov), np.diag(cov)) + cov**2) / 40_000)
        assert np.abs((np.cov(noise.T) - cov) / spread).max() < 5


def test_constant_step_reaches_the_known_excess() -> None:
    problem, rng = standing_quadratic(), np.random.default_rng(0)
    theta = np.zeros((4000, 2))
    for _ in range(150):
        theta = theta - 0.2 * problem.oracle(theta, rng)
    excess = problem.excess(theta)
    error = excess.std() / np.sqrt(4000)
    assert abs(excess.mean() - 0.109039) < 5 * error
    assert abs(excess.mean() - 0.0950) > 5 * error  # what the continuous-time formula gives


def test_least_squares_oracle_matches_its_law() -> None:
    problem = LeastSquares(A, 0.7, STAR)
    assert problem.loss(STAR) == pytest.approx(0.35)
    np.testing.assert_allclose(problem.noise_cov, 0.7 * A)
    theta = STAR + np.array([0.8, -0.5, 0.3])
    offset = A @ (theta - STAR)
    draws = problem.oracle(np.tile(theta, (60_000, 1)), np.random.default_rng(5), batch_size=4)
    assert draws.shape == (60_000, 3)
    error = (draws.mean(axis=0) - offset) / (draws.std(axis=0) / np.sqrt(60_000))
    assert np.abs(error).max() < 5
    # Fourth Gaussian moments: the excess noise is See'S + S (e'Se).
    want = (np.outer(offset, offset) + A * ((theta - STAR) @ offset) + 0.7 * A) / 4
    centred = draws - draws.mean(axis=0)
    products = centred[:, :, None] * centred[:, None, :]
    z = (products.mean(axis=0) - want) / (products.std(axis=0) / np.sqrt(60_000))
    assert np.abs(z).max() < 5
    assert abs(products.mean(axis=0)[0, 0] - 0.7 * A[0, 0] / 4) > 0.1  # the additive formula


def test_least_squares_given_noise_is_the_plain_formula() -> None:
    problem = LeastSquares(A, 0.7, STAR)
    rng = np.random.default_rng(8)
    theta, noise = rng.normal(size=(6, 3)), rng.normal(size=(6, 5, 4))
    got = problem.oracle(theta, noise=noise, batch_size=5)
    for run in range(6):
        x = noise[run, :, :3] @ problem._input_root.T
        y = x @ STAR + np.sqrt(0.7) * noise[run, :, 3]
        np.testing.assert_allclose(got[run], -x.T @ (y - x @ theta[run]) / 5, rtol=1e-10)


def test_indefinite_hessian_has_no_condition_number() -> None:
    problem = Quadratic(np.diag([-0.5, 0.3]), np.eye(2))
    assert (problem.mu, problem.smoothness) == (-0.5, 0.5)
    assert problem.condition_number == np.inf


def test_arguments_are_copied() -> None:
    hessian = A.copy()
    problem = Quadratic(hessian, SIGMA)
    hessian[:] = 0
    assert problem.loss([1.0, 0.0, 0.0]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([1.0, 2.0], np.eye(2)), "hessian"),
        (([[1.0, 0.5], [0.4, 1.0]], np.eye(2)), "hessian"),
        (([[1.0, np.nan], [np.nan, 1.0]], np.eye(2)), "hessian"),
        ((np.eye(2), np.eye(3)), "noise_cov"),
        ((np.eye(2), np.diag([1.0, -0.1])), "noise_cov"),
        ((np.eye(2), np.eye(2), [1.0]), "theta_star"),
    ],
)
def test_bad_parameters(arguments: tuple, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Quadratic(*arguments)


@pytest.mark.parametrize(
    "problem", [standing_quadratic(), LeastSquares(np.eye(2), 1.0)], ids=["additive", "ls"]
)
def test_bad_oracle_arguments(problem: Quadratic) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="theta"):
        problem.oracle(np.zeros(3), rng)
    with pytest.raises(ValueError, match="batch_size"):
        problem.oracle(np.zeros(2), rng, batch_size=0)
    with pytest.raises(ValueError, match="exactly one"):
        problem.oracle(np.zeros(2))
    with pytest.raises(ValueError, match="exactly one"):
        problem.oracle(np.zeros(2), rng, noise=np.zeros(2))
    with pytest.raises(ValueError, match="noise must"):
        problem.oracle(np.zeros(2), noise=np.zeros(5))
    with pytest.raises(ValueError, match="noise_var"):
        LeastSquares(np.eye(2), -1.0)
