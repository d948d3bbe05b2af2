"""Where hidden inputs come from, and how a grader keeps what doesn't depend on the student."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_utils.fingerprint import Unclear, fingerprint

__all__ = ["SEED_VARIABLE", "grading_rng", "kept", "remember", "remembering", "seeded"]

SEED_VARIABLE = "COURSE_GRADING_SEED"

#: What a grader keeps from one submission to the next: see :func:`remember`.
_memory: dict[Any, Any] | None = None


def grading_rng(task: str, part: int = 0) -> np.random.Generator:
    """Return the generator that hidden inputs are drawn from.

    Fresh at each grading, so that no answer can be fitted to the inputs. A grader that sets the
    environment variable ``COURSE_GRADING_SEED`` to a whole number gets the same inputs again.

    Parameters
    ----------
    task, part
        Name of the task and number of its check; different ones draw independently.
    """
    seed = os.environ.get(SEED_VARIABLE)
    if seed is None:
        return np.random.default_rng()
    return np.random.default_rng([int(seed), part, *task.encode()])


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let :func:`grading_rng` give the inputs of one seed within a block.

    Parameters
    ----------
    seed
        At least 0.
    """
    before = os.environ.get(SEED_VARIABLE)
    os.environ[SEED_VARIABLE] = str(seed)
    try:
        yield
    finally:
        os.environ.pop(SEED_VARIABLE)
        if before is not None:
            os.environ[SEED_VARIABLE] = before


def remember() -> None:
    """Keep hidden inputs and reference values for the submissions to come.

    For a grader, which judges many submissions with one seed: what doesn't depend on the student is
    then computed once. A kept value is used only where the same code, reading the same, would start
    from the same state of the generator, so it is the value that would be computed again.
    """
    global _memory
    _memory = {} if _memory is None else _memory


@contextlib.contextmanager
def remembering(memory: dict[Any, Any] | None) -> Iterator[None]:
    """Keep values in ``memory`` within a block; what was kept before is there again after it.

    Parameters
    ----------
    memory
        Filled by :func:`kept`; give the same one again to go on with it. None keeps nothing, until
        :func:`remember` is called.
    """
    global _memory
    before, _memory = _memory, memory
    try:
        yield
    finally:
        _memory = before


def kept(task: str, rng: np.random.Generator, reference: Callable[[], Any]) -> Any:
    """Compute a reference value, or return the one kept; ``rng`` ends in the same state.

    Parameters
    ----------
    task
        Name of the task.
    rng
        What ``reference`` may draw from.
    reference
        Takes no argument.
    """
    if _memory is None:
        return reference()
    try:
        key = (task, repr(rng.bit_generator.state), fingerprint(reference))
    except Unclear:
        return reference()
    if key not in _memory:
        value = reference()
        _memory[key] = (value, rng.bit_generator.state)
    value, rng.bit_generator.state = _memory[key]
    # Nothing that one submission does to a value may reach the next.
    return copy.deepcopy(value)
