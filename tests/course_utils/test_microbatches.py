"""Helpers of section 09: pages, accumulators, delay, resumed runs, the parity log."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import language, training
from course_utils import microbatches as mb
from course_utils.precision import bf16
from course_utils.quadratic import standing_quadratic
from course_utils.transformer import TinyLM


def test_pages_hold_one_class_and_are_full_but_for_the_last() -> None:
    labels = np.array([1, 0, 1, 1, 2, 0, 0, 1, 1])
    page = mb.class_pages(labels, [2, 3, 4])
    np.testing.assert_array_equal(page, [2, 0, 2, 2, 4, 0, 1, 3, 3])
    np.testing.assert_array_equal(mb.class_pages([2, 2, 0], [1, 5, 2]), [1, 1, 0])
    rng = np.random.default_rng(0)
    labels, sizes = rng.integers(5, size=200), np.array([1, 2, 3, 7, 50])
    page = mb.class_pages(labels, sizes)
    assert set(page) == set(range(page.max() + 1))
    for k in range(page.max() + 1):
        (own,) = set(labels[page == k])
        assert (page == k).sum() <= sizes[own]


def test_accumulators_against_plain_loops() -> None:
    g = bf16(1 + np.random.default_rng(1).standard_normal((300, 4)))
    got = mb.bf16_means(g, [1, 7, 300])
    assert {name: means.shape for name, means in got.items()} == dict.fromkeys(got, (3, 4))
    total = np.zeros(4, np.float32)
    for row in g:
        total = bf16(total + row)
    np.testing.assert_array_equal(got["bf16 sum"][-1], total / np.float32(300))
    for means in got.values():
        np.testing.assert_array_equal(means[0], g[0])
    truth = g.mean(axis=0, dtype=float)
    off = {name: np.abs(means[-1] - truth).max() for name, means in got.items()}
    assert off["float32 sum"] < 1e-6 < off["bf16 Kahan sum"] < 0.01 < off["bf16 running mean"]


def test_the_delay_limit_by_its_formula_and_by_simulation() -> None:
    for tau in (1, 2, 5):
        want = 2 * np.sin(np.pi / 2 / (2 * tau + 1))
        assert mb.delay_limit(tau) == pytest.approx(want, rel=1e-9)
    problem = standing_quadratic()
    steep = np.linalg.eigh(problem.hessian)[1][:, 1]
    for scale, grows in ((0.95, False), (1.05, True)):
        eta = scale * mb.delay_limit(3) / problem.smoothness
        path = mb.delayed_sgd(
            problem, steep[None], eta, 3, 400, np.random.default_rng(2), batch_size=10**9
        )
        assert path.shape == (1, 401, 2)
        late = np.abs(path[0] @ steep)
        assert (late[-40:].max() > 10 * late[:40].max()) == grows
        assert (late[-40:].max() < 0.1 * late[:40].max()) != grows


def test_no_delay_is_plain_sgd() -> None:
    problem, start = standing_quadratic(), np.array([[1.0, 2.0], [0.0, 1.0]])
    path = mb.delayed_sgd(problem, start, 0.1, 0, 3, np.random.default_rng(3))
    rng, theta = np.random.default_rng(3), start
    for k in range(3):
        theta = theta - 0.1 * problem.oracle(theta, rng)
        np.testing.assert_allclose(path[:, k + 1], theta, rtol=1e-14)


def test_losses_that_look_across_the_microbatch() -> None:
    rng = np.random.default_rng(4)
    x, y, w = rng.standard_normal((6, 3)), rng.integers(4, size=6), rng.standard_normal((4, 4))
    base = mb.batch_norm_loss(x, y, w)
    assert mb.batch_norm_loss(3 * x + 5, y, w) == pytest.approx(base, abs=1e-4)
    halves = [mb.batch_norm_loss(x[s], y[s], w) for s in (slice(3), slice(3, 6))]
    assert abs(np.mean(halves) - base) > 0.01
    assert mb.contrastive_loss(np.zeros((8, 2))) == pytest.approx(np.log(8))


def test_resumed_runs_share_their_data_and_start() -> None:
    model = TinyLM(language.Language(lengths=(2, 4)), width=4, ff=8)
    theta = model.init(np.random.default_rng(5))
    batch = model.lang.sample(8, np.random.default_rng(6))
    options = {"n_runs": 2, "batch_size": 3, "every": 2}
    log = mb.resumed_runs(model, theta, training.token_mean, [0.01] * 5, [batch], **options)
    again = mb.resumed_runs(model, theta, lambda m: m / m.sum(), [0.01] * 5, [batch], **options)
    assert log.shape == (2, 3, 1)
    np.testing.assert_array_equal(log, again)
    assert log[0, 0] == log[1, 0] == training.excess(model, theta, batch)
    assert log[0, 2] != log[1, 2]


def test_the_parity_log_prints_what_leaves_its_band(capsys: pytest.CaptureFixture[str]) -> None:
    g = np.array([3.0, 4.0])
    cases: dict[str, dict[str, Any]] = {
        "none": {},
        "rounding": {"loss": 2 + 1e-7, "grad": g * (1 + 1e-7)},
        "longer": {"grad": 2 * g},
        "turned": {"grad": g[::-1]},
        "clipped": {"grad": g / 5, "right": g / 5},
        "squares": {"second": 50.0},
        "twins": {"ranks": 1.0},
        "loss": {"loss": 2.5},
    }
    caught = mb.parity_log(cases, 2.0, g, 0.4)
    assert [*map(sorted, caught.values())] == [
        [], [], ["norm"], ["1 − cos"], [], ["v"], ["ranks"], ["Δ loss"]
    ]  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9 and lines[1].split() == ["none", *"·····"]
    assert lines[3].split() == ["longer", "·", "2.000", "·", "·", "·"]


def test_arguments_are_checked() -> None:
    rng, quad, one = np.random.default_rng(7), standing_quadratic(), np.ones((2, 2))
    for call, message in (
        (lambda: mb.class_pages([0.5], [1]), "labels must be"),
        (lambda: mb.class_pages([0, 3], [1, 1]), "labels must lie in 0..1"),
        (lambda: mb.class_pages([0], [0]), "per_page"),
        (lambda: mb.bf16_means([[0.1]], [1]), "rounded to bfloat16"),
        (lambda: mb.bf16_means([1.0], [1]), "shape"),
        (lambda: mb.bf16_means(one, [2, 1]), "marks"),
        (lambda: mb.bf16_means(one, [3]), "marks"),
        (lambda: mb.delay_limit(0), "delay"),
        (lambda: mb.delayed_sgd(quad, one, 0.0, 1, 1, rng), "step_size"),
        (lambda: mb.delayed_sgd(quad, one[0], 0.1, 1, 1, rng), "start"),
        (lambda: mb.batch_norm_loss(one, [0, 1], one), "weights must have shape"),
        (lambda: mb.contrastive_loss(one[0]), "embeddings"),
        (lambda: mb.parity_log({"a": {"norm": 1}}, 0.0, one[0], 0.0), "may hold"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
