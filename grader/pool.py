"""Worker processes that judge submissions, and hand back what came of each.

Workers are forked from the process that has read the masters, so each has the compiled tests and
the reference values at once. A worker that dies costs the submission it was at, and is replaced.
When the process that forked them dies, they die at once, and with them all that they started.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar, cast

from grader.sealed.sandbox import die_with_parent

__all__ = ["Failed", "Pool"]

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failed:
    """What comes back when a worker failed: our fault, not the submission's."""

    reason: str


class Pool(Generic[Job, Result]):
    """Runs jobs on forked workers.

    Parameters
    ----------
    make
        Called in each worker with its number; returns the function that does a job, and one that
        is called at the end.
    workers
        How many; they start when the pool is entered.
    """

    def __init__(
        self,
        make: Callable[[int], tuple[Callable[[Job], Result], Callable[[], None]]],
        workers: int,
    ) -> None:
        self.make = make
        self.context = multiprocessing.get_context("fork")
        self.lines: dict[Connection, tuple[int, multiprocessing.process.BaseProcess]] = {}
        self.size = workers

    def _start(self, number: int) -> Connection:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(
            target=_serve,
            args=(self.make, number, theirs, [*self.lines, ours], os.getpid()),
            daemon=True,
        )
        process.start()
        theirs.close()
        self.lines[ours] = (number, process)
        return ours

    def _lose(self, line: Connection) -> int:
        number, process = self.lines.pop(line)
        line.close()
        process.kill()
        process.join()
        return number

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result | Failed]]:
        """Yield each job with its result, as they come.

        A worker that has done a job is given the next before its result is yielded, so that it
        doesn't wait for what is done with that.

        Parameters
        ----------
        jobs
            Read one ahead for each worker, so that memory doesn't grow with their number.
        """
        source = iter(jobs)
        ahead: deque[Job] = deque()
        idle = list(self.lines)
        busy: dict[Connection, Job] = {}
        while True:
            for job in source:
                ahead.append(job)
                self._give(ahead, idle, busy)
                if len(ahead) >= self.size:
                    break
            if not busy:
                return
            for ready in wait(list(busy)):
                line = cast(Connection, ready)
                job = busy.pop(line)
                try:
                    result = line.recv()
                    idle.append(line)
                except (EOFError, OSError):
                    idle.append(self._start(self._lose(line)))
                    result = Failed("a worker died; run it again")
                self._give(ahead, idle, busy)
                yield job, result

    def _give(self, ahead: deque[Job], idle: list[Connection], busy: dict[Connection, Job]) -> None:
        """Send jobs to workers that have none."""
        while ahead and idle:
            line = idle.pop()
            try:
                line.send(ahead[0])
            except OSError:  # it died while it had nothing to do
                line = self._start(self._lose(line))
                line.send(ahead[0])
            busy[line] = ahead.popleft()

    def close(self) -> None:
        """End all workers and what they started; those at work get a while to finish."""
        for line in list(self.lines):
            try:
                line.send(None)
            except OSError:
                continue
        for _, process in self.lines.values():
            process.join(timeout=5)
        self.kill()

    def kill(self) -> None:
        """End all workers at once."""
        for line in list(self.lines):
            self._lose(line)

    def __enter__(self) -> Pool[Job, Result]:
        for number in range(self.size):
            self._start(number)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:  # interrupted: nobody waits for what they are at
            self.kill()


def _serve(
    make: Callable[[int], tuple[Callable[[Job], Result], Callable[[], None]]],
    number: int,
    line: Connection,
    others: list[Connection],
    parent: int,
) -> None:
    """Do jobs until there are no more, or nobody is there to want them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the batch decides what ends
    with contextlib.suppress(AttributeError):  # Linux only; elsewhere the closed line tells
        die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    for other in others:
        other.close()
    work, finish = make(number)
    try:
        while (job := line.recv()) is not None:
            try:
                result: Result | Failed = work(job)
            except Exception:
                result = Failed(traceback.format_exc(limit=-2).strip().splitlines()[-1])
            line.send(result)
    except (EOFError, OSError):
        pass
    finally:
        finish()
        os._exit(0)
