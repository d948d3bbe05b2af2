"""The process that student processes are forked from.

Started fresh, before any master is read, so that no test was ever in its memory. It preloads what
notebooks import, puts itself into the read-only root, and then waits for a descriptor: the
student's end of a conversation. For each it forks a child into namespaces of its own.

Run as ``python -m grader.sealed.nursery LEVEL SLOT SCRATCH``; descriptor 0 is the control socket.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib.util
import os
import resource
import signal
import socket
import sys
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from grader.sealed import cells, endpoint, limits, sandbox, syscalls
from grader.sealed.channel import Channel, Gone
from grader.sealed.sandbox import BOX, Bounds
from grader.sealed.wire import WireError

__all__ = ["main"]

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
    """Import once what every submission would import again.

    Outside the sandbox still: all of it is trusted, and matplotlib finds its list of fonts.
    """
    # Settings of the grader's own don't count. In the sandbox there is no shared memory, and
    # joblib would say so in every process.
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin:
        folder = Path(matplotlib.origin).parent
        os.environ["MATPLOTLIBRC"] = str(folder / "mpl-data" / "matplotlibrc")
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in PRELOADED:
            importlib.import_module(name)
    cells.silence_display()
    # What is collected later would be copied into every child.
    gc.collect()
    gc.freeze()


def address_space() -> int:
    """Bytes of address space of this process."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**30


def busy() -> int:
    """Count the threads of this user, where the kernel counts them together with a student's."""
    major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    own, found = os.geteuid(), 0
    if own == 0 or (major, minor) >= (5, 14):
        return 0
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if path.stat().st_uid == own:
                found += len(os.listdir(path / "task"))
    return found


class _Home:
    """What all students' processes of a nursery have in common.

    Parameters
    ----------
    level, slot, scratch
        See :class:`grader.sealed.house.Nursery`.
    """

    def __init__(self, level: str, slot: int, scratch: str) -> None:
        self.sealed, self.slot, self.scratch = level == "full", slot, scratch
        preload()
        self.used = address_space()
        self.bounds = replace(Bounds(), processes=Bounds().processes + busy())
        self.paths = None if self.sealed else limits.Paths()
        self.proc = sandbox.enclose(scratch, slot) if self.sealed else None
        home = BOX if self.sealed else scratch
        os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=f"{home}/.matplotlib")
        tempfile.tempdir = None

    def spawn(self, talk: socket.socket, status: int) -> None:
        """Fork a student's process: an intermediate that reports, and the process below it."""
        nursery = os.getpid()
        if os.fork():
            return
        try:
            self._between(talk, status, nursery)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(status, f"! {error}\n".encode())
        finally:
            os._exit(0)

    def _between(self, talk: socket.socket, status: int, nursery: int) -> None:
        below: list[int] = []

        def end(number: int, frame: FrameType | None) -> None:
            # The nursery is gone. A student's process can have asked not to be told.
            if self.sealed:
                os.kill(below[0], signal.SIGKILL)
                os._exit(0)
            raise SystemExit

        signal.signal(signal.SIGTERM, end)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.setsid()
        if self.proc is not None:
            sandbox.isolate(self.proc, self.slot, self.bounds)
            syscalls.restrict()
            box = BOX
        else:
            box = limits.make_box(self.scratch, self.slot)
            if sys.platform.startswith("linux"):
                syscalls.restrict()
        sandbox.die_with_parent(signal.SIGTERM)  # a change of user clears it
        if os.getppid() != nursery:
            return
        child = os.fork()
        if child == 0:
            self._student(talk, box)
        below.append(child)
        code = 9
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            talk.close()
            os.write(status, f"{child}\n".encode())
            _, code = os.waitpid(child, 0)
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            if not self.sealed:
                limits.end_descendants(box, child, self.slot)
        os.write(status, f"{os.waitstatus_to_exitcode(code)}\n".encode())

    def _student(self, talk: socket.socket, box: str) -> NoReturn:
        """Become the student's process."""
        try:
            sandbox.die_with_parent()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            os.setsid()
            # Descriptors: nothing to read, nobody to read what is written, and the talk.
            null = os.open("/dev/null", os.O_RDWR)
            line = fcntl.fcntl(talk.fileno(), fcntl.F_DUPFD, limits.HIGH)
            for number in range(3):
                os.dup2(null, number)
            if self.sealed:
                sandbox.drop_privileges()
                os.chdir(box)
                top = 4
            else:
                assert self.paths is not None
                limits.enter_box(box, self.slot)
                top = self.paths.redirect(4)
            os.dup2(line, 3)
            talk.detach()
            os.closerange(top, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
            sandbox.bound(self.bounds, self.used)
            sys.argv = ["notebook"]
            endpoint.serve(Channel(socket.socket(fileno=3)))
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
        home = _Home(level, slot, scratch)
    except Exception as error:
        ours = isinstance(error, sandbox.SandboxError)
        text = str(error) if ours else f"the sandbox didn't start: {type(error).__name__}: {error}"
        control.sendall(f"! {' '.join(text.split())}"[:1000].encode())
        return
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
        home.spawn(talk, status)
        talk.close()
        os.close(status)


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    main(arguments[0], int(arguments[1]), arguments[2])
