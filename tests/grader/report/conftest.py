"""A section to report on, records of it, and what every page must keep to."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from grader import results
from grader.feedback_tasks import asked
from grader.layout import CourseFolder, Repository
from grader.master import read_master
from grader.report import report
from grader.report_findings import Findings, findings
from grader.report_messages import Reader
from grader.results import Record, TaskResult, save

from ..conftest import SLUG, code, notebook, text, write_json
from ..test_feedback import Page

SIGN = "the sign is turned around: risk minus loss."
PLACE = "theory 01, §3 The key identity"


def master_cells() -> list[dict[str, Any]]:
    """Three tasks of 40, 30 and 20 points, and a written answer of 10."""
    cells = [text("# A tiny section", grade_id="head", locked=True)]
    for number, points in (("1", 40), ("2", 30), ("3", 20)):
        name = f"task{number}"
        cells += [
            text(f"## Task {number}. Do it", grade_id=f"{name}-text", locked=True),
            code(
                f"def f{number}(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION",
                grade_id=name,
                solution=True,
            ),
            code(
                f'{name} = checks.Task("{number}", look="{PLACE}")\nwith {name}:\n'
                f'    {name}.value(f{number}(1), 1, {{"{SIGN}": -1}})',
                grade_id=f"{name}-visible",
                grade=True,
                locked=True,
                points=points / 2,
            ),
            code(
                "# Hidden checks (1 point): other values. They run when your notebook is graded.\n"
                "### BEGIN HIDDEN TESTS\n"
                f'{name}.fail(f"over {{runs}} runs the mean under {{name}} is off by a factor.")\n'
                f'{name}.fail("the winner isn\'t right: " + others.get(1, "see the docstring."))\n'
                f"_because{number} = 'the training set misleads only who has seen it.'\n"
                "### END HIDDEN TESTS\n",
                grade_id=f"{name}-hidden",
                grade=True,
                locked=True,
                points=points / 2,
            ),
        ]
    why = {"grade": True, "solution": True, "points": 10}
    return [*cells, text("Because it is so and not otherwise.", grade_id="task3-why", **why)]


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Repository, CourseFolder]:
    repository, course = Repository(tmp_path / "repo"), CourseFolder(tmp_path / "course")
    write_json(repository.master(SLUG), notebook(SLUG, master_cells()))
    course.submissions.mkdir(parents=True)
    return repository, course


Desk = tuple[Repository, CourseFolder]
CELLS = [f"task{n}-{kind}" for n in "123" for kind in ("visible", "hidden")]
MOST = dict(zip(CELLS, [20.0, 20.0, 15.0, 15.0, 10.0, 10.0], strict=True)) | {"task3-why": 10.0}


def record(student: str, *outcomes: str | tuple[str, str], why: str = results.NO_ANSWER) -> Record:
    """Make a record from the outcomes of the six tests, the last one repeated."""
    told = [o if isinstance(o, tuple) else (o, "") for o in outcomes]
    told += [told[-1]] * (len(CELLS) - len(told))
    tasks = [
        TaskResult(name, MOST[name] if o == results.PASSED else 0.0, MOST[name], o, message)
        for name, (o, message) in zip(CELLS, told, strict=True)
    ]
    tasks.append(TaskResult("task3-why", 0.0, 10.0, why))
    status = results.NEEDS_HAND if why == results.BY_HAND else results.GRADED
    return Record(student, status, sum(task.points for task in tasks), 100.0, tasks)


def failed(message: str, number: int = 1) -> tuple[str, str]:
    return results.FAILED, f"Task {number}: {message} Look again at {PLACE}."


def found(desk: Desk, *records: Record) -> Findings:
    master = read_master(desk[0], SLUG)
    return findings(asked(master), Reader(master), records, {}, str)


def written(desk: Desk, *records: Record, names: bool = True) -> str:
    """Put records into the course folder and write their report."""
    for each in records:
        save(desk[1], SLUG, each)
    page = report(*desk, SLUG, names=names).read_text(encoding="utf-8")
    assert_still(page)
    return page


def assert_still(source: str) -> None:
    """Make sure that a page runs and loads nothing, and can be read with a screen reader."""
    page = Page(source)
    assert page.open == []
    names = [tag for tag, _ in page.tags]
    assert not {"script", "iframe", "object", "embed", "link", "form", "input", "img", "base"} & {
        *names
    }
    assert names.count("style") == 1
    assert "url(" not in page.style and "@import" not in page.style
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), attributes
        assert not {"style", "src", "srcset", "xlink:href"} & attributes.keys(), attributes
        for value in attributes.values():
            assert all(target == "#fill-" for target in re.findall(r"url\((.{6})", value))
        if tag == "a":
            assert attributes["href"].startswith("#")
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
        if tag == "svg":
            assert ("aria-hidden" in attributes) != (len(attributes.get("aria-label", "")) > 10)
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert names.count("table") == names.count("caption")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    wanted |= {a["href"].removeprefix("#") for tag, a in page.tags if tag == "a"}
    assert wanted <= set(ids)


def plain_text(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page[page.index("<body") :])).split())
