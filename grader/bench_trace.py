"""Where the time of a batch goes, stage by stage, against the same cells in one warm process.

The engine knows nothing of this: functions are wrapped from outside, before anything is forked,
and every process adds its times to one piece of shared memory. With one worker only one process at
a time works at a stage. CPU time is that of this process only: what the sandbox and the students'
processes use isn't in it.

Run as ``python -m grader.bench_trace ROOT FOLDER SLUG``; prints JSON.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import mmap
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["INSIDE", "ONCE", "STAGES"]

SEED = 1
WAITING = "judge: fork, wait, end"
ONCE = (
    "import the grader",
    "register the section",
    "compile the tests",
    "run the master's cells",
    "start the sandbox",
)
STAGES = (
    "read and parse",
    "assemble",
    "spawn",
    "student cells",
    "locked cells",
    "tests",
    WAITING,
    "write autograded notebook",
    "journal",
    "gradebook",
    "results",
    "feedback",
)
#: Stages that run in the judge, while the worker waits for it; they have a floor.
INSIDE = ("student cells", "locked cells", "tests")


class Tracer:
    """Adds up wall and CPU time of stages over all processes forked after it was made.

    A stage inside another isn't counted twice: its time is taken off the outer one.
    """

    def __init__(self) -> None:
        self.names = (*ONCE, *STAGES)
        self.memory = mmap.mmap(-1, 2 * 8 * len(self.names))
        self.totals = memoryview(self.memory).cast("d")
        self.open: list[list[float]] = []  # times of inner stages, for each stage under way

    def add(self, name: str, wall: float, cpu: float) -> None:
        """Count some time."""
        place = 2 * self.names.index(name)
        self.totals[place] += wall
        self.totals[place + 1] += cpu

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and counts its time."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.open.append([0.0, 0.0])
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                inner = self.open.pop()
                self.add(name, wall - inner[0], cpu - inner[1])
                if self.open:
                    self.open[-1][0] += wall
                    self.open[-1][1] += cpu

        return wrapped

    def wrap(self, name: str, owner: Any, attribute: str) -> None:
        """Put a function that counts in the place of one of a module or class."""
        setattr(owner, attribute, self.timed(name, getattr(owner, attribute)))

    def result(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the seconds of each stage: wall and CPU."""
        wall, cpu = (dict(zip(self.names, self.totals[i::2], strict=True)) for i in (0, 1))
        # The worker waits while the judge, another process, works.
        wall[WAITING] -= sum(wall[name] for name in INSIDE)
        return wall, cpu


def _wrap(tracer: Tracer) -> None:
    from grader import autograde, gradebook, judging, submissions
    from grader.journal import Journal
    from grader.sealed import house

    judge: Any = importlib.import_module("grader.sealed.judge")
    worker: Any = importlib.import_module("grader.sealed.worker")
    for name, owner, attribute in (
        ("register the section", gradebook, "register"),
        ("compile the tests", autograde, "plan"),
        ("run the master's cells", autograde, "rehearse"),
        ("start the sandbox", house.Nursery, "ready"),
        ("read and parse", submissions, "_read"),
        ("assemble", judging, "assemble"),
        (WAITING, worker.Worker, "judge"),
        ("spawn", house.Nursery, "student"),
        ("student cells", judge.Conversation, "run"),
        ("tests", judge._Judge, "test"),
        ("write autograded notebook", judging, "compact"),
        ("write autograded notebook", judging, "write"),
        ("journal", Journal, "append"),
        ("gradebook", gradebook, "read"),
        ("gradebook", gradebook, "settle"),
        ("results", autograde, "save"),
        ("results", autograde, "load"),
    ):
        tracer.wrap(name, owner, attribute)
    locked = tracer.timed("locked cells", exec)

    def run(code: Any, namespace: dict[str, Any]) -> None:
        # Inside another stage of the judge's it is a test.
        (exec if tracer.open else locked)(code, namespace)

    serve = judge.judge

    def from_here(*args: Any) -> None:
        tracer.open.clear()  # what the worker was at when it forked this judge
        serve(*args)

    judge.exec = run  # found before the builtin of that name
    worker.judge = from_here


def _floor(repository: Any, course: Any, slug: str) -> dict[str, float]:
    """Run the same cells in this process, one submission after the other."""
    from grader.assemble import assemble
    from grader.master import read_master
    from grader.release import graded_form
    from grader.sealed.plan import plan
    from grader.sealed.rehearsal import rehearse
    from grader.submissions import Submission, find

    master = read_master(repository, slug)
    form, section = graded_form(master), plan(master)
    rehearse(master, section, SEED)
    seconds = dict.fromkeys(INSIDE, 0.0)
    stages = {"student": "student cells", "locked": "locked cells", "test": "tests"}
    os.environ["COURSE_GRADING_SEED"] = str(SEED)
    warnings.simplefilter("ignore")
    for found in find(repository, course, master):
        if not isinstance(found, Submission):
            continue
        notebook, _ = assemble(form, found.cells)
        namespace = dict(section.namespace)
        for step in section.steps(notebook):
            begin = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                exec(step.code or compile(step.source, step.name, "exec"), namespace)
            seconds[stages[step.role]] += time.perf_counter() - begin
    return seconds


def main(root: str, folder: str, slug: str) -> None:
    """Grade a course with one worker, give feedback, and print what each stage took."""
    tracer = Tracer()
    tracer.timed("import the grader", _import)()
    from grader.autograde import Batch, grade_section
    from grader.feedback import give_feedback
    from grader.layout import CourseFolder, Repository

    _wrap(tracer)
    repository, course = Repository(Path(root)), CourseFolder(Path(folder))
    lines: list[str] = []
    grade_section(Batch(repository, course, SEED, say=lines.append, complain=lines.append), slug)
    tracer.timed("feedback", give_feedback)(repository, course, slug)
    wall, cpu = tracer.result()
    floor = _floor(repository, course, slug)
    print(json.dumps({"stages": wall, "cpu": cpu, "floor": floor}))


def _import() -> None:
    importlib.import_module("grader.autograde")
    importlib.import_module("nbgrader.api")  # the gradebook would import it later


if __name__ == "__main__":
    main(*sys.argv[1:])
