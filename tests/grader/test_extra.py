"""Extra points and regrades at the instructor's desk, on grades without a batch behind them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook, regrade, results
from grader.cli import main
from grader.gradebook import Settled, settle
from grader.layout import CourseFolder, Repository
from grader.master import read_master
from grader.release import graded_form, student_form
from grader.results import Record, Verdict, save
from grader.table import collect

from .conftest import SLUG, make_repository

POINTS = {"task1-visible": 20.0, "task1-hidden": 50.0}


class Desk:
    def __init__(self, repository: Repository, course: CourseFolder, capsys: Any = None) -> None:
        self.repository, self.course, self.capsys = repository, course, capsys
        self.out = self.err = ""

    def grade(self, student: str, **earned: float) -> None:
        points = {name: earned.get(name.partition("-")[2], most) for name, most in POINTS.items()}
        item = Settled(student, points, {"task2-why": (False, False)})
        grades = settle(self.course, SLUG, [item])[student]
        verdicts = {n: Verdict(results.PASSED if p else results.FAILED) for n, p in points.items()}
        tasks = grades.tasks([*POINTS, "task2-why"], verdicts)
        score, most = grades.score, grades.max_score
        save(self.course, SLUG, Record(student, results.GRADED, score, most, tasks))

    def run(self, *arguments: str) -> int:
        status = main([*arguments, "--course", str(self.course.path)], self.repository)
        self.out, self.err = self.capsys.readouterr()
        return status

    def extra(self, points: str, *more: str, reason: str = "Because.", student: str = "ada") -> int:
        return self.run("extra", student, SLUG, points, "--reason", reason, *more)

    def scores(self) -> dict[str, float]:
        return {record.student: record.score for record in collect(self.course, SLUG)}

    def row(self, name: str) -> Any:
        with gradebook.opened(self.course) as book:
            return book.find_grade(name, "exercises", SLUG, "ada").extra_credit

    def comment(self) -> str | None:
        with gradebook.opened(self.course) as book:
            said = book.find_comment("task1", "exercises", SLUG, "ada").manual_comment
            return None if said is None else str(said)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A course in which one student is graded; not to be changed."""
    root = tmp_path_factory.mktemp("extra")
    desk = Desk(make_repository(root / "repo"), CourseFolder(root / "course"))
    master = read_master(desk.repository, SLUG)
    gradebook.register(desk.course, SLUG, graded_form(master), student_form(master))
    desk.course.submissions.mkdir()
    desk.grade("ada")
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path, capsys: Any, monkeypatch: Any) -> Desk:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made.course.path, tmp_path / "course")
    return Desk(made.repository, CourseFolder(tmp_path / "course"), capsys)


def test_extra_points_add_up_and_outlive_a_regrade(desk: Desk) -> None:
    assert desk.extra("3", reason="  Found\n a slip. ") == 0, desk.err
    assert desk.out == f"ada, {SLUG}: +3 at task1-hidden; 3 extra points in all, 73 of 100\n"
    assert desk.extra("-1.5") == 0 and desk.scores() == {"ada": 71.5}
    assert desk.comment() == "Extra points: +3. Found a slip.\n\nExtra points: -1.5. Because."
    assert desk.row("task1-hidden") == 1.5
    desk.grade("ada", hidden=0.0)  # as a regrade settles it
    assert desk.scores() == {"ada": 21.5} and desk.row("task1-hidden") == 1.5
    assert str(desk.comment()).startswith("Extra points: +3.")
    assert desk.extra("2", "--task", "task1-visible") == 0 and desk.row("task1-visible") == 2
    assert "3.5 extra points in all" in desk.out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("3", "--task", "task9"), 2, "has no test of 'task9'; there is task1-visible, task1-hid"),
        (("0",), 2, "give a number such as 3 or -2"),
        (("nan",), 2, "give a number such as 3 or -2"),
        (("1e9",), 2, "give a number such as 3 or -2"),
        (("-70.5",), 1, "ada has 70 points in 01-tiny; -70.5 would leave less than nothing"),
    ],
)
def test_what_is_no_extra_is_one_line_and_changes_nothing(
    desk: Desk, arguments: tuple[str, ...], status: int, said: str
) -> None:
    assert desk.extra(*arguments) == status
    assert said in desk.err and desk.err.count("\n") == 1
    assert desk.row("task1-hidden") is None and desk.comment() is None


def test_whom_extra_points_cannot_be_given(desk: Desk) -> None:
    assert desk.extra("3", student="bob") == 1
    assert desk.err == f"{SLUG}: no graded submission of 'bob'; grade it first\n"
    assert desk.extra("3", reason=" ") == 2 and "--reason is empty" in desk.err
    desk.course.gradebook.unlink()
    assert desk.extra("3") == 1 and "gradebook.db isn't there" in desk.err
    assert not desk.course.gradebook.exists()


