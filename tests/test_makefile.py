"""What is typed after ``make`` reaches the command as it was typed, and nothing in it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TELL = "import json, sys; print(json.dumps(sys.argv[1:]))"
ODD = """says "thanks" & $HOME it's `echo hi` $(shell echo no) $$(echo no) #5 ; \\ 🙂"""


def told(folder: Path, *words: str) -> list[str]:
    """Return the arguments that a target gives its command."""
    tell = folder / "tell"
    tell.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{TELL}" "$@"\n')
    tell.chmod(0o755)
    command = ["make", "--no-print-directory", "-o", "env", f"RUN={tell}", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found[2:]  # after "-m grader"


@pytest.mark.parametrize(
    ("target", "name", "option"),
    [
        ("extra", "REASON", "--reason"),
        ("extension", "REASON", "--reason"),
        ("extension", "UNTIL", "--until"),
        ("collect", "ROSTER", "--roster"),
        ("export", "OUT", "-o"),
        ("late", "COURSE", "--course"),
        ("site", "OUT", "-o"),
    ],
)
def test_free_text_is_one_word(target: str, name: str, option: str, tmp_path: Path) -> None:
    found = told(tmp_path, target, "SECTION=01-x", f"{name}={ODD}")
    assert found[found.index(option) + 1] == ODD


def test_a_student_may_be_called_anything(tmp_path: Path) -> None:
    assert told(tmp_path, "extra", f"STUDENT={ODD}", "SECTION=01-x", "POINTS=-1")[:4] == [
        *("extra", ODD, "01-x", "-1")
    ]


def test_files_are_several_words_or_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "my zip.zip").touch()
    alone = str(tmp_path / "my zip.zip")
    for typed, words in (
        (alone, [alone]),
        ("a.zip b.zip", ["a.zip", "b.zip"]),
        (f"'{alone}' b.zip", [alone, "b.zip"]),
        ("", []),
    ):
        found = told(tmp_path, "collect", "SECTION=01-x", f"FILES={typed}")
        assert found == ["collect", "01-x", "--course", "course", *words]
