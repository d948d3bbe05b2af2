"""The rows that a section has on the start page and in README.md, and how a new one gets in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PageError", "Row", "with_readme_row", "with_start_row"]

#: How the start page counts its sections in words.
WORDS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
START_ROW = re.compile(
    r"^\| \[(\d\d) .*/theory\.ipynb\) \| ★+ \| (\d+) min \| (\d+) min \|.*\n", re.M
)
TOTAL = re.compile(r"^\| all \w* ?\| \| (\d+) min \| (\d+) min \|", re.M)
README_ROW = re.compile(r"^\| \[(\d\d) · .*/theory\.ipynb\) \|.*\n", re.M)


class PageError(Exception):
    """A page hasn't the table that a row belongs into; the text says which."""


@dataclass(frozen=True)
class Row:
    """What the tables say of a section."""

    slug: str
    title: str
    level: str
    reading: int
    solving: int
    owns: str
    question: str

    @classmethod
    def of(cls, folder: Path, title: str, level: str, owns: str, question: str) -> Row:
        """Read the minutes from the heads of the two notebooks in a section's folder.

        Raises
        ------
        PageError
            If a head doesn't say them.
        """
        reading = re.search(r"(?:About|Allow) (\d+) minutes", _text(folder / "theory.ipynb"))
        solving = re.search(r"\| \**all\**[ |]*?(\d+) \|", _text(folder / "exercises.ipynb"))
        if not (reading and solving):
            raise PageError(
                f"{folder.name}: theory or exercises don't say at their head how long they take"
            )
        return cls(folder.name, title, level, int(reading[1]), int(solving[1]), owns, question)


def _text(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _inserted(text: str, pattern: re.Pattern[str], number: str, line: str) -> str | None:
    """Insert a line into a table at the place of its number."""
    rows = list(pattern.finditer(text))
    if not rows:
        return None
    later = [row.start() for row in rows if row[1] > number]
    at = later[0] if later else rows[-1].end()
    return text[:at] + line + text[at:]


def with_readme_row(path: Path, row: Row) -> bytes:
    """Return README.md with the row of one more section.

    Raises
    ------
    PageError
        If it has no table of sections.
    """
    link = f"notebooks/{row.slug}/theory.ipynb"
    line = f"| [{row.slug[:2]} · {row.title}]({link}) | {row.owns} |\n"
    text = _inserted(path.read_text(encoding="utf-8"), README_ROW, row.slug[:2], line)
    if text is None:
        raise PageError(f"{path.name} has no table with rows '| [01 · Title](…/theory.ipynb) | …'")
    return text.encode()


def _on_start_page(source: str, row: Row) -> str | None:
    line = (
        f"| [{row.slug[:2]} {row.title}]({row.slug}/theory.ipynb) | {row.level} "
        f"| {row.reading} min | {row.solving} min | {row.owns} | {row.question} |\n"
    )
    text = _inserted(source, START_ROW, row.slug[:2], line)
    total = TOTAL.search(text) if text else None
    if text is None or total is None:
        return None
    reading, solving = int(total[1]) + row.reading, int(total[2]) + row.solving
    new = total[0].replace(f"{total[1]} min | {total[2]} min", f"{reading} min | {solving} min")
    return text.replace(total[0], new)


def _recounted(source: str, before: int) -> str:
    """Count one more section wherever the text counts them in words; headings are linked to."""
    if not 0 <= before - 10 < len(WORDS) - 1:
        return source
    old, new = WORDS[before - 10 : before - 8]
    counts = {
        rf"\b{old}(?= sections)": new,
        rf"(?<=\ball ){old}\b": new,
        rf"\b{old.capitalize()}(?= sections)": new.capitalize(),
    }
    lines = source.splitlines(keepends=True)
    for number, line in enumerate(lines):
        for pattern, word in () if line.startswith("#") else counts.items():
            lines[number] = re.sub(pattern, word, lines[number])
    return "".join(lines)


def with_start_row(path: Path, row: Row) -> bytes:
    """Return the start page with the row of one more section, its totals and its count.

    Raises
    ------
    PageError
        If it has no table of sections with a row of totals.
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    before = sum(len(START_ROW.findall(source)) for source in sources)
    done = False
    for cell, source in zip(notebook["cells"], sources, strict=True):
        if cell["cell_type"] != "markdown":
            continue
        changed = _on_start_page(source, row)
        done = done or changed is not None
        text = _recounted(changed or source, before)
        if text != source:
            cell["source"] = text.splitlines(keepends=True)
    if not done:
        raise PageError(
            f"{path.name} has no table of sections with a row '| all … | | 0 min | 0 min |'"
        )
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()
