"""A course of two tiny sections in a temporary folder, and submissions to them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.layout import CourseFolder, Repository
from grader.results import Record

from .light import start_light_nurseries

SLUG, OTHER = "01-tiny", "02-other"
HIDDEN = "    assert double(secret_input_17) == _truth1(secret_input_17)"
MODEL = "Because the zebra doubles every value, the answer is the doubled zebra."


def code(source: str, **nbgrader: Any) -> dict[str, Any]:
    return _cell("code", source, nbgrader) | {"execution_count": 3, "outputs": [_output("run")]}


def text(source: str, **nbgrader: Any) -> dict[str, Any]:
    return _cell("markdown", source, nbgrader)


def _cell(kind: str, source: str, nbgrader: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        "grade": False,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    metadata = {"nbgrader": defaults | nbgrader} if nbgrader else {}
    name = nbgrader.get("grade_id", f"plain-{len(source)}")
    return {"cell_type": kind, "id": name[:60], "metadata": metadata, "source": source}


def _output(said: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": f"{said}\n"}


def notebook(slug: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            "course": {"section": slug},
            "jupytext": {"text_representation": {"extension": ".py"}},
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def master_cells(verb: str = "double", factor: int = 2) -> list[dict[str, Any]]:
    return [
        text(f"# Exercises: how to {verb} a value", grade_id="head", locked=True),
        code("from course_utils import checks", grade_id="imports", locked=True),
        text(
            f"## Task 1. Write {verb}(x), which returns {factor} times x",
            grade_id="task1-text",
            locked=True,
        ),
        code(
            f'def {verb}(x):\n    """Return the value."""\n    ### BEGIN SOLUTION\n'
            f'    # Stub: return {factor} times "x".\n    zebra_total = {factor} * x\n'
            "    return zebra_total\n    ### END SOLUTION",
            grade_id="task1",
            solution=True,
        ),
        code(
            f'task1 = checks.Task("1", look="theory")\nwith task1:\n'
            f"    task1.value({verb}(1.5), {factor * 1.5})\n"
            '    task1.visible_passed("Good.")',
            grade_id="task1-visible",
            grade=True,
            locked=True,
            points=20,
        ),
        code(
            "# Hidden checks (50 points): another value.\n### BEGIN HIDDEN TESTS\n"
            f"import warnings\n\nsecret_input_17 = 17.5\n\n\ndef _truth1(value):\n"
            f"    return value * {factor}\n\n\nwith task1:\n"
            '    warnings.warn("a warning costs nothing", stacklevel=1)\n'
            f"    {HIDDEN.strip().replace('double', verb)}\n    secret_input_17\n"
            "### END HIDDEN TESTS\n",
            grade_id="task1-hidden",
            grade=True,
            locked=True,
            points=50,
        ),
        text("A plain text, which anybody may change."),
        text(
            f"{MODEL if verb == 'double' else 'Another model answer for another question.'}\n\n"
            "Rubric: 20 points for the word zebra, 10 points for a reason.",
            grade_id="task2-why",
            grade=True,
            solution=True,
            points=30,
        ),
    ]


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def make_repository(root: Path) -> Repository:
    repository = Repository(root)
    write_json(repository.master(SLUG), notebook(SLUG, master_cells()))
    write_json(repository.master(OTHER), notebook(OTHER, master_cells("triple", 3)))
    return repository


@pytest.fixture(scope="module")
def light_nurseries() -> Iterator[None]:
    """Start nurseries that load no more than the tiny section needs: there are many of them."""
    with pytest.MonkeyPatch.context() as patch:
        start_light_nurseries(patch)
        yield


@pytest.fixture(scope="module")
def orphans_come_here() -> Iterator[None]:
    """Make what loses its parents a child of the tests, so that nothing goes on unnoticed."""
    from .disturbed import adopt, children, ended  # late: it needs this module

    before = children()
    adopt(True)
    yield
    adopt(False)
    for inherited in children() - before:
        ended(inherited)  # or it would stay a zombie for as long as the tests run


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "repo")


class Submitter:
    """Hands in notebooks made from the master of the first section."""

    def __init__(self, course: CourseFolder) -> None:
        self.course = course

    def cells(self) -> list[dict[str, Any]]:
        """Return a right submission, its written answer included."""
        cells = copy.deepcopy(master_cells())
        for cell in cells:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name == "task1":
                cell["source"] = "def double(x):\n    return x + x"
            elif name == "task1-hidden":
                cell["source"] = cell["source"].split("\n")[0]
            elif name == "task2-why":
                cell["source"] = "Because it doubles."
        return cells

    def hand_in(self, student: str, cells: list[dict[str, Any]], slug: str = SLUG) -> Path:
        return write_json(self.course.submitted(student, slug), notebook(slug, cells))


def by_id(cells: list[dict[str, Any]], grade_id: str) -> dict[str, Any]:
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


@pytest.fixture
def submitter(tmp_path: Path) -> Submitter:
    return Submitter(CourseFolder(tmp_path / "course"))


@dataclass
class Graded:
    """A course that was graded once, with what was printed."""

    repository: Repository
    course: CourseFolder
    records: dict[str, Record]
    said: list[str]


SPY = """
import inspect

