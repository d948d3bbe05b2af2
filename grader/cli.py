"""The command line. Heavy imports are late, so that help and wrong usage are answered at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.desk import add_desk
from grader.desk_term import add_slug
from grader.layout import CourseFolder, GraderError, Repository, UsageError, refused, shown
from grader.usage import Parser

__all__ = ["main"]

EPILOG = """\
A submission lies in DIR/submitted/STUDENT/SLUG/exercises.ipynb, with the time in timestamp.txt
beside it if you like. Exit status: 0 every submission has an outcome, also one that is not a
notebook; 1 something is ours or the author's to mend; 2 wrong usage.
"""

Command = Callable[[argparse.Namespace, Repository], int]


def _release(args: argparse.Namespace, repository: Repository) -> int:
    slugs = repository.chosen(args.slug)
    from grader.release import release

    status = 0
    for slug in slugs:
        path = shown(repository.student_notebook(slug))
        try:
            print(f"{path}: {'released' if release(repository, slug) else 'unchanged'}", flush=True)
        except GraderError as error:
            print(error, file=sys.stderr)
            status = 1
    return status


def _stale(args: argparse.Namespace, repository: Repository) -> int:
    repository.chosen([])
    from grader.release import stale

    lines = stale(repository)
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


def _bundle(args: argparse.Namespace, repository: Repository) -> int:
    repository.chosen([])
    from grader.bundle import bundle

    changed = bundle(repository)
    print(f"{shown(repository.bundle)}: {'written' if changed else 'unchanged'}")
    return 0


def _site(args: argparse.Namespace, repository: Repository) -> int:
    repository.chosen([])
    from grader.site.build import build

    output = args.output or repository.root / "dist" / "site"
    count = build(repository, output)
    print(f"{shown(output / 'index.html')}: {count} pages; open it in a browser")
    return 0


def _autograde(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course).must_exist()
    slugs = repository.chosen([args.slug] if args.slug else [])
    students = {slug: list(args.student) for slug in slugs}
    if not args.slug:
        students = _who_submitted(course, slugs, args.student)
    _one_thread_each()
    from grader.autograde import Batch, failures, grade_section
    from grader.late_book import tell_gradebook
    from grader.settings import read_settings
    from grader.submissions import misplaced

    read_settings(course, repository.sections())  # a slip in it is told before hours of grading
    seed = args.seed if args.seed is not None else _fresh_seed()
    batch = Batch(
        repository,
        course,
        seed,
        workers=args.workers or (0 if args.scheduler else _cores()),
        sandbox=args.sandbox,
        scheduler=args.scheduler,
        fixed=args.seed is not None,
        force=args.force,
        say=lambda line: print(line, flush=True),
        complain=lambda line: print(line, file=sys.stderr, flush=True),
    )
    status = 0
    for slug, batch.students in students.items():
        print(f"{slug}: grading with seed {seed}", flush=True)
        records = grade_section(batch, slug)
        print(f"{slug}: {_summary([record.status for record in records])}", flush=True)
        status |= 1 if failures(records) else 0
    for line in tell_gradebook(course).lines(students):
        print(line, flush=True)
    for problem in misplaced(repository, course):
        print(problem, file=sys.stderr)
    if not students:
        print(f"{shown(course.submissions)}: no submission to any section", file=sys.stderr)
    return status


def _regrade(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course).must_exist()
    (slug,) = repository.chosen([args.slug])
    from grader.regrade import begin, end, summary

    if begin(course, slug):
        print(f"{slug}: going on with the regrade that was interrupted")
    status = _autograde(args, repository)
    changes, table = end(course, slug)
    for change in changes:
        print(change)
    print(f"{slug}: {summary(changes, len(course.graded_students(slug)))}")
    if table:
        print(f"{shown(table)}: these changes as a table")
    return status


def _one_thread_each() -> None:
    """Let a process compute in one thread: the workers are what runs side by side."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"


def _who_submitted(
    course: CourseFolder, slugs: list[str], students: list[str]
) -> dict[str, list[str]]:
    """Return the sections with submissions, each with those of the students named who are in it."""
    for student in students:
        if not (course.submissions / student).is_dir():
            raise UsageError(f"{shown(course.submissions / student)} isn't there")
    found = {}
    for slug in slugs:
        names = [student for student in students if (course.submissions / student / slug).exists()]
        if names or (not students and any(course.submissions.glob(f"*/{slug}"))):
            found[slug] = names
    return found


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _fresh_seed() -> int:
    import secrets

    return secrets.randbelow(2**31)


def _summary(statuses: list[str]) -> str:
    counts = [f"{statuses.count(name)} {name}" for name in dict.fromkeys(sorted(statuses))]
    plural = "" if len(statuses) == 1 else "s"
    return (
        f"{len(statuses)} submission{plural}: {', '.join(counts)}" if counts else "no submissions"
    )


def _grades(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course).must_exist()
    (slug,) = repository.chosen([args.slug])
    from grader.table import collect, printed

    sys.stdout.write(printed(collect(course, slug), args.format))
    return 0


