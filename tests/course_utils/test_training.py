"""Training loops, schedule, exact excess, and the default run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.language import Language
from course_utils.training import (
    State,
    adam,
    default_run,
    excess,
    language_oracle,
    sgd,
    token_mean,
    warmup_stable_decay,
)
from course_utils.transformer import TinyLM

Array = np.ndarray[Any, Any]
HESSIAN = np.array([[1.92, 0.88], [0.88, 0.78]])


def quadratic(theta: Array) -> tuple[float, Array]:
    grad = theta @ HESSIAN
    return 0.5 * float((theta * grad).sum()), grad


def test_plain_sgd_on_a_quadratic_is_a_matrix_power() -> None:
    start = np.array([[1.5, -1.0], [0.2, 0.4]])  # two runs at once
    theta, state = sgd(quadratic, start, np.full(7, 0.3))
    power = np.linalg.matrix_power(np.eye(2) - 0.3 * HESSIAN, 7)
    np.testing.assert_allclose(theta, start @ power, rtol=1e-12)
    assert state.step == 7
    np.testing.assert_array_equal(start, [[1.5, -1.0], [0.2, 0.4]])


def test_momentum_is_the_heavy_ball() -> None:
    start, beta, size = np.array([1.5, -1.0]), 0.8, 0.1
    before, now = start, start
    for _ in range(9):
        before, now = now, now - size * HESSIAN @ now + beta * (now - before)
    theta, _ = sgd(quadratic, start, np.full(9, size), momentum=beta)
    np.testing.assert_allclose(theta, now, rtol=1e-12)


def test_adam_first_step_and_closed_form() -> None:
    start = np.array([1.5, -1.0])
    theta, _ = adam(quadratic, start, [0.1], eps=0.0)
    np.testing.assert_allclose(theta, start - 0.1 * np.sign(quadratic(start)[1]), rtol=1e-12)

    # Given gradients: corrected moments are weighted means with weights beta^(age).
    grads = np.array([[1.0], [-2.0], [0.5]])
    queue = iter(grads)
    theta, state = adam(
        lambda theta: (0.0, next(queue)), np.zeros(1), [0.0, 0.0, 1.0], betas=(0.7, 0.9), eps=0.3
    )
    ages = np.array([[2], [1], [0]])
    first = (0.7**ages * grads).sum() / (0.7**ages).sum()
    second = (0.9**ages * grads**2).sum() / (0.9**ages).sum()
    assert theta[0] == pytest.approx(-first / (np.sqrt(second) + 0.3), rel=1e-12)
    assert state.step == 3


@pytest.mark.parametrize("loop", [sgd, adam])
def test_resuming_equals_one_run(loop: Any) -> None:
    options = {"momentum": 0.9} if loop is sgd else {}
    sizes, start = np.linspace(0.2, 0.1, 10), np.array([1.5, -1.0])
    whole, _ = loop(quadratic, start, sizes, **options)
    half, state = loop(quadratic, start, sizes[:4], **options)
    kept = State(state.step, state.first.copy())
    rest, _ = loop(quadratic, half, sizes[4:], state=state, **options)
    np.testing.assert_array_equal(rest, whole)
    # A branch must be able to start from the same state again.
    assert state.step == kept.step
    np.testing.assert_array_equal(state.first, kept.first)
    forgotten, _ = loop(quadratic, half, sizes[4:], **options)
    assert np.abs(forgotten - whole).max() > 1e-6


def test_hook_sees_each_update_and_can_stop() -> None:
    seen: list[tuple[int, Array, float, Array]] = []
    start = np.array([1.5, -1.0])
    last, _ = sgd(quadratic, start, np.full(5, 0.3), hook=lambda *args: seen.append(args))
    assert [entry[0] for entry in seen] == [1, 2, 3, 4, 5]
    path = [start, *(entry[1] for entry in seen)]
    np.testing.assert_array_equal(path[-1], last)
    for before, after, (_, _, loss, grad) in zip(path, path[1:], seen, strict=False):
        assert loss == quadratic(before)[0]
        np.testing.assert_allclose(after, before - 0.3 * grad, rtol=1e-14)
    _, state = sgd(quadratic, start, np.full(5, 0.3), hook=lambda step, *_: step == 3)
    assert state.step == 3
    _, state = sgd(quadratic, start, np.full(5, 0.3), hook=lambda step, *_: 0.7)
    assert state.step == 5  # only True stops, not whatever a lambda happens to return


def test_schedule() -> None:
    sizes = warmup_stable_decay(300, 0.04)
    assert sizes.shape == (300,)
    np.testing.assert_allclose(sizes[:20], 0.04 * np.arange(1, 21) / 20)
    np.testing.assert_allclose(sizes[19:211], 0.04)
    np.testing.assert_allclose(sizes[210:], 0.04 * np.arange(90, 0, -1) / 90)
    np.testing.assert_allclose(warmup_stable_decay(10, 2.0, warmup=0, decay=0.0), 2.0)
    tail = warmup_stable_decay(10, 1.0, warmup=0, decay=0.5, final=0.1)
    np.testing.assert_allclose(tail[5:], 0.1 + 0.9 * np.arange(5, 0, -1) / 5)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"peak": 0.0}, "peak"),
        ({"warmup": -1}, "warmup"),
        ({"decay": 1.2}, "decay"),
        ({"final": -0.1}, "final"),
    ],
)
def test_bad_schedules(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        warmup_stable_decay(**{"n_steps": 10, "peak": 1.0, **arguments})


def test_bad_arguments() -> None:
    start, model = np.zeros(2), TinyLM(Language())
    with pytest.raises(ValueError, match="momentum"):
        sgd(quadratic, start, [0.1], momentum=1.0)
    with pytest.raises(ValueError, match="step_sizes"):
        sgd(quadratic, start, np.ones((2, 2)))
    with pytest.raises(ValueError, match="betas"):
        adam(quadratic, start, [0.1], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match="eps"):
        adam(quadratic, start, [0.1], eps=-1.0)
    with pytest.raises(ValueError, match="batch_size"):
        language_oracle(model, 0, np.random.default_rng(0))
    contexts = model.lang.sample(2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="contexts"):
        excess(model, np.zeros(model.n_params), contexts._replace(mask=contexts.mask & False))


def test_runs_side_by_side_have_batches_and_an_excess_of_their_own() -> None:
    model = TinyLM(Language(lengths=(3, 6)), width=8, ff=12)
    start = np.stack([model.init(np.random.default_rng(seed)) for seed in range(3)])
    ends, _ = sgd(language_oracle(model, 4, np.random.default_rng(1)), start, [0.3, 0.2])
    rng = np.random.default_rng(1)
    drawn = [model.lang.sample(12, rng).for_runs(3) for _ in range(2)]
    contexts = model.lang.sample(30, rng)
    levels = excess(model, ends, contexts)
    for run, theta in enumerate(start):
        for batch, size in zip(drawn, (0.3, 0.2), strict=True):
            weights = batch.mask[run] / batch.mask[run].sum()  # uneven lengths: own token counts
            theta = theta - size * model.grad(theta, batch.x[run], batch.y[run], weights)[1]
        np.testing.assert_allclose(ends[run], theta, rtol=1e-10)
        assert levels[run] == pytest.approx(excess(model, theta, contexts), rel=1e-12)
    with pytest.raises(ValueError, match="at least one scored token"):
        token_mean(np.array([[[1, 0]], [[0, 0]]]))
    with pytest.raises(ValueError, match="n_runs must divide the 30"):
        contexts.for_runs(4)


def test_excess_of_a_model_without_knowledge() -> None:
    """Zero parameters give uniform predictions: the excess is ln V minus the floor."""
    lang = Language()
    model, contexts = TinyLM(lang), lang.sample(400, np.random.default_rng(1))
    theta = np.zeros(model.n_params)
    for kind in (0, 1):
        got = excess(model, theta, contexts.rows(contexts.kind == kind))
        assert got == pytest.approx(np.log(8) - lang.entropy_rates[kind], rel=1e-12)


def test_excess_is_the_expected_loss_above_the_floor() -> None:
    lang = Language(lengths=(6, 18))
    model, rng = TinyLM(lang), np.random.default_rng(2)
    theta, batch = model.init(rng), lang.sample(4000, rng)
    losses = (model.token_losses(theta, batch.x, batch.y) * batch.mask).sum(axis=1)
    counts = batch.mask.sum(axis=1)
    got = excess(model, theta, batch)
    # Ratio of means over sequences, hence the error of the linearised ratio.
    rate = losses.mean() / counts.mean()
    error = (losses - rate * counts).std() / counts.mean() / np.sqrt(len(counts))
    assert abs(rate - lang.floor - got) < 5 * error


def test_default_run_ends_a_few_hundredths_above_the_entropy_rate() -> None:
    lang = Language()
    model, contexts = TinyLM(lang), lang.sample(256, np.random.default_rng(99))
    ends = [excess(model, default_run(model, np.random.default_rng(s)), contexts) for s in range(4)]
    # Twenty seeds gave .017 to .035; rounding on another machine moves a path, not the band.
    assert max(ends) < 0.06
    assert min(ends) > 0.002


def test_single_precision_trains_as_well() -> None:
    lang = Language()
    model = TinyLM(lang, dtype=np.float32)
    theta = default_run(model, np.random.default_rng(0))
    assert theta.dtype == np.float32
    assert excess(model, theta, lang.sample(256, np.random.default_rng(99))) < 0.06


def test_sgd_trains_it_too() -> None:
    lang, rng = Language(), np.random.default_rng(0)
    model = TinyLM(lang)
    sizes = warmup_stable_decay(300, 0.3)
    theta, _ = sgd(language_oracle(model, 32, rng), model.init(rng), sizes, momentum=0.9)
    assert excess(model, theta, lang.sample(256, np.random.default_rng(99))) < 0.1


@pytest.mark.parametrize(
    ("layer", "rung"), [("ff_out", "order 2"), ("attention_out", "bigram + marker")]
)
def test_the_task_needs_both_layers(layer: str, rung: str) -> None:
    """With one layer frozen at zero the loss stays above a rung that the whole model passes."""
    lang, rng = Language(), np.random.default_rng(1)
    model = TinyLM(lang)
    theta = model.init(rng)
    oracle = language_oracle(model, 32, rng)
    model.views(theta)[layer][...] = 0.0

    def frozen(theta: Array) -> tuple[float, Array]:
        loss, grad = oracle(theta)
        model.views(grad)[layer][...] = 0.0
        return loss, grad

    theta, _ = adam(frozen, theta, warmup_stable_decay(300, 0.04))
    contexts = lang.sample(1000, np.random.default_rng(99))
    # Class by class: the classes differ by .3 nat here, so their mix in a sample would matter. What
    # sampling error is left, about .005, is small beside the margins, .07 and .13.
    by_class = [excess(model, theta, contexts.rows(contexts.kind == kind)) for kind in (0, 1)]
    assert lang.floor + lang.token_shares @ by_class > lang.ladder[rung]


def test_same_seed_same_run() -> None:
    model = TinyLM(Language())
    first, again = (default_run(model, np.random.default_rng(3), n_steps=15) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_fixed_data_set_is_drawn_from_and_overfitted() -> None:
    lang, rng = Language(), np.random.default_rng(4)
    model, data = TinyLM(lang), lang.sample(32, rng)
    oracle = language_oracle(model, 32, rng, data=data)
    theta, _ = adam(oracle, model.init(rng), warmup_stable_decay(300, 0.04))
    assert model.loss(theta, data.x, data.y, token_mean(data.mask)) < lang.floor - 0.3
    assert excess(model, theta, lang.sample(256, rng)) > 0.5


def test_weights_reach_the_loss() -> None:
    lang = Language(lengths=(6, 18))
    model = TinyLM(lang)
    theta = model.init(np.random.default_rng(0))
    oracle = language_oracle(
        model, 8, np.random.default_rng(1), weights=lambda mask: 2.0 * token_mean(mask)
    )
    doubled, _ = oracle(theta)
    plain, _ = language_oracle(model, 8, np.random.default_rng(1))(theta)
    assert doubled == pytest.approx(2.0 * plain, rel=1e-12)
