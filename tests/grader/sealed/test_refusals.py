"""Where there is no sandbox to be had, one line says why."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from grader.sealed import house, nursery, sandbox, syscalls
from grader.sealed.house import Nursery
from grader.sealed.sandbox import SandboxError

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            errno.EACCES,
            "kernel.apparmor_restrict_unprivileged_userns is 1, it must be 0",
        ),
        (
            "kernel/unprivileged_userns_clone",
            "0",
            errno.EPERM,
            "kernel.unprivileged_userns_clone is 0, it must be 1",
        ),
        ("user/max_user_namespaces", "0", errno.EPERM, "user.max_user_namespaces is too small"),
        ("", "", errno.ENOSPC, "user.max_user_namespaces is too small"),
        ("", "", errno.EINVAL, "Invalid argument"),
    ],
)
def test_a_refusal_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, error: int, words: str
) -> None:
    monkeypatch.setattr(sandbox, "setting", lambda asked: value if asked == name else "")

    def refuse(flags: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(sandbox, "_unshare", refuse)
    with tempfile.TemporaryDirectory() as scratch, pytest.raises(SandboxError) as caught:
        sandbox.enclose(scratch, 0)
    text = str(caught.value)
    assert words in text and "--sandbox limits" in text and "\n" not in text


@pytest.mark.parametrize(
    "source",
    [
        "raise sandbox.SandboxError('the kernel refuses a sandbox (a setting)')",
        "import os; os._exit(1)",
        "raise ValueError('odd')",
    ],
)
def test_a_nursery_that_does_not_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    script = (
        "from grader.sealed import nursery, sandbox\n"
        f"def enclose(*_):\n    {source}\n"
        "nursery.preload = lambda: None\nsandbox.enclose = enclose\n"
        "import sys\nnursery.main('full', '0', '', sys.argv[1])"
    )
    popen = subprocess.Popen

    def start_other(arguments: list[str], **how: Any) -> Any:
        how["cwd"] = ROOT
        return popen([sys.executable, "-c", script, arguments[-1]], **how)

    monkeypatch.setattr(house.subprocess, "Popen", start_other)
    with pytest.raises(SandboxError) as caught:
        Nursery("full", 0)
    assert "a setting" in str(caught.value) or "didn't start" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_student_that_cannot_be_isolated_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise SandboxError("refused")

    read, write = os.pipe()
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(sandbox, "isolate", refuse)
    home = nursery._Home.__new__(nursery._Home)
    home.sealed, home.slot, home.scratch, home.proc = True, 0, "", 3
    home.bounds, home.students = sandbox.Bounds(), {}
    other, control = socket.socketpair()
    home.spawn(theirs, write, control)
    os.close(write)
    assert os.read(read, 100) == b"! refused\n"
    while home.students:
        home.collect()
    assert os.read(read, 100) == b"0\n"
    for each in (ours, theirs, other, control):
        each.close()
    os.close(read)


def test_a_kernel_without_the_filter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unknown:
        machine = "riscv64"

    monkeypatch.setattr(os, "uname", lambda: Unknown)
    with pytest.raises(OSError, match="riscv64"):
        syscalls.restrict()


@pytest.mark.parametrize("machine", sorted(syscalls.SPECIAL))
def test_the_filter_is_well_formed(machine: str) -> None:
    code = syscalls._program(machine)
    steps = [code[i : i + 8] for i in range(0, len(code), 8)]
    assert len(code) % 8 == 0 and len(steps) < 4096
    for place, step in enumerate(steps):
        kind, yes, no = step[0] | step[1] << 8, step[2], step[3]
        if kind in (syscalls.EQUAL, syscalls.AT_LEAST, syscalls.ANY_BIT):
            assert place + 1 + max(yes, no) < len(steps)
    assert steps[-1][0] == syscalls.RETURN
