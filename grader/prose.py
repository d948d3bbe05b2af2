"""Markdown, code and other text as parts of a page that loads nothing and runs nothing."""

from __future__ import annotations

import html

from markupsafe import Markup

from grader.mathml import UnknownMathError, mathml
from grader.sanitise import clean_markdown, plain

__all__ = ["inline", "lines", "prose", "shortened"]

LONGEST_TEXT, LONGEST_LINE, MOST_LINES = 20_000, 2_000, 400


def shortened(text: str, longest: int) -> str:
    """Return a text of bounded length, which says where something is left out."""
    return text if len(text) <= longest else f"{text[:longest]} … (the rest is left out)"


def _math(source: str, block: bool) -> str:
    try:
        return mathml(source, block)
    except (UnknownMathError, RecursionError):
        mark = "$$" if block else "$"
        return f'<code class="math">{html.escape(mark + source + mark)}</code>'


def prose(source: str) -> Markup:
    """Render Markdown for a page of its own.

    Formulas become MathML. Headings become paragraphs, since the page has its own. Links within the
    course become text, since the page is opened elsewhere.

    Parameters
    ----------
    source
        What somebody wrote; nothing of it can run or load anything.
    """
    source = shortened(source, LONGEST_TEXT)
    try:
        return Markup(clean_markdown(source, _math))
    except RecursionError:
        return Markup(f"<pre>{html.escape(plain(source))}</pre>")


def inline(source: str) -> Markup:
    """Render one line of Markdown, without a paragraph around it."""
    made = prose(" ".join(source.split())).strip()
    inside = made.removeprefix("<p>").removesuffix("</p>")
    return Markup(inside) if "<p>" not in inside else made


def lines(source: str) -> list[str]:
    """Return the lines of a program or of what it printed, each and all of bounded length."""
    found = shortened(plain(source).rstrip(), LONGEST_TEXT).split("\n")
    kept = [shortened(line, LONGEST_LINE) for line in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        kept.append(f"… ({len(found) - MOST_LINES} more lines)")
    return kept
