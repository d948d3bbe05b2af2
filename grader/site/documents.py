"""Make the documents of ``docs/`` ready for the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

__all__ = ["prepared"]

FENCE = re.compile(r"^(```.*?^```\s*?$)", re.M | re.S)
HEADING = re.compile(r"^(#{1,6}) ", re.M)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")


def prepared(text: str, folder: str, pages: Collection[str]) -> str:
    """Return a document whose first heading is its title and whose links stay on the site.

    Parameters
    ----------
    text
        Markdown.
    folder
        Where the document lies in the repository, such as ``docs``.
    pages
        Paths of the files in the repository that are pages of the site. What is linked and isn't
        one, such as source code, becomes plain text.
    """
    parts = FENCE.split(text)  # every second one is a fence
    levels = [len(marks) for part in parts[::2] for marks in HEADING.findall(part)]
    off = min(levels, default=1) - 1

    def link(found: re.Match[str]) -> str:
        said, target = found.groups()
        if target.startswith("#") or re.match(r"[a-z]+:", target):
            return found[0]
        path, _, anchor = target.partition("#")
        there = posixpath.normpath(posixpath.join(folder, path))
        if there not in pages:
            return str(said)
        here = posixpath.relpath(_place(there), _place(folder))
        return f"[{said}]({here}{'#' if anchor else ''}{anchor})"

    for number in range(0, len(parts), 2):
        part = HEADING.sub(lambda found: f"{found[1][off:]} ", parts[number])
        parts[number] = LINK.sub(link, part)
    return "".join(parts)


def _place(path: str) -> str:
    """Return where a file of the repository lies on the site."""
    return path.removeprefix("notebooks/")
