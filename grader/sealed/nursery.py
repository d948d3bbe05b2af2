"""The process that student processes are forked from.

Started fresh, before any master is read, so that no test was ever in its memory. It puts itself
into the read-only root, preloads what notebooks import, and then waits for a descriptor: the
student's end of a conversation. For each it forks a child into namespaces of its own.

Run as ``python -m grader.sealed.nursery LEVEL SLOT SCRATCH``; descriptor 0 is the control socket.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from typing import Any

from grader.sealed import endpoint, sandbox
from grader.sealed.channel import Channel, Gone
from grader.sealed.wire import WireError

__all__ = ["Bounds", "main"]

Bounds = sandbox.Bounds
PRELOADED = (
    "numpy",
    "scipy.linalg",
    "scipy.special",
    "scipy.stats",
    "scipy.optimize",
    "matplotlib.pyplot",
    "sklearn.datasets",
    "sklearn.linear_model",
    "IPython.core.inputtransformer2",
    "course_utils.checks",
    "course_utils.comparison",
    "course_utils.digits",
    "course_utils.figures",
    "course_utils.language",
    "course_utils.linear_models",
    "course_utils.noise",
    "course_utils.predictions",
    "course_utils.quadratic",
    "course_utils.training",
    "course_utils.transformer",
    "course_utils.widgets",
)


def preload() -> None:
    """Import once what every submission would import again."""
    import importlib

    for name in PRELOADED:
        importlib.import_module(name)
    # What is collected later would be copied into every child.
    gc.collect()
    gc.freeze()


def address_space(proc: int | None) -> int:
    """Bytes of address space of this process."""
    where = {"dir_fd": proc} if proc is not None else {}
    name = "self/statm" if proc is not None else "/proc/self/statm"
    try:
        handle = os.open(name, os.O_RDONLY, **where)
    except OSError:
        return 2**30
    with os.fdopen(handle) as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def spawn(talk: socket.socket, status: int, proc: int | None, slot: int, used: int) -> None:
    """Fork a student's process: an intermediate that reports, and process 1 below it."""
    if os.fork():
        return
    try:
        os.close(0)
        sandbox.die_with_parent()
        os.setsid()
        if proc is not None:
            sandbox.isolate(proc, slot, Bounds())
            sandbox.die_with_parent()  # a change of user clears it
        child = os.fork()
        if child == 0:
            _student(talk, status, proc is not None, used)
        talk.close()
        os.write(status, f"{child}\n".encode())
        _, code = os.waitpid(child, 0)
        if proc is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
        os.write(status, f"{os.waitstatus_to_exitcode(code)}\n".encode())
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(status, f"! {error}\n".encode())
    finally:
        os._exit(0)


def _student(talk: socket.socket, status: int, sealed: bool, used: int) -> None:
    """Become the student's process; never returns."""
    try:
        os.close(status)
        sandbox.die_with_parent()
        os.setsid()
        if sealed:
            sandbox.drop_privileges()
            os.chdir(sandbox.BOX)
        else:
            folder = os.path.join(os.environ["TMPDIR"], f"box-{os.getpid()}")
            os.makedirs(folder)
            os.chdir(folder)
            os.environ["TMPDIR"] = os.environ["HOME"] = folder
        keep = talk.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        sandbox.bound(Bounds(), used)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        endpoint.serve(Channel(talk))
    except (Gone, WireError):
        os._exit(0)
    except BaseException:
        os._exit(70)
    os._exit(0)


def main(level: str, slot: int, scratch: str) -> None:
    """Serve until the control socket closes."""
    control = socket.socket(fileno=0)
    sandbox.die_with_parent()
    try:
        proc = sandbox.enclose(scratch) if level == "full" else None
        if level != "full":
            os.environ["TMPDIR"] = scratch
        preload()
    except sandbox.SandboxError as error:
        control.sendall(f"! {error}".encode())
        return
    used = address_space(proc)
    control.sendall(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 2)
        while True:  # collect intermediates that have ended
            try:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    break
            except ChildProcessError:
                break
        if not message:
            return
        talk, status = socket.socket(fileno=descriptors[0]), descriptors[1]
        spawn(talk, status, proc, slot, used)
        talk.close()
        os.close(status)


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    main(arguments[0], int(arguments[1]), arguments[2])
