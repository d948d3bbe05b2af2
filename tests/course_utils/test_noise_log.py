"""Tests of the noise log of the tiny transformer, and of its table of twenty runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils import noise_log
from course_utils.language import Language
from course_utils.transformer import TinyLM


def test_the_table_is_what_a_run_gives() -> None:
    table = noise_log.load()
    log = noise_log.run(3, marks=(0, 20), n_steps=20)
    assert log.dots.shape == log.gaps.shape == (20,)
    for column, row in enumerate(log.rows):
        for name, value in row.items():
            assert table[name][3, column] == pytest.approx(value, rel=1e-4, nan_ok=True), name
    assert log.rows[1]["dots"] == pytest.approx(log.dots.mean())
    assert log.rows[1]["opposed"] == (log.dots < 0).mean()


def test_the_table_holds_twenty_runs_at_eight_marks() -> None:
    table = noise_log.load()
    assert {values.shape for values in table.values()} == {(20, 8)}
    assert (table["step"] == noise_log.MARKS).all()
    assert (table["seed"] == np.arange(20)[:, None]).all()
    assert (table["trace"] > 0).all() and (table["grad_sq"] > 0).all()


def test_measure_agrees_with_plain_sums() -> None:
    model, rng = TinyLM(Language()), np.random.default_rng(0)
    theta, pool, few = model.init(rng), model.lang.sample(12, rng), model.lang.sample(5, rng)
    got = noise_log.measure(model, theta, pool, few)
    one = pool.mask / 12
    grads = np.array([model.grad(theta, *(a[[i]] for a in (*pool[:2], one)))[1] for i in range(12)])
    mean = grads.mean(axis=0)
    trace = sum(float(g @ g) for g in grads - mean) / 12
    assert got["trace"] == pytest.approx(trace, rel=1e-10)
    assert got["grad_sq"] == pytest.approx(mean @ mean - trace / 11, rel=1e-9)
    assert 0 < got["gain_trace"] < got["trace"] and got["trace_sq"] < got["trace"] ** 2
    tokens = model.per_token_grads(theta, few.x, few.y, few.mask * 1.0)[:, 2:] - mean
    own = np.einsum("ntp,ntp->nt", tokens, tokens).mean()
    every = np.einsum("ntp,nsp->nts", tokens, tokens).mean(axis=0)
    cross = (every.sum() - np.trace(every)) / (12 * 11)
    assert got["token_trace"] == pytest.approx(own, rel=1e-10)
    assert got["token_cross"] == pytest.approx(cross, rel=1e-8)


def test_a_table_can_be_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"seed": 0.0, "step": 0.0, "trace": 1 / 3}
    log = noise_log.Log(np.zeros(1), np.zeros(1), [row] * 8)
    monkeypatch.setattr(noise_log, "run", lambda seed: log)
    noise_log.make(tmp_path / "table.csv")
    assert noise_log.load(tmp_path / "table.csv")["trace"] == pytest.approx(np.full((20, 8), 1 / 3))


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="n_steps must lie between 1 and 300"):
        noise_log.run(0, n_steps=301)
    with pytest.raises(ValueError, match="marks must lie between 0 and n_steps = 5"):
        noise_log.run(0, marks=(6,), n_steps=5)
    model, rng = TinyLM(Language(lengths=(6, 12))), np.random.default_rng(0)
    mixed = model.lang.sample(20, rng)
    with pytest.raises(ValueError, match="one number of tokens"):
        noise_log.measure(model, model.init(rng), mixed, mixed)
