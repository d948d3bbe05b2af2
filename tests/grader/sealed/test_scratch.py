"""Folders that a killed batch left behind go away, and no others."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from grader.sealed import scratch
from grader.sealed.scratch import Scratch, sweep


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def old(path: Path | str) -> Path:
    long_ago = time.time() - 2 * scratch.YOUNG
    os.utime(path, (long_ago, long_ago))
    return Path(path)


def test_only_what_nobody_holds_is_swept(place: Path) -> None:
    held = Scratch()
    left, full, young = (place / f"{scratch.PREFIX}{name}" for name in ("left", "full", "young"))
    for folder in (left, full, young):
        folder.mkdir()
    (full / "box-1").mkdir()
    other = place / "somebody-elses"
    other.mkdir()
    target = place / "target"
    target.mkdir()
    (target / "kept").write_text("x")
    link = place / f"{scratch.PREFIX}link"
    link.symlink_to(target)
    for path in (str(held), left, full, other, target):
        old(path)
    sweep()
    assert not left.exists() and not full.exists()
    assert young.exists() and other.exists() and link.exists() and (target / "kept").exists()
    assert Path(str(held)).exists()
    held.remove()
    held.remove()
    assert not Path(str(held)).exists()


def test_it_is_held_as_long_as_a_fork_lives(place: Path) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        made = Scratch()
        if os.fork() == 0:
            os.write(write, f"{made} {os.getpid()}\n".encode())
            time.sleep(60)
        os._exit(0)
    os.waitpid(child, 0)
    path, fork = os.read(read, 500).decode().split()
    old(path)
    sweep()
    assert Path(path).exists()
    os.kill(int(fork), 9)
    for _ in range(500):
        sweep()
        if not Path(path).exists():
            break
        time.sleep(0.01)
    assert not Path(path).exists()
    os.close(read)
    os.close(write)


def test_what_is_empty_is_dropped(place: Path) -> None:
    made, used = Scratch(), Scratch()
    (Path(str(used)) / "x").mkdir()
    made.drop()
    used.drop()
    assert not Path(str(made)).exists() and Path(str(used)).exists()
    used.remove()
    assert not Path(str(used)).exists()
