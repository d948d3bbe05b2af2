"""The grades as a table, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from grader.cli import main
from grader.results import Record, TaskResult
from grader.spreadsheet import unguarded
from grader.table import printed

from .conftest import SLUG, Graded


def record(student: str, points: float = 1.5) -> Record:
    tasks = [TaskResult("task1-visible", points, 2.0, "passed")]
    return Record(student, "graded", points, 2.0, tasks)


@pytest.mark.parametrize(
    "name", ["O'Neil, Ann", 'say "hi"', "two\nlines", "Łukasz", "semi;colon", "'quoted'"]
)
def test_csv_survives_any_name(name: str) -> None:
    rows = list(csv.reader(io.StringIO(printed([record(name), record("bob")], "csv"))))
    late = ["extra", "days_late", "penalty"]
    assert rows[0] == ["student", "status", "score", "max_score", "task1-visible", *late, "message"]
    assert unguarded(rows[1][0]) == name
    assert rows[1][1:] == ["graded", "1.5", "2", "1.5", "0", "0", "0", ""]
    assert rows[2][0] == "bob" and len(rows) == 3


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x"])
def test_csv_holds_no_formula(name: str) -> None:
    rows = list(csv.reader(io.StringIO(printed([record(name)], "csv"))))
    assert rows[1][0] == f"'{name}"


def test_json_has_the_agreed_keys(graded: Graded, capsys: Any) -> None:
    arguments = ["grades", SLUG, "--course", str(graded.course.path), "--format", "json"]
    assert main(arguments, graded.repository) == 0
    records = json.loads(capsys.readouterr().out)
    assert [each["student"] for each in records] == sorted(graded.records)
    for each in records:
        assert {"student", "status", "score", "max_score", "tasks"} <= set(each)
        for task in each["tasks"]:
            assert set(task) == {"grade_id", "points", "max_points", "outcome", "message"}
        assert sum(task["points"] for task in each["tasks"]) == each["score"]


def test_table_has_a_line_for_each(graded: Graded, capsys: Any) -> None:
    arguments = ["grades", SLUG, "--course", str(graded.course.path)]
    assert main(arguments, graded.repository) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(graded.records)
    assert lines[1].split()[:3] == ["anna", "70", "100"]
