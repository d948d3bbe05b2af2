"""bfloat16: against arithmetic on the significand, at ties, at the ends, and as it is stored."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.precision import bf16


def test_it_keeps_eight_significant_bits() -> None:
    rng = np.random.default_rng(0)
    values = (rng.standard_normal(20_000) * 10.0 ** rng.uniform(-30, 30, 20_000)).astype(np.float32)
    significand, exponent = np.frexp(values.astype(np.float64))
    want = np.ldexp(np.rint(significand * 256) / 256, exponent)  # rint takes ties to even
    got = bf16(values)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, want)
    assert not np.shares_memory(got, values)


def test_every_bfloat16_is_a_fixed_point() -> None:
    every = (np.arange(2**16, dtype=np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(bf16(every), every)


def test_ties_go_to_even() -> None:
    gap = 2.0**-7  # between neighbours in [1, 2)
    got = bf16([1 + gap / 2, 1 + 3 * gap / 2, 1.5 + 0.49 * gap, -1 - 0.51 * gap])
    np.testing.assert_array_equal(got, [1, 1 + 2 * gap, 1.5, -1 - gap])


@pytest.mark.filterwarnings("error")
def test_the_ends_of_the_range() -> None:
    largest = (2 - 2.0**-7) * 2.0**127
    got = bf16([largest, largest * (1 + 2.0**-8), np.inf, -np.inf, np.nan, -0.0])
    np.testing.assert_array_equal(got, [largest, np.inf, np.inf, -np.inf, np.nan, 0])
    assert np.signbit(got[-1])
    nans = np.array([0x7FFFFFFF, 0xFFFFFFFF, 0x7F800001], np.uint32).view(np.float32)
    assert np.isnan(bf16(nans)).all()


def test_shapes() -> None:
    assert bf16(1.001).shape == () and float(bf16(1.001)) == 1.0
    table = np.linspace(0, 3, 12).reshape(3, 4)
    np.testing.assert_array_equal(bf16(table.T), bf16(table).T)
    assert bf16(np.empty((0, 2))).shape == (0, 2)
