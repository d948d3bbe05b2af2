"""Layers of the tiny transformer: each forward pass returns a cache, each backward pass reads it.

Everything has a leading axis of R runs, each with parameters of its own. Activations are kept as
(R, n * T, features), so that a dense layer is one matrix product for each run. Parameter gradients
go through `weight_grad` and `vector_grad`, which sum either over the whole batch or within each
sequence, depending on the shape of the output that they fill.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

RMS_EPS = 1e-6  # keeps the norm of an all-zero row finite


def weight_grad(inputs: Array, grad: Array, n: int, out: Array) -> None:
    """Fill ``out`` with the gradient of a weight matrix.

    Parameters
    ----------
    inputs : (R, n * T, i) array
        What the matrix was applied to, as ``inputs @ weight``.
    grad : (R, n * T, o) array
        Gradient of the loss with respect to the product.
    n : int
        Number of sequences.
    out : (R, i, o) or (R, n, i, o) array
        Gradient of the batch, or one gradient for each sequence.
    """
    if out.ndim == 4:
        inputs, grad = _by_sequence(inputs, n), _by_sequence(grad, n)
    np.matmul(inputs.swapaxes(-1, -2), grad, out=out)


def vector_grad(grad: Array, n: int, out: Array) -> None:
    """Fill ``out``, (R, k) or (R, n, k), with the sum of ``grad`` (R, n * T, k) over tokens."""
    if out.ndim == 2:
        # A product with ones takes the fast BLAS path; a sum over axis 1 does not.
        np.matmul(np.ones(grad.shape[1], dtype=grad.dtype), grad, out=out)
    else:
        _by_sequence(grad, n).sum(axis=2, out=out)


def _by_sequence(rows: Array, n: int) -> Array:
    return rows.reshape(len(rows), n, -1, rows.shape[2])


class NormCache(NamedTuple):
    """What `rms_norm_backward` needs: normalised rows (R, N, d) and inverse norms (R, N, 1)."""

    unit: Array
    scale: Array


def rms_norm(x: Array, gain: Array) -> tuple[Array, NormCache]:
    """Divide each row of ``x`` (R, N, d) by its root mean square, times ``gain`` (R, d)."""
    mean_square = np.einsum("rij,rij->ri", x, x)[..., None] / x.dtype.type(x.shape[2])
    scale = 1.0 / np.sqrt(mean_square + x.dtype.type(RMS_EPS))
    unit = x * scale
    return unit * gain[:, None], NormCache(unit, scale)


def rms_norm_backward(grad: Array, gain: Array, cache: NormCache, n: int, out_gain: Array) -> Array:
    """Return the gradient for the input (R, N, d); fill ``out_gain``, (R, d) or (R, n, d)."""
    vector_grad(grad * cache.unit, n, out_gain)
    grad_unit: Array = grad * gain[:, None]
    along = np.einsum("rij,rij->ri", grad_unit, cache.unit)[..., None]
    grad_unit -= cache.unit * (along / grad.dtype.type(grad.shape[2]))
    grad_unit *= cache.scale
    return grad_unit


class AttentionCache(NamedTuple):
    """What `attention_backward` needs."""

    inputs: Array  # (R, n * T, d)
    query: Array  # (R, n, heads, T, d / heads), already divided by the square root of d / heads
    key: Array
    value: Array
    probs: Array  # (R, n, heads, T, T)
    mixed: Array  # (R, n * T, d), the heads side by side


@cache
def relative_index(seq_len: int) -> tuple[Array, Array]:
    """Return distances i - j, clipped at 0, and the strict upper triangle j > i, both (T, T)."""
    place = np.arange(seq_len)
    distance = place[:, None] - place[None, :]
    near, future = np.maximum(distance, 0), distance < 0
    near.flags.writeable = future.flags.writeable = False  # kept: every step needs them
    return near, future


def distance_matrix(seq_len: int, dtype: npt.DTypeLike) -> Array:
    """Return the (T * T, T) matrix that sums a (T, T) array over pairs i >= j of equal i - j."""
    place = np.arange(seq_len)
    distance = place[:, None] - place[None, :]
    indicator: Array = (distance.reshape(-1, 1) == place).astype(dtype)
    return indicator


def attention(
    x: Array, qkv: Array, out_weight: Array, rel_bias: Array, seq_len: int
) -> tuple[Array, AttentionCache]:
    """Causal self-attention with a learned bias for each distance i - j.

    Parameters
    ----------
    x : (R, n * T, d) array
        Inputs.
    qkv : (R, d, 3 d) array
        Query, key and value weights side by side.
    out_weight : (R, d, d) array
        Output weights.
    rel_bias : (R, heads, T) array
        Bias of the score of position j as seen from i, indexed by i - j.
    seq_len : int
        T.

    Returns
    -------
    (R, n * T, d) array and AttentionCache
    """
    runs, heads, width = len(x), rel_bias.shape[1], x.shape[2]
    split = (x @ qkv).reshape(runs, -1, seq_len, 3, heads, width // heads)
    split = split.transpose(3, 0, 1, 4, 2, 5)
    query = split[0] * x.dtype.type((width // heads) ** -0.5)
    key, value = split[1], split[2]
    distance, future = relative_index(seq_len)
    bias = rel_bias[:, :, distance]
    bias[:, :, future] = -np.inf
    scores = query @ key.swapaxes(3, 4)
    scores += bias[:, None]
    scores -= scores.max(axis=4, keepdims=True)
    probs = np.exp(scores, out=scores)
    probs /= probs.sum(axis=4, keepdims=True)
    mixed = (probs @ value).swapaxes(2, 3).reshape(runs, -1, width)
    return mixed @ out_weight, AttentionCache(x, query, key, value, probs, mixed)


def attention_backward(
    grad: Array,
    qkv: Array,
    out_weight: Array,
    cache: AttentionCache,
    out: dict[str, Array],
    distance_sum: Array,
) -> Array:
    """Return the gradient with respect to the input (R, n * T, d).

    Fills ``out["qkv"]``, ``out["attention_out"]`` and ``out["rel_bias"]``; ``distance_sum`` is
    the result of `distance_matrix`.
    """
    runs, n, heads, seq_len, head_width = cache.query.shape
    weight_grad(cache.mixed, grad, n, out["attention_out"])
    grad_mixed = grad @ out_weight.swapaxes(1, 2)
    grad_mixed = grad_mixed.reshape(runs, n, seq_len, heads, head_width).swapaxes(2, 3)
    grad_scores = grad_mixed @ cache.value.swapaxes(3, 4)
    grad_scores -= np.einsum("rnhij,rnhij->rnhi", grad_scores, cache.probs)[..., None]
    grad_scores *= cache.probs

    per_distance = grad_scores.reshape(runs, n, heads, -1) @ distance_sum
    if out["rel_bias"].ndim == 3:
        per_distance.sum(axis=1, out=out["rel_bias"])
    else:
        out["rel_bias"][...] = per_distance

    grad_split = np.empty((runs, n, seq_len, 3, heads, head_width), dtype=grad.dtype)
    parts = grad_split.transpose(3, 0, 1, 4, 2, 5)
    np.multiply(
        grad_scores @ cache.key, grad.dtype.type(head_width**-0.5), out=parts[0]
    )  # the forward pass scaled the query
    np.matmul(grad_scores.swapaxes(3, 4), cache.query, out=parts[1])
    np.matmul(cache.probs.swapaxes(3, 4), grad_mixed, out=parts[2])
    grad_flat = grad_split.reshape(runs, n * seq_len, -1)
    weight_grad(cache.inputs, grad_flat, n, out["qkv"])
    return grad_flat @ qkv.swapaxes(1, 2)


class MlpCache(NamedTuple):
    """What `mlp_backward` needs."""

    inputs: Array  # (R, n * T, d)
    positive: Array  # (R, n * T, ff), the rectified hidden values
    squared: Array  # (R, n * T, ff)


def mlp(x: Array, w_in: Array, b_in: Array, w_out: Array) -> tuple[Array, MlpCache]:
    """Apply two dense layers with the squared rectifier max(u, 0)^2 between them, to (R, N, d)."""
    hidden = x @ w_in
    hidden += b_in[:, None]
    np.maximum(hidden, 0.0, out=hidden)
    squared = hidden * hidden
    return squared @ w_out, MlpCache(x, hidden, squared)


def mlp_backward(
    grad: Array, w_in: Array, w_out: Array, cache: MlpCache, n: int, out: dict[str, Array]
) -> Array:
    """Return the gradient for the input (R, N, d); fill ``out`` at ``ff_in, ff_bias, ff_out``."""
    weight_grad(cache.squared, grad, n, out["ff_out"])
    grad_hidden = grad @ w_out.swapaxes(1, 2)
    grad_hidden *= cache.positive
    grad_hidden *= grad.dtype.type(2.0)
    weight_grad(cache.inputs, grad_hidden, n, out["ff_in"])
    vector_grad(grad_hidden, n, out["ff_bias"])
    return grad_hidden @ w_in.swapaxes(1, 2)


def log_softmax(logits: Array) -> Array:
    """Return the logarithm of the softmax over the last axis, as a new array."""
    shifted: Array = logits - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.einsum("...k->...", np.exp(shifted)))[..., None]
    return shifted
