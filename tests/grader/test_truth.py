"""Sealed scores are the true ones: stock nbgrader's, the bank's, and the sum of their parts.

Run as a module, ``python -m tests.grader.test_truth COURSE SEED``, it grades a course folder with
stock nbgrader, as nbgrader is meant to be used, and prints what its gradebook then holds.
"""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook
from grader.autograde import Batch, grade_section
from grader.check import check
from grader.layout import CourseFolder, Repository
from grader.master import Master, read_master
from grader.release import ANSWER_STUB, student_form
from tests.misconceptions import bank

from .conftest import write_json

SECTIONS = Repository().sections()
SEED = 7
#: Where stock nbgrader's scores differ, by student and task, and why. Nowhere else may they.
DIFFERENCES = {
    ("noisy", "task2"): "a warning in a right answer takes all points of a test in stock nbgrader: "
    "it counts whatever a test cell leaves on stderr as failed. Sealed, a warning costs nothing",
    ("noisy", "task4"): "so does a line that the answer itself prints on stderr",
}
NOISE = {
    "task2": "import warnings\nwarnings.warn('an old name')",
    "task4": "import sys\nprint('here I am', file=sys.stderr)",
}
Answers = Mapping[str, str]


# -- submissions ----------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def sections() -> dict[str, Section]:
    return {slug: Section(slug) for slug in SECTIONS}


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


# -- stock nbgrader -------------------------------------------------------------------------------


def stock(root: Path) -> None:
    """Grade all that is submitted with stock nbgrader, and print the points."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.ClearSolutions.text_stub = ANSWER_STUB  # or an untouched text looks like an answer
    config.NbGrader.logfile = str(root / "log.txt")
    api = NbGraderAPI(config=config)
    course = CourseFolder(root)
    found = {}
    for path in sorted((root / "source").iterdir()):
        outcome = api.generate_assignment(path.name)
        assert outcome["success"], outcome
        for student in sorted((root / "submitted").iterdir()):
            if (student / path.name).is_dir():
                outcome = api.autograde(path.name, student.name)
                assert outcome["success"], outcome
        found[path.name] = automatic(course, path.name)
    print(json.dumps(found))


def by_stock(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    home = root.parent / "home"
    home.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "COURSE_GRADING_SEED": str(SEED),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.grader.test_truth", str(root)],
        env=environment, cwd=Repository().root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, dict[str, float]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def handed_in(root: Path, sections: dict[str, Section]) -> Iterator[tuple[str, str]]:
    """Hand in right, wrong and blank answers to each section, and more notebooks to the first."""
    course = CourseFolder(root)
    for slug, section in sections.items():
        notebooks = {"mixed": section.notebook(section.mixed(random.Random(SEED))[0])}
        if slug == SECTIONS[0]:
            notebooks["master"] = section.notebook(section.solutions, written=True)
            notebooks["blank"] = section.notebook({})
            notebooks["noisy"] = section.notebook(section.noisy())
        write_json(root / "source" / slug / "exercises.ipynb", section.master.notebook)
        for student, notebook in notebooks.items():
            write_json(course.submitted(student, slug), notebook)
            yield slug, student


def test_sealed_scores_are_those_of_stock_nbgrader(
    sections: dict[str, Section], tmp_path: Path
) -> None:
    names = [*handed_in(tmp_path / "stock", sections)]
    assert names == [*handed_in(tmp_path / "ours", sections)]
    theirs = by_stock(tmp_path / "stock")
    differing: set[tuple[str, str]] = set()
    for slug, section in sections.items():
        ours = graded(CourseFolder(tmp_path / "ours"), slug)
        assert ours.keys() == theirs[slug].keys() == {name for s, name in names if s == slug}
        scores = {s: sum(max(0, p) for p in found.values()) for s, found in ours.items()}
        most = sum(section.points.values())
        assert most > scores["mixed"] > 0
        assert scores.get("master", most) == most
        assert scores.get("blank", 0) == 0
        for student, cells in ours.items():
            other = theirs[slug][student]
            assert cells.keys() == other.keys()
            for name, points in cells.items():
                place = (student, name.partition("-")[0])
                if place in DIFFERENCES and name in section.points:
                    assert (points, other[name]) == (section.points[name], 0)
                    differing.add(place)
                else:
                    assert points == other[name], f"{slug}, {student}, {name}"
    assert differing == DIFFERENCES.keys()  # no explanation without its difference


# -- the bank and its sums ------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SECTIONS)
def test_every_solution_of_the_bank_loses_sealed_what_the_bank_says(slug: str) -> None:
    """The bank's own test shows the same of tests that run beside the answers, as stock's do."""
    found = check(Repository(), slug, seed=SEED, workers=2)
    assert found.findings == []
    assert sum(row[0] for row in found.table.values()) >= 5 * len(found.table)
    assert ", blank 0, " in found.summary


@pytest.mark.parametrize(("slug", "count"), [*zip(SECTIONS, (60, 40), strict=False)])
def test_a_hundred_recombined_submissions_get_the_sum_of_their_parts(
    slug: str, count: int, sections: dict[str, Section], tmp_path: Path
) -> None:
    section, chance = sections[slug], random.Random(SEED)
    course = CourseFolder(tmp_path)
    wanted: dict[str, dict[str, float]] = {}
    for number in range(count):
        answers, passed = section.mixed(chance)
        student = f"s{number:03}"
        write_json(course.submitted(student, slug), section.notebook(answers))
        wanted[student] = {n: p if n in passed else 0.0 for n, p in section.points.items()}
    found = graded(course, slug)
    for student, points in wanted.items():
        assert {n: p for n, p in found[student].items() if n in points} == points, student
    assert len({sum(points.values()) for points in wanted.values()}) > 10


if __name__ == "__main__":
    stock(Path(sys.argv[1]))
