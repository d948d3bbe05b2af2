"""What a student's process can see and do, as root and as an ordinary user, at both levels."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.sealed import limits, sandbox
from grader.sealed.house import Nursery, Student, family
from grader.sealed.sandbox import SandboxError
from tests.grader.sealed.conftest import Bench

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
USERS = ["root", "user"] if AS_ROOT else ["user"]
EVERYWHERE = pytest.mark.parametrize("user", USERS)


def command(user: str) -> list[str]:
    """How to run Python as a user."""
    if user == "root" or not AS_ROOT:
        return [sys.executable]
    # Root can become anybody; an ordinary user is what the tests run as already.
    return [sys.executable, str(ROOT / "tests/grader/sealed/as_user.py"), sys.executable]


@cache
def seen(level: str, user: str) -> dict[str, Any]:
    """Look around inside a student's process."""
    run = subprocess.run(
        [*command(user), "-m", "tests.grader.sealed.probe", level],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    assert "refused" not in found, found
    return found


# -- full ------------------------------------------------------------------------------------------


@EVERYWHERE
def test_nothing_of_the_machine_is_seen(user: str) -> None:
    found = seen("full", user)
    assert found["repository"] in ([".venv", "course_utils"], ["course_utils"])
    for name in ("solutions", "grader", "tests", ".git", "gradebook.db", "canary", "proc"):
        assert found[name] == "ENOENT", name
    assert found["home"] in ([], "ENOENT")
    assert not {"home", "proc", "sys", "var", "opt", "mnt", "boot", "srv"} & set(found["root"])
    assert found["secrets"] == [] and "COURSE_SECRET" not in found["environment"]
    assert not [name for name in found["environment"] if name.startswith("COURSE")]
    assert found["argv"] == ["notebook"]


@EVERYWHERE
def test_the_system_is_read_only_and_the_own_folder_is_small(user: str) -> None:
    found = seen("full", user)
    writes = {name: what for name, what in found.items() if name.startswith("write ")}
    assert len(writes) == 7 and set(writes.values()) == {"EROFS"}
    assert found["cwd"] == found["tmp"] == "open" and found["tmp is cwd"]
    assert found["one file"] == ["EFBIG", 32]
    assert found["files"][0] == "all" and found["files"][-1] == "ENOSPC"
    assert found["count"] == "ENOSPC"


@EVERYWHERE
def test_there_is_no_network(user: str) -> None:
    found = seen("full", user)
    assert found["tcp"] == found["udp"] == "ENETUNREACH"
    assert found["tcp6"] in ("ENETUNREACH", "EADDRNOTAVAIL")
    assert found["abstract"] == "ECONNREFUSED"
    assert found["names"] == "box"


@EVERYWHERE
def test_it_is_alone(user: str) -> None:
    found = seen("full", user)
    assert found["pid"] == [1, 0]
    assert found["kill all"] == found["kill parent"] == "ESRCH"
    assert found["descriptors"] == [0, 1, 2, 3]  # 3 is the talk, the others are /dev/null


@pytest.mark.parametrize("level", ["full", "limits"])
@EVERYWHERE
def test_it_is_nobody_and_stays_so(user: str, level: str) -> None:
    found = seen(level, user)
    own = sandbox.FIRST_UID + found["slot"] if user == "root" else found["ids"][0]
    assert found["ids"] == [own, own, own, own, []] or not AS_ROOT
    assert own != 0
    for what in ("memfd", "shmget", "ptrace", "new user namespace", "clone with namespace"):
        assert found[what] == "EPERM", what
    for what in ("mount", "keyring", "hostname", "chroot", "mknod"):
        assert found[what] == "EPERM", what
    for family_ in ("netlink", "packet", "algorithms", "vsock"):
        assert found[family_] == "EAFNOSUPPORT"
    assert found["setuid"] in ("EPERM", "EINVAL")
    assert (found["no new privileges"], found["seccomp"]) == (1, 2)


@pytest.mark.parametrize("level", ["full", "limits"])
@EVERYWHERE
def test_resources_are_limited(user: str, level: str) -> None:
    found = seen(level, user)
    assert found["memory"] == "MemoryError"
    assert found["open files"][0] == "EMFILE" and found["open files"][1] < 128
    assert found["processes"] == ["EAGAIN", True]
    assert found["one file"] == ["EFBIG", 32]
    assert found["limits up"] in ("ValueError", "EPERM")
    assert (found["core"], found["cpu limit"]) == (0, 300)


# -- limits: what is left, and what is not -------------------------------------------


@EVERYWHERE
def test_the_weaker_level_keeps_what_it_can(user: str) -> None:
    found = seen("limits", user)
    writes = [what for name, what in found.items() if name.startswith("write ")]
    if AS_ROOT:
        assert set(writes) == {"EACCES"}
    if user == "root":
        assert found["kill parent"] == "EPERM"
        assert len(found["descriptors"]) <= 4 + 4  # and folders that only root can enter
    else:
        assert found["descriptors"] == [0, 1, 2, 3]
    assert found["secrets"] == [] and found["cwd"] == "open" and not found["tmp is cwd"]
    # Why it is the weaker one; docs/security.md says so.
    assert found["solutions"] == found["grader"] == found["proc"] == "seen"
    assert found["udp"] == "sent"


def test_modules_of_a_python_in_roots_home_can_be_imported(limits: Bench) -> None:
    source = "import sqlite3, xml.dom.minidom, wave\nprint(sqlite3.sqlite_version > '3')"
    assert limits.inside(source) == "True\n"


@pytest.mark.skipif(not AS_ROOT, reason="only root becomes another user: run the tests as root")
def test_packages_that_only_root_can_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "_open_to_all", lambda path: False)
    with pytest.raises(SandboxError, match="open that folder or grade as its owner"):
        limits_module.Paths()


