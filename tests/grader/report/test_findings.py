"""The report's numbers, worked out by hand."""

from __future__ import annotations

import pytest

from grader import gradebook, results
from grader.gradebook import Settled, settle
from grader.master import read_master
from grader.release import graded_form, student_form
from grader.report_messages import NAMED, NOT_NAMED
from grader.results import Late, Record, Verdict, save

from ..conftest import SLUG
from .conftest import CELLS, MOST, PLACE, SIGN, Desk, failed, found, plain_text, record, written


def test_students_are_counted_and_not_checks(desk: Desk) -> None:
    got = found(
        desk,
        record("a", failed(SIGN), failed(f"value 1 of 2: {SIGN}"), results.PASSED),
        record("b", failed(SIGN), results.NOT_ATTEMPTED),
        record("c", results.NOT_ATTEMPTED),
        record("d", failed("off by a relative error of 0.2."), failed(SIGN), results.PASSED),
    )
    named = {m.text: (m.students, m.tried, m.checks) for m in got.mistakes}
    assert named == {SIGN: (3, 3, 4), "off by a relative error": (1, 3, 1)}
    assert got.mistakes[0].text == SIGN
    assert got.tasks[0].said == {NAMED: 4, NOT_NAMED: 1}
    assert [(p.place, p.students, p.checks) for p in got.places] == [(PLACE, 3, 5)]
    assert got.tasks[0].outcomes == {results.FAILED: 5, results.NOT_ATTEMPTED: 3}


def test_the_same_text_in_two_tasks_is_two_mistakes(desk: Desk) -> None:
    one = record("a", failed(SIGN), results.PASSED, failed(SIGN, 2), results.PASSED)
    assert [(m.task.key, m.students) for m in found(desk, one).mistakes] == [("1", 1), ("2", 1)]


def test_shares_count_those_who_did_not_try_as_nothing(desk: Desk) -> None:
    got = found(
        desk,
        record("a", results.PASSED),
        record("b", results.PASSED, failed(SIGN), results.NOT_ATTEMPTED),
        record("c", results.NOT_ATTEMPTED),
    )
    first, second, third = got.tasks
    assert (first.share, first.tried_share, first.tried) == pytest.approx((0.5, 0.75, 2))
    assert (second.share, second.tried_share) == pytest.approx((1 / 3, 1))
    assert third.share == pytest.approx((2 / 3) / 3)  # 20 of 30, the answer wasn't written
    assert first.discrimination.why_not
    assert (first.points, third.points, got.points) == (40, 30, 100)


def test_lateness_and_extra_points_are_not_what_was_understood(desk: Desk) -> None:
    plain, late = record("a", results.PASSED), record("b", results.PASSED)
    late.late, late.extra = Late(2, 0, 40.0), 5.0
    late.score += late.extra - late.late.penalty
    got = found(desk, plain, late)
    assert got.late == 1 and got.spread is not None and got.spread.least == got.spread.most == 0.9


def test_tests_that_all_or_none_passed(desk: Desk) -> None:
    got = found(
        desk,
        record("a", results.PASSED, failed(SIGN), results.PASSED, results.NOT_ATTEMPTED),
        record("b", results.PASSED, results.CRASHED, failed(SIGN), results.NOT_RUN),
    )
    assert [(t.grade_id, t.tried) for t in got.nobody] == [
        ("task1-hidden", 2)
    ]  # of the others nobody tried one
    assert [t.grade_id for t in got.everybody] == ["task1-visible"]


def test_who_is_stuck(desk: Desk) -> None:
    got = found(
        desk,
        record("fine", results.PASSED),
        record("half", results.PASSED, failed(SIGN), results.NOT_ATTEMPTED),  # not more than half
        record("lost", failed(SIGN), failed(SIGN), results.PASSED, failed(SIGN), failed(SIGN)),
        record("late", *[results.NOT_ATTEMPTED] * 4, results.PASSED, why=results.BY_HAND),
        record("none", results.NOT_ATTEMPTED),
    )
    assert [(s.student, s.why) for s in got.stuck] == [
        ("none", "tried nothing"),
        ("lost", "lost 85 % of the points of what was tried"),  # 15 of 100: an empty answer counts
        ("late", "left out the first 2 tasks"),
    ]
    assert [task.key for task in got.stuck[1].lost_in] == ["1", "3"]


def test_what_another_program_graded_has_points_and_no_outcomes(desk: Desk) -> None:
    got = found(desk, record("a", (results.GIVEN, "")), record("b", results.NO_ANSWER))
    assert got.nobody == got.everybody == []
    assert set(got.tasks[0].outcomes) == {"no outcome kept"}


def test_points_given_by_hand_and_waiting(desk: Desk) -> None:
    repository, course = desk
    master = read_master(repository, SLUG)
    gradebook.register(course, SLUG, graded_form(master), student_form(master))
    right = {name: MOST[name] for name in CELLS}
    items = [
        Settled("ada", right, {"task3-why": (True, False)}),
        Settled("bob", right | {"task1-hidden": 0.0}, {"task3-why": (True, False)}),
        Settled("cyd", right, {"task3-why": (False, False)}),
    ]

    def settled() -> None:
        for student, grades in settle(course, SLUG, items).items():
            earned = next(item.points for item in items if item.student == student)
            verdicts = {
                name: Verdict(results.PASSED) if earned[name] else Verdict(*failed(SIGN))
                for name in CELLS
            }
            tasks = grades.tasks([*CELLS, "task3-why"], verdicts)
            status = results.NEEDS_HAND if grades.waiting else results.GRADED
            whole = Record(student, status, grades.score, grades.max_score, tasks)
            save(course, SLUG, whole)

    settled()
    with gradebook.opened(course) as book:
        sheet = book.find_submission_notebook("exercises", SLUG, "ada")
        marks = {grade.name: grade for grade in sheet.grades}
        marks["task3-why"].manual_score, marks["task3-why"].needs_manual_grade = 7.0, False
        sheet = book.find_submission_notebook("exercises", SLUG, "bob")
        {g.name: g for g in sheet.grades}["task1-hidden"].manual_score = 20.0
        book.db.commit()
    items[1] = Settled("bob", right, {"task3-why": (True, False)})  # the test passes now
    settled()

    page = plain_text(written(desk))
    assert "3 handed in, 3 graded" in page
    assert "task3-why Task 3 10 1 1 1" in page  # waiting, graded, empty
    assert "1 student still has something to be graded by hand" in page
    assert "1 test has points set by hand, and another outcome since" in page
    # Task 3: (27 + 20 of 30, 20 of 20): what waits is left out.
    assert f"Task 3. Do it 30 {(27 / 30 + 20 / 20 + 20 / 30) / 3:.0%}".replace("%", " %") in page
