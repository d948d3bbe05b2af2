"""Feedback pages: no line of a hidden test, nothing that runs, and the messages."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from grader import nb
from grader.cli import main
from grader.feedback import WITHHELD, prepare
from grader.layout import ROOT
from grader.results import TaskResult
from grader.sanitise import clean_markdown, still_outputs

from .conftest import HIDDEN, MODEL, SLUG, Graded


@pytest.fixture(scope="module")
def pages(graded: Graded) -> dict[str, str]:
    assert main(["feedback", SLUG, "--course", str(graded.course.path)], graded.repository) == 0
    return {
        student: graded.course.feedback(student, SLUG).read_text(encoding="utf-8")
        for student in graded.records
    }


def text(page: str) -> str:
    body = page[page.index("<body") :]
    return " ".join(html.unescape(re.sub("<[^>]*>", "", body)).split())


def test_every_submission_has_a_page_with_its_messages(pages: dict[str, str]) -> None:
    assert "✗ Task 1: off by a relative error" in text(pages["wrong"])
    assert "✗ Task 1: not attempted yet" in text(pages["blank"])
    assert "Score: 70.0 / 100.0" in text(pages["anna"]) and "✓ passed." in text(pages["anna"])
    assert "empty folder; put exercises.ipynb into it" in text(pages["empty"])


SECRET = ["secret_input_17", "_truth1", HIDDEN.strip(), MODEL, "HIDDEN TESTS", "Rubric"]


def test_no_hidden_line_on_any_page(pages: dict[str, str]) -> None:
    for student, page in pages.items():
        for secret in SECRET:
            assert secret not in text(page), (student, secret)
    # The spy printed what its kernel knew, as text, as a repr and as an error.
    assert text(pages["spy"]).count(WITHHELD) >= 3


def test_no_path_of_this_machine(pages: dict[str, str], graded: Graded) -> None:
    for page in pages.values():
        assert str(ROOT) not in page and str(graded.course.path) not in page


def test_nothing_of_a_student_runs(pages: dict[str, str]) -> None:
    page = pages["evil"]
    own = re.sub(r"<script[^>]*(mathjax|x-mathjax-config)[^>]*>.*?</script>", "", page, flags=re.S)
    for live in ("<script", "<iframe", "<svg", "<object", "onerror=", "javascript:", "<style>body"):
        assert live not in own[own.index("<body") :], live
    for said in ("printed", "answer"):
        assert f"&lt;script&gt;alert('{said}')" in page


def test_the_executed_notebook_runs_nothing_in_the_formgrader(graded: Graded) -> None:
    kept = nb.read(graded.course.autograded("evil", SLUG))
    kinds = {
        kind
        for cell in kept.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    }
    assert kinds <= {"text/plain", "image/png", "image/jpeg"}


MARKDOWN = {
    "<script>alert(1)</script>": "<script",
    '<img src=x onerror="alert(1)">': "onerror",
    "[x](javascript:alert(1))": "javascript:",
    "[x](JaVaScRiPt:alert(1))": "cript:",
    '<a href="data:text/html;base64,PHN2Zz4=">x</a>': "href",
    "![x](https://example.org/seen.png)": "src",
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">': "src",
    "<iframe src=https://example.org></iframe>": "<iframe",
    "<style>body{display:none}</style>": "<style",
    '<p style="position:fixed">x</p>': "style",
    '<form action="https://example.org"><input></form>': "<form",
    "$<img src=x onerror=alert(1)>$": "<img",
    "```html\n<script>\n```": "<script",
}


@pytest.mark.parametrize("source", MARKDOWN)
def test_markdown_is_not_live(source: str) -> None:
    assert MARKDOWN[source] not in clean_markdown(source)


def test_markdown_still_looks_like_something() -> None:
    source = "## Two\n\n**b** $a<b$ `c` [d](https://example.org)\n\n| e |\n|---|\n| 1 |\n"
    page = clean_markdown(source)
    for part in ("<h2>Two", "<strong>b</strong>", "$a&lt;b$", "<code>c</code>", "<td>1</td>"):
        assert part in page
    assert '<a href="https://example.org">d</a>' in page


def test_only_text_and_bitmaps_are_left_of_outputs() -> None:
    png = {"image/png": "aGVsbG8=", "text/plain": "a figure"}
    told = {"image/png": {"alt": "A falling line."}}
    cell = nb.cell("code", "")
    cell.outputs = [
        nb.output("display_data", data=png, metadata=told),
        nb.output("display_data", data={"image/png": '"><script>', "text/plain": "not one"}),
        nb.output("display_data", data={"text/html": "<b>", "application/javascript": "x"}),
    ]
    first, second = still_outputs(cell)
    assert first.data == {"image/png": "aGVsbG8="} and first.metadata == told
    assert second.data == {"text/plain": "not one"}


def test_a_message_with_a_hidden_line_is_withheld() -> None:
    cell = nb.cell("code", "1")
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "t"}
    notebook = nb.notebook([cell], {})
    said: Any = TaskResult("t", 0, 1, "error", "ValueError: x = 1\\n    hidden( line )")
    shown = prepare(notebook, [said], ["hidden( line )"])
    assert shown.cells[0].outputs[0].text == WITHHELD
