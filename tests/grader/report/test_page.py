"""The report as a page: honest words for classes of all sizes, and colours that tell apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from course_utils.figures import COLOURS
from grader import results
from grader.cli import main
from grader.report_statistics import LEAST
from grader.results import TaskResult

from ..conftest import SLUG
from .conftest import CELLS, SIGN, Desk, assert_still, failed, plain_text, record, written


def test_nobody(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    repository, course = desk
    assert main(["report", SLUG, "--course", str(course.path)], repository) == 0
    assert capsys.readouterr().out.endswith(f"reports/{SLUG}.html: open it in a browser\n")
    page = (course.path / "reports" / f"{SLUG}.html").read_text(encoding="utf-8")
    assert_still(page)
    assert "0 handed in, 0 graded" in plain_text(page)
    assert "There is nothing to report on yet" in plain_text(page)


@pytest.mark.parametrize("n", [1, 2, 12])
@pytest.mark.parametrize("outcome", [results.PASSED, results.NOT_ATTEMPTED, results.OUT_OF_TIME])
def test_equal_scores(desk: Desk, n: int, outcome: str) -> None:
    page = plain_text(written(desk, *[record(f"s{k}", outcome) for k in range(n)]))
    assert f"{n} handed in, {n} graded" in page
    why = "all have the same share of it" if n >= LEAST else f"fewer than {LEAST} students"
    assert page.count(f"can't be told: {why}") == 3
    assert ("a count of few" in page) == (n < LEAST)
    share = "90 %" if outcome == results.PASSED else "0 %"
    deviation = "–" if n == 1 else "0 %"
    assert f"{n} {share} {deviation} {share} {share} {share} {share} {share}" in page
    assert "nan" not in page and "No check failed with a message." in page


def test_discrimination_is_on_the_page(desk: Desk) -> None:
    both = [record(f"a{k}", results.PASSED) for k in range(6)]
    none = [record(f"b{k}", failed(SIGN)) for k in range(6)]
    page = plain_text(written(desk, *both, *none))
    assert page.count("+1.00 (+1.00 to +1.00)") == 3
    assert f"{SIGN} Task 1 6 50 % of 12" in page
    assert f"“{SIGN}” (Task 1, 6 students)" in page


def test_points_set_by_hand_beyond_what_can_be_had(desk: Desk) -> None:
    odd = record("a", results.PASSED)
    odd.tasks[0] = TaskResult(CELLS[0], 70.0, 20.0, results.PASSED)
    odd.score = 140.0
    other = record("b", results.PASSED)
    other.tasks[0] = TaskResult(CELLS[0], -70.0, 20.0, results.PASSED)
    other.score = -5.0
    widths = re.findall(r'width="([-\d.]+)%"', written(desk, odd, other))
    assert widths and all(0 <= float(width) <= 100 for width in widths)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["report", "99-nothing"], 2, "no section '99-nothing'"),
        (["report", SLUG, "--course", "nowhere"], 2, "nowhere isn't there"),
        (["report", SLUG, "-o", "repo"], 1, "repo: is a directory"),
    ],
)
def test_wrong_use_is_one_line(
    desk: Desk, arguments: list[str], status: int, says: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(desk[1].path.parent)
    assert main(arguments, desk[0]) == status
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and says in said.err.lower() and not said.out


def test_the_output_can_be_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    arguments = ["report", SLUG, "--course", str(desk[1].path), "-o", str(path), "--names"]
    assert main(arguments, desk[0]) == 0
    assert path.is_file() and not (desk[1].path / "reports").exists()


def test_the_same_page_twice_and_no_grade_is_touched(desk: Desk) -> None:
    first = written(desk, record("a", failed(SIGN)), names=False)
    before = {p: p.read_bytes() for p in desk[1].path.rglob("*") if p.is_file()}
    assert written(desk, names=False) == first
    assert {p: p.read_bytes() for p in desk[1].path.rglob("*") if p.is_file()} == before


def test_colours_are_those_of_the_course(desk: Desk) -> None:
    page = written(desk, record("a", failed(SIGN), results.CRASHED, results.PASSED))
    drawn = set(re.findall(r'fill="(#\w+)"', page)) - {"#fff"}
    assert drawn <= set(COLOURS.values()) and len(drawn) >= 4
    used = set(re.findall(r'fill="url\(#([\w-]+)\)"', page))
    assert (
        {"fill-failed", "fill-crashed"} <= used <= set(re.findall(r'<pattern id="([\w-]+)"', page))
    )
