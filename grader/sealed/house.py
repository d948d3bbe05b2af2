"""The grader's side of the sandbox: start a nursery, ask it for students' processes, end them."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grader.sealed.libraries import LIBRARIES
from grader.sealed.sandbox import SandboxError
from grader.sealed.scratch import Scratch

__all__ = ["Nursery", "Student", "cpu_seconds"]

READY_BYTES = 2000
START_SECONDS = 120.0
END_SECONDS = 10.0
PASSED_ON = ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "OPENBLAS_CORETYPE")
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            fields = file.read(1000).rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def own_memory(pid: int) -> int:
    """Bytes in memory that a process doesn't share with a file."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE


def parent(pid: int) -> int:
    """Return the parent of a process, or the process itself where that can't be told."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return pid


def family(pid: int) -> list[int]:
    """List a process and all that descends from it."""
    found = [pid]
    for parent in found:  # grows meanwhile
        try:
            tasks = os.listdir(f"/proc/{parent}/task")
            for task in tasks:
                found += map(int, Path(f"/proc/{parent}/task/{task}/children").read_text().split())
        except OSError:
            continue
        if len(found) > 1000:
            break
    return found


def _readable(descriptor: int, wait: float = 0.0) -> bool:
    """Tell whether something can be read, if only that nothing more will come."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(wait * 1000))


@dataclass
class Student:
    """One student's process, as the grader sees it.

    Attributes
    ----------
    confined
        Whether all that it starts descends from it, as in a process namespace of its own.
    cpu, memory
        CPU seconds and bytes that it and its descendants used, as of the last look.
    """

    pid: int
    talk: socket.socket
    status: int
    confined: bool
    cpu: float = 0.0
    memory: int = 0

    def __post_init__(self) -> None:
        self.before = own_memory(self.pid)
        # Without namespaces, what loses its parent becomes a child of the intermediate.
        self.top = self.pid if self.confined else parent(self.pid)
        self.handle = -1
        self.there = True
        if hasattr(os, "pidfd_open"):
            try:
                self.handle = os.pidfd_open(self.pid)
            except ProcessLookupError:  # it has ended; its number may be another's by now
                self.there = False

    def look(self) -> None:
        """Measure again."""
        if not self.there:
            return
        pids = family(self.top)
        # A process that has ended, or a child that has, is no longer seen: keep the maximum.
        self.cpu = max(self.cpu, sum(map(cpu_seconds, pids)))
        self.memory = sum(max(0, own_memory(pid) - self.before) for pid in pids)

    def end(self, wait: float = 0.0, *, stay: bool = True) -> str:
        """Kill it with all it started, and say how it had ended by itself, if it had.

        Parameters
        ----------
        wait
            Seconds to wait for an end of its own before it is killed.
        stay
            Wait until it is gone; the end of its namespaces takes some milliseconds.

        Returns
        -------
        str
            ``"killed"``, or the exit code or negative signal number that it ended with before.
        """
        try:
            ended = _readable(self.status, wait)
            left = os.read(self.status, 64).decode().strip() if ended else ""
            if not left and self.there:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if self.handle >= 0:
                        signal.pidfd_send_signal(self.handle, signal.SIGKILL)
                    else:
                        os.kill(self.pid, signal.SIGKILL)
            # Unconfined, what ends it ends all of its user's processes: the next must not begin.
            if not ended and (stay or not self.confined) and _readable(self.status, END_SECONDS):
                # It is gone, with all else in its namespace.
                os.read(self.status, 64)
        finally:
            os.close(self.status)
            self.talk.close()
            if self.handle >= 0:
                os.close(self.handle)
        return left or "killed"


@dataclass(frozen=True)
class _Asked:
    """A student's process that was asked for: our end of the talk, and where its number comes."""

    talk: socket.socket
    status: int

    def answer(self) -> int:
        """Wait for its number."""
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self.status, 1 if not line.startswith(b"!") else 500)
            if not piece:
                break
            line += piece
        if not line.strip().isdigit():
            self.close()
            reason = line.decode().removeprefix("! ").partition("\n")[0].strip()
            raise SandboxError(reason or "the sandbox has ended")
        return int(line)

    def ended(self) -> bool:
        """Tell whether it has ended since: nothing but that is said after its number."""
        return _readable(self.status)

    def close(self) -> None:
        self.talk.close()
        os.close(self.status)


