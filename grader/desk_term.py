"""The commands in the middle of a term: settings, late days, an extension, extra points."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Protocol

from grader.database import exists
from grader.layout import CourseFolder, GraderError, Repository, UsageError, shown

if TYPE_CHECKING:  # at run time they come late
    from grader.lateness import Lateness
    from grader.results import Record

__all__ = ["Add", "add_slug", "add_term"]

Command = Callable[[argparse.Namespace, Repository], int]


class Add(Protocol):
    """Adds a command to the command line."""

    def __call__(
        self, name: str, run: Command, help: str, slug: str | None = None
    ) -> argparse.ArgumentParser:
        """Return the command's parser, to be given its arguments.

        It takes a section where ``slug`` is ``"1"``, and as many as argparse's ``"?"``, ``"*"`` or
        ``"+"`` says.
        """


def add_term(add: Add, in_course: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands to the command line."""
    in_course(add("course", _course, "make a course folder, with its settings to fill in"))
    late = add("late", _late, "say who was late and what that costs", "*")
    in_course(late)
    extension = add("extension", _extension, "give one student more time, or list who has it")
    _who(extension, "?")
    in_course(extension)
    until = extension.add_mutually_exclusive_group()
    until.add_argument("--until", metavar="TIME", help='such as "2026-03-05 23:59", or a day')
    until.add_argument(
        "--days", type=_a_few, metavar="N", help="days after the section's due date, such as 3"
    )
    until.add_argument("--take-back", action="store_true", help="end the extension")
    extension.add_argument("--reason", default="", metavar="TEXT", help="kept; no student sees it")
    extra = add("extra", _extra, "give one student extra points, or take some away")
    _who(extra)
    extra.add_argument("points", type=float, metavar="POINTS", help="such as 3, or -2")
    in_course(extra)
    extra.add_argument(
        "--reason", required=True, metavar="TEXT", help="goes into the student's feedback"
    )
    extra.add_argument(
        "--task", default="", metavar="TASK", help="such as task3 (default: the last)"
    )


