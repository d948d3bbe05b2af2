"""Data parallelism with real processes: ranks that share memory and average what they hold.

Each rank is a Python process of its own with its own copy of the parameters. All that they have in
common is a block of shared memory, through which :meth:`Rank.all_reduce_mean` averages arrays. What
a rank hands over, and whether the average of it means anything, is up to the caller.

The processes are started by "spawn", the one way that works on every system, and in a notebook,
whose kernel runs threads. So what they run must be importable: it can't be defined in a notebook.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from course_utils import arguments
from course_utils.transformer import TinyLM

Array = npt.NDArray[Any]
Shard = tuple[Array, Array, Array]

__all__ = ["Rank", "launch", "train"]


class Rank:
    """What one process knows of the group.

    Attributes
    ----------
    index : int
        Number of this rank, 0 .. world - 1.
    world : int
        Number W of ranks.
    """

    def __init__(self, index: int, world: int, memory: Any, barrier: Any, timeout: float) -> None:
        self.index, self.world = index, world
        self._table = np.frombuffer(memory).reshape(world + 1, -1)
        self._barrier, self._timeout = barrier, timeout

    def all_reduce_mean(self, values: npt.ArrayLike) -> Array:
        """Return the mean over all ranks; every rank must call it, with one shape.

        A reduce-scatter, in which each rank adds up one piece of the arrays in the order of the
        ranks, then an all-gather of the pieces. So all ranks get the same bits, in every run.

        Parameters
        ----------
        values : array_like of float
            Numbers of any shape, at most ``size`` of them (see `launch`).

        Returns
        -------
        array of float64
            Of the same shape.

        Raises
        ------
        ValueError
            If there are more numbers than were announced.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.size > self._table.shape[1]:
            raise ValueError(
                f"values must hold at most size = {self._table.shape[1]} numbers, got {given.size}"
            )
        own, mean = self._table[self.index], self._table[self.world]
        own[: given.size] = given.ravel()
        self._barrier.wait(self._timeout)  # all have written
        ends = np.linspace(0, given.size, self.world + 1).astype(int)
        piece = slice(ends[self.index], ends[self.index + 1])
        mean[piece] = self._table[0, piece]
        for row in self._table[1 : self.world]:
            mean[piece] += row[piece]
        mean[piece] /= self.world
        self._barrier.wait(self._timeout)  # all pieces are there
        result: Array = mean[: given.size].reshape(given.shape).copy()
        self._barrier.wait(self._timeout)  # all have read; the memory may be written again
        return result


def launch(
    work: Callable[..., Any],
    shares: Sequence[tuple[Any, ...]],
    size: int,
    timeout: float = 120.0,
) -> list[Any]:
    """Run ``work(rank, *shares[r])`` in one process for each rank and return all results.

    Parameters
    ----------
    work : callable
        A function of an importable module; its first argument is a `Rank`.
    shares : sequence of tuple
        What each rank gets beside that; their number is W, at least 1. It is pickled.
    size : int
        Largest number of values that one `Rank.all_reduce_mean` will average, at least 1.
    timeout : float
        Seconds after which a rank that waits for others, or the whole, is given up.

    Returns
    -------
    list
        What each rank returned, in the order of the ranks.

    Raises
    ------
    ValueError
        If an argument is outside its range, or ``work`` can't be imported by another process.
    RuntimeError
        If a rank raised an error or ended without a result, or the time is up; its traceback is in
        the message.
    """
    size, timeout = arguments.count("size", size), arguments.positive("timeout", timeout)
    world = arguments.count("the number of shares", len(shares))
    if getattr(work, "__module__", "__main__") == "__main__" or "<" in work.__qualname__:
        raise ValueError("work must be a function of an importable module, not of the notebook")
    context = multiprocessing.get_context("spawn")
    memory = context.RawArray("d", (world + 1) * size)
    barrier, results = context.Barrier(world), context.SimpleQueue()
    processes = [
        context.Process(
            target=_main,
            args=(work, r, world, memory, barrier, timeout, results, shares[r]),
            daemon=True,
        )
        for r in range(world)
    ]
    with _one_thread():
        for process in processes:
            process.start()
    try:
        return _collect(processes, results, world, timeout)
    finally:
        for process in processes:
            process.terminate()
            process.join()
        results.close()


def train(
    rank: Rank, model: TinyLM, theta: Array, batches: Sequence[Shard], step_size: float
) -> tuple[Array, Array]:
    """Gradient descent by all ranks together: the work of one of them, for `launch`.

    In each step a rank computes the gradient of ``sum(weights * token losses)`` on its own shard,
    all ranks average these gradients, and the sums of the weights beside them, and each divides the
    one by the other and steps. With the mask as weights that is the mean over all scored tokens of
    all ranks; with weights that sum to 1 on every rank it is the mean of the ranks' means.

    Parameters
    ----------
    rank : Rank
        Given by `launch`; announce ``size=model.n_params + 1``.
    model : TinyLM
        The same on every rank.
    theta : (P,) array
        Parameters at the start, the same on every rank.
    batches : sequence of (x, y, weights)
        This rank's shard for each step; arrays (n, T), where n may differ between ranks.
    step_size : float
        Positive.

    Returns
    -------
    theta : (P,) array
        This rank's parameters after the last step.
    grads : (n_steps, P) array
        The averaged gradient of each step.

    Raises
    ------
    ValueError
        If ``step_size`` isn't positive or a shape does not fit.
    """
    arguments.positive("step_size", step_size)
    grads = np.empty((len(batches), model.n_params))
    for step, (x, y, weights) in enumerate(batches):
        own = model.grad(theta, x, y, weights)[1]
        mean = rank.all_reduce_mean(np.append(own, weights.sum()))
        grads[step] = mean[:-1] / mean[-1]
        theta = theta - step_size * grads[step]
    return theta, grads


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that start within the block calculate with one thread each."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _main(
    work: Callable[..., Any],
    index: int,
    world: int,
    memory: Any,
    barrier: Any,
    timeout: float,
    results: Any,
    share: tuple[Any, ...],
) -> None:
    """Run one rank and put (index, result, None) or (index, None, traceback) into the queue."""
    try:
        results.put((index, work(Rank(index, world, memory, barrier, timeout), *share), None))
    except BaseException:  # whatever happened, the others wait for this rank
        barrier.abort()
        results.put((index, None, traceback.format_exc()))


def _collect(processes: Sequence[Any], results: Any, world: int, timeout: float) -> list[Any]:
    end = time.monotonic() + timeout
    answers: dict[int, Any] = {}
    errors: dict[int, str] = {}
    while len(answers) + len(errors) < world:
        # A rank that died without a word never answers: look whether one has, then look again.
        gone = [r for r, process in enumerate(processes) if process.exitcode is not None]
        if results.empty():
            lost = [r for r in gone if r not in answers and r not in errors]
            if lost or time.monotonic() > end:
                what = f"rank {lost[0]} ended without a result" if lost else "the time is up"
                raise RuntimeError(f"{what}; {len(answers)} of {world} ranks have answered")
            time.sleep(0.002)
            continue
        index, answer, error = results.get()
        if error is None:
            answers[index] = answer
        else:
            errors[index] = error
    if errors:
        # Ranks that waited for the one that failed report a broken barrier: no cause.
        causes = [text for _, text in sorted(errors.items()) if "BrokenBarrierError" not in text]
        raise RuntimeError("a rank failed:\n" + (causes or [*errors.values()])[0])
    return [answers[r] for r in range(world)]
