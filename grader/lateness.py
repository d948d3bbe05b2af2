"""How late each submission is, and what that costs: free days first, in the order of due dates.

Nothing here reads or writes. Days count from when they begin: a minute after the deadline is one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.extensions import Extensions
from grader.settings import LatePolicy, Settings

__all__ = ["Handed", "Lateness", "lateness"]

DAY = timedelta(days=1)
MARKED = "marked late, by how much isn't known"


@dataclass(frozen=True)
class Handed:
    """When a submission was handed in.

    Attributes
    ----------
    time
        In UTC; None isn't known.
    marked
        Whether the system that it comes from says that it is late.
    """

    student: str
    slug: str
    time: datetime | None
    marked: bool = False


@dataclass(frozen=True)
class Lateness:
    """How late a submission is.

    Attributes
    ----------
    due
        Until when it was due, extension included, in UTC; None isn't known.
    days
        Days that have begun since then.
    free
        How many of these the student's free days cover.
    left
        Free days that are left after it.
    percent
        Percent of the points earned that the other days cost.
    note
        What isn't known.
    """

    handed: Handed
    due: datetime | None
    days: int = 0
    free: int = 0
    left: int = 0
    percent: float = 0.0
    note: str = ""

    def penalty(self, earned: float, extra: float) -> float:
        """Return the points that are taken off: of those earned, and never more than there are."""
        return round(max(0.0, min(earned * self.percent / 100, earned + extra)), 4)

    def extended_by(self, due: datetime | None) -> timedelta | None:
        """Return by how much this student may be later than others, None if that is nothing."""
        return self.due - due if self.due and due and self.due != due else None


def lateness(
    handed: Iterable[Handed],
    settings: Settings,
    extensions: Extensions,
) -> dict[tuple[str, str], Lateness]:
    """Tell how late submissions are.

    Parameters
    ----------
    handed
        All submissions of the course, since free days are those of the whole term.
    settings
        When sections are due, and what late work costs.
    extensions
        By student and section.

    Returns
    -------
    dict
        By student and section.
    """
    students: dict[str, list[Handed]] = defaultdict(list)
    for one in handed:
        students[one.student].append(one)
    due, policy = settings.due, settings.late or LatePolicy(percent_per_day=0.0)
    grace = timedelta(minutes=settings.grace_minutes)
    found = {}
    for student, works in students.items():
        left = policy.free_days
        # The section's own due date, so that an extension doesn't change who pays for what.
        for one in sorted(works, key=lambda w: (due.get(w.slug, datetime.max), w.slug)):
            extension = extensions.get((student, one.slug))
            until = extension.until if extension else due.get(one.slug)
            days, note = _days(one, until, grace, extended=extension is not None)
            free = min(left, days)
            left -= free
            percent = min(100.0, (days - free) * policy.percent_per_day)
            found[student, one.slug] = Lateness(one, until, days, free, left, percent, note)
    return found


def _days(
    one: Handed, until: datetime | None, grace: timedelta, *, extended: bool
) -> tuple[int, str]:
    if one.time and until:
        return max(0, math.ceil((one.time - until - grace) / DAY)), ""
    # The other system may not know of the extension.
    if one.marked and not extended:
        return 1, MARKED
    return 0, ""
