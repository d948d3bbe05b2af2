"""Judge one submission at a time: a student's process, a judge, and a clock outside both.

CPU time decides, so that a loaded machine changes no grade. Wall time is the second limit, against
code that sleeps; what meets it is marked, so that the batch can run it once more, alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from course_utils.checks import SEED_VARIABLE
from grader import results
from grader.results import Verdict
from grader.sealed import pages
from grader.sealed.house import Nursery, Student, cpu_seconds
from grader.sealed.judge import AGAIN, WAKE, Step, judge
from grader.sealed.libraries import wanted
from grader.sealed.sandbox import die_with_parent

__all__ = ["Clock", "Judged", "Worker"]

TICK = 0.02  # seconds between two looks at the clock
PATIENCE = 0.3  # seconds in which a judge notices that its student's process has been ended
GRACE = 5.0  # seconds after which a judge that doesn't leave its cell is ended itself
JUDGE_MEMORY = 3 * 2**30


@dataclass(frozen=True)
class Clock:
    """How long things may take, in seconds, and how much memory.

    Parameters
    ----------
    cell_cpu, cell_wall
        One cell, on both sides together.
    total_cpu, total_wall
        One submission.
    processes
        How often a student's process may be started anew after it was ended.
    memory
        Bytes of all processes of a student's together, beyond what they start with.
    """

    cell_cpu: float = 20.0
    cell_wall: float = 60.0
    total_cpu: float = 120.0
    total_wall: float = 240.0
    processes: int = 60
    memory: int = 2 * 2**30


@dataclass
class Judged:
    """What came of one submission.

    Attributes
    ----------
    verdicts
        By grade id; a test cell without one was not run.
    printed
        What the student's cells printed, by name.
    faults
        By grade id, why a cell could not be judged: it asks for what can't cross.
    stopped
        Why the judge itself stopped early, else empty.
    wall_limited
        Whether some limit of wall time decided.
    """

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    wall_limited: bool = False

    def doubts(self, names: Iterable[str]) -> frozenset[str]:
        """Tell which of some test cells a loaded machine could have had a hand in.

        Another try is owed to these, and to no others: a process that died, wall time that ran
        out, and what was not run because of either.
        """
        lost = {results.CRASHED, results.OUT_OF_MEMORY}
        if self.wall_limited:
            lost.add(results.OUT_OF_TIME)
        found = {name for name in names if (v := self.verdicts.get(name)) and v.outcome in lost}
        if found or self.wall_limited:
            found |= {name for name in names if name not in self.verdicts}
        return frozenset(found)


class _Watch:
    """Follows one judge: its events, its clock, its student's processes."""

    def __init__(self, nursery: Nursery, clock: Clock, pid: int, control: socket.socket) -> None:
        self.nursery, self.clock, self.pid, self.control = nursery, clock, pid, control
        self.judged = Judged()
        self.student: Student | None = None
        self.started = 0
        self.spent = 0.0  # CPU seconds of students' processes that have ended
        self.cell = ""
        self.reason: tuple[str, str] | None = None  # why the student's process was ended
        self.ended_at = 0.0
        self.orphaned = False  # the cell began when the student's process had been ended already
        self.begin = self.cell_begin = time.monotonic()
        self.cell_cpu = 0.0

    # -- the clock --------------------------------------------------------------------------------

    def cpu(self) -> float:
        now = self.student.cpu if self.student else 0.0
        return self.spent + now + cpu_seconds(self.pid)

    def overdue(self) -> tuple[str, str] | None:
        """Say why the cell that is running has to end, if it has to."""
        if self.student:
            self.student.look()
            if self.student.memory > self.clock.memory:
                limit = f"{self.clock.memory / 2**30:g} GB"
                return results.OUT_OF_MEMORY, f"Stopped: it used more than {limit} of memory."
        clock, now, cpu = self.clock, time.monotonic(), self.cpu()
        if cpu - self.cell_cpu > clock.cell_cpu:
            return results.OUT_OF_TIME, f"Stopped after {clock.cell_cpu:g} seconds of computing."
        if cpu > clock.total_cpu:
            text = f"Stopped: the notebook had used its {clock.total_cpu:g} seconds of computing."
            return results.OUT_OF_TIME, text
        if now - self.cell_begin > clock.cell_wall:
            self.judged.wall_limited = True
            return results.OUT_OF_TIME, f"Stopped after {clock.cell_wall:g} seconds of waiting."
        if now - self.begin > clock.total_wall:
            self.judged.wall_limited = True
            text = f"Stopped: the notebook had used its {clock.total_wall:g} seconds."
            return results.OUT_OF_TIME, text
        return None

    def exhausted(self) -> bool:
        """Tell whether there is to be no further process."""
        late = time.monotonic() - self.begin > self.clock.total_wall
        self.judged.wall_limited |= late
        return late or self.started > self.clock.processes or self.cpu() > self.clock.total_cpu

    def end_student(self, wait: float = 0.0, *, stay: bool = True) -> str:
        if self.student is None:
            return "killed"
        student, self.student = self.student, None
        student.look()
        how = student.end(wait, stay=stay)
        self.spent += student.cpu
        return how

    # -- events -----------------------------------------------------------------------------------

    def event(self, kind: str, name: str, outcome: str, message: str) -> bool:
        """Act on one event; False when it was the last."""
        if kind == "student":
            self.end_student()
            self.reason = None
            if self.exhausted():
                self.control.shutdown(socket.SHUT_WR)
                return True
            self.started += 1
            self.student = self.nursery.student()
            socket.send_fds(self.control, [b"s"], [self.student.talk.fileno()])
            self.student.talk.close()
            self.nursery.prepare()  # while the judge is at work
        elif kind == "start":
            # What was ended after the cell before had finished is no business of this one.
            self.reason = None
            self.cell, self.cell_begin, self.cell_cpu = name, time.monotonic(), self.cpu()
            self.orphaned = self.student is None
        elif kind == "lost":
            self.control.sendall(json.dumps(self.cause()).encode())
        elif kind == "verdict":
            # A cell that met its limit hasn't passed, even if it came to its end meanwhile.
            self.judged.verdicts[name] = Verdict(*(self.reason or (outcome, message)))
            self.reason = None
        elif kind == "printed":
            self.judged.printed[name] = message
        elif kind == "fault":
            self.judged.faults[name] = message
        elif kind == "stopped":
            self.judged.stopped = message
            return False
        return kind != "done"

    def cause(self) -> tuple[str, str]:
        """Say why the student's process is gone."""
        if self.orphaned:
            return AGAIN, ""
        how = self.end_student(wait=0.2)
        if self.reason:
            reason, self.reason = self.reason, None
            return reason
        if how == "-9":
            return results.OUT_OF_MEMORY, "The process was ended by the system: out of memory."
        if how.startswith("-"):
            with contextlib.suppress(ValueError):
                how = signal.Signals(-int(how)).name
            return results.CRASHED, f"The process crashed ({how})."
        return results.CRASHED, "The process ended, or answered what isn't an answer."

    def follow(self) -> Judged:
        """Follow the judge to its end."""
        pending = b""
        going = True
        while going:
            ready, _, _ = select.select([self.control], [], [], TICK)
            if ready:
                piece = self.control.recv(65536)
                if not piece:
                    self.abandon("The check ended unexpectedly.")
                    break
                pending += piece
                *lines, pending = pending.split(b"\n")
                for line in lines:
                    going = self.event(*json.loads(line)) and going
            elif self.reason:
                # The student's process is gone and the judge goes on by itself.
                stuck = time.monotonic() - self.ended_at
                if stuck > GRACE:
                    self.abandon()
                    break
                if stuck > PATIENCE:
                    os.kill(self.pid, WAKE)
            elif overdue := self.overdue():
                self.reason, self.ended_at = overdue, time.monotonic()
                self.end_student()
        self.end_student(stay=False)
        return self.judged

    def abandon(self, text: str = "") -> None:
        """Give up on the judge; the cell that it was in hasn't passed."""
        self.judged.verdicts.setdefault(
            self.cell, Verdict(*(self.reason or (results.CRASHED, text)))
        )


