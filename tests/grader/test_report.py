"""The instructor's report: numbers worked out by hand, honest words, a page that is still."""

from __future__ import annotations

import html
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from course_utils.figures import COLOURS
from grader import gradebook, results
from grader.cli import main
from grader.feedback_tasks import asked
from grader.gradebook import Settled, settle
from grader.layout import CourseFolder, GraderError, Repository
from grader.master import read_master
from grader.pseudonyms import pseudonyms
from grader.release import graded_form, student_form
from grader.report import report
from grader.report_findings import Findings, findings
from grader.report_messages import NAMED, NOT_NAMED, Reader
from grader.report_statistics import LEAST
from grader.results import Record, TaskResult, Verdict, save

from .conftest import SLUG, code, notebook, text, write_json
from .test_feedback import Page

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


# What is found


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


def test_tests_that_all_or_none_passed(desk: Desk) -> None:
    got = found(
        desk,
        record("a", results.PASSED, failed(SIGN), results.PASSED, results.NOT_ATTEMPTED),
        record("b", results.PASSED, results.CRASHED, failed(SIGN), results.NOT_RUN),
    )
    assert [(t.grade_id, t.tried) for t in got.nobody] == [
        ("task1-hidden", 2), ("task2-hidden", 0), ("task3-visible", 0), ("task3-hidden", 0),
    ]  # fmt: skip
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


# Classes of all sizes


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
        (["report", SLUG, "--course", "nowhere"], 2, "no submissions"),
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


# Names and hostile text


# A name is a part of a file name here, so its slash is another one.
EVIL = "<script>alert(1)<∕script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} \u202egnp"


def test_everything_of_a_student_is_text(desk: Desk) -> None:
    message = f"submitted/{EVIL}/{SLUG}/exercises.ipynb: missing; rename {EVIL!r} beside it"
    bad = Record(EVIL, results.PROBLEM, 0.0, 100.0, message=message)
    stuck = record(f"{EVIL}2", failed(f"f1() stopped with ValueError: {EVIL}"), failed(EVIL))
    page = written(desk, stuck, bad)
    assert page.count("&lt;script&gt;") == 3 and "{{ 7*7 }}" in page  # two names, one file
    assert "\u202e" not in page and "⟨U+202E⟩gnp" in page
    hidden = written(desk, names=False)
    assert "script" not in hidden and "stopped with ValueError" in hidden
    assert "missing; rename &#39;…&#39; beside it" in hidden


NAMES = ["Zoë O'Hara", "ananas", "山田", "מרים", 'a, "b"', "😀"]


def test_without_names_no_name_is_on_the_page(desk: Desk) -> None:
    _, course = desk
    told = [
        record(name, failed(f"f1() stopped with ValueError: I am {name}."), failed(f"{name} wrote"))
        for name in NAMES[:4]
    ]
    problem = [
        Record(name, results.PROBLEM, 0.0, 100.0,
               message=f"submitted/{name}/{SLUG}/exercises.ipynb: missing; rename '{name}.ipynb' "
                       f"beside it; {name} did it")
        for name in NAMES[4:]
    ]  # fmt: skip
    page = plain_text(written(desk, *told, *problem, names=False))
    assert not [name for name in NAMES if name in page]
    codes = set(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", page))
    assert codes == set(map(pseudonyms(course), NAMES))
    named = plain_text(written(desk))
    assert all(name in named for name in NAMES)
    assert (course.path / "reports" / f"{SLUG}-names.html").is_file()


def test_pseudonyms_are_stable_and_belong_to_one_course(tmp_path: Path) -> None:
    first, second = CourseFolder(tmp_path / "a"), CourseFolder(tmp_path / "b")
    for course in (first, second):
        course.path.mkdir()
    mine = [pseudonyms(first)(name) for name in NAMES]
    assert mine == [pseudonyms(first)(name) for name in NAMES] and len(set(mine)) == len(NAMES)
    assert not set(mine) & {pseudonyms(second)(name) for name in NAMES}
    (key,) = first.path.iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("half", encoding="ascii")
    with pytest.raises(GraderError, match=r"\.pseudonyms\.key: damaged; put it back"):
        pseudonyms(first)
    assert key.read_text(encoding="ascii") == "half"  # never replaced by itself


def test_a_key_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    from grader import pseudonyms as module

    path = tmp_path / module.KEY_FILE
    module._make(path)
    before = path.read_text(encoding="ascii")
    module._make(path)
    assert path.read_text(encoding="ascii") == before and len(list(tmp_path.iterdir())) == 1


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
