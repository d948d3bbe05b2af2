"""What a student handed in, taken from the notebook that was graded, and what must not be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader import nb
from grader.feedback_tasks import Asked
from grader.leaks import MARKS, SHORTEST, normal
from grader.master import Cell
from grader.nb import NotebookNode
from grader.sanitise import still_outputs

__all__ = ["WITHHELD", "Answer", "Handed", "handed_in", "withhold"]

MOST_ADDED = 20  # cells for each task
LONGEST = 20_000  # characters that are looked at of what was printed; a page shows far fewer
WITHHELD = "[withheld: this shows the tests]"


@dataclass(frozen=True)
class Answer:
    """A cell that the student wrote, and what it printed."""

    kind: str
    source: str
    printed: str = ""


@dataclass
class Handed:
    """What of a graded notebook is the student's.

    Attributes
    ----------
    answers
        The cells to write in, by grade id; left out where nothing was written.
    added
        The student's own cells, by the key of the task that they stand in.
    secret
        Hidden lines of the tests that were run, where these are older than the master.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    added: dict[str, list[Answer]] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


def handed_in(path: Path, section: Asked) -> Handed:
    """Read a graded notebook.

    Parameters
    ----------
    path
        The notebook; any engine may have run it.
    section
        What was asked.
    """
    handed = Handed()
    place = section.tasks[0].key if section.tasks else ""
    secret: set[str] = set()
    for index, cell in enumerate(nb.read(path).cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        name = nbgrader.get("grade_id")
        place = section.place.get(name, place) if name else place
        if nbgrader.get("solution"):
            if cell.source.strip() not in ("", section.blank.get(name)):
                handed.answers[name] = _answer(cell)
        elif nbgrader.get("grade"):
            if cell.source not in section.tests:
                secret |= _hidden(Cell(index, cell.cell_type, cell.source, nbgrader))
        elif not name and cell.source.strip() and cell.source.strip() not in section.given:
            mine = handed.added.setdefault(place, [])
            if len(mine) < MOST_ADDED:
                mine.append(_answer(cell))
    handed.secret = frozenset(secret)
    return handed


def _answer(cell: NotebookNode) -> Answer:
    parts = []
    for output in still_outputs(cell) if cell.cell_type == "code" else []:
        data = output.get("data", {})
        if "text/plain" in data:
            parts.append(data["text/plain"])
        elif data:
            parts.append("[a figure, not shown here]")
        else:
            parts.append(output.text)
    printed = "\n".join(part.rstrip("\n") for part in parts)
    return Answer(cell.cell_type, cell.source, printed[:LONGEST])


def _hidden(cell: Cell) -> set[str]:
    visible, regions = cell.split()
    lines = {normal(line) for region in regions for line in region.lines}
    long = {line for line in lines if len(line) >= SHORTEST["hidden test"]}
    return long - set(map(normal, visible))


def _evened(text: str) -> str:
    # In a printed repr the line breaks are the two characters \ and n.
    plain = text.replace("\\n", "\n").replace("\\'", "'").replace('\\"', '"')
    return "\n".join(map(normal, plain.split("\n")))


def withhold(texts: Sequence[str], secret: Iterable[str]) -> list[str]:
    """Return texts, each with a note in its place when any line of the tests is in it.

    Parameters
    ----------
    texts
        Messages and outputs, into which a student's code may have put what it found.
    secret
        Lines that must not be shown, with their blanks evened out.
    """
    evened = [_evened(text) for text in texts]
    whole = "\n\0\n".join(evened)
    found = [line for line in (*MARKS, *filter(None, secret)) if line in whole]
    return [
        WITHHELD if any(line in even for line in found) else text
        for text, even in zip(texts, evened, strict=True)
    ]
