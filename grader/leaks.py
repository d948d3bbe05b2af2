"""Search what is given to students for what must not be in it.

The secrets are taken from the masters, line by line: solution regions, hidden tests, model answers
and rubrics, and the grader's own source. A line counts when it is long enough to be told from
anybody's code and stands in no visible part of a master. In the exercise notebooks, and in pages
made of them, one such line is a leak. Other files may share an idiom with a solution, so there it
takes two lines in a row, or one that is long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from grader.layout import NOTEBOOK, Repository, shown
from grader.master import Master, read_master

__all__ = ["Leak", "Secret", "grader_secrets", "hidden_lines", "master_secrets", "search"]

SHORTEST = {"solution": 18, "hidden test": 18, "model answer": 24, "grader code": 40}
IDIOMS = ("solution", "hidden test")
PAIR, LONG = 36, 60
PAGE = NOTEBOOK.replace(".ipynb", ".html")  # the same, on the course site
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS")


@dataclass(frozen=True)
class Secret:
    """A line, or two in a row, that students must not get, and where it is from."""

    text: str
    kind: str
    origin: str

    @property
    def everywhere(self) -> bool:
        """Whether it is a secret in any file, and not in exercise notebooks only."""
        return self.kind not in IDIOMS or "\n" in self.text or len(self.text) >= LONG


@dataclass(frozen=True)
class Leak:
    """A secret found in a file."""

    file: str
    secret: Secret

    def __str__(self) -> str:
        return f"{self.file}: {self.secret.kind} of {self.secret.origin}: {self.secret.text[:80]!r}"


def normal(line: str) -> str:
    """Return a line with its blanks evened out, so that indentation hides nothing."""
    return " ".join(line.split())


def _sentences(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from re.split(r"(?<=[.!?:;])\s+", line.strip().lstrip("-*>#| "))


def _raw_secrets(master: Master) -> Iterator[Secret]:
    for cell in master.cells:
        origin = f"{shown(master.path)}, {cell.name}"
        _, regions = cell.split()
        if cell.kind != "code" and cell.manual and not regions:
            yield from (Secret(part, "model answer", origin) for part in _sentences(cell.source))
        for region in regions:
            kind = "solution" if region.kind == "SOLUTION" else "hidden test"
            if cell.kind != "code":
                kind = "model answer"
            published = f"# Stub: {region.stub}"
            lines = [normal(line) for line in region.lines if line.strip()]
            lines = [line for line in lines if line != published]
            yield from (Secret(line, kind, origin) for line in lines)
            for pair in pairwise(lines):
                if len("".join(pair)) >= PAIR:
                    yield Secret("\n".join(pair), kind, origin)


def _visible_text(masters: Iterable[Master]) -> str:
    lines: list[str] = []
    for master in masters:
        for cell in master.cells:
            visible, regions = cell.split()
            if cell.kind != "code" and cell.manual and not regions:
                continue
            lines += visible
            lines += [region.stub for region in regions if region.stub]
    return "\n".join(filter(None, map(normal, lines)))


class _Finder:
    """Finds which of many texts occur in a long one, in one walk through it.

    Looking for each by itself takes half a minute for a bundle.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        wanted = list(texts)
        self.width = min(map(len, wanted), default=1)
        self.by_start: dict[str, list[str]] = {}
        for text in wanted:
            self.by_start.setdefault(text[: self.width], []).append(text)

    def within(self, text: str) -> set[str]:
        """Return those that occur in the text."""
        width, by_start = self.width, self.by_start
        found: set[str] = set()
        for start in range(len(text) - width + 1):
            some = by_start.get(text[start : start + width])
            if some:
                found.update(one for one in some if text.startswith(one, start))
        return found


def _distinctive(secrets: Iterable[Secret], known: str) -> list[Secret]:
    kept: dict[str, Secret] = {}
    for secret in secrets:
        text = "\n".join(map(normal, secret.text.split("\n")))
        if len(text) >= SHORTEST[secret.kind]:
            kept.setdefault(text, Secret(text, secret.kind, secret.origin))
    visible = _Finder(kept).within(known)
    return [secret for text, secret in kept.items() if text not in visible]


def master_secrets(repository: Repository) -> list[Secret]:
    """Collect the secret lines of all masters."""
    masters = [read_master(repository, slug) for slug in repository.sections()]
    raw = [secret for master in masters for secret in _raw_secrets(master)]
    return _distinctive(raw, _visible_text(masters))


def grader_secrets(repository: Repository) -> list[Secret]:
    """Collect the lines of the grader's source, except imports, which anybody may have."""
    return _distinctive(
        (
            Secret(line, "grader code", shown(path))
            for path in sorted((repository.root / "grader").rglob("*.py"))
            for line in path.read_text(encoding="utf-8").split("\n")
            if not line.startswith(("from ", "import "))
        ),
        known="",
    )


def hidden_lines(master: Master) -> frozenset[str]:
    """Return the distinctive lines of a master's hidden tests, with their blanks evened out."""
    raw = [
        secret
        for secret in _raw_secrets(master)
        if secret.kind == "hidden test" and "\n" not in secret.text
    ]
    return frozenset(secret.text for secret in _distinctive(raw, _visible_text([master])))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from ("".join(value),) if all(isinstance(v, str) for v in value) else ()
        yield from (text for item in value for text in _strings(item))
    elif isinstance(value, dict):
        # A picture's bytes hold no line, and are most of a notebook.
        values = [item for key, item in value.items() if key != "image/png"]
        yield from (text for item in values for text in _strings(item))


def decoded(name: str, data: bytes) -> str:
    """Return a file as text; of a notebook every string in it, as a reader would see it."""
    text = data.decode("utf-8", errors="replace")
    if name.endswith(".ipynb"):
        text = "\n".join(_strings(json.loads(text)))
    return "\n".join(filter(None, map(normal, text.split("\n"))))


def search(files: Mapping[str, bytes], secrets: Iterable[Secret]) -> list[Leak]:
    """Find the secrets in a set of files.

    Parameters
    ----------
    files
        Contents by name; a notebook is searched in its decoded text.
    secrets
        What to look for, from :func:`master_secrets` and :func:`grader_secrets`.

    Returns
    -------
    list of Leak
        In the order of the files.
    """
    wanted = [*secrets, *(Secret(mark, "mark", "a master") for mark in MARKS)]
    finder = _Finder({secret.text for secret in wanted})
    return [
        Leak(name, secret)
        for name, data in sorted(files.items())
        for found in [finder.within(decoded(name, data))]
        for secret in wanted
        if secret.text in found and (secret.everywhere or name.endswith((NOTEBOOK, PAGE)))
    ]
