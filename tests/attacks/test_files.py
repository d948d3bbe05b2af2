"""Hostile files in the place of a notebook, and beside it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.master import read_master
from grader.submissions import MAX_BYTES, Problem, Submission, find, misplaced
from tests.attacks import ground
from tests.attacks.harness import SPOOR, Range

EVIL = f"open({{!r}} + '/{SPOOR}', 'w').close()\nraise SystemExit('imported')\n"
NAMES = (
    *("numpy.py", "sitecustomize.py", "usercustomize.py", "course_utils.py", "checks.py", "ast.py"),
    *("ipython_config.py", "jupyter_config.py", "nbgrader_config.py", "conftest.py", "x.pth"),
    *("matplotlibrc", "grader.py", "IPython.py", "scipy.py", "__init__.py", "socket.py"),
)


@pytest.fixture(scope="module")
def shooting_range() -> Iterator[Range]:
    with Range() as made:
        yield made


def found(shooting_range: Range) -> dict[str, Submission | Problem]:
    master = read_master(shooting_range.repository, ground.SLUG)
    return {
        each.student: each
        for each in find(shooting_range.repository, shooting_range.course, master)
    }


def _link_to(target: Callable[[Range], Path]) -> Callable[[Range, Path], None]:
    return lambda r, path: path.symlink_to(target(r))


def _linked_folder(r: Range, path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(r.course.submitted("anna", ground.SLUG).parent)


def _sparse(r: Range, path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**30)


def _bytes(data: bytes) -> Callable[[Range, Path], None]:
    return lambda r, path: path.write_bytes(data) and None


def _cells(number: int) -> bytes:
    cell = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": []}
    return json.dumps(ground.notebook(ground.SLUG, [cell] * number)).encode()


FILES: dict[str, Callable[[Range, Path], None]] = {
    "a link to another's notebook": _link_to(lambda r: r.course.submitted("anna", ground.SLUG)),
    "a link to the master": _link_to(lambda r: r.repository.master(ground.SLUG)),
    "a link to endless zeros": _link_to(lambda r: Path("/dev/zero")),
    "a link to itself": _link_to(lambda r: r.course.submitted("mallory", ground.SLUG)),
    "a linked folder": _linked_folder,
    "a FIFO": lambda r, path: os.mkfifo(path),
    "a folder": lambda r, path: path.mkdir(),
    "a sparse gigabyte": _sparse,
    "a full file too many bytes": _bytes(b" " * (MAX_BYTES + 1)),
    "nothing": _bytes(b""),
    "no JSON": _bytes(b"{'cells': []}"),
    "not UTF-8": _bytes("{}".encode("utf-16")),
    "deep JSON": _bytes(b"[" * 10**6),
    "deep JSON in metadata": _bytes(
        b'{"nbformat": 4, "cells": [], "metadata": ' + b'{"a":' * 10**5 + b"1" + b"}" * 10**5 + b"}"
    ),
    "an endless number": _bytes(b'{"nbformat": ' + b"4" * 10**5 + b', "cells": []}'),
    "a format of its own": _bytes(b'{"nbformat": 4.5, "cells": {"a": 1}}'),
    "true as its format": _bytes(b'{"nbformat": true, "cells": []}'),
    "ten thousand cells": _bytes(_cells(10_000)),
    "cells that are none": _bytes(b'{"nbformat": 4, "cells": [1, null, [], {}, "x"]}'),
    "millions of values": _bytes(b'{"nbformat": 4, "cells": [' + b"{}," * 10**6 + b"{}]}"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_submission(name: str, shooting_range: Range) -> None:
    path = shooting_range.hand_in({})
    path.unlink()
    FILES[name](shooting_range, path)
    begin = time.monotonic()
    each = found(shooting_range)
    assert time.monotonic() - begin < 5
    problem = each["mallory"]
    assert isinstance(problem, Problem)
    assert "\n" not in str(problem)
    assert not any(secret in str(problem) for secret in shooting_range.secrets.values())
    assert isinstance(each["anna"], Submission)


@pytest.mark.parametrize(
    "name",
    [
        "two\nlines",
        "\x1b[2J",
        "a/../anna".replace("/", "\\"),
        "x" * 200,
        "*",
        "{}",
        " anna",
        "a\x7f",
    ],
)
def test_an_odd_name(name: str, shooting_range: Range) -> None:
    shutil.rmtree(shooting_range.course.submissions / "mallory", ignore_errors=True)
    sheet = shooting_range.sheet().rightly()
    folder = shooting_range.course.submissions / name
    ground.write(folder / ground.SLUG / "exercises.ipynb", sheet.document)
    try:
        problem = found(shooting_range)[name]
        assert isinstance(problem, Problem)
        assert "rename" in problem.advice
        assert isinstance(found(shooting_range)["anna"], Submission)
    finally:
        shutil.rmtree(folder)


def test_a_name_that_is_not_text(shooting_range: Range) -> None:
    folder = os.fsencode(shooting_range.course.submissions) + b"/\xff\xfe"
    os.makedirs(folder + b"/" + ground.SLUG.encode())
    try:
        name = os.fsdecode(b"\xff\xfe")
        assert isinstance(found(shooting_range)[name], Problem)
        list(misplaced(shooting_range.repository, shooting_range.course))
    finally:
        shutil.rmtree(folder)


def test_files_beside_the_notebook(shooting_range: Range) -> None:
    """None of them is imported, read or run, neither by the grader nor by the sandbox."""
    path = shooting_range.hand_in(shooting_range.sheet().wrongly().document)
    for folder in (path.parent, path.parent.parent):
        for name in NAMES:
            (folder / name).write_text(EVIL.format(str(folder)))
        for name in ("numpy", "course_utils", ".ipython/profile_default/startup", "__pycache__"):
            (folder / name).mkdir(parents=True)
            (folder / name / "__init__.py").write_text(EVIL.format(str(folder)))
    os.mkfifo(path.with_name("timestamp.txt"))
    outcome = shooting_range.judge()
    assert shooting_range.trespasses(outcome) == []
    assert outcome.outcomes
    assert shooting_range.spares_the_honest()


def test_a_time_that_is_a_link(shooting_range: Range) -> None:
    path = shooting_range.hand_in(shooting_range.sheet().document)
    path.with_name("timestamp.txt").symlink_to(shooting_range.course.gradebook)
    each: Any = found(shooting_range)["mallory"]
    assert isinstance(each, Submission)
    assert each.timestamp is None
    assert shooting_range.trespasses(shooting_range.judge()) == []
