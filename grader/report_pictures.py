"""The pictures of a report, as SVG inside the page: bars that a reader without colours can read.

Colours are those of the course, by meaning. None carries a meaning alone: what is drawn stands in
the table around it too, and the parts of a bar differ in their hatching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from course_utils.figures import COLOURS
from grader import results

__all__ = ["COLOUR_OF", "bar", "hatching", "histogram", "stacked", "swatch"]

WIDTH, HEIGHT, BASE, TOP = 420, 200, 160, 22  # of the histogram, in units of its own
COLOUR_OF = {
    results.PASSED: COLOURS["measured"],
    results.FAILED: COLOURS["heldout"],
    results.ERROR: COLOURS["with"],
    results.OUT_OF_TIME: COLOURS["with"],
    results.OUT_OF_MEMORY: COLOURS["with"],
    results.CRASHED: COLOURS["with"],
    results.NOT_RUN: COLOURS["floor"],
    results.NOT_ATTEMPTED: COLOURS["raw"],
}
PLAIN = {results.PASSED, results.NOT_ATTEMPTED}
# How the lines over a colour are turned, so that neighbours differ on paper without colours.
TURNED = {
    results.FAILED: 45,
    results.ERROR: -45,
    results.OUT_OF_TIME: 90,
    results.OUT_OF_MEMORY: 0,
    results.CRASHED: 20,
    results.NOT_RUN: -20,
}


@dataclass(frozen=True)
class _Fill:
    outcome: str

    def __str__(self) -> str:
        if self.outcome in TURNED:
            return f"url(#{_id(self.outcome)})"
        return COLOUR_OF.get(self.outcome, COLOURS["floor"])


def _id(outcome: str) -> str:
    return f"fill-{outcome.replace(' ', '-')}"


def hatching() -> Markup:
    """Return the patterns that :func:`stacked` refers to; once in a page, before it."""
    made = [
        Markup(
            '<pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate({})"><rect width="6" height="6" fill="{}"/>'
            '<rect width="1.6" height="6" fill="#fff" fill-opacity=".75"/></pattern>'
        ).format(_id(outcome), turned, COLOUR_OF[outcome])
        for outcome, turned in TURNED.items()
    ]
    return Markup('<svg class="defs" width="0" height="0" aria-hidden="true"><defs>{}</defs></svg>'
                  ).format(Markup("").join(made))  # fmt: skip


def bar(share: float, colour: str) -> Markup:
    """Draw a share of a whole; the number belongs beside it."""
    return Markup(
        '<svg class="meter" width="100%" height="10" aria-hidden="true">'
        '<rect class="ground" width="100%" height="10"/>'
        '<rect width="{}%" height="10" fill="{}"/></svg>'
    ).format(_hundredths(share), COLOURS[colour])


def stacked(counts: Mapping[str, int], order: Sequence[str], alt: str) -> Markup:
    """Draw how outcomes share a whole.

    Parameters
    ----------
    counts
        How often each outcome came.
    order
        The outcomes from left to right.
    alt
        What the picture says.
    """
    total = sum(counts.values())
    parts, done = [], 0
    for outcome in order:
        if count := counts.get(outcome, 0):
            parts.append(
                Markup('<rect x="{}%" width="{}%" height="16" fill="{}"/>').format(
                    _hundredths(done / total), _hundredths(count / total), _Fill(outcome)
                )
            )
            done += count
    return Markup(
        '<svg class="meter tall" width="100%" height="16" role="img" aria-label="{}">'
        '<rect class="ground" width="100%" height="16"/>{}</svg>'
    ).format(alt, Markup("").join(parts))


def swatch(outcome: str) -> Markup:
    """Draw a small sample of an outcome's fill, for a legend."""
    return Markup(
        '<svg class="swatch" width="14" height="14" aria-hidden="true">'
        '<rect width="14" height="14" fill="{}"/></svg>'
    ).format(_Fill(outcome))


def histogram(counts: Sequence[int], alt: str) -> Markup:
    """Draw how many students are in each class of equal width from 0 to 100 %.

    Parameters
    ----------
    counts
        Students in each class.
    alt
        What the picture says.
    """
    tallest, left, step = max([*counts, 1]), 14, (WIDTH - 28) / len(counts)
    parts = []
    for index, count in enumerate(counts):
        height = (BASE - TOP) * count / tallest
        x = left + index * step
        if count:
            parts.append(
                Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>'
                       '<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(
                    x + 2, BASE - height, step - 4, height, COLOURS["train"],
                    x + step / 2, BASE - height - 5, count,
                )
            )  # fmt: skip
    for index in range(0, len(counts) + 1, 2):
        x = left + index * step
        label = f"{100 * index // len(counts)}{' %' if index == len(counts) else ''}"
        parts.append(
            Markup('<path d="M{:.1f} {}v5"/><text x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
                   ).format(x, BASE, x if index < len(counts) else x - 6, BASE + 19, label)
        )  # fmt: skip
    axis = Markup('<path d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="middle">{}</text>').format(
        left, BASE, WIDTH - 14, WIDTH / 2, HEIGHT - 4, "share of all points"
    )
    return Markup(
        '<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>'
    ).format(WIDTH, HEIGHT, alt, Markup("").join(parts), axis)


def _hundredths(share: float) -> str:
    """Return a share in percent, within what can be drawn."""
    return f"{100 * min(max(share, 0.0), 1.0):.2f}"
