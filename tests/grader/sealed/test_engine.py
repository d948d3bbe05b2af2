"""The engine over both sides: a section's plan, idle cells, whose fault a test is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.assemble import assemble
from grader.layout import GraderError
from grader.master import read_master
from grader.release import graded_form
from grader.sealed.engine import SealedEngine
from grader.sealed.plan import plan
from grader.submissions import StudentCell
from tests.grader.conftest import SLUG, code, make_repository, master_cells, notebook, write_json

PASSES_ON = """
task1 = checks.Task("1", look="theory")
with task1:
    task1.value(double(np.asarray(double(1.5))), 6.0)
"""


def engine(root: Path, test: str) -> tuple[SealedEngine, Any]:
    """Make a section whose visible test is another one."""
    repository = make_repository(root)
    cells = master_cells()
    cells.insert(1, code("import numpy as np", grade_id="numpy", locked=True))
    cells[5]["source"] = test
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    master = read_master(repository, SLUG)
    form = graded_form(master)
    return SealedEngine(plan(master)), form


def judged(sealed: SealedEngine, form: Any, source: str) -> Any:
    answers = [
        StudentCell(
            cell.cell_type,
            source if cell.metadata.get("nbgrader", {}).get("grade_id") == "task1" else cell.source,
            cell.metadata.get("nbgrader", {}).get("grade_id"),
        )
        for cell in form.cells
    ]
    assembled, _ = assemble(form, answers)
    return sealed.run(assembled, seed=3)


def test_a_fault_that_the_master_has_too_is_the_authors(tmp_path: Path) -> None:
    sealed, form = engine(tmp_path, "double(object())")
    with sealed, pytest.raises(GraderError, match="task1-visible: a test hands over what can't"):
        judged(sealed, form, "def double(x):\n    return 2 * x")


def test_a_fault_that_a_submission_provokes_is_a_lost_point(tmp_path: Path) -> None:
    sealed, form = engine(tmp_path, PASSES_ON)
    with sealed:
        right = judged(sealed, form, "def double(x):\n    return 2 * x")
        assert right.verdicts["task1-visible"].outcome == "passed"
        for _ in range(2):  # the master is asked once
            wrong = judged(sealed, form, "def double(x):\n    return ['a']")
            verdict = wrong.verdicts["task1-visible"]
            assert verdict.outcome == "error" and "The check stopped" in verdict.message
        assert sealed.own_faults == {}
