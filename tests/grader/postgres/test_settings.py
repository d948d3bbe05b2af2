"""The setting that names a server: what is wrong with it, and the move from a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.layout import CourseFolder, GraderError
from grader.table import collect, printed
from tests.grader.conftest import SLUG
from tests.grader.disturbed import (
    Course,
    rows,
)

from .conftest import SETTING, batch, give, point
from .server import Server

pytestmark = pytest.mark.usefixtures("orphans_come_here")

WRONG = {
    "refused": ({"port": 1}, "Connection refused; nothing is lost"),
    "password": (
        {"password": "crossing@zebra"},
        'password authentication failed for user "course"',
    ),
    "database": ({"database": "nowhere"}, 'database "nowhere" does not exist'),
    "driver": ("mysql://course:crossing@127.0.0.1/x", "isn't one of PostgreSQL with psycopg"),
    "old name": ("postgres://course:crossing@127.0.0.1/x", "write postgresql+psycopg://USER@HOST"),
    "no address": ("crossing", "db_url is no address; write postgresql+psycopg://USER@HOST"),
    "port": ("postgresql+psycopg://course@127.0.0.1:crossing/x", "db_url is no address"),
    "at": ("postgresql+psycopg://course:zebra@crossing@127.0.0.1/x", "an @ too many"),
    "option": (
        "postgresql+psycopg://course@127.0.0.1:1/x?password=crossing&sslmode=crossing",
        "invalid sslmode value",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_in_one_line_without_the_password(
    wrong: str, fresh: Course, server: Server, tmp_path: Path, capsys: Any
) -> None:
    where, says = WRONG[wrong]
    course = fresh.copy(tmp_path)
    address = where
    if isinstance(where, dict):
        address = server.address(**{"database": "postgres", **where})
    point(course, str(address))
    for command in ("grades", "autograde"):
        assert main([command, SLUG, "--course", str(course.folder.path)], course.masters) == 1
        said = capsys.readouterr()
        (line,) = [line for line in said.err.splitlines() if "empty folder" not in line]
        assert says in line and "nbgrader_config.json" in line
        assert "crossing" not in said.out + said.err
        assert not any(word.startswith("/") for word in line.split())


def test_without_the_driver(large: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert main(["grades", SLUG, "--course", str(large.folder.path)], large.masters) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("needs psycopg, which isn't installed; run 'make env'")


@pytest.mark.parametrize("text", ["{", "[]", '{"CourseDirectory": {"db_url": 3}}'])
def test_a_setting_that_cannot_be_read(text: str, fresh: Course, tmp_path: Path) -> None:
    course = fresh.copy(tmp_path)
    (course.folder.path / SETTING).write_text(text)
    with pytest.raises(GraderError, match=r"see docs/large-courses\.md"):
        collect(course.folder, SLUG)


def test_a_setting_where_only_nbgrader_would_find_it(fresh: Course, tmp_path: Path) -> None:
    course = fresh.copy(tmp_path)
    path = course.folder.path / "nbgrader_config.py"
    path.write_text('c = get_config()\nc.CourseDirectory.db_url = "postgresql://x/y"\n')
    with pytest.raises(GraderError, match=r"nbgrader_config.py: sets db_url.*move it to"):
        collect(course.folder, SLUG)
    from grader.formgrader import configure

    with pytest.raises(GraderError, match="not written by the grader"):
        configure(course.folder)
    assert "postgresql://x/y" in path.read_text()


# -- from a file to a server ----------------------------------------------------------------------


def test_a_gradebook_moves_to_the_server_with_all_that_was_given_by_hand(
    fresh: Course, server: Server, tmp_path: Path, instant: None, capsys: Any
) -> None:
    course = fresh.copy(tmp_path)
    batch(course)
    give(course.folder, "s0", 25, "A fine zebra.")
    before, grades = rows(course.folder), printed(collect(course.folder, SLUG), "csv")
    address = server.address(server.fresh())
    point(course, address)
    where = ["--course", str(course.folder.path)]
    assert main(["grades", SLUG, *where], course.masters) == 1  # it would show no grades
    assert "'python -m grader gradebook --move' takes them there" in capsys.readouterr().err
    kept = course.folder.path / "gradebook-before-the-move.db"
    shutil.copy(course.folder.gradebook, tmp_path / "copy.db")
    assert main(["gradebook", "--move", *where], course.masters) == 0
    assert kept.exists() and not course.folder.gradebook.exists()
    assert rows(course.folder) == before
    assert printed(collect(course.folder, SLUG), "csv") == grades
    # Cut off before the file had its new name, it is run again.
    os.rename(kept, course.folder.gradebook)
    assert main(["gradebook", "--move", *where], course.masters) == 0
    assert rows(course.folder) == before and "\n0 rows moved" in capsys.readouterr().out
    batch(course)
    assert rows(course.folder) == before
    # Another course's grades of the same sections are not mixed with these.
    shutil.rmtree(course.folder.path / "journal")
    (tmp_path / "other").mkdir()
    other = replace(course, folder=CourseFolder(tmp_path / "other" / "course"))
    shutil.copytree(fresh.folder.path, other.folder.path)
    batch(other)
    point(other, address)
    assert main(["gradebook", "--move", "--course", str(other.folder.path)], other.masters) == 1
    assert "holds other grades of these sections; nothing was moved" in capsys.readouterr().err
    assert other.folder.gradebook.exists() and rows(course.folder) == before


def test_nothing_is_moved_where_there_is_nothing_to_move(
    large: Course, fresh: Course, capsys: Any
) -> None:
    assert main(["gradebook", "--move", "--course", str(large.folder.path)], large.masters) == 2
    assert "gradebook.db isn't there: nothing to move" in capsys.readouterr().err
    with contextlib.suppress(FileNotFoundError):
        (large.folder.path / SETTING).unlink()
    assert main(["gradebook", "--move", "--course", str(large.folder.path)], large.masters) == 2
    assert "names no server; see docs/large-courses.md" in capsys.readouterr().err
