"""Citations in the text of a notebook, and the entries of the bibliography.

A citation is one to three surnames, or one with "et al.", and a year: "Chung 1954", "Robbins &
Monro (1951)", "Goyal et al. 2017", "Karimireddy et al. 2019, 2020". The year may follow a comma or
stand in parentheses. Two citations mean the same work if the first surname and the year agree.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.notebooks import inventory as inv

#: Capitalised words that may stand before a year and name nobody.
NOBODY = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Spring|Summer|Autumn|Winter|After|Around|As|At|Before|By|For|From|In|Of|On|Over|Since|The"
    "|Through|To|Until|With|About|All|Step|Steps|Seed|Seeds|Section|Chapter|Table|Figure|Theorem"
    "|Task|Question|Part|Version|Budget|Nearly|Only|Some|These|Those"
)
# A surname has a small letter in it: "GRPO 2025" cites no one.
_SURNAME = r"(?:(?:Le|de|van|von) )?[A-ZÀ-ÖØ-Þ][\w’']*[a-zß-öø-ÿ][\w’']*(?:[-–][A-Z]\w+)*"
_YEAR = r"(?:19[3-9]|20[0-4])\d"
_CITATION = re.compile(
    rf"(?<![\w-])(?!(?:{NOBODY})\b)(?P<first>{_SURNAME})"
    rf"(?P<rest> et al\.|(?:, {_SURNAME})*,? (?:&|and) {_SURNAME})?"
    rf",? \(?(?P<years>{_YEAR}(?:, {_YEAR})*)(?![\w%]|[.,]\d)"
)


class Citation(NamedTuple):
    """A work that a text names."""

    first: str
    year: str
    text: str

    @property
    def work(self) -> tuple[str, str]:
        """What two citations of one work have in common."""
        return self.first, self.year


def citations(text: str) -> list[Citation]:
    """Find the citations in a Markdown text; fenced code doesn't count, a formula's text does."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
    text = re.sub(r"\s+", " ", text.replace(r"\&", "&"))
    found = []
    for match in _CITATION.finditer(text):
        who = match["first"] + (match["rest"] or "")
        for year in match["years"].split(", "):
            found.append(Citation(match["first"], year, f"{who} {year}"))
    return found


def cited(path: Path) -> list[Citation]:
    """All citations of a notebook."""
    return [hit for _, cell in inv.cells(path, "markdown") for hit in citations(cell.source)]


def entries(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Entries of the bibliography: works by author and year, and sources by name.

    Each is a third-level heading; its text runs to the next heading. The last second-level heading
    collects the sources that have a name instead of authors.
    """
    text = "\n\n".join(cell.source for _, cell in inv.cells(path, "markdown"))
    works, _, named = text.partition("\n## Sources by name")
    pattern = re.compile(r"^### (.+?)\n+(.*?)(?=^#|\Z)", flags=re.M | re.S)
    return dict(pattern.findall(works)), dict(pattern.findall(named))
