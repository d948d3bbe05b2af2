"""Releasing: stubs, what is cleared, the faults of a master, and what counts as stale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.layout import GraderError, Repository
from grader.release import ANSWER_STUB, release, stale

from .conftest import OTHER, SLUG, by_id, code, master_cells, notebook, write_json


def released(repository: Repository) -> dict[str, Any]:
    release(repository, SLUG)
    return json.loads(repository.student_notebook(SLUG).read_text(encoding="utf-8"))


def source(cells: list[dict[str, Any]], grade_id: str) -> str:
    return "".join(by_id(cells, grade_id)["source"])


def test_regions_become_stubs_and_hidden_tests_their_first_line(repository: Repository) -> None:
    cells = released(repository)["cells"]
    assert source(cells, "task1").splitlines() == [
        "def double(x):",
        '    """Return the value."""',
        "    raise NotImplementedError('return 2 times \"x\".')",
    ]
    hidden = by_id(cells, "task1-hidden")
    assert hidden["source"] == ["# Hidden checks (50 points): another value."]
    assert source(cells, "task2-why") == ANSWER_STUB
    assert "task1.value(double(1.5), 3.0)" in source(cells, "task1-visible")


def test_outputs_are_cleared_and_the_master_keeps_its_own(repository: Repository) -> None:
    before = repository.master(SLUG).read_bytes()
    student = released(repository)
    for cell in student["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    assert set(student["metadata"]) == {"course", "kernelspec", "language_info"}
    assert repository.master(SLUG).read_bytes() == before
    assert b'"outputs": [{' in before


def test_a_collapsed_cell_stays_collapsed(repository: Repository) -> None:
    cells = master_cells()
    by_id(cells, "task1-visible")["metadata"] |= {"jupyter": {"source_hidden": True}, "tags": []}
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    kept = by_id(released(repository)["cells"], "task1-visible")["metadata"]
    assert kept["jupyter"] == {"source_hidden": True}
    assert "tags" not in kept


def test_release_is_idempotent_and_leaves_the_theory_alone(repository: Repository) -> None:
    path = repository.student_notebook(SLUG)
    theory = write_json(path.with_name("theory.ipynb"), {"cells": []})
    assert release(repository, SLUG) is True
    first, when = path.read_bytes(), path.stat().st_mtime_ns
    assert release(repository, SLUG) is False
    assert path.read_bytes() == first and path.stat().st_mtime_ns == when
    path.unlink()
    release(repository, SLUG)
    assert path.read_bytes() == first
    assert theory.is_file()
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_stale_names_what_changed(repository: Repository, capsys: Any) -> None:
    for slug in (SLUG, OTHER):
        release(repository, slug)
    assert stale(repository) == []
    cells = master_cells()
    by_id(cells, "task1-visible")["source"] += "\n# one more line"
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    repository.student_notebook(OTHER).unlink()
    orphan = repository.student_notebook("03-gone")
    write_json(orphan, {})
    capsys.readouterr()
    assert main(["stale"], repository) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ", 1)[1].split(";")[0] for line in lines] == [
        f"not what {Path(lines[0].split('not what ')[1].split(' gives')[0])} gives",
        "missing",
        "has no master",
    ]
    assert f"notebooks/{SLUG}/" in lines[0]
    assert main(["release"], repository) == 0
    orphan.unlink()
    assert main(["stale"], repository) == 0


def change(cells: list[dict[str, Any]], which: str, **nbgrader: Any) -> None:
    by_id(cells, which)["metadata"]["nbgrader"].update(nbgrader)


def replace(cells: list[dict[str, Any]], grade_id: str, old: str, new: str) -> None:
    cell = by_id(cells, grade_id)
    assert old in cell["source"]
    cell["source"] = cell["source"].replace(old, new)


FAULTS = {
    "cell 'task1': grade_id used 2 times": lambda c: change(c, "imports", grade_id="task1"),
    "the points add up to 101, not 100": lambda c: change(c, "task1-hidden", points=51),
    "40 points are automatic": lambda c: (
        change(c, "task1-hidden", points=20), change(c, "task2-why", points=60),
    ),
    "cell 'task1': the first line of a solution region": lambda c: replace(
        c, "task1", "# Stub: ", "# "
    ),
    "cell 'task1': BEGIN SOLUTION without its END": lambda c: replace(
        c, "task1", "### END SOLUTION", ""
    ),
    "cell 'task1-hidden': END HIDDEN TESTS without": lambda c: replace(
        c, "task1-hidden", "### BEGIN HIDDEN TESTS", ""
    ),
    "cell 'task1-hidden': a hidden test needs a visible first line": lambda c: replace(
        c, "task1-hidden", "# Hidden checks (50 points): another value.\n", ""
    ),
    "cell 'task1': a code solution needs": lambda c: by_id(c, "task1").update(source="x = 1"),
    "cell 'imports': solution region in a cell": lambda c: by_id(c, "imports").update(
        source="### BEGIN SOLUTION\n# Stub: x\n### END SOLUTION"
    ),
    "cell 'task1': hidden tests in a cell": lambda c: replace(
        c, "task1", "### BEGIN SOLUTION",
        "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n    ### BEGIN SOLUTION",
    ),
    "cell 2: a code cell without nbgrader metadata": lambda c: by_id(c, "imports")[
        "metadata"
    ].clear(),
    "cell 'head': nbgrader metadata must have": lambda c: change(c, "head", schema_version=2),
}  # fmt: skip


@pytest.mark.parametrize("message", FAULTS)
def test_faults_of_a_master_are_one_line_errors(repository: Repository, message: str) -> None:
    before = released(repository)
    cells = master_cells()
    FAULTS[message](cells)
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    with pytest.raises(GraderError) as caught:
        release(repository, SLUG)
    (line,) = str(caught.value).splitlines()
    assert message in line and f"solutions/{SLUG}/exercises.ipynb: " in line
    assert not line.startswith("/")
    assert json.loads(repository.student_notebook(SLUG).read_text(encoding="utf-8")) == before


def test_a_fault_stops_only_its_section(repository: Repository, capsys: Any) -> None:
    write_json(repository.master(SLUG), notebook(OTHER, [code("1", grade_id="x", locked=True)]))
    assert main(["release"], repository) == 1
    said = capsys.readouterr()
    assert 'needs "course": {"section": "01-tiny"}' in said.err
    assert f"{OTHER}/exercises.ipynb: released" in said.out
