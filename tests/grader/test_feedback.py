"""Feedback pages: what they say, that nothing of them runs or loads, and no hidden test."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import shutil
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook, nb, results
from grader.cli import main
from grader.feedback import give_feedback
from grader.feedback_answers import WITHHELD, Answer, Handed, handed_in, withhold
from grader.feedback_page import page
from grader.feedback_tasks import Asked, asked
from grader.layout import ROOT, CourseFolder, Repository
from grader.leaks import hidden_lines
from grader.master import Master, read_master
from grader.results import Record, TaskResult

from .conftest import HIDDEN, MODEL, SLUG, Graded, master_cells, notebook

REPOSITORY = Repository()


@pytest.fixture(scope="module")
def pages(graded: Graded) -> dict[str, str]:
    assert main(["feedback", SLUG, "--course", str(graded.course.path)], graded.repository) == 0
    return {
        student: graded.course.feedback(student, SLUG).read_text(encoding="utf-8")
        for student in graded.records
    }


@pytest.fixture(scope="module")
def tiny() -> Asked:
    return asked(Master(SLUG, Path("tiny"), notebook(SLUG, master_cells())))


def text(whole: str) -> str:
    body = whole[whole.index("<body") :]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def made(section: Asked, *tasks: TaskResult, handed: Handed | None = None, **record: Any) -> str:
    comments = record.pop("comments", {})
    score = sum(task.points for task in tasks)
    whole = Record("anna", results.GRADED, score, 100, list(tasks), **record)
    return page(section, whole, handed or Handed(), comments)


class Page(HTMLParser):
    """What of a page could run, load or confuse."""

    VOID = frozenset({"meta", "br", "hr", "img", "rect"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.style = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data


def assert_dead(source: str) -> None:
    """Make sure that a page asks for nothing, runs nothing, and is well-formed."""
    found = Page(source)
    assert found.open == []
    names = [tag for tag, _ in found.tags]
    live = {"script", "iframe", "object", "embed", "link", "form", "input", "base", "audio"}
    assert not live & set(names)
    assert names.count("style") == 1 and names.count("svg") <= 1
    for tag, attributes in found.tags:
        assert not any(name.startswith("on") for name in attributes), attributes
        assert "style" not in attributes and "srcset" not in attributes
        assert attributes.get("src", "data:image/png").startswith("data:image/"), attributes
        if tag == "a":
            assert re.match("(#task-|https?://)", attributes["href"])
        if tag == "img":
            assert "alt" in attributes
    assert "url(" not in found.style and "@import" not in found.style
    (policy,) = (a["content"] for _, a in found.tags if "Security" in a.get("http-equiv", ""))
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert ("html", {"lang": "en"}) in found.tags
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[:1] == [1] and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a.get("aria-labelledby", ids[0]) for _, a in found.tags} <= set(ids)


# What they say


def test_every_submission_has_a_page_with_its_messages(pages: dict[str, str]) -> None:
    assert "✗ wrong Visible checks 0 / 20 Off by a relative error" in text(pages["wrong"])
    blank = text(pages["blank"])
    assert '0 / 50 Not attempted yet: return 2 times "x".' in blank and "no answer" in blank
    anna = text(pages["anna"])
    assert "Score 70 of 100 points" in anna and "30 still to be graded by hand" in anna
    assert "✓ passed Visible checks 20 / 20 Good." in anna
    assert "✓ passed Another value 50 / 50" in anna
    assert "def double(x): return x + x" in anna and "Because it doubles." in anna
    assert "empty folder; put exercises.ipynb into it" in text(pages["empty"])
    assert "was there 2 times; the last answer counts" in text(pages["doubled"])


def test_what_was_asked_is_there_and_the_answers_are_not(pages: dict[str, str]) -> None:
    for student in ("blank", "anna"):
        assert "Write double(x), which returns 2 times x" in text(pages[student])
        assert "zebra" not in pages[student]


OUTCOMES = {
    results.PASSED: "✓ passed",
    results.FAILED: "✗ wrong",
    results.NOT_ATTEMPTED: "○ not attempted",
    results.NOT_RUN: "– not run",
    results.CRASHED: "! crashed",
    results.OUT_OF_TIME: "! out of time",
    results.OUT_OF_MEMORY: "! out of memory",
    results.ERROR: "! error",
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_is_said_in_words(tiny: Asked, outcome: str) -> None:
    points = 20 if outcome == results.PASSED else 0
    whole = made(tiny, TaskResult("task1-visible", points, 20, outcome, "Task 1: so it is."))
    assert f"{OUTCOMES[outcome]} Visible checks {points} / 20" in text(whole)
    assert "So it is." in text(whole) and "Task 1: so" not in whole
    assert ("Where to look: theory" in text(whole)) == (points == 0)
    assert_dead(whole)


def test_equal_messages_stand_once_and_the_place_to_look_once(tiny: Asked) -> None:
    said = "Task 1: this is the sum. Look again at theory."
    both = [TaskResult(name, 0, 20, "failed", said) for name in ("task1-visible", "task1-hidden")]
    whole = text(made(tiny, *both))
    assert whole.count("This is the sum.") == 1 and whole.count("theory") == 1


def test_points_and_comments_given_by_hand(graded: Graded, tmp_path: Path) -> None:
    shutil.copytree(graded.course.path, tmp_path / "course")
    course = CourseFolder(tmp_path / "course")
    with gradebook.opened(course) as book:
        for name, points in (("task2-why", 12), ("task1-visible", 20)):
            grade = book.find_grade(name, "exercises", SLUG, "wrong")
            grade.manual_score, grade.needs_manual_grade = points, False
        for name, said in (("task2-why", "A *good* start <b onclick=x>"), ("task1", "Try $x=0$.")):
            comment = book.find_comment(name, "exercises", SLUG, "wrong")
            comment.manual_comment = said
        book.db.commit()
    assert give_feedback(graded.repository, course, SLUG, ["wrong"]) == []
    whole = course.feedback("wrong", SLUG).read_text(encoding="utf-8")
    assert "◐ graded by hand 12 / 30" in text(whole) and "A <em>good</em> start" in whole
    assert "wrong, points set by hand Visible checks 20 / 20" in text(whole)
    assert "<mi>x</mi><mo>=</mo><mn>0</mn>" in whole and "32 earned" in text(whole)
    assert "still to be" not in text(whole)
    assert_dead(whole)


def test_a_submission_that_could_not_be_judged_says_nothing_of_the_inside(tiny: Asked) -> None:
    message = f"submitted/anna/{SLUG}/exercises.ipynb: could not be judged: {ROOT} is full"
    whole = page(tiny, Record("anna", results.NOT_JUDGED, 0, 100, message=message), Handed(), {})
    assert "not your fault" in text(whole) and str(ROOT) not in whole
    assert_dead(whole)


def test_of_a_problem_only_the_advice_is_shown(tiny: Asked) -> None:
    for who in ("anna", "a: b", "a: <b>"):
        said = f"submitted/{who}/{SLUG}/exercises.ipynb: not JSON; ask for the file"
        whole = page(tiny, Record(who, results.PROBLEM, 0, 100, message=said), Handed(), {})
        assert "told it: not JSON; ask for the file" in text(whole) and "submitted/" not in whole
        assert_dead(whole)


def test_points_of_cells_that_the_master_has_no_longer(tiny: Asked) -> None:
    whole = made(tiny, TaskResult("task9-old", 3, 5, "passed"))
    assert "Other points 3 / 5" in text(whole)
    assert_dead(whole)


def test_a_graded_notebook_that_can_not_be_read_costs_its_page_only(
    graded: Graded, tmp_path: Path
) -> None:
    shutil.copytree(graded.course.path, tmp_path / "course")
    course = CourseFolder(tmp_path / "course")
    course.autograded("anna", SLUG).write_text("{", encoding="utf-8")
    course.autograded("wrong", SLUG).unlink()
    shutil.rmtree(course.path / "feedback", ignore_errors=True)
    failed = give_feedback(graded.repository, course, SLUG)
    assert [line.split(": ", 1)[1] for line in failed] == [
        "can't be read (NotJSONError); grade it again with --force",
        "can't be read (No such file or directory); grade it again with --force",
    ]
    written = {path.parent.parent.name for path in (course.path / "feedback").rglob("*.html")}
    assert written == graded.records.keys() - {"anna", "wrong"}


def test_the_same_page_is_left_alone(graded: Graded, pages: dict[str, str]) -> None:
    path = graded.course.feedback("anna", SLUG)
    os.utime(path, (0, 0))
    assert give_feedback(graded.repository, graded.course, SLUG, ["anna"]) == []
    assert path.stat().st_mtime == 0


def test_cells_that_the_student_added(tiny: Asked) -> None:
    added = {"1": [Answer("code", "helper = 1", "so\n"), Answer("markdown", "*why*")]}
    whole = made(tiny, TaskResult("task1-visible", 0, 20, "failed"), handed=Handed(added=added))
    assert "Cells that you added here: 2" in text(whole) and "<em>why</em>" in whole
    assert_dead(whole)


# Nothing runs, nothing loads


def test_no_page_runs_or_loads_anything(pages: dict[str, str]) -> None:
    for whole in pages.values():
        assert_dead(whole)
    assert "<script>alert('answer')</script>" in text(pages["evil"])


EVIL = "</code></pre><script>alert(1)</script><img src=https://example.org/x onerror=alert(1)>"


def test_everything_of_a_student_is_text(tiny: Asked) -> None:
    handed = Handed(
        {
            "task1": Answer("code", f"# {EVIL}\u202e\x1b[31m", f"{EVIL}\u2067"),
            "task2-why": Answer("markdown", f"{EVIL}\n\n# Top\n\n$x^{EVIL}$ &#x202e; \u202e"),
        }
    )
    failed = TaskResult("task1-visible", 0, 20, "failed", f"Task 1: ValueError: {EVIL}\u202e")
    given = TaskResult("task2-why", 3, 30, results.GIVEN)
    notes = [f"../{EVIL}/timestamp.txt: not a date\u202e"]
    whole = made(tiny, failed, given, handed=handed, notes=notes, comments={"task1": EVIL})
    assert_dead(whole)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]|&#x202e", whole)
    assert "⟨U+202E⟩" in whole and "timestamp.txt: not a date" in whole


def test_long_things_are_bounded(tiny: Asked, tmp_path: Path) -> None:
    endless = "x" * 10**6
    cells = [nb.cell("code", f"{endless}\n" + "1\n" * 10**6), nb.cell("markdown", endless)]
    for cell, name in zip(cells, ("task1", "task2-why"), strict=True):
        cell.metadata["nbgrader"] = {"grade": False, "solution": True, "grade_id": name}
    cells += [nb.cell("code", endless) for _ in range(50)]
    cells[-1].outputs = cells[0].outputs = [nb.output("stream", name="stdout", text=endless)]
    path = tmp_path / "exercises.ipynb"
    path.write_bytes(nb.compact(nb.notebook(cells, {})))
    tasks = [TaskResult("task1-visible", 0, 20, "error", endless)]
    tasks.append(TaskResult("task2-why", 0, 30, results.BY_HAND))
    whole = made(tiny, *tasks, handed=handed_in(path, tiny), notes=["note"] * 10**4)
    assert len(whole) < 200_000 and "the rest is left out)" in whole
    assert "Cells that you added here: 20" in whole


SLOW = ["[" * 20_000, "![" * 9_000, ">" * 9_000, "*a " * 6_000, "`" * 19_999, "<b>" * 6_000,
        "$a" * 9_000, "\\begin{a}" * 2_000, "- " * 9_000, "<!--" * 4_000,
        "</blockquote></p><table><tr><td>" * 600]  # fmt: skip


@pytest.mark.parametrize("source", SLOW, ids=lambda source: source[:9])
def test_no_markdown_takes_long(tiny: Asked, source: str) -> None:
    start = time.process_time()
    given = TaskResult("task2-why", 0, 30, results.BY_HAND)
    assert_dead(made(tiny, given, handed=Handed({"task2-why": Answer("markdown", source)})))
    assert time.process_time() - start < 5


def test_no_path_of_this_machine(pages: dict[str, str], graded: Graded) -> None:
    for whole in pages.values():
        assert str(ROOT) not in whole and str(graded.course.path) not in whole


def test_a_page_is_made_in_a_moment() -> None:
    slug = REPOSITORY.sections()[0]
    master = read_master(REPOSITORY, slug)
    section = asked(master)
    tasks = [
        TaskResult(cell.grade_id, 0, cell.points, "failed", f"Task 1: wrong, {cell.grade_id}.")
        for cell in master.graded
    ]
    handed = Handed({name: Answer("code", source) for name, source in section.blank.items()})
    record = Record("anna", results.GRADED, 0, 100, tasks)
    took = []
    for _ in range(7):
        start = time.process_time()
        page(section, record, handed, {})
        took.append(time.process_time() - start)
    assert min(took) < 0.010


# No hidden test

SECRET = ["secret_input_17", "_truth1", HIDDEN.strip(), MODEL, "HIDDEN TESTS", "Rubric"]


def test_no_hidden_line_on_any_page(pages: dict[str, str]) -> None:
    for student, whole in pages.items():
        for secret in SECRET:
            assert secret not in text(whole), (student, secret)


def test_messages_and_outputs_with_a_hidden_line_are_withheld(tiny: Asked) -> None:
    inside = f"ValueError: In = ['x = 1\\n{HIDDEN}']"
    handed = Handed({"task1": Answer("code", "x", f"printed\n  {HIDDEN}")})
    handed.added["1"] = [Answer("code", "y", "### BEGIN HIDDEN TESTS")]
    failed = TaskResult("task1-visible", 0, 20, "error", inside)
    fine = TaskResult("task1-hidden", 0, 50, "error", "ValueError: of my own")
    whole = text(made(tiny, failed, fine, handed=handed))
    assert whole.count(WITHHELD) == 3 and "ValueError: of my own" in whole
    assert "secret_input_17" not in whole


def test_tests_older_than_the_master_are_withheld_too(tiny: Asked, tmp_path: Path) -> None:
    old = "# Hidden checks (1 point): old.\n### BEGIN HIDDEN TESTS\nolder_secret = 3.25 + 1\n"
    cells = [nb.cell("code", "mine"), nb.cell("code", f"{old}### END HIDDEN TESTS")]
    ids = {"grade": True, "solution": False, "grade_id": "task1-hidden"}
    cells[1].metadata["nbgrader"] = ids
    path = tmp_path / "exercises.ipynb"
    path.write_bytes(nb.compact(nb.notebook(cells, {})))
    handed = handed_in(path, tiny)
    assert handed.secret == {"older_secret = 3.25 + 1"}
    assert withhold(["so older_secret  = 3.25 + 1 it is"], handed.secret) == [WITHHELD]


@pytest.mark.parametrize("slug", REPOSITORY.sections())
def test_pages_of_real_sections(slug: str) -> None:
    master = read_master(REPOSITORY, slug)
    section = asked(master)
    tasks = [
        TaskResult(cell.grade_id, 0, cell.points, results.NOT_ATTEMPTED, "Task 1: so far.")
        for cell in master.graded
    ]
    whole = page(section, Record("anna", results.GRADED, 0, 100, tasks), Handed(), {})
    assert_dead(whole)
    assert "Other points" not in whole and "Rubric" not in whole and "Hint 1" not in whole
    assert withhold([text(whole)], hidden_lines(master)) != [WITHHELD]
    for task in section.tasks:
        assert task.text and task.head and task.link, task.key
        assert task.look in text(whole)
        assert not any(check.label.startswith("Hidden checks") for check in task.checks)


@pytest.mark.parametrize("slug", REPOSITORY.sections())
def test_no_message_of_an_author_is_taken_for_a_test(slug: str) -> None:
    master = read_master(REPOSITORY, slug)
    inside = "\n".join(line for cell in master.graded for line in cell.source.split("\n"))
    said = [f"Task 1: {text} Look again at theory." for text in re.findall('"([^"\n]+)"', inside)]
    assert said and WITHHELD not in withhold(said, hidden_lines(master))


def test_the_executed_notebook_runs_nothing_in_the_formgrader(graded: Graded) -> None:
    kept = nb.read(graded.course.autograded("evil", SLUG))
    kinds = {
        kind
        for cell in kept.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    }
    assert kinds <= {"text/plain", "image/png", "image/jpeg"}
