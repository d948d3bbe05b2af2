"""A submission gets the sum of its parts, whatever else it answers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from grader.layout import CourseFolder
from tests.grader.conftest import write_json
from tests.grader.mixed import SEED, Section, graded


@pytest.mark.parametrize(("slug", "count"), [("01-population-risk", 60), ("07-saga", 40)])
def test_a_hundred_recombined_submissions_get_the_sum_of_their_parts(
    slug: str, count: int, tmp_path: Path
) -> None:
    section, chance = Section(slug), random.Random(SEED)
    course = CourseFolder(tmp_path)
    wanted: dict[str, dict[str, float]] = {}
    for number in range(count):
        answers, passed = section.mixed(chance)
        student = f"s{number:03}"
        write_json(course.submitted(student, slug), section.notebook(answers))
        wanted[student] = {n: p if n in passed else 0.0 for n, p in section.points.items()}
    found = graded(course, slug)
    for student, points in wanted.items():
        assert {n: p for n, p in found[student].items() if n in points} == points, student
    assert len({sum(points.values()) for points in wanted.values()}) > 10
