"""A batch: what each submission comes to, and what a second batch leaves alone."""

from __future__ import annotations

import copy
import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook, results
from grader.autograde import Batch, grade_section
from grader.cli import main
from grader.journal import Journal
from grader.layout import CourseFolder, GraderError
from grader.results import Record, Verdict
from grader.sealed.worker import Judged
from grader.table import collect

from .conftest import OTHER, SLUG, Graded, by_id, master_cells, notebook, write_json

pytestmark = pytest.mark.usefixtures("light_nurseries")


class Instant:
    """An engine that runs nothing and passes every test."""

    def __init__(self, *_: Any) -> None:
        pass

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        return Judged(
            {
                cell.metadata.nbgrader.grade_id: Verdict(results.PASSED)
                for cell in notebook.cells
                if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
            }
        )

    def close(self) -> None:
        pass


class Broken(Instant):
    """An engine that fails on one of the submissions."""

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        if any("x + x" in cell.source for cell in notebook.cells):
            raise GraderError("no sandbox")
        return super().run(notebook, seed, tasks)


class Dying(Instant):
    """An engine whose process dies on one of the submissions."""

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        if any("x + x" in cell.source for cell in notebook.cells):
            os._exit(9)
        return super().run(notebook, seed, tasks)


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.autograde.SealedEngine", Instant)


@pytest.fixture
def again(graded: Graded, tmp_path: Path) -> Graded:
    """A copy of the graded course, to be graded again."""
    shutil.copytree(graded.course.path, tmp_path / "course")
    course = CourseFolder(tmp_path / "course")
    return Graded(graded.repository, course, graded.records, graded.said)


def batch(graded: Graded, **options: Any) -> Batch:
    return Batch(
        graded.repository, graded.course, seed=1,
        say=graded.said.append, complain=graded.said.append, **options,
    )  # fmt: skip


def outcomes(record: Record) -> dict[str, tuple[str, float]]:
    return {task.grade_id: (task.outcome, task.points) for task in record.tasks}


def test_right_answers_get_all_automatic_points(graded: Graded) -> None:
    record = graded.records["anna"]
    assert record.status == "needs manual grading"
    assert (record.score, record.max_score) == (70, 100)
    assert outcomes(record) == {
        "task1-visible": ("passed", 20),
        "task1-hidden": ("passed", 50),  # it warns on stderr and ends in a number: no matter
        "task2-why": ("needs manual grading", 0),
    }


def test_untouched_notebook_gets_exactly_nothing(graded: Graded) -> None:
    record = graded.records["blank"]
    assert record.status == "graded" and record.score == 0
    assert outcomes(record) == {
        "task1-visible": ("not attempted", 0),
        "task1-hidden": ("not attempted", 0),
        "task2-why": ("no answer", 0),
    }
    assert record.tasks[0].message == 'Task 1: not attempted yet: return 2 times "x".'


def test_wrong_answers_get_a_one_line_message(graded: Graded) -> None:
    tasks = graded.records["wrong"].tasks
    assert [task.outcome for task in tasks[:2]] == ["failed", "failed"]
    assert tasks[0].message.startswith("Task 1: off by a relative error")
    assert all("\n" not in task.message for task in tasks)


def test_a_process_that_dies_or_hangs_costs_only_its_submission(graded: Graded) -> None:
    assert outcomes(graded.records["dead"])["task1-visible"] == ("crashed", 0)
    assert outcomes(graded.records["slow"])["task1-visible"] == ("out of time", 0)
    assert graded.records['zoe, "z"'].score == 70


def test_problems_are_listed_and_the_rest_graded(graded: Graded) -> None:
    record = graded.records["empty"]
    assert (record.status, record.score, record.tasks) == ("problem", 0, [])
    lines = [line for line in graded.said if "/empty/" in line]
    (line,) = lines
    assert f"course/submitted/empty/{SLUG}: empty folder; put exercises.ipynb into it" in line
    assert list(graded.records) == sorted(graded.records)


def test_mended_cells_are_reported(graded: Graded) -> None:
    assert graded.records["doubled"].notes == [
        "cell 'task1' was there 2 times; the last answer counts"
    ]
    assert graded.records["doubled"].score == 70
    assert any("doubled: 70 of 100" in line and "2 times" in line for line in graded.said)


