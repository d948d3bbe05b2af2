"""The process that student processes are forked from.

Started fresh, before any master is read, so that no test was ever in its memory. It preloads what
notebooks import, puts itself into the read-only root, and then waits for a descriptor: the
student's end of a conversation. For each it forks a child into namespaces of its own.

Run as ``python -m grader.sealed.nursery LEVEL SLOT SCRATCH DESCRIPTOR …``, see :func:`main`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from grader.sealed import cells, endpoint, limits, pages, sandbox, syscalls
from grader.sealed.channel import Channel, Gone
from grader.sealed.libraries import LIBRARIES
from grader.sealed.sandbox import BOX, Bounds
from grader.sealed.wire import WireError

__all__ = ["main"]

PRELOADED = (
    "numpy",
    "matplotlib.pyplot",
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
        importlib.import_module("course_utils.digits").load_images()
    cells.silence_display()
    pages.before_forks()


def load(name: str) -> None:
    """Import what students' processes will want, from within the sandbox."""
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        importlib.import_module(name)
        pages.before_forks()


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
        self.used = address_space()
        self.bounds = replace(Bounds(), processes=Bounds().processes + busy())
        self.paths = None if self.sealed else limits.Paths()
        self.proc = sandbox.enclose(scratch, slot) if self.sealed else None
        home = BOX if self.sealed else scratch
        os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=f"{home}/.matplotlib")
        tempfile.tempdir = None
        self.students: dict[int, int] = {}  # by process, where to report its end

    def spawn(self, talk: socket.socket, status: int, control: socket.socket) -> None:
        """Start a student's process; it reports its number, or why it couldn't become one."""
        nursery = os.getpid()
        try:
            child = sandbox.fork() if self.sealed else os.fork()
        except OSError as error:
            os.write(status, f"! {error}\n".encode())
            return
        if child:
            if self.sealed:
                self.students[child] = os.dup(status)
            return
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            if self.sealed:
                self._student(talk, status, nursery, BOX)
            else:
                self._between(talk, status, nursery)
        finally:
            os._exit(0)

    def collect(self) -> None:
        """Report the ends of students' processes, and forget intermediates, which do it for us."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                status = self.students.pop(ended[0], None)
                if status is not None:  # what else was in its namespace has ended, too
                    with contextlib.suppress(OSError):
                        os.write(status, f"{os.waitstatus_to_exitcode(ended[1])}\n".encode())
                    os.close(status)

    def _between(self, talk: socket.socket, status: int, nursery: int) -> None:
        """Without namespaces: stay above a student's process, to end what loses its parent."""

        def end(number: int, frame: FrameType | None) -> None:
            raise SystemExit  # the nursery is gone

        signal.signal(signal.SIGTERM, end)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.setsid()
        sandbox.die_with_parent(signal.SIGTERM)
        if os.getppid() != nursery:
            return
        box = limits.make_box(self.scratch, self.slot)
        child = os.fork()
        if child == 0:
            self._student(talk, status, nursery, box)
        code = 9
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            talk.close()
            _, code = os.waitpid(child, 0)
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            limits.end_descendants(box, child, self.slot)
        os.write(status, f"{os.waitstatus_to_exitcode(code)}\n".encode())

    def _enter(self, nursery: int, box: str) -> int:
        """Go where a student's process belongs; return its number as the grader sees it."""
        if self.proc is not None:
            number = sandbox.isolate(self.proc, self.slot, self.bounds, nursery)
        else:
            limits.enter_box(box, self.slot)
            sandbox.die_with_parent()  # not before: a change of user clears it
            number = os.getpid()
        if sys.platform.startswith("linux"):
            syscalls.restrict()
        return number

    def _student(self, talk: socket.socket, status: int, nursery: int, box: str) -> NoReturn:
        """Become the student's process."""
        try:
            os.write(status, f"{self._enter(nursery, box)}\n".encode())
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(status, f"! {error}\n".encode())
            os._exit(0)
        try:
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


def serve(control: socket.socket, level: str, slot: int, scratch: str) -> None:
    """Start a student's process for each request, until the control socket closes."""
    try:
        home = _Home(level, slot, scratch)
    except Exception as error:
        ours = isinstance(error, sandbox.SandboxError)
        text = str(error) if ours else f"the sandbox didn't start: {type(error).__name__}: {error}"
        control.sendall(f"! {' '.join(text.split())}"[:1000].encode())
        return
    sandbox.die_with_parent()  # not before: with namespaces of its own it is another user
    # A signal ends the wait below when a student's process has ended.
    awake, alarm = socket.socketpair()
    for each in (awake, alarm):
        each.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(alarm.fileno(), warn_on_full_buffer=False)
    control.sendall(f"ready {os.getpid()}".encode())
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            with contextlib.suppress(BlockingIOError):
                awake.recv(1000)
            home.collect()
        if control not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        if not descriptors:
            load(LIBRARIES[message[0]])
            home.used = address_space()
            continue
        talk, status = socket.socket(fileno=descriptors[0]), descriptors[1]
        home.spawn(talk, status, control)
        talk.close()
        os.close(status)


def main(level: str, *places: str) -> None:
    """Serve until the control sockets close.

    Parameters
    ----------
    level
        Sandbox level.
    *places
        For each nursery its slot, its scratch folder and the descriptor of its control socket.
        Several are forked from this process, so that they share what is preloaded.
    """
    sandbox.die_with_parent()
    preload()
    slots, scratches = map(int, places[::3]), places[1::3]
    controls = [socket.socket(fileno=int(number)) for number in places[2::3]]
    if len(controls) == 1:
        serve(controls[0], level, next(slots), scratches[0])
        return
    for slot, scratch, control in zip(slots, scratches, controls, strict=True):
        if os.fork() == 0:
            try:
                for other in controls:
                    if other is not control:
                        other.close()
                serve(control, level, slot, scratch)
            finally:
                os._exit(0)
    for control in controls:
        control.close()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
