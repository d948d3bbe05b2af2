"""Tests of the noise statistics and the index samplers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from course_utils import noise


def _grads(n: int, dim: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.exponential(size=(n, dim)) @ rng.normal(size=(dim, dim)) + np.arange(dim)


def test_noise_cov_uses_one_over_n() -> None:
    grads = _grads(9, 4)
    np.testing.assert_allclose(noise.noise_cov(grads), np.cov(grads.T, ddof=0), rtol=1e-12)
    assert not np.allclose(noise.noise_cov(grads), np.cov(grads.T))


def test_weighted_noise_cov_counts_repeats() -> None:
    grads = _grads(5, 3)
    counts = np.array([1, 4, 2, 0, 3])
    want = noise.noise_cov(np.repeat(grads, counts, axis=0))
    np.testing.assert_allclose(noise.noise_cov(grads, counts / 10), want, rtol=1e-12)
    np.testing.assert_allclose(noise.noise_cov(grads, np.full(5, 0.2)), noise.noise_cov(grads))


@pytest.mark.parametrize("shape", [(40, 6), (6, 40), (7, 7)])
def test_statistics_match_the_covariance(shape: tuple[int, int]) -> None:
    grads = _grads(*shape)
    got = noise.noise_statistics(grads)
    cov, mean = noise.noise_cov(grads), grads.mean(axis=0)
    trace, trace_sq = np.trace(cov), np.trace(cov @ cov)
    assert got.grad_sq_norm == pytest.approx(mean @ mean, rel=1e-12)
    assert got.noise_trace == pytest.approx(trace, rel=1e-12)
    assert got.noise_trace_sq == pytest.approx(trace_sq, rel=1e-11)
    assert got.b_simple == pytest.approx(trace / (mean @ mean), rel=1e-12)
    assert got.d_eff == pytest.approx(trace**2 / trace_sq, rel=1e-11)
    assert 1 < got.d_eff < min(shape)
    assert got.n_examples == shape[0]


def test_standing_noise_has_known_dimension() -> None:
    # Four points whose covariance is exactly ((1.47, -.54), (-.54, .43)).
    root = np.linalg.cholesky([[1.47, -0.54], [-0.54, 0.43]]) * np.sqrt(2)
    got = noise.noise_statistics(np.vstack([root.T, -root.T]) + np.array([2.0, 0.54]))
    assert got.noise_trace == pytest.approx(1.9)
    assert got.noise_trace_sq == pytest.approx(2.929, abs=5e-4)
    assert got.d_eff == pytest.approx(1.2325, abs=5e-5)
    assert got.b_simple == pytest.approx(0.4427, abs=5e-5)


def test_corrected_norm_is_unbiased_over_all_samples() -> None:
    population = _grads(5, 3)
    truth = noise.noise_statistics(population).grad_sq_norm
    samples = [population[list(rows)] for rows in itertools.product(range(5), repeat=3)]
    fair = [noise.noise_statistics(s, correct_norm=True).grad_sq_norm for s in samples]
    naive = [noise.noise_statistics(s).grad_sq_norm for s in samples]
    assert np.mean(fair) == pytest.approx(truth, rel=1e-12)
    assert np.mean(naive) > 1.01 * truth


def test_statistics_without_a_value() -> None:
    same = noise.noise_statistics(np.tile([1.0, 2.0], (4, 1)))
    assert same.b_simple == 0.0 and np.isnan(same.d_eff)
    assert noise.noise_statistics([[1.0, 2.0], [-1.0, -2.0]]).b_simple == np.inf
    pair = noise.noise_statistics([[1.0, 2.0], [-1.1, -2.0]], correct_norm=True)
    assert pair.grad_sq_norm < 0 and pair.b_simple == np.inf


def test_float32_gradients_lose_little() -> None:
    grads = _grads(50, 80)
    got = noise.noise_statistics(grads.astype(np.float32))
    want = noise.noise_statistics(grads)
    np.testing.assert_allclose(got[:5], want[:5], rtol=1e-5)
    assert noise.noise_cov(grads.astype(np.float32)).dtype == np.float64


@pytest.mark.parametrize("replace", [True, False])
def test_batches_are_uniform_and_independent(replace: bool) -> None:
    n, size, count = 7, 3, 30_000
    idx = noise.batch_indices(n, size, count, np.random.default_rng(2), replace)
    assert idx.shape == (count, size) and idx.dtype == np.int64
    # Every ordered triple is equally likely; 5 standard errors of a binomial count.
    codes = idx @ [n * n, n, 1]
    seen, counts = np.unique(codes, return_counts=True)
    cells = n**3 if replace else 7 * 6 * 5
    assert len(seen) == cells
    mean = count / cells
    assert np.abs(counts - mean).max() < 5 * np.sqrt(mean)
    shared = (idx[:-1, :1] == idx[1:]).any(axis=1).mean()
    want = 1 - (6 / 7) ** 3 if replace else 3 / 7
    assert abs(shared - want) < 5 * np.sqrt(want * (1 - want) / count)


def test_whole_batch_is_a_permutation() -> None:
    idx = noise.batch_indices(11, 11, 20, np.random.default_rng(0), replace=False)
    np.testing.assert_array_equal(np.sort(idx, axis=1), np.tile(np.arange(11), (20, 1)))
    assert len(np.unique(idx, axis=0)) == 20


def test_small_pieces_give_the_same_law(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "_MAX_TABLE", 30)
    idx = noise.batch_indices(10, 4, 50, np.random.default_rng(0), replace=False)
    assert all(len(set(row)) == 4 for row in idx.tolist())
    assert len(np.unique(idx, axis=0)) > 45


@pytest.mark.parametrize("drop_last", [False, True])
def test_epoch_uses_every_example_once(drop_last: bool) -> None:
    steps = noise.epoch_indices(48, 10, 6, np.random.default_rng(0), drop_last)
    sizes = [step.shape for step in steps]
    assert sizes == [(6, 10)] * 4 + ([] if drop_last else [(6, 8)])
    epoch = np.sort(np.hstack(steps), axis=1)
    if drop_last:
        assert all(len(set(row)) == 40 for row in epoch.tolist())
    else:
        np.testing.assert_array_equal(epoch, np.tile(np.arange(48), (6, 1)))
    assert not np.array_equal(steps[0][0], steps[0][1])


def test_exact_batches_leave_nothing_over() -> None:
    steps = noise.epoch_indices(12, 4, 2, np.random.default_rng(0))
    assert [step.shape for step in steps] == [(2, 4)] * 3


def test_bad_arguments() -> None:
    rng = np.random.default_rng(0)
    for bad in (np.ones(3), np.ones((0, 3)), [[1.0, np.inf]]):
        with pytest.raises(ValueError, match="grads"):
            noise.noise_statistics(bad)
        with pytest.raises(ValueError, match="grads"):
            noise.noise_cov(bad)
    for weights in ([0.5, 0.6], [1.5, -0.5], [1.0]):
        with pytest.raises(ValueError, match="weights"):
            noise.noise_cov([[1.0], [2.0]], weights)
    with pytest.raises(ValueError, match="correct_norm"):
        noise.noise_statistics([[1.0, 2.0]], correct_norm=True)
    for replace, size in ((True, 0), (False, 0), (False, 6)):
        with pytest.raises(ValueError, match="batch_size"):
            noise.batch_indices(5, size, 2, rng, replace)
    with pytest.raises(ValueError, match="n must"):
        noise.batch_indices(0, 1, 2, rng, True)
    with pytest.raises(ValueError, match="n_batches"):
        noise.batch_indices(5, 2, 0, rng, True)
    with pytest.raises(ValueError, match="n_runs"):
        noise.epoch_indices(5, 2, 0, rng)
    with pytest.raises(ValueError, match="batch_size"):
        noise.epoch_indices(5, 6, 1, rng)
