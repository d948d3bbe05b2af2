"""A part of the table computed anew, and what its columns must satisfy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils import weight_averages as averages


def test_table_is_that_of_the_runs() -> None:
    table = averages.load()
    assert set(table) == set(averages.STEP_SIZES)
    (row,) = averages.run(0.02, 3, marks=(50,))
    for name, value in row.items():
        # The first batches and averages don't depend on later marks. float32: a few per cent.
        np.testing.assert_allclose(value, table[0.02][name][3, 0], rtol=0.05)
    for columns in table.values():
        np.testing.assert_array_equal(columns["step"], np.tile(averages.MARKS, (20, 1)))


def test_averages_of_two_steps_are_known() -> None:
    # The later half of two iterates is the last one, and so is an average that copies the first
    # if nothing of the second is lost to rounding.
    (row,) = averages.run(0.01, 0, marks=(2,))
    assert row["half"] == pytest.approx(row["last"], rel=1e-6)
    decays = [row[f"ema{d}"] for d in (90, 95, 98, 99)]
    assert sorted(decays) == decays  # the longer its memory, the nearer to the mean of both
    assert row["ema99"] == pytest.approx(row["all"], rel=1e-3)


def test_bfloat16_freezes() -> None:
    for columns in averages.load().values():
        assert (columns["bf99"][:, -1] > 1.2 * columns["ema99"][:, -1]).all()
        assert (np.diff(np.median(columns["moved"], axis=0)) < 0).all()


def test_comparison_reads_medians_and_pairs() -> None:
    columns = {"step": np.tile(averages.MARKS, (20, 1)).astype(float)}
    columns |= {name: np.full((20, 5), 0.5) for name in ("last", "half", "ema90", "ema95")}
    columns["ema95"][:, 2], columns["fall"] = 0.25, np.full((20, 5), 0.25)
    columns["fall"][:7, 2] = 0.375
    lines = averages.comparison(columns)
    assert lines[2].startswith("200 steps: ema95 0.2500, falling step 0.2500, last 0.5000;")
    assert lines[2].endswith("on 7 of 20 seeds") and lines[0].endswith("on 0 of 20 seeds")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"step_size": 0.0}, "step_size"),
        ({"marks": ()}, "marks"),
        ({"marks": (3,)}, "marks"),
        ({"marks": (4, 4)}, "marks"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], name: str) -> None:
    plain: dict[str, Any] = {"step_size": 0.01, "seed": 0, "marks": (2,)}
    with pytest.raises(ValueError, match=name):
        averages.run(**(plain | change))
