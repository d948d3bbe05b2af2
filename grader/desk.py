"""The commands at the two ends of a term: collect what was handed in, export and report."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import tzinfo
from pathlib import Path

from grader.desk_term import Add, add_term
from grader.layout import CourseFolder, Repository, UsageError, shown, write

__all__ = ["add_desk"]


def add_desk(add: Add, in_course: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands to the command line."""
    collect = add(
        "collect", _collect, "take submissions from zips and folders into the course", "1"
    )
    collect.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a zip or folder from Canvas, Moodle or nbgrader's exchange, or a notebook",
    )
    in_course(collect)
    _roster(collect)
    collect.add_argument(
        "--file-times",
        action="store_true",
        help="take the times of files as submission times; in Canvas' and Moodle's zips they are "
        "those of the download",
    )
    collect.add_argument(
        "--zone",
        type=_zone,
        metavar="NAME",
        help="the time zone of the roster's and the zip's times, such as Europe/Berlin (default: "
        "the course's, else this machine's)",
    )
    collect.add_argument(
        "--replace",
        action="store_true",
        help="take a notebook also where it can't be told whether it is newer than what is there",
    )
    collect.add_argument("--dry-run", action="store_true", help="only say what would happen")
    export = add("export", _export, "write grades for Canvas, Moodle or a spreadsheet", "+")
    in_course(export)
    _roster(export)
    export.add_argument("--format", choices=("canvas", "moodle", "csv"), required=True)
    export.add_argument(
        *("-o", "--output"),
        type=Path,
        metavar="FILE",
        help="where to write (default: DIR/exports/SLUG-FORMAT.csv, with several sections "
        "DIR/exports/grades-FORMAT.csv)",
    )
    export.add_argument(
        "--column",
        action="append",
        default=[],
        type=_column,
        metavar="SLUG=TITLE",
        help="the title of a section's column, such as '01-population-risk=Homework 1 (4711)'",
    )
    export.add_argument(
        "--partial",
        action="store_true",
        help="also the points so far of what waits for points given by hand",
    )
    export.add_argument(
        "--before-penalty",
        action="store_true",
        help="leave it to the other system to take points off for late work",
    )
    report = add("report", _report, "write a page for the instructor about a section", "1")
    in_course(report)
    report.add_argument(
        "--names", action="store_true", help="call students by their names (default: pseudonyms)"
    )
    report.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the page (default: DIR/reports/SLUG.html, with --names DIR/reports/SLUG-names.html)",
    )
    book = add("gradebook", _gradebook, "tell where the gradebook is, or move it to a server")
    in_course(book)
    book.add_argument(
        "--move",
        action="store_true",
        help="move gradebook.db to the PostgreSQL server that the course folder names, see "
        "docs/large-courses.md",
    )
    add_term(add, in_course)


def _roster(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="a CSV file that says who is who, see docs/instructors.md",
    )


def _zone(text: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"no time zone {text!r}; try Europe/Berlin") from None


def _column(text: str) -> tuple[str, str]:
    slug, equals, title = text.partition("=")
    if not equals or not title.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not SLUG=TITLE")
    return slug, title


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(words).items()) or "nothing"


def _collect(args: argparse.Namespace, repository: Repository) -> int:
    (slug,) = repository.chosen([args.slug])
    from grader.archives import printable
    from grader.collect import Options, collect
    from grader.roster import read_roster
    from grader.settings import read_settings

    course = CourseFolder(args.course)
    options = Options(
        read_roster(args.roster) if args.roster else None,
        args.file_times,
        args.zone or read_settings(course).zone,
        args.replace,
        args.dry_run,
    )
    done = collect(repository, course, slug, args.files, options)
    for step in done.steps:
        print(step, flush=True)
    for line in [*done.notes, *done.refused]:
        print(line, file=sys.stderr, flush=True)
    if done.missing:
        print(f"{slug}: nothing usable from {', '.join(map(printable, done.missing))}")
    counted = _counted([step.what for step in done.steps] + ["refused"] * len(done.refused))
    print(f"{slug}: {counted}{'; a dry run, nothing was written' if args.dry_run else ''}")
    return 1 if done.refused else 0


def _export(args: argparse.Namespace, repository: Repository) -> int:
    slugs = list(dict.fromkeys(repository.chosen(args.slug)))
    course = CourseFolder(args.course).must_exist()
    if not args.roster:  # with one, everybody gets a row
        course.must_be_graded(slugs)
    name = slugs[0] if len(slugs) == 1 else "grades"
    output = args.output or course.path / "exports" / f"{name}-{args.format}.csv"
    for slug, _ in args.column:
        if slug not in slugs:
            raise UsageError(f"--column {slug}=…: {slug} isn't exported")
    if args.roster and output.exists() and output.samefile(args.roster):
        raise UsageError(f"{shown(output)} is the roster; give another file with -o")
    from grader.export import Options, export, gather
    from grader.late_book import tell_gradebook
    from grader.roster import read_roster

    roster = read_roster(args.roster) if args.roster else None
    tell_gradebook(course)
    sheet = gather(repository, course, slugs, roster)
    done = export(sheet, args.format, Options(dict(args.column), args.partial, args.before_penalty))
    write(output, done.text.encode("utf-8", "backslashreplace"), synced=True)
    for line in [*done.notes, *done.left_out]:
        print(line, file=sys.stderr)
    for section in sheet.sections:
        statuses = [section.mark(row.student).status for row in sheet.rows]
        late = sum(section.mark(row.student).days_late > 0 for row in sheet.rows)
        print(
            f"{section.slug}: {_counted(sorted(statuses))}{f', {late} of them late' * (late > 0)}"
        )
    print(f"{shown(output)}: written")
    return 1 if done.left_out else 0


def _report(args: argparse.Namespace, repository: Repository) -> int:
    (slug,) = repository.chosen([args.slug])
    course = CourseFolder(args.course).must_exist()
    from grader.report import report

    path = report(repository, course, slug, names=args.names, output=args.output)
    print(f"{shown(path)}: open it in a browser")
    if not course.graded_students(slug):
        print(f"{slug}: nothing graded yet, so the page is empty", file=sys.stderr)
    return 0


def _gradebook(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course)
    if not course.path.is_dir():
        raise UsageError(f"{shown(course.path)} isn't there; make it with 'make course'")
    from grader.moving import described, move

    if args.move:
        print(move(course))
    print(described(course))
    return 0
