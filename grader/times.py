"""Times as people write them, and as the gradebook keeps them: in UTC, without a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

__all__ = ["as_utc", "clock", "deadline", "moment"]

# nbgrader itself reads "+0200" as 200 seconds, so its own parser is of no use.
ZONE = re.compile(r"\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)$")
OFFSETS = {"UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00"}
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def as_utc(when: datetime, zone: tzinfo | None = None) -> datetime:
    """Return a time in UTC, without a zone.

    Parameters
    ----------
    when
        A time; if it names no zone, it is taken in the one given.
    zone
        None is the zone of this machine.

    Raises
    ------
    ValueError
        If it lies outside of what a calendar holds.
    """
    try:
        if when.tzinfo is None:
            when = when.replace(tzinfo=zone) if zone else when.astimezone()
        return when.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def moment(text: str, zone: tzinfo | None = UTC) -> datetime:
    """Read a time as nbgrader writes it, or in ISO format; return it in UTC, without a zone.

    Parameters
    ----------
    zone
        The zone of a time that names none; None is that of this machine.

    Raises
    ------
    ValueError
        If it is neither.
    """
    iso = ZONE.sub(lambda found: OFFSETS.get(found[1], found[1]), text.strip())
    return as_utc(datetime.fromisoformat(iso), zone)


def deadline(text: str, zone: tzinfo | None = None) -> datetime:
    """Read until when something can be handed in; a day alone lasts until its end.

    Raises
    ------
    ValueError
        If it is no time.
    """
    text = text.strip()
    return moment(f"{text} 23:59:59" if DAY.fullmatch(text) else text, zone)


def clock(when: datetime, zone: tzinfo | None = None) -> str:
    """Return a time of the gradebook as people read it, with its distance from UTC."""
    local = when.replace(tzinfo=UTC).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S %z}" if when.second else f"{local:%Y-%m-%d %H:%M %z}"