class Worker:
    """Judges submissions one after the other.

    Parameters
    ----------
    level
        Sandbox level, ``"full"`` or ``"limits"``.
    slot
        Number of the worker.
    clock
        How long things may take.
    nursery
        One that was started before; by default it starts its own.

    Raises
    ------
    SandboxError
        If the kernel refuses the sandbox.
    """

    def __init__(
        self,
        level: str,
        slot: int = 0,
        clock: Clock | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.level, self.slot = level, slot
        self.nursery = nursery or Nursery(level, slot)
        self.nursery.ready()
        pages.before_forks()

    def close(self) -> None:
        """End the nursery with all that it started."""
        self.nursery.close()

    def judge(
        self, steps: list[Step], asked: tuple[str, ...], namespace: dict[str, Any], seed: int
    ) -> Judged:
        """Judge one submission.

        Parameters
        ----------
        steps, asked, namespace
            See :func:`grader.sealed.judge.judge`.
        seed
            What hidden inputs are drawn from.
        """
        if self.nursery.ended():
            self.nursery.close()
            self.nursery = Nursery(self.level, self.slot)
        self.nursery.load(wanted(step.source for step in steps if step.role == "student"))
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                die_with_parent()
                os.setsid()
                with contextlib.suppress(ValueError, OSError):
                    resource.setrlimit(resource.RLIMIT_AS, (JUDGE_MEMORY, JUDGE_MEMORY))
                os.environ[SEED_VARIABLE] = str(seed)
                warnings.simplefilter("ignore")  # a warning costs nothing and is nobody's output
                judge(steps, asked, namespace, theirs)
            finally:
                os._exit(0)
        theirs.close()
        watch = _Watch(self.nursery, self.clock, pid, ours)
        try:
            return watch.follow()
        finally:
            watch.end_student()
            ours.close()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
