"""The notebooks of the course and what a test wants to know about their cells."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[2]
START = [ROOT / "notebooks" / "00-start-here.ipynb"]
THEORY = sorted(ROOT.glob("notebooks/*/theory.ipynb"))
APPENDIX = sorted(ROOT.glob("notebooks/11-appendix/*.ipynb"))
STUDENT = sorted(ROOT.glob("notebooks/*/exercises.ipynb"))
MASTERS = sorted(ROOT.glob("solutions/*/exercises.ipynb"))
EXECUTED = [*START, *THEORY, *APPENDIX, *MASTERS]
EVERY = [*START, *THEORY, *APPENDIX, *STUDENT, *MASTERS]


def name(path: Path) -> str:
    """Short name of a notebook, for test ids."""
    return str(path.relative_to(ROOT))


@cache
def read(path: Path) -> Any:
    """Read a notebook once."""
    return nbformat.read(path, as_version=4)


def cells(path: Path, kind: str) -> list[tuple[int, Any]]:
    """Cells of a kind with their positions."""
    return [(i, cell) for i, cell in enumerate(read(path).cells) if cell.cell_type == kind]


def headings(path: Path) -> list[tuple[int, str]]:
    """Level and text of each heading, in order; fenced code doesn't count."""
    found = []
    for _, cell in cells(path, "markdown"):
        text = re.sub(r"```.*?```", "", cell.source, flags=re.S)
        for marks, title in re.findall(r"^(#{1,6})\s+(.+?)\s*$", text, flags=re.M):
            found.append((len(marks), title))
    return found


def anchors(path: Path) -> set[str]:
    """Anchors as JupyterLab makes them: the heading's text with hyphens for spaces."""
    plain = (re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for _, title in headings(path))
    return {title.strip().replace(" ", "-") for title in plain}


def prose(source: str) -> str:
    """Markdown without fenced code, tables and displayed formulas; inline ones are one word."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$"):
        source = re.sub(pattern, " ", source, flags=re.S)
    source = re.sub(r"^(> )?\|.*$", " ", source, flags=re.M)
    return re.sub(r"\$[^$]+\$|`[^`]+`", "x", source)


def grading(cell: Any) -> dict[str, Any]:
    """nbgrader's metadata of a cell, empty for an ordinary one."""
    return dict(cell.metadata.get("nbgrader", {}))
