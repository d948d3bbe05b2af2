"""What every exercises notebook keeps to: points, heads, hints, and no solution elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import inventory as inv

masters = pytest.mark.parametrize("path", inv.MASTERS, ids=inv.name)
HEAD = re.compile(
    r"\*\*(?P<minutes>\d+) minutes · (?P<level>★{1,3}) · (?P<points>\d+) points\*\* "
    r"\((?:(?P<auto>\d+) automatic)?(?:, )?(?:(?P<hand>\d+) by hand)?\)"
)
IMPORT = re.compile(r"\s*(?:from|import)\s")


def graded(path: Path) -> dict[str, dict[str, float]]:
    """Points of each task, automatic and by hand, from the cells' metadata."""
    points: dict[str, dict[str, float]] = defaultdict(lambda: {"auto": 0, "hand": 0})
    for cell in inv.read(path).cells:
        info = inv.grading(cell)
        if info.get("grade"):
            kind = "hand" if info["solution"] else "auto"
            points[info["grade_id"].partition("-")[0]][kind] += info["points"]
    return points


def heads(path: Path) -> dict[str, tuple[str, str]]:
    """Heading and head line of each task, by task."""
    found = {}
    for _, cell in inv.cells(path, "markdown"):
        title = re.search(r"^## Task (\d+) · (.+)$", cell.source, flags=re.M)
        if title:
            found[f"task{title[1]}"] = (title[2], cell.source)
    return found


@masters
def test_a_hundred_points_of_which_sixty_are_automatic(path: Path) -> None:
    points = graded(path)
    assert sum(p["auto"] + p["hand"] for p in points.values()) == 100
    assert sum(p["auto"] for p in points.values()) >= 60


@masters
def test_heads_say_what_the_cells_hold(path: Path) -> None:
    points, tasks = graded(path), heads(path)
    assert sorted(points) == sorted(tasks)
    assert 6 <= len(tasks) <= 9
    parts = set()
    for task, (title, text) in tasks.items():
        head = HEAD.search(text)
        assert head, f"{task}: head line"
        assert int(head["auto"] or 0) == points[task]["auto"], task
        assert int(head["hand"] or 0) == points[task]["hand"], task
        assert int(head["points"]) == sum(points[task].values()), task
        assert "theory.ipynb#" in text, f"{task}: link to the heading it draws on"
        assert title.endswith(head["level"]), f"{task}: level in the heading"
        parts |= set(re.findall(r"\(([a-e])\)", title))
    assert parts == set("abcde")
    assert int(HEAD.search(tasks["task1"][1])["minutes"]) <= 5  # type: ignore[index]


@masters
def test_stars_tell_tasks_apart(path: Path) -> None:
    # The section's level stands on the start page; a task's own stars say how hard the task is.
    stars = {task: HEAD.search(text)["level"] for task, (_, text) in heads(path).items()}  # type: ignore[index]
    assert list(stars.values()).count("★★★") == 1
    assert {"★", "★★"} < set(stars.values())
    cells = [cell.source for _, cell in inv.cells(path, "markdown")]
    table = next(source for source in cells if "| task" in source)
    rows = re.findall(r"^\| (\d) \| (?:\([a-e]\) )?(★+) \|", table, flags=re.M)
    assert {f"task{n}": level for n, level in rows} == stars
    number = int(path.parent.name[:2])
    level = "★" * (1 + (number > 3) + (number > 7))
    assert f"The section's level is {level};" in cells[0]
    page = "\n".join(cell.source for _, cell in inv.cells(inv.START[0], "markdown"))
    assert f"({path.parent.name}/theory.ipynb) | {level} |" in page


@masters
def test_the_points_table_agrees(path: Path) -> None:
    table = next(c.source for _, c in inv.cells(path, "markdown") if "| task" in c.source.lower())
    rows = re.findall(r"^\|\s*(\d+)\s.*?\|\s*(\d+|–)\s*\|\s*(\d+|–)\s*\|\s*$", table, flags=re.M)
    printed = {f"task{n}": [0 if v == "–" else int(v) for v in rest] for n, *rest in rows}
    assert printed == {t: [p["auto"], p["hand"]] for t, p in graded(path).items()}


@masters
def test_three_graded_hints_per_task(path: Path) -> None:
    text = "\n".join(c.source for _, c in inv.cells(path, "markdown"))
    for part in re.split(r"^## Task ", text, flags=re.M)[1:]:
        hints = re.findall(r"<summary>Hint (\d): ", part)
        assert hints == ["1", "2", "3"], part[:40]


def _solution_lines(path: Path) -> set[str]:
    lines: set[str] = set()
    for cell in inv.read(path).cells:
        for region in re.findall(
            r"### BEGIN (?:SOLUTION|HIDDEN TESTS)(.*?)### END", cell.source, flags=re.S
        ):
            # An import gives nothing away, and theory may need the same.
            own = [line for line in region.splitlines() if not IMPORT.match(line)]
            lines |= {squeeze(line) for line in own}
    visible = "\n".join(
        re.sub(r"### BEGIN (\w+).*?### END \1[^\n]*", "", c.source, flags=re.S)
        for c in inv.read(path).cells
        if c.cell_type == "code"
    )
    shown = {squeeze(line) for line in visible.splitlines()}
    return {line for line in lines - shown if len(line) >= 24 and not line.startswith("#")}


def squeeze(line: str) -> str:
    """Drop blanks, so that formatting hides nothing."""
    return re.sub(r"\s", "", line)


@masters
def test_no_solution_in_theory_or_student_notebook(path: Path) -> None:
    secret = _solution_lines(path)
    assert secret
    for other in [*inv.START, *inv.THEORY, *inv.APPENDIX, *inv.STUDENT]:
        code: list[Any] = [cell.source for _, cell in inv.cells(other, "code")]
        shown = {squeeze(line) for source in code for line in source.splitlines()}
        assert not (found := secret & shown), f"{inv.name(other)} shows {sorted(found)}"
