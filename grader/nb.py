"""Notebooks as nbformat's nodes; the one place that calls its untyped functions."""

from __future__ import annotations

import json
import sys
import uuid
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

__all__ = ["NotebookNode", "as_bytes", "cell", "compact", "node", "notebook", "output", "read"]


_new: Any = NotebookNode  # untyped


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
    """Return a notebook as Jupyter writes it to a file."""
    text: str = nbformat.writes(whole)  # type: ignore[no-untyped-call]
    return (text.rstrip("\n") + "\n").encode()


def compact(whole: NotebookNode) -> bytes:
    """Return a notebook for programs to read, which takes a tenth of the time."""
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode() + b"\n"


# nbformat's own functions for these compare each cell with a schema, a millisecond each time.


def notebook(cells: list[NotebookNode], metadata: Any) -> NotebookNode:
    """Make a notebook."""
    made: NotebookNode = _new(
        nbformat=v4.nbformat, nbformat_minor=v4.nbformat_minor, metadata=metadata, cells=cells
    )
    return made


def cell(kind: str, source: str) -> NotebookNode:
    """Make a cell of type code, markdown or raw."""
    name = uuid.uuid4().hex[:8]
    made: NotebookNode = _new(cell_type=kind, id=name, metadata=_new(), source=source)
    if kind == "code":
        made["execution_count"], made["outputs"] = None, []
    return made


def output(kind: str, **content: Any) -> NotebookNode:
    """Make an output of type stream or display_data."""
    made: NotebookNode = _new(output_type=kind, **content)
    return made
