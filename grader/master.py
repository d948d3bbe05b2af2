"""A master notebook as data: its cells, points, and which of its lines are secret.

Reads plain JSON and needs no nbgrader, so that what must stay secret is decided apart from the
code that releases.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.layout import GraderError, Repository, shown

__all__ = ["Cell", "Master", "Region", "read_master"]

SCHEMA = 3
TOTAL, LEAST_AUTOMATIC = 100, 60
MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)\b")
STUB = re.compile(r"#\s*Stub:\s*(?P<text>\S.*)")


@dataclass(frozen=True)
class Region:
    """The lines between a BEGIN and an END mark."""

    kind: str
    lines: tuple[str, ...]

    @property
    def stub(self) -> str | None:
        """What a solution region becomes in the student's version, if its first line says so."""
        first = next((line.strip() for line in self.lines if line.strip()), "")
        match = STUB.fullmatch(first)
        return match["text"].strip() if match else None


@dataclass(frozen=True)
class Cell:
    """One cell: its source, and what nbgrader is told about it."""

    index: int
    kind: str
    source: str
    nbgrader: dict[str, Any] = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        """The cell's name, empty for a cell that nbgrader doesn't know."""
        return str(self.nbgrader.get("grade_id", ""))

    @property
    def graded(self) -> bool:
        """Whether it carries points."""
        return bool(self.nbgrader.get("grade"))

    @property
    def solution(self) -> bool:
        """Whether the student writes in it."""
        return bool(self.nbgrader.get("solution"))

    @property
    def manual(self) -> bool:
        """Whether its points are given by hand."""
        return self.graded and self.solution

    @property
    def automatic(self) -> bool:
        """Whether it is a test."""
        return self.graded and not self.solution

    @property
    def points(self) -> float:
        """The points it carries, 0 for a cell that isn't graded."""
        return float(self.nbgrader.get("points") or 0) if self.graded else 0.0

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"cell {self.grade_id!r}" if self.grade_id else f"cell {self.index + 1}"

    def split(self) -> tuple[list[str], list[Region]]:
        """Separate the lines that students see from the regions that they don't.

        Raises
        ------
        ValueError
            If the marks don't pair up.
        """
        visible: list[str] = []
        regions: list[Region] = []
        kind, inside = "", list[str]()
        for line in self.source.split("\n"):
            mark = MARK.search(line)
            if mark and mark[1] == "BEGIN":
                if kind:
                    raise ValueError(f"BEGIN {mark[2]} inside an open {kind} region")
                kind, inside = mark[2], []
            elif mark:
                if kind != mark[2]:
                    raise ValueError(f"END {mark[2]} without its BEGIN")
                regions.append(Region(kind, tuple(inside)))
                kind = ""
            else:
                (inside if kind else visible).append(line)
        if kind:
            raise ValueError(f"BEGIN {kind} without its END")
        return visible, regions


@dataclass(frozen=True)
class Master:
    """A section's master notebook."""

    slug: str
    path: Path
    notebook: dict[str, Any]

    @cached_property
    def cells(self) -> list[Cell]:
        """All cells, in order."""
        return [
            Cell(
                index,
                str(cell.get("cell_type")),
                joined(cell.get("source", "")),
                dict(cell.get("metadata", {}).get("nbgrader", {})),
            )
            for index, cell in enumerate(self.notebook["cells"])
        ]

    @property
    def graded(self) -> list[Cell]:
        """The cells that carry points, in order."""
        return [cell for cell in self.cells if cell.graded]

    @property
    def max_score(self) -> float:
        """All points."""
        return sum(cell.points for cell in self.graded)

    def check(self) -> None:
        """Make sure that the master can be released and graded.

        Raises
        ------
        GraderError
            One line for each thing that its author has to mend.
        """
        lines = [f"{shown(self.path)}: {problem}" for problem in self._problems()]
        if lines:
            raise GraderError("\n".join(lines))

    def _problems(self) -> Iterator[str]:
        section = self.notebook.get("metadata", {}).get("course", {}).get("section")
        if section != self.slug:
            yield f'notebook metadata needs "course": {{"section": "{self.slug}"}}'
        names = Counter(cell.grade_id for cell in self.cells if cell.grade_id)
        for name, times in names.items():
            if times > 1:
                yield f"cell {name!r}: grade_id used {times} times"
        for cell in self.cells:
            yield from (f"{cell.name}: {problem}" for problem in _cell_problems(cell))
        automatic = sum(cell.points for cell in self.graded if cell.automatic)
        if self.max_score != TOTAL:
            yield f"the points add up to {self.max_score:g}, not {TOTAL}"
        if automatic < LEAST_AUTOMATIC:
            yield f"{automatic:g} points are automatic; at least {LEAST_AUTOMATIC} must be"


def _cell_problems(cell: Cell) -> Iterator[str]:
    marked = any(cell.nbgrader.get(flag) for flag in ("grade", "solution", "locked"))
    if cell.kind == "code" and not marked:
        # Unmarked, it would be the student's, and deleting it would lose every task after it.
        yield "a code cell without nbgrader metadata; make it locked, with a grade_id"
    if marked and not cell.grade_id:
        yield "nbgrader metadata without a grade_id"
    if cell.nbgrader and cell.nbgrader.get("schema_version") != SCHEMA:
        yield f"nbgrader metadata must have schema_version {SCHEMA}"
    if cell.nbgrader.get("task"):
        yield "task cells are not used here; make it a Markdown cell with grade and solution"
    if cell.graded and cell.points <= 0:
        yield "a graded cell needs points"
    if cell.kind == "markdown" and cell.solution != cell.graded:
        yield "a Markdown cell is graded by hand (grade and solution) or not at all"
    try:
        visible, regions = cell.split()
    except ValueError as error:
        yield str(error)
        return
    solutions = [region for region in regions if region.kind == "SOLUTION"]
    if solutions and not cell.solution:
        yield "solution region in a cell that isn't a solution cell"
    if len(solutions) < len(regions) and not cell.automatic:
        yield "hidden tests in a cell that isn't a test cell"
    if cell.kind == "code" and cell.solution and not solutions:
        yield "a code solution needs ### BEGIN SOLUTION and ### END SOLUTION"
    if cell.kind == "code" and any(region.stub is None for region in solutions):
        yield 'the first line of a solution region must be "# Stub: what to write"'
    if len(solutions) < len(regions) and not any(line.strip() for line in visible):
        yield 'a hidden test needs a visible first line, "# Hidden checks (3 points): …"'


def joined(source: Any) -> str:
    """Return a source, which notebooks hold as one string or as a list of lines."""
    return "".join(source) if isinstance(source, list) else str(source)


def read_master(repository: Repository, slug: str) -> Master:
    """Read a section's master without judging it.

    Raises
    ------
    GraderError
        If the file isn't a notebook.
    """
    path = repository.master(slug)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if notebook["nbformat"] != 4 or not isinstance(notebook["cells"], list):
            raise ValueError("not in notebook format 4")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraderError(f"{shown(path)}: not a notebook ({error})") from None
    return Master(slug, path, notebook)
