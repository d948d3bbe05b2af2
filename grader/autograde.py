"""Grade a batch of submissions, one by one, so that one that fails costs only itself."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader import gradebook, results
from grader.assemble import assemble
from grader.engine import Engine, EngineError
from grader.layout import CourseFolder, GraderError, Repository, UsageError, shown
from grader.master import Master, read_master
from grader.release import graded_form, student_form
from grader.results import Record, load, save
from grader.submissions import Problem, Submission, find

__all__ = ["Batch", "grade_section"]


@dataclass
class Batch:
    """What holds for all submissions of one call.

    Attributes
    ----------
    seed
        What hidden inputs are drawn from.
    students
        Grade only these; empty for all.
    force
        Grade again what hasn't changed since it was graded.
    say, complain
        Called with each line of progress, and with each about a submission without a grade.
    """

    repository: Repository
    course: CourseFolder
    engine: Engine
    seed: int
    students: list[str] = field(default_factory=list)
    force: bool = False
    say: Callable[[str], None] = print
    complain: Callable[[str], None] = print


def grade_section(batch: Batch, slug: str) -> list[Record]:
    """Grade the submissions to one section.

    Parameters
    ----------
    batch
        What to grade, and with what.
    slug
        The section.

    Returns
    -------
    list of Record
        One for each submission, in the order of the students' names.

    Raises
    ------
    GraderError
        If the master has faults or the gradebook can't be used, so that nothing can be graded.
    """
    master = read_master(batch.repository, slug)
    master.check()
    form = graded_form(master)
    gradebook.register(batch.course, slug, form, student_form(master))
    origin = {"engine": batch.engine.name, "seed": batch.seed, **_origin(batch.repository, master)}
    found = list(_chosen(batch, master))
    before = gradebook.read(batch.course, slug)
    records = []
    for number, submission in enumerate(found, 1):
        start = time.monotonic()
        how = ""
        if isinstance(submission, Problem):
            record = _problem(batch, submission, master, origin)
        elif kept := _unchanged(batch, slug, submission, origin, before.get(submission.student)):
            record, how = kept, "unchanged"
        else:
            record = _graded(batch, master, form, submission, origin)
            how = f"{time.monotonic() - start:.1f} s"
        if how != "unchanged":
            save(batch.course, slug, record)
        records.append(record)
        place = f"[{number:>{len(str(len(found)))}}/{len(found)}] {record.student}: "
        if record.message:
            batch.complain(f"{place}{shown(batch.course.path)}/{record.message}")
        else:
            batch.say(place + _line(record, how))
    return records


def _chosen(batch: Batch, master: Master) -> Iterator[Submission | Problem]:
    missing = set(batch.students)
    for submission in find(batch.repository, batch.course, master):
        if not batch.students or submission.student in batch.students:
            missing.discard(submission.student)
            yield submission
    if missing:
        student = min(missing)
        path = batch.course.submitted(student, master.slug).parent
        raise UsageError(f"no submission of {student!r}: {shown(path)} isn't there")


def _origin(repository: Repository, master: Master) -> dict[str, Any]:
    """Hash what a grade rests on besides the submission."""
    code = [
        *sorted((repository.root / "course_utils").rglob("*.py")),
        *sorted(Path(__file__).parent.rglob("*.py")),
        repository.root / "requirements.lock",
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in code:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return {
        "master": hashlib.sha256(master.path.read_bytes()).hexdigest(),
        "environment": digest.hexdigest(),
    }


def _unchanged(
    batch: Batch,
    slug: str,
    submission: Submission,
    origin: dict[str, Any],
    grades: gradebook.Grades | None,
) -> Record | None:
    """Return the record of an earlier batch that would come out the same."""
    if batch.force:
        return None
    record = load(batch.course, slug, submission.student)
    if record is None or record.status not in (results.GRADED, results.NEEDS_HAND):
        return None
    wanted = {**origin, "submission": submission.digest}
    rests_on = ("engine", "master", "environment", "submission")
    if any(record.origin.get(key) != wanted[key] for key in rests_on):
        return None
    kept = batch.course.autograded(submission.student, slug).is_file()
    return gradebook.current(record, grades) if kept and grades else None


def _problem(batch: Batch, problem: Problem, master: Master, origin: dict[str, Any]) -> Record:
    message = f"{_inside(batch, problem.path)}: {problem.advice}"
    return Record(
        problem.student, results.PROBLEM, 0.0, master.max_score, message=message, origin=origin
    )


def _inside(batch: Batch, path: Path) -> str:
    """Return a path as it is kept in a record: from the course folder on."""
    return path.relative_to(batch.course.path).as_posix()


def _graded(
    batch: Batch, master: Master, form: Any, submission: Submission, origin: dict[str, Any]
) -> Record:
    notebook, mended = assemble(form, submission.cells)
    record = Record(
        submission.student,
        results.NOT_JUDGED,
        0.0,
        master.max_score,
        notes=[*submission.notes, *mended],
        origin={**origin, "submission": submission.digest},
    )
    try:
        verdicts = batch.engine.run(notebook, batch.seed)
        record.tasks, waiting = gradebook.record(
            batch.course,
            master.slug,
            submission.student,
            form,
            notebook,
            verdicts,
            submission.timestamp,
        )
    except (EngineError, GraderError, OSError) as error:
        record.message = f"{_inside(batch, submission.path)}: could not be judged: {error}"
        return record
    record.score = sum(task.points for task in record.tasks)
    record.status = results.NEEDS_HAND if waiting else results.GRADED
    return record


def _line(record: Record, how: str) -> str:
    waiting = sum(t.max_points for t in record.tasks if t.outcome == results.BY_HAND)
    rest = f", {waiting:g} to be graded by hand" if waiting else ""
    mended = f"; {'; '.join(record.notes)}" if record.notes else ""
    score = f"{record.score:g} of {record.max_score:g} points"
    return f"{score}{rest} ({how}){mended}"


def failures(records: Iterable[Record]) -> int:
    """Count the submissions that could not be judged through our fault."""
    return sum(record.status == results.NOT_JUDGED for record in records)
