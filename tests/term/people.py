"""Thirty made-up students: what each did, and what that is worth, worked out without the grader.

Points are added up here from the masters' metadata and the tables below. Nothing of ``grader`` is
imported: a slip in it can't hide in what is expected of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FREE_DAYS, PERCENT_PER_DAY = 2, 10  # of the course's settings

# What students write, and which of the two tests of a task it passes: visible, hidden.
MEAN = {
    "right": ("return sum(values) / len(values)", "vh"),
    "numpy": ("import numpy as np\n    return float(np.mean(values))", "vh"),
    "sum": ("return sum(values)", ""),
    "median": ("return sorted(values)[len(values) // 2]", "v"),
    "raises": ("return values.mean", ""),
    "blank": ("", ""),
    "dies": ("import os\n    os._exit(0)", ""),
    "equal": ("return type('Any', (float,), {'__eq__': lambda *_: True})(1)", ""),
    "reads": ("return float(open('/etc/shadow').read() and 2)", ""),
}
SQUARES = "c = sum(values) / len(values)\n    s = sum((v - c) ** 2 for v in values)\n    "
VARIANCE = {
    "right": (f"{SQUARES}return s / len(values)", "vh"),
    "n - 1": (f"{SQUARES}return s / (len(values) - 1)", ""),
    "root": (f"{SQUARES}return (s / len(values)) ** 0.5", "v"),
    "blank": ("", ""),
}
# Before the test was fixed, it took n - 1 for right.
VARIANCE_BEFORE = {"right": "v", "n - 1": "h", "root": "v", "blank": ""}
STEP = {
    "right": ("return theta - rate * slope", "vh"),
    "uphill": ("return theta + rate * slope", ""),
    "no rate": ("return theta - slope", "v"),
    "blank": ("", ""),
    "forges": ("import sys\n    sys.exit(0)", ""),
}
NOTHING, TORN, LOST = "nothing", "torn", "ids lost"  # handed in; not JSON; not to be graded
WAITS, EMPTY = -1.0, -2.0  # a written answer that nobody has graded, or that isn't there


@dataclass(frozen=True)
class Work:
    """What a student did in one section.

    Attributes
    ----------
    answers
        One name of the tables above for each task.
    why
        The points that somebody gives for the written answer.
    hours
        After the due date; None isn't known.
    days
        How late that is, as the settings count it.
    """

    answers: tuple[str, ...]
    why: float
    hours: float | None
    days: int


@dataclass(frozen=True)
class Student:
    login: str
    name: str
    means: Work
    steps: Work
    extra: float = 0.0  # in the first section


def _work(text: str) -> Work:
    """Read ``answers / points by hand / hours late or ?=marked late / days``."""
    answers, why, hours, days = (part.strip() for part in text.split("/"))
    by_hand = {"waits": WAITS, "empty": EMPTY}
    return Work(
        tuple(answer.strip() for answer in answers.split("+")),
        by_hand[why] if why in by_hand else float(why),
        None if hours == "?" else float(hours),
        int(days),
    )


def _student(login: str, name: str, means: str, steps: str, extra: float = 0.0) -> Student:
    return Student(login, name, _work(means), _work(steps), extra)


CLASS = [
    _student("ada", "Lovelace, Ada", "right + right / 30 / -5 / 0", "right / 35 / -1 / 0"),
    _student("emmy", "Noether, Emmy", "numpy + right / 28.5 / -1 / 0", "right / 30 / -1 / 0", 3),
    _student("karim", "كريم", "right + right / 20 / -9 / 0", "uphill / 10 / -1 / 0"),
    _student("zofie", 'Šedivá "Žofie"', "right + n - 1 / 25 / -2 / 0", "no rate / 20 / -1 / 0"),
    _student("jan", "Łukasiewicz, Jan", "right + root / 15 / -2 / 0", "right / 0 / -1 / 0", -2),
    _student("mei", "梅", "sum + right / 30 / -2 / 0", "right / 35 / -1 / 0"),
    _student("tom", "Bayes, Thomas", "sum + n - 1 / 5 / -2 / 0", "uphill / empty / -1 / 0"),
    _student("ann", "Abacus, 🧮", "median + right / 12 / -2 / 0", "no rate / 8 / -1 / 0"),
    _student("eve", "=HYPERLINK(1)", "median + root / empty / -2 / 0", "blank / empty / -1 / 0"),
    _student("bob", "O'Neil, Bob", "raises + right / 22 / -2 / 0", "right / 21 / -1 / 0"),
    # Late: the two free days go to the section that is due first.
    _student("lia", "Late, Lia", "right + right / 30 / 1 / 1", "right / 35 / ? / 1"),
    _student("leo", "Late, Leo", "right + right / 20 / 47.9 / 2", "right / 25 / ? / 1"),
    _student("lou", "Late, Lou", "right + n - 1 / 30 / 50 / 3", "uphill / 30 / ? / 1", 2),
    _student("lyn", "Late, Lyn", "right + right / 30 / 290 / 13", "right / 35 / -1 / 0"),
    _student("les", "Late, Les", "sum + n - 1 / empty / 100 / 5", "blank / empty / ? / 1"),
    _student("gus", "Grace, Gus", "right + right / 30 / 0.15 / 0", "right / 35 / -1 / 0"),
    # With an extension of three days in the first section, or in the second.
    _student("ext", "Extension, Eli", "right + right / 10 / 71 / 0", "right / 35 / ? / 1"),
    _student("exo", "Extension, Ola", "right + right / 10 / 47 / 2", "right / 35 / ? / 0"),
    # Broken.
    _student("torn", "Torn, Tim", f"{TORN} / empty / -1 / 0", "right / 35 / -1 / 0"),
    _student("ids", "Ids, Ivo", f"{LOST} / empty / -1 / 0", f"{LOST} / empty / -1 / 0"),
    _student("none", "Nothing, Nia", f"{NOTHING} / empty / 0 / 0", f"{NOTHING} / empty / 0 / 0"),
    _student("half", "Half, Hana", "right + right / 30 / -1 / 0", f"{NOTHING} / empty / 0 / 0"),
    _student("void", "Void, Vera", "blank + blank / empty / -1 / 0", "blank / empty / -1 / 0"),
    # Hostile.
    _student("die", "Dies, Dan", "dies + blank / 4 / -1 / 0", "right / 35 / -1 / 0"),
    _student("equ", "Equal, Eva", "equal + right / 9 / -1 / 0", "right / 35 / -1 / 0"),
    _student("spy", "Spy, Sam", "reads + right / 9 / -1 / 0", "right / 35 / -1 / 0"),
    _student("exi", "Exit, Ed", "right + right / 9 / -1 / 0", "forges / 3 / -1 / 0"),
    # Somebody has yet to grade these.
    _student("wai", "Waits, Will", "right + right / waits / -1 / 0", "right / waits / ? / 1"),
    _student("wan", "Waits, Wan", "sum + n - 1 / waits / 30 / 2", "right / 35 / ? / 1"),
    _student("two", "Twice, Tess", "right + right / 17 / -1 / 0", "right / 18 / -1 / 0"),
]
EXTENDED = {("ext", "means"), ("exo", "steps")}


@dataclass(frozen=True)
class Worth:
    """What is expected of one student in one section."""

    status: str
    earned: float = 0.0
    penalty: float = 0.0
    extra: float = 0.0
    days: int = 0

    @property
    def points(self) -> float:
        return self.earned + self.extra - self.penalty


def points_of(master: Path) -> dict[str, float]:
    """Return the points of each graded cell, as its author wrote them."""
    cells = json.loads(master.read_text(encoding="utf-8"))["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    return {mark["grade_id"]: mark["points"] for mark in marks if mark.get("grade")}


def worth(
    student: Student, means: dict[str, float], steps: dict[str, float], *, fixed: bool
) -> tuple[Worth, Worth]:
    """Work out what a student gets in both sections.

    Parameters
    ----------
    means, steps
        The points of each cell of the two sections.
    fixed
        Whether the wrong test has been fixed, and the extra points given.
    """
    left = FREE_DAYS
    found = []
    for work, points, extra in (
        (student.means, means, student.extra if fixed else 0.0),
        (student.steps, steps, 0.0),
    ):
        if work.answers[0] in (NOTHING, TORN, LOST):
            found.append(Worth("problem" if work.answers[0] == LOST else "no submission"))
            continue
        tables = [MEAN, VARIANCE] if points is means else [STEP]
        earned = max(work.why, 0.0)
        for number, (answer, table) in enumerate(zip(work.answers, tables, strict=True), 1):
            passes = table[answer][1]
            if table is VARIANCE and not fixed:
                passes = VARIANCE_BEFORE[answer]
            earned += points[f"task{number}-visible"] * ("v" in passes)
            earned += points[f"task{number}-hidden"] * ("h" in passes)
        free = min(left, work.days)
        left -= free
        percent = min(100, PERCENT_PER_DAY * (work.days - free))
        status = "needs manual grading" if work.why == WAITS else "graded"
        found.append(Worth(status, earned, earned * percent / 100, extra, work.days))
    return found[0], found[1]
