"""Names for students that only who holds the course folder can trace back.

A pseudonym is a keyed hash of a student's name: the same in every report of a course, another one
in every other course, and not to be guessed by hashing a list of names, since the key is secret.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.layout import CourseFolder, GraderError, shown

__all__ = ["pseudonyms"]

KEY_FILE = ".pseudonyms.key"
KEY_BYTES = 32
# Crockford's: no letter that is mistaken for a digit.
ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def pseudonyms(course: CourseFolder) -> Callable[[str], str]:
    """Return the function that gives a student's pseudonym in a course, such as ``7K3Q-9DMA``.

    The key is made on the first call and stays in the course folder. Forty bits of the hash are
    kept: among a thousand students two are alike with a chance of one in two million.

    Raises
    ------
    GraderError
        If the key was damaged.
    OSError
        If it can't be read or made.
    """
    key = _key(course.path / KEY_FILE)

    def pseudonym(student: str) -> str:
        name = student.encode("utf-8", errors="surrogateescape")
        digest = hmac.new(key, name, hashlib.sha256).digest()[:5]
        code = base64.b32encode(digest).decode().translate(ALPHABET)
        return f"{code[:4]}-{code[4:]}"

    return pseudonym


def _key(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise GraderError(
            f"{shown(path)}: damaged; put it back from a copy, or delete it: a new one is made, "
            "and all pseudonyms change"
        )
    return key


def _make(path: Path) -> None:
    """Put a new key there whole, unless another process was faster."""
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=".pseudonyms-"
    )  # private from the start
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
