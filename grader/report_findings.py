"""What a report says about a class, as plain data: nothing here knows how a page looks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from grader import report_messages, results
from grader.feedback_tasks import Asked, Task
from grader.grades import Grades
from grader.report_messages import Reader
from grader.report_statistics import (
    Discrimination,
    Matrix,
    Spread,
    counts,
    discriminations,
    mean_shares,
    spread,
)
from grader.results import Record, TaskResult

__all__ = ["Findings", "findings"]

HANDED = (results.GRADED, results.NEEDS_HAND)
UNTRIED = (results.NOT_ATTEMPTED, results.NOT_RUN, results.NO_ANSWER)
BY_HAND = (results.BY_HAND, results.GIVEN, results.NO_ANSWER)
# The outcomes of a test, in the order in which they are shown. What another program graded has
# points and no outcome.
NO_OUTCOME = "no outcome kept"
OUTCOMES = (
    results.PASSED,
    results.FAILED,
    results.ERROR,
    results.OUT_OF_TIME,
    results.OUT_OF_MEMORY,
    results.CRASHED,
    results.NOT_RUN,
    results.NOT_ATTEMPTED,
    NO_OUTCOME,
)
LOST_MOST = 0.5  # share of the points of the tasks tried, above which a student counts as stuck
FIRST = 2  # tasks that nobody should leave out


@dataclass(frozen=True)
class TaskFinding:
    """One task: its points, how hard it was, and what its tests came to."""

    task: Task
    points: float
    share: float
    tried_share: float
    tried: int
    graded: int
    discrimination: Discrimination
    outcomes: dict[str, int]
    said: dict[str, int]


@dataclass(frozen=True)
class Mistake:
    """A mistake that tests named: in which task, and how many students showed it."""

    task: Task
    text: str
    kind: str
    students: int
    tried: int
    checks: int


@dataclass(frozen=True)
class Place:
    """A place in the theory that messages sent students to."""

    place: str
    links: tuple[str, ...]
    tasks: tuple[Task, ...]
    students: int
    checks: int


@dataclass(frozen=True)
class TestFinding:
    """A test that all or none passed."""

    task: Task
    grade_id: str
    label: str
    students: int
    tried: int
    passed: int


@dataclass(frozen=True)
class Stuck:
    """A student to talk to, and why."""

    student: str
    score: float
    most: float
    tried: int
    of: int
    lost_in: tuple[Task, ...]
    why: str


@dataclass(frozen=True)
class Waiting:
    """A written answer: how many wait for a grade."""

    task: Task
    grade_id: str
    points: float
    waiting: int
    given: int
    empty: int


@dataclass
class Findings:
    """All that a report says."""

    handed_in: int
    statuses: dict[str, int]
    spread: Spread | None = None
    classes: list[int] = field(default_factory=list)
    points: float = 0.0
    tasks: list[TaskFinding] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    placeless: int = 0
    nobody: list[TestFinding] = field(default_factory=list)
    everybody: list[TestFinding] = field(default_factory=list)
    stuck: list[Stuck] = field(default_factory=list)
    ungraded: list[tuple[str, Record]] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    waiting_students: int = 0
    late: int = 0
    again: int = 0  # tests with points set by hand, whose outcome has changed since

    @property
    def graded(self) -> int:
        """Submissions with a grade, be it a part of one."""
        return self.spread.students if self.spread else 0


def findings(
    section: Asked,
    reader: Reader,
    records: Sequence[Record],
    book: Mapping[str, Grades],
    name: Callable[[str], str],
) -> Findings:
    """Look through the outcomes of a section.

    Parameters
    ----------
    section, reader
        What was asked, and the texts of its tests.
    records
        From :func:`grader.table.collect`.
    book
        From :func:`grader.gradebook.read`.
    name
        Gives what a student is called in the report.
    """
    statuses = Counter(record.status for record in records)
    found = Findings(len(records), dict(statuses))
    found.ungraded = sorted(
        ((name(record.student), record) for record in records if record.status not in HANDED),
        key=lambda pair: (pair[1].status, pair[0]),
    )
    view = _View(section, [record for record in records if record.status in HANDED])
    if not view.records:
        return found
    scores = [record.earned / record.max_score for record in view.records if record.max_score > 0]
    found.spread, found.classes = spread(scores), counts(scores)
    found.points = max(record.max_score for record in view.records)
    messages = _messages(view, reader)
    found.tasks = _tasks(view, messages)
    found.mistakes = _mistakes(view, messages)
    found.places, found.placeless = _places(messages)
    found.nobody, found.everybody = _unanimous(view)
    found.stuck = _stuck(view, name)
    found.waiting = _waiting(view)
    found.late = sum(record.late is not None for record in view.records)
    found.waiting_students = statuses[results.NEEDS_HAND]
    found.again = sum(
        grades.marks[check].waiting
        for grades in book.values()
        for check in view.checks & grades.marks.keys()
    )
    return found


class _View:
    """The graded records, by student, task and cell.

    Attributes
    ----------
    points, most
        For each student and task, what was earned and what could be in all that has a grade.
    """

    def __init__(self, section: Asked, records: list[Record]) -> None:
        self.records, self.tasks = records, section.tasks
        self.checks = {check.grade_id for task in section.tasks for check in task.checks}
        self.cells = [{r.grade_id: r for r in record.tasks} for record in records]
        shape = (len(records), len(self.tasks))
        self.points: Matrix = np.zeros(shape)
        self.most: Matrix = np.zeros(shape)
        for row in range(shape[0]):
            for column, task in enumerate(self.tasks):
                for result in self.of(row, task):
                    if result.outcome != results.BY_HAND:
                        self.points[row, column] += result.points
                        self.most[row, column] += result.max_points

    def of(self, row: int, task: Task) -> list[TaskResult]:
        """Return what a student's cells of a task came to."""
        ids = [*(check.grade_id for check in task.checks), *task.written]
        return [self.cells[row][name] for name in ids if name in self.cells[row]]

    def tried(self, row: int, task: Task) -> bool:
        """Tell whether a student wrote anything for a task."""
        return any(result.outcome not in UNTRIED for result in self.of(row, task))

    def outcomes(self, grade_id: str) -> list[str]:
        """Return the outcomes of a test."""
        found = [cells[grade_id].outcome for cells in self.cells if grade_id in cells]
        return [NO_OUTCOME if outcome in BY_HAND else outcome for outcome in found]