limits_module = limits


# -- nothing survives ----------------------------------------------------------------

SURVIVORS = {
    "daemon": "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        {stay}\n    os._exit(0)",
    "ignores signals": "import signal, os\nfor n in range(1, 65):\n    try: signal.signal(n, "
    "signal.SIG_IGN)\n    except Exception: pass\nif os.fork() == 0:\n    {stay}",
    "thread": "import threading\nthreading.Thread(target=lambda: {stay}).start()",
    "leaves its parent": "import ctypes, os\nctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
    "if os.fork() == 0:\n    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n    os.setsid()\n    {stay}",
    "new group": "import os\nif os.fork() == 0:\n    os.setpgid(0, 0)\n    {stay}",
    "many": "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        os.setsid()\n"
    "        {stay}",
}  # fmt: skip
STAY = "__import__('time').sleep(1000)"


def alive(pids: list[int]) -> list[int]:
    """Those of some processes that run, zombies aside."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state not in "ZX":
                found.append(pid)
    return found


def gone(pids: list[int], seconds: float = 5) -> bool:
    """Wait until processes are gone."""
    end = time.monotonic() + seconds
    while alive(pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def start(nursery_: Nursery, source: str) -> tuple[Student, list[int]]:
    """Run a cell; return the process and all that it started."""
    from grader.sealed.channel import Channel
    from grader.sealed.proxies import Conversation

    student = nursery_.student()
    Conversation(Channel(student.talk)).run(source, "task1")
    time.sleep(0.1)
    return student, family(student.pid)


@pytest.mark.parametrize("level", ["full", "limits"])
@pytest.mark.parametrize("kind", SURVIVORS)
def test_nothing_outlives_its_submission(
    request: pytest.FixtureRequest, level: str, kind: str
) -> None:
    bench: Bench = request.getfixturevalue(level)
    own = bench.worker.nursery
    student, pids = start(own, SURVIVORS[kind].format(stay=STAY))
    everything = [p for p in family(own.process.pid) if p != own.process.pid]
    assert student.pid in alive(pids)
    # At the weaker level there is an intermediate, too.
    assert len(alive(everything)) >= (level == "limits") + (1 if kind == "thread" else 2)
    assert student.end() == "killed"
    assert gone(everything), everything


@pytest.mark.parametrize("level", ["full", "limits"])
@pytest.mark.parametrize("victim", ["nursery", "grader", "close"])
def test_nothing_outlives_the_grader(level: str, victim: str) -> None:
    # A grader of its own, which can be killed at any instant.
    source = SURVIVORS["leaves its parent"].format(stay=STAY)
    script = f"""
        import sys, time
        from tests.grader.sealed.test_sandbox import Nursery, family, start
        from tests.slots import own_slot
        own = Nursery({level!r}, own_slot())
        student, pids = start(own, {source!r})
        print(own.process.pid, *family(own.process.pid), str(own.scratch), flush=True)
        sys.stdin.readline()
        own.close()
    """
    grader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert grader.stdin and grader.stdout
    first, *others, scratch = grader.stdout.readline().split()
    pids = [int(first), *map(int, others)]
    assert len(alive(pids)) >= 3 + (level == "limits")
    if victim == "close":
        grader.stdin.write("\n")
        grader.stdin.close()
        grader.wait(20)
        assert not os.path.exists(scratch)
    else:
        os.kill(int(first) if victim == "nursery" else grader.pid, signal.SIGKILL)
    assert gone([p for p in pids if p != grader.pid], 10)
    grader.kill()
    grader.wait()
    grader.stdout.close()
    if level == "limits":
        with contextlib.suppress(OSError):
            os.rmdir(scratch)


@pytest.mark.parametrize("level", ["full", "limits"])
def test_a_student_that_lost_its_parent_is_ended(
    request: pytest.FixtureRequest, level: str
) -> None:
    own = request.getfixturevalue(level).worker.nursery
    student, pids = start(own, "x = 1")
    status = Path(f"/proc/{student.pid}/status").read_text().split()
    os.kill(int(status[status.index("PPid:") + 1]), signal.SIGKILL)
    assert student.end(wait=0.2) == "killed"
    assert gone(pids)


def test_the_signal_for_a_lost_parent_stays(full: Bench, limits: Bench) -> None:
    look = "import ctypes\nprint(ctypes.CDLL(None).prctl({}, 0, 0, 0, 0))"
    for bench in (full, limits):
        assert bench.inside(look.format(1)) == "-1\n"
        assert bench.inside(look.format(3)) == "1\n"  # other calls of that kind aren't refused


def test_what_the_folder_held_is_gone(full: Bench, limits: Bench) -> None:
    boxes = Path(str(limits.worker.nursery.scratch))
    before = {*boxes.glob("box-*")}  # of those whose intermediate was killed in a test above
    for bench in (full, limits):
        assert bench.inside("open('note', 'w').write('x')\nprint(1)") == "1\n"
        assert bench.inside("import os\nprint(os.listdir('.'))") == "[]\n"
    assert {*boxes.glob("box-*")} <= before


def test_input_does_not_wait(full: Bench, limits: Bench) -> None:
    source = "try:\n    input('name? ')\nexcept EOFError:\n    print('no')"
    for bench in (full, limits):
        assert bench.inside(source).endswith("no\n")


# -- the pieces ----------------------------------------------------------------------


@pytest.fixture
def tree() -> Iterator[int]:
    script = "import os, time\nos.fork()\nos.fork()\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    time.sleep(0.3)
    yield process.pid
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_family_is_all_that_descends(tree: int) -> None:
    assert len(family(tree)) == 4 and family(tree)[0] == tree
    assert family(2**22 + 1) == [2**22 + 1]


def test_a_sandbox_starts_fast_and_ends_fast(full: Bench) -> None:
    own = full.worker.nursery
    times: list[float] = []
    for _ in range(10):
        begin = time.perf_counter()
        own.student().end()
        times.append(time.perf_counter() - begin)
    assert sorted(times)[5] < 0.25  # 0.012 on an idle machine


def test_a_nursery_has_one_thread(full: Bench, limits: Bench) -> None:
    for bench in (full, limits):
        assert len(os.listdir(f"/proc/{bench.worker.nursery.process.pid}/task")) == 1


def test_who_may_enter_a_folder(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    check: Callable[[str], bool] = limits_module._open_to_all
    (tmp_path / "a").chmod(0o700)
    assert not check(str(inner))
    assert check("/usr/lib")
