"""A part of the table computed anew, and what the columns mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import snapshot_ages as ages


def test_table_is_that_of_the_runs() -> None:
    table = ages.load()
    assert set(table) == set(ages.KINDS)
    rows = ages.run("head", 3, ages=(0, 1, 3))
    for name in ("difference", "now", "snapshot", "cross", "loss"):
        kept = table["head"][name][3, :3]
        np.testing.assert_allclose([row[name] for row in rows], kept, rtol=1e-4, atol=1e-9)
    np.testing.assert_array_equal(table["whole"]["age"], np.tile(ages.AGES, (ages.N_RUNS, 1)))


def test_columns_are_traces_of_one_covariance() -> None:
    for columns in ages.load().values():
        whole = columns["now"] + columns["snapshot"] - 2 * columns["cross"]
        np.testing.assert_allclose(columns["difference"], whole, rtol=1e-3, atol=1e-4)
    assert (ages.load()["whole"]["difference"][:, 0] == 0).all()
    assert (ages.load()["noisy"]["difference"][:, 0] > 0.3).all()


def test_swapping_keeps_the_marker() -> None:
    _, _, data = ages.pretrained()
    swapped = ages.swap_symbols(data.x, np.random.default_rng(0), chance=1.0)
    np.testing.assert_array_equal(swapped[:, 0], data.x[:, 0])
    assert 0.8 < (swapped[:, 1:] != data.x[:, 1:]).mean() < 0.95
    same = ages.swap_symbols(data.x, np.random.default_rng(0), chance=0.0)
    np.testing.assert_array_equal(same, data.x)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"kind": "tail"}, "kind"), ({"ages": ()}, "ages"), ({"ages": (3, 3)}, "ages")],
)
def test_bad_arguments_are_named(change: dict[str, Any], name: str) -> None:
    plain: dict[str, Any] = {"kind": "head", "seed": 0, "ages": (0, 1)}
    with pytest.raises(ValueError, match=name):
        ages.run(**(plain | change))
    with pytest.raises(ValueError, match="chance"):
        ages.swap_symbols(np.zeros((1, 2), dtype=int), np.random.default_rng(0), chance=2.0)
