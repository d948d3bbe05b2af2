"""Rounds on the digits against rounds written out; messages against what they must satisfy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import compression, federated
from course_utils.digits import Digits


@pytest.fixture(scope="module")
def problem() -> Any:
    """A small part of the digits."""
    return Digits("softmax", 1e-2).subset(np.arange(120))


@pytest.fixture(scope="module")
def team(problem: Any) -> Any:
    """Five clients with two classes each."""
    return federated.Team(problem, federated.by_class(problem))


def test_parts(problem: Any) -> None:
    for parts in (federated.by_class(problem), federated.dealt(problem)):
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(120))
    assert {*problem.labels[federated.by_class(problem)[1]]} == {2, 3}
    counts = [np.bincount(problem.labels[part], minlength=10) for part in federated.dealt(problem)]
    assert np.ptp(counts, axis=0).max() <= 1


def test_gradients(problem: Any, team: Any) -> None:
    theta = np.random.default_rng(0).standard_normal((5, 650))
    for k, part in enumerate(federated.by_class(problem)):
        want = problem.grad(theta[k], part)
        np.testing.assert_allclose(team.gradients(theta)[k], want, atol=1e-14)


@pytest.mark.parametrize("corrected", [False, True])
def test_rounds_against_steps(problem: Any, team: Any, corrected: bool) -> None:
    run = team.rounds(1.0, 3, 2, corrected=corrected, server=0.8)
    x, shared, own = np.zeros(650), np.zeros(650), np.zeros((5, 650))
    for t in range(2):
        ends = []
        for k, part in enumerate(federated.by_class(problem)):
            y = x
            for _ in range(3):
                y = y - (problem.grad(y, part) + (shared - own[k] if corrected else 0))
            ends.append(y)
        if corrected:
            own = own - shared + (x - np.array(ends)) / 3
            shared = team.weights @ own
        np.testing.assert_allclose(run.moves[t], ends - x, atol=1e-13)
        x = x + 0.8 * (team.weights @ ends - x)
        np.testing.assert_allclose(run.points[t + 1], x, atol=1e-13)
        np.testing.assert_allclose(run.control[t], shared, atol=1e-13)


def test_log_and_momentum(problem: Any, team: Any) -> None:
    run = team.rounds(1.0, 1, 3, outer_momentum=0.5)
    log = team.log(run, 1.0)
    np.testing.assert_allclose(log["mean move"], log["full"])  # one step: the gradient itself
    first, second = (team.weights @ move for move in run.moves[:2])
    np.testing.assert_allclose(run.points[1], 1.5 * first, atol=1e-14)
    step = 0.5 * (0.5 * first + second) + second
    np.testing.assert_allclose(run.points[2] - run.points[1], step, atol=1e-14)
    unit = run.moves[0] / np.linalg.norm(run.moves[0], axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(5, 1)]
    assert log["cosine"][0] == pytest.approx(pairs.mean())


@pytest.mark.parametrize("kind", compression.KINDS)
def test_error_memory_keeps_the_sum(problem: Any, team: Any, kind: Any) -> None:
    plan = {"size": 30, "memory": "error", "n_runs": 2, "rng": np.random.default_rng(0)}
    run = team.compressed(kind, 0.5, 6, **plan)
    plain = -0.5 * np.cumsum(problem.grad(run.points[:-1]), axis=0)
    np.testing.assert_allclose(run.points[1:] - run.held[1:], plain, atol=1e-12)
    fresh, raw, lost = run.norms
    if kind in ("top", "sign"):
        assert (lost <= raw).all() and (kind == "sign" or (lost <= (1 - 30 / 650) * raw).all())
    if kind == "dense":
        assert lost.max() == 0 and np.array_equal(fresh, raw)


def test_messages_are_unbiased(team: Any) -> None:
    exact = team.compressed("dense", 1.0, 1).points[1, 0]
    plans: dict[Any, Any] = {"random": {"size": 65, "scale": 10.0}, "rounded": {"size": 2}}
    for kind, plan in plans.items():
        rng = np.random.default_rng(3)
        ends = team.compressed(kind, 1.0, 1, n_runs=3000, rng=rng, **plan).points[1]
        along = ends @ exact / (exact @ exact)
        assert abs(along.mean() - 1) < 5 * along.std() / np.sqrt(3000)


def test_changes_reach_the_minimum(problem: Any, team: Any) -> None:
    plan: dict[str, Any] = {"size": 40, "memory": "gradient"}
    assert problem.excess(team.compressed("top", 2.0, 300, **plan).points[-1, 0]) < 1e-6


def test_runs_with_steps_of_their_own(team: Any) -> None:
    plan: dict[str, Any] = {"size": 40, "memory": "error", "n_local": 2}
    many = team.compressed("top", [0.5, 2.0, 1.0], 4, n_runs=3, **plan)
    for run, eta in enumerate((0.5, 2.0, 1.0)):
        alone = team.compressed("top", eta, 4, **plan)
        np.testing.assert_allclose(many.points[:, run], alone.points[:, 0], atol=1e-12)
        np.testing.assert_allclose(many.held[:, run], alone.held[:, 0], atol=1e-12)


def test_arguments(problem: Any, team: Any) -> None:
    with pytest.raises(ValueError, match="softmax"):
        federated.Team(Digits("logistic"), [np.arange(4)])
    with pytest.raises(ValueError, match="parts"):
        federated.Team(problem, [np.arange(4), []])
    with pytest.raises(ValueError, match="rng"):
        team.compressed("random", 1.0, 2)
    with pytest.raises(ValueError, match="kind"):
        team.compressed("tap", 1.0, 2)
    with pytest.raises(ValueError, match="memory"):
        team.compressed("top", 1.0, 2, memory="some")
    with pytest.raises(ValueError, match="theta"):
        team.gradients(np.zeros(650))
    with pytest.raises(ValueError, match="size"):
        team.compressed("top", 1.0, 2, size=651)
    for steps in ([1.0, 2.0], [1.0, 0.0, 1.0], -1.0):
        with pytest.raises(ValueError, match="step_size"):
            team.compressed("top", steps, 2, n_runs=3)
