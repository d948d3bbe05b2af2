"""Tell the author of a section, in seconds, whether it can be graded and whether its tests bite.

Four things are looked at: the master's faults, what its tests ask for that can't be sealed, whether
the master itself gets every point and the untouched notebook none, and whether each solution of the
misconception bank loses what the bank says. The last three run through the engine that grades.
"""

from __future__ import annotations

import importlib
import io
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from course_utils.reference import remember, seeded
from grader import results
from grader.assemble import assemble
from grader.idioms import Finding, find_idioms
from grader.layout import GraderError, Repository, shown
from grader.master import Master, read_master
from grader.nb import NotebookNode
from grader.pool import Failed, Pool
from grader.release import graded_form
from grader.results import Verdict
from grader.sealed.judge import Step
from grader.sealed.needs import read
from grader.sealed.plan import Plan, compiled, plan
from grader.sealed.worker import Judged, Worker
from grader.submissions import StudentCell

__all__ = ["Check", "check"]

SLOW = 0.15  # seconds of a locked cell that are worth a word
MESSAGE = 200


@dataclass
class Check:
    """What was found in one section.

    Attributes
    ----------
    findings
        One line for each thing to mend.
    notes
        Lines about what isn't wrong but worth knowing.
    table
        For each task with a bank: wrong solutions in it, those that were lost as they should,
        right ones, and those that kept all.
    summary
        The line that says it all.
    """

    slug: str
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    table: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    summary: str = ""

    def lines(self) -> Iterator[str]:
        """Yield what is printed."""
        yield from self.findings
        yield from self.notes
        for task, (wrong, killed, right, kept) in self.table.items():
            yield f"{self.slug}  {task:<8} {killed}/{wrong} wrong killed, {kept}/{right} right kept"
        yield self.summary


@dataclass(frozen=True)
class _Job:
    """A submission: answers by grade id or None for the master's own, and the tasks to judge."""

    answers: Mapping[str, str] | None
    tasks: frozenset[str]


_Numbered = tuple[int, _Job]
_Pool = Pool[_Numbered, Judged]


@dataclass
class _Plain:
    """What came of the master's cells when they ran in this process, one after the other."""

    namespace: dict[str, Any]
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def check(
    repository: Repository,
    slug: str,
    *,
    seed: int,
    workers: int = 1,
    sandbox: str = "full",
) -> Check:
    """Check one section.

    Parameters
    ----------
    seed
        What hidden inputs are drawn from.
    workers
        How many submissions to judge at once.
    sandbox
        ``"full"`` or ``"limits"``.

    Raises
    ------
    GraderError
        If the master can't be read, or there is no sandbox to be had.
    """
    begin = time.monotonic()
    found = Check(slug)
    master = read_master(repository, slug)
    try:
        master.check()
    except GraderError as error:
        found.findings += str(error).splitlines()
    try:
        section = plan(master)
        form = graded_form(master)
    except Exception as error:  # where faults are named already, nbgrader's words add nothing
        if isinstance(error, GraderError) or not found.findings:
            found.findings += str(error).splitlines()[:1]
        found.summary = f"{slug}: the master has to be mended first"
        return found
    with seeded(seed):
        plain = _run_here(master, section)
    run = _Run(found, master, section, form, plain, seed, workers, sandbox)
    run.idioms()
    found.summary = f"{slug}: {run.judge(repository)} ({time.monotonic() - begin:.0f} s)"
    return found