@dataclass(frozen=True)
class _Message:
    """What one failed check said to one student."""

    row: int
    task: Task
    said: report_messages.Said


def _messages(view: _View, reader: Reader) -> list[_Message]:
    return [
        _Message(row, task, reader.read(result.message))
        for row in range(len(view.records))
        for task in view.tasks
        for result in view.of(row, task)
        if result.outcome == results.FAILED
    ]


def _tasks(view: _View, messages: Iterable[_Message]) -> list[TaskFinding]:
    shares = mean_shares(view.points, view.most)
    apart = discriminations(view.points, view.most)
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for message in messages:
        said[message.task.key][message.said.kind] += 1
    made = []
    for column, task in enumerate(view.tasks):
        rows = [row for row in range(len(view.records)) if view.tried(row, task)]
        outcomes = Counter(o for check in task.checks for o in view.outcomes(check.grade_id))
        whole = [sum(r.max_points for r in view.of(row, task)) for row in range(len(view.records))]
        made.append(
            TaskFinding(
                task,
                max(whole),
                float(shares[column]),
                float(mean_shares(view.points[rows], view.most[rows])[column]),
                len(rows),
                int((view.most[:, column] > 0).sum()),
                apart[column],
                dict(outcomes),
                dict(said[task.key]),
            )
        )
    return made


def _mistakes(view: _View, messages: Iterable[_Message]) -> list[Mistake]:
    """Count students, not checks: one mistake may fail five checks of a task."""
    rows: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for message in messages:
        rows[(message.task.key, message.said.kind, message.said.text)].append(message.row)
    made = []
    for task in view.tasks:
        tried = sum(view.tried(row, task) for row in range(len(view.records)))
        made += [
            Mistake(task, text, kind, len(set(found)), tried, len(found))
            for (key, kind, text), found in rows.items()
            if key == task.key
        ]
    order = [task.key for task in view.tasks]
    return sorted(made, key=lambda m: (-m.students, order.index(m.task.key), -m.checks, m.text))


def _places(messages: Iterable[_Message]) -> tuple[list[Place], int]:
    found: dict[str, list[_Message]] = defaultdict(list)
    for message in messages:
        found[message.said.place].append(message)
    placeless = len(found.pop("", []))
    made = []
    for place, sent in found.items():
        tasks = {message.task.key: message.task for message in sent}
        links = tuple(dict.fromkeys(task.link for task in tasks.values() if task.link))
        students = len({message.row for message in sent})
        made.append(Place(place, links, tuple(tasks.values()), students, len(sent)))
    return sorted(made, key=lambda p: (-p.students, -p.checks, p.place)), placeless


def _unanimous(view: _View) -> tuple[list[TestFinding], list[TestFinding]]:
    nobody, everybody = [], []
    for task in view.tasks:
        for check in task.checks:
            known = [o for o in view.outcomes(check.grade_id) if o != NO_OUTCOME]
            passed = known.count(results.PASSED)
            tried = sum(outcome not in UNTRIED for outcome in known)
            test = TestFinding(task, check.grade_id, check.label, len(known), tried, passed)
            if tried and passed == 0:
                nobody.append(test)
            elif known and passed == len(known):
                everybody.append(test)
    return nobody, everybody


def _stuck(view: _View, name: Callable[[str], str]) -> list[Stuck]:
    made = []
    for row, record in enumerate(view.records):
        tried = [t for t, task in enumerate(view.tasks) if view.tried(row, task)]
        points, most = view.points[row, tried].sum(), view.most[row, tried].sum()
        # Points set by hand may be anything, so both ends of a share are left open.
        lost = 1 - points / most if most > 0 else 0.0
        first = view.tasks[:FIRST]
        why = []
        if not tried:
            why.append("tried nothing")
        elif lost > LOST_MOST:
            why.append(f"lost {100 * lost:.0f} % of the points of what was tried")
        if tried and len(view.tasks) > FIRST and not any(view.tried(row, task) for task in first):
            why.append(f"left out the first {FIRST} tasks")
        if why:
            shares = {
                t: view.points[row, t] / view.most[row, t] for t in tried if view.most[row, t]
            }
            lost_in = tuple(view.tasks[t] for t in tried if shares.get(t, 1.0) < 1 - LOST_MOST)
            made.append(
                Stuck(
                    name(record.student),
                    record.earned,
                    record.max_score,
                    len(tried),
                    len(view.tasks),
                    lost_in,
                    "; ".join(why),
                )
            )
    return sorted(made, key=lambda s: (s.score, s.student))


def _waiting(view: _View) -> list[Waiting]:
    made = []
    for task in view.tasks:
        for grade_id in task.written:
            found = [cells[grade_id] for cells in view.cells if grade_id in cells]
            kinds = Counter(result.outcome for result in found)
            most = max((result.max_points for result in found), default=0.0)
            made.append(
                Waiting(
                    task,
                    grade_id,
                    most,
                    kinds[results.BY_HAND],
                    kinds[results.GIVEN],
                    kinds[results.NO_ANSWER],
                )
            )
    return made
