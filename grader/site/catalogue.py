"""Read from the notebooks what the site's own pages list: sections, subsections and cards."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.layout import GraderError, Repository, shown
from grader.site.notebooks import Notebook, source

__all__ = ["Card", "Catalogue", "Chapter", "Section", "catalogue", "table"]

START = "00-start-here.ipynb"
LINK = re.compile(r"\[([^\]]*)\]\(([^)#]*)(#[^)]*)?\)")
ITEM = re.compile(r"^- \*(Identity|Failure|Owner)\*: (.*)$", re.M)


@dataclass(frozen=True)
class Card:
    """One topic of the appendix."""

    title: str
    identity: str
    failure: str
    owner: str

    @property
    def anchor(self) -> str:
        """The card's anchor on the page of all cards."""
        return self.title.replace(" ", "-")


@dataclass(frozen=True)
class Chapter:
    """The cards of one section, under the heading that they have in the appendix."""

    title: str
    cards: list[Card] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The section's number, such as ``01``."""
        return self.title.split()[0]


@dataclass(frozen=True)
class Section:
    """A row of the start page's table of sections."""

    slug: str
    title: str
    level: str
    theory: str
    exercises: str
    owns: str
    question: str
    builds_on: list[str]

    @property
    def number(self) -> str:
        """The section's number, such as ``01``."""
        return self.slug[:2]


@dataclass(frozen=True)
class Catalogue:
    """All that the site's own pages list."""

    sections: list[Section]
    subsections: list[list[str]]
    chapters: list[Chapter]
    picture: bytes
    alt: str
    caption: str

    @property
    def cards(self) -> list[Card]:
        """All cards, by name."""
        cards = [card for chapter in self.chapters for card in chapter.cards]
        return sorted(cards, key=lambda card: card.title.lower())


def read(path: Path) -> Notebook:
    """Read a notebook.

    Raises
    ------
    GraderError
        If it isn't there, or isn't one.
    """
    try:
        notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(notebook["cells"], list):
            return notebook
    except (OSError, ValueError, LookupError, TypeError):
        pass
    raise GraderError(f"{shown(path)}: missing or no notebook; the site needs it")


def texts(notebook: Notebook) -> Iterator[str]:
    """Iterate over the sources of a notebook's text cells."""
    return (source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def table(notebook: Notebook, heading: str) -> list[list[str]]:
    """Return the cells of the table in a text cell, row by row, without its head.

    Parameters
    ----------
    notebook
        Where to look.
    heading
        A heading in that cell, without its marks.

    Raises
    ------
    GraderError
        If no cell has the heading, or there is no table in it.
    """
    for text in texts(notebook):
        if not re.search(rf"^#+ {re.escape(heading)}\s*$", text, re.M):
            continue
        rows = [line.strip() for line in text.split("\n") if line.strip().startswith("|")]
        cells = [[part.strip() for part in row[1:-1].split("|")] for row in rows]
        if len(cells) > 2:
            return cells[2:]
    raise GraderError(
        f"notebooks/{START}: no table under the heading {heading!r}; the site's own pages list it"
    )


def catalogue(repository: Repository) -> Catalogue:
    """Read what the site's own pages list.

    Raises
    ------
    GraderError
        If a notebook lacks something that they need.
    """
    root = repository.root / "notebooks"
    start = read(root / START)
    chapters = list(_chapters(read(root / "11-appendix" / "cards.ipynb")))
    if not any(chapter.cards for chapter in chapters):
        raise GraderError("notebooks/11-appendix/cards.ipynb: no '### …' with a derivation card")
    picture, alt, caption = _picture(start)
    listed = [
        section for row in table(start, "The ten sections") for section in _section(root, row)
    ]
    slugs = {section.slug for section in listed}
    # A section that is being written has no row yet.
    listed += [_unlisted(root, slug) for slug in repository.sections() if slug not in slugs]
    return Catalogue(
        sorted(listed, key=lambda section: section.slug),
        [_away_from_start(row) for row in table(start, "Map of the forty subsections")],
        chapters,
        picture,
        alt,
        caption,
    )


def _section(root: Path, row: list[str]) -> Iterator[Section]:
    """Read a row: name with link, level, two times, what it owns, its question."""
    link = LINK.search(row[0])
    if link is None:  # the row of sums
        return
    slug = link[2].split("/")[0]
    level, theory, exercises, owns, question = row[1:6]
    earlier = _builds_on(root, slug)
    yield Section(slug, link[1][2:].strip(), level, theory, exercises, owns, question, earlier)


def _unlisted(root: Path, slug: str) -> Section:
    theory = "\n".join(texts(read(root / slug / "theory.ipynb")))
    title = re.search(r"^# (?:\d\d · )?(.+)$", theory, re.M)
    name = title[1] if title else slug
    return Section(slug, name, "", "", "", "", "", _builds_on(root, slug))


def _builds_on(root: Path, slug: str) -> list[str]:
    """Return the numbers of the earlier sections that a section's theory names."""
    theory = "\n".join(texts(read(root / slug / "theory.ipynb")))
    named = re.findall(r"\]\(\.\./(\d\d)-|\b[Ss]ections? (\d\d)\b", theory)
    numbers = {number for pair in named for number in pair}
    return sorted(number for number in numbers if "00" < number < slug[:2])


def _away_from_start(row: list[str]) -> list[str]:
    """Return a row whose links are right on another page of the same folder."""
    return [part.replace("](#", f"]({START}#").replace("[this page]", "[start]") for part in row]


def _chapters(notebook: Notebook) -> Iterator[Chapter]:
    chapter: Chapter | None = None
    for part in re.split(r"^(?=#{2,3} )", "\n\n".join(texts(notebook)), flags=re.M):
        marks, _, title = part.split("\n", 1)[0].partition(" ")
        if marks == "##":
            if chapter and chapter.cards:
                yield chapter
            chapter = Chapter(title.strip())
        elif marks == "###" and "**Derivation card**" in part and chapter:
            said = dict(ITEM.findall(part))
            chapter.cards.append(
                Card(
                    title.strip(), *(said.get(key, "") for key in ("Identity", "Failure", "Owner"))
                )
            )
    if chapter and chapter.cards:
        yield chapter


def _picture(notebook: Notebook) -> tuple[bytes, str, str]:
    """Return the first picture of a notebook, its alt text, and its caption."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    for output, following in zip(outputs, [*outputs[1:], {}], strict=True):
        if data := output.get("data", {}).get("image/png"):
            alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
            caption = following.get("data", {}).get("text/plain", "")
            return base64.b64decode("".join(data)), " ".join(alt.split()), "".join(caption)
    raise GraderError(f"notebooks/{START}: no picture; the site's first page shows it")
