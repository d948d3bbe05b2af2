"""Layers of the tiny transformer: each forward pass returns a cache, each backward pass reads it.

Activations are kept as (n * T, features) matrices, so that a dense layer is one matrix product.
Parameter gradients go through `weight_grad` and `vector_grad`, which sum either over the whole
batch or within each sequence, depending on the shape of the output that they fill.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

RMS_EPS = 1e-6  # keeps the norm of an all-zero row finite


def weight_grad(inputs: Array, grad: Array, n: int, out: Array) -> None:
    """Fill ``out`` with the gradient of a weight matrix.

    Parameters
    ----------
    inputs : (n * T, i) array
        What the matrix was applied to, as ``inputs @ weight``.
    grad : (n * T, o) array
        Gradient of the loss with respect to the product.
    n : int
        Number of sequences.
    out : (i, o) or (n, i, o) array
        Gradient of the batch, or one gradient for each sequence.
    """
    if out.ndim == 2:
        np.matmul(inputs.T, grad, out=out)
    else:
        per_row = inputs.reshape(n, -1, inputs.shape[1])
        np.matmul(per_row.swapaxes(1, 2), grad.reshape(n, -1, grad.shape[1]), out=out)


def vector_grad(grad: Array, n: int, out: Array) -> None:
    """Fill ``out``, (k,) or (n, k), with the sum of ``grad`` (n * T, k) over tokens."""
    if out.ndim == 1:
        # A product with ones takes the fast BLAS path; a sum over axis 0 does not.
        np.matmul(np.ones(grad.shape[0], dtype=grad.dtype), grad, out=out)
    else:
        grad.reshape(n, -1, grad.shape[1]).sum(axis=1, out=out)


class NormCache(NamedTuple):
    """What `rms_norm_backward` needs: normalised rows (N, d) and inverse norms (N, 1)."""

    unit: Array
    scale: Array


def rms_norm(x: Array, gain: Array) -> tuple[Array, NormCache]:
    """Divide each row of ``x`` (N, d) by its root mean square, then multiply by ``gain`` (d,)."""
    mean_square = np.einsum("ij,ij->i", x, x)[:, None] / x.dtype.type(x.shape[1])
    scale = 1.0 / np.sqrt(mean_square + x.dtype.type(RMS_EPS))
    unit = x * scale
    return unit * gain, NormCache(unit, scale)


def rms_norm_backward(grad: Array, gain: Array, cache: NormCache, n: int, out_gain: Array) -> Array:
    """Return the gradient with respect to the input (N, d); fill ``out_gain``, (d,) or (n, d)."""
    vector_grad(grad * cache.unit, n, out_gain)
    grad_unit: Array = grad * gain
    along = np.einsum("ij,ij->i", grad_unit, cache.unit)[:, None]
    grad_unit -= cache.unit * (along / grad.dtype.type(grad.shape[1]))
    grad_unit *= cache.scale
    return grad_unit


class AttentionCache(NamedTuple):
    """What `attention_backward` needs."""

    inputs: Array  # (n * T, d)
    query: Array  # (n, heads, T, d / heads), already divided by the square root of d / heads
    key: Array
    value: Array
    probs: Array  # (n, heads, T, T)
    mixed: Array  # (n * T, d), the heads side by side


def relative_index(seq_len: int) -> tuple[Array, Array]:
    """Return distances i - j, clipped at 0, and the strict upper triangle j > i, both (T, T)."""
    place = np.arange(seq_len)
    distance = place[:, None] - place[None, :]
    return np.maximum(distance, 0), distance < 0


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
    x : (n * T, d) array
        Inputs.
    qkv : (d, 3 d) array
        Query, key and value weights side by side.
    out_weight : (d, d) array
        Output weights.
    rel_bias : (heads, T) array
        Bias of the score of position j as seen from i, indexed by i - j.
    seq_len : int
        T.

    Returns
    -------
    (n * T, d) array and AttentionCache
    """
    heads, width = rel_bias.shape[0], x.shape[1]
    split = (x @ qkv).reshape(-1, seq_len, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
    query = split[0] * x.dtype.type((width // heads) ** -0.5)
    key, value = split[1], split[2]
    distance, future = relative_index(seq_len)
    bias = rel_bias[:, distance]
    bias[:, future] = -np.inf
    scores = query @ key.swapaxes(2, 3)
    scores += bias
    scores -= scores.max(axis=3, keepdims=True)
    probs = np.exp(scores, out=scores)
    probs /= probs.sum(axis=3, keepdims=True)
    mixed = (probs @ value).transpose(0, 2, 1, 3).reshape(-1, width)
    return mixed @ out_weight, AttentionCache(x, query, key, value, probs, mixed)


def attention_backward(
    grad: Array,
    qkv: Array,
    out_weight: Array,
    cache: AttentionCache,
    out: dict[str, Array],
    distance_sum: Array,
) -> Array:
    """Return the gradient with respect to the input (n * T, d).

    Fills ``out["qkv"]``, ``out["attention_out"]`` and ``out["rel_bias"]``; ``distance_sum`` is
    the result of `distance_matrix`.
    """
    n, heads, seq_len, head_width = cache.query.shape
    weight_grad(cache.mixed, grad, n, out["attention_out"])
    grad_mixed = (grad @ out_weight.T).reshape(n, seq_len, heads, head_width).swapaxes(1, 2)
    grad_scores = grad_mixed @ cache.value.swapaxes(2, 3)
    grad_scores -= np.einsum("nhij,nhij->nhi", grad_scores, cache.probs)[..., None]
    grad_scores *= cache.probs

    per_distance = grad_scores.reshape(n, heads, -1) @ distance_sum
    if out["rel_bias"].ndim == 2:
        per_distance.sum(axis=0, out=out["rel_bias"])
    else:
        out["rel_bias"][...] = per_distance

    grad_split = np.empty((n, seq_len, 3, heads, head_width), dtype=grad.dtype)
    parts = grad_split.transpose(2, 0, 3, 1, 4)
    np.multiply(
        grad_scores @ cache.key, grad.dtype.type(head_width**-0.5), out=parts[0]
    )  # the forward pass scaled the query
    np.matmul(grad_scores.swapaxes(2, 3), cache.query, out=parts[1])
    np.matmul(cache.probs.swapaxes(2, 3), grad_mixed, out=parts[2])
    grad_flat = grad_split.reshape(n * seq_len, -1)
    weight_grad(cache.inputs, grad_flat, n, out["qkv"])
    return grad_flat @ qkv.T


class MlpCache(NamedTuple):
    """What `mlp_backward` needs."""

    inputs: Array  # (n * T, d)
    positive: Array  # (n * T, ff), the rectified hidden values
    squared: Array  # (n * T, ff)


def mlp(x: Array, w_in: Array, b_in: Array, w_out: Array) -> tuple[Array, MlpCache]:
    """Apply two dense layers with the squared rectifier max(u, 0)^2 between them, to (N, d)."""
    hidden = x @ w_in
    hidden += b_in
    np.maximum(hidden, 0.0, out=hidden)
    squared = hidden * hidden
    return squared @ w_out, MlpCache(x, hidden, squared)


def mlp_backward(
    grad: Array, w_in: Array, w_out: Array, cache: MlpCache, n: int, out: dict[str, Array]
) -> Array:
    """Return the gradient for the input (N, d); fill ``out`` at ``ff_in, ff_bias, ff_out``."""
    weight_grad(cache.squared, grad, n, out["ff_out"])
    grad_hidden = grad @ w_out.T
    grad_hidden *= cache.positive
    grad_hidden *= grad.dtype.type(2.0)
    weight_grad(cache.inputs, grad_hidden, n, out["ff_in"])
    vector_grad(grad_hidden, n, out["ff_bias"])
    return grad_hidden @ w_in.T


def log_softmax(logits: Array) -> Array:
    """Return the logarithm of the softmax over the last axis, as a new array."""
    shifted: Array = logits - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted
