"""The formgrader in a real browser, from the command that an instructor types to the feedback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.autograde import Batch, grade_section
from grader.cli import main
from grader.layout import CourseFolder, Repository
from grader.table import collect
from tests.browser import lab
from tests.grader.conftest import (
    EVIL,
    EVIL_ANSWER,
    SLUG,
    Submitter,
    by_id,
    code,
    make_repository,
    text,
)
from tests.grader.test_crash import Instant

POINTS, COMMENT = "25", 'A <b onclick="alert(9)">fine</b> zebra; why is it linear?'
# Marks the page if it runs; the name of a folder may hold anything but a slash.
NAMED = "<img src=x onerror=window.ran='name'>\";window.ran='script';\""
RUNS = [
    "<script>window.ran = 'answer'</script>",
    "<img src=x onerror=\"window.ran = 'img'\">",
    "<svg onload=\"window.ran = 'svg'\"></svg>",
    "<details open ontoggle=\"window.ran = 'toggle'\">x</details>",
    "<iframe srcdoc=\"<script>parent.window.ran = 'frame'</script>\"></iframe>",
    '<a href="javascript:window.ran=\'link\'" id="link">a link</a>',
    '<textarea id="task2-why-comment">forged</textarea>',
]


@dataclass
class Desk:
    """A graded course with the formgrader open on it."""

    repository: Repository
    course: CourseFolder
    address: str


def hand_in(submitter: Submitter) -> None:
    submitter.hand_in("anna", submitter.cells())
    cells = submitter.cells()
    by_id(cells, "task1")["source"] = EVIL + "\n# </pre></div><script>window.ran = 'code'</script>"
    by_id(cells, "task2-why")["source"] = "\n\n".join([EVIL_ANSWER, *RUNS])
    raw = text("\n".join(RUNS)) | {"cell_type": "raw"}
    submitter.hand_in(NAMED, [*cells, text("\n\n".join(RUNS)), raw, code(RUNS[0])])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Desk]:
    root = tmp_path_factory.mktemp("desk")
    repository = make_repository(root / "repo")
    course = CourseFolder(root / "course")
    hand_in(Submitter(course))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.autograde.SealedEngine", Instant)
        quiet: list[str] = []
        grade_section(Batch(repository, course, 7, say=quiet.append, complain=quiet.append), SLUG)
    port = lab.free_port()
    command = [sys.executable, "-m", "grader", "formgrader", "--course", str(course.path), "--"]
    options = [f"--port={port}", "--no-browser", f"--IdentityProvider.token={lab.TOKEN}"]
    log = root / "server.log"
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_RUNTIME_DIR": str(root / "runtime"),
    }
    with log.open("w") as out:
        process = subprocess.Popen([*command, *options], env=environment, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        lab.wait_for(address, process, log)
        yield Desk(repository, course, address)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def page(desk: Desk, chromium: str) -> Iterator[Any]:
    with lab.browser(chromium) as page:
        page.set_default_timeout(30_000)
        # What the pages ask others for (MathJax) would only be waited for.
        page.route(re.compile(f"^(?!{desk.address}|file:)"), lambda route: route.abort())
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.goto(f"{desk.address}/formgrader?token={lab.TOKEN}")  # as the server prints it
        yield page


def opened(page: Any, desk: Desk, student: str) -> None:
    """Go from the list of submissions to one of them, as a grader does."""
    page.goto(f"{desk.address}/formgrader/gradebook/{SLUG}/exercises")
    page.locator("td.name a").first.wait_for()
    if (button := page.locator("button", has_text="Show All Names")).count():
        button.click()
    page.locator("a.name-shown", has_text=student).click()
    page.wait_for_function("() => window.formgrader?.grades?.loaded && formgrader.comments?.loaded")


def test_points_and_a_comment_come_to_the_feedback_page(page: Any, desk: Desk) -> None:
    opened(page, desk, "anna")
    cell = page.locator(".nbgrader_cell", has=page.locator("[id='task2-why']"))
    assert "Because it doubles." in cell.inner_text()
    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
        page.locator("[id='task2-why']").fill(POINTS)
        page.locator("[id='task2-why']").blur()
    with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
        page.locator("[id='task2-why-comment']").fill(COMMENT)
        page.locator("[id='task2-why-comment']").blur()
    record = {r.student: r for r in collect(desk.course, SLUG)}["anna"]
    assert (record.status, record.score) == ("graded", 95)
    assert main(["feedback", SLUG, "--course", str(desk.course.path)], desk.repository) == 0
    page.goto(desk.course.feedback("anna", SLUG).as_uri())
    whole = page.locator("body").inner_text()
    assert "95 of 100" in whole and "25 / 30" in whole
    assert "zebra; why is it linear?" in whole
    assert page.locator("[onclick]").count() == 0


def test_what_a_student_hands_in_runs_nothing_in_the_page(page: Any, desk: Desk) -> None:
    opened(page, desk, NAMED)
    assert "a link" in page.locator("body").inner_text()
    page.mouse.move(300, 300)
    time.sleep(0.3)  # an image that can't be loaded says so a little later
    assert page.evaluate("() => window.ran ?? null") is None
    assert page.locator("iframe, svg[onload], img[onerror], [href^='javascript:']").count() == 0
    assert page.locator("[id='task2-why-comment']").count() == 1
    assert NAMED in page.locator(".live-notebook a.name-shown").text_content()


@pytest.mark.parametrize("place", ["manage_students", "manage_submissions", "gradebook"])
def test_the_name_of_a_student_runs_nothing(place: str, page: Any, desk: Desk) -> None:
    if place == "manage_students":
        page.goto(f"{desk.address}/formgrader/{place}")
        page.locator("tr", has_text="window.ran").locator("td.name a").click()
        page.wait_for_url("**/manage_students/*")
    elif place == "manage_submissions":
        page.goto(f"{desk.address}/formgrader/manage_submissions/{SLUG}")
    else:
        page.goto(f"{desk.address}/formgrader/gradebook/{SLUG}/exercises")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.ran ?? null") is None
    assert page.locator("img[onerror]").count() == 0


def test_buttons_that_would_undo_the_seal_do_nothing(page: Any, desk: Desk) -> None:
    page.goto(f"{desk.address}/formgrader/manage_submissions/{SLUG}")
    before = desk.course.autograded("anna", SLUG).read_bytes()
    page.locator("tr", has_text="anna").locator("td.autograde a").click()
    page.locator("#error-modal pre", has_text="run 'make autograde' in a terminal").wait_for()
    assert desk.course.autograded("anna", SLUG).read_bytes() == before


def test_the_settings_are_not_shown(page: Any, desk: Desk) -> None:
    """There may be the gradebook's password in them."""
    page.goto(f"{desk.address}/formgrader/manage_assignments")
    page.locator("td", has_text=SLUG).first.wait_for()
    assert "Current configuration" not in page.content()
