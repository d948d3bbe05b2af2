"""What a grade rests on, as hashes: the written answers, and the code that judges."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from pathlib import Path

from grader.assemble import answered
from grader.layout import Repository
from grader.nb import NotebookNode

__all__ = ["answers", "environment", "fingerprint"]


def answers(form: NotebookNode, notebook: NotebookNode) -> dict[str, tuple[bool, str]]:
    """For each cell that is graded by hand, whether it is written in, and a hash of its source."""
    blank = {cell.metadata.nbgrader.grade_id: cell for cell in _named(form)}
    return {
        cell.metadata.nbgrader.grade_id: (
            answered(cell, blank[cell.metadata.nbgrader.grade_id]),
            hashlib.sha256(cell.source.encode()).hexdigest()[:16],
        )
        for cell in _named(notebook)
        if cell.metadata.nbgrader.grade and cell.metadata.nbgrader.solution
    }


def _named(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id")]


def environment(repository: Repository) -> str:
    """Hash what a verdict rests on besides submission and master."""
    here = Path(__file__).parent
    code = [
        *sorted((repository.root / "course_utils").rglob("*.py")),
        *sorted((here / "sealed").rglob("*.py")),
        here / "assemble.py",
        repository.root / "requirements.lock",
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in code:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def fingerprint() -> str:
    """Hash what must be alike on all machines that judge one batch: code and libraries."""
    here = Path(__file__).parent
    digest = hashlib.sha256(environment(Repository()).encode())
    for path in sorted(here.rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode() + path.read_bytes())
    for package in ("numpy", "scipy", "scikit-learn", "matplotlib"):
        digest.update(importlib.metadata.version(package).encode())
    return digest.hexdigest()
