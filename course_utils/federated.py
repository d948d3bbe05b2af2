"""Softmax regression held by several clients: rounds of local steps, and compressed messages.

Clients hold images; a round begins at the server's parameters. What a client sends is charged in
bits, what the server sends back is not: it goes to all of them at once.

The runs start at zero, on softmax regression, with full gradients of each client. They are made for
the curves of section 10, all clients and seeds side by side, and not as an implementation to
imitate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments
from course_utils.compression import KINDS, Kind
from course_utils.linear_models import LinearClassifier

__all__ = ["Messages", "Rounds", "Team", "by_class", "dealt"]

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_PIECE = 100_000  # scores at a time: few enough for the cache


class Rounds(NamedTuple):
    """What a run leaves behind.

    Attributes
    ----------
    points : (n_rounds + 1, d) array
        The server's parameters.
    moves : (n_rounds, K, d) array
        What each client changed in a round.
    control : (n_rounds, d) array
        The server's control variate after a round; zeros without one.
    """

    points: Array
    moves: Array
    control: Array


class Messages(NamedTuple):
    """What runs with compressed messages leave behind.

    Attributes
    ----------
    points : (n_rounds + 1, n_runs, d) array
        The server's parameters.
    held : (n_rounds + 1, n_runs, d) array
        Weighted mean of the clients' memories.
    norms : (3, n_rounds, n_runs, K) array
        Squared norms of what the local steps changed, of the message before compression, and of
        the part of it that was lost.
    """

    points: Array
    held: Array
    norms: Array


def by_class(problem: LinearClassifier, n_clients: int = 5) -> list[Indices]:
    """Return the rows of each client if neighbouring classes go to the same one."""
    count = arguments.count("n_clients", n_clients, 1, problem.n_classes)
    owner = np.arange(problem.n_classes) * count // problem.n_classes
    return [np.flatnonzero(owner[problem.labels] == k) for k in range(count)]


def dealt(problem: LinearClassifier, n_clients: int = 5) -> list[Indices]:
    """Return the rows of each client if each class is dealt out in turn, like cards."""
    count = arguments.count("n_clients", n_clients, 1, problem.n)
    order = np.argsort(problem.labels, kind="stable")
    return [np.sort(order[k::count]) for k in range(count)]


class Team:
    """Clients that share one softmax problem.

    Parameters
    ----------
    problem : LinearClassifier
        Unweighted, of kind "softmax".
    parts : sequence of (n_k,) array_like of int
        Rows of each client. Weights are the shares of the rows.

    Raises
    ------
    ValueError
        If the problem is of another kind or a client has no rows.
    """

    def __init__(self, problem: LinearClassifier, parts: Sequence[ArrayLike]) -> None:
        if problem.kind != "softmax" or problem.weights is not None:
            raise ValueError("problem must be an unweighted softmax regression")
        rows = [np.asarray(part) for part in parts]
        if not rows or min(part.size for part in rows) == 0:
            raise ValueError("parts must hold at least one client, and each at least one row")
        self.problem, self.n_clients = problem, len(rows)
        sizes = np.array([part.size for part in rows])
        self.weights: Array = sizes / sizes.sum()
        most, n_features = int(sizes.max()), problem.features.shape[1]
        # Clients are padded to one length with rows that weigh nothing; classes come first, which
        # is the fastest order for sums over them.
        self._features = np.zeros((len(rows), most, n_features))
        self._share = np.zeros((len(rows), 1, most))
        self._targets = np.zeros((len(rows), problem.n_classes, most))
        for k, part in enumerate(rows):
            self._features[k, : part.size] = problem.features[part]
            self._share[k, 0, : part.size] = 1.0 / part.size
            self._targets[k, problem.labels[part], np.arange(part.size)] = 1.0 / part.size
        self._inputs = np.ascontiguousarray(self._features.swapaxes(1, 2))

    def gradients(self, theta: ArrayLike) -> Array:
        """Return each client's full gradient, ridge included, at its own theta ``(..., K, d)``."""
        here = np.asarray(theta, dtype=np.float64)
        if here.shape[-2:] != (self.n_clients, self.problem.dim):
            raise ValueError(f"theta must have shape (..., {self.n_clients}, {self.problem.dim})")
        columns = here.reshape(-1, self.n_clients, self._features.shape[2], self.problem.n_classes)
        out = np.empty_like(columns)
        together = max(1, _PIECE // self._targets.size)
        for start in range(0, len(columns), together):
            runs = slice(start, start + together)
            scores = columns[runs].swapaxes(-1, -2) @ self._inputs
            scores -= scores.max(axis=-2, keepdims=True)
            np.exp(scores, out=scores)
            scores *= self._share / scores.sum(axis=-2, keepdims=True)
            scores -= self._targets
            out[runs] = (scores @ self._features).swapaxes(-1, -2)
        gradient: Array = out.reshape(here.shape) + self.problem.ridge * here
        return gradient

    def rounds(
        self,
        step_size: float,
        n_local: int,
        n_rounds: int,
        *,
        corrected: bool = False,
        server: float = 1.0,
        outer_momentum: float = 0.0,
        start: ArrayLike | None = None,
    ) -> Rounds:
        """Run rounds of local gradient steps with all clients.

        Parameters
        ----------
        step_size, n_local, n_rounds
            Of the local steps; how many in a round; how many rounds.
        corrected
            Whether control variates correct the local steps (SCAFFOLD, option II).
        server, outer_momentum
            The server's step size, and the momentum of its Nesterov step.
        start : (d,) array_like, optional
            Zero if left out.
        """
        eta = arguments.positive("step_size", step_size)
        count = arguments.count("n_local", n_local)
        x = np.zeros(self.problem.dim) if start is None else np.array(start, dtype=np.float64)
        own = np.zeros((self.n_clients, x.size))
        shared, speed = np.zeros(x.size), np.zeros(x.size)
        points, moves, control = [x], [], []
        for _ in range(arguments.count("n_rounds", n_rounds)):
            here = np.tile(x, (self.n_clients, 1))
            pull = shared - own if corrected else 0.0
            for _ in range(count):
                here -= eta * (self.gradients(here) + pull)
            here -= x
            if corrected:
                own = own - shared - here / (eta * count)
                shared = self.weights @ own
            change = self.weights @ here
            speed = outer_momentum * speed + change
            x = x + server * (outer_momentum * speed + change)
            points.append(x)
            moves.append(here)
            control.append(shared)
        return Rounds(np.array(points), np.array(moves), np.array(control))

    def log(self, run: Rounds, scale: float) -> dict[str, Array]:
        """Return what a server could log of a run, one value a round.

        Parameters
        ----------
        run
            Of this team.
        scale
            Divides the length of the mean move: step size times local steps.

        Returns
        -------
        dict
            "cosine", mean over pairs of clients of the cosine between their moves; "mean move",
            the length of the weighted mean move, over ``scale``; "full", the norm of the full
            gradient where the round began.
        """
        unit = run.moves / np.linalg.norm(run.moves, axis=2, keepdims=True)
        pairs = np.square(unit.sum(axis=1)).sum(axis=1) - self.n_clients
        mean = np.einsum("k,tkd->td", self.weights, run.moves)
        return {
            "cosine": pairs / (self.n_clients * (self.n_clients - 1)),
            "mean move": np.linalg.norm(mean, axis=1) / arguments.positive("scale", scale),
            "full": np.linalg.norm(self.problem.grad(run.points[:-1]), axis=1),
        }

    def _arriving(
        self, raw: Array, kind: Kind, size: int, rng: np.random.Generator | None
    ) -> Array:
        """Say what the server reads of every message (n_runs, K, d) of a round.

        Written for whole rounds of this team, and by other routes than those that section 10 asks
        for: a cut between two sizes is closed in on by bisection, and levels are drawn from their
        summed chances.
        """
        if kind == "dense":
            return raw
        sizes, source = np.abs(raw), cast(np.random.Generator, rng)
        if kind == "sign":
            mean: Array = sizes.mean(axis=-1, keepdims=True)
            return mean * np.sign(raw)
        if kind == "random":  # the same positions for all clients of a run: one seed tells them
            order = source.permuted(np.tile(np.arange(self.problem.dim), (len(raw), 1)), axis=-1)
            return raw * (order < size)[:, None]
        if kind == "top":
            cut, step = np.zeros((*raw.shape[:2], 1)), sizes.max(axis=-1, keepdims=True)
            found = np.zeros(cut.shape, dtype=bool)  # where the cut leaves exactly `size`
            for _ in range(52):  # as many halvings as a float64 has digits
                step = step / 2
                many = np.count_nonzero(sizes > cut + step, axis=-1, keepdims=True)
                cut, found = cut + step * (many >= size), found | (many == size)
                if found.all():
                    break
            return raw * (sizes > cut)
        unit = np.linalg.norm(raw, axis=-1, keepdims=True) / size
        place, draw = sizes / np.maximum(unit, 1e-300), source.random(raw.shape)
        chance, level = np.zeros(raw.shape), np.zeros(raw.shape)
        for below in range(size):  # a level's chance falls from 1 to 0 within one level's distance
            chance += np.maximum(0.0, 1.0 - np.abs(place - below))
            level += draw >= chance
        out: Array = np.sign(raw) * level * unit
        return out

    def compressed(
        self,
        kind: Kind,
        step_size: ArrayLike,
        n_rounds: int,
        *,
        size: int = 1,
        memory: Literal["none", "error", "gradient"] = "none",
        scale: float = 1.0,
        n_local: int = 1,
        n_runs: int = 1,
        rng: np.random.Generator | None = None,
    ) -> Messages:
        """Run rounds whose messages are compressed, all runs from zero.

        Parameters
        ----------
        kind, size
            How a message is compressed, see ``compression.message_bits``. "random" keeps ``size``
            coordinates, "rounded" rounds each at random to one of ``size`` levels of the norm,
            "sign" sends the signs times the mean absolute value.
        step_size : float or (n_runs,) array_like
            Of the local steps, for all runs or for each.
        n_rounds, n_local
            How many; a message is what the local steps changed, descent counted as positive.
        memory
            "none"; "error": what was not sent is added to the next message; "gradient": the
            message is the change against an estimate that both ends keep (EF21).
        scale
            Factor on every message; d / size makes "random" unbiased.
        n_runs, rng
            Runs side by side, and their random numbers; needed for the random kinds.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        if memory not in ("none", "error", "gradient"):
            raise ValueError(f"memory must be none, error or gradient, got {memory!r}")
        if kind in ("random", "rounded") and rng is None:
            raise ValueError(f"rng must be given: {kind!r} draws random numbers")
        local = arguments.count("n_local", n_local)
        arguments.count("size", size, 1, self.problem.dim)
        shape = (arguments.count("n_runs", n_runs), self.n_clients, self.problem.dim)
        sizes = arguments.step_sizes(np.atleast_1d(step_size))
        if sizes.size not in (1, n_runs) or not sizes.all():
            raise ValueError(f"step_size must be positive, one or {n_runs} numbers")
        eta = sizes[:, None, None]
        x, kept = np.zeros((shape[0], shape[2])), np.zeros(shape)
        points, held, norms = [x], [x], []
        for _ in range(arguments.count("n_rounds", n_rounds)):
            here = np.repeat(x[:, None], self.n_clients, axis=1)
            for _ in range(local):
                here -= eta * self.gradients(here)
            fresh = x[:, None] - here
            raw = fresh + {"none": 0.0, "error": 1.0, "gradient": -1.0}[memory] * kept
            sent = scale * self._arriving(raw, kind, size, rng)
            norms.append([np.square(part).sum(axis=-1) for part in (fresh, raw, raw - sent)])
            if memory == "gradient":
                sent = kept = kept + sent
            elif memory == "error":
                kept = raw - sent
            x = x - np.einsum("k,rkd->rd", self.weights, sent)
            points.append(x)
            held.append(np.einsum("k,rkd->rd", self.weights, kept))
        return Messages(np.array(points), np.array(held), np.swapaxes(np.array(norms), 0, 1))
