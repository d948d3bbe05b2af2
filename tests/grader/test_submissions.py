"""What is wrong with a submission is said in one line, and nothing else stops."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from grader import submissions
from grader.layout import Repository
from grader.master import read_master
from grader.submissions import Problem, Submission, find, misplaced

from .conftest import OTHER, SLUG, Submitter, code, master_cells, notebook, write_json


def found(repository: Repository, submitter: Submitter) -> dict[str, Submission | Problem]:
    master = read_master(repository, SLUG)
    return {each.student: each for each in find(repository, submitter.course, master)}


def rename(path: Path) -> None:
    path.rename(path.with_name("Exercises (1).ipynb"))


def link(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def lost_ids(path: Path) -> None:
    whole = json.loads(path.read_text())
    for cell in whole["cells"]:
        cell["metadata"] = {}
    write_json(path, whole)


def other_section(path: Path) -> None:
    write_json(path, notebook(OTHER, master_cells("triple", 3)))


def other_section_without_metadata(path: Path) -> None:
    write_json(path, notebook(OTHER, master_cells("triple", 3)) | {"metadata": {}})


def own_notebook(path: Path) -> None:
    write_json(path, notebook("x", [code("1 + 1")]) | {"metadata": {}})


PROBLEMS = {
    "empty folder; put exercises.ipynb into it": lambda p: p.unlink(),
    "missing; rename 'Exercises (1).ipynb'": rename,
    "missing; the folder holds 'answer.pdf'": lambda p: p.rename(p.with_name("answer.pdf")),
    "an empty file": lambda p: p.write_bytes(b""),
    "not JSON": lambda p: p.write_bytes(b"\x89PNG\xff"),
    "not JSON; ask": lambda p: p.write_text("[" * 200_000),
    "JSON, but not a notebook": lambda p: p.write_text("[1, 2]"),
    "notebook format 3": lambda p: p.write_text('{"nbformat": 3, "worksheets": []}'),
    "a link": link,
    f"the notebook of {OTHER}; ask for that of {SLUG}": other_section,
    f"the notebook of {OTHER}; ask": other_section_without_metadata,
    f"not the exercise notebook of {SLUG}": own_notebook,
    "lost the ids": lost_ids,
}


@pytest.mark.parametrize("message", PROBLEMS)
def test_a_problem_is_one_line_with_the_file(
    repository: Repository, submitter: Submitter, message: str, monkeypatch: Any
) -> None:
    path = submitter.hand_in("bob", submitter.cells())
    submitter.hand_in("anna", submitter.cells())
    PROBLEMS[message](path)
    monkeypatch.chdir(submitter.course.path.parent)
    both = found(repository, submitter)
    assert isinstance(both["anna"], Submission)
    assert isinstance(both["bob"], Problem)
    line = str(both["bob"])
    assert message in line and line.startswith(f"course/submitted/bob/{SLUG}")
    assert "\n" not in line


def test_too_big(repository: Repository, submitter: Submitter, monkeypatch: Any) -> None:
    submitter.hand_in("bob", submitter.cells())
    monkeypatch.setattr(submissions, "MAX_BYTES", 1000)
    assert "outputs cleared" in str(found(repository, submitter)["bob"])
    monkeypatch.undo()
    submitter.hand_in("bob", [*submitter.cells(), *[code("1")] * 2000])
    assert "2008 cells" in str(found(repository, submitter)["bob"])


@pytest.mark.parametrize("name", ["a*b", "a[0]", "a{x}", "tab\there", "end ", "x" * 130, "a\\b"])
def test_odd_names_are_refused(repository: Repository, submitter: Submitter, name: str) -> None:
    submitter.hand_in(name, submitter.cells())
    assert "rename the folder" in str(found(repository, submitter)[name])


@pytest.mark.parametrize("name", ["O'Neil, Ann", 'say "hi"', "Łukasz", "=1+1", "a+b", "-x", "#1%"])
def test_other_names_are_not(repository: Repository, submitter: Submitter, name: str) -> None:
    submitter.hand_in(name, submitter.cells())
    assert isinstance(found(repository, submitter)[name], Submission)


def test_a_notebook_without_course_metadata_is_known_by_its_texts(
    repository: Repository, submitter: Submitter
) -> None:
    path = submitter.hand_in("bob", submitter.cells())
    write_json(path, json.loads(path.read_text()) | {"metadata": {}})
    assert isinstance(found(repository, submitter)["bob"], Submission)


def test_malformed_cells_are_passed_over(repository: Repository, submitter: Submitter) -> None:
    odd: list[Any] = [None, 3, {"cell_type": "x"}, {"cell_type": "code", "source": 7}]
    odd += [{"cell_type": "code", "source": ["1", 2], "metadata": {"nbgrader": []}}]
    submitter.hand_in("bob", [*odd, *submitter.cells()])
    submission = found(repository, submitter)["bob"]
    assert isinstance(submission, Submission)
    assert submission.cells[0].source == "1"
    assert len(submission.cells) == 1 + len(submitter.cells())


@pytest.mark.parametrize("zone", [" +02:00", "+0200", " +0200"])
def test_timestamps(repository: Repository, submitter: Submitter, zone: str) -> None:
    path = submitter.hand_in("bob", submitter.cells()).with_name("timestamp.txt")
    path.write_text(f"2026-03-01 12:30:00{zone}")
    submission = found(repository, submitter)["bob"]
    assert isinstance(submission, Submission) and submission.timestamp is not None
    assert submission.timestamp.isoformat() == "2026-03-01T10:30:00"
    path.write_text("2015-02-02 15:58:23.948203 UTC\n")  # as nbgrader writes it
    submission = found(repository, submitter)["bob"]
    assert isinstance(submission, Submission)
    assert str(submission.timestamp) == "2015-02-02 15:58:23.948203"
    path.write_text("yesterday at noon, I think")
    submission = found(repository, submitter)["bob"]
    assert isinstance(submission, Submission)
    assert submission.timestamp is None and "not a date" in submission.notes[0]


def test_misplaced_files_are_reported(repository: Repository, submitter: Submitter) -> None:
    submitter.hand_in("fine", submitter.cells())
    submitter.hand_in("wrong-name", submitter.cells(), slug="1-tiny")
    (submitter.course.submissions / "nothing").mkdir()
    high = submitter.course.submissions / "high" / "exercises.ipynb"
    write_json(high, {})
    (submitter.course.submissions / "loose.zip").write_bytes(b"")
    lines = [str(problem) for problem in misplaced(repository, submitter.course)]
    assert len(lines) == 4
    for word, line in zip(["one level", "STUDENT", "empty", "no such section"], lines, strict=True):
        assert word in line and not os.path.isabs(line)
