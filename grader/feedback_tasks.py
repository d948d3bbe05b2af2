"""What a section asks, as its students see it: read from a master once for a batch of pages.

Taken are the texts of the tasks and the visible lines of the tests. Hidden regions, solutions,
rubrics, model answers and hints are not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from grader.leaks import hidden_lines
from grader.master import Cell, Master
from grader.prose import inline, prose
from grader.release import graded_form

__all__ = ["Asked", "Check", "Task", "asked"]

TASK = re.compile(r"task(\d+)(?!\d)")
HEADING = re.compile(r"(#+)\s+(.+)")
HEAD_LINE = re.compile(r"\*\*[^*\n]*\bpoints?\*\*[^\n]*")
THEORY = re.compile(r"\[([^\]]+)\]\(([^)\s]*\.ipynb(?:#[^)\s]*)?)\)")
HIDDEN = re.compile(r"#\s*Hidden checks\s*\([^)]*\):\s*(.+?)(?:\.\s+They run\b.*)?\.?")
LOOK = re.compile(r"""\blook\s*=\s*(["'])(.*?)\1""")
VISIBLE_CHECKS = "Visible checks"


@dataclass(frozen=True)
class Check:
    """A test cell: what it looks at, and what its author says a right answer means."""

    grade_id: str
    label: str
    meaning: str = ""


@dataclass
class Task:
    """One task: what is asked, where the theory is, and the ids of its cells.

    Attributes
    ----------
    look
        Where in the theory to look, as the messages of its checks say it.
    link
        The notebook and heading that its head line links to.
    answers, written
        The cells that the student writes in: checked by tests, and graded by hand.
    """

    key: str
    title: Markup
    head: Markup = field(default_factory=Markup)
    text: list[Markup] = field(default_factory=list)
    look: str = ""
    link: str = ""
    answers: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A section, with all that its pages share.

    Attributes
    ----------
    blank
        For each cell that the student writes in, what it was handed out with.
    given
        The sources of all cells that aren't the student's.
    secret
        The hidden lines, with their blanks evened out.
    tests
        The sources of the tests that these lines are from.
    place
        For each cell with a grade id, the key of its task.
    """

    slug: str
    title: Markup
    tasks: list[Task]
    blank: dict[str, str]
    given: frozenset[str]
    secret: frozenset[str]
    tests: frozenset[str]
    place: dict[str, str]


def asked(master: Master) -> Asked:
    """Read a master.

    Raises
    ------
    ValueError
        If the marks of a cell don't pair up.
    """
    title, tasks, place = _tasks(master)
    form = graded_form(master)
    blank = {
        cell.metadata.nbgrader.grade_id: cell.source.strip()
        for cell in form.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    return Asked(
        slug=master.slug,
        title=title,
        tasks=tasks,
        blank=blank,
        given=frozenset(cell.source.strip() for cell in master.cells if not cell.solution),
        secret=hidden_lines(master),
        tests=frozenset(cell.source for cell in master.cells if cell.automatic),
        place=place,
    )


def _tasks(master: Master) -> tuple[Markup, list[Task], dict[str, str]]:
    title = Markup.escape(master.slug)
    tasks: dict[str, Task] = {}
    place: dict[str, str] = {}
    current: Task | None = None
    for cell in master.cells:
        text = cell.kind == "markdown" and not cell.solution
        heading = HEADING.match(cell.source.strip()) if text else None
        named = TASK.match(cell.grade_id)
        if heading and len(heading[1]) == 1:
            title = inline(heading[2])
        elif named or (heading and current is None) or (cell.graded and current is None):
            key = named[1] if named else cell.grade_id or str(cell.index)
            current = tasks.setdefault(key, Task(key, Markup.escape(f"Task {key}")))
        if current is not None:
            _add(current, cell)
            place[cell.grade_id] = current.key
    return title, [task for task in tasks.values() if task.checks or task.written], place


def _add(task: Task, cell: Cell) -> None:
    if cell.manual:
        task.written.append(cell.grade_id)
    elif cell.solution:
        task.answers.append(cell.grade_id)
    elif cell.automatic:
        visible = "\n".join(cell.split()[0])
        look = LOOK.search(visible)
        task.look = look[2] if look else task.look
        task.checks.append(Check(cell.grade_id, _label(visible), _meaning(visible)))
    elif cell.kind == "markdown" and not _is_hint(cell):
        _add_text(task, cell.source.strip())


def _is_hint(cell: Cell) -> bool:
    return cell.grade_id.endswith("-hints") or cell.source.lstrip().startswith("<details")


def _add_text(task: Task, source: str) -> None:
    heading = HEADING.match(source)
    if heading and not task.text and not task.head:
        task.title = inline(heading[2])
        source = source[heading.end() :].lstrip()
    head = HEAD_LINE.match(source)
    if head and not task.head:
        task.head = inline(head[0])
        source = source[head.end() :].lstrip()
        link = THEORY.search(head[0])
        if link:
            task.look = task.look or link[1]
            task.link = link[2]
    if source:
        task.text.append(prose(source))


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0].rstrip(",:")
    return (
        text[0].upper() + text[1:] if first.isalpha() and (len(first) > 2 or first == "a") else text
    )


def _label(visible: str) -> str:
    first = next((line.strip() for line in visible.split("\n") if line.strip()), "")
    hidden = HIDDEN.fullmatch(first)
    if hidden:
        return _capital(hidden[1])
    return first.lstrip("# ").rstrip(".") if first.startswith("#") else VISIBLE_CHECKS


def _calls(visible: str) -> Iterator[ast.Call]:
    try:
        yield from (node for node in ast.walk(ast.parse(visible)) if isinstance(node, ast.Call))
    except SyntaxError:
        return  # what is left without the hidden lines need not be a program


def _meaning(visible: str) -> str:
    """Return what the author says to whom the visible checks pass."""
    for call in _calls(visible):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        first = call.args[0] if call.args else None
        if name == "visible_passed" and isinstance(first, ast.Constant):
            return str(first.value)
    return ""
