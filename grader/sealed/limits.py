"""What is left where there are no namespaces: another user, resource limits, and a careful end.

Weaker than :mod:`grader.sealed.sandbox` by far: a student's process sees the files that its user
may read, and the network. Every result says at which level it came about.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

from grader.sealed.sandbox import FIRST_UID, LIBC, SandboxError, become

__all__ = ["Paths", "end_descendants", "enter_box", "make_box"]

PR_SET_CHILD_SUBREAPER = 36
HIGH = 200  # descriptors from here on are out of the way of those that are moved


class Paths:
    """Folders of modules that root can enter and the user of a student's process can't.

    A Python that lies in root's home, closed to everybody else, is kept open by descriptors.

    Raises
    ------
    SandboxError
        If the packages themselves lie in such a folder.
    """

    def __init__(self) -> None:
        self.folders: dict[str, int] = {}
        if os.geteuid():
            return
        import numpy

        if not _open_to_all(os.path.dirname(numpy.__file__)):
            raise SandboxError(
                "with --sandbox limits, root's grading runs as another user, who can't read "
                f"{os.path.dirname(numpy.__file__)}; open that folder or grade as its owner"
            )
        for folder in sys.path:
            if os.path.isdir(folder) and not _open_to_all(folder):
                low = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                self.folders[folder] = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, HIGH)
                os.close(low)

    def redirect(self, first: int) -> int:
        """Let imports go through descriptors from a number on; returns the next free one."""
        for number, (folder, descriptor) in enumerate(self.folders.items(), first):
            os.dup2(descriptor, number)
            way = f"/proc/self/fd/{number}"
            sys.path[:] = [way if entry == folder else entry for entry in sys.path]
            for module in list(sys.modules.values()):
                ways = getattr(module, "__path__", None)
                if isinstance(ways, list):
                    ways[:] = [
                        way + entry[len(folder) :]
                        if f"{entry}/".startswith(f"{folder}/")
                        else entry
                        for entry in ways
                    ]
        sys.path_importer_cache.clear()
        return first + len(self.folders)


def _open_to_all(path: str) -> bool:
    real = Path(os.path.realpath(path))
    return all(os.stat(folder).st_mode & 0o001 for folder in (real, *real.parents))


def make_box(scratch: str, slot: int) -> str:
    """Make the folder in which a student's process starts."""
    folder = os.path.join(scratch, f"box-{os.getpid()}")
    os.mkdir(folder, 0o700)
    if os.geteuid() == 0:
        os.chown(folder, FIRST_UID + slot, FIRST_UID + slot)
    with contextlib.suppress(AttributeError):  # Linux only
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)
    return folder


def enter_box(folder: str, slot: int) -> None:
    """Become the user of a student's process, in its folder."""
    become(slot)
    os.chdir(folder)
    os.environ["TMPDIR"] = os.environ["HOME"] = folder


def end_descendants(box: str, child: int, slot: int) -> None:
    """Kill all that a student's process started, and remove its folder."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    for _ in range(1000):
        if os.geteuid() == 0:
            _kill_user(slot)
        # What has lost its parent became a child of this process.
        for path in Path("/proc/self/task").glob("*/children"):
            for pid in map(int, path.read_text().split()):
                with contextlib.suppress(OSError):
                    resource.prlimit(pid, resource.RLIMIT_NPROC, (0, 0))  # no more forks
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    shutil.rmtree(box, ignore_errors=True)


def _kill_user(slot: int) -> None:
    """Kill every process of a student's user at once, which no fork escapes."""
    helper = os.fork()
    if helper == 0:
        try:
            become(slot)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(helper, 0)
