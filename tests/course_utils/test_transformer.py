"""The tiny transformer: gradients against finite differences, and its bookkeeping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import transformer
from course_utils.language import Batch, Language
from course_utils.transformer import TinyLM

Array = np.ndarray[Any, Any]


def difference_quotients(
    model: TinyLM, theta: Array, batch: Batch, weights: Array, coordinates: Array, h: float = 1e-5
) -> Array:
    """Central differences of the loss in the given coordinates."""
    slopes = np.empty(len(coordinates))
    for k, i in enumerate(coordinates):
        ahead, behind = theta.copy(), theta.copy()
        ahead[i] += h
        behind[i] -= h
        slopes[k] = (
            model.loss(ahead, batch.x, batch.y, weights)
            - model.loss(behind, batch.x, batch.y, weights)
        ) / (2 * h)
    return slopes


def moved_away(model: TinyLM, rng: np.random.Generator) -> Array:
    """Parameters where no gain is 1 and no bias 0, so that every factor shows."""
    theta: Array = model.init(rng)
    theta += 0.2 * rng.standard_normal(model.n_params)
    return theta


@pytest.mark.parametrize("heads", [1, 2])
def test_every_coordinate_of_a_small_model(heads: int) -> None:
    rng = np.random.default_rng(heads)
    lang = Language(n_symbols=3, lengths=(2, 4))
    model = TinyLM(lang, width=4, ff=5, heads=heads)
    theta, batch = moved_away(model, rng), lang.sample(5, rng)
    weights = batch.mask * rng.random(batch.mask.shape)
    grad = model.grad(theta, batch.x, batch.y, weights)[1]
    slopes = difference_quotients(model, theta, batch, weights, np.arange(model.n_params))
    # Central differences at h = 1e-5 are good to about 1e-9 here; the margin is for other BLAS.
    assert np.abs(slopes - grad).max() < 1e-7 * np.abs(grad).max()
    assert all(np.abs(view).max() > 0 for view in model.views(grad).values())


def test_some_coordinates_at_the_default_size() -> None:
    rng = np.random.default_rng(7)
    lang = Language()
    model = TinyLM(lang)
    assert model.n_params == 3494
    theta, batch = model.init(rng), lang.sample(8, rng)
    weights = batch.mask / batch.mask.sum()
    coordinates = rng.choice(model.n_params, size=300, replace=False)
    grad = model.grad(theta, batch.x, batch.y, weights)[1]
    slopes = difference_quotients(model, theta, batch, weights, coordinates)
    assert np.abs(slopes - grad[coordinates]).max() < 1e-8 * np.abs(grad).max()


@pytest.mark.parametrize("n", [1, 5, transformer.CHUNK + 3])
@pytest.mark.parametrize("heads", [1, 2])
def test_sequences_sum_to_the_batch_and_tokens_to_the_sequence(n: int, heads: int) -> None:
    rng = np.random.default_rng(n)
    lang = Language(lengths=(3, 6))
    model = TinyLM(lang, width=8, ff=12, heads=heads)
    theta, batch = moved_away(model, rng), lang.sample(n, rng)
    weights = batch.mask / batch.mask.sum()
    loss, grad = model.grad(theta, batch.x, batch.y, weights)
    sequences = model.per_sequence_grads(theta, batch.x, batch.y, weights)
    tokens = model.per_token_grads(theta, batch.x, batch.y, weights)
    assert sequences.shape == (n, model.n_params)
    assert tokens.shape == (n, lang.seq_len, model.n_params)
    scale = np.abs(grad).max()
    np.testing.assert_allclose(sequences.sum(axis=0), grad, atol=1e-13 * scale)
    np.testing.assert_allclose(tokens.sum(axis=1), sequences, atol=1e-13 * scale)
    assert not tokens[~batch.mask].any()
    assert loss == pytest.approx(model.loss(theta, batch.x, batch.y, weights), rel=1e-12)


def test_one_sequence_alone_has_the_same_gradient() -> None:
    rng = np.random.default_rng(3)
    lang = Language()
    model = TinyLM(lang)
    theta, batch = model.init(rng), lang.sample(6, rng)
    weights = batch.mask / 12.0
    sequences = model.per_sequence_grads(theta, batch.x, batch.y, weights)
    one = slice(4, 5)
    alone = model.grad(theta, batch.x[one], batch.y[one], weights[one])[1]
    np.testing.assert_allclose(sequences[4], alone, atol=1e-13)


def test_chunks_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    lang = Language()
    model = TinyLM(lang)
    theta, batch = model.init(rng), lang.sample(20, rng)
    weights = batch.mask / batch.mask.sum()
    loss, grad = model.grad(theta, batch.x, batch.y, weights)
    monkeypatch.setattr(transformer, "CHUNK", 3)
    loss3, grad3 = model.grad(theta, batch.x, batch.y, weights)
    assert loss3 == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(grad3, grad, atol=1e-14)


@pytest.mark.parametrize("n", [1, 4, transformer.CHUNK + 3])
@pytest.mark.parametrize("heads", [1, 2])
def test_runs_side_by_side_are_the_runs_one_by_one(n: int, heads: int) -> None:
    rng = np.random.default_rng(n)
    lang = Language(lengths=(3, 6))
    model = TinyLM(lang, width=8, ff=12, heads=heads)
    theta = np.stack([moved_away(model, rng) for _ in range(5)])
    batch = lang.sample(5 * n, rng).for_runs(5)
    weights = batch.mask * rng.random(batch.mask.shape)
    loss, grad = model.grad(theta, batch.x, batch.y, weights)
    sequences = model.per_sequence_grads(theta, batch.x, batch.y, weights)
    logs, losses = model.log_probs(theta, batch.x), model.loss(theta, batch.x, batch.y, weights)
    assert loss.shape == (5,) and grad.shape == theta.shape
    for run in range(5):
        own = theta[run], batch.x[run], batch.y[run], weights[run]
        alone = model.grad(*own)
        near = {"rtol": 1e-12, "atol": 1e-14}
        np.testing.assert_allclose(loss[run], alone[0], **near)
        np.testing.assert_allclose(losses[run], alone[0], **near)
        np.testing.assert_allclose(grad[run], alone[1], **near)
        np.testing.assert_allclose(sequences[run], model.per_sequence_grads(*own), **near)
        np.testing.assert_allclose(logs[run], model.log_probs(*own[:2]), **near)


def test_runs_may_share_a_batch_or_the_parameters() -> None:
    rng = np.random.default_rng(9)
    model = TinyLM(Language(lengths=(3, 6)), width=8, ff=12)
    theta = np.stack([moved_away(model, rng) for _ in range(3)])
    pool = model.lang.sample(4, rng)
    weights = pool.mask / pool.mask.sum()
    grad = model.grad(theta, pool.x, pool.y, weights)[1]
    np.testing.assert_allclose(grad[2], model.grad(theta[2], pool.x, pool.y, weights)[1])
    many = model.lang.sample(12, rng).for_runs(3)
    weights = many.mask / 9.0
    grad = model.grad(theta[0], many.x, many.y, weights)[1]
    one = model.grad(theta[0], many.x[1], many.y[1], weights[1])[1]
    np.testing.assert_allclose(grad[1], one)
    with pytest.raises(ValueError, match="runs must agree"):
        model.grad(theta[:2], many.x, many.y, weights)
    with pytest.raises(ValueError, match="single run"):
        model.per_token_grads(theta, pool.x, pool.y, pool.mask / 9.0)
    with pytest.raises(ValueError, match="theta"):
        model.grad(theta[:0], pool.x, pool.y, pool.mask / 9.0)


def test_log_probs_normalise_and_never_look_ahead() -> None:
    rng = np.random.default_rng(5)
    lang = Language()
    model = TinyLM(lang)
    theta, x = moved_away(model, rng), lang.sample(4, rng).x
    logs = model.log_probs(theta, x)
    np.testing.assert_allclose(np.exp(logs).sum(axis=2), 1.0, rtol=1e-12)
    changed = x.copy()
    changed[:, 9:] = (changed[:, 9:] + 1) % 8
    after = model.log_probs(theta, changed)
    np.testing.assert_allclose(after[:, :9], logs[:, :9], atol=1e-14)
    assert np.abs(after[:, 9:] - logs[:, 9:]).max() > 1e-3


def test_loss_is_the_weighted_sum_of_token_losses() -> None:
    rng = np.random.default_rng(6)
    lang = Language(lengths=(6, 18))
    model = TinyLM(lang)
    theta, batch = model.init(rng), lang.sample(7, rng)
    logs = model.log_probs(theta, batch.x)
    by_hand = sum(
        -logs[i, t, batch.y[i, t]] * (2.0 + t) for i in range(7) for t in range(lang.seq_len)
    )
    weights = np.broadcast_to(2.0 + np.arange(lang.seq_len), batch.mask.shape)
    assert model.loss(theta, batch.x, batch.y, weights) == pytest.approx(by_hand, rel=1e-12)


def test_single_precision_stays_single_and_close() -> None:
    rng = np.random.default_rng(8)
    lang = Language()
    double, single = TinyLM(lang), TinyLM(lang, dtype=np.float32)
    theta, batch = double.init(rng), lang.sample(16, rng)
    weights = batch.mask / batch.mask.sum()
    loss64, grad64 = double.grad(theta, batch.x, batch.y, weights)
    loss32, grad32 = single.grad(theta.astype(np.float32), batch.x, batch.y, weights)
    assert grad32.dtype == np.float32
    assert single.log_probs(theta, batch.x).dtype == np.float32
    assert single.per_sequence_grads(theta, batch.x, batch.y, weights).dtype == np.float32
    # Rounding unit 6e-8, times the square root of a few hundred summed terms.
    assert np.abs(grad32 - grad64).max() < 5e-6 * np.abs(grad64).max()
    assert loss32 == pytest.approx(loss64, rel=1e-6)


def test_init_follows_the_generator() -> None:
    model = TinyLM(Language())
    first, again, other = (model.init(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    single = TinyLM(Language(), dtype=np.float32).init(np.random.default_rng(1))
    np.testing.assert_array_equal(single, first.astype(np.float32))


def test_views_write_through_and_cover_everything_once() -> None:
    model = TinyLM(Language(), heads=2)
    counts = np.zeros((3, model.n_params))
    for name, view in model.views(counts).items():
        assert view.shape == (3, *model.shapes[name])
        view += 1.0
    assert (counts == 1.0).all()


def test_inputs_are_left_alone() -> None:
    rng = np.random.default_rng(11)
    lang = Language()
    model = TinyLM(lang)
    theta, batch = model.init(rng), lang.sample(3, rng)
    weights = batch.mask / batch.mask.sum()
    copies = [a.copy() for a in (theta, batch.x, batch.y, weights)]
    model.grad(theta, batch.x, batch.y, weights)
    model.per_token_grads(theta, batch.x, batch.y, weights)
    for now, before in zip((theta, batch.x, batch.y, weights), copies, strict=True):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"width": 0}, "width"),
        ({"ff": 0}, "ff"),
        ({"heads": 0}, "heads"),
        ({"width": 16, "heads": 3}, "heads"),
        ({"dtype": np.float16}, "dtype"),
    ],
)
def test_bad_sizes(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        TinyLM(Language(), **arguments)


def test_bad_shapes() -> None:
    rng = np.random.default_rng(12)
    lang = Language()
    model = TinyLM(lang)
    theta, batch = model.init(rng), lang.sample(3, rng)
    good = {"theta": theta, "x": batch.x, "y": batch.y, "weights": batch.mask / 12}
    bad = {
        "theta": theta[:-1],
        "x": batch.x[:, :-1],
        "y": batch.y[:, :-1],
        "weights": batch.mask[0],
    }
    for name, value in bad.items():
        for method in (model.loss, model.grad, model.per_sequence_grads, model.per_token_grads):
            with pytest.raises(ValueError, match=name):
                method(**{**good, name: value})
    with pytest.raises(ValueError, match="symbols"):
        model.loss(**{**good, "y": batch.y + 8})
    with pytest.raises(ValueError, match="columns"):
        model.views(theta[:-1])