def test_a_file_beside_the_notebook_is_never_imported(graded: Graded) -> None:
    beside = graded.course.submitted("anna", SLUG).with_name("course_utils.py")
    assert beside.is_file()  # it would stop the notebook
    assert not list((graded.course.path / "autograded").rglob("*.py"))


def judged(graded: Graded) -> int:
    """How many submissions were judged, as the progress lines say; forgets the lines."""
    lines = [line for line in graded.said if " of 100 points" in line]
    graded.said.clear()
    return sum("(unchanged)" not in line for line in lines)


def test_what_has_not_changed_is_not_judged_again(again: Graded, instant: None) -> None:
    again.said.clear()
    first = grade_section(batch(again), SLUG)
    assert judged(again) == 0
    assert [r.public() for r in first] == [again.records[r.student].public() for r in first]
    path = again.course.submitted("blank", SLUG)
    path.write_text(path.read_text().replace("Write your answer here", "Something"))
    (record,) = grade_section(batch(again, students=["blank"]), SLUG)
    assert judged(again) == 1 and record.score == 70
    grade_section(batch(again, force=True, students=["anna"]), SLUG)
    assert judged(again) == 1


def test_a_changed_test_runs_only_what_it_touches(again: Graded, tmp_path: Path) -> None:
    shutil.copytree(again.repository.root, tmp_path / "repo")
    changed = Graded(type(again.repository)(tmp_path / "repo"), again.course, {}, [])
    cells = master_cells()
    by_id(cells, "task1-hidden")["source"] += "# changed\n"
    write_json(changed.repository.master(SLUG), notebook(SLUG, cells))
    before = Journal(again.course, SLUG).last["wrong"].verdicts
    again.said.clear()
    grade_section(batch(changed, students=["wrong"]), SLUG)
    assert judged(changed) == 1
    assert Journal(again.course, SLUG).last["wrong"].verdicts == before
    grade_section(batch(changed, students=["wrong"]), SLUG)
    assert judged(changed) == 0


def give(course: CourseFolder, student: str, grade_id: str, points: float) -> None:
    """Give points by hand, as the formgrader does."""
    with gradebook.opened(course) as opened:
        grade = opened.find_grade(grade_id, "exercises", SLUG, student)
        grade.manual_score = points
        grade.needs_manual_grade = False
        opened.db.commit()


def test_points_given_by_hand_and_times_survive_a_regrade(again: Graded, instant: None) -> None:
    stamp = again.course.submitted("anna", SLUG).with_name("timestamp.txt")
    stamp.write_text("2026-02-01 08:00:00 UTC")
    grade_section(batch(again, students=["anna"]), SLUG)
    give(again.course, "anna", "task2-why", 25)
    give(again.course, "wrong", "task1-hidden", 10)
    stamp.unlink()
    anna, wrong = grade_section(batch(again, force=True, students=["anna", "wrong"]), SLUG)
    assert (anna.status, anna.score) == ("graded", 95)
    assert outcomes(anna)["task2-why"] == ("graded by hand", 25)
    # The test passes now, so the points given while it failed are to be looked at again.
    assert outcomes(wrong)["task1-hidden"] == ("passed", 10)
    assert wrong.status == "needs manual grading"
    with gradebook.opened(again.course) as opened:
        assert opened.find_submission(SLUG, "anna").timestamp == datetime(2026, 2, 1, 8)
    path = again.course.submitted("anna", SLUG)
    path.write_text(path.read_text().replace("Because it doubles", "Because it triples"))
    (anna,) = grade_section(batch(again, students=["anna"]), SLUG)
    assert (anna.status, anna.score) == ("needs manual grading", 95)


