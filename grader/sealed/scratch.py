"""Folders for one batch in the system's folder for temporary files, and an end for those left over.

Whoever is killed leaves its folder behind. Each is locked while a process of its batch lives, which
holds across containers that share the folder, where numbers of processes don't tell.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

__all__ = ["Scratch", "sweep"]

PREFIX = "grading-"
YOUNG = 60.0  # seconds in which a folder may be made and not yet locked


class Scratch:
    """A folder of one's own, empty at first; ``str()`` gives its path."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix=PREFIX)
        if os.geteuid() == 0:
            os.chmod(self.path, 0o711)  # another user must get to its own folder in it
        self.handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self.handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def __str__(self) -> str:
        return self.path

    def drop(self) -> None:
        """Remove it if nothing is in it."""
        with contextlib.suppress(OSError):
            os.rmdir(self.path)
            os.close(self.handle)
            self.handle = -1

    def remove(self) -> None:
        """Remove it with all that is in it."""
        if self.handle >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self.handle)
            self.handle = -1


def sweep() -> None:
    """Remove what batches of this user that were killed have left."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                status = os.fstat(handle)
                if status.st_uid == os.geteuid() and time.time() - status.st_mtime > YOUNG:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)
