"""Which of two attempts is the newer, and what is remembered of the one that was taken."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.archives import Entry
from grader.handins import Claim
from grader.times import moment

__all__ = ["MEMORY", "STAMP", "Age", "Attempt", "age_of", "recalled", "remembered", "stamped"]

MEMORY = ".collected.json"
STAMP = "timestamp.txt"


@dataclass(frozen=True)
class Age:
    """What is known of when an attempt was made."""

    system: str
    order: tuple[int, int]
    moment: datetime | None

    def against(self, other: Age) -> int | None:
        """Return 1 if this is newer, -1 if older, 0 if neither, None if that can't be told."""
        if self.system == other.system == "canvas":
            return _sign(self.order, other.order)
        if self.moment is None or other.moment is None:
            return None
        return _sign(self.moment, other.moment) or _sign(self.order, other.order)


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


@dataclass(frozen=True)
class Attempt:
    """One notebook of one student, not yet read.

    Attributes
    ----------
    time
        When it was handed in, if that is known.
    seen
        When it was there at the latest: the time of the file, which is often that of a download.
    """

    student: str
    claim: Claim
    entry: Entry
    time: datetime | None
    seen: datetime | None

    @property
    def age(self) -> Age:
        """What tells which of two attempts is the newer."""
        return Age(self.claim.system, self.claim.order, self.time or self.seen)


def remembered(path: Path) -> dict[str, Any]:
    """Return what was kept beside a notebook when it was collected; empty if nothing was."""
    try:
        memory = json.loads(path.with_name(MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def age_of(path: Path, memory: dict[str, Any]) -> Age:
    """Return what is known of the attempt that is there."""
    known, time = recalled(memory), stamped(path)
    return replace(known, moment=time) if time else known


def stamped(path: Path) -> datetime | None:
    """Return the time beside a notebook; None if there is none that can be read."""
    try:
        return moment(path.with_name(STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def recalled(memory: dict[str, Any]) -> Age:
    """Return the age that was kept."""
    try:
        first, second = memory["order"]
        when = moment(memory["moment"]) if memory["moment"] else None
        return Age(str(memory["system"]), (int(first), int(second)), when)
    except (KeyError, TypeError, ValueError):
        return Age("", (0, 0), None)
