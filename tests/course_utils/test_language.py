"""The synthetic language: entropy rate, ladder, stationary law, sampling."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from course_utils.language import Language


def enumerated_block_entropy(lang: Language, kind: int, length: int) -> float:
    """Entropy of x1..x_length, by walking over every string of symbols."""
    size, forget = lang.n_symbols, lang.forget_probs[kind]
    total = 0.0
    for string in product(range(size), repeat=length):
        prob = lang.pair_law[kind, string[0], string[1]]
        for a, b, y in zip(string, string[1:], string[2:], strict=False):
            prob *= forget / size + (1.0 - forget) * (lang.table[a, b] == y)
        total -= prob * np.log(prob)
    return total


@pytest.mark.parametrize("kind", [0, 1])
def test_entropy_rate_equals_difference_of_enumerated_blocks(kind: int) -> None:
    lang = Language(n_symbols=3, forget_probs=(0.2, 0.7), seed=4)
    entropies = [enumerated_block_entropy(lang, kind, length) for length in (3, 4, 5)]
    np.testing.assert_allclose(np.diff(entropies), lang.entropy_rates[kind], rtol=1e-11)


def test_known_constants() -> None:
    lang = Language()
    np.testing.assert_allclose(lang.entropy_rates, [0.264818, 1.536650], atol=5e-7)
    assert lang.floor == pytest.approx(0.900734, abs=5e-7)
    # Token-weighted: the class with the longer sequences counts for more.
    assert Language(lengths=(6, 18)).floor == pytest.approx(1.2187, abs=5e-5)


def test_floor_agrees_with_a_long_simulation() -> None:
    lang = Language(lengths=(6, 18))
    batch = lang.sample(20_000, np.random.default_rng(0))
    probs = np.take_along_axis(lang.conditional_probs(batch.x), batch.y[..., None], axis=2)[..., 0]
    for kind in (0, 1):
        losses = -np.log(probs[batch.kind == kind])[batch.mask[batch.kind == kind]]
        # Given the class, scores minus the entropy rate are martingale differences: uncorrelated.
        standard_error = losses.std() / np.sqrt(losses.size)
        assert abs(losses.mean() - lang.entropy_rates[kind]) < 5 * standard_error
    share = batch.mask[batch.kind == 1].sum() / batch.mask.sum()
    assert share == pytest.approx(lang.token_shares[1], abs=0.01)


def test_pair_law_is_stationary() -> None:
    lang = Language(n_symbols=5, forget_probs=(0.1, 0.6), seed=1)
    moved = np.einsum("kab,kaby->kby", lang.pair_law, lang.successor_probs)
    np.testing.assert_allclose(moved, lang.pair_law, atol=1e-14)
    np.testing.assert_allclose(lang.pair_law.sum(axis=(1, 2)), 1.0, rtol=1e-14)
    np.testing.assert_allclose(lang.successor_probs.sum(axis=3), 1.0, rtol=1e-14)


def test_ladder_values_and_order() -> None:
    ladder = Language().ladder
    want = [2.079, 1.957, 1.618, 1.490, 1.321, 0.985, 0.901]
    np.testing.assert_allclose(list(ladder.values()), want, atol=6e-4)
    assert list(ladder.values()) == sorted(ladder.values(), reverse=True)
    assert ladder["order 2 + marker"] == pytest.approx(Language().floor, rel=1e-12)


def test_ladder_against_counts_in_a_sample() -> None:
    lang = Language(n_symbols=4, forget_probs=(0.1, 0.6), lengths=(5, 9), seed=2)
    batch = lang.sample(40_000, np.random.default_rng(1))
    row, place = np.nonzero(batch.mask)
    counts = np.zeros((2, 4, 4, 4))
    np.add.at(
        counts,
        (batch.kind[row], batch.x[row, place - 1], batch.x[row, place], batch.y[row, place]),
        1.0,
    )
    counts /= counts.sum()

    def entropy(table: np.ndarray[Any, Any]) -> float:
        return float(-(table * np.log(table / table.sum(axis=-1, keepdims=True))).sum())

    # Plug-in entropies of 280 000 tokens: good to a few thousandths.
    assert lang.ladder["unigram"] == pytest.approx(entropy(counts.sum((0, 1, 2))), abs=0.01)
    assert lang.ladder["bigram"] == pytest.approx(entropy(counts.sum((0, 1))), abs=0.01)
    assert lang.ladder["bigram + marker"] == pytest.approx(entropy(counts.sum(1)), abs=0.01)
    assert lang.ladder["order 2"] == pytest.approx(entropy(counts.sum(0)), abs=0.01)


def test_additive_rung_is_a_minimum() -> None:
    """A direct fit of the convex problem by gradient descent ends at the same loss."""
    lang = Language(n_symbols=3, forget_probs=(0.3, 0.8), lengths=(2, 5), seed=4)
    joint = lang.token_shares[:, None, None, None] * (
        lang.pair_law[..., None] * lang.successor_probs
    )
    given = joint.sum(axis=3, keepdims=True)
    terms = [np.zeros((1, 3, 1, 3)), np.zeros((1, 1, 3, 3)), np.zeros((2, 1, 1, 3))]
    axes = [(0, 2), (0, 1), (1, 2)]
    for _ in range(4000):
        logits = terms[0] + terms[1] + terms[2]
        probs = np.exp(logits)
        probs /= probs.sum(axis=3, keepdims=True)
        slope = given * probs - joint
        for term, axis in zip(terms, axes, strict=True):
            term -= 1.5 * slope.sum(axis=axis, keepdims=True)
    assert lang.ladder["additive"] == pytest.approx(-(joint * np.log(probs)).sum(), abs=1e-8)


@pytest.mark.parametrize("p_hard", [0.0, 1.0])
def test_a_single_class_needs_no_special_case(p_hard: float) -> None:
    lang = Language(p_hard=p_hard)
    assert np.isfinite(list(lang.ladder.values())).all()
    assert lang.ladder["order 2"] == pytest.approx(lang.entropy_rates[int(p_hard)], rel=1e-12)
    assert (lang.sample(50, np.random.default_rng(0)).kind == p_hard).all()


def test_sample_layout() -> None:
    lang = Language(lengths=(6, 18))
    batch = lang.sample(300, np.random.default_rng(3))
    assert batch.x.shape == batch.y.shape == batch.mask.shape == (300, 20)
    np.testing.assert_array_equal(batch.x[:, 0], 8 + batch.kind)
    np.testing.assert_array_equal(batch.x[:, 1:], batch.y[:, :-1])
    np.testing.assert_array_equal(batch.mask.sum(axis=1), np.where(batch.kind == 1, 18, 6))
    assert not batch.mask[:, :2].any()
    assert batch.mask[:, 2].all()
    some = batch.rows(np.array([3, 3, 7]))
    np.testing.assert_array_equal(some.x, batch.x[[3, 3, 7]])
    assert len(some.kind) == 3


def test_scored_tokens_are_stationary() -> None:
    lang = Language()
    batch = lang.sample(40_000, np.random.default_rng(5))
    for kind in (0, 1):
        want = lang.pair_law[kind].sum(axis=1)
        for place in (0, 1, 2, 13):
            seen = np.bincount(batch.y[batch.kind == kind, place], minlength=8)
            error = np.sqrt(want * (1 - want) / seen.sum())
            assert (np.abs(seen / seen.sum() - want) < 5 * error + 1e-12).all()


def test_same_seed_same_sample() -> None:
    lang = Language()
    first, again = (lang.sample(20, np.random.default_rng(9)) for _ in range(2))
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    assert (first.x != lang.sample(20, np.random.default_rng(10)).x).any()
    assert (Language(seed=1).table != lang.table).any()


def test_conditional_probs_are_laws_and_follow_the_table() -> None:
    lang = Language()
    x = lang.sample(50, np.random.default_rng(2)).x
    probs = lang.conditional_probs(x)
    np.testing.assert_allclose(probs.sum(axis=2), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(probs[:, 2:].argmax(axis=2), lang.table[x[:, 1:-1], x[:, 2:]])
    assert lang.conditional_probs(x[:, :1]).shape == (50, 1, 8)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"n_symbols": 1}, "n_symbols"),
        ({"forget_probs": (0.0, 0.5)}, "forget_probs"),
        ({"forget_probs": (0.5, 1.1)}, "forget_probs"),
        ({"forget_probs": (0.1, 0.2, 0.3)}, "forget_probs"),
        ({"lengths": (0, 3)}, "lengths"),
        ({"lengths": (2.5, 3)}, "lengths"),
        ({"p_hard": 1.5}, "p_hard"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Language(**arguments)


@pytest.mark.parametrize("x", [np.zeros((2, 3), dtype=int), np.ones(4, dtype=int), [[8.0, 1.0]]])
def test_bad_inputs(x: Any) -> None:
    with pytest.raises(ValueError, match="x must"):
        Language().conditional_probs(x)


def test_bad_sample_size() -> None:
    with pytest.raises(ValueError, match="n must"):
        Language().sample(0, np.random.default_rng(0))