def double(x):
    global seen
    seen = In[-1]
    return 2 * x
"""
EVIL = """
from IPython.display import HTML, Javascript, SVG, display
display(HTML("<script>alert('html')</script>"))
display(Javascript("alert('js')"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))
display({"image/png": '"><script>alert(1)</script>'}, raw=True)
print("<script>alert('printed')</script>")

def double(x):
    raise ValueError("<script>alert('raised')</script>")
"""
EVIL_ANSWER = (
    "<script>alert('answer')</script>\n\n<img src=x onerror=\"alert('img')\">"
    "[x](javascript:alert(1)) <iframe src='https://example.org'></iframe>\n"
    "<style>body{display:none}</style>"
)


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """One batch of submissions of every kind; not to be changed."""
    from grader.autograde import Batch, grade_section
    from grader.release import release
    from grader.sealed.worker import Clock

    root = tmp_path_factory.mktemp("graded")
    repository = make_repository(root / "repo")
    submitter = Submitter(CourseFolder(root / "course"))
    release(repository, SLUG)
    blank = json.loads(repository.student_notebook(SLUG).read_text(encoding="utf-8"))["cells"]

    def answer(student: str, source: str, *more: str) -> list[dict[str, Any]]:
        cells = submitter.cells()
        by_id(cells, "task1")["source"] = source
        place = cells.index(by_id(cells, "task1-hidden")) + 1
        cells[place:place] = [code(line) for line in more]
        submitter.hand_in(student, cells)
        return cells

    path = submitter.hand_in("anna", submitter.cells())
    path.with_name("course_utils.py").write_text("raise RuntimeError('imported')")
    submitter.hand_in("blank", blank)
    answer("wrong", "def double(x):\n    return 3 * x")
    answer("dead", "import os\nos._exit(1)")
    answer("spy", SPY, "print(seen); print(In)", "seen", "In", "raise ValueError(seen)")
    cells = answer("evil", EVIL)
    by_id(cells, "task2-why")["source"] = EVIL_ANSWER
    submitter.hand_in("evil", cells)
    cells = submitter.cells()
    submitter.hand_in("doubled", [*cells, by_id(cells, "task1")])
    submitter.hand_in('zoe, "z"', submitter.cells())
    submitter.course.submitted("empty", SLUG).parent.mkdir(parents=True)
    said: list[str] = []

    answer("slow", "def double(x):\n    while True:\n        pass")
    batch = Batch(
        repository, submitter.course, seed=7, workers=2, clock=Clock(cell_cpu=2, cell_wall=30),
        say=said.append, complain=said.append,
    )  # fmt: skip
    records = grade_section(batch, SLUG)
    found = {record.student: record for record in sorted(records, key=lambda r: r.student)}
    return Graded(repository, submitter.course, found, said)
