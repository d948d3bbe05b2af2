"""Measure a whole batch: ours against stock nbgrader's, on the same right submissions.

Every figure is that of a whole command, started anew on a fresh course folder, with all that it
starts in turn. The commands alternate, so that a change in the machine's pace meets both.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from grader.bench_course import Written, lay_down
from grader.bench_trace import INSIDE, ONCE, STAGES
from grader.layout import ROOT, CourseFolder, GraderError, Repository
from grader.master import read_master

__all__ = ["Cost", "Plan", "bench", "last_line"]

BLANKS = (10, 90)
#: Submissions that show what each costs before anything is computed: an untouched one isn't run.
FIXED: dict[str, Written] = {"untouched": "nothing", "barely begun": "comment"}
TRACED = 10
#: ``python -m grader``, for a repository that need not be the one that this file lies in.
OURS = """
import sys
from pathlib import Path
from grader.cli import main
from grader.layout import Repository
sys.exit(main(sys.argv[2:], Repository(Path(sys.argv[1]))))
"""


@dataclass(frozen=True)
class Cost:
    """What one command took, with all that it started.

    Attributes
    ----------
    wall, cpu
        Seconds.
    own, largest
        Peak memory in MB: of the command itself, and of the largest process among all.
    """

    wall: float
    cpu: float
    own: float
    largest: float


@dataclass(frozen=True)
class Plan:
    """What is measured: see ``python -m grader bench --help``."""

    slug: str
    copies: int = 40
    scale: int = 1000
    workers: int = 2
    rounds: int = 2
    blanks: tuple[int, ...] = BLANKS  # few and many; none leaves them out


@dataclass
class _Bench:
    repository: Repository
    plan: Plan
    folder: Path
    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def template(self, name: str, copies: int, *, written: Written = "all") -> Path:
        folder = self.folder / name
        if not folder.exists():
            lay_down(self.repository, self.plan.slug, folder, copies, written=written)
        return folder

    def run(self, row: str, command: Sequence[str], template: Path) -> CourseFolder:
        """Run one command on a copy of a course folder, and note its cost."""
        course = self.folder / "course"
        shutil.rmtree(course, ignore_errors=True)
        shutil.copytree(template, course)
        os.sync()  # what was copied isn't the command's to write
        filled = [str(course) if word == "COURSE" else word for word in command]
        found = _measured(filled, self.folder)
        self.costs.setdefault(row, []).append(Cost(**found))
        print(f"{row}: {found['wall']:.1f} s, {found['cpu']:.1f} s of CPU", flush=True)
        return CourseFolder(course)

    def ours(self, row: str, template: Path, workers: int) -> CourseFolder:
        arguments = ("autograde", self.plan.slug, "--course", "COURSE", "--workers", str(workers))
        command = (sys.executable, "-c", OURS, str(self.repository.root), *arguments)
        return self.run(row, command, template)

    def stock(self, row: str, template: Path) -> CourseFolder:
        return self.run(row, (*_stock("autograde"), "COURSE", self.plan.slug), template)

    def must_be_right(self, course: CourseFolder, copies: int) -> None:
        """Make sure that what was measured is a grading: full points for each submission."""
        from grader.gradebook import read

        master = read_master(self.repository, self.plan.slug)
        points = {cell.grade_id: cell.points for cell in master.graded if cell.automatic}
        grades = read(course, self.plan.slug)
        lost = [
            f"{student} lost {name}"
            for student, found in grades.items()
            for name, most in points.items()
            if name not in found.marks or found.marks[name].points != most
        ]
        if lost or len(grades) != copies:
            what = lost[0] if lost else f"{len(grades)} of {copies} submissions graded"
            raise GraderError(f"bench: {what}; see what that is before measuring")

    def against_stock(self) -> None:
        plan = self.plan
        template = self.template("right", plan.copies)
        released = self.folder / "released"
        shutil.copytree(template, released)
        _measured((*_stock("generate_assignment"), str(released), plan.slug), self.folder)
        fixed = {
            f"{many} {what}": self.template(f"{written}{count}", count, written=written)
            for what, written in FIXED.items()
            for many, count in zip(("few", "many"), plan.blanks, strict=False)
        }
        for _ in range(plan.rounds):
            self.must_be_right(self.stock("stock", released), plan.copies)
            self.must_be_right(self.ours("ours", template, plan.workers), plan.copies)
            if plan.workers > 1:
                self.ours("ours, 1 worker", template, 1)
            for row, submissions in fixed.items():
                self.ours(row, submissions, plan.workers)

    def at_scale(self) -> None:
        plan = self.plan
        template = self.template("scale", plan.scale)
        course = self.ours("scale", template, plan.workers)
        self.must_be_right(course, plan.scale)
        if plan.workers > 1:
            self.ours("scale, 1 worker", template, 1)

    def stages(self) -> dict[str, Any]:
        """Grade some submissions with one worker and a tracer."""
        template = self.template("traced", min(self.plan.copies, TRACED))
        command = (sys.executable, "-m", "grader.bench_trace", str(self.repository.root))
        done = subprocess.run(
            [*command, str(template), self.plan.slug],
            cwd=ROOT,
            env=_environment(self.folder),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise GraderError(f"bench: the traced batch failed: {done.stderr.strip()[-500:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def _stock(what: str) -> tuple[str, ...]:
    return sys.executable, "-m", "grader.bench_stock", what


def _environment(scratch: Path) -> dict[str, str]:
    """Let commands run with one thread each, and with nobody's own settings of Jupyter."""
    names = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    folders = {name: str(scratch / "jupyter" / name) for name in names}
    return {**os.environ, **threads, **folders, "PATH": path}


