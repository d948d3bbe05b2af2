"""The snippets of each §9 hold: they come to the notebook's numbers, or to the difference it names.

The course needs neither PyTorch nor JAX: here those run whose packages are installed, and `make
test-frameworks` runs all of them.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest

from tests.notebooks import inventory as inv

IMPORT = re.compile(r"^(?:import|from) (\w+)", flags=re.M)
ALL = bool(os.environ.get("COURSE_FRAMEWORKS"))


def snippets(path: Path) -> list[str]:
    """Return the fenced Python of a notebook that imports something."""
    blocks = [
        code
        for _, cell in inv.cells(path, "markdown")
        for code in re.findall(r"```python\n(.*?)```", cell.source, flags=re.S)
    ]
    return [code for code in blocks if IMPORT.search(code)]


def missing(code: str) -> list[str]:
    """Return the packages of a snippet that aren't installed."""
    names = dict.fromkeys(IMPORT.findall(code))
    return [name for name in names if importlib.util.find_spec(name) is None]


RUN = [
    pytest.param(code, id=f"{path.parent.name}-{IMPORT.findall(code)[-1]}")
    for path in inv.THEORY
    for code in snippets(path)
    if ALL or not missing(code)
]


@pytest.mark.parametrize("code", RUN)
def test_snippet_holds(code: str) -> None:
    assert not missing(code)
    exec(compile(code, "<snippet>", "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("path", inv.THEORY, ids=inv.name)
def test_each_section_has_both_frameworks_and_each_snippet_proves_something(path: Path) -> None:
    found = snippets(path)
    assert all("assert " in code for code in found)
    imported = {name for code in found for name in IMPORT.findall(code)}
    assert {"torch", "optax"} <= imported
    if path.parent.name == "10-federated-averaging":
        assert "flwr" in imported
