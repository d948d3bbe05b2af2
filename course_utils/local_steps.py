r"""Rounds of local gradient steps on quadratics in the plane: exact maps and noisy runs.

K clients hold the losses :math:`f_k=\tfrac12(x-b_k)^\top A_k(x-b_k)`. In a round each one starts at
the server's x, takes ``n_local`` gradient steps alone, and the server moves by the weighted mean of
what they changed. Every step is affine, so a round is one matrix in homogeneous coordinates: it is
found by multiplying elementary steps, and a resting point by following the map to its end.

All of this is for losses in the plane: enough to hold theorems against it and to draw it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments

__all__ = ["Plane", "follow", "noisy_bowl", "rest", "three_clients"]

Array = NDArray[np.float64]


class Plane:
    r"""K clients with quadratic losses in the plane.

    Parameters
    ----------
    hessians : (K, 2, 2) array_like
        Symmetric, with a positive definite weighted mean.
    optima : (K, 2) array_like
        The minimiser of each client's own loss.
    weights : (K,) array_like, optional
        Positive, summing to 1; equal if left out.

    Attributes
    ----------
    star : (2,) array
        The minimiser of the weighted mean of the losses.

    Raises
    ------
    ValueError
        If a shape does not fit, a Hessian isn't symmetric, or the weights do not sum to 1.
    """

    def __init__(
        self, hessians: ArrayLike, optima: ArrayLike, weights: ArrayLike | None = None
    ) -> None:
        self.hessians = np.array(hessians, dtype=np.float64)
        if self.hessians.ndim != 3 or self.hessians.shape[1:] != (2, 2):
            raise ValueError(f"hessians must have shape (K, 2, 2), got {self.hessians.shape}")
        if not np.allclose(self.hessians, self.hessians.swapaxes(1, 2)):
            raise ValueError("hessians must be symmetric")
        self.n_clients = len(self.hessians)
        self.optima = np.array(optima, dtype=np.float64)
        if self.optima.shape != (self.n_clients, 2):
            raise ValueError(f"optima must have shape ({self.n_clients}, 2)")
        equal = np.full(self.n_clients, 1 / self.n_clients)
        self.weights = equal if weights is None else np.array(weights, dtype=np.float64)
        if self.weights.shape != (self.n_clients,) or not (self.weights > 0).all():
            raise ValueError("weights must be one positive number for each client")
        if abs(self.weights.sum() - 1) > 1e-12:
            raise ValueError(f"weights must sum to 1, got {self.weights.sum():g}")
        self.mean_hessian = np.einsum("k,kij->ij", self.weights, self.hessians)
        if np.linalg.eigvalsh(self.mean_hessian)[0] <= 0:
            raise ValueError("hessians must have a positive definite weighted mean")
        pull = np.einsum("k,kij,kj->i", self.weights, self.hessians, self.optima)
        self.star: Array = np.linalg.solve(self.mean_hessian, pull)

    def excess(self, x: ArrayLike) -> Array:
        """Return the weighted loss at x (..., 2) above its minimum, ``(...)``."""
        off = np.asarray(x, dtype=np.float64) - self.star
        value: Array = 0.5 * np.einsum("...i,ij,...j->...", off, self.mean_hessian, off)
        return value

    def gradients(self, x: ArrayLike) -> Array:
        """Return each client's own gradient at x (..., 2), shape ``(..., K, 2)``."""
        off = np.asarray(x, dtype=np.float64)[..., None, :] - self.optima
        value: Array = np.einsum("kij,...kj->...ki", self.hessians, off)
        return value

    def local_map(self, client: int, step_size: float, n_local: int) -> Array:
        """Return one client's part of a round, ``(3, 3)``, acting on ``(x, 1)``."""
        client = arguments.count("client", client, 0, self.n_clients - 1)
        one = np.eye(3)
        one[:2, :2] -= step_size * self.hessians[client]
        one[:2, 2] = step_size * self.hessians[client] @ self.optima[client]
        count = arguments.count("n_local", n_local)
        return np.linalg.matrix_power(one, count)

    def round_map(self, step_size: float, n_local: int, server: float = 1.0) -> Array:
        """Return the map of a round with all clients, ``(3, 3)``, acting on ``(x, 1)``."""
        ends = [self.local_map(k, step_size, n_local) for k in range(self.n_clients)]
        moved = np.einsum("k,kij->ij", self.weights, ends)
        out: Array = np.eye(3) + server * (moved - np.eye(3))
        return out

    def paths(
        self, x: ArrayLike, step_size: float, n_local: int, shift: ArrayLike | None = None
    ) -> Array:
        """Return the local paths of one round, ``(K, n_local + 1, 2)``.

        ``shift`` (K, 2) is added to each client's gradient at every step.
        """
        extra = np.zeros((self.n_clients, 2)) if shift is None else np.asarray(shift, dtype=float)
        if extra.shape != (self.n_clients, 2):
            raise ValueError(f"shift must have shape ({self.n_clients}, 2), got {extra.shape}")
        here = np.tile(np.asarray(x, dtype=np.float64), (self.n_clients, 1))
        path = [here]
        for _ in range(arguments.count("n_local", n_local)):
            force = np.einsum("kij,kj->ki", self.hessians, here - self.optima) + extra
            here = here - step_size * force
            path.append(here)
        return np.swapaxes(np.array(path), 0, 1)

    def spread(self, x: ArrayLike, step_size: float, n_local: int) -> float:
        """Return how far clients are from their mean after a round from x (2,), weighted rms."""
        ends = self.paths(x, step_size, n_local)[:, -1]
        off = np.square(ends - self.weights @ ends).sum(axis=1)
        return float(np.sqrt(self.weights @ off))

    def fixed_point(self, step_size: float, n_local: int) -> Array:
        r"""Return the resting point of local steps that section 10 proves, ``(2,)``.

        Computed in the eigenbasis of each Hessian, as the minimiser of the quadratics in which
        each curvature :math:`\lambda` is replaced by :math:`(1-(1-\eta\lambda)^H)/(\eta H)`.
        """
        count = arguments.count("n_local", n_local)
        curvatures, axes = np.linalg.eigh(self.hessians)
        bent = (1.0 - (1.0 - step_size * curvatures) ** count) / (step_size * count)
        felt = np.einsum("k,kij,kj,klj->kil", self.weights, axes, bent, axes)
        pull = np.einsum("kij,kj->i", felt, self.optima)
        out: Array = np.linalg.solve(felt.sum(axis=0), pull)
        return out

    def corrected_map(
        self,
        step_size: float,
        n_local: int,
        active: Sequence[int] | None = None,
        *,
        keep: float = 1.0,
    ) -> Array:
        r"""Return the map of one round with control variates (SCAFFOLD), equal weights.

        The state is ``(x, c, c_1, …, c_K, 1)``, flattened, of length 2K + 5. A local step is
        :math:`y\leftarrow y-\eta(\nabla f_k(y)-c_k+c)`; then :math:`c_k^+=c_k-\text{keep}\cdot c+
        (x-y)/(\eta H)` for the clients that took part, and c moves by their change, over K.

        Parameters
        ----------
        step_size, n_local
            Of the local steps.
        active
            The clients that take part; all if left out.
        keep
            1, or another factor of c in the new control variate, to see what that does.

        Returns
        -------
        (2K + 5, 2K + 5) array
        """
        if not np.allclose(self.weights, 1 / self.n_clients):
            raise ValueError("weights must be equal: the control variates are averaged equally")
        taking = list(range(self.n_clients)) if active is None else list(active)
        if not taking or len(set(taking)) < len(taking):
            raise ValueError("active must name different clients, at least one")
        count = arguments.count("n_local", n_local)
        size = 2 * self.n_clients + 5
        out = np.eye(size)
        for k in taking:
            own = slice(4 + 2 * arguments.count("active", k, 0, self.n_clients - 1), None)
            own = slice(own.start, own.start + 2)
            one = np.eye(size + 2)  # the last two are y
            one[size:, size:] -= step_size * self.hessians[k]
            one[size:, own] += step_size * np.eye(2)
            one[size:, 2:4] -= step_size * np.eye(2)
            one[size:, size - 1] += step_size * self.hessians[k] @ self.optima[k]
            begin = np.vstack([np.eye(size), np.eye(2, size)])  # y starts at x
            end = (np.linalg.matrix_power(one, count) @ begin)[size:]
            moved = end - np.eye(2, size)
            change = -moved / (step_size * count)
            change[:, 2:4] -= keep * np.eye(2)
            out[:2] += moved / len(taking)
            out[2:4] += change / self.n_clients
            out[own] += change
        return out

    def noisy(
        self,
        starts: ArrayLike,
        step_size: float,
        n_local: int,
        n_rounds: int,
        noise: ArrayLike,
    ) -> Array:
        """Run local SGD with given noise and return the weighted mean of the clients at all times.

        Parameters
        ----------
        starts : (n_runs, 2) array_like
            Server's parameters before the first round.
        step_size, n_local, n_rounds
            Local steps and how many rounds of them.
        noise : (n_rounds * n_local, n_runs, K, 2) array_like
            Added to each client's gradient.

        Returns
        -------
        (n_rounds * n_local + 1, n_runs, 2) array
        """
        begin, added = np.asarray(starts, dtype=np.float64), np.asarray(noise, dtype=np.float64)
        shape = (n_rounds * n_local, len(begin), self.n_clients, 2)
        if added.shape != shape:
            raise ValueError(f"noise must have shape {shape}, got {added.shape}")
        here = np.repeat(begin[:, None], self.n_clients, axis=1)
        means = [begin]
        for t, extra in enumerate(added, start=1):
            here = here - step_size * (
                np.einsum("kij,rkj->rki", self.hessians, here - self.optima) + extra
            )
            mean = np.einsum("k,rki->ri", self.weights, here)
            means.append(mean)
            if t % n_local == 0:
                here = np.repeat(mean[:, None], self.n_clients, axis=1)
        return np.array(means)


