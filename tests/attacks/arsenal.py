"""How an attack is written down, and what attacks have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.attacks import ground
from tests.attacks.harness import Sheet

__all__ = ["ARSENAL", "FIND", "WIRE", "Attack", "attack"]


@dataclass(frozen=True)
class Attack:
    """One hostile notebook.

    Parameters
    ----------
    build
        Turns the notebook that is handed out into the hostile one.
    keeps
        Tests that it passes by rights.
    armed
        Whether its own cells run to the line that prints ``ARMED``: an attack that fails over a
        slip of its own proves nothing. The others have to end their process.
    slow
        Whether it takes seconds.
    """

    name: str
    kind: str
    build: Callable[[Sheet], Sheet]
    slug: str = ground.SLUG
    keeps: frozenset[str] = frozenset()
    armed: bool = True
    slow: bool = False


ARSENAL: dict[str, Attack] = {}

Build = Callable[[Sheet], Sheet]


def attack(
    kind: str,
    slug: str = ground.SLUG,
    keeps: Iterable[str] = (),
    armed: bool = True,
    slow: bool = False,
) -> Callable[[Build], Build]:
    """Put an attack into the arsenal under its function's name."""

    def add(build: Build) -> Build:
        name = build.__name__
        assert name not in ARSENAL, name
        ARSENAL[name] = Attack(name, kind, build, slug, frozenset(keeps), armed, slow)
        return build

    return add


#: For a student's cell: look for the range's secrets in any text, and tell.
FIND = """
import re
NEEDLE = re.compile("kana" + "rie:[a-z]+:[0-9a-f]{16}")
TAKEN = []


def take(text):
    if isinstance(text, (bytes, bytearray)):
        text = text.decode("latin-1")
    TAKEN.extend(hit for hit in NEEDLE.findall(str(text)) if hit not in TAKEN)


def tell():
    if TAKEN:
        print("LOOT", *TAKEN)
"""

#: For a student's cell: the socket to the judge, and frames of one's own.
WIRE = """
import gc, os, socket, stat, struct, sys
from grader.sealed import endpoint, wire

SERVER = next(o for o in gc.get_objects() if type(o) is endpoint.Endpoint)
SOCKET = SERVER.channel.sock


def frame(value):
    body = value if isinstance(value, bytes) else wire.encode(value)
    return struct.pack("<I", len(body)) + body


def write(*values):
    os.write(SOCKET.fileno(), b"".join(map(frame, values)))
"""
