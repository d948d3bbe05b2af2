"""Linux namespaces by hand: a read-only view of the system for code that nobody trusts.

Two levels. :func:`enclose` puts the *nursery*, which preloads the numerical libraries, into a root
of its own that holds Python, the libraries and ``course_utils``, read-only, and nothing else. For
each submission :func:`isolate` then gives a fork of it namespaces of its own (user, process, mount,
network, IPC, host name), a small private ``/box`` as its only writable place, and takes away every
capability and the right to make further user namespaces.

Works as root and as an ordinary user, and calls the kernel directly: nothing needs installing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import site
import struct
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from grader.sealed.clone import fork, seen_from

__all__ = [
    "Bounds",
    "SandboxError",
    "become",
    "bound",
    "die_with_parent",
    "drop_privileges",
    "enclose",
    "fork",
    "isolate",
]

LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MS_NOATIME, MS_NODIRATIME, MS_RELATIME = 1024, 2048, 1 << 21
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, AT_FDCWD, AT_RECURSIVE = 1, 2, -100, 0x8000
SYS_MOUNT_SETATTR = 442
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}

#: Where student code runs: the only writable folder that it has.
BOX = "/box"
#: Numeric ids for submissions when the grader runs as root; one for each worker.
FIRST_UID = 61_000

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


class SandboxError(Exception):
    """The kernel refuses what the sandbox needs; the text names the setting."""


@dataclass(frozen=True)
class Bounds:
    """What one submission may use.

    Parameters
    ----------
    memory
        Bytes of address space that it may add to what is preloaded.
    processes
        Processes and threads at once.
    files
        Open files.
    file_size, box_size, box_files
        Bytes of one file, and bytes and number of all that it writes.
    cpu
        Seconds of CPU time of one process, a last resort behind the grader's own watch.
    """

    memory: int = 1536 * 2**20
    processes: int = 40
    files: int = 128
    file_size: int = 32 * 2**20
    box_size: int = 64 * 2**20
    box_files: int = 4096
    cpu: int = 300


def _failed(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    result = LIBC.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    if result:
        raise _failed(f"mount {target}")


def _unshare(flags: int) -> None:
    if LIBC.unshare(flags):
        raise _failed("unshare")


def _prctl(option: int, value: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise _failed(f"prctl {option}")


def die_with_parent(by: int = signal.SIGKILL) -> None:
    """Ask the kernel for a signal to this process when the one that forked it is gone."""
    _prctl(PR_SET_PDEATHSIG, by)


def become(slot: int) -> None:
    """Let go of being root, if this process is: become the user of a worker's submissions."""
    if os.geteuid() == 0:
        user = FIRST_UID + slot
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        # A change of user clears this; without it /proc/self/uid_map belongs to root.
        _prctl(PR_SET_DUMPABLE, 1)


def _map_ids(uid: int, gid: int, proc: int) -> None:
    """Give a new user namespace its one user and group."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        handle = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)


def setting(name: str) -> str:
    """Read a setting of the kernel, empty where there is none."""
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""


def _explained(error: OSError) -> SandboxError:
    """Name the setting behind a refusal."""
    if setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        cause = "kernel.apparmor_restrict_unprivileged_userns is 1, it must be 0"
    elif setting("kernel/unprivileged_userns_clone") == "0":
        cause = "kernel.unprivileged_userns_clone is 0, it must be 1"
    elif setting("user/max_user_namespaces") == "0" or error.errno == errno.ENOSPC:
        cause = "user.max_user_namespaces is too small"
    else:
        cause = str(error.strerror)
    return SandboxError(
        f"the kernel refuses a sandbox ({cause}); change that setting, run as root, or accept "
        "weaker isolation with --sandbox limits"
    )


def _visible_folders() -> list[str]:
    """List what Python needs to see: its own installations and the packages' folders."""
    import course_utils

    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib")}
    folders |= set(site.getsitepackages())
    # Of a checkout only the students' package shows, not the masters beside it.
    folders.add(os.path.dirname(os.path.abspath(course_utils.__file__)))
    return sorted(os.path.abspath(folder) for folder in folders if os.path.isdir(folder))


def _bind_read_only(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        if not os.path.exists(target):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, None, MS_BIND | MS_REC)
    # With all that is mounted below it. An older kernel shuts only the top.
    wanted = struct.pack("<QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    where = (ctypes.c_int(AT_FDCWD), target.encode(), ctypes.c_uint(AT_RECURSIVE))
    if LIBC.syscall(SYS_MOUNT_SETATTR, *where, wanted, ctypes.c_size_t(len(wanted))) == 0:
        return
    if ctypes.get_errno() != errno.ENOSYS:
        raise _failed(f"mount_setattr {target}")
    # A mount that came from outside keeps its flags; only read-only may be added.
    given = os.statvfs(target).f_flag
    pairs = (
        (os.ST_NOSUID, MS_NOSUID),
        (os.ST_NODEV, MS_NODEV),
        (os.ST_NOEXEC, MS_NOEXEC),
        (os.ST_NOATIME, MS_NOATIME),
        (os.ST_NODIRATIME, MS_NODIRATIME),
        (os.ST_RELATIME, MS_RELATIME),
    )
    kept = sum(flag for shown, flag in pairs if given & shown)
    _mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | kept)


