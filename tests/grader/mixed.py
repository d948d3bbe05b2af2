"""Submissions made of a section's right, wrong and blank answers, and what they get."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from typing import Any

from grader import gradebook
from grader.autograde import Batch, grade_section
from grader.layout import CourseFolder, Repository
from grader.master import Master, read_master
from grader.release import student_form
from tests.misconceptions import bank

SECTIONS = Repository().sections()
SEED = 7
NOISE = {
    "task2": "import warnings\nwarnings.warn('an old name')",
    "task4": "import sys\nprint('here I am', file=sys.stderr)",
}
Answers = Mapping[str, str]


class Section:
    """A section's master, and what its bank answers to each task."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.master: Master = read_master(Repository(), slug)
        self.blank = json.loads(json.dumps(student_form(self.master)))
        self.points = {c.grade_id: c.points for c in self.master.graded if c.automatic}
        self.solutions = {
            c.grade_id: c.source for c in self.master.cells if c.solution and c.kind == "code"
        }
        self.entries = bank.entries(slug)

    def source(self, task: str, entry: bank.Entry) -> str:
        function = bank.TaskCells(solution=self.solutions[task]).function
        return bank.as_solution(entry, function)

    def notebook(self, answers: Answers, written: bool = False) -> dict[str, Any]:
        """Make a submission of some answers, by grade id; the rest is as it was handed out."""
        made = copy.deepcopy(self.blank)
        for cell in made["cells"]:
            info = cell["metadata"].get("nbgrader", {})
            cell["source"] = answers.get(info.get("grade_id"), cell["source"])
            if written and cell["cell_type"] == "markdown" and info.get("solution"):
                cell["source"] = "Because it is so."
        return made

    def noisy(self) -> dict[str, str]:
        """Return the master's answers, two of which leave something on stderr."""
        answers = dict(self.solutions)
        for task, lines in NOISE.items():
            mark = "    ### BEGIN SOLUTION\n"
            assert mark in answers[task]
            noise = "".join(f"    {line}\n" for line in lines.split("\n"))
            answers[task] = answers[task].replace(mark, mark + noise)
        return answers

    def mixed(self, chance: random.Random) -> tuple[dict[str, str], set[str]]:
        """Choose a right, wrong or blank answer to each task; also say which tests they pass."""
        answers: dict[str, str] = {}
        passed: set[str] = set()
        for task, entries in self.entries.items():
            kind = chance.choice(("right", "wrong", "wrong", "blank"))
            if kind == "blank":
                continue
            entry = chance.choice([e for e in entries if e.is_right == (kind == "right")])
            answers[task] = self.source(task, entry)
            passed |= {n for n in self.points if n.partition("-")[0] == task} - entry.loses
        return answers, passed


def graded(course: CourseFolder, slug: str, workers: int = 2) -> dict[str, dict[str, float]]:
    """Grade a section sealed; return the automatic points of its graded cells, by student."""
    silent = {"say": lambda line: None, "complain": lambda line: None}
    batch = Batch(Repository(), course, SEED, workers=workers, **silent)
    assert {record.status for record in grade_section(batch, slug)} <= {
        "graded", "needs manual grading",
    }  # fmt: skip
    return automatic(course, slug)


def automatic(course: CourseFolder, slug: str) -> dict[str, dict[str, Any]]:
    """What the gradebook holds of a section: points, and -1 for what waits to be graded by hand."""
    from nbgrader import api

    found: dict[str, dict[str, Any]] = {}
    with gradebook.opened(course) as opened:
        for grade in opened.db.query(api.Grade):
            if grade.assignment.name == slug:
                points = -1.0 if grade.needs_manual_grade else grade.auto_score
                found.setdefault(grade.student.id, {})[grade.name] = points
    return found