def test_extra_points_and_reason_are_written_together_or_not_at_all(
    desk: Desk, monkeypatch: Any
) -> None:
    with gradebook.opened(desk.course) as book:  # graded by something that keeps no comments
        comment = book.find_comment("task1", "exercises", SLUG, "ada")
        book.db.delete(comment)
        book.db.commit()
    assert desk.extra("3") == 1 and desk.err.count("\n") == 1
    assert desk.row("task1-hidden") is None


def test_an_interrupted_regrade_still_tells_all_of_it(desk: Desk) -> None:
    for student in ("bob", "cyd"):
        desk.grade(student)
    assert not regrade.begin(desk.course, SLUG)
    desk.grade("ada", hidden=0.0)
    desk.grade("bob", visible=0.0)  # then it was killed
    assert regrade.begin(desk.course, SLUG)
    desk.grade("cyd", hidden=10.0)
    changes, table = regrade.end(desk.course, SLUG)
    assert list(map(str, changes)) == [
        "ada: 70 -> 20 (-50): task1-hidden -50",
        "bob: 70 -> 50 (-20): task1-visible -20",
        "cyd: 70 -> 30 (-40): task1-hidden -40",
    ]
    assert regrade.summary(changes, 4) == "3 lost (at most 50), 1 has the same points"
    assert table is not None and table.read_text("utf-8-sig").splitlines()[1] == (
        "ada,70,20,-50,task1-hidden -50"
    )
    # The next one begins with what is there now.
    assert not regrade.begin(desk.course, SLUG)
    assert regrade.end(desk.course, SLUG) == ([], None)
    assert [path.name for path in table.parent.iterdir()] == [table.name]


def test_late_days_reach_the_grades(desk: Desk) -> None:
    (desk.course.path / "course.toml").write_text(
        f'zone = "UTC"\n[due]\n{SLUG} = "2026-03-01 12:00"\n[late]\npercent_per_day = 10\n'
    )
    for student, system in (("ada", "canvas"), ("bob", "folder")):
        folder = desk.course.submitted(student, SLUG).parent
        folder.mkdir(parents=True)
        timed = "true" if student == "bob" else "false"
        (folder / ".collected.json").write_text(
            f'{{"system": "{system}", "late": {str(student == "ada").lower()}, "timed": {timed}}}'
        )
    desk.grade("bob")
    with gradebook.opened(desk.course) as book:
        for student in ("ada", "bob"):  # of an attempt before, for ada
            book.find_submission(SLUG, student).timestamp = regrade.datetime(2026, 3, 4)
        book.db.commit()
    assert desk.scores() == {"ada": 63, "bob": 49}
    stamp = desk.course.submitted("ada", SLUG).with_name("timestamp.txt")
    stamp.write_text("soon")  # no date takes no mark away
    assert desk.scores()["ada"] == 63
    stamp.unlink()
    assert desk.run("grades", SLUG) == 0
    assert "graded, 1 day late (-7), marked late, by how much" in desk.out
    assert "graded, 3 days late (-21)" in desk.out
    assert desk.run("extension", "bob", SLUG, "--days", "2") == 0
    assert desk.out == f"bob, {SLUG}: until 2026-03-03 12:00 +0000; 1 day late\n"
    assert desk.run("extension", "bob", SLUG, "--until", "soon") == 2 and "'soon'" in desk.err
    assert desk.run("extension", "bob", "--days", "2") == 2 and "which section?" in desk.err
    assert desk.run("extension") == 0 and desk.out.count("\n") == 1
    assert desk.run("extension", "nosuch", SLUG, "--days", "2") == 0
    assert "nosuch has no folder" in desk.err and desk.err.count("\n") == 1
    assert desk.run("extension", "nosuch", SLUG, "--take-back") == 0
    assert desk.scores() == {"ada": 63, "bob": 63}
    assert desk.run("extension", "bob", SLUG, "--take-back") == 0 and "3 days late" in desk.out
    assert desk.scores()["bob"] == 49
    with gradebook.opened(desk.course) as book:
        work = book.find_submission(SLUG, "bob")
        assert (work.score, work.late_submission_penalty, work.extension) == (70, 21, None)
    (desk.course.path / "course.toml").write_text(f'[due]\n{SLUG} = "2026-03-01"\n')
    assert desk.run("late") == 0 and "late work costs nothing" in desk.out
    assert desk.scores() == {"ada": 70, "bob": 70}
    with gradebook.opened(desk.course) as book:
        assert book.find_submission(SLUG, "bob").late_submission_penalty == 0
