"""The sandbox with some of its guards off: ``python -m tests.attacks.weak_nursery A,B LEVEL …``.

Only ``test_guards.py`` starts it, with attacks that are known to do no harm without that guard.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from grader.sealed import limits, nursery, sandbox, syscalls

__all__ = ["GUARDS"]

FEW = ("numpy", "IPython.core.inputtransformer2", "course_utils.checks")
HELD: list[str] = []


def _nothing(*_: Any, **__: Any) -> None:
    """Stand in for a guard."""


def _without(flag: int) -> None:
    real = sandbox._unshare
    sandbox._unshare = lambda flags: real(flags & ~flag)


def _no_root_of_its_own() -> None:
    """Keep the system's files in view; without the mounts there is no /box either."""
    _without(sandbox.CLONE_NEWNS)
    box = f"{sys.argv[4]}/box"
    sandbox._mount = _nothing
    sandbox.BOX = nursery.BOX = box

    def enclose(scratch: str, slot: int) -> int:
        os.chmod(scratch, 0o755)
        os.mkdir(box)
        os.chmod(box, 0o777)
        return os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)

    sandbox.enclose = enclose


def _mounted_with(change: Callable[[str], str]) -> None:
    real = sandbox._mount
    sandbox._mount = lambda source, target, kind, flags, data="": real(
        source, target, kind, flags, change(data)
    )


def _masters_in_memory() -> None:
    """Hold the tests, as a process would that was forked from the grader itself."""
    with open(os.environ["MASTER"], encoding="utf-8") as file:
        HELD.append(file.read())


def _writable() -> None:
    sandbox.MOUNT_ATTR_RDONLY = 0
    real = sandbox._mount
    sandbox._mount = lambda source, target, kind, flags, data="": (
        None if flags & sandbox.MS_RDONLY else real(source, target, kind, flags, data)
    )


def _show_open_folder() -> None:
    real = sandbox._visible_folders
    sandbox._visible_folders = lambda: [*real(), os.environ["OPEN_FOLDER"]]


def _further_namespaces() -> None:
    """Leave the number of user namespaces as it is."""
    real = os.open

    def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if path == "sys/user/max_user_namespaces":
            return real("/dev/null", os.O_WRONLY)
        return real(path, flags, *args, **kwargs)

    os.open = opened


GUARDS: dict[str, Callable[[], None]] = {
    "a root of its own": _no_root_of_its_own,
    "a network of its own": lambda: _without(sandbox.CLONE_NEWNET),
    "processes of its own": lambda: setattr(sandbox, "fork", os.fork),
    "another user": lambda: setattr(sandbox, "become", _nothing),
    "limits": lambda: setattr(sandbox, "bound", _nothing),
    "size of the box": lambda: _mounted_with(lambda data: data.replace("size=", "size=9")),
    "files of the box": lambda: _mounted_with(lambda data: data.replace("inodes=", "inodes=999")),
    "capabilities": lambda: setattr(sandbox, "drop_privileges", _nothing),
    "system calls": lambda: setattr(syscalls, "restrict", _nothing),
    "no further namespaces": _further_namespaces,
    "descriptors": lambda: setattr(os, "closerange", _nothing),
    "a fresh process": _masters_in_memory,
    "read-only": _writable,
    # Not a guard: something for the guard above to protect.
    "an open folder": _show_open_folder,
    "an end for descendants": lambda: setattr(limits, "end_descendants", _nothing),
    "nothing": _nothing,
}


if __name__ == "__main__":
    nursery.PRELOADED = FEW
    for guard in sys.argv[1].split(","):
        GUARDS[guard]()
    nursery.main(*sys.argv[2:])