def follow(maps: ArrayLike, state: ArrayLike, n_rounds: int | None = None) -> Array:
    """Apply one map ``n_rounds`` times, or maps (n_rounds, m, m) in turn; return all states."""
    table, here = np.asarray(maps, dtype=np.float64), np.asarray(state, dtype=np.float64)
    if table.ndim == 2:
        table = np.broadcast_to(table, (arguments.count("n_rounds", n_rounds), *table.shape))
    if table.ndim != 3 or table.shape[1:] != (here.size, here.size):
        raise ValueError(f"maps {table.shape} do not fit a state of length {here.size}")
    states = [here]
    for one in table:
        states.append(one @ states[-1])
    return np.array(states)


def rest(one: ArrayLike, start: ArrayLike | None = None) -> Array:
    """Return where x ends if a map that acts on ``(x, 1)`` is applied for ever.

    The map is squared sixty times: no equation is solved, so this can disagree with one.

    Raises
    ------
    ValueError
        If the rounds do not come to rest.
    """
    power = np.asarray(one, dtype=np.float64)
    if power.ndim != 2 or power.shape[0] != power.shape[1]:
        raise ValueError(f"one must be a square matrix, got shape {power.shape}")
    begin = np.zeros(len(power) - 1) if start is None else np.asarray(start, dtype=np.float64)
    radius = np.abs(np.linalg.eigvals(power[:-1, :-1])).max()
    if radius >= 1 - 1e-9:
        raise ValueError(f"one grows or stands still (spectral radius {radius:.4f}): no rest")
    for _ in range(60):
        power = power @ power
        power[-1] = 0.0
        power[-1, -1] = 1.0
    out: Array = (power @ np.append(begin, 1.0))[:-1]
    return out


