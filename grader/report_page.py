"""Put a report together: its words, its pictures and its tables."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from grader import report_messages as messages
from grader import report_pictures as pictures
from grader.feedback_page import advice
from grader.feedback_tasks import Asked, Task
from grader.report_findings import FIRST, LOST_MOST, OUTCOMES, Findings, Mistake, TaskFinding
from grader.report_statistics import LEAST, Discrimination
from grader.results import Record
from grader.templating import TEMPLATES, page_environment, style_hash

__all__ = ["report_page"]

MOST_ROWS = 20  # of mistakes in the first table; the others can be unfolded
# What repr() gave; an apostrophe inside a word opens nothing.
QUOTED = re.compile(r"""(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|"(?:[^"\\]|\\.)*\"""")
LABEL = re.compile(r"(Task \w+)\b.*", re.S)
KINDS = {
    messages.NAMED: "a named mistake",
    messages.FORM: "type, shape or a missing value",
    messages.STOPPED: "an exception",
    messages.NOT_NAMED: "wrong, without a name",
    messages.UNKNOWN: "a text not in the master",
}


def report_page(section: Asked, found: Findings, names: bool) -> str:
    """Make the page.

    Parameters
    ----------
    section
        What was asked.
    found
        From :func:`grader.report_findings.findings`.
    names
        Whether students are called by their names, so that what else may hold one can be shown.

    Returns
    -------
    str
        The whole page. It loads nothing and runs nothing.
    """
    template, style = _page_template()
    named = [mistake for mistake in found.mistakes if mistake.kind == messages.NAMED]
    other = [mistake for mistake in found.mistakes if mistake.kind != messages.NAMED]
    said = {kind: sum(task.said.get(kind, 0) for task in found.tasks) for kind in KINDS}
    failed = sum(said.values())
    shown = [o for o in OUTCOMES if any(task.outcomes.get(o) for task in found.tasks)]
    return template.render(
        section=section,
        found=found,
        names=names,
        named=named[:MOST_ROWS],
        more=named[MOST_ROWS:],
        other=other,
        kinds=KINDS,
        said=said,
        failed=failed,
        outcomes=shown,
        hardest=_hardest(found),
        histogram=_histogram(found) if found.spread else "",
        hatching=pictures.hatching(),
        ungraded=[(who, record.status, _reason(section, record, names))
                  for who, record in found.ungraded],
        waiting=sum(w.waiting for w in found.waiting),
        least=LEAST,
        lost_most=LOST_MOST,
        first=FIRST,
        style=style,
        policy=style_hash(style),
    )  # fmt: skip


def _hardest(found: Findings) -> TaskFinding | None:
    known = [task for task in found.tasks if not math.isnan(task.share)]
    return min(known, key=lambda task: task.share, default=None)


def _histogram(found: Findings) -> Markup:
    counted = [
        f"{count} from {10 * index} to {10 * index + 10} %"
        for index, count in enumerate(found.classes)
        if count
    ]
    alt = f"Histogram of scores in ten classes. Number of students: {', '.join(counted)}."
    return pictures.histogram(found.classes, alt)


def _reason(section: Asked, record: Record, names: bool) -> str:
    """Return why there is no grade, without what may hold a student's name."""
    text = advice(section.slug, record)
    if names:
        return text
    text = re.sub(rf"(?<!\w){re.escape(record.student)}(?!\w)", "…", text)
    return QUOTED.sub("'…'", text)


def _short(task: Task) -> str:
    """Return what a task is called where there is little room."""
    text = Markup(task.title).striptags()
    found = LABEL.fullmatch(text)
    return found[1] if found else text


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f}\u00a0%"


def _correlation(found: Discrimination) -> str:
    return f"{found.value:+.2f}".replace("-", "−")


def _interval(found: Discrimination) -> str:
    return f"{found.low:+.2f} to {found.high:+.2f}".replace("-", "−")


def _verdict(task: TaskFinding) -> str:
    """Return what a discrimination asks for, where it asks for something."""
    found = task.discrimination
    if found.why_not:
        return ""
    if found.high < 0:
        return "students strong elsewhere lose it: read the task and its tests again"
    if found.low <= 0:
        return "may be chance"
    return ""


def _bar(mistake: Mistake) -> Markup:
    return pictures.bar(mistake.students / mistake.tried if mistake.tried else 0.0, "wrong")


def _stacked(task: TaskFinding) -> Markup:
    said = [f"{task.outcomes[o]} {o}" for o in OUTCOMES if task.outcomes.get(o)]
    return pictures.stacked(task.outcomes, OUTCOMES, f"Outcomes of the checks: {', '.join(said)}.")


@cache
def _page_template() -> tuple[Template, str]:
    environment = page_environment()
    filters: dict[str, Any] = {
        "points": "{:g}".format,
        "percent": _percent,
        "short": _short,
        "correlation": _correlation,
        "interval": _interval,
        "verdict": _verdict,
        "mistake_bar": _bar,
        "stacked": _stacked,
        "bar": pictures.bar,
        "swatch": pictures.swatch,
    }
    environment.filters |= filters
    # The look is that of the feedback pages.
    sheets = [
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("feedback.css", "report.css")
    ]
    return environment.get_template("report.html"), "\n".join(sheets)
