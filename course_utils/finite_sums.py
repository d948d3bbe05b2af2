"""Stochastic gradients with a memory, on finite sums: exact maps, and runs of many at a time.

A memory holds one old gradient for each of the n summands. A step draws an index ``j`` uniformly,
moves against ``weight * (new - old) + mean``, where ``new`` and ``old`` are the present and the
remembered gradient of summand ``j`` and ``mean`` is that of the memory, and then may rewrite the
memory. Which methods these are is said by the coefficients, and they are the caller's.

The maps are for losses in the plane and the runs for logistic regression from zero: enough to look
at the methods and to hold theorems against them, and no solver for problems of another kind.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments
from course_utils.linear_losses import logistic_residuals
from course_utils.linear_models import LinearClassifier

__all__ = [
    "follow",
    "growth",
    "memory_runs",
    "pull_back",
    "right_means",
    "second_moments",
    "step_maps",
    "worst_ratio",
]

Array = NDArray[np.float64]


def step_maps(
    hessians: ArrayLike,
    step_size: float,
    *,
    weight: float,
    gain: float,
    write: Literal["none", "one", "all"],
) -> Array:
    r"""Return the linear maps of one step on quadratics in the plane, one for each index drawn.

    Summand i is :math:`\tfrac12(\theta-b_i)^\top A_i(\theta-b_i)`. The state is ``(e, u_1, ...,
    u_n, m)``, flattened: ``e`` is the distance of the parameters from the minimiser of the mean;
    ``u_i`` that of the point whose gradient is remembered for summand i; ``m`` the mean that the
    method *believes* the memory to have (it is right if :math:`m=\tfrac1n\sum_iA_iu_i`). The
    :math:`b_i` drop out: gradients of different summands at the minimiser add up to zero.

    The step is ``e -= step_size * (weight * (A_j e - A_j u_j) + m)``. Then, with the old ``e``:
    ``m += gain * (A_j e - A_j u_j)`` and ``u_j = e`` ("one"); or every ``u_i = e`` and m the mean
    ("all"); or nothing ("none").

    Parameters
    ----------
    hessians : (n, 2, 2) array_like
        The matrices :math:`A_i`, symmetric.
    step_size : float
        Positive.
    weight : float
        Of the difference of gradients in the direction.
    gain : float
        Of the difference in the believed mean; read for ``write="one"`` only.
    write : {"none", "one", "all"}
        What is rewritten after the step.

    Returns
    -------
    (n, D, D) array
        ``maps[j] @ state`` is the state after a step with index j; D is ``2 * n + 4``. Since j is
        uniform, second moments follow ``Z -> mean over j of maps[j] @ Z @ maps[j].T``, exactly.

    Raises
    ------
    ValueError
        If the matrices aren't two by two, symmetric and finite, ``step_size`` isn't positive, a
        coefficient isn't finite, or ``write`` is another word.
    """
    matrices = np.array(hessians, dtype=np.float64)
    if matrices.ndim != 3 or matrices.shape[1:] != (2, 2) or matrices.size == 0:
        raise ValueError(f"hessians must have shape (n, 2, 2), got {matrices.shape}")
    arguments.finite("hessians", matrices)
    if not np.allclose(matrices, matrices.swapaxes(1, 2), rtol=1e-10, atol=1e-12):
        raise ValueError("hessians must be symmetric")
    if not 0.0 < step_size < np.inf:
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    if not np.isfinite([weight, gain]).all():
        raise ValueError(f"weight and gain must be finite, got {weight} and {gain}")
    if write not in ("none", "one", "all"):
        raise ValueError(f'write must be "none", "one" or "all", got {write!r}')
    n = len(matrices)
    e, m = slice(0, 2), slice(2 * n + 2, 2 * n + 4)
    maps = np.tile(np.eye(2 * n + 4), (n, 1, 1))
    for j, matrix in enumerate(matrices):
        old = slice(2 * j + 2, 2 * j + 4)
        maps[j, e, e] -= step_size * weight * matrix
        maps[j, e, old] += step_size * weight * matrix
        maps[j, e, m] -= step_size * np.eye(2)
        if write == "one":
            maps[j, m, e] += gain * matrix
            maps[j, m, old] -= gain * matrix
            maps[j, old, :] = np.eye(2 * n + 4)[e]
        elif write == "all":
            maps[j, 2:, :] = 0.0
            maps[j, 2:, e] = np.vstack([np.tile(np.eye(2), (n, 1)), matrices.mean(axis=0)])
    return maps


def follow(maps: ArrayLike, state: ArrayLike, indices: ArrayLike) -> Array:
    """Return the states along given draws, the start included.

    Parameters
    ----------
    maps : (n, D, D) array_like
        From `step_maps`.
    state : (D,) array_like
        The state at the start.
    indices : (n_steps,) array_like of int
        Which map is applied at each step.

    Returns
    -------
    (n_steps + 1, D) array
        The states.
    """
    matrices = np.asarray(maps, dtype=np.float64)
    states = [np.asarray(state, dtype=np.float64)]
    for j in np.asarray(indices, dtype=np.int64):
        states.append(matrices[j] @ states[-1])
    return np.array(states)


def right_means(hessians: ArrayLike) -> Array:
    """Return the matrix that completes ``(e, u_1, ..., u_n)`` to a state whose mean is right.

    Parameters
    ----------
    hessians : (n, 2, 2) array_like
        As for `step_maps`.

    Returns
    -------
    (2 n + 4, 2 n + 2) array
        The identity, above the rows that form the mean of the remembered gradients.
    """
    matrices = np.asarray(hessians, dtype=np.float64)
    n = len(matrices)
    return np.vstack([np.eye(2 * n + 2), np.hstack([np.zeros((2, 2)), *(matrices / n)])])


def second_moments(maps: ArrayLike, state: ArrayLike, n_steps: int) -> Array:
    """Return the exact mean squared distance of the parameters, step by step.

    Parameters
    ----------
    maps : (n, D, D) array_like
        From `step_maps`; at each step one is drawn uniformly.
    state : (D,) array_like
        The state at the start.
    n_steps : int
        Steps to make, at least 0.

    Returns
    -------
    (n_steps + 1,) array
        Of the first two entries, those of ``e``; the start included.
    """
    matrices, start = np.asarray(maps, dtype=np.float64), np.asarray(state, dtype=np.float64)
    moments, out = np.outer(start, start), []
    for _ in range(arguments.count("n_steps", n_steps, least=0) + 1):
        out.append(np.trace(moments[:2, :2]))
        moments = (matrices @ moments @ matrices.swapaxes(1, 2)).mean(axis=0)
    return np.array(out)


def pull_back(maps: ArrayLike, form: ArrayLike) -> Array:
    """Return a quadratic form's mean value one step later, as a form of the state before.

    Parameters
    ----------
    maps : (n, D, E) array_like
        Linear maps, one of which is drawn uniformly.
    form : (D, D) array_like
        Symmetric matrix Q of the form ``state @ Q @ state``.

    Returns
    -------
    (E, E) array
        The mean of ``map.T @ Q @ map``.
    """
    matrices = np.asarray(maps, dtype=np.float64)
    mean: Array = (matrices.swapaxes(1, 2) @ np.asarray(form) @ matrices).mean(axis=0)
    return mean


def worst_ratio(after: ArrayLike, before: ArrayLike) -> float:
    """Return the largest ratio of two quadratic forms, over the states that the second one sees.

    Parameters
    ----------
    after, before : (D, D) array_like
        Symmetric, positive semidefinite; where ``before`` vanishes, ``after`` has to vanish too.

    Returns
    -------
    float
        The largest generalised eigenvalue.

    Raises
    ------
    ValueError
        If ``after`` does not vanish where ``before`` does.
    """
    top, bottom = np.asarray(after, dtype=np.float64), np.asarray(before, dtype=np.float64)
    values, axes = np.linalg.eigh(bottom)
    sees = values > 1e-12 * values[-1]
    blind = axes[:, ~sees]
    if blind.size and np.abs(blind.T @ top @ blind).max() > 1e-9 * np.abs(top).max():
        raise ValueError("after must vanish where before does, or the ratio has no bound")
    roots = axes[:, sees] / np.sqrt(values[sees])
    return float(np.linalg.eigvalsh(roots.T @ top @ roots)[-1])


def growth(hessians: ArrayLike, step_size: float, *, weight: float, n_steps: int = 600) -> float:
    """Return the long-run factor of all second moments in one step; the memory's mean is right.

    Parameters
    ----------
    hessians, step_size, weight
        As for `step_maps`; the step writes one slot.
    n_steps : int
        Steps of a power iteration, at least 2; the factor is the geometric mean over the last half.

    Returns
    -------
    float
        Below 1 where the method converges in mean square.
    """
    lift = right_means(hessians)
    n = len(np.asarray(hessians))
    maps = step_maps(hessians, step_size, weight=weight, gain=1.0 / n, write="one")
    maps = (maps @ lift)[:, : lift.shape[1]]
    moments, sizes = np.eye(lift.shape[1]), []
    for _ in range(arguments.count("n_steps", n_steps, least=2)):
        moments = (maps @ moments @ maps.swapaxes(1, 2)).mean(axis=0)
        sizes.append(np.trace(moments))
        moments /= sizes[-1]
    return float(np.exp(np.log(sizes[len(sizes) // 2 :]).mean()))


def memory_runs(
    problem: LinearClassifier,
    step_sizes: ArrayLike,
    rng: np.random.Generator,
    *,
    weight: ArrayLike,
    own: ArrayLike,
    filled: ArrayLike,
    refresh: ArrayLike,
    refresh_first: ArrayLike,
    every: int = 1,
) -> Array:
    r"""Run methods with a memory on logistic regression, all from zero, side by side.

    The gradient of a linear model is one number times the input (and the ridge, which is exact), so
    the whole run stays in the span of the inputs: parameters, memory and every estimate of the
    gradient are kept as *n coefficients, one for each example*. A step costs about n numbers for
    each run whatever the method, and no mean of the memory is kept: it is formed anew each time.
    So this is a reference, not an implementation to imitate.

    Parameters
    ----------
    problem : LinearClassifier
        Unweighted, of kind "logistic".
    step_sizes : (n_steps, R) array_like
        Step sizes of the R runs, finite and at least 0.
    rng : numpy.random.Generator
        Draws the indices, independent and uniform.
    weight : (R,) array_like
        Of the difference (present − remembered gradient of the drawn example) in the direction.
    own : (R,) array_like of bool
        Whether a step writes the drawn example's gradient into the memory, after its use.
    filled : (R,) array_like of bool
        Whether the memory starts with the gradients at zero (n gradients), or empty, with zeros.
    refresh : (n_steps, R) array_like of bool
        Whether all n gradients are written at this step.
    refresh_first : (R,) array_like of bool
        Whether they are written before the direction is formed, or after; both times at the
        parameters before the step.
    every : int
        Iterates 0, every, 2 * every, ... are returned.

    Returns
    -------
    (n_kept, R, d) array
        Parameters.

    Raises
    ------
    ValueError
        If the problem is of another kind, or shapes do not agree.
    """
    if problem.kind != "logistic" or problem.weights is not None:
        raise ValueError("problem must be an unweighted logistic regression")
    sizes = np.array(step_sizes, dtype=np.float64)
    if sizes.ndim != 2 or sizes.size == 0:
        raise ValueError(f"step_sizes must have shape (n_steps, R), got {sizes.shape}")
    for row in sizes:
        arguments.step_sizes(row)
    n_runs = sizes.shape[1]
    every = arguments.count("every", every)
    factor = np.array(weight, dtype=np.float64)
    flags = {"own": own, "filled": filled, "refresh_first": refresh_first}
    chosen = {name: np.array(value, dtype=bool) for name, value in flags.items()}
    for name, value in (("weight", factor), *chosen.items()):
        if value.shape != (n_runs,):
            raise ValueError(f"{name} must have shape ({n_runs},), one for each run")
    renew = np.array(refresh, dtype=bool)
    if renew.shape != sizes.shape:
        raise ValueError(f"refresh must have the shape of step_sizes, {sizes.shape}")
    n, features, labels = problem.n, problem.features, problem.labels
    products = features @ features.T

    def residuals(coefficients: Array) -> Array:
        out: Array = logistic_residuals((coefficients @ products)[..., None], labels)[..., 0]
        return out

    runs = np.arange(n_runs)
    # Runs without a memory have nothing to pull: those that come first or last are left out.
    holders = np.flatnonzero(chosen["own"] | chosen["filled"] | renew.any(axis=0))
    held = slice(holders[0], holders[-1] + 1) if holders.size else slice(0, 0)
    theta = np.zeros((n_runs, n))  # coefficients of the inputs, as all below
    memory = np.where(chosen["filled"][:, None], residuals(np.zeros((1, n))), 0.0)
    before, after = renew & chosen["refresh_first"], renew & ~chosen["refresh_first"]
    writers = np.flatnonzero(chosen["own"])
    kept, pull = [theta @ features], np.empty_like(theta[held])
    for t, size in enumerate(sizes):
        if before[t].any():
            memory[before[t]] = residuals(theta[before[t]])
        late = residuals(theta[after[t]]) if after[t].any() else None
        j = np.asarray(rng.integers(n, size=n_runs))
        score = np.einsum("rn,rn->r", products[j], theta)
        new = logistic_residuals(score[:, None], labels[j])[:, 0]
        own_part = size * factor * (new - memory[runs, j])
        theta *= (1.0 - size * problem.ridge)[:, None]
        theta[held] -= np.multiply(memory[held], (size[held] / n)[:, None], out=pull)
        theta[runs, j] -= own_part
        memory[writers, j[writers]] = new[writers]
        if late is not None:
            memory[after[t]] = late
        if (t + 1) % every == 0:
            kept.append(theta @ features)
    return np.array(kept)
