"""Put one page together: what is shown of each task, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby

from jinja2 import Template
from markupsafe import Markup

from grader import results
from grader.feedback_answers import Answer, Handed, withhold
from grader.feedback_tasks import Asked, Check, Task
from grader.layout import NOTEBOOK
from grader.prose import lines, prose, shortened
from grader.results import Record, TaskResult
from grader.templating import TEMPLATES, page_environment, style_hash

__all__ = ["advice", "page"]

LONGEST_MESSAGE, LONGEST_PRINTED, MOST_NOTES = 700, 3_000, 40
PREFIX = re.compile(r"Task \w+: ")
LOOK_AGAIN = re.compile(r"\s*Look again at .+\.$")
FOLDER = re.compile(r"^.*/(?=[^/]+: )")

# For each outcome the words, a sign and a colour; the sign and the colour only repeat the words.
WORDS = {
    results.PASSED: ("passed", "✓", "good"),
    results.FAILED: ("wrong", "✗", "bad"),
    results.NOT_ATTEMPTED: ("not attempted", "○", "none"),
    results.ERROR: ("error", "!", "bad"),
    results.OUT_OF_TIME: ("out of time", "!", "bad"),
    results.OUT_OF_MEMORY: ("out of memory", "!", "bad"),
    results.CRASHED: ("crashed", "!", "bad"),
    results.NOT_RUN: ("not run", "–", "none"),
    results.NO_ANSWER: ("no answer", "○", "none"),
    results.BY_HAND: ("still to be graded by hand", "…", "wait"),
}


@dataclass(frozen=True)
class Row:
    """The outcome of one graded cell, as it is shown."""

    label: str
    words: str
    sign: str
    tone: str
    points: float
    most: float
    message: str = ""
    meaning: str = ""
    by_hand: bool = False

    @property
    def waiting(self) -> float:
        """Points that somebody has yet to give."""
        return self.most if self.tone == "wait" else 0.0


@dataclass(frozen=True)
class Written:
    """An answer that is graded by hand."""

    answer: Markup | None
    row: Row | None
    comment: Markup | None


@dataclass
class Part:
    """One task of one submission."""

    task: Task
    answers: list[tuple[Answer | None, Markup | None]] = field(default_factory=list)
    added: list[Answer] = field(default_factory=list)
    groups: list[list[Row]] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """All outcomes."""
        by_hand = [written.row for written in self.written if written.row]
        return [row for group in self.groups for row in group] + by_hand

    @property
    def points(self) -> float:
        """Points so far."""
        return sum(row.points for row in self.rows)

    @property
    def most(self) -> float:
        """Points that can be had."""
        return sum(row.most for row in self.rows)

    @property
    def waiting(self) -> float:
        """Points that somebody has yet to give."""
        return sum(row.waiting for row in self.rows)

    @property
    def lost(self) -> float:
        """Points that are gone."""
        return self.most - self.points - self.waiting

    @property
    def tone(self) -> str:
        """The colour that sums it up."""
        if self.waiting:
            return "wait"
        if self.lost <= 0:
            return "good"
        return "none" if all(row.tone == "none" for row in self.rows) else "bad"

    @property
    def sign(self) -> str:
        """The sign that sums it up."""
        return {"good": "✓", "none": "○", "wait": "…"}.get(self.tone, "◐" if self.points else "✗")

    @property
    def words(self) -> str:
        """The outcome of a task in words."""
        checks = [row for row in self.rows if not row.by_hand]
        passed = sum(row.tone == "good" for row in checks)
        said = []
        if checks and all(row.words == checks[0].words for row in checks) and not passed:
            said.append(checks[0].words if checks[0].tone == "none" else "no check passed")
        elif checks:
            said.append(f"{passed} of {len(checks)} checks passed")
        said += dict.fromkeys(f"written answer: {row.words}" for row in self.rows if row.by_hand)
        return "; ".join(said)


def page(section: Asked, record: Record, handed: Handed, comments: Mapping[str, str]) -> str:
    """Make the page of one submission.

    Parameters
    ----------
    section
        What was asked.
    record
        What the judge found.
    handed
        What the student wrote.
    comments
        What was said by hand, by grade id.

    Returns
    -------
    str
        The whole page. It loads nothing and runs nothing.
    """
    record, handed = _without_tests(section, record, handed)
    parts = [] if record.message else list(_parts(section, record, handed, comments))
    waiting = sum(part.waiting for part in parts)
    template, style = _page_template()
    return template.render(
        section=section,
        record=record,
        reason=advice(section.slug, record),
        ours=record.status == results.NOT_JUDGED,
        parts=parts,
        notes=[FOLDER.sub("", note) for note in record.notes[:MOST_NOTES]],
        waiting=waiting,
        lost=record.max_score - record.earned - waiting,
        style=style,
        policy=style_hash(style),
    )


def _without_tests(section: Asked, record: Record, handed: Handed) -> tuple[Record, Handed]:
    """Take out every message and output that a line of a hidden test got into."""
    tasks, answers = record.tasks, list(handed.answers.items())
    added = [(key, answer) for key, cells in handed.added.items() for answer in cells]
    texts = [t.message for t in tasks]
    texts += [answer.printed for _, answer in [*answers, *added]]
    fit = iter(withhold(texts, section.secret | handed.secret))
    tasks = [TaskResult(t.grade_id, t.points, t.max_points, t.outcome, next(fit)) for t in tasks]
    shown = Handed({name: Answer(a.kind, a.source, next(fit)) for name, a in answers})
    for key, a in added:
        shown.added.setdefault(key, []).append(Answer(a.kind, a.source, next(fit)))
    return replace(record, tasks=tasks), shown


def _parts(
    section: Asked, record: Record, handed: Handed, comments: Mapping[str, str]
) -> Iterator[Part]:
    found = {task.grade_id: task for task in record.tasks}
    for task in section.tasks:
        part = Part(task, added=handed.added.get(task.key, []))
        for name in task.answers:
            comment = prose(comments[name]) if name in comments else None
            part.answers.append((handed.answers.get(name), comment))
        rows = [_row(check, found.pop(check.grade_id, None)) for check in task.checks]
        kept = [row for row in rows if row]
        part.groups = [list(same) for _, same in groupby(kept, key=_said)]
        for name in task.written:
            answer = handed.answers.get(name)
            row = _row(Check(name, "written answer"), found.pop(name, None), by_hand=True)
            part.written.append(
                Written(
                    prose(answer.source) if answer else None,
                    row,
                    prose(comments[name]) if name in comments else None,
                )
            )
        yield part
    if found:  # of a master that has changed since
        rows = [_row(Check(name, name), result) for name, result in found.items()]
        other = Task("other", Markup("Other points"))
        yield Part(other, groups=[[row] for row in rows if row])


def _said(row: Row) -> tuple[str, str]:
    return row.words, row.message


def _row(check: Check, result: TaskResult | None, by_hand: bool = False) -> Row | None:
    if result is None:
        return None
    words, sign, tone = WORDS.get(result.outcome, (result.outcome, "•", "none"))
    if result.outcome == results.GIVEN:
        full = result.points >= result.max_points
        words = "graded by hand"
        sign = "✓" if full else "◐" if result.points else "✗"
        tone = "good" if full else "bad"
    elif not by_hand and result.points != (result.max_points if tone == "good" else 0.0):
        words += ", points set by hand"
    message = LOOK_AGAIN.sub("", PREFIX.sub("", result.message, count=1))
    first = message.split(" ", 1)[0]
    if first.isalpha() and first.islower():
        message = message[0].upper() + message[1:]
    meaning = check.meaning if tone == "good" else ""
    return Row(
        check.label,
        words,
        sign,
        tone,
        result.points,
        result.max_points,
        shortened(message, LONGEST_MESSAGE),
        meaning,
        by_hand,
    )


def _printed(text: str) -> list[str]:
    return lines(shortened(text, LONGEST_PRINTED))


def advice(slug: str, record: Record) -> str:
    """Return why a submission has no grade, without the path in front, the instructor's."""
    folder = f"submitted/{record.student}"
    for path in (f"{folder}/{slug}/{NOTEBOOK}: ", f"{folder}/{slug}: ", f"{folder}: "):
        if record.message.startswith(path):
            return record.message.removeprefix(path)
    return record.message.split(": ", 1)[-1]


@cache
def _page_template() -> tuple[Template, str]:
    environment = page_environment()
    environment.filters |= {"points": "{:g}".format, "prose": prose, "lines": lines}
    environment.filters["printed"] = _printed
    style = (TEMPLATES / "feedback.css").read_text(encoding="utf-8")
    return environment.get_template("feedback.html"), style
