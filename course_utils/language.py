"""A synthetic language whose entropy rate, and so the smallest possible loss, is known exactly.

Every sequence opens with a class marker, followed by symbols x1, x2, x3, ... Each pair of symbols
has one favourite successor. With probability ``forget_probs[c]`` a source of class ``c`` forgets
the pair and draws the next symbol uniformly; otherwise it emits the favourite. The opening pair
(x1, x2) comes from the stationary pair law of the class and is not scored: all scored tokens
x3, x4, ... then have the same law, and averages over them are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from course_utils import arguments

Array = npt.NDArray[Any]


class Batch(NamedTuple):
    """Sequences as a model reads them; all arrays share axis 0.

    Attributes
    ----------
    x : (n, T) int array
        Inputs: the class marker, then x1, x2, ...
    y : (n, T) int array
        Targets: ``y[:, t]`` follows ``x[:, t]``.
    mask : (n, T) bool array
        True where the target is scored. ``mask / mask.sum()`` weights all scored tokens equally.
    kind : (n,) int array
        Class: 0 easy, 1 hard.
    """

    x: Array
    y: Array
    mask: Array
    kind: Array

    def rows(self, index: Any) -> Batch:
        """Return the sequences picked by an index, such as an integer array or a slice."""
        return Batch(self.x[index], self.y[index], self.mask[index], self.kind[index])

    def for_runs(self, n_runs: int) -> Batch:
        """Deal the sequences out in order: axis 0 becomes (n_runs, n / n_runs).

        Raises
        ------
        ValueError
            If the sequences cannot be dealt out evenly.
        """
        n_runs = arguments.count("n_runs", n_runs)
        if len(self.x) % n_runs:
            raise ValueError(f"n_runs must divide the {len(self.x)} sequences, got {n_runs}")
        return Batch(*(part.reshape(n_runs, -1, *part.shape[1:]) for part in self))


class Language:
    """Two-class second-order Markov language with a known entropy rate.

    Parameters
    ----------
    n_symbols : int
        Number V of symbols, at least 2. Tokens V and V + 1 are the markers of the two classes.
    forget_probs : pair of float
        Probability of a uniform draw for the easy and for the hard class, each in (0, 1].
    lengths : pair of int
        Number of scored tokens of an easy and of a hard sequence, each at least 1.
    p_hard : float
        Probability that a sequence is hard, in [0, 1].
    seed : int
        Seed of the table of favourite successors.

    Attributes
    ----------
    table : (V, V) int array
        ``table[a, b]`` is the favourite successor of the pair (a, b).
    seq_len : int
        T = max(lengths) + 2 model positions; the first two carry no score.
    n_tokens : int
        Size V + 2 of the input vocabulary.
    entropy_rates : (2,) array
        Entropy of a scored token given the past and the class, in nats.
    token_shares : (2,) array
        Share of the scored tokens that belong to each class.
    floor : float
        Smallest possible mean loss per scored token, in nats.

    Raises
    ------
    ValueError
        If an argument is outside the range above.
    """

    def __init__(
        self,
        n_symbols: int = 8,
        forget_probs: Sequence[float] = (0.05, 0.5),
        lengths: Sequence[int] = (12, 12),
        p_hard: float = 0.5,
        seed: int = 0,
    ) -> None:
        if n_symbols < 2:
            raise ValueError(f"n_symbols must be at least 2, got {n_symbols}")
        forget = np.asarray(forget_probs, dtype=float)
        if forget.shape != (2,) or not np.all((forget > 0.0) & (forget <= 1.0)):
            raise ValueError(f"forget_probs must be two numbers in (0, 1], got {forget_probs}")
        if len(lengths) != 2 or any(int(n) != n or n < 1 for n in lengths):
            raise ValueError(f"lengths must be two integers of at least 1, got {lengths}")
        if not 0.0 <= p_hard <= 1.0:
            raise ValueError(f"p_hard must lie in [0, 1], got {p_hard}")
        self.n_symbols = n_symbols
        self.n_tokens = n_symbols + 2
        self.forget_probs = forget
        self.lengths = np.asarray(lengths, dtype=int)
        self.p_hard = float(p_hard)
        self.seq_len = int(self.lengths.max()) + 2
        self.table = np.random.default_rng(seed).integers(n_symbols, size=(n_symbols, n_symbols))

        # The favourite can also come out of the uniform draw, hence q = 1 - m (V - 1) / V.
        other = forget / n_symbols
        favourite = 1.0 - forget * (n_symbols - 1) / n_symbols
        self.entropy_rates = -favourite * np.log(favourite) - (1.0 - favourite) * np.log(other)
        tokens = np.array([1.0 - p_hard, p_hard]) * self.lengths
        self.token_shares = tokens / tokens.sum()
        self.floor = float(self.token_shares @ self.entropy_rates)

        is_favourite = self.table[:, :, None] == np.arange(n_symbols)
        self.successor_probs = np.where(
            is_favourite, favourite[:, None, None, None], other[:, None, None, None]
        )
        self.pair_law = np.stack([_stationary_pairs(p) for p in self.successor_probs])
        self._pair_cdf = np.cumsum(self.pair_law.reshape(2, -1), axis=1)[:, :-1]

    @cached_property
    def ladder(self) -> dict[str, float]:
        """Exact loss per scored token, in nats, of the best predictor of each kind.

        The rungs are conditional entropies under the stationary law; "additive" is the best model
        whose logits are a sum of one term for each of the two last symbols and one for the marker.
        """
        # joint[c, a, b, y]: class, x_{t-2}, x_{t-1} and the scored token.
        joint = self.token_shares[:, None, None, None] * (
            self.pair_law[..., None] * self.successor_probs
        )
        return {
            "uniform": float(np.log(self.n_symbols)),
            "unigram": _conditional_entropy(joint.sum(axis=(0, 1, 2))),
            "bigram": _conditional_entropy(joint.sum(axis=(0, 1))),
            "bigram + marker": _conditional_entropy(joint.sum(axis=1)),
            "additive": _additive_loss(joint),
            "order 2": _conditional_entropy(joint.sum(axis=0)),
            "order 2 + marker": _conditional_entropy(joint),
        }

    def sample(self, n: int, rng: np.random.Generator) -> Batch:
        """Draw ``n`` independent sequences.

        A sequence shorter than the longest runs on past its end; its mask ends where it ends.

        Parameters
        ----------
        n : int
            Number of sequences, at least 1.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        Batch
            ``x``, ``y``, ``mask`` of shape (n, T) and ``kind`` of shape (n,).

        Raises
        ------
        ValueError
            If ``n`` is below 1.
        """
        n = arguments.count("n", n)
        size, steps = self.n_symbols, self.seq_len - 2
        kind = (rng.random(n) < self.p_hard).astype(int)
        pair = (rng.random((n, 1)) >= self._pair_cdf[kind]).sum(axis=1)
        forgets = rng.random((steps, n)) < self.forget_probs[kind]
        fresh = rng.integers(size, size=(steps, n))

        tokens = np.empty((self.seq_len + 1, n), dtype=int)  # time first: contiguous columns
        tokens[0] = size + kind
        tokens[1], tokens[2] = np.divmod(pair, size)
        table = self.table.ravel()
        for t in range(steps):
            favourite = table[tokens[t + 1] * size + tokens[t + 2]]
            tokens[t + 3] = np.where(forgets[t], fresh[t], favourite)
        place = np.arange(self.seq_len)
        mask = (place >= 2) & (place < 2 + self.lengths[kind][:, None])
        sequences = np.ascontiguousarray(tokens.T)
        return Batch(sequences[:, :-1], sequences[:, 1:], mask, kind)

    def conditional_probs(self, x: Array) -> Array:
        """Return the exact law of the next symbol at every position.

        Parameters
        ----------
        x : (n, T) int array
            Inputs, each row opening with its marker (so the class need not be passed).

        Returns
        -------
        (n, T, V) array
            P(next symbol | the row so far); the two unscored positions are exact as well.

        Raises
        ------
        ValueError
            If ``x`` is not 2-D, or does not hold markers in column 0 and symbols elsewhere.
        """
        x = self.check_inputs(x)
        kind = x[:, 0] - self.n_symbols
        probs = np.empty((*x.shape, self.n_symbols))
        first = self.pair_law.sum(axis=2)
        probs[:, 0] = first[kind]
        if x.shape[1] > 1:
            probs[:, 1] = (self.pair_law / first[..., None])[kind, x[:, 1]]
            probs[:, 2:] = self.successor_probs[kind[:, None], x[:, 1:-1], x[:, 2:]]
        return probs

    def check_inputs(self, x: Array) -> Array:
        """Return ``x`` as an integer array, or raise ValueError if no such row can occur."""
        x = np.asarray(x)
        if x.ndim != 2 or x.shape[1] == 0 or not np.issubdtype(x.dtype, np.integer):
            raise ValueError(f"x must be an (n, T) integer array, got {x.dtype} {x.shape}")
        marker, symbols = x[:, 0], x[:, 1:]
        if np.any((marker < self.n_symbols) | (marker >= self.n_tokens)) or np.any(
            (symbols < 0) | (symbols >= self.n_symbols)
        ):
            raise ValueError("x must hold a marker in column 0 and symbols 0..V-1 elsewhere")
        return x


def _stationary_pairs(successor: Array) -> Array:
    """Return the stationary law (V, V) of consecutive pairs, given P(y | a, b) as (V, V, V)."""
    size = successor.shape[0]
    step = np.zeros((size, size, size, size))  # (a, b) -> (b, y)
    for b in range(size):
        step[:, b, b, :] = successor[:, b, :]
    moves = step.reshape(size**2, size**2)
    # Every forget probability is positive, so the chain is irreducible and its law unique: one
    # redundant balance equation gives way to "the probabilities sum to one".
    system = moves.T - np.eye(size**2)
    system[-1] = 1.0
    law = np.linalg.solve(system, np.eye(size**2)[-1])
    law = np.maximum(law, 0.0).reshape(size, size)  # a vanishing entry may come out as -1e-18
    pairs: Array = law / law.sum()
    return pairs


def _conditional_entropy(joint: Array) -> float:
    """Return H(last axis | the other axes) in nats; terms of probability zero count nothing."""
    given = np.broadcast_to(joint.sum(axis=-1, keepdims=True), joint.shape)
    seen = joint > 0.0
    return float(-np.sum(joint[seen] * np.log(joint[seen] / given[seen])))


def _additive_loss(joint: Array, tol: float = 1e-12, max_sweeps: int = 20_000) -> float:
    """Return the smallest cross-entropy of logits f(a) + g(b) + h(c), by iterative scaling.

    Matching the three margins (a, y), (b, y), (c, y) is the first-order condition of the convex
    fit; each sweep rescales the model to one margin after another (Darroch & Ratcliff 1972).
    """
    given = joint.sum(axis=-1, keepdims=True)
    logits = np.zeros(joint.shape)
    others = ((0, 2), (0, 1), (1, 2))  # axes summed out to keep (a, y), (b, y), (c, y)
    wanted = [joint.sum(axis=axes, keepdims=True) for axes in others]
    for _ in range(max_sweeps):
        gap = 0.0
        for axes, want in zip(others, wanted, strict=True):
            weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
            model = given * weights / weights.sum(axis=-1, keepdims=True)
            have = model.sum(axis=axes, keepdims=True)
            gap = max(gap, float(np.abs(have - want).max()))
            ratio = np.divide(want, have, out=np.ones_like(want), where=want > 0.0)
            logits = logits + np.log(ratio)
        if gap < tol:
            break
    log_norm = np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return float(-np.sum(joint * (logits - log_norm)))