@pytest.mark.parametrize(("engine", "says"), [(Broken, "no sandbox"), (Dying, "worker died")])
def test_our_own_fault_costs_one_submission_and_is_no_grade(
    engine: type, says: str, again: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.autograde.SealedEngine", engine)
    before = gradebook.read(again.course, SLUG)["anna"]
    anna, blank = grade_section(batch(again, force=True, students=["anna", "blank"]), SLUG)
    assert anna.status == "could not be judged" and says in anna.message
    assert blank.status == "graded"
    assert gradebook.read(again.course, SLUG)["anna"] == before
    # It isn't in the journal either, so the next batch tries again.
    monkeypatch.setattr("grader.autograde.SealedEngine", Instant)
    (anna,) = grade_section(batch(again, force=True, students=["anna"]), SLUG)
    assert anna.status == "needs manual grading"


def test_our_own_fault_gives_exit_status_1(again: Graded, monkeypatch: Any) -> None:
    monkeypatch.setattr("grader.autograde.SealedEngine", Broken)
    arguments = ["autograde", SLUG, "--course", str(again.course.path), "--force"]
    assert main([*arguments, "--student", "anna"], again.repository) == 1
    assert main([*arguments, "--student", "blank"], again.repository) == 0


def test_without_a_section_all_with_submissions_are_graded(
    again: Graded, instant: None, capsys: Any
) -> None:
    cells = master_cells("triple", 3)
    write_json(again.course.submitted("anna", OTHER), notebook(OTHER, cells))
    arguments = ["autograde", "--course", str(again.course.path)]
    assert main([*arguments, "--student", "blank"], again.repository) == 0
    assert OTHER not in capsys.readouterr().out
    assert main([*arguments, "--student", "anna", "--student", "blank"], again.repository) == 0
    said = capsys.readouterr().out
    assert f"{OTHER}: 1 submission: 1 needs manual grading" in said
    assert f"{SLUG}: 2 submissions: 1 graded, 1 needs manual grading" in said


def test_cells_added_to_a_master_after_grading_are_refused_in_one_line(
    again: Graded, tmp_path: Path
) -> None:
    shutil.copytree(again.repository.root, tmp_path / "repo")
    changed = Graded(type(again.repository)(tmp_path / "repo"), again.course, {}, [])
    cells = master_cells()
    extra = copy.deepcopy(by_id(cells, "imports"))
    extra["metadata"]["nbgrader"]["grade_id"] = "more"
    write_json(changed.repository.master(SLUG), notebook(SLUG, [*cells, extra]))
    with pytest.raises(GraderError, match="its master has other cells now"):
        grade_section(batch(changed), SLUG)
    give(again.course, "anna", "task2-why", 25)
    by_id(cells, "task1-visible")["metadata"]["nbgrader"]["points"] = 30
    by_id(cells, "task1-hidden")["metadata"]["nbgrader"]["points"] = 40
    write_json(changed.repository.master(SLUG), notebook(SLUG, cells))
    (anna,) = grade_section(batch(changed, students=["anna"]), SLUG)
    assert (anna.score, anna.max_score) == (95, 100)
    assert outcomes(anna)["task1-visible"] == ("passed", 30)


def test_nbgraders_own_interface_reads_the_gradebook(graded: Graded) -> None:
    with gradebook.opened(graded.course) as opened:
        submissions = opened.submission_dicts(SLUG)
        scores = {each["student"]: each["score"] for each in submissions}
        waiting = {each["student"]: each["needs_manual_grade"] for each in submissions}
    assert scores["anna"] == 70 and scores["blank"] == 0
    assert waiting["anna"] and not waiting["blank"]
    kept = json.loads(graded.course.autograded("anna", SLUG).read_text())
    assert any("secret_input_17" in "".join(cell["source"]) for cell in kept["cells"])


def test_nothing_of_the_grader_reaches_the_student(again: Graded) -> None:
    path = again.course.submitted("anna", SLUG)
    whole = json.loads(path.read_text())
    by_id(whole["cells"], "task1")["source"] += (
        '\nimport os\nprint("found", sorted(k for k in os.environ if "COURSE" in k), os.listdir())'
    )
    write_json(path, whole)
    grade_section(batch(again, students=["anna"]), SLUG)
    kept = again.course.autograded("anna", SLUG).read_text()
    assert "found [] []" in kept


def test_collect_brings_points_given_by_hand(again: Graded) -> None:
    give(again.course, "anna", "task2-why", 12.5)
    late = again.course.submitted("late", SLUG)
    late.parent.mkdir(parents=True)
    records = {record.student: record for record in collect(again.course, SLUG)}
    assert (records["anna"].status, records["anna"].score) == ("graded", 82.5)
    assert records["late"].status == "not graded yet"
    assert records["empty"].status == "problem"
