"""The package as a whole: light to import, and never importing the instructor's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils

SOURCES = sorted(Path(course_utils.__file__).parent.glob("*.py"))


def test_importing_it_loads_nothing_heavy() -> None:
    """The time itself is printed by `make bench`."""
    code = "import sys, course_utils; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    heavy = {"numpy", "scipy", "sklearn", "matplotlib", "ipywidgets", "IPython"}
    assert not heavy & set(loaded.split())


def test_every_module_is_offered() -> None:
    public = {path.stem for path in SOURCES} - {"__init__"}
    for name in course_utils.__all__:
        assert getattr(course_utils, name).__name__ == f"course_utils.{name}"
    assert set(course_utils.__all__) <= public
    with pytest.raises(AttributeError, match="has no module 'grader'"):
        course_utils.grader  # noqa: B018


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_it_never_imports_the_grader(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(?:from|import)\s+(?:grader|solutions|tests)\b", text, flags=re.M)
    assert len(text.splitlines()) <= 400
