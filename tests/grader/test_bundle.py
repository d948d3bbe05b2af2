"""The bundle: what is in it, that it is the same each time, and that a leak stops it."""

from __future__ import annotations

import json
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader import leaks
from grader.bundle import FOLDER, TEMPLATES, bundle
from grader.cli import main
from grader.layout import ROOT, Repository

from .conftest import HIDDEN, MODEL, OTHER, SLUG, text, write_json


@pytest.fixture
def complete(repository: Repository) -> Repository:
    """A repository from which a bundle can be made."""
    root = repository.root
    for name in ("environment.yml", "requirements.lock", "scripts/environment.sh"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"# {name}\n")
    write_json(root / "notebooks" / "00-start-here.ipynb", {"cells": []})
    write_json(root / "notebooks" / "11-appendix" / "cards.ipynb", {"cells": []})
    for slug in (SLUG, OTHER):
        write_json(repository.student_notebook(slug).with_name("theory.ipynb"), {"cells": []})
    (root / "course_utils" / "__pycache__").mkdir(parents=True)
    (root / "course_utils" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (root / "course_utils" / "__init__.py").write_text('"""Shared code."""\n')
    (root / "grader").mkdir()
    (root / "grader" / "x.py").write_text("secret_of_the_grader = 'forty characters and more'\n")
    assert main(["release"], repository) == 0
    return repository


def names(repository: Repository) -> set[str]:
    with zipfile.ZipFile(repository.bundle) as archive:
        return {name.removeprefix(f"{FOLDER}/") for name in archive.namelist()}


def test_holds_what_a_student_needs_and_nothing_else(complete: Repository) -> None:
    assert bundle(complete) is True
    assert names(complete) == {
        "Makefile",
        "README.md",
        "course_utils/__init__.py",
        "environment.yml",
        "notebooks/00-start-here.ipynb",
        f"notebooks/{SLUG}/exercises.ipynb",
        f"notebooks/{SLUG}/theory.ipynb",
        f"notebooks/{OTHER}/exercises.ipynb",
        f"notebooks/{OTHER}/theory.ipynb",
        "notebooks/11-appendix/cards.ipynb",
        "pyproject.toml",
        "requirements.lock",
        "scripts/environment.sh",
    }
    with zipfile.ZipFile(complete.bundle) as archive:
        script = archive.getinfo(f"{FOLDER}/scripts/environment.sh")
    assert script.external_attr >> 16 & 0o111


def test_same_bytes_twice(complete: Repository) -> None:
    bundle(complete)
    first = complete.bundle.read_bytes()
    assert bundle(complete) is False
    complete.bundle.unlink()
    (complete.root / "environment.yml").touch()
    bundle(complete)
    assert complete.bundle.read_bytes() == first


LEAKS = {
    "solution": "zebra_total = 2 * x\n    # \n    return zebra_total",
    "hidden test": HIDDEN.strip() + "\n    # secret_input_17",
    "model answer": MODEL,
    "grader code": "secret_of_the_grader = 'forty characters and more'",
    "mark": "### BEGIN HIDDEN TESTS",
}


@pytest.mark.parametrize("kind", LEAKS)
@pytest.mark.parametrize("place", ["notebook", "code"])
def test_a_planted_leak_stops_the_bundle(
    complete: Repository, capsys: Any, kind: str, place: str
) -> None:
    line = LEAKS[kind].replace(" = ", "   =  ")
    if place == "code":
        path = complete.root / "course_utils" / "more.py"
        path.write_text(f"def helper():\n    {line}\n    pass\n".replace("# ", ""))
    else:
        path = complete.root / "notebooks" / SLUG / "theory.ipynb"
        shown = line.replace("# ", "")
        said = {"output_type": "stream", "name": "stdout", "text": ["Look:\n", f'"é" {shown}\n']}
        cell = text("## Code") | {"outputs": [said]}
        write_json(path, {"cells": [cell]})
    assert main(["bundle"], complete) == 1
    error = capsys.readouterr().err
    assert path.name in error and kind in error
    assert not complete.bundle.exists()


def test_a_stale_notebook_stops_the_bundle(complete: Repository, capsys: Any) -> None:
    path = complete.student_notebook(SLUG)
    path.write_text(path.read_text().replace("Good.", "Bad."))
    assert main(["bundle"], complete) == 1
    assert "run 'make release'" in capsys.readouterr().err


def test_visible_lines_are_no_secrets(complete: Repository) -> None:
    secrets = {secret.text for secret in leaks.master_secrets(complete)}
    assert "with task1:" not in secrets
    assert "zebra_total = 2 * x" in secrets
    assert not any("Stub" in secret or "another value" in secret for secret in secrets)


def test_no_master_leaks_into_what_is_in_the_repository() -> None:
    """Every file that the bundle takes from this repository, searched for every secret."""
    repository = Repository(ROOT)
    secrets = [*leaks.master_secrets(repository), *leaks.grader_secrets(repository)]
    paths = [*ROOT.glob("notebooks/**/*.ipynb"), *ROOT.glob("course_utils/**/*.py")]
    paths += [path for path in TEMPLATES.rglob("*") if path.is_file()]
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if ".ipynb_checkpoints" not in path.parts
    }
    assert secrets and files
    assert list(map(str, leaks.search(files, secrets))) == []


def test_students_makefile_and_project_fit_the_repository(tmp_path: Path) -> None:
    helped = subprocess.run(
        ["make", "-f", str(TEMPLATES / "Makefile")], capture_output=True, text=True, check=True
    )
    assert "make lab" in helped.stdout
    theirs = tomllib.loads((TEMPLATES / "pyproject.toml").read_text())
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for key in ("name", "version", "requires-python"):
        assert theirs["project"][key] == ours["project"][key]
    assert theirs["build-system"] == ours["build-system"]
    assert theirs["tool"]["hatch"] == ours["tool"]["hatch"]


def test_notebook_text_is_searched_as_the_reader_sees_it() -> None:
    plain = json.dumps({"cells": [{"source": ["a \u00e9\n", "    b"]}]})
    assert "a é\nb" in leaks.decoded("x.ipynb", plain.encode())
