"""Ranks as real processes: averages are right and the same everywhere; failures end the group."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pytest

from course_utils import language, training
from course_utils.ranks import Rank, launch, train
from course_utils.transformer import TinyLM

pytestmark = pytest.mark.filterwarnings("error")


def averages(rank: Rank, own: list[Any]) -> tuple[int, list[Any]]:
    """Average each array in turn; report the process."""
    return os.getpid(), [rank.all_reduce_mean(values) for values in own]


def fails(rank: Rank, how: str) -> Any:
    """Wait for the others, unless this is rank 1."""
    if rank.index == 1:
        if how == "exit":
            os._exit(3)
        if how == "sleep":
            time.sleep(60)
        raise ArithmeticError("on purpose")
    return rank.all_reduce_mean(np.ones(3))


def too_much(rank: Rank) -> Any:
    """Average more numbers than were announced."""
    return rank.all_reduce_mean(np.ones(5))


def test_all_ranks_get_the_mean_of_arrays_of_any_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    rng = np.random.default_rng(0)
    shapes = ((2, 3), (7,), ())
    own = [[rng.standard_normal(shape) for shape in shapes] for _ in range(3)]
    results = launch(averages, [(values,) for values in own], size=7)
    assert os.environ["OMP_NUM_THREADS"] == "3" and "MKL_NUM_THREADS" not in os.environ
    pids = {pid for pid, _ in results}
    assert len(pids) == 3 and os.getpid() not in pids
    for k in range(3):
        want = np.mean([values[k] for values in own], axis=0)
        for _, got in results:
            assert got[k].shape == shapes[k]
            np.testing.assert_allclose(got[k], want, rtol=1e-14)
            np.testing.assert_array_equal(got[k], results[0][1][k])  # equal bits on all ranks


def test_training_on_uneven_shards_is_training_on_the_whole_batch() -> None:
    model = TinyLM(language.Language(lengths=(2, 5)), width=4, ff=8)
    rng = np.random.default_rng(1)
    theta, batches = model.init(rng), [model.lang.sample(5, rng) for _ in range(2)]
    parts, step = (slice(0, 1), slice(1, 5)), 0.3
    want = theta
    for b in batches:
        want = want - step * model.grad(want, b.x, b.y, training.token_mean(b.mask))[1]
    data = [[(b.x[p], b.y[p], b.mask[p].astype(float)) for b in batches] for p in parts]
    # A third step with weights that sum to 1 on each rank: the mean of the ranks' means.
    last = model.lang.sample(5, rng)
    for p, shard in zip(parts, data, strict=True):
        shard.append((last.x[p], last.y[p], training.token_mean(last.mask[p])))
    means = np.mean([model.grad(want, *shard[-1])[1] for shard in data], axis=0)
    ends = launch(train, [(model, theta, shard, step) for shard in data], model.n_params + 1)
    for end, grads in ends:
        assert grads.shape == (3, model.n_params)
        np.testing.assert_array_equal(end, ends[0][0])
        np.testing.assert_allclose(grads[-1], means, rtol=0, atol=1e-13)
        np.testing.assert_allclose(end, want - step * means, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("how", "timeout", "message"),
    [
        ("raise", 60.0, "on purpose"),
        ("exit", 60.0, "rank 1 ended without a result"),
        ("sleep", 4.0, "time is up|a rank failed"),
    ],
)
def test_a_rank_that_fails_ends_the_group(how: str, timeout: float, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=message):
        launch(fails, [(how,)] * 2, size=3, timeout=timeout)
    assert time.monotonic() - start < 30


def test_arguments_are_checked() -> None:
    with pytest.raises(RuntimeError, match="size = 4"):
        launch(too_much, [()], size=4)
    with pytest.raises(ValueError, match="number of shares"):
        launch(averages, [], size=1)
    with pytest.raises(ValueError, match="size must be at least 1"):
        launch(averages, [([],)], size=0)
    with pytest.raises(ValueError, match="timeout"):
        launch(averages, [([],)], size=1, timeout=0)
    with pytest.raises(ValueError, match="importable module"):
        launch(lambda rank: rank.index, [()], size=1)
