"""A tiny transformer language model in NumPy, with gradients of batches, sequences and tokens."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from course_utils import arguments
from course_utils import transformer_layers as layers
from course_utils.language import Language

Array = npt.NDArray[Any]

# Larger batches, and many runs, are worked off in chunks of this many sequences: their activations
# then stay small enough for the cache and the allocator (256 in one piece can take twice as long).
CHUNK = 64


class _Forward(NamedTuple):
    """Log-probabilities (R, n * T, V) and the caches of one forward pass."""

    log_probs: Array
    norm1: layers.NormCache
    attention: layers.AttentionCache
    norm2: layers.NormCache
    mlp: layers.MlpCache
    norm3: layers.NormCache
    last: Array


class TinyLM:
    """One-block causal transformer for a `Language`; all parameters live in one flat vector.

    Embedding, then attention and a squared-ReLU MLP, each behind an RMS norm and inside a residual
    connection, then a last norm and an output layer of its own. Positions enter only through a
    bias for each distance in the attention scores. 3494 parameters at the defaults.

    The loss is ``sum(weights * token losses)`` in nats: the ``weights`` (n, T) carry the whole
    normalisation. ``mask / mask.sum()`` gives the mean over scored tokens.

    Parameters ``theta`` may have a leading axis of R runs, and so may ``x``, ``y`` and ``weights``
    (without it all runs share them): R small models are worked off together, in half the time that
    they take one by one.

    Parameters
    ----------
    lang : Language
        The language; sets vocabulary and sequence length T.
    width : int
        Width of the residual stream, a multiple of ``heads``.
    ff : int
        Hidden width of the MLP.
    heads : int
        Number of attention heads.
    dtype : numpy.float64 or numpy.float32
        Precision of every computation. Parameters of another type are converted.

    Attributes
    ----------
    n_params : int
        P, the length of ``theta``.
    shapes : dict of str to tuple of int
        Name and shape of each parameter array, in the order of the flat vector.

    Raises
    ------
    ValueError
        If a size is below 1, ``heads`` does not divide ``width``, or ``dtype`` is another type.
    """

    def __init__(
        self,
        lang: Language,
        width: int = 16,
        ff: int = 64,
        heads: int = 1,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        for name, size in (("width", width), ("ff", ff), ("heads", heads)):
            arguments.count(name, size)
        if width % heads:
            raise ValueError(f"heads must divide width = {width}, got {heads}")
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        self.lang = lang
        self.shapes: dict[str, tuple[int, ...]] = {
            "embedding": (lang.n_tokens, width),
            "gain1": (width,),
            "qkv": (width, 3 * width),
            "attention_out": (width, width),
            "rel_bias": (heads, lang.seq_len),
            "gain2": (width,),
            "ff_in": (width, ff),
            "ff_bias": (ff,),
            "ff_out": (ff, width),
            "gain3": (width,),
            "out": (width, lang.n_symbols),
            "out_bias": (lang.n_symbols,),
        }
        ends = np.cumsum([prod(shape) for shape in self.shapes.values()])
        self._bounds = [0, *(int(end) for end in ends)]
        self.n_params = self._bounds[-1]
        self._distance_sum = layers.distance_matrix(lang.seq_len, self.dtype)
        self._one_hot = np.eye(lang.n_tokens, dtype=self.dtype)

    def init(self, rng: np.random.Generator) -> Array:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        (P,) array
            Gains 1, biases 0, weights normal with variance 1 / fan-in, the output layer smaller.
        """
        theta = np.zeros(self.n_params, dtype=self.dtype)
        for name, view in self.views(theta).items():
            if name.startswith("gain"):
                view[...] = 1.0
            elif name == "embedding":
                view[...] = rng.standard_normal(view.shape)
            elif not name.endswith("bias"):
                gain = 0.3 if name == "out" else 1.0
                view[...] = gain * rng.standard_normal(view.shape) / np.sqrt(view.shape[0])
        return theta

    def views(self, theta: Array) -> dict[str, Array]:
        """Return named views into the last axis of ``theta``; writing to one writes to ``theta``.

        Parameters
        ----------
        theta : (..., P) array
            Parameters, or gradients of any leading shape, contiguous along the last axis.

        Returns
        -------
        dict of str to array
            For each name in ``shapes`` a view of shape (..., *shape).

        Raises
        ------
        ValueError
            If the last axis does not have length P.
        """
        if theta.ndim == 0 or theta.shape[-1] != self.n_params:
            raise ValueError(f"theta must have {self.n_params} columns, got shape {theta.shape}")
        return {
            name: theta[..., start:end].reshape(*theta.shape[:-1], *shape)
            for (name, shape), start, end in zip(
                self.shapes.items(), self._bounds[:-1], self._bounds[1:], strict=True
            )
        }

    def log_probs(self, theta: Array, x: Array) -> Array:
        """Return log P(next symbol) at every position.

        Parameters
        ----------
        theta : (P,) or (R, P) array
            Parameters.
        x : (n, T) or (R, n, T) int array
            Inputs, the class marker first.

        Returns
        -------
        (n, T, V) or (R, n, T, V) array
            In nats.

        Raises
        ------
        ValueError
            If a shape does not fit or ``x`` cannot come from the language.
        """
        theta, x = self._params(theta), self._inputs(x)
        theta, x, lead = _align(theta, x)
        result = np.empty((*x.shape, self.lang.n_symbols), dtype=self.dtype)
        for part in _chunks(*x.shape[:2]):
            run = self._forward(self.views(theta[part[0]]), x[part])
            result[part] = run.log_probs.reshape(result[part].shape)
        return result.reshape(*lead, *result.shape[1:])

    def token_losses(self, theta: Array, x: Array, y: Array) -> Array:
        """Return -log P(y) at every position, scored or not, in nats: (n, T) or (R, n, T)."""
        x = self._inputs(x)
        y = self._targets(x, y)
        log_probs = self.log_probs(theta, x)
        y = np.broadcast_to(y, log_probs.shape[:-1])
        return -np.take_along_axis(log_probs, y[..., None], axis=-1)[..., 0]

    def loss(self, theta: Array, x: Array, y: Array, weights: Array) -> Any:
        """Return ``sum(weights * token losses)``.

        Parameters
        ----------
        theta : (P,) or (R, P) array
            Parameters.
        x, y : (n, T) or (R, n, T) int array
            Inputs and targets.
        weights : (n, T) or (R, n, T) array
            Weight of each token's loss; 0 where it is not scored. Of the shape of ``x``.

        Returns
        -------
        float or (R,) array
            In nats when the weights sum to one.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        losses = self.token_losses(theta, x, y)
        total = (losses * self._weights(np.shape(x), weights)).sum(axis=(-2, -1))
        return total if total.ndim else float(total)

    def grad(self, theta: Array, x: Array, y: Array, weights: Array) -> tuple[Any, Array]:
        """Return the loss, as `loss` does, and its gradient (P,) or (R, P)."""
        theta, x, y, weights, lead = self._arguments(theta, x, y, weights)
        loss, total = np.zeros(len(theta)), np.zeros(theta.shape, dtype=self.dtype)
        for part in _chunks(*x.shape[:2]):
            runs = part[0]
            grad = np.empty(theta[runs].shape, dtype=self.dtype)
            loss[runs] += self._backward(theta[runs], x[part], y[part], weights[part], grad)
            total[runs] += grad
        return loss if lead else float(loss[0]), total.reshape(*lead, -1)

    def per_sequence_grads(self, theta: Array, x: Array, y: Array, weights: Array) -> Array:
        """Return one gradient for each sequence.

        Row i is the gradient of ``sum(weights[i] * token losses of i)``, so the rows *sum* to the
        gradient of the batch. With ``weights = mask / mask.sum(axis=1, keepdims=True)`` row i is
        the gradient of the mean loss of sequence i.

        Returns
        -------
        (n, P) or (R, n, P) array
            8 P bytes a sequence in double precision (28 kB at the defaults).

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        theta, x, y, weights, lead = self._arguments(theta, x, y, weights)
        grads = np.empty((*x.shape[:2], self.n_params), dtype=self.dtype)
        for part in _chunks(*x.shape[:2]):
            self._backward(theta[part[0]], x[part], y[part], weights[part], grads[part])
        return grads.reshape(*lead, *grads.shape[1:])

    def per_token_grads(self, theta: Array, x: Array, y: Array, weights: Array) -> Array:
        """Return one gradient for each token, of a single run.

        Entry (i, t) is the gradient of ``weights[i, t]`` times the loss of token t of sequence i;
        the sum over t is the gradient of the sequence. Tokens of weight zero get zeros.

        Returns
        -------
        (n, T, P) array
            T times the memory of `per_sequence_grads`: keep n small.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        theta, x, y, weights, lead = self._arguments(theta, x, y, weights)
        if lead:
            raise ValueError(f"theta and x must be those of a single run, got {lead[0]}")
        grads = np.zeros((*x.shape[1:], self.n_params), dtype=self.dtype)
        row, place = np.nonzero(weights[0])
        for _, pick in _chunks(1, len(row)):  # one copy of the sequence for each scored token
            i, t = row[pick], place[pick]
            single = np.zeros((1, len(i), x.shape[2]), dtype=self.dtype)
            single[0, np.arange(len(i)), t] = weights[0, i, t]
            part = np.empty((1, len(i), self.n_params), dtype=self.dtype)
            self._backward(theta, x[:, i], y[:, i], single, part)
            grads[i, t] = part[0]
        return grads

    def _forward(self, params: dict[str, Array], x: Array) -> _Forward:
        tokens = x.reshape(len(x), -1)
        stream = params["embedding"][np.arange(len(x))[:, None], tokens]
        normed, norm1 = layers.rms_norm(stream, params["gain1"])
        update, attention = layers.attention(
            normed, params["qkv"], params["attention_out"], params["rel_bias"], x.shape[2]
        )
        stream += update
        normed, norm2 = layers.rms_norm(stream, params["gain2"])
        update, mlp = layers.mlp(normed, params["ff_in"], params["ff_bias"], params["ff_out"])
        stream += update
        last, norm3 = layers.rms_norm(stream, params["gain3"])
        logits = last @ params["out"]
        logits += params["out_bias"][:, None]
        return _Forward(layers.log_softmax(logits), norm1, attention, norm2, mlp, norm3, last)

    def _backward(self, theta: Array, x: Array, y: Array, weights: Array, out: Array) -> Array:
        """Fill ``out``, (R, P) or (R, n, P), with gradients; return the losses (R,)."""
        n, grads, params = x.shape[1], self.views(out), self.views(theta)
        run = self._forward(params, x)
        weight = weights.reshape(len(x), -1)
        true = (*np.ogrid[: len(x), : weight.shape[1]], y.reshape(weight.shape))
        loss: Array = -np.einsum("rt,rt->r", weight, run.log_probs[true])
        grad = np.exp(run.log_probs)
        grad[true] -= 1.0
        grad *= weight[..., None]
        layers.weight_grad(run.last, grad, n, grads["out"])
        layers.vector_grad(grad, n, grads["out_bias"])
        grad = grad @ params["out"].swapaxes(1, 2)
        stream = layers.rms_norm_backward(grad, params["gain3"], run.norm3, n, grads["gain3"])
        grad = layers.mlp_backward(stream, params["ff_in"], params["ff_out"], run.mlp, n, grads)
        stream += layers.rms_norm_backward(grad, params["gain2"], run.norm2, n, grads["gain2"])
        grad = layers.attention_backward(
            stream,
            params["qkv"],
            params["attention_out"],
            run.attention,
            grads,
            self._distance_sum,
        )
        stream += layers.rms_norm_backward(grad, params["gain1"], run.norm1, n, grads["gain1"])
        layers.weight_grad(self._one_hot[x.reshape(len(x), -1)], stream, n, grads["embedding"])
        return loss

    def _params(self, theta: Array) -> Array:
        theta = np.ascontiguousarray(theta, dtype=self.dtype)
        if theta.ndim not in (1, 2) or theta.shape[-1] != self.n_params or not len(theta):
            raise ValueError(
                f"theta must have shape ({self.n_params},), or (R, {self.n_params}) for R runs, "
                f"got {theta.shape}"
            )
        return arguments.finite("theta", theta, arguments.DIVERGED)

    def _inputs(self, x: Array) -> Array:
        x = np.asarray(x)
        if x.ndim == 3:
            self.lang.check_inputs(x.reshape(-1, x.shape[2]))
        else:
            x = self.lang.check_inputs(x)
        if 0 in x.shape:
            raise ValueError("x must have at least one row; the batch is empty")
        if x.shape[-1] != self.lang.seq_len:
            raise ValueError(f"x must have {self.lang.seq_len} columns, got {x.shape[-1]}")
        return x

    def _targets(self, x: Array, y: Array) -> Array:
        y = np.asarray(y)
        if y.shape != x.shape or not np.issubdtype(y.dtype, np.integer):
            raise ValueError(f"y must be an integer array of shape {x.shape}, got {y.shape}")
        if y.min() < 0 or y.max() >= self.lang.n_symbols:
            raise ValueError(f"y must hold symbols 0..{self.lang.n_symbols - 1}")
        return y

    def _weights(self, shape: tuple[int, ...], weights: Array) -> Array:
        weights = np.asarray(weights, dtype=self.dtype)
        if weights.shape != shape:
            raise ValueError(f"weights must have shape {shape}, got {weights.shape}")
        return arguments.finite("weights", weights)

    def _arguments(
        self, theta: Array, x: Array, y: Array, weights: Array
    ) -> tuple[Array, Array, Array, Array, tuple[int, ...]]:
        """Check all; return theta (R, P), x, y, weights (R, n, T), and the lead axes () or (R,)."""
        x = self._inputs(x)
        y, weights = self._targets(x, y), self._weights(x.shape, weights)
        flat, x, lead = _align(self._params(theta), x)
        return flat, x, np.broadcast_to(y, x.shape), np.broadcast_to(weights, x.shape), lead


def _align(theta: Array, x: Array) -> tuple[Array, Array, tuple[int, ...]]:
    """Give parameters and inputs the same leading axis of runs; return also what it was."""
    try:
        lead = np.broadcast_shapes(theta.shape[:-1], x.shape[:-2])
    except ValueError:
        raise ValueError(
            f"x {x.shape} does not fit theta {theta.shape}: the runs must agree"
        ) from None
    runs = lead or (1,)
    return (
        np.broadcast_to(theta, (*runs, theta.shape[-1])),
        np.broadcast_to(x, (*runs, *x.shape[-2:])),
        lead,
    )


def _chunks(runs: int, n: int) -> list[tuple[slice, slice]]:
    """Cut ``runs`` times ``n`` sequences into pieces of at most CHUNK."""
    together = max(1, CHUNK // n)
    return [
        (slice(run, run + together), slice(row, row + CHUNK))
        for run in range(0, runs, together)
        for row in range(0, n, CHUNK)
    ]
