"""The settings of a course: ``course.toml`` in its folder, which an instructor writes."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from grader.layout import CourseFolder, GraderError, shown, write
from grader.times import as_utc, deadline

__all__ = ["FILE", "LatePolicy", "Settings", "read_settings", "write_template"]

FILE = "course.toml"
TEMPLATE = """\
# The settings of this course. What isn't here has no effect; "#" begins a comment.

# The zone of all times that don't name one, here and in the files of Canvas and Moodle.
# zone = "Europe/Berlin"

# Until when each section is due. A day alone lasts until its end.
[due]
{sections}

# What late work costs. Days count from when they begin. Leave this out, and it costs nothing.
# [late]
# free_days = 4          # each student may be late by so many days in the whole term
# percent_per_day = 10   # of the points earned, for each further day; 100 if you leave it out
# grace_minutes = 10     # so little isn't late
"""


@dataclass(frozen=True)
class LatePolicy:
    """What late work costs.

    Attributes
    ----------
    free_days
        Days of the whole term that cost a student nothing.
    percent_per_day
        Percent of the points earned that each further day costs.
    """

    free_days: int = 0
    percent_per_day: float = 100.0


@dataclass(frozen=True)
class Settings:
    """All settings.

    Attributes
    ----------
    zone
        The zone of times that name none; None is that of this machine.
    due
        Until when each section is due, in UTC.
    late
        None where late work costs nothing.
    """

    zone: tzinfo | None = None
    due: Mapping[str, datetime] = field(default_factory=dict)
    late: LatePolicy | None = None
    grace_minutes: float = 0.0


def read_settings(course: CourseFolder, sections: Collection[str] | None = None) -> Settings:
    """Read the settings of a course; without a file there are none.

    Parameters
    ----------
    sections
        The sections that may be due; None takes any name.

    Raises
    ------
    GraderError
        If the file says something that isn't a setting.
    """
    path = course.path / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except ValueError as error:  # also a letter that isn't UTF-8
        slip = isinstance(error, tomllib.TOMLDecodeError)
        advice = "; is a closing quote or bracket missing there?" if slip else ""
        raise GraderError(f"{shown(path)}: {error}{advice}") from None
    try:
        return _settings(found, sections)
    except ValueError as error:
        raise GraderError(f"{shown(path)}: {error}") from None


def _settings(found: dict[str, Any], sections: Collection[str] | None) -> Settings:
    _known("", found, ("zone", "due", "late"))
    zone = _zone(found.get("zone"))
    due = _table(found, "due")
    _known("due.", due, due if sections is None else sections)
    late = _table(found, "late")
    _known("late.", late, ("free_days", "percent_per_day", "grace_minutes"))
    days, percent, grace = (
        _number(late, name, most)
        for name, most in (("free_days", 365), ("percent_per_day", 100), ("grace_minutes", 1440))
    )
    if days is not None and days != int(days):
        raise ValueError(f"late.free_days = {days:g}: whole days only")
    return Settings(
        zone,
        {slug: _due(slug, value, zone) for slug, value in due.items()},
        LatePolicy(int(days or 0), 100.0 if percent is None else percent)
        if "late" in found
        else None,
        grace or 0.0,
    )


def _known(prefix: str, found: Mapping[str, Any], known: Collection[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(f"no setting {prefix}{name}; there is {', '.join(known)}")


def _table(found: dict[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name} is a table: write [{name}] above its lines")
    return table


def _zone(name: Any) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, TypeError, ValueError, OSError):
        raise ValueError(f"zone = {name!r}: no time zone; try Europe/Berlin") from None


def _number(table: dict[str, Any], name: str, most: float) -> float | None:
    value = table.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"late.{name} = {value!r}: a number from 0 to {most:g}")
    return float(value)


def _due(slug: str, value: Any, zone: tzinfo | None) -> datetime:
    try:
        if isinstance(value, datetime):
            return as_utc(value, zone)
        if isinstance(value, date | str):
            return deadline(str(value), zone)
    except ValueError:
        pass
    raise ValueError(f'due.{slug} = {value}: no time; write "2026-03-01 23:59"')


def write_template(course: CourseFolder, sections: Collection[str]) -> bool:
    """Write a file with all settings as comments, if there is none.

    Returns
    -------
    bool
        Whether it was written.
    """
    path = course.path / FILE
    if path.exists():
        return False
    lines = "\n".join(f'# {slug} = "2026-03-01 23:59"' for slug in sections)
    return write(path, TEMPLATE.format(sections=lines).encode(), synced=True)
