"""Run a command as an ordinary user who can read Python and this repository, wherever they lie.

Started by root: in a mount namespace of its own, folders that are closed to others are replaced by
open ones that hold the needed part only. Nothing outside changes. Usage: ``as_user.py COMMAND …``.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path

USER = 65_534
NEWNS, BIND, REC, PRIVATE = 0x20000, 4096, 16384, 1 << 18
LIBC = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: str, kind: bytes | None, flags: int, data: bytes | None) -> None:
    if LIBC.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), data):
        raise OSError(ctypes.get_errno(), f"mount {target}")


def closed_folder(path: Path) -> Path | None:
    """Return the outermost folder on the way to a path that others can't enter."""
    return next((p for p in reversed([path, *path.parents]) if not p.stat().st_mode & 0o001), None)


def open_up(needed: list[Path]) -> None:
    """Let others enter what is needed."""
    if LIBC.unshare(NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", None, REC | PRIVATE, None)
    behind: dict[Path, list[Path]] = {}
    for path in needed:
        if shut := closed_folder(path):
            behind.setdefault(shut, []).append(path)
    for shut, paths in behind.items():
        kept = [(tempfile.mkdtemp(), path) for path in paths]
        for hold, path in kept:
            mount(str(path), hold, None, BIND | REC, None)
        mount("tmpfs", str(shut), b"tmpfs", 0, b"mode=0755")
        for hold, path in kept:
            path.mkdir(parents=True, exist_ok=True)
            mount(hold, str(path), None, BIND | REC, None)
            LIBC.umount2(hold.encode(), 2)
            os.rmdir(hold)


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[3]
    open_up([Path(os.path.realpath(p)) for p in (sys.base_prefix, sys.prefix)] + [root])
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    os.chdir("/")
    os.environ.update(HOME="/nonexistent", PYTHONPATH=str(root))
    os.execv(sys.argv[1], sys.argv[1:])