def _measured(command: Sequence[str], scratch: Path) -> dict[str, float]:
    log = scratch / "log"
    wrapper = (sys.executable, "-m", "grader.bench_measure", str(log))
    output = subprocess.run(
        [*wrapper, *command],
        cwd=ROOT,
        env=_environment(scratch),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    found: dict[str, float] = json.loads(output)
    if found.pop("status"):
        tail = log.read_text(errors="replace").strip()[-800:]
        raise GraderError(f"bench: {' '.join(command[1:4])} … failed:\n{tail}")
    return found


# -- tables ----------------------------------------------------------------------------------------


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            word.ljust(width) if not column else word.rjust(width)
            for column, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _both(values: list[float], unit: str = "") -> str:
    return f"{min(values):.1f} / {median(values):.1f}{unit}"


def _cost_row(name: str, copies: int, costs: list[Cost]) -> list[str]:
    wall, cpu = [cost.wall for cost in costs], [cost.cpu for cost in costs]
    return [
        name,
        _both(wall),
        _both(cpu),
        f"{1e3 * median(wall) / copies:.0f}",
        f"{1e3 * median(cpu) / copies:.0f}",
        f"{max(cost.own for cost in costs):.0f}",
        f"{max(cost.largest for cost in costs):.0f}",
    ]


def cost_table(plan: Plan, costs: dict[str, list[Cost]]) -> str:
    """Return the table of whole commands."""
    names = {
        "stock": (f"stock nbgrader, {plan.copies}", plan.copies),
        "ours": (f"ours, {plan.copies}, {_workers(plan.workers)}", plan.copies),
        "ours, 1 worker": (f"ours, {plan.copies}, 1 worker", plan.copies),
        "scale": (f"ours, {plan.scale}, {_workers(plan.workers)}", plan.scale),
        "scale, 1 worker": (f"ours, {plan.scale}, 1 worker", plan.scale),
    }
    head = [
        "min / median",
        "wall s",
        "CPU s",
        "wall ms each",
        "CPU ms each",
        "MB own",
        "MB largest",
    ]
    return _grid(head, [_cost_row(*names[row], costs[row]) for row in names if row in costs])


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def fixed_cost(plan: Plan, costs: dict[str, list[Cost]], what: str) -> tuple[float, float]:
    """Return what one more submission with next to nothing costs: wall and CPU, in ms."""
    few, many = plan.blanks
    pairs = list(zip(costs[f"few {what}"], costs[f"many {what}"], strict=True))
    wall = median([(b.wall - a.wall) / (many - few) for a, b in pairs])
    cpu = median([(b.cpu - a.cpu) / (many - few) for a, b in pairs])
    return 1e3 * wall, 1e3 * cpu


def _ratio(costs: dict[str, list[Cost]], above: str, below: str, what: str) -> float:
    first, second = ([getattr(c, what) for c in costs[row]] for row in (above, below))
    return float(median(first) / median(second))


def findings(plan: Plan, costs: dict[str, list[Cost]]) -> list[str]:
    """Return what the costs come to, a line each."""
    lines = []
    for what in FIXED:
        if f"many {what}" in costs:
            wall, cpu = fixed_cost(plan, costs, what)
            text = f"one more {what} submission, {_workers(plan.workers)}"
            lines.append(f"{text}: {wall:.0f} ms of wall, {cpu:.0f} ms of CPU")
    if "ours, 1 worker" in costs:
        gain = _ratio(costs, "ours, 1 worker", "ours", "wall")
        lines.append(f"{plan.workers} workers against 1 at {plan.copies}: {gain:.2f}x")
    if "scale" in costs:
        per = _ratio(costs, "scale", "ours", "wall") * plan.copies / plan.scale
        own = _ratio(costs, "scale", "ours", "own")
        text = f"at {plan.scale} against {plan.copies}: {per:.2f}x the wall time of a submission"
        lines.append(f"{text}, {own:.2f}x the memory")
    if "scale, 1 worker" in costs:
        gain = _ratio(costs, "scale, 1 worker", "scale", "wall")
        lines.append(f"{plan.workers} workers against 1 at {plan.scale}: {gain:.2f}x")
    return lines


def stage_table(count: int, traced: dict[str, Any]) -> str:
    """Return the table of stages, per submission and once for the batch."""
    stages, cpu, floor = traced["stages"], traced["cpu"], traced["floor"]
    rows = [
        [
            name,
            f"{1e3 * stages[name] / count:.1f}",
            f"{1e3 * cpu[name] / count:.1f}",
            f"{1e3 * floor[name] / count:.1f}" if name in floor else "",
        ]
        for name in STAGES
    ]
    sums = [sum(table[name] for name in STAGES) for table in (stages, cpu)]
    sums.append(sum(floor[name] for name in INSIDE))
    rows.append(["together", *(f"{1e3 * seconds / count:.1f}" for seconds in sums)])
    rows += [
        [f"once: {name}", f"{1e3 * stages[name]:.0f}", f"{1e3 * cpu[name]:.0f}", ""]
        for name in ONCE
    ]
    return _grid(["1 worker", "wall ms each", "CPU ms here", "floor ms"], rows)


def last_line(costs: dict[str, list[Cost]]) -> str:
    """Return the line that says how much faster ours is."""
    wall, cpu = (_ratio(costs, "stock", "ours", what) for what in ("wall", "cpu"))
    return f"autograde vs stock nbgrader: wall {wall:.1f}x cpu {cpu:.1f}x"


def bench(repository: Repository, plan: Plan) -> None:
    """Measure and print.

    Raises
    ------
    GraderError
        If a command fails, or doesn't give every submission its full points.
    """
    if not hasattr(os, "pidfd_open"):
        raise GraderError("bench: measures processes as Linux does; there is no Linux here")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        work = _Bench(repository, plan, Path(name))
        work.against_stock()
        if plan.scale:
            work.at_scale()
        traced = work.stages()
    print(f"\n{cost_table(plan, work.costs)}\n", *findings(plan, work.costs), sep="\n")
    print(f"\n{stage_table(min(plan.copies, TRACED), traced)}\n")
    print(last_line(work.costs))
