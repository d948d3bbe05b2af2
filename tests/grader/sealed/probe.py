"""Look around from inside a student's process, and say what is there.

Run as ``python -m tests.grader.sealed.probe LEVEL``: prints what was found as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from grader.sealed.channel import Channel
from grader.sealed.house import Nursery
from grader.sealed.proxies import Conversation
from grader.sealed.sandbox import SandboxError
from tests.slots import own_slot

ROOT = Path(__file__).resolve().parents[3]
LOOK = r"""
import ctypes, errno, json, os, resource, signal, socket, sys, time
found = {}
libc = ctypes.CDLL(None, use_errno=True)

def note(name, action):
    try:
        found[name] = action()
    except OSError as error:
        found[name] = errno.errorcode.get(error.errno, str(error))
    except BaseException as error:
        found[name] = type(error).__name__

def call(number, *args):
    return "done" if libc.syscall(number, *args) >= 0 else errno.errorcode[ctypes.get_errno()]

def opens(path, mode="r"):
    open(path, mode).close()
    return "open"

def descriptors():
    there = []
    for number in range(1000):
        try:
            os.fstat(number)
            there.append(number)
        except OSError:
            pass
    return there

def connect(family, kind, address):
    with socket.socket(family, kind) as s:
        s.settimeout(2)
        s.connect(address)
        s.send(b"x")
    return "sent"

def fill(path, size, block=2**20):
    written = 0
    try:
        with open(path, "wb") as file:
            while written < size:
                file.write(bytes(block))
                file.flush()
                written += block
    except OSError as error:
        return errno.errorcode[error.errno], written >> 20
    return "all", written >> 20

def many_files():
    count = 0
    try:
        for count in range(5000):
            open(f"f{count}", "w").close()
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        for number in range(count):
            os.unlink(f"f{number}")
    return count

def many_descriptors():
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        return errno.errorcode[error.errno], len(held)
    finally:
        for number in held:
            os.close(number)

def many_processes():
    pids = []
    try:
        while len(pids) < 500:
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            pids.append(pid)
    except OSError as error:
        return errno.errorcode[error.errno], len(pids) < 100
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

def memory():
    try:
        bytearray(8 * 2**30)
    except MemoryError:
        return "MemoryError"
    return "had"

note("ids", lambda: [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups()])
note("pid", lambda: [os.getpid(), os.getppid()])
note("descriptors", descriptors)
note("environment", lambda: sorted(os.environ))
note("secrets", lambda: [v for v in os.environ.values() if "secret" in v])
note("argv", lambda: sys.argv)
note("root", lambda: sorted(os.listdir("/")))
note("repository", lambda: sorted(os.listdir(ROOT)))
for name in ("solutions", "grader", "tests", ".git", "gradebook.db"):
    note(name, lambda: os.listdir(os.path.join(ROOT, name)) and "seen")
note("canary", lambda: opens(CANARY))
note("home", lambda: [n for n in os.listdir(HOME) if n not in OURS])
note("proc", lambda: [n for n in os.listdir("/proc") if n.isdigit()][:1] and "seen")
note("kill all", lambda: os.kill(-1, 0))
note("kill parent", lambda: os.kill(PARENT, 0))
for path in ("/usr/x", "/etc/x", "/x", "/dev/x", sys.prefix + "/x", sys.base_prefix + "/x",
             ROOT + "/course_utils/x"):
    note("write " + path.replace(sys.prefix, "P").replace(sys.base_prefix, "B").replace(ROOT, "R"),
         lambda: opens(path, "w"))
note("cwd", lambda: opens("here", "w"))
note("tmp", lambda: opens("/tmp/here", "w"))
note("tmp is cwd", lambda: os.path.samefile("/tmp", "."))
if not found["tmp is cwd"] and found["tmp"] == "open":
    os.unlink("/tmp/here")
note("one file", lambda: fill("big", 10**9))
note("files", lambda: [fill(f"big{i}", 30 * 2**20)[0] for i in range(3)])
for i in range(3):
    note("clean", lambda: os.unlink(f"big{i}"))
os.unlink("big")
note("count", many_files)
note("open files", many_descriptors)
note("processes", many_processes)
note("memory", memory)
note("tcp", lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)))
note("tcp6", lambda: connect(socket.AF_INET6, socket.SOCK_STREAM, ("::1", PORT)))
note("udp", lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORT)))
note("abstract", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + MAILBOX))
for name, family in (("netlink", 16), ("packet", 17), ("algorithms", 38), ("vsock", 40)):
    note(name, lambda: socket.socket(family, socket.SOCK_DGRAM) and "made")
note("names", lambda: socket.gethostname())
note("memfd", lambda: os.memfd_create("x") and "made")
note("shmget", lambda: call(29, 0, 4096, 0o600))
note("ptrace", lambda: call(101, 0, 0, 0, 0))
note("new user namespace", lambda: call(272, 0x10000000))
note("clone with namespace", lambda: call(56, 0x10000000 | 17, 0, 0, 0, 0))
note("mount", lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, None))
note("keyring", lambda: call(250, 0, -3, 0))
note("setuid", lambda: os.setuid(0))
note("hostname", lambda: socket.sethostname("x"))
note("chroot", lambda: os.chroot("."))
note("mknod", lambda: os.mknod("node", 0o20600, os.makedev(1, 3)))
note("limits up", lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**5, 10**5)))
note("cpu limit", lambda: resource.getrlimit(resource.RLIMIT_CPU)[1])
note("core", lambda: resource.getrlimit(resource.RLIMIT_CORE)[1])
note("no new privileges", lambda: libc.prctl(39, 0, 0, 0, 0))
note("seccomp", lambda: libc.prctl(21, 0, 0, 0, 0))
note("dumpable", lambda: libc.prctl(3, 0, 0, 0, 0))
print(json.dumps(found, default=str))
"""


def look(level: str) -> dict[str, Any]:
    """Start a student's process and look around in it."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        mailbox = f"probe-{os.getpid()}"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(f"\0{mailbox}")
        unix.listen()
        canary = Path("/tmp") / f"canary-{os.getpid()}"
        canary.write_text("secret")
        stack.callback(canary.unlink)
        os.environ["COURSE_SECRET"] = "secret"
        here = {
            **{"ROOT": str(ROOT), "CANARY": str(canary), "PORT": stream.getsockname()[1]},
            **{"MAILBOX": mailbox, "HOME": os.path.expanduser("~"), "PARENT": os.getpid()},
            "OURS": [
                Path(p).relative_to(os.path.expanduser("~")).parts[0]
                for p in (sys.prefix, sys.base_prefix, str(ROOT))
                if Path(p).is_relative_to(os.path.expanduser("~"))
            ],
        }
        nursery = stack.enter_context(Nursery(level, own_slot()))
        begin = time.monotonic()
        student = nursery.student()
        talk = Conversation(Channel(student.talk))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            head = "".join(f"{key} = {value!r}\n" for key, value in here.items())
            error = talk.run(head + LOOK, "probe")
        if error is not None:
            raise error
        found: dict[str, Any] = json.loads(out.getvalue())
        student.end()
        found["slot"] = nursery.slot
        found["seconds"] = time.monotonic() - begin
        return found


if __name__ == "__main__":
    try:
        print(json.dumps(look(sys.argv[1])))
    except SandboxError as refused:
        print(json.dumps({"refused": str(refused)}))