class _Run:
    def __init__(
        self,
        found: Check,
        master: Master,
        section: Plan,
        form: NotebookNode,
        plain: _Plain,
        seed: int,
        workers: int,
        sandbox: str,
    ) -> None:
        self.tools: Any = None
        self.found, self.master, self.section, self.form = found, master, section, form
        self.plain, self.seed, self.workers, self.sandbox = plain, seed, workers, sandbox
        self.points = {c.grade_id: c.points for c in master.graded if c.automatic}
        self.automatic = sum(self.points.values())
        self.blank = frozenset(section.tasks)

    def say(self, cell: str, text: str) -> None:
        self.found.findings.append(f"{shown(self.master.path)}: {Finding(cell, text)}")

    def earned(self, judged: Judged) -> float:
        passed = (n for n, v in judged.verdicts.items() if v.outcome == results.PASSED)
        return sum(self.points.get(name, 0.0) for name in passed)

    # -- what can't be sealed ---------------------------------------------------------------------

    def idioms(self) -> None:
        for finding in find_idioms(self.master, self.plain.namespace):
            self.say(finding.cell, finding.text)
        for name, seconds in self.plain.seconds.items():
            if seconds > SLOW and name in self.section.code and name not in self.section.idle:
                cell = read(next(c.source for c in self.master.cells if c.grade_id == name))
                if name not in self.points and not (cell and cell.defines <= cell.imports):
                    self.found.notes.append(
                        f"{shown(self.master.path)}: note: cell {name!r} takes {seconds:.1f} s and "
                        "runs with every submission, since a test may rest on it"
                    )

    # -- what the engine says ---------------------------------------------------------------------

    def judge(self, repository: Repository) -> str:
        """Judge the master, the untouched notebook and the bank; return what they come to."""
        entries = self.entries(repository)
        jobs = [_Job(None, frozenset()), _Job({}, frozenset(self.section.tasks))]
        # One solution of every task at a time: a task's tests call its own function only.
        for number in range(max(map(len, entries.values()), default=0)):
            chosen = {t: found[number] for t, found in entries.items() if number < len(found)}
            answers = {task: source for task, (_, source) in chosen.items()}
            jobs.append(_Job(answers, frozenset(answers)))
        with Pool(self.worker, min(self.workers, len(jobs))) as pool:
            judged = self.judged(pool, jobs)
            self.own(judged[0])
            self.untouched(judged[1])
            problems = {
                (task, number): self.complaints(task, entry, judged[2 + number])
                for task, found in entries.items()
                for number, (entry, _) in enumerate(found)
            }
            suspects = [place for place, lines in problems.items() if lines]
            alone = [
                _Job({task: entries[task][number][1]}, frozenset({task}))
                for task, number in suspects
            ]
            for place, again in zip(suspects, self.judged(pool, alone), strict=True):
                task, number = place
                entry = entries[task][number][0]
                text = f"{entry.name} comes to something else when other tasks are answered too"
                lines = [f"{text}: {line}" for line in problems[place]]
                for line in self.complaints(task, entry, again) or lines:
                    self.say(task, f"bank: {line}")
        for task, found in entries.items():
            self.found.table[task] = _counted(
                [(entry.is_right, not problems[task, n]) for n, (entry, _) in enumerate(found)]
            )
        points = [f"{self.earned(each):g}" for each in judged[:2]]
        said = f"master {points[0]}/{self.automatic:g}, blank {points[1]}"
        if self.tools is None:
            return f"{said}, no misconception bank"
        wrong, killed, right, kept = map(
            sum, zip((0,) * 4, *self.found.table.values(), strict=True)
        )
        return f"{said}, {_of(killed, wrong)} wrong killed, {_of(kept, right)} right kept"

    def judged(self, pool: _Pool, jobs: list[_Job]) -> list[Judged]:
        """Judge some submissions; return what they came to in their order."""
        found: dict[int, Judged] = {}
        for (number, _), result in pool.run(enumerate(jobs)) if jobs else ():
            reason = result.reason if isinstance(result, Failed) else result.stopped
            if isinstance(result, Failed) or reason:
                raise GraderError(f"{shown(self.master.path)}: could not be judged: {reason}")
            found[number] = result
        return [found[number] for number in range(len(jobs))]

    def own(self, judged: Judged) -> None:
        """Take in what the master came to: what passes here must pass sealed."""
        for name, text in judged.faults.items():
            self.say(name, text)
        for name in self.points:
            verdict = judged.verdicts.get(name, Verdict(results.NOT_RUN, "not run"))
            message = (verdict.message or verdict.outcome)[:MESSAGE]
            if name in self.plain.failed:
                self.say(name, f"the master's own answer fails: {self.plain.failed[name]}")
            elif name not in judged.faults and verdict.outcome != results.PASSED:
                self.say(
                    name,
                    f"passes in a notebook, but not with the answer in another process: {message}; "
                    "call the student's functions and use the plain data that they return",
                )

    def untouched(self, blank: Judged) -> None:
        """Take in what the untouched notebook came to."""
        for name in self.points.keys() - self.plain.failed.keys() - blank.faults.keys():
            verdict = blank.verdicts.get(name, Verdict(results.NOT_RUN))
            if verdict.outcome != results.NOT_ATTEMPTED:
                said = f": {verdict.message[:MESSAGE]}" if verdict.message else ""
                text = f"comes to {verdict.outcome!r} on the untouched notebook{said}; test inside "
                self.say(name, f'{text}"with task:", and call the student\'s function')

    def complaints(self, task: str, entry: Any, judged: Judged) -> list[str]:
        outcome = {
            name: None if verdict.outcome == results.PASSED else verdict.message or verdict.outcome
            for name, verdict in judged.verdicts.items()
            if name.partition("-")[0] == task
        }
        found: list[str] = self.tools.complaints(entry, outcome)
        return found

    def worker(self, number: int) -> tuple[Callable[[_Numbered], Judged], Callable[[], None]]:
        """Make a worker's function: it judges one submission."""
        found: list[Worker] = []

        def judge(job: _Numbered) -> Judged:
            if not found:
                found.append(Worker(self.sandbox, number))
            asked, namespace = self.section.asked, self.section.namespace
            return found[0].judge(self.steps(job[1]), asked, namespace, self.seed)

        def close() -> None:
            for worker in found:
                worker.close()

        return judge, close

    def steps(self, job: _Job) -> list[Step]:
        """Lay out the cells of a submission."""
        if job.answers is None:
            return list(self.section.own)
        cells = [
            StudentCell(cell.cell_type, job.answers.get(name, cell.source), name)
            for cell in self.form.cells
            if (name := cell.metadata.get("nbgrader", {}).get("grade_id"))
        ]
        return self.section.steps(assemble(self.form, cells)[0], job.tasks)

    def entries(self, repository: Repository) -> dict[str, list[tuple[Any, str]]]:
        """Load the section's bank from the checkout, by where it lies; empty if there is none."""
        package = f"s{self.master.slug.replace('-', '_')}"
        if not (repository.root / "tests" / "misconceptions" / package).is_dir():
            return {}
        sys.path.insert(0, str(repository.root))
        try:
            self.tools = importlib.import_module("tests.misconceptions.bank")
        finally:
            sys.path.remove(str(repository.root))
        solutions = {c.grade_id: c.source for c in self.master.cells if c.solution}
        found: dict[str, list[tuple[Any, str]]] = {}
        for task, entries in self.tools.entries(self.master.slug).items():
            if task not in solutions:
                self.say(task, "the bank has solutions for it, the master has no such cell")
                continue
            function = self.tools.TaskCells(solution=solutions[task]).function
            found[task] = [(entry, self.tools.as_solution(entry, function)) for entry in entries]
            for name in sorted({n for entry in entries for n in entry.loses} - self.points.keys()):
                self.say(name, "the bank names this test cell, the master has none of that name")
        return found


def _counted(told: list[tuple[bool, bool]]) -> tuple[int, int, int, int]:
    """Count solutions, each with whether it is right and whether it came to what it should."""
    wrong = [fine for is_right, fine in told if not is_right]
    right = [fine for is_right, fine in told if is_right]
    return len(wrong), sum(wrong), len(right), sum(right)


def _of(some: int, all_of_them: int) -> str:
    return str(some) if some == all_of_them else f"{some} of {all_of_them}"


def _run_here(master: Master, section: Plan) -> _Plain:
    """Run the master as a notebook runs it; what its tests compute once is kept for the engine."""
    remember()
    plain = _Plain(dict(section.namespace))
    for cell in master.cells:
        if cell.kind != "code" or not (cell.grade_id or cell.solution):
            continue
        begin = time.monotonic()
        try:
            # Compiled as for the judge, or what is kept here would be another function's there.
            code = section.code.get(cell.grade_id) or compiled(master, cell)
            with redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
                exec(code, plain.namespace)
        except Exception as error:
            line = traceback.format_exception_only(error)[-1].strip()
            plain.failed[cell.grade_id] = line[:MESSAGE]
        plain.seconds[cell.grade_id] = time.monotonic() - begin
    return plain
