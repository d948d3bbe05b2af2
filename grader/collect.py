"""Take what students handed in to where it is graded: the newest attempt of each.

A notebook goes to ``submitted/STUDENT/SECTION/exercises.ipynb``. Beside it lie ``timestamp.txt``,
in nbgrader's format, where the time is known, and ``.collected.json``, which remembers which
attempt this is, so that no older one ever takes its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

from grader.archives import Entry, Refused, entries, printable
from grader.attempts import MEMORY, STAMP, Attempt, age_of, recalled, remembered
from grader.handins import claim, identify
from grader.journal import durable, locked
from grader.layout import CourseFolder, Repository, shown, write
from grader.roster import Person, Roster
from grader.submissions import UnusableError, parsed, section_of
from grader.times import as_utc, moment

__all__ = ["Collection", "Options", "Step", "collect"]

NEW, REPLACED, SAME, OLDER = "new", "newer attempt", "unchanged", "older attempt"
SECRET = "submission_secret.txt"  # nbgrader's, beside what its exchange holds
# How Moodle's grading worksheet writes a time in English.
WRITTEN = ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p")


@dataclass(frozen=True)
class Options:
    """How to collect.

    Attributes
    ----------
    roster
        Who is in the class; None takes the ids that the system gives.
    file_times
        Whether the times of files and of a zip's entries are those of handing in.
    zone
        The zone of times that name none; None is that of this machine.
    replace
        Whether to take a notebook of which can't be told if it is newer than what is there.
    dry_run
        Whether only to say what would happen.
    """

    roster: Roster | None = None
    file_times: bool = False
    zone: tzinfo | None = None
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Step:
    """What becomes of a student's newest attempt."""

    attempt: Attempt
    path: Path
    what: str
    data: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        said = [self.what]
        if self.attempt.time:
            said.append(f"handed in {self.attempt.time:%Y-%m-%d %H:%M} UTC")
        if self.attempt.claim.late:
            said.append("late")
        if not self.attempt.claim.proper:
            said.append(f"was called {printable(self.attempt.claim.original)!r}")
        return f"{printable(shown(self.path))}: {', '.join(said)}"


@dataclass
class Collection:
    """What happened, or would happen.

    Attributes
    ----------
    steps
        What was looked at for each student.
    refused
        What was left out although somebody may have to act.
    notes
        What was left out rightly, such as a PDF beside a notebook.
    missing
        Students on the roster without a submission to this section.
    """

    steps: list[Step] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def collect(
    repository: Repository,
    course: CourseFolder,
    slug: str,
    sources: Sequence[Path],
    options: Options,
) -> Collection:
    """Collect the submissions to one section.

    Parameters
    ----------
    sources
        Zip files and folders, as Canvas, Moodle or nbgrader's exchange hand them out.

    Raises
    ------
    UsageError
        If a source isn't there.
    GraderError
        If a batch is at work on the course folder.
    OSError
        If something can't be written; run it again to go on.
    """
    done = Collection()
    with ExitStack() as stack:
        found = [list(entries(source, options.zone, stack)) for source in sources]
        if not options.dry_run:
            course.submissions.mkdir(parents=True, exist_ok=True)
            course.keep_private()
            stack.enter_context(locked(course))
        for attempts in _by_student(repository, slug, found, options, done).values():
            try:
                step = _step(repository, course, slug, attempts, options, done)
            except UnusableError as error:
                done.refused.append(Refused(attempts[0].entry.where, str(error)))
                continue
            if not options.dry_run:
                _carry_out(step)
            done.steps.append(replace(step, data=b""))  # a class's notebooks don't fit in memory
    if options.roster:
        there = {step.attempt.student for step in done.steps}
        done.missing = [
            person.student
            for person in options.roster.people
            if person.student not in there and not course.submitted(person.student, slug).is_file()
        ]
    return done


def _by_student(
    repository: Repository,
    slug: str,
    found: Iterable[list[Entry | Refused]],
    options: Options,
    done: Collection,
) -> dict[str, list[Attempt]]:
    """Sort the entries of each source by student; the others are noted."""
    sections = repository.sections()
    students: dict[str, list[Attempt]] = {}
    for entry, stamp in (pair for source in found for pair in _notebooks(source, done)):
        try:
            made = claim(entry.parts, slug, sections)
            student, person = identify(made, options.roster)
        except UnusableError as error:
            done.refused.append(Refused(entry.where, str(error)))
            continue
        if made.system in ("exchange", "folder"):
            time = made.time or _stamped(stamp)
        else:
            time = _on_worksheet(person, options.zone, entry, done)
        if options.file_times:
            time = time or entry.moment
        students.setdefault(student, []).append(Attempt(student, made, entry, time, entry.moment))
    return dict(sorted(students.items()))


def _notebooks(
    source: list[Entry | Refused], done: Collection
) -> Iterator[tuple[Entry, Entry | None]]:
    """Yield the notebooks of one source, each with the ``timestamp.txt`` beside it."""
    there = [entry for entry in source if isinstance(entry, Entry)]
    stamps = {entry.parts[:-1]: entry for entry in there if entry.parts[-1] == STAMP}
    for entry in source:
        if isinstance(entry, Refused):
            done.refused.append(entry)
        elif entry.parts[-1].endswith(".ipynb"):
            yield entry, stamps.get(entry.parts[:-1])
        elif entry.parts[-1] not in (STAMP, SECRET):
            done.notes.append(Refused(entry.where, "not a notebook; left out"))


