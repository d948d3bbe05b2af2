"""One fork for a process that is the first in a process namespace of its own."""

from __future__ import annotations

import ctypes
import os
import signal

__all__ = ["fork", "seen_from"]

PYTHON = ctypes.PyDLL(None, use_errno=True)  # its calls keep the interpreter's lock
CLONE_NEWPID = 0x20000000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}


def fork(flags: int = CLONE_NEWPID) -> int:
    """Fork as :func:`os.fork` does, but let the child be process 1 of a new process namespace.

    When it ends, all else in that namespace ends too. The other way there, leaving the namespace
    and then forking, costs a second fork for each submission. Only for a process with one thread:
    what the C library does about the others isn't done.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    call = ctypes.c_long(SYS_CLONE[os.uname().machine])
    how = ctypes.c_ulong(flags | signal.SIGCHLD)
    PYTHON.PyOS_BeforeFork()
    pid = int(PYTHON.syscall(call, how, None, None, None, None))
    if pid == 0:
        PYTHON.PyOS_AfterFork_Child()
    else:
        PYTHON.PyOS_AfterFork_Parent()
    if pid < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def seen_from(proc: int) -> tuple[int, int]:
    """Return the numbers of this process and of its parent, as a ``/proc`` shows them."""
    handle = os.open("self/stat", os.O_RDONLY, dir_fd=proc)
    try:
        text = os.read(handle, 1000).decode()
    finally:
        os.close(handle)
    return int(text.split()[0]), int(text.rpartition(")")[2].split()[1])
