"""Whatever a student does to the cells, what is graded has the master's."""

from __future__ import annotations

from typing import Any

import pytest

from grader.assemble import assemble
from grader.layout import Repository
from grader.master import read_master
from grader.nb import NotebookNode
from grader.release import graded_form
from grader.submissions import Submission, find

from .conftest import SLUG, Submitter, by_id, code, text


@pytest.fixture
def form(repository: Repository) -> NotebookNode:
    return graded_form(read_master(repository, SLUG))


def merged(
    repository: Repository, submitter: Submitter, form: NotebookNode, cells: list[dict[str, Any]]
) -> tuple[NotebookNode, list[str]]:
    submitter.hand_in("bob", cells)
    (submission,) = find(repository, submitter.course, read_master(repository, SLUG))
    assert isinstance(submission, Submission)
    return assemble(form, submission.cells)


def ids(notebook: NotebookNode) -> list[str]:
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]


IDS = ["head", "imports", "task1-text", "task1", "task1-visible", "task1-hidden", "task2-why"]


def test_answers_come_from_the_student_and_tests_from_the_master(
    repository: Repository, submitter: Submitter, form: NotebookNode
) -> None:
    cells = submitter.cells()
    visible = by_id(cells, "task1-visible")
    visible["source"] = "pass"
    visible["metadata"]["nbgrader"]["points"] = 100
    by_id(cells, "imports")["source"] = "import this"
    notebook, notes = merged(repository, submitter, form, cells)
    assert ids(notebook) == IDS and notes == []
    sources = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    assert "x + x" in sources["task1"].source
    assert "task1.value(" in sources["task1-visible"].source
    assert sources["task1-visible"].metadata.nbgrader.points == 20
    assert "secret_input_17" in sources["task1-hidden"].source
    assert sources["imports"].source == "from course_utils import checks"


def test_deleted_moved_and_retyped_cells_are_mended(
    repository: Repository, submitter: Submitter, form: NotebookNode
) -> None:
    cells = [c for c in submitter.cells() if c["id"] not in ("task1-hidden", "task2-why")]
    by_id(cells, "task1")["cell_type"] = "raw"
    notebook, notes = merged(repository, submitter, form, cells[::-1])
    assert ids(notebook) == IDS
    kinds = {c.metadata.nbgrader.grade_id: c.cell_type for c in notebook.cells if ids_of(c)}
    assert kinds["task1"] == "code"
    assert notes == [
        "cell 'task1' had its type changed; changed back",
        "cell 'task1-hidden' was deleted; put back",
        "cell 'task2-why' was deleted; put back",
        "cells were moved; put back in order",
    ]


def ids_of(cell: NotebookNode) -> bool:
    return "nbgrader" in cell.metadata


@pytest.mark.parametrize("first", ["blank", "answer"])
def test_of_doubled_cells_the_last_answer_counts(
    repository: Repository, submitter: Submitter, form: NotebookNode, first: str
) -> None:
    cells = submitter.cells()
    place = cells.index(by_id(cells, "task1"))
    blank = {c.metadata.nbgrader.grade_id: c.source for c in form.cells if ids_of(c)}["task1"]
    copy = {**cells[place], "source": blank}
    cells.insert(place if first == "blank" else place + 1, copy)
    cells.append(by_id(cells, "task1-hidden"))
    notebook, notes = merged(repository, submitter, form, cells)
    assert ids(notebook) == IDS
    assert not any("NotImplementedError" in c.source for c in notebook.cells)
    assert notes[0] == "cell 'task1' was there 2 times; the last answer counts"


def test_added_cells_stay_where_they_were_added(
    repository: Repository, submitter: Submitter, form: NotebookNode
) -> None:
    cells = submitter.cells()
    cells.insert(0, code("first = 1"))
    cells.insert(5, code("helper = 2"))
    cells.append(text("A remark."))
    notebook, _ = merged(repository, submitter, form, cells)
    sources = [c.source for c in notebook.cells]
    assert sources[0] == "first = 1" and sources[-1] == "A remark."
    assert "x + x" in sources[sources.index("helper = 2") - 1]
    assert len({c.id for c in notebook.cells}) == len(notebook.cells)
