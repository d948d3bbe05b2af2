"""Two tiny sections. In the first, a hidden test is wrong, as it happens to every author once."""

from __future__ import annotations

from typing import Any

from grader.layout import Repository
from tests.grader.conftest import code, notebook, text, write_json

MEANS, STEPS = "01-means", "02-steps"
SUM = "that is the sum; divide by the number of values."
SLIP = "that divides by n - 1."


def solution(name: str, source: str) -> dict[str, Any]:
    return code(source, grade_id=name, solution=True)


def check(name: str, points: int, source: str, *, hidden: bool = False) -> dict[str, Any]:
    if hidden:
        head = f"# Hidden checks ({points} points): other values."
        source = f"{head}\n### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"
    return code(source, grade_id=name, grade=True, locked=True, points=points)


def means(*, fixed: bool) -> list[dict[str, Any]]:
    """Return the first section; unless it is fixed, the last test takes n - 1 for right."""
    want, message, wrong = ("3.5", SLIP, "14 / 3") if fixed else ("14 / 3", "one is lost.", "3.5")
    return [
        text("# Means", grade_id="head", locked=True),
        code("from course_utils import checks", grade_id="imports", locked=True),
        text("## Task 1. Return the mean.", grade_id="task1-text", locked=True),
        solution(
            "task1",
            "def mean(values):\n    ### BEGIN SOLUTION\n    # Stub: return the mean.\n"
            "    return sum(values) / len(values)\n    ### END SOLUTION",
        ),
        check(
            "task1-visible",
            10,
            'task1 = checks.Task("1", look="theory 01")\nwith task1:\n'
            f"    task1.value(mean([1.0, 2.0, 3.0]), 2.0, {{{SUM!r}: 6.0}})",
        ),
        check(
            "task1-hidden",
            20,
            f"with task1:\n    task1.value(mean([1.0, 2.0, 6.0]), 3.0, {{{SUM!r}: 9.0}})",
            hidden=True,
        ),
        text("## Task 2. Return the variance, over n.", grade_id="task2-text", locked=True),
        solution(
            "task2",
            "def variance(values):\n    ### BEGIN SOLUTION\n    # Stub: return the variance.\n"
            "    centre = sum(values) / len(values)\n"
            "    return sum((v - centre) ** 2 for v in values) / len(values)\n"
            "    ### END SOLUTION",
        ),
        check(
            "task2-visible",
            10,
            'task2 = checks.Task("2", look="theory 01")\nwith task2:\n'
            "    task2.value(variance([1.0, 3.0]), 1.0)",
        ),
        check(
            "task2-hidden",
            30,
            "with task2:\n"
            f"    task2.value(variance([1.0, 2.0, 3.0, 6.0]), {want}, {{{message!r}: {wrong}}})",
            hidden=True,
        ),
        text(
            "The mean of the squares. Rubric: 30 points for a reason.",
            grade_id="task2-why",
            grade=True,
            solution=True,
            points=30,
        ),
    ]


def steps() -> list[dict[str, Any]]:
    return [
        text("# Steps", grade_id="head", locked=True),
        code("from course_utils import checks", grade_id="imports", locked=True),
        text("## Task 1. Take a step downhill.", grade_id="task1-text", locked=True),
        solution(
            "task1",
            "def step(theta, slope, rate):\n    ### BEGIN SOLUTION\n    # Stub: take a step.\n"
            "    return theta - rate * slope\n    ### END SOLUTION",
        ),
        check(
            "task1-visible",
            20,
            'task1 = checks.Task("1", look="theory 02")\nwith task1:\n'
            "    task1.value(step(1.0, 2.0, 1.0), -1.0, {'that is uphill.': 3.0})",
        ),
        check(
            "task1-hidden",
            45,
            "with task1:\n    task1.value(step(1.0, 2.0, 0.1), 0.8, {'that is uphill.': 1.2})",
            hidden=True,
        ),
        text(
            "It goes down. Rubric: 35 points for a reason.",
            grade_id="task1-why",
            grade=True,
            solution=True,
            points=35,
        ),
    ]


def write_masters(repository: Repository, *, fixed: bool) -> None:
    write_json(repository.master(MEANS), notebook(MEANS, means(fixed=fixed)))
    write_json(repository.master(STEPS), notebook(STEPS, steps()))
