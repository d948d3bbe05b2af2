"""Tests of the digits problem, its losses and the label-noise population."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from course_utils.digits import Digits, LabelNoise, load_images, preprocess
from course_utils.linear_losses import newton, softmax_residuals
from course_utils.linear_models import LinearClassifier
from course_utils.noise import noise_cov

KINDS = ("softmax", "logistic")


@pytest.fixture(scope="module")
def problems() -> dict[str, Digits]:
    return {kind: Digits(kind) for kind in KINDS}


def _small(kind: str, ridge: float = 0.05) -> LinearClassifier:
    rng = np.random.default_rng(4)
    n_classes = 3 if kind == "softmax" else 2
    return LinearClassifier(
        rng.normal(size=(9, 4)), rng.integers(n_classes, size=9), kind, ridge, n_classes
    )


# kind, ridge, classes: optimum, L, L_max, condition at the optimum, noise trace at 0, half, whole
TABLE = [
    ("softmax", 1e-2, None, 1.342429466475, 0.510, 1.469, 11, (1.758, 1.291, 0.775)),
    ("softmax", 1e-3, None, 0.530330088919, 0.501, 1.460, 64, (1.758, 0.679, 0.2153)),
    ("softmax", 1e-4, None, 0.184406237018, 0.500, 1.460, 310, (1.758, 0.260, 0.0698)),
    ("logistic", 1e-3, None, 0.373303726077, 0.251, 0.731, 141, (0.4936, 0.2467, 0.1773)),
    ("logistic", 1e-2, None, 0.545056468872, 0.260, 0.740, 23, (0.4936, 0.3663, 0.2861)),
    ("logistic", 1e-2, (3, 8), 0.281586767799, 0.260, 0.778, 13, (0.4520, 0.1630, 0.0715)),
]


@pytest.mark.parametrize(
    ("kind", "ridge", "classes", "optimum", "smooth", "smooth_max", "kappa", "traces"), TABLE
)
def test_standing_numbers(
    kind: str,
    ridge: float,
    classes: tuple[int, ...] | None,
    optimum: float,
    smooth: float,
    smooth_max: float,
    kappa: float,
    traces: tuple[float, ...],
) -> None:
    problem = Digits(kind, ridge, classes=classes)
    assert problem.n == (357 if classes else 1797)
    assert problem.mu == ridge
    assert problem.loss_star == pytest.approx(optimum, abs=1e-11)
    assert problem.smoothness == pytest.approx(smooth, abs=6e-4)
    assert problem.smoothness_max == pytest.approx(smooth_max, abs=6e-4)
    eigenvalues = np.linalg.eigvalsh(problem.hessian(problem.theta_star))
    assert eigenvalues[-1] / eigenvalues[0] == pytest.approx(kappa, abs=0.6)
    assert eigenvalues[0] >= problem.mu - 1e-12 and eigenvalues[-1] <= problem.smoothness
    path = np.array([[0.0], [0.5], [1.0]]) * problem.theta_star
    np.testing.assert_allclose(problem.noise_trace(path), traces, atol=6e-4)
    assert np.linalg.norm(problem.grad(problem.theta_star)) < 1e-12
    assert problem.excess(problem.theta_star) == 0.0


def test_standing_features(problems: dict[str, Digits]) -> None:
    x = problems["softmax"].features
    assert x.shape == (1797, 65)
    np.testing.assert_allclose(x[:, :64].mean(axis=0), 0.0, atol=1e-15)
    np.testing.assert_array_equal(x[:, 64], 1.0)
    norms = np.square(x).sum(axis=1)
    assert norms.mean() == pytest.approx(2.0, rel=1e-12)
    assert norms.max() == pytest.approx(2.919, abs=5e-4)
    np.testing.assert_allclose(np.linalg.eigvalsh(x.T @ x / 1797)[-2:], [0.149, 1.0], atol=1e-4)
    # One scalar: every pixel keeps its share of the spread.
    images, _ = load_images()
    ratio = images.std(axis=0)[3:60] / x[:, 3:60].std(axis=0).clip(1e-12)
    assert np.ptp(ratio[images.std(axis=0)[3:60] > 1]) < 1e-9


def test_other_features() -> None:
    raw = Digits(features="raw", ridge=0.1)
    assert raw.features.max() == 1.0 and raw.features.min() == 0.0
    assert raw.smoothness == pytest.approx(5.72 + 0.1, abs=0.005)
    assert raw.smoothness_max == pytest.approx(12.149, abs=5e-4)
    components = Digits(features=6).features
    np.testing.assert_allclose(components.T @ components / 1797, np.eye(7), atol=1e-12)
    images, _ = load_images()
    explained = np.square((images - images.mean(axis=0)).T @ components[:, :6]).sum(axis=0)
    assert (np.diff(explained) < 0).all()


def test_held_out_images_use_the_reference() -> None:
    images, _ = load_images()
    for features in ("standing", "raw", 5):
        whole = preprocess(images[:300], features)
        part = preprocess(images[100:120], features, reference=images[:300])
        np.testing.assert_allclose(part, whole[100:120], atol=1e-12)
    assert not np.allclose(preprocess(images[100:120]), preprocess(images[:300])[100:120])


def test_images_are_protected() -> None:
    images, _ = load_images()
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_optimum_agrees_with_scikit_learn(kind: str) -> None:
    from sklearn.linear_model import LogisticRegression

    problem = Digits(kind, 1e-2, rows=np.arange(0, 1797, 3))
    fit = LogisticRegression(
        C=1 / (problem.n * problem.ridge), fit_intercept=False, tol=1e-10, max_iter=5000
    ).fit(problem.features, problem.labels)
    weights = fit.coef_.T.ravel()
    assert problem.loss(weights) == pytest.approx(problem.loss_star, abs=1e-12)
    np.testing.assert_allclose(weights, problem.theta_star, atol=1e-6)
    score = fit.score(problem.features, problem.labels)
    assert problem.accuracy(weights) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_by_finite_differences(kind: str) -> None:
    problem = _small(kind)
    theta = np.random.default_rng(1).normal(size=problem.dim)
    steps = 1e-5 * np.eye(problem.dim)
    numeric = (problem.loss(theta + steps) - problem.loss(theta - steps)) / 2e-5
    np.testing.assert_allclose(problem.grad(theta), numeric, atol=1e-9)
    numeric = (problem.grad(theta + steps) - problem.grad(theta - steps)) / 2e-5
    np.testing.assert_allclose(problem.hessian(theta), numeric, atol=1e-9)
    for i, row in enumerate(problem.per_example(theta)):
        up, down = (problem.loss(theta + sign * steps, [i]) for sign in (1, -1))
        np.testing.assert_allclose(row, (up - down) / 2e-5, atol=1e-9)


def test_weight_matrix_is_features_by_classes() -> None:
    problem = _small("softmax", ridge=0.0)
    matrix = np.random.default_rng(2).normal(size=(4, 3))
    scores = problem.features @ matrix
    np.testing.assert_allclose(problem.scores(matrix.ravel()), scores, rtol=1e-12)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    want = -np.log(probs[np.arange(9), problem.labels]).mean()
    assert problem.loss(matrix.ravel()) == pytest.approx(want, rel=1e-12)


def test_memory_layout_does_not_matter() -> None:
    scores = np.random.default_rng(2).normal(size=(2, 5, 3))
    labels = np.array([0, 2, 1, 1, 0])
    want = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True) - np.eye(3)[labels]
    for layout in ("C", "F"):
        got = softmax_residuals(np.array(scores, order=layout), labels)
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_two_class_softmax_is_logistic() -> None:
    soft, logistic = Digits("softmax", 0.0, classes=(3, 8)), Digits("logistic", 0.0, classes=(3, 8))
    _, digits = load_images()
    np.testing.assert_array_equal(logistic.labels, digits[np.isin(digits, (3, 8))] == 8)
    weights = np.random.default_rng(0).normal(size=65)
    pair = np.stack([np.zeros(65), weights], axis=1).ravel()
    assert soft.loss(pair) == pytest.approx(float(logistic.loss(weights)), rel=1e-12)
    assert soft.accuracy(pair) == pytest.approx(float(logistic.accuracy(weights)), abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_runs_agree_with_a_loop(kind: str, problems: dict[str, Digits]) -> None:
    problem = problems[kind]
    rng = np.random.default_rng(6)
    theta = rng.normal(size=(70, problem.dim))
    own, common = rng.integers(problem.n, size=(70, 90)), rng.integers(problem.n, size=13)
    # 70 runs are more than one piece of the calculation.
    for idx in (None, common, own):
        loss, grad = problem.loss(theta, idx), problem.grad(theta, idx)
        assert loss.shape == (70,) and grad.shape == (70, problem.dim)
        for run in (0, 22, 69):
            rows = idx[run] if idx is own else idx
            assert loss[run] == pytest.approx(float(problem.loss(theta[run], rows)), rel=1e-12)
            np.testing.assert_allclose(grad[run], problem.grad(theta[run], rows), atol=1e-13)
    table = problem.per_example(theta[:2], own[:2, :5])
    np.testing.assert_allclose(table[1], problem.per_example(theta[1], own[1, :5]), atol=1e-14)
    np.testing.assert_allclose(
        problem.noise_trace(theta)[[0, 69]],
        [float(problem.noise_trace(theta[0])), float(problem.noise_trace(theta[69]))],
        rtol=1e-12,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_leading_axes_broadcast(kind: str) -> None:
    problem = _small(kind)
    theta = np.random.default_rng(0).normal(size=problem.dim)
    idx = np.random.default_rng(1).integers(9, size=(2, 5, 4))
    assert problem.grad(theta, idx).shape == (2, 5, problem.dim)
    want = problem.per_example(theta)[idx].mean(axis=-2)
    np.testing.assert_allclose(problem.grad(theta, idx), want, atol=1e-14)
    assert problem.loss(np.tile(theta, (2, 3, 1))).shape == (2, 3)
    assert problem.loss(theta).shape == ()
    assert problem.per_example(theta, idx).shape == (2, 5, 4, problem.dim)
    single = problem.grad(theta.astype(np.float32).tolist())
    assert single.dtype == np.float64


@pytest.mark.parametrize("kind", KINDS)
def test_batch_gradients_average_to_the_full_one(kind: str) -> None:
    problem = _small(kind)
    theta = np.random.default_rng(3).normal(size=problem.dim)
    pairs = np.array(list(itertools.product(range(9), repeat=2)))
    grads = problem.grad(theta, pairs)
    np.testing.assert_allclose(grads.mean(axis=0), problem.grad(theta), atol=1e-14)
    cov = noise_cov(problem.per_example(theta))
    np.testing.assert_allclose(noise_cov(grads), cov / 2, atol=1e-14)
    assert problem.noise_trace(theta) == pytest.approx(np.trace(cov), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_large_scores_stay_finite(kind: str) -> None:
    problem = _small(kind, ridge=0.0)
    theta = 1e4 * np.random.default_rng(0).normal(size=problem.dim)
    with np.errstate(all="raise", under="ignore"):
        values = problem.loss(theta), problem.grad(theta), problem.hessian(theta)
    assert all(np.isfinite(value).all() for value in values)
    assert problem.loss(theta) > 100


def test_weights_are_repeats() -> None:
    counts = np.array([1, 2, 0, 3, 1, 1, 1, 0, 1])
    for kind in KINDS:
        plain = _small(kind)
        weighted = LinearClassifier(
            plain.features, plain.labels, kind, 0.05, plain.n_classes, counts / 10
        )
        repeated = plain.subset(np.repeat(np.arange(9), counts))
        theta = np.random.default_rng(0).normal(size=plain.dim)
        for name in ("loss", "grad", "hessian", "noise_trace", "accuracy"):
            got, want = getattr(weighted, name)(theta), getattr(repeated, name)(theta)
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(weighted.theta_star, repeated.theta_star, atol=1e-12)
        assert weighted.smoothness == pytest.approx(repeated.smoothness, rel=1e-12)


def test_subset_keeps_classes_and_takes_labels() -> None:
    problem = Digits(rows=np.arange(50))
    part = problem.subset([3, 3, 7], labels=[1, 0, 1])
    assert (part.n, part.n_classes, part.dim) == (3, 10, 650)
    np.testing.assert_array_equal(part.features, problem.features[[3, 3, 7]])
    np.testing.assert_array_equal(part.labels, [1, 0, 1])


def test_newton_from_a_bad_start_and_without_success() -> None:
    problem = Digits("logistic", 1e-2, classes=(3, 8))
    start = 50 * np.random.default_rng(0).normal(size=problem.dim)
    parts = (lambda t: float(problem.loss(t)), problem.grad, problem.hessian, start)
    np.testing.assert_allclose(newton(*parts), problem.theta_star, atol=1e-9)
    with pytest.raises(RuntimeError, match="1 steps"):
        newton(*parts, max_steps=1)


def test_label_noise_floor_and_exact_risk() -> None:
    population = LabelNoise(Digits(features=3, ridge=0.0), rate=0.1)
    assert population.floor == pytest.approx(0.5003, abs=5e-5)
    theta = np.random.default_rng(0).normal(size=(2, 3, 40))
    risk = population.risk(theta)
    assert risk.shape == (2, 3)
    # Summed over all 1797 x 10 pairs of image and label.
    np.testing.assert_allclose(risk, population.problem.loss(theta), rtol=1e-12)
    assert (risk > population.floor).all()
    assert LabelNoise(population.clean, 0.0).floor == 0.0
    assert LabelNoise(population.clean, 1.0).floor == pytest.approx(np.log(10))


def test_best_scores_reach_the_floor() -> None:
    # A model with a feature for each image can say the label law itself.
    clean = LinearClassifier(np.eye(4), [2, 0, 1, 2], ridge=0.0, n_classes=3)
    population = LabelNoise(clean, rate=0.3)
    law = np.full((4, 3), 0.1)
    law[np.arange(4), clean.labels] += 0.7
    assert population.risk(np.log(law).ravel()) == pytest.approx(population.floor, rel=1e-12)


def test_drawn_labels_follow_the_law() -> None:
    clean = LinearClassifier(np.eye(4), [2, 0, 1, 2], n_classes=3)
    population = LabelNoise(clean, rate=0.3)
    draws = population.draw((200, 300), np.random.default_rng(0))
    assert draws.shape == (200, 300)
    counts = np.bincount(draws.ravel(), minlength=12)
    want = 60_000 * population.problem.weights
    assert np.abs((counts - want) / np.sqrt(want)).max() < 5


def test_generalisation_gap_has_the_predicted_size() -> None:
    # tr(H^-1 Sigma) on six components, noise-free labels, ridge .02.
    clean = Digits(features=6, ridge=0.02)
    star = clean.theta_star
    hessian, cov = clean.hessian(star), noise_cov(clean.per_example(star))
    assert np.trace(np.linalg.solve(hessian, cov)) == pytest.approx(18.484, abs=5e-4)


def test_bad_arguments() -> None:
    x, y = np.ones((3, 2)), np.array([0, 1, 1])
    for arguments, name in [
        ((x, y, "probit"), "kind"),
        ((x, y, "softmax", -1.0), "ridge"),
        ((x[0], y), "features"),
        ((x, y[:2]), "labels"),
        ((x, y + 0.5), "labels"),
        ((x, y - 1), "labels"),
        ((x, y + 1, "logistic"), "labels"),
        ((x, y, "logistic", 0.1, 3), "n_classes"),
        ((x, y, "softmax", 0.1, 2, [0.5, 0.6, 0.1]), "weights"),
    ]:
        with pytest.raises(ValueError, match=name):
            LinearClassifier(*arguments)
    problem = LinearClassifier(x, y, "logistic", 0.0)
    for theta, idx, name in [
        (np.ones(3), None, "theta"),
        (np.ones(2), [0, 3], "idx"),
        (np.ones(2), [-1], "idx"),
        (np.ones(2), [0.0], "idx"),
        (np.ones((2, 2)), np.zeros((3, 1), dtype=int), "idx"),
    ]:
        with pytest.raises(ValueError, match=name):
            problem.grad(theta, idx)
    with pytest.raises(ValueError, match="theta"):
        problem.hessian(np.ones((1, 2)))
    with pytest.raises(ValueError, match="ridge"):
        _ = problem.theta_star
    for keywords, name in [
        ({"features": "zscore"}, "features"),
        ({"features": 0}, "features"),
        ({"classes": (3, 3)}, "classes"),
        ({"classes": (3, 11)}, "classes"),
        ({"rows": [1797]}, "rows"),
        ({"rows": [0.5]}, "rows"),
        ({"kind": "logistic", "classes": (1, 2, 3)}, "n_classes"),
    ]:
        with pytest.raises(ValueError, match=name):
            Digits(**keywords)
    with pytest.raises(ValueError, match="rate"):
        LabelNoise(Digits(), 1.5)
    with pytest.raises(ValueError, match="softmax"):
        LabelNoise(problem)
