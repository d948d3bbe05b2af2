"""The snippets of each §9 hold: those whose packages are installed here, the others elsewhere.

The course needs neither PyTorch nor JAX; in an environment that has them, this runs all of them.
"""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.notebooks import inventory as inv

IMPORT = re.compile(r"^(?:import|from) (\w+)", flags=re.M)


def installed(code: str) -> bool:
    """Say whether a snippet imports something, and all of that is here."""
    names = IMPORT.findall(code)
    return bool(names) and all(importlib.util.find_spec(name) is not None for name in names)


def snippets() -> list[tuple[str, str]]:
    """Return the section and the code of each snippet that can run."""
    return [
        (path.parent.name, code)
        for path in inv.THEORY
        for _, cell in inv.cells(path, "markdown")
        for code in re.findall(r"```python\n(.*?)```", cell.source, flags=re.S)
        if installed(code)
    ]


@pytest.mark.parametrize(("section", "code"), snippets(), ids=lambda text: text.partition("\n")[0])
def test_snippet_holds(section: str, code: str) -> None:
    assert "assert " in code, f"the snippet of {section} proves nothing"
    exec(compile(code, section, "exec"), {"__name__": "snippet"})
