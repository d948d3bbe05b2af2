"""Grade a batch of submissions: judge in parallel, keep a journal, write the gradebook."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader import gradebook, results
from grader.basis import environment, fingerprint
from grader.crew import Form, crew
from grader.database import exists, reserved
from grader.grades import Grades, current
from grader.journal import Entry, Journal, locked, sweep
from grader.judging import Done, Job, Orders, Terms, judged, kept, slot
from grader.layout import CourseFolder, Repository, UsageError, shown
from grader.master import Master, read_master
from grader.nb import compact
from grader.pool import Failed, Pool
from grader.progress import Progress
from grader.results import Record, TaskResult, load, save
from grader.sealed import scratch
from grader.sealed.engine import SealedEngine
from grader.sealed.house import Nursery
from grader.sealed.plan import Plan, plan, signatures
from grader.sealed.rehearsal import rehearse
from grader.sealed.worker import Clock
from grader.submissions import Problem, Submission, find

if TYPE_CHECKING:
    from grader.cluster import Cluster

__all__ = ["Batch", "grade_section"]

SETTLE_EVERY = 40  # submissions in one transaction of the gradebook
BATCH = os.getpid()
SEVERAL = -1  # stands for the seed where older verdicts were kept beside new ones


@dataclass
class Batch:
    """What holds for all submissions of one call.

    Attributes
    ----------
    seed
        What hidden inputs are drawn from.
    fixed
        Judge again what was judged with another seed; else any will do.
    students
        Grade only these; empty for all.
    sandbox
        ``"full"`` or ``"limits"``.
    force
        Judge again what hasn't changed since it was judged.
    scheduler
        Address of a Dask cluster to judge on; empty for this machine.
    clock
        How long things may take.
    say, complain
        Called with each line of progress, and with each about a submission without a grade.
    """

    repository: Repository
    course: CourseFolder
    seed: int
    fixed: bool = False
    students: list[str] = field(default_factory=list)
    workers: int = 1
    sandbox: str = "full"
    force: bool = False
    scheduler: str = ""
    clock: Clock | None = None
    say: Callable[[str], None] = print
    complain: Callable[[str], None] = print


def grade_section(batch: Batch, slug: str) -> list[Record]:
    """Grade the submissions to one section.

    Every judged submission is in the journal before the gradebook hears of it, so a batch may be
    interrupted at any moment and run again: what is in the journal isn't judged twice, and the
    gradebook ends the same.

    Parameters
    ----------
    batch
        What to grade.
    slug
        The section.

    Returns
    -------
    list of Record
        One for each submission, by the students' names.

    Raises
    ------
    GraderError
        If the master has faults, the sandbox can't be had, or the gradebook can't be written.
    """
    master = read_master(batch.repository, slug)
    master.check()
    batch.course.path.mkdir(parents=True, exist_ok=True)
    with locked(batch.course), reserved(batch.course):
        sweep(batch.course, slug)
        scratch.sweep()
        return _Section(batch, master).grade()


def _new_gradebook(course: CourseFolder) -> None:
    """Make a gradebook in one step: killed halfway, nbgrader leaves one without a version."""
    if exists(course):
        return
    with tempfile.TemporaryDirectory(dir=course.path, prefix=".writing-") as name:
        made = CourseFolder(Path(name))
        with gradebook.opened(made):
            pass
        os.replace(made.gradebook, course.gradebook)


class _Section:
    def __init__(self, batch: Batch, master: Master) -> None:
        self.batch, self.master, self.form = batch, master, Form()
        self.course, self.slug = batch.course, master.slug
        self.signatures = signatures(master)
        self.plan: Plan | None = None
        self.environment = environment(batch.repository)
        self.journal = Journal(batch.course, master.slug)
        self.points = {cell.grade_id: cell.points for cell in master.graded if cell.automatic}
        self.records: dict[str, Record] = {}
        self.pending: list[Entry] = []
        self.progress = Progress(batch.say, batch.complain)

    # -- the batch ------------------------------------------------------------------------------

    def grade(self) -> list[Record]:
        self._must_exist()
        self.progress.expected = self._count()
        jobs = self._jobs()
        first = next(jobs, None)
        if first is not None:
            workers = self.batch.workers  # 0 on a cluster: as many as it takes
            if not self.batch.scheduler:
                workers = max(1, min(workers, self.progress.expected))
            # Wall time may run out, or a process die, for want of a free core or of memory: then
            # once more, with nothing beside.
            if waiting := self._judge(chain([first], jobs), workers, final=False):
                self._judge(waiting, 1, final=True)
        self._register()
        self._settle()
        return [self.records[student] for student in sorted(self.records)]

    def _must_exist(self) -> None:
        for student in sorted(self.batch.students):
            folder = self.course.submitted(student, self.slug).parent
            if not folder.exists() and not folder.is_symlink():
                raise UsageError(f"no submission of {student!r}: {shown(folder)} isn't there")

    def _count(self) -> int:
        if self.batch.students:
            return len(set(self.batch.students))
        return sum(1 for _ in self.course.submissions.glob(f"*/{self.slug}"))

    def _jobs(self) -> Iterator[Job]:
        """Yield what is to be judged, one submission in memory at a time; record the rest."""
        for found in find(self.batch.repository, self.course, self.master):
            if self.batch.students and found.student not in self.batch.students:
                continue
            if isinstance(found, Problem):
                self._ungraded(found.student, results.PROBLEM, found.path, found.advice)
            elif (job := self._job(found)) is not None:
                yield job

    def _judge(self, jobs: Iterable[Job], workers: int, *, final: bool) -> list[Job]:
        """Judge jobs; return those whose outcome is in doubt and get another try."""
        again: list[Job] = []
        with self._crew(workers) as pool:
            self._register()
            for job, done in pool.run(jobs):
                if isinstance(done, Done) and done.notebook:
                    done = self._keep_notebook(done)
                if isinstance(done, Failed):
                    who, path = job.submission.student, job.submission.path
                    text = f"could not be judged: {done.reason}"
                    self._ungraded(who, results.NOT_JUDGED, path, text)
                elif done.unwritten:
                    raise OSError(*done.unwritten)
                elif done.doubts and not final:
                    # Only what is in doubt is tried again: nobody can buy a second guess.
                    sure = {n: v for n, v in done.entry.verdicts.items() if n not in done.doubts}
                    again.append(replace(job, known=job.known | sure))
                else:
                    entry = done.entry.shared()
                    self.journal.append(entry)
                    self.progress.tick(judged=True)
                    self._pend(entry)
        return again

    def _crew(self, workers: int) -> AbstractContextManager[Pool[Job, Done] | Cluster]:
        if self.batch.scheduler:
            from grader.cluster import cluster  # late: few batches need more than one machine

            return cluster(self.batch.scheduler, self._orders, workers)
        slots = [slot(BATCH, number) for number in range(workers)]
        return crew(self.batch.sandbox, slots, self._prepare, self._worker)

    def _orders(self) -> Orders:
        """Gather what another machine needs to judge as this one would."""
        self._register()
        assert self.form.made is not None
        form = compact(self.form.made)
        return Orders(self.master, form, self._terms, self.batch.clock, fingerprint())

    def _prepare(self) -> None:
        """Compute what every worker needs, reference values above all."""
        if self.plan is None:
            self.plan = plan(self.master)
            rehearse(self.master, self.plan, self.batch.seed)

    @cached_property
    def _terms(self) -> Terms:
        return Terms(
            tuple(self.points),
            self.environment,
            self.batch.sandbox,
            self.batch.seed,
            self.signatures,
        )

    def _worker(
        self, number: int, nursery: Nursery | None
    ) -> tuple[Callable[[Job], Done], Callable[[], None]]:
        assert self.plan is not None
        engine = SealedEngine(
            self.plan, self.batch.sandbox, slot(BATCH, number), self.batch.clock, nursery
        )

        def work(job: Job) -> Done:
            return self._keep_notebook(judged(engine, self.form.get(), self._terms, job))

        return work, engine.close

    def _keep_notebook(self, done: Done) -> Done:
        return kept(done, self.course.autograded(done.entry.student, self.slug))

    # -- one submission -------------------------------------------------------------------------

    def _job(self, submission: Submission) -> Job | None:
        """Decide what of a submission has to be judged; settle it at once where nothing has."""
        last = self.journal.last.get(submission.student)
        kept: dict[str, tuple[str, str]] = {}
        if last is not None and not self.batch.force and self._still_holds(last, submission):
            for name in self.points:
                task = name.partition("-")[0]
                same = last.signatures.get(task) == self.signatures[task]
                if same and name in last.verdicts:
                    kept[name] = last.verdicts[name]
        tasks = frozenset(n.partition("-")[0] for n in self.points if n not in kept)
        if tasks or last is None:
            known = {n: v for n, v in kept.items() if n.partition("-")[0] not in tasks}
            same = not known or last is None or last.seed == self.batch.seed
            return Job(submission, tasks, known, self.batch.seed if same else SEVERAL)
        self._keep(last)
        return None

    def _still_holds(self, last: Entry, submission: Submission) -> bool:
        same = (submission.digest, self.environment, self.batch.sandbox)
        if self.batch.fixed and last.seed != self.batch.seed:
            return False
        there = self.course.autograded(submission.student, self.slug).is_file()
        return there and (last.submission, last.environment, last.sandbox) == same

    def _ungraded(self, student: str, status: str, path: Path, text: str) -> None:
        where = path.relative_to(self.course.path).as_posix()
        record = Record(student, status, 0.0, self.master.max_score, message=f"{where}: {text}")
        # What points were given by hand for, so that a later change of it is still noticed.
        if (before := load(self.course, self.slug, student)) and "answers" in before.origin:
            record.origin["answers"] = before.origin["answers"]
        self.progress.tick(judged=False)
        self._finish(record)

    def _finish(self, record: Record, *, unchanged: bool = False) -> None:
        save(self.course, self.slug, record)
        self.records[record.student] = record
        self.progress.done(record, shown(self.course.path), unchanged=unchanged)

    # -- the gradebook --------------------------------------------------------------------------

    def _register(self) -> None:
        """Bring the section into the gradebook, if that wasn't done yet."""
        if self.form.made is not None:
            return
        from grader.release import graded_form, student_form  # late: it loads nbgrader

        form = graded_form(self.master)
        _new_gradebook(self.course)
        gradebook.register(self.course, self.slug, form, student_form(self.master))
        self.form.make(form)

    @cached_property
    def grades(self) -> dict[str, Grades]:
        """What the gradebook held when this began."""
        return gradebook.read(self.course, self.slug)

    def _pend(self, entry: Entry) -> None:
        self.pending.append(entry)
        if len(self.pending) >= SETTLE_EVERY:
            self._settle()

    def _keep(self, entry: Entry) -> None:
        """Take over what was judged and settled before, with points given by hand since."""
        self.progress.tick(judged=False)
        record = load(self.course, self.slug, entry.student)
        grades = self.grades.get(entry.student)
        settled = (entry.key, self.points)
        before = (record.origin.get("entry"), record.origin.get("points")) if record else None
        if record is None or grades is None or before != settled:
            self._pend(entry)  # other points now, or a crash came between journal and gradebook
        else:
            self._finish(current(record, grades), unchanged=True)

    def _settle(self) -> None:
        """Write what is pending into the gradebook, in one transaction, and keep the records."""
        entries, self.pending = self.pending, []
        if not entries:
            return
        self._register()
        before = {e.student: load(self.course, self.slug, e.student) for e in entries}
        grades = gradebook.settle(
            self.course, self.slug, [self._settled(e, before[e.student]) for e in entries]
        )
        for entry in entries:
            self._finish(self._record(entry, grades[entry.student]))

    def _settled(self, entry: Entry, before: Record | None) -> gradebook.Settled:
        passed = {n for n, (outcome, _) in entry.verdicts.items() if outcome == results.PASSED}
        hashes: dict[str, Any] = before.origin.get("answers", {}) if before else {}
        return gradebook.Settled(
            entry.student,
            {name: points if name in passed else 0.0 for name, points in self.points.items()},
            {
                name: (written, hashes.get(name) not in (None, digest))
                for name, (written, digest) in entry.answers.items()
            },
            datetime.fromisoformat(entry.timestamp) if entry.timestamp else None,
        )

    def _record(self, entry: Entry, grades: Grades) -> Record:
        order = [cell.grade_id for cell in self.master.graded]
        verdicts = {name: results.Verdict(*verdict) for name, verdict in entry.verdicts.items()}
        tasks: list[TaskResult] = grades.tasks(order, verdicts)
        return Record(
            entry.student,
            results.NEEDS_HAND if grades.waiting else results.GRADED,
            grades.score,
            grades.max_score,
            tasks,
            extra=grades.extra,
            notes=entry.notes,
            sandbox=entry.sandbox,
            origin={
                "entry": entry.key,
                "points": self.points,
                "seed": entry.seed,
                "submission": entry.submission,
                "environment": entry.environment,
                "answers": {name: digest for name, (_, digest) in entry.answers.items()},
            },
        )


def failures(records: Iterable[Record]) -> int:
    """Count the submissions that could not be judged through our fault."""
    return sum(record.status == results.NOT_JUDGED for record in records)
