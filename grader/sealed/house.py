"""The grader's side of the sandbox: start a nursery, ask it for students' processes, end them."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grader.sealed.sandbox import BOX, SandboxError

__all__ = ["Nursery", "Student"]

READY_BYTES = 2000


@dataclass
class Student:
    """One student's process, as the grader sees it."""

    pid: int
    talk: socket.socket
    status: int

    def cpu_seconds(self) -> float:
        """CPU time of the process and of its children that have ended."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return sum(int(fields[i]) for i in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")

    def end(self, wait: float = 0.0) -> str:
        """Kill it with all it started, and say how it had ended by itself, if it had.

        Parameters
        ----------
        wait
            Seconds to wait for an end of its own before it is killed.

        Returns
        -------
        str
            ``"killed"``, or the exit code or negative signal number that it ended with before.
        """
        try:
            ended = bool(select.select([self.status], [], [], wait)[0])
            if not ended:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(self.pid, signal.SIGKILL)
            # Waits until it is gone, with all else in its namespace.
            left = os.read(self.status, 64).decode().strip()
        finally:
            os.close(self.status)
            self.talk.close()
        return left if ended and left else "killed"


class Nursery:
    """A process to fork students' processes from, see :mod:`grader.sealed.nursery`.

    Parameters
    ----------
    level
        ``"full"`` or ``"limits"``.
    slot
        Number of the worker that it belongs to.

    Raises
    ------
    SandboxError
        If the kernel refuses the sandbox.
    """

    def __init__(self, level: str, slot: int) -> None:
        self.level = level
        self.scratch = tempfile.mkdtemp(prefix="grading-")
        self.control, theirs = socket.socketpair()
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": BOX if level == "full" else self.scratch,
            "TMPDIR": BOX if level == "full" else self.scratch,
            "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": f"{BOX}/.matplotlib" if level == "full" else self.scratch,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            **{key: os.environ[key] for key in ("OPENBLAS_CORETYPE",) if key in os.environ},
        }
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-m", "grader.sealed.nursery"),
                *(level, str(slot), self.scratch),
            ],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("COURSE_DEBUG") else subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        greeting = self.control.recv(READY_BYTES).decode()
        if greeting != "ready":
            self.close()
            raise SandboxError(greeting.removeprefix("! ") or "the sandbox didn't start")

    def student(self) -> Student:
        """Start a student's process.

        Raises
        ------
        SandboxError
            If it can't be put into its namespaces.
        """
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        socket.send_fds(self.control, [b"student"], [theirs.fileno(), write])
        theirs.close()
        os.close(write)
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(read, 1 if not line.startswith(b"!") else 500)
            if not piece:
                break
            line += piece
        if not line.strip().isdigit():
            ours.close()
            os.close(read)
            raise SandboxError(line.decode().removeprefix("! ").strip() or "no process")
        return Student(int(line), ours, read)

    def close(self) -> None:
        """End it, and with it every process that it started."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
