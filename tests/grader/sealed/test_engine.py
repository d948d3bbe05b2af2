"""The engine over both sides: a section's plan, idle cells, whose fault a test is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assemble import assemble
from grader.judging import Job, Terms
from grader.judging import judged as of_one
from grader.layout import GraderError
from grader.master import read_master
from grader.release import graded_form
from grader.sealed.engine import SealedEngine
from grader.sealed.plan import plan
from grader.sealed.rehearsal import rehearse
from grader.sealed.worker import Worker
from grader.submissions import StudentCell, Submission
from tests.grader.conftest import SLUG, code, make_repository, master_cells, notebook, write_json
from tests.grader.sealed.conftest import Bench

PASSES_ON = """
task1 = checks.Task("1", look="theory")
with task1:
    task1.value(double(np.asarray(double(1.5))), 6.0)
"""


SEEN = """
task1 = checks.Task("1", look="theory")
with task1:
    open({path!r}, "a").close()
    task1.value(task1.call(double, x=1.5), 3.0)
"""
INDIRECT = """
task1 = checks.Task("1", look="theory")
def three():
    return task1.call(double, x=1.5)
with task1:
    task1.value(three(), 3.0)
"""


def engine(root: Path, test: str, *, rehearsed: bool = False) -> tuple[SealedEngine, Any]:
    """Make a section whose visible test is another one."""
    repository = make_repository(root)
    cells = master_cells()
    cells.insert(1, code("import numpy as np", grade_id="numpy", locked=True))
    cells[5]["source"] = test
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    master = read_master(repository, SLUG)
    form, section = graded_form(master), plan(master)
    if rehearsed:
        rehearse(master, section, seed=3)
    return SealedEngine(section), form


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


def test_of_untouched_notebooks_one_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, form = engine(tmp_path, INDIRECT)
    runs: list[int] = []
    real = Worker.judge

    def counted(self: Worker, *given: Any) -> Any:
        runs.append(1)
        found = real(self, *given)
        return replace(found, wall_limited=True) if len(runs) == 1 else found

    monkeypatch.setattr(Worker, "judge", counted)
    terms = Terms(("task1-visible", "task1-hidden"), "env", "full", 3, {})

    def done(source: str = "", tasks: str = "task1", added: str = "") -> tuple[str, bytes, int]:
        """Return the first outcome, the notebook with its outputs, and how many were run so far."""
        names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in form.cells]
        cells = [
            StudentCell(c.cell_type, source if source and name == "task1" else c.source, name)
            for c, name in zip(form.cells, names, strict=True)
        ]
        cells += [StudentCell("code", added, None)] if added else []
        handed_in = Submission("anna", tmp_path, cells, "digest")
        made = of_one(sealed, form, terms, Job(handed_in, frozenset([tasks]), {}, 3))
        return made.entry.verdicts["task1-visible"][0], made.notebook, len(runs)

    with sealed:
        outcome, pages, count = done()
        assert (outcome, count) == ("not attempted", 1) and b"not attempted yet" in pages
        assert done() == (outcome, pages, 2)  # the clock had a hand in the first
        assert done() == (outcome, pages, 2)
        # One comment, an added cell or other tasks: what is run is no longer the same.
        assert done(f"# mine\n{BLANK}")[::2] == ("not attempted", 3)
        assert done(added="print('hello')")[::2] == ("not attempted", 4)
        assert done(tasks="task2")[::2] == ("not run", 5)
        assert done("def double(x):\n    return 2 * x")[::2] == ("passed", 6)
        assert done() == (outcome, pages, 6)


BLANK = "def double(x):\n    raise NotImplementedError('twice x')"


def verdicts(bench: Bench, made: tuple[SealedEngine, Any], source: str) -> Any:
    """Judge one answer with a worker that others use, too."""
    (sealed, form), answer = made, StudentCell("code", source, "task1")
    steps = sealed.section.steps(assemble(form, [answer])[0])
    section = sealed.section
    return bench.worker.judge(steps, section.asked, section.namespace, 3).verdicts["task1-visible"]


def test_a_test_of_an_unwritten_function_need_not_run_to_say_so(
    tmp_path: Path, full: Bench
) -> None:
    mark = tmp_path / "ran"
    made = engine(tmp_path / "course", SEEN.format(path=str(mark)), rehearsed=True)
    mark.unlink()
    verdict = verdicts(full, made, BLANK)
    assert verdict.outcome == "not attempted"
    assert verdict.message == "Task 1: not attempted yet: twice x"
    assert not mark.exists()
    assert verdicts(full, made, "def double(x):\n    return 2 * x").outcome == "passed"
    assert mark.exists()


@pytest.mark.parametrize("test", [PASSES_ON, SEEN.format(path="/dev/null"), INDIRECT])
def test_what_is_told_without_running_is_what_running_tells(
    test: str, tmp_path: Path, full: Bench
) -> None:
    plain = engine(tmp_path / "plain", test)
    quick = engine(tmp_path / "quick", test, rehearsed=True)
    for source in (
        BLANK,
        BLANK.replace("'twice x'", ""),
        BLANK.replace("raise", "x\n    raise"),
        "double = 3",
        "class double:\n    def __init__(self, x):\n        raise NotImplementedError('it')",
        "def other(x):\n    return x",
    ):
        wanted = verdicts(full, plain, source)
        assert verdicts(full, quick, source) == wanted and wanted.outcome != "passed", source
