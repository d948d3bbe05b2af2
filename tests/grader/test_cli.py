"""The command line: instant where it can be, and its exit statuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.layout import ROOT, GraderError, Repository

from .conftest import SLUG, Submitter

HEAVY = ("nbgrader", "nbconvert", "nbformat", "sqlalchemy", "numpy", "IPython")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    script = (
        "import sys; from grader.cli import main\n"
        "try: status = main(sys.argv[1:])\n"
        "except SystemExit as end: status = end.code\n"
        f"heavy = [name for name in {HEAVY} if name in sys.modules]\n"
        "assert not heavy, heavy\n"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", script, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_help_loads_nothing_heavy_and_works_anywhere(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for command in ("release", "stale", "bundle", "collect", "autograde", "grades", "export"):
        assert f"\n    {command}" in done.stdout
    for command in ("feedback", "formgrader", "regrade", "course", "late", "extension", "extra"):
        assert f"\n    {command}" in done.stdout


def test_wrong_usage_is_answered_at_once(tmp_path: Path) -> None:
    done = run("autograde", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"python -m grader: course isn't there; you are in {tmp_path.name}; name the course folder "
        "(with make: COURSE=folder), or make one with 'make course'\n"
    )
    (tmp_path / "course").mkdir()
    assert run("autograde", cwd=tmp_path).stderr == (
        "python -m grader: no submissions: 'make collect' them, or lay them down as "
        "course/submitted/STUDENT/SECTION/exercises.ipynb\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("grades", "missing: the section (with make: SECTION=01-population-risk)"),
        ("collect 01-tiny", "missing: a zip, a folder or a notebook (with make: FILES=…"),
        ("extra lou 01-tiny many --reason x", "POINTS: 'many' isn't a number"),
        ("extra lou 01-tiny 3", "missing: the reason, which the student reads"),
        ("export 01-tiny --format excel", "--format: invalid choice: 'excel'"),
    ],
)
def test_a_mistake_is_one_line_in_the_words_of_both_ways_to_call_it(
    arguments: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments.split())
    told = capsys.readouterr().err
    assert end.value.code == 2 and told.count("\n") == 1, told
    assert says.partition("…")[0] in told and told.endswith("--help'\n")


def test_a_name_that_is_nearly_a_section_is_recognised(repository: Repository) -> None:
    with pytest.raises(GraderError, match=r"^no section '01-tini'; did you mean 01-tiny\? "):
        repository.chosen(["01-tini"])


def usage(repository: Repository, capsys: Any, *arguments: str) -> str:
    assert main(arguments, repository) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return str(line)


def test_usage_errors_are_one_line(
    repository: Repository, submitter: Submitter, capsys: Any
) -> None:
    course = str(submitter.course.path)
    submitter.hand_in("anna", submitter.cells())
    assert "no section '1'; there is 01-tiny" in usage(repository, capsys, "release", "1")
    assert "no section 'x'" in usage(repository, capsys, "autograde", "x", "--course", course)
    assert "no section 'x'" in usage(repository, capsys, "grades", "x", "--course", course)
    command = ("autograde", SLUG, "--course", course, "--student", "bob")
    assert main(command, repository) == 2
    assert "no submission of 'bob'" in capsys.readouterr().err
    command = ("feedback", SLUG, "--course", course, "--student", "bob")
    assert "submitted/bob isn't there" in usage(
        repository, capsys, "autograde", "--course", course, "--student", "bob"
    )
    assert "no graded submission of 'bob'" in usage(repository, capsys, *command)
    assert "no master in" in usage(Repository(submitter.course.path), capsys, "release")


@pytest.mark.parametrize(
    "arguments",
    [
        ["shout"],
        ["grades"],
        ["autograde", "--seed", "-1"],
        ["extension", "ada", SLUG, "--days", "nan"],
        ["extra", "ada", SLUG, "3"],  # without a reason
        [],
    ],
)
def test_argparse_errors_have_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_nothing_graded_yet(repository: Repository, submitter: Submitter, capsys: Any) -> None:
    submitter.hand_in("anna", submitter.cells())
    course = str(submitter.course.path)
    assert main(["grades", SLUG, "--course", course], repository) == 0
    assert "not graded yet" in capsys.readouterr().out
    assert main(["feedback", "--course", course], repository) == 0
    assert "nothing was graded yet" in capsys.readouterr().err