def enclose(scratch: str, slot: int) -> int:
    """Give this process a root of its own with a read-only view of the system.

    Parameters
    ----------
    scratch
        An empty folder to build the new root on.
    slot
        Number of the worker.

    Returns
    -------
    int
        Descriptor of the old ``/proc``, which :func:`isolate` needs and closes.

    Raises
    ------
    SandboxError
        If the kernel refuses.
    """
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    folders = _visible_folders()
    try:
        if os.geteuid():
            uid, gid = os.geteuid(), os.getegid()
            _unshare(CLONE_NEWUSER | CLONE_NEWNS)
            _map_ids(uid, gid, proc)
        else:
            _unshare(CLONE_NEWNS)
        _mount("none", "/", None, MS_REC | MS_PRIVATE)
        _mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
        _fill(scratch, folders, os.geteuid() or FIRST_UID + slot)
        os.chdir(scratch)
        machine = os.uname().machine
        if machine not in SYS_PIVOT_ROOT:
            raise SandboxError(f"no sandbox on {machine}; use --sandbox limits")
        if LIBC.syscall(SYS_PIVOT_ROOT[machine], b".", b"."):
            raise _failed("pivot_root")
        if LIBC.umount2(b".", MNT_DETACH):
            raise _failed("umount")
        os.chdir("/")
        _mount("none", "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
        # For what is written while libraries are preloaded; each submission gets its own.
        _mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=16m")
    except OSError as error:
        raise _explained(error) from None
    return proc


def _fill(root: str, folders: list[str], user: int) -> None:
    for folder in folders:
        real = os.path.realpath(folder)
        _bind_read_only(real, root + real)
        if real != folder and not os.path.lexists(root + folder):
            # Modules know it by the name that goes through a link.
            os.makedirs(os.path.dirname(root + folder), mode=0o755, exist_ok=True)
            os.symlink(real, root + folder)
    for source in SYSTEM:
        if os.path.islink(source):
            os.makedirs(os.path.dirname(root + source), mode=0o755, exist_ok=True)
            if not os.path.lexists(root + source):
                os.symlink(os.readlink(source), root + source)
        elif os.path.exists(source):
            _bind_read_only(source, root + source)
    os.makedirs(root + "/dev", mode=0o755, exist_ok=True)
    for device in DEVICES:
        os.close(os.open(root + device, os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(device, root + device, None, MS_BIND)
    os.makedirs(root + BOX, mode=0o755)
    for folder in ("/tmp", "/dev/shm"):
        if not os.path.exists(root + folder):
            os.symlink(BOX, root + folder)
    for name, text in (
        ("passwd", f"student:x:{user}:{user}::{BOX}:/bin/false\n"),
        ("hosts", ""),
    ):
        with open(f"{root}/etc/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def isolate(proc: int, slot: int, bounds: Bounds, nursery: int) -> int:
    """Put this process, from :func:`fork`, into namespaces of its own.

    Parameters
    ----------
    proc
        From :func:`enclose`.
    slot
        Number of the worker; as root each gets a user id of its own.
    bounds
        Size of the writable folder.
    nursery
        Number of the process that forked this one.

    Returns
    -------
    int
        Number of this process as the grader sees it.

    Raises
    ------
    SandboxError
        If the kernel refuses.
    """
    try:
        become(slot)
        uid, gid = os.geteuid(), os.getegid()
        _unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
        _map_ids(uid, gid, proc)
        limit = os.open("sys/user/max_user_namespaces", os.O_WRONLY, dir_fd=proc)
        os.write(limit, b"0")
        os.close(limit)
        size = f"mode=0700,size={bounds.box_size},nr_inodes={bounds.box_files}"
        _mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, f"{size},uid={uid},gid={gid}")
        # Should memory run out, this is what the system ends first; inherited, and can't be undone.
        score = os.open("self/oom_score_adj", os.O_WRONLY, dir_fd=proc)
        os.write(score, b"1000")
        os.close(score)
        LIBC.sethostname(b"box", 3)
        die_with_parent()  # not before: a change of user clears it
        number, above = seen_from(proc)
        if above != nursery:
            raise ProcessLookupError(errno.ESRCH, "the sandbox has ended")
        return number
    except OSError as error:
        raise _explained(error) from None
    finally:
        os.close(proc)


def drop_privileges() -> None:
    """Give up every capability, for good."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Data(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "kept"))

    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)
    header, nothing = Header(0x20080522, 0), (Data * 2)()
    if LIBC.syscall(SYS_CAPSET[os.uname().machine], ctypes.byref(header), nothing):
        raise _failed("capset")
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def bound(bounds: Bounds, preloaded: int) -> None:
    """Set this process's limits; all that it forks inherits them.

    Parameters
    ----------
    bounds
        What it may use.
    preloaded
        Bytes of address space that it has already.
    """
    for what, limit in (
        (resource.RLIMIT_AS, preloaded + bounds.memory),
        (resource.RLIMIT_NPROC, bounds.processes),
        (resource.RLIMIT_NOFILE, bounds.files),
        (resource.RLIMIT_FSIZE, bounds.file_size),
        (resource.RLIMIT_CPU, bounds.cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_STACK, 64 * 2**20),
    ):
        _, hard = resource.getrlimit(what)
        value = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(what, (value, value))
        except (ValueError, OSError):
            if sys.platform.startswith("linux"):
                raise
