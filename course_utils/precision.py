"""Rounding to a shorter float format than NumPy has."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bf16"]


def bf16(values: ArrayLike) -> NDArray[np.float32]:
    """Round numbers to bfloat16, to the nearest and in a tie to even.

    bfloat16 is the upper half of a float32: its exponent, and 8 significant bits instead of 24.
    Neighbours in [1, 2) lie 2**-7 apart. NumPy has no such type, so the results are stored in
    float32, which holds each of them exactly.

    Parameters
    ----------
    values : array_like
        Numbers of any shape. float64 is rounded to float32 first, as a cast on the way to
        bfloat16 does.

    Returns
    -------
    ndarray of float32
        Of the same shape, a new array. What lies beyond the largest bfloat16, 3.39e38, by half a
        spacing or more becomes infinite; infinities and nan stay.
    """
    exact = np.asarray(values, dtype=np.float32)
    bits = exact.reshape(-1).view(np.uint32)
    odd = (bits >> 16) & np.uint32(1)
    kept = (bits + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)
    rounded = kept.view(np.float32).reshape(exact.shape)
    return np.where(np.isnan(exact), exact, rounded)
