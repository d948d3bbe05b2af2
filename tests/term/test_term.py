"""A term of thirty students and two sections comes to the numbers that it should come to."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from grader import gradebook
from grader.autograde import SEVERAL
from grader.journal import Journal

from .conftest import DUE, Term, number_in_canvas
from .masters import MEANS, STEPS
from .people import CLASS, EXTENDED, LOST, NOTHING, Student, Worth, points_of, worth

SECTIONS = (MEANS, STEPS)


@pytest.fixture(scope="module")
def expected(term: Term) -> dict[bool, dict[str, dict[str, Worth]]]:
    """What each student gets, before and after the test was fixed."""
    points = [points_of(term.repository.master(slug)) for slug in SECTIONS]
    assert [sum(each.values()) for each in points] == [100, 100]
    return {
        fixed: {
            student.login: dict(zip(SECTIONS, worth(student, *points, fixed=fixed), strict=True))
            for student in CLASS
        }
        for fixed in (False, True)
    }


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def worth_something(student: Student) -> bool:
    return student.steps.answers[0] not in (LOST, NOTHING)


def close(cell: str, points: float) -> bool:
    return abs(float(cell) - points) < 1e-4


def test_the_class_is_as_mixed_as_it_should_be(expected: Any) -> None:
    assert len(CLASS) == 30 == len({student.login for student in CLASS})
    last = [one for works in expected[True].values() for one in works.values()]
    kinds = {one.status for one in last}
    assert kinds == {"graded", "needs manual grading", "problem", "no submission"}
    assert sum(one.penalty > 0 for one in last) >= 5 and sum(one.days > 0 for one in last) >= 10
    before = [one for works in expected[False].values() for one in works.values()]
    changes = {new.earned - old.earned for new, old in zip(last, before, strict=True)}
    assert changes == {0.0, 30.0, -30.0}


@pytest.mark.parametrize(("name", "fixed"), [("before", False), ("csv", True)])
def test_the_table_for_people(term: Term, expected: Any, name: str, fixed: bool) -> None:
    assert term.said[f"export {name}"].status == 0, term.said[f"export {name}"].err
    found = {row["student_id"]: row for row in rows(term.exported[name])}
    assert set(found) == set(expected[fixed])
    for login, works in expected[fixed].items():
        for slug, one in works.items():
            row = {k.removeprefix(slug).strip(): v for k, v in found[login].items()}
            assert (row["status"], row["of"]) == (one.status, "100"), (login, slug)
            assert row["days late"] == str(one.days), (login, slug)
            assert close(row["penalty"], one.penalty), (login, slug, row, one)
            assert close(row["extra"], one.extra), (login, slug)
            shown = {"graded"} | ({"needs manual grading"} if name == "before" else set())
            if one.status in shown:
                assert close(row[""], one.points), (login, slug, row, one)
            else:
                assert row[""] == "", (login, slug)


@pytest.mark.parametrize(
    ("name", "key", "raw"),
    [("canvas", "ID", False), ("moodle", "Username", False), ("raw", "ID", True)],
)
def test_the_tables_for_other_systems(
    term: Term, expected: Any, name: str, key: str, raw: bool
) -> None:
    assert term.said[f"export {name}"].status == 0, term.said[f"export {name}"].err
    found = {row[key]: row for row in rows(term.exported[name]) if row[key]}
    assert len(found) == len(CLASS)
    for student in CLASS:
        row = found[str(number_in_canvas(student)) if key == "ID" else student.login]
        for slug, one in expected[True][student.login].items():
            if one.status == "graded" or (raw and one.status == "needs manual grading"):
                points = one.points + (one.penalty if raw else 0.0)
                assert close(row[slug], points), (student.login, slug, row, one)
            else:
                assert row[slug] == ("-" if one.status == "no submission" else "")


def test_the_gradebook_tells_nbgrader_the_same(term: Term, expected: Any) -> None:
    with gradebook.opened(term.course) as book:
        for slug in SECTIONS:
            assert book.find_assignment(slug).duedate == DUE[slug]
            works = book.find_assignment(slug).submissions
            graded = {s for s, w in expected[True].items() if "grad" in w[slug].status}
            assert {work.student_id for work in works} == graded
            for work in works:
                one = expected[True][work.student_id][slug]
                assert work.score == pytest.approx(one.earned + one.extra), work.student_id
                assert work.late_submission_penalty == pytest.approx(one.penalty), work.student_id
                longer = (work.student_id, slug.removeprefix("01-").removeprefix("02-")) in EXTENDED
                assert work.extension == (timedelta(days=3) if longer else None), work.student_id


def test_a_regrade_says_who_gained_and_who_lost(term: Term, expected: Any) -> None:
    said = term.said["regrade"]
    assert said.status == 0
    told = dict(re.findall(r"^(\w+): [\d.]+ -> [\d.]+ \((.*?)\): task2-hidden", said.out, re.M))
    changed = {}
    for login, works in expected[True].items():
        new, old = works[MEANS], expected[False][login][MEANS]
        if change := (new.earned - new.penalty) - (old.earned - old.penalty):
            changed[login] = change
    # Whom lateness costs all has nothing to gain.
    assert told.keys() - changed.keys() == {"lyn"} and told["lyn"] == "+0"
    assert all(float(told[login]) == pytest.approx(gain) for login, gain in changed.items())
    gains = [gain for gain in changed.values() if gain > 0]
    losses = [-gain for gain in changed.values() if gain < 0]
    assert f"{MEANS}: {len(gains)} gained (at most {max(gains):g}), {len(losses)} lost" in said.out
    (table,) = (term.course.path / "regrades").iterdir()
    assert {row["student_id"]: row["change"] for row in rows(table.read_text("utf-8-sig"))} == {
        login: gain.removeprefix("+") for login, gain in told.items()
    }


def test_a_regrade_runs_what_the_fix_touches_and_nothing_else(term: Term) -> None:
    lines = [line for line in term.said["regrade"].out.splitlines() if " of 100 points" in line]
    assert lines and not any("(unchanged)" in line for line in lines)
    again = [line for line in term.said["again"].out.splitlines() if " of 100 points" in line]
    assert len(again) > len(lines) and all("(unchanged)" in line for line in again)
    journal = term.course.path / "journal" / f"{MEANS}.jsonl"
    last = Journal(term.course, MEANS).last
    assert journal.read_bytes().count(b"\n") == 2 * len(last)
    # The first task's verdicts are those of before, drawn with another seed than the second's.
    assert {entry.seed for entry in last.values()} == {SEVERAL}
    steps = term.course.path / "journal" / f"{STEPS}.jsonl"
    assert steps.read_bytes().count(b"\n") == len(Journal(term.course, STEPS).last)


def test_times_points_by_hand_and_reasons_outlive_a_regrade(term: Term) -> None:
    with gradebook.opened(term.course) as book:
        work = book.find_submission(MEANS, "leo")
        assert work.timestamp == DUE[MEANS] + timedelta(hours=47.9)
        assert book.find_submission(MEANS, "two").timestamp == DUE[MEANS] - timedelta(hours=1)
        grade = book.find_grade("task2-why", "exercises", MEANS, "emmy")
        assert (grade.manual_score, grade.needs_manual_grade) == (28.5, False)
        comment = book.find_comment("task2-why", "exercises", MEANS, "emmy").comment
        assert comment == "28.5 points for the reason"
        assert book.find_grade("task2-hidden", "exercises", MEANS, "emmy").extra_credit == 3


def test_the_student_reads_what_was_given_and_taken(term: Term) -> None:
    page = (term.course.path / "feedback" / "emmy" / MEANS / "exercises.html").read_text()
    assert "3 extra points" in page and "For a slip found." in page
    assert "28.5 points for the reason" in page
    page = (term.course.path / "feedback" / "lou" / MEANS / "exercises.html").read_text()
    assert "for handing in 3 days late, of which 2 are free" in page


def test_what_is_not_taken_is_said(term: Term) -> None:
    failed = {step for step, said in term.said.items() if said.status}
    assert failed == {"collect means", "collect steps"}
    collected = term.said["collect means"]
    assert collected.status == 1 and "torn+" in collected.err and "not JSON" in collected.err
    assert f"{MEANS}: nothing usable from torn, none\n" in collected.out
    collected = term.said["collect steps"]
    assert collected.status == 1 and "leads out of the zip" in collected.err
    assert not list(term.root.glob("**/outside*"))
    graded = term.said["autograde"]
    assert graded.status == 0
    lost = [s.login for s in CLASS if LOST in s.means.answers]
    assert graded.err.count("lost the ids") == 2 * len(lost)
    assert not term.course.submitted("torn", MEANS).exists()
    assert not (term.course.submissions / "none").exists()


def test_who_is_late_is_said_with_what_it_costs(term: Term, expected: Any) -> None:
    out = term.said["late"].out
    means, steps = out.split(f"{STEPS}: due 2026-03-15 23:59 +0100")
    assert means.startswith(f"{MEANS}: due 2026-03-01 23:59 +0100")
    for slug, text in ((MEANS, means), (STEPS, steps)):
        days = dict(re.findall(r"^  (\w+): (\d+) days? late", text, re.M))
        late = {login: works[slug] for login, works in expected[True].items() if works[slug].days}
        assert days == {login: str(one.days) for login, one in late.items()}
        costs = dict(re.findall(r"^  (\w+): .* -([\d.]+) points", text, re.M))
        assert set(costs) == {login for login, one in late.items() if one.penalty}
    assert "marked late without a time" in steps and "marked late" not in means
    assert "ext: in time" in means and "exo: in time" in steps
    assert "0 days late" not in out
    assert "until 2026-03-04 23:59 +0100; in time" in term.said["extension ext"].out
    assert "ann: " not in out and "without a time" not in means
    timeless = [s for s in CLASS if s.steps.hours is not None and worth_something(s)]
    assert f"without a time, counted as in time: {len(timeless)} of 27" in steps
