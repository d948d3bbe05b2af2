"""Plain training loops, a step-size schedule, and the exact excess loss of a language model.

A loop knows nothing of models: it gets an *oracle*, a function of the parameters that returns one
stochastic loss and gradient, and works on parameters of any shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from course_utils import arguments
from course_utils.language import Batch
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]
Oracle = Callable[[Array], tuple[Any, Array]]
Hook = Callable[[int, Array, Any, Array], object]


@dataclass
class State:
    """What an optimiser carries from step to step, beside the parameters.

    Attributes
    ----------
    step : int
        Number of updates made.
    first : array or None
        Momentum buffer (SGD) or first moment (Adam), of the shape of ``theta``; None if unused.
    second : array or None
        Second moment (Adam only).
    """

    step: int = 0
    first: Array | None = None
    second: Array | None = None


def warmup_stable_decay(
    n_steps: int, peak: float, warmup: int = 20, decay: float = 0.3, final: float = 0.0
) -> Array:
    """Return step sizes that rise linearly, stay, and fall linearly.

    Step k = 0, 1, ... has ``peak * (k + 1) / warmup`` while that is below ``peak``. Over the last
    ``round(decay * n_steps)`` steps the size falls from ``peak`` toward ``peak * final``, which
    would be reached one step after the end, so that no step is wasted on a size of zero.

    Parameters
    ----------
    n_steps : int
        Number of steps, at least 1.
    peak : float
        Largest step size, positive.
    warmup : int
        Steps of the rise, at least 0.
    decay : float
        Share of the steps in the fall, in [0, 1]; 0 keeps the step size constant.
    final : float
        End of the fall as a share of ``peak``, in [0, 1].

    Returns
    -------
    (n_steps,) array
        Step sizes.

    Raises
    ------
    ValueError
        If an argument is outside the range above.
    """
    n_steps = arguments.count("n_steps", n_steps)
    warmup = arguments.count("warmup", warmup, least=0)
    if not 0.0 < peak < np.inf:
        raise ValueError(f"peak must be positive and finite, got {peak}")
    if not 0.0 <= decay <= 1.0 or not 0.0 <= final <= 1.0:
        raise ValueError(f"decay and final must lie in [0, 1], got {decay} and {final}")
    step = np.arange(n_steps)
    rise = (step + 1) / max(warmup, 1)
    fall = final + (1.0 - final) * (n_steps - step) / max(round(decay * n_steps), 1)
    return peak * np.minimum(1.0, np.minimum(rise, fall))


def sgd(
    oracle: Oracle,
    theta: Array,
    step_sizes: Sequence[float] | Array,
    *,
    momentum: float = 0.0,
    state: State | None = None,
    hook: Hook | None = None,
) -> tuple[Array, State]:
    """Run stochastic gradient descent, with momentum as PyTorch has it (dampening 0).

    ``buffer = momentum * buffer + grad; theta = theta - step_size * buffer``.

    Parameters
    ----------
    oracle : callable
        ``oracle(theta)`` returns ``(loss, grad)``, with ``grad`` of the shape of ``theta``. The
        loss is only handed on to the hook.
    theta : array
        Parameters at the start, of any shape; never written to.
    step_sizes : (n_steps,) array
        One step size for each update.
    momentum : float
        In [0, 1).
    state : State, optional
        From an earlier run, to go on where it stopped; it is left unchanged.
    hook : callable, optional
        ``hook(step, theta, loss, grad)`` after each update: ``step`` counts the updates made,
        ``theta`` is the new iterate, and ``loss`` and ``grad`` are what led to it, so they belong
        to the iterate before. The arrays may be kept. Return True to stop.

    Returns
    -------
    theta : array
        Parameters after the last update.
    state : State
        What a resumed run needs.

    Raises
    ------
    ValueError
        If ``momentum`` is outside [0, 1), ``step_sizes`` isn't 1-D, finite and at least 0, or
        ``theta`` isn't finite or the oracle's gradient has another shape.
    """
    if not 0.0 <= momentum < 1.0:
        raise ValueError(f"momentum must lie in [0, 1), got {momentum}")
    start = State() if state is None else state

    def update(grad: Array, step_size: float, now: State) -> Array:
        if momentum == 0.0:
            return step_size * grad
        now.first = grad if now.first is None else momentum * now.first + grad
        return step_size * now.first

    return _run(oracle, theta, step_sizes, update, start, hook)


def adam(
    oracle: Oracle,
    theta: Array,
    step_sizes: Sequence[float] | Array,
    *,
    betas: tuple[float, float] = (0.9, 0.99),
    eps: float = 1e-8,
    state: State | None = None,
    hook: Hook | None = None,
) -> tuple[Array, State]:
    """Run Adam with bias correction and no weight decay (Kingma & Ba 2015, algorithm 1).

    Parameters
    ----------
    oracle, theta, step_sizes, state, hook
        As in `sgd`.
    betas : pair of float
        Decay rates of the first and second moment, each in [0, 1).
    eps : float
        Added to the square root of the corrected second moment, at least 0.

    Returns
    -------
    theta, state
        As in `sgd`.

    Raises
    ------
    ValueError
        If ``betas`` or ``eps`` is outside its range, and as in `sgd`.
    """
    if not all(0.0 <= beta < 1.0 for beta in betas):
        raise ValueError(f"betas must lie in [0, 1), got {betas}")
    if not 0.0 <= eps < np.inf:
        raise ValueError(f"eps must be finite and at least 0, got {eps}")
    beta1, beta2 = betas
    start = State() if state is None else state

    def update(grad: Array, step_size: float, now: State) -> Array:
        first = np.zeros_like(grad) if now.first is None else now.first
        second = np.zeros_like(grad) if now.second is None else now.second
        now.first = beta1 * first + (1.0 - beta1) * grad
        now.second = beta2 * second + (1.0 - beta2) * (grad * grad)
        correction1 = 1.0 - beta1 ** (now.step + 1)
        correction2 = 1.0 - beta2 ** (now.step + 1)
        scale = np.sqrt(now.second / correction2) + eps
        return step_size / correction1 * now.first / scale

    return _run(oracle, theta, step_sizes, update, start, hook)


def _run(
    oracle: Oracle,
    theta: Array,
    step_sizes: Sequence[float] | Array,
    update: Callable[[Array, float, State], Array],
    start: State,
    hook: Hook | None,
) -> tuple[Array, State]:
    sizes = arguments.step_sizes(step_sizes)
    arguments.finite("theta", np.asarray(theta), arguments.DIVERGED)
    theta, state = np.array(theta), State(start.step, start.first, start.second)
    for size in sizes.tolist():  # Python floats leave single precision single
        loss, grad = oracle(theta)
        if np.shape(grad) != theta.shape:
            raise ValueError(
                f"oracle must return a gradient of shape {theta.shape}, got {np.shape(grad)}"
            )
        # New arrays, never in place: a hook may keep what it is handed.
        theta = theta - update(grad, size, state)
        state.step += 1
        if hook is not None:
            stop = hook(state.step, theta, loss, grad)
            if isinstance(stop, bool | np.bool_) and stop:
                break
    return theta, state


def token_mean(mask: Array) -> Array:
    """Return the weights that make the loss a mean over all scored tokens of the batch.

    Parameters
    ----------
    mask : (n, T) or (n_runs, n, T) bool array
        True where a token is scored; each run has a batch of its own.

    Returns
    -------
    array
        Of the shape of ``mask``; sums to 1, or to 1 for each run.

    Raises
    ------
    ValueError
        If a batch has no scored token.
    """
    scored = mask.sum(axis=(-2, -1), keepdims=True)
    if not scored.all():
        raise ValueError("mask must have at least one scored token")
    weights: Array = mask / scored
    return weights


def language_oracle(
    model: TinyLM,
    batch_size: int,
    rng: np.random.Generator,
    *,
    data: Batch | None = None,
    weights: Callable[[Array], Array] = token_mean,
) -> Oracle:
    """Return an oracle that draws a new batch at each call, one for each run.

    Parameters
    ----------
    model : TinyLM
        Model and, through ``model.lang``, the language.
    batch_size : int
        Sequences in a batch, at least 1.
    rng : numpy.random.Generator
        Source of the batches.
    data : Batch, optional
        A fixed data set to draw from, with replacement. Without it every sequence is fresh from
        the language, and the oracle is unbiased for the population risk.
    weights : callable
        Maps the mask of the batch, (n, T) or (n_runs, n, T), to the token weights of the loss.

    Returns
    -------
    callable
        ``oracle(theta)`` returns ``(loss, grad)``, for parameters (P,) or (n_runs, P).

    Raises
    ------
    ValueError
        If ``batch_size`` is below 1.
    """
    batch_size = arguments.count("batch_size", batch_size)

    def oracle(theta: Array) -> tuple[Any, Array]:
        n = batch_size if theta.ndim == 1 else len(theta) * batch_size
        if data is None:
            batch = model.lang.sample(n, rng)
        else:
            batch = data.rows(rng.integers(len(data.x), size=n))
        if theta.ndim > 1:
            batch = batch.for_runs(len(theta))
        return model.grad(theta, batch.x, batch.y, weights(batch.mask))

    return oracle


def default_run(
    model: TinyLM,
    rng: np.random.Generator,
    *,
    n_steps: int = 300,
    batch_size: int = 32,
    step_size: float = 0.04,
    hook: Hook | None = None,
) -> Array:
    """Train from scratch by Adam with warm-up 20 and a linear decay over the last 30 %.

    Parameters
    ----------
    model : TinyLM
        What to train.
    rng : numpy.random.Generator
        Draws the initial parameters, then the batches.
    n_steps, batch_size : int
        Number of updates, and fresh sequences in each.
    step_size : float
        Peak of the schedule.
    hook : callable, optional
        As in `sgd`.

    Returns
    -------
    (P,) array
        Trained parameters: at the defaults a few hundredths of a nat above the entropy rate.

    Raises
    ------
    ValueError
        If a number is below what the schedule or the oracle allows.
    """
    sizes = warmup_stable_decay(n_steps, step_size)
    theta = model.init(rng)
    return adam(language_oracle(model, batch_size, rng), theta, sizes, hook=hook)[0]


def excess(model: TinyLM, theta: Array, contexts: Batch) -> Any:
    """Return how far the model is above the entropy rate, in nats per scored token.

    Averages, over the scored tokens of ``contexts``, the exact Kullback-Leibler divergence from the
    language's next-symbol law to the model's. It has the mean of "loss minus floor" without the
    noise of the targets and of the mix of classes.

    Parameters
    ----------
    model : TinyLM
        The model.
    theta : (P,) or (n_runs, P) array
        Parameters.
    contexts : Batch
        Sequences from ``model.lang``, the same for all runs; ``y`` is not read.

    Returns
    -------
    float or (n_runs,) array
        Mean divergence, at least 0.

    Raises
    ------
    ValueError
        If a shape does not fit or no token is scored.
    """
    if not contexts.mask.any():
        raise ValueError("contexts must have at least one scored token")
    probs = model.lang.conditional_probs(contexts.x)[contexts.mask]
    model_logs = model.log_probs(theta, contexts.x)[..., contexts.mask, :]
    divergence = (probs * (np.log(probs) - model_logs)).sum(axis=-1).mean(axis=-1)
    return divergence if divergence.ndim else float(divergence)