def _stamped(entry: Entry | None) -> datetime | None:
    try:
        return moment(entry.read()[:100].decode()) if entry else None
    except (UnusableError, ValueError):
        return None


def _on_worksheet(
    person: Person | None, zone: tzinfo | None, entry: Entry, done: Collection
) -> datetime | None:
    text = person.handed_in if person else ""
    if text in ("", "-"):
        return None
    try:
        return moment(text, zone)
    except ValueError:
        pass
    for form in WRITTEN:
        try:
            local = datetime.strptime(text, form)
        except ValueError:
            continue
        return as_utc(local, zone)
    done.notes.append(
        Refused(entry.where, f"no submission time: the roster's {printable(text)!r} isn't a date")
    )
    return None


def _step(
    repository: Repository,
    course: CourseFolder,
    slug: str,
    attempts: list[Attempt],
    options: Options,
    done: Collection,
) -> Step:
    attempt, data = _newest(attempts, done)
    notebook = parsed(data)
    section = section_of(notebook)
    if section != slug and section in repository.sections():
        raise UnusableError(f"the notebook of {section}; ask for that of {slug}")
    path = course.submitted(attempt.student, slug)
    _check_place(path)
    if not path.exists():
        return Step(attempt, path, NEW, data)
    there = path.read_bytes()
    memory = remembered(path)
    digest = hashlib.sha256(data).hexdigest()
    if there == data or memory.get("digest") == digest:
        # What was mended by hand after it was collected stays.
        return Step(attempt, path, SAME, data)
    order = attempt.age.against(age_of(path, memory))
    if order is not None and order < 0:
        return Step(attempt, path, OLDER)  # which is told
    if order != 1 and not options.replace:
        raise UnusableError(
            f"differs from {printable(shown(path))}, and which is newer can't be told; "
            "to take this one, say --replace"
        )
    return Step(attempt, path, REPLACED, data)


def _newest(attempts: list[Attempt], done: Collection) -> tuple[Attempt, bytes]:
    """Return a student's newest attempt, of the files with the right name if there are any."""
    numbers = {(attempt.claim.system, attempt.claim.number) for attempt in attempts}
    if len(numbers) > len({system for system, _ in numbers}):
        raise UnusableError(
            f"{len(attempts)} submissions by different people of this name; "
            "give a --roster that tells them apart"
        )
    proper = [attempt for attempt in attempts if attempt.claim.proper]
    if not proper and len({attempt.claim.original for attempt in attempts}) > 1:
        raise UnusableError(
            f"{len(attempts)} notebooks, none of them called exercises.ipynb; ask which one it is"
        )
    for attempt in attempts if proper else []:
        if attempt not in proper:
            done.notes.append(Refused(attempt.entry.where, "beside exercises.ipynb; left out"))
    best, *others = proper or attempts
    for attempt in others:
        if attempt.age.against(best.age) == 1:
            best = attempt
    rivals = [
        attempt
        for attempt in proper or attempts
        if attempt is not best and attempt.age.against(best.age) != -1
    ]
    attempts.sort(key=lambda attempt: attempt is not best)  # for what is said of the first
    data = best.entry.read()
    if any(attempt.entry.read() != data for attempt in rivals):
        raise UnusableError(
            f"{1 + len(rivals)} different notebooks, and which is newest can't be told; "
            "leave one of them"
        )
    for attempt in proper or attempts:
        if attempt is not best and attempt not in rivals:
            done.notes.append(Refused(attempt.entry.where, "an older attempt; left out"))
    return best, data


def _check_place(path: Path) -> None:
    """Refuse to write through a link, which may lead out of the course."""
    for place in (path, path.parent, path.parent.parent):
        if place.is_symlink():
            raise UnusableError(f"{printable(shown(place))} is a link; put the folder itself there")
    for folder in (path.parent, path.parent.parent):
        if folder.exists() and not folder.is_dir():
            raise UnusableError(f"{printable(shown(folder))} is no folder; move it away")
    if path.exists() and not path.is_file():
        raise UnusableError(f"{printable(shown(path))} is no file; move it away")


def _carry_out(step: Step) -> None:
    """Write a step; after a crash in between, the same command goes on with it."""
    if step.what == OLDER:
        return
    stamp, memory = step.path.with_name(STAMP), remembered(step.path)
    age, time = step.attempt.age, step.attempt.time
    fresh = step.what != SAME
    if fresh:
        if time is None:
            stamp.unlink(missing_ok=True)  # it is that of the attempt before
        write(step.path, step.data, synced=True)
    elif memory:  # the same answers, handed in once more; a time mended by hand stays otherwise
        fresh = age.against(recalled(memory)) == 1
    if time and (fresh or not stamp.exists()):
        write(stamp, f"{time:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode(), synced=True)
    if fresh or not memory:
        new = {
            "system": age.system,
            "order": age.order,
            "moment": age.moment.isoformat() if age.moment else None,
            "timed": time is not None,
            "late": step.attempt.claim.late,
            "digest": hashlib.sha256(step.data).hexdigest(),
        }
        text = json.dumps(new, indent=1) + "\n"
        write(step.path.with_name(MEMORY), text.encode(), synced=True)
    durable(step.path.parent)