def _feedback(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course).must_exist()
    slugs = repository.chosen([args.slug] if args.slug else [])
    if not args.slug:
        slugs = [slug for slug in slugs if course.graded_students(slug)]
    for slug in slugs:
        unknown = set(args.student) - set(course.graded_students(slug))
        if unknown:
            raise UsageError(f"{slug}: no graded submission of {min(unknown)!r}")
    from grader.feedback import give_feedback

    status = 0
    for slug in slugs:
        failed = give_feedback(repository, course, slug, args.student)
        count = len(args.student or course.graded_students(slug)) - len(failed)
        print(f"{slug}: {count} pages in {shown(course.path / 'feedback')}", flush=True)
        if failed:
            print(*failed, sep="\n", file=sys.stderr)
            status = 1
    if not slugs:
        print("nothing was graded yet; run 'make autograde' first", file=sys.stderr)
    return status


def _formgrader(args: argparse.Namespace, repository: Repository) -> int:
    course = CourseFolder(args.course).must_exist()
    from grader.formgrader import open_formgrader

    open_formgrader(course, args.arguments)


def _check(args: argparse.Namespace, repository: Repository) -> int:
    slugs = repository.chosen(args.slug)
    _one_thread_each()
    from grader.check import check

    status = 0
    for slug in slugs:
        found = check(
            repository, slug, workers=args.workers or _cores(), sandbox=args.sandbox, seed=args.seed
        )
        print(*found.lines(), sep="\n", flush=True)
        status |= 1 if found.findings else 0
    return status


def _bench(args: argparse.Namespace, repository: Repository) -> int:
    slug = repository.chosen([args.section] if args.section else [])[0]
    from grader.bench import Plan, bench

    bench(repository, Plan(slug, args.copies, args.scale, args.workers, args.rounds))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m grader",
        description="Release, bundle and grade the course's exercises.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Command, help: str, slug: str | None = None) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(run=run)
        if slug:
            add_slug(command, None if slug == "1" else slug)
        return command

    def in_course(command: argparse.ArgumentParser, students: bool = False) -> None:
        command.add_argument(
            "--course",
            type=Path,
            default=Path("course"),
            metavar="DIR",
            help="the course folder (default: course)",
        )
        if students:
            command.add_argument(
                "--student",
                action="append",
                default=[],
                metavar="ID",
                help="only this student; may be given several times",
            )

    def judging(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--workers",
            type=_count,
            metavar="N",
            help="judge so many submissions at once (default: one for each core, here or on the "
            "cluster)",
        )
        command.add_argument(
            "--sandbox",
            choices=("full", "limits"),
            default="full",
            help="limits: without namespaces, where the system has none; weaker, see "
            "docs/security.md",
        )

    add("release", _release, "make the student notebooks from the masters", "*")
    add("stale", _stale, "list the student notebooks that are not what their masters give")
    add("bundle", _bundle, "pack what a student gets into dist/, after a search for secrets")
    site = add("site", _site, "build the course as a site to read, after a search for secrets")
    site.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the site (default: dist/site)"
    )
    add_desk(add, in_course)
    for autograde in (
        add("autograde", _autograde, "grade the submissions to one or all sections", "?"),
        add("regrade", _regrade, "grade what a mended test touches, and say who gained", "1"),
    ):
        in_course(autograde, students=True)
        autograde.add_argument(
            "--seed",
            type=_seed,
            metavar="N",
            help="draw the hidden inputs from this number, also for what was graded with another",
        )
        judging(autograde)
        autograde.add_argument(
            "--scheduler",
            default="",
            metavar="ADDRESS",
            help="judge on a Dask cluster, such as tcp://HOST:8786; see docs/large-courses.md",
        )
        autograde.add_argument(
            "--force",
            action="store_true",
            help="grade again what hasn't changed since it was graded",
        )
    grades = add("grades", _grades, "print the grades of a section", "1")
    in_course(grades)
    grades.add_argument("--format", choices=("table", "csv", "json"), default="table")
    in_course(
        add("feedback", _feedback, "write a feedback page for each submission", "?"), students=True
    )
    formgrader = add("formgrader", _formgrader, "open nbgrader's formgrader to grade by hand")
    in_course(formgrader)
    formgrader.add_argument(
        "arguments", nargs="*", metavar="-- ARGUMENT", help="further arguments of jupyter lab"
    )
    check = add("check", _check, "tell whether sections can be graded and their tests bite", "*")
    judging(check)
    check.add_argument(
        "--seed",
        type=_seed,
        metavar="N",
        default=20_261_124,
        help="draw the hidden inputs from this number (default: %(default)s)",
    )
    bench = add("bench", _bench, "measure autograde against stock nbgrader, on right submissions")
    bench.add_argument("--section", metavar="SLUG", help="the section (default: the first)")
    for name, kind, default, help in (
        ("copies", _count, 40, "submissions to both"),
        ("scale", _seed, 1000, "submissions to ours alone; 0 leaves it out"),
        ("workers", _count, 2, "workers of ours, also measured with one"),
        ("rounds", _count, 2, "how often each command is run"),
    ):
        text = f"{help} (default: {default})"
        bench.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=text)
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least one worker is needed")
    return count


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError("a seed is not negative")
    return seed


def main(argv: Sequence[str] | None = None, repository: Repository | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        The arguments; those of the process by default.
    repository
        The checkout to work on; the one that this file lies in by default.

    Returns
    -------
    int
        The exit status.
    """
    args = _parser().parse_args(argv)
    run: Command = args.run
    try:
        return run(args, repository or Repository())
    except UsageError as error:
        print(f"python -m grader: {error}", file=sys.stderr)
        return 2
    except GraderError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(refused(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 1
