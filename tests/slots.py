"""Slots of the sandbox for tests.

As root a slot is a user id, and at the level of limits a submission's end takes every process of
that user with it. So no two workers share a slot, whatever else is tested on this machine.
"""

from __future__ import annotations

import os

__all__ = ["own_slot"]

FIRST = 4100  # above those of batches, and below 65536 - FIRST_UID


def own_slot(number: int = 0) -> int:
    """Return the first or second (0 or 1) of this process's own slots."""
    return FIRST + 2 * (os.getpid() % 200) + number
