"""Notebooks as nbformat's nodes; the one place that calls its untyped functions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

# jsonschema compiles the grammars of all internet addresses when it is imported, for a format that
# no notebook has and the grader never asks for: a second that every command would wait for.
if "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import nbformat

    del sys.modules["rfc3987_syntax"]
import nbformat
from nbformat import NotebookNode, v4

__all__ = ["NotebookNode", "as_bytes", "cell", "node", "notebook", "output", "read"]

_CELLS: dict[str, Any] = {
    "code": v4.new_code_cell,
    "markdown": v4.new_markdown_cell,
    "raw": v4.new_raw_cell,
}


def node(plain: dict[str, Any]) -> NotebookNode:
    """Turn a notebook read as JSON into a node, its sources joined to strings."""
    made: NotebookNode = nbformat.from_dict(plain)  # type: ignore[no-untyped-call]
    for each in made.cells:
        if isinstance(each.source, list):
            each.source = "".join(each.source)
    return made


def read(path: Path) -> NotebookNode:
    """Read a notebook that the grader wrote."""
    made: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return made


def as_bytes(whole: NotebookNode) -> bytes:
    """Return a notebook as it is written to a file."""
    text: str = nbformat.writes(whole)  # type: ignore[no-untyped-call]
    return (text.rstrip("\n") + "\n").encode()


def notebook(cells: list[NotebookNode], metadata: Any) -> NotebookNode:
    """Make a notebook."""
    made: NotebookNode = v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=cells, metadata=metadata
    )
    return made


def cell(kind: str, source: str) -> NotebookNode:
    """Make a cell of type code, markdown or raw."""
    made: NotebookNode = _CELLS[kind](source)
    return made


def output(kind: str, **content: Any) -> NotebookNode:
    """Make an output of type stream or display_data."""
    made: NotebookNode = v4.new_output(kind, **content)  # type: ignore[no-untyped-call]
    return made