def noisy_bowl(
    curvatures: ArrayLike, start: float, step_sizes: ArrayLike, n_steps: int, variance: float
) -> Array:
    r"""Return the exact mean of :math:`\tfrac12\sum_j\lambda_jx_j^2` after steps with noise.

    Parameters
    ----------
    curvatures : (d,) array_like
        The :math:`\lambda_j`, positive.
    start
        Every coordinate of the first x.
    step_sizes : (n,) array_like
        Step sizes, below :math:`2/\lambda_{\max}` and above 0.
    n_steps, variance
        Steps, and the variance of the noise of a step in each coordinate.

    Returns
    -------
    (n,) array
    """
    lam, eta = np.asarray(curvatures, dtype=np.float64), arguments.step_sizes(step_sizes)
    if lam.ndim != 1 or not (lam > 0).all():
        raise ValueError("curvatures must be one-dimensional and positive")
    keep = (1.0 - np.multiply.outer(eta, lam)) ** 2
    if not (keep < 1.0).all():
        raise ValueError("step_sizes must be above 0 and below 2 / the largest curvature")
    left = keep ** arguments.count("n_steps", n_steps)
    noise = variance * eta[:, None] ** 2 * (1.0 - left) / (1.0 - keep)
    mean: Array = 0.5 * (lam * (start**2 * left + noise)).sum(axis=-1)
    return mean


def three_clients(*, equal_weights: bool = False) -> Plane:
    """Return the standing problem of section 10: three bowls turned against each other."""
    angles = np.array([0.3, 1.2, 2.2])
    spectra = np.array([[1, 5], [0.5, 3], [2, 0.8]])
    turn = np.array([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]])
    axes = turn.transpose(2, 0, 1)
    hessians = axes * spectra[:, None, :] @ axes.swapaxes(1, 2)
    weights = None if equal_weights else [0.5, 0.3, 0.2]
    optima = np.array([[1, 0], [-0.5, 1.5], [0, -2]])
    return Plane(hessians, optima, weights)