class Nursery:
    """A process to fork students' processes from, see :mod:`grader.sealed.nursery`.

    Parameters
    ----------
    level
        ``"full"`` or ``"limits"``.
    slot
        Number of the worker that it belongs to.
    alone
        Start it now and wait until it is ready; else :meth:`together` starts it.

    Raises
    ------
    SandboxError
        If the kernel refuses the sandbox.
    """

    def __init__(self, level: str, slot: int, *, alone: bool = True) -> None:
        self.level, self.slot = level, slot
        self.scratch = Scratch()
        self.control, self.theirs = socket.socketpair()
        self.owner = os.getpid()
        self.pid = 0  # known once it is ready
        self.ahead: _Asked | None = None
        self.loaded: set[str] = set()
        self.process: subprocess.Popen[bytes]
        if alone:
            _start([self])
            self.ready()

    @classmethod
    def together(cls, level: str, slots: Iterable[int]) -> list[Nursery]:
        """Start several that share what they preload, and don't wait for them."""
        made = [cls(level, slot, alone=False) for slot in slots]
        _start(made)
        return made

    def ready(self) -> None:
        """Wait until students' processes can be had.

        Raises
        ------
        SandboxError
            If the kernel refuses.
        """
        if self.pid:
            return
        self.control.settimeout(START_SECONDS)
        try:
            greeting = self.control.recv(READY_BYTES).decode()
        except OSError:
            greeting = ""
        self.control.settimeout(None)
        if not greeting.startswith("ready "):
            self.close()
            raise SandboxError(greeting.removeprefix("! ") or "the sandbox didn't start")
        self.pid = int(greeting.split()[1])
        if self.level == "full":
            self.scratch.drop()  # what is mounted on it is seen in the sandbox only

    def ended(self) -> bool:
        """Tell whether it is no longer there."""
        return _readable(self.control.fileno())  # else it never says anything

    def student(self) -> Student:
        """Start a student's process, or take the one that was prepared.

        Raises
        ------
        SandboxError
            If it can't be put into its namespaces, or the nursery has ended.
        """
        if self.ahead:
            asked, self.ahead = self.ahead, None
            with contextlib.suppress(SandboxError):
                pid = asked.answer()
                if not asked.ended():
                    return Student(pid, asked.talk, asked.status, True)
                asked.close()
        asked = self._ask()
        return Student(asked.answer(), asked.talk, asked.status, self.level == "full")

    def prepare(self) -> None:
        """Start a process that waits until it is wanted, where no other process can see it."""
        if self.level == "full" and not self.ahead:
            self.ahead = self._ask()

    def dismiss(self) -> None:
        """Let a process that was prepared go: it ends when nobody talks to it any more."""
        if self.ahead:
            self.ahead.close()
            self.ahead = None

    def _ask(self) -> _Asked:
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        with contextlib.suppress(OSError):  # it has ended: then nothing is ever answered
            socket.send_fds(self.control, [b"s"], [theirs.fileno(), write])
        theirs.close()
        os.close(write)
        return _Asked(ours, read)

    def load(self, names: set[str]) -> None:
        """Load libraries, each once, for the students' processes that are asked for after this."""
        for name in sorted(names - self.loaded):
            with contextlib.suppress(OSError):  # it has ended, see above
                self.control.send(bytes([LIBRARIES.index(name)]))
        self.loaded |= names

    def give_away(self) -> None:
        """Leave it to a process forked from this one, whose end is then its end."""
        self.control.close()

    def close(self) -> None:
        """End it, and with it every process that it started."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)
            self.control.settimeout(END_SECONDS)
            while self.control.recv(READY_BYTES):
                pass
        self.control.close()
        self.dismiss()
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if os.getpid() == self.owner:
            self.reap()
        self.scratch.remove()

    def reap(self) -> None:
        """Wait for the end of the process that was started for it."""
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _start(nurseries: list[Nursery]) -> None:
    """Start one process for some nurseries."""
    first = nurseries[0]
    environment = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        # Until the libraries are loaded; no student's process sees these.
        "TMPDIR": str(first.scratch),
        **{key: os.environ[key] for key in PASSED_ON if key in os.environ},
    }
    places = [(str(n.slot), str(n.scratch), str(n.theirs.fileno())) for n in nurseries]
    process = subprocess.Popen(
        [
            *(sys.executable, "-I", "-m", "grader.sealed.nursery", first.level),
            *itertools.chain.from_iterable(places),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("COURSE_DEBUG") else subprocess.DEVNULL,
        env=environment,
        cwd="/",
        start_new_session=True,
        pass_fds=[n.theirs.fileno() for n in nurseries],
    )
    for each in nurseries:
        each.theirs.close()
        each.process = process