def _who(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    command.add_argument("student", nargs=nargs, metavar="STUDENT", help="the folder's name")
    add_slug(command, nargs)


def add_slug(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    """Let a command take a section, or as many as ``nargs`` says."""
    command.add_argument(
        "slug", nargs=nargs, metavar="SLUG", help="a section, such as 01-population-risk"
    )


def _a_few(text: str) -> float:
    days = float(text)
    if not 0 < days <= 365:
        raise argparse.ArgumentTypeError("give a number of days, such as 3")
    return days


def _course(args: argparse.Namespace, repository: Repository) -> int:
    sections = repository.chosen([])
    course = CourseFolder(args.course)
    from grader.settings import FILE, write_template

    course.submissions.mkdir(parents=True, exist_ok=True)
    course.keep_private()
    path = shown(course.path / FILE)
    if write_template(course, sections):
        print(f"{path}: fill in when each section is due, and what late work costs")
    else:
        print(f"{path}: there already")
    return 0


def _late(args: argparse.Namespace, repository: Repository) -> int:
    slugs = repository.chosen(args.slug)
    course = CourseFolder(args.course).must_exist()
    from grader.late_book import tell_gradebook
    from grader.settings import FILE, read_settings
    from grader.table import collect
    from grader.times import clock

    settings = read_settings(course, repository.sections())
    term = tell_gradebook(course)
    for slug in slugs:
        works = {who: one for (who, where), one in sorted(term.late.items()) if where == slug}
        if not works:
            continue
        due = settings.due.get(slug)
        print(f"{slug}: {f'due {clock(due, settings.zone)}' if due else f'no due date in {FILE}'}")
        for record in collect(course, slug):
            if (one := works.get(record.student)) and (one.days or one.extended_by(due)):
                print(f"  {_late_line(one, record, due, settings.zone)}")
        timeless = sum(one.handed.time is None and not one.handed.marked for one in works.values())
        if due and timeless:
            print(f"  without a time, counted as in time: {timeless} of {len(works)}")
        if unknown := sum(bool(one.note) for one in works.values()):
            print(f"  marked late without a time, counted as one day: {unknown} of {len(works)}")
    if settings.late is None:
        print(f"late work costs nothing: {shown(course.path / FILE)} has no [late]")
    return 0


def _late_line(one: Lateness, record: Record, due: datetime | None, zone: tzinfo | None) -> str:
    from grader.archives import printable
    from grader.times import clock

    said = [_days(one)]
    if one.handed.time:
        said.append(f"handed in {clock(one.handed.time, zone)}")
    if one.due and one.extended_by(due):
        said.append(f"extension until {clock(one.due, zone)}")
    if one.days and (one.free or one.left):
        said.append(f"{one.free} free, {one.left} left")
    if record.late and record.late.penalty:
        said.append(f"-{record.late.penalty:g} points ({one.percent:g} %)")
    return f"{printable(record.student)}: {', '.join([*said, *([one.note] * bool(one.note))])}"


def _days(one: Lateness) -> str:
    return f"{one.days} day{'s' * (one.days != 1)} late" if one.days else "in time"


def _extension(args: argparse.Namespace, repository: Repository) -> int:
    if args.slug:
        repository.chosen([args.slug])
    course = CourseFolder(args.course).must_exist()
    from grader.archives import printable
    from grader.extensions import extend, read_extensions
    from grader.late_book import tell_gradebook
    from grader.settings import FILE, read_settings
    from grader.times import clock, deadline

    settings = read_settings(course, repository.sections())
    zone = settings.zone
    if not (args.until or args.days is not None or args.take_back):
        for (student, slug), given in sorted(read_extensions(course, zone).items()):
            if args.student in (None, student) and args.slug in (None, slug):
                reason = f": {given.reason}" if given.reason else ""
                print(f"{printable(student)}, {slug}: until {clock(given.until, zone)}{reason}")
        return 0
    if not args.slug:
        raise UsageError("which section? (with make: SECTION=01-population-risk)")
    student, slug, until = args.student, args.slug, None
    if args.until:
        try:
            until = deadline(args.until, zone)
        except ValueError:
            raise UsageError(f'--until {args.until!r}: no time; write "2026-03-05 23:59"') from None
    elif args.days is not None:
        if slug not in settings.due:
            raise UsageError(f"{slug} has no due date in {FILE}; say --until")
        until = settings.due[slug] + timedelta(days=args.days)
    extend(course, student, slug, until, " ".join(args.reason.split()), zone)
    if not (course.submissions / student).is_dir():
        print(
            f"{printable(student)} has no folder in {shown(course.submissions)} yet: is that the "
            "name that the folder will have?",
            file=sys.stderr,
        )
    one = tell_gradebook(course).late.get((student, slug))
    when = f"until {clock(until, zone)}" if until else "no extension any more"
    print(f"{printable(student)}, {slug}: {when}; {_days(one) if one else 'nothing graded yet'}")
    return 0


def _extra(args: argparse.Namespace, repository: Repository) -> int:
    repository.chosen([args.slug])
    course = CourseFolder(args.course).must_exist()
    reason = " ".join(args.reason.split())
    if not reason:
        raise UsageError("--reason is empty; the student reads it in the feedback")
    if not args.points or args.points != args.points or abs(args.points) > 1000:
        raise UsageError(f"{args.points:g} points; give a number such as 3 or -2")
    if not exists(course):
        raise GraderError(f"{shown(course.gradebook)} isn't there; run 'make autograde' first")
    from grader.archives import printable
    from grader.extra import give_extra
    from grader.late_book import tell_gradebook

    test, grades = give_extra(
        repository, course, args.slug, args.student, args.points, reason, args.task
    )
    tell_gradebook(course)
    print(
        f"{printable(args.student)}, {args.slug}: {args.points:+g} at {test}; "
        f"{grades.extra:g} extra points in all, {grades.score:g} of {grades.max_score:g}"
    )
    return 0
