"""A filter of system calls: what no notebook needs, and what could get around other limits.

Memory files and System V segments escape the limits on memory, sockets of unusual families aren't
shut in by a network namespace, and the rest is how holes of a kernel are usually reached.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

__all__ = ["restrict"]

PR_SET_PDEATHSIG, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 1, 22, 2, 38
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
#: Offsets into what the filter is given: number, architecture, first argument.
NUMBER, ARCHITECTURE, FIRST = 0, 4, 16
NEW_NAMESPACES = 0x7E020080  # the flags of clone() that make one
FAMILIES = (1, 2, 10)  # unix, IPv4, IPv6

# The numbers from 424 on are the same everywhere.
COMMON = {
    "io_uring_setup": 425,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "memfd_secret": 447,
}
NUMBERS = {
    "x86_64": {
        **{"memfd_create": 319, "shmget": 29, "msgget": 68, "semget": 64, "userfaultfd": 323},
        **{"perf_event_open": 298, "bpf": 321, "keyctl": 250, "add_key": 248, "request_key": 249},
        **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
        **{"mount": 165, "umount2": 166, "pivot_root": 155, "unshare": 272, "setns": 308},
        **{"personality": 135, "quotactl": 179, "name_to_handle_at": 303, "modify_ldt": 154},
        **{"open_by_handle_at": 304, "fanotify_init": 300, "chroot": 161, "io_setup": 206},
    },
    "aarch64": {
        **{"memfd_create": 279, "shmget": 194, "msgget": 186, "semget": 190, "userfaultfd": 282},
        **{"perf_event_open": 241, "bpf": 280, "keyctl": 219, "add_key": 217, "request_key": 218},
        **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272},
        **{"mount": 40, "umount2": 39, "pivot_root": 41, "unshare": 97, "setns": 268},
        **{"personality": 92, "quotactl": 60, "name_to_handle_at": 264},
        **{"open_by_handle_at": 265, "fanotify_init": 262, "chroot": 51, "io_setup": 0},
    },
}
#: Architecture's number for the filter; the numbers of prctl, socket, clone and clone3.
SPECIAL = {"x86_64": (0xC000003E, 157, 41, 56, 435), "aarch64": (0xC00000B7, 167, 198, 220, 435)}


def _program(machine: str) -> bytes:
    """Assemble the filter."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("<HBBI", code, yes, no, value)

    architecture, prctl, socket, clone, clone3 = SPECIAL[machine]
    refuse = step(RETURN, ERRNO | errno.EPERM)
    program = [
        step(LOAD, ARCHITECTURE),
        step(EQUAL, architecture, 1),
        step(RETURN, KILL),
        step(LOAD, NUMBER),
    ]
    if machine == "x86_64":
        program += [step(AT_LEAST, 0x40000000, 0, 1), refuse]  # the same calls by other numbers
    for number in (*NUMBERS[machine].values(), *COMMON.values()):
        program += [step(EQUAL, number, 0, 1), refuse]
    # The C library does without clone3, whose flags a filter can't see.
    program += [step(EQUAL, clone3, 0, 1), step(RETURN, ERRNO | errno.ENOSYS)]
    # Whoever clears the signal that comes when its parent is gone would outlive it.
    program += [step(EQUAL, prctl, 0, 4), step(LOAD, FIRST), step(EQUAL, PR_SET_PDEATHSIG, 0, 1)]
    program += [refuse, step(RETURN, ALLOW)]
    program += [step(EQUAL, clone, 0, 4), step(LOAD, FIRST), step(ANY_BIT, NEW_NAMESPACES, 0, 1)]
    program += [refuse, step(RETURN, ALLOW)]
    program += [step(EQUAL, socket, 0, 2 + len(FAMILIES)), step(LOAD, FIRST)]
    program += [step(EQUAL, kind, len(FAMILIES) - i) for i, kind in enumerate(FAMILIES)]
    program += [step(RETURN, ERRNO | errno.EAFNOSUPPORT), step(RETURN, ALLOW)]
    return b"".join(program)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def restrict() -> None:
    """Refuse these calls to this process and to all that it starts, for good.

    Raises
    ------
    OSError
        If the kernel has no such filter, or this machine isn't known.
    """
    machine = os.uname().machine
    if machine not in SPECIAL:
        raise OSError(errno.ENOSYS, f"no filter of system calls for {machine}")
    code = _program(machine)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
