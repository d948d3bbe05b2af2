"""Workers with their sandboxes, started in the order that costs least.

A sandbox takes a second to start, so that comes first, in a process that is nobody's fork, while
this one computes what all workers need. Then the workers are forked. What the workers don't need,
nbgrader and its database above all, is imported after that: each submission's judge is a fork of a
worker, and the smaller a process is, the faster it forks.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from grader.nb import NotebookNode, compact, node
from grader.pool import Pool
from grader.sealed.house import Nursery

__all__ = ["Form", "crew"]

Job = TypeVar("Job")
Result = TypeVar("Result")


class Form:
    """The notebook that is graded: made by the batch, read by workers that were forked before."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()
        self.made: NotebookNode | None = None

    def make(self, form: NotebookNode) -> None:
        """Keep the form for the workers."""
        self.made = form
        self.file.write(compact(form))
        self.file.flush()

    def get(self) -> NotebookNode:
        """Return the form, once it is made."""
        if self.made is None:
            handle = self.file.fileno()
            self.made = node(json.loads(os.pread(handle, os.fstat(handle).st_size, 0)))
        return self.made


@contextlib.contextmanager
def crew(
    level: str,
    slots: Sequence[int],
    prepare: Callable[[], None],
    make: Callable[[int, Nursery | None], tuple[Callable[[Job], Result], Callable[[], None]]],
) -> Iterator[Pool[Job, Result]]:
    """Start workers, each with a sandbox, and end them.

    Parameters
    ----------
    level
        Sandbox level, ``"full"`` or ``"limits"``.
    slots
        For each worker the slot of its sandbox.
    prepare
        Called here before workers are forked: they inherit what it computes.
    make
        Called in each worker with its number and its sandbox, none when it replaces one that
        died; see :class:`grader.pool.Pool`.
    """
    nurseries = Nursery.together(level, slots)
    left = dict(enumerate(nurseries))

    def made(number: int) -> tuple[Callable[[Job], Result], Callable[[], None]]:
        own = left.pop(number, None)
        for other in left.values():
            other.give_away()
        return make(number, own)

    try:
        prepare()
        with Pool(made, len(slots)) as pool:
            # Each ends with its worker, which now holds the only way to it.
            for nursery in nurseries:
                nursery.give_away()
            left.clear()
            yield pool
    finally:
        for nursery in nurseries:
            nursery.give_away()
            nursery.scratch.remove()
        nurseries[0].reap()
