"""Make a section that passes every test, for its author to replace piece by piece.

Usage: python scripts/new_section.py 11-my-topic [--title "My topic"]

The template is a finished small section in ``scripts/section/``: a theory notebook, a master and a
misconception bank, with four placeholders. They are filled in, executed and released in a folder
of their own, and moved to their places only when all of that went well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for place in (ROOT, ROOT / "scripts"):  # this checkout's own modules, whatever is installed
    sys.path.insert(0, str(place))

from execute import execute  # noqa: E402
from pages import PageError, Row, with_readme_row, with_start_row  # noqa: E402

from grader.layout import GraderError, Repository, refused, shown, write  # noqa: E402

__all__ = ["main", "make_section", "named", "next_number", "package"]

TEMPLATE = ROOT / "scripts" / "section"
#: No section: wherever it stands, its number is free for one.
APPENDIX = "11-appendix"
NAME = re.compile(r"[0-9][0-9]-[a-z0-9]+(?:-[a-z0-9]+)*")
TITLE = re.compile(r"\w[\w ,.:'’–()&?!-]*")
LEFT = re.compile(r"@[A-Z]+@")
#: The sentence that the template's theory begins with; while it stands, the page is the template.
MARK = "This page is a template"
OWNS = "weighted means of two noisy gradients"
QUESTION = "A second worker is worse: average, or send it home?"


def taken(root: Path) -> dict[str, str]:
    """Map the numbers in use to the folder or notebook that has each."""
    places = [path for where in ("notebooks", "solutions") for path in root.glob(f"{where}/*")]
    numbered = ((re.match(r"(\d\d)-", path.name), path.stem) for path in places)
    return {found[1]: stem for found, stem in numbered if found and stem != APPENDIX}


def next_number(root: Path) -> str:
    """Return the number after the highest in use."""
    return f"{max(map(int, taken(root)), default=0) + 1:02d}"


def level(slug: str) -> str:
    """Return a section's stars: the further on it is, the more it asks for."""
    return "★" * (1 + (slug[:2] > "03") + (slug[:2] > "07"))


def package(slug: str) -> str:
    """Return the name of a section's package in the misconception bank."""
    return f"s{slug.replace('-', '_')}"


def places(root: Path, slug: str) -> list[Path]:
    """Return the three folders of a section."""
    bank = root / "tests" / "misconceptions" / package(slug)
    return [root / "notebooks" / slug, root / "solutions" / slug, bank]


def named(root: Path, name: str) -> str:
    """Return the name if a new section can have it.

    Raises
    ------
    GraderError
        If it is no name for a section, or its number or a folder is taken.
    """
    free = next_number(root)
    words = "-".join(re.findall(r"[a-z0-9]+", re.sub(r"^\W*\d*", "", name.lower()))) or "my-topic"
    if not NAME.fullmatch(name):
        raise GraderError(
            f"{name!r} is no name for a section: two digits and words in small letters, joined by "
            f"hyphens; try NAME={free}-{words}"
        )
    if owner := taken(root).get(name[:2]):
        raise GraderError(f"{name[:2]} is the number of {owner}; try NAME={free}-{words}")
    for path in places(root, name):
        if path.exists():
            raise GraderError(f"{shown(path)} is there already; delete it or choose another name")
    for path in sorted(root.glob("notebooks/*/theory.ipynb")):
        if MARK in path.read_text(encoding="utf-8"):
            raise GraderError(
                f"{shown(path)} still holds the template's text, which may stand in one section "
                "only; write that section first, or delete it"
            )
    return name


def filled(text: str, values: dict[str, str], *, quoted: bool) -> str:
    """Fill in the placeholders; in JSON the values are quoted as its strings are."""
    for key, value in values.items():
        text = text.replace(
            f"@{key}@", json.dumps(value, ensure_ascii=False)[1:-1] if quoted else value
        )
    if left := LEFT.search(text):
        raise GraderError(f"the template has a placeholder without a value, {left[0]}")
    return text


def build(folder: Path, slug: str, title: str, say: Callable[[str], None]) -> None:
    """Lay a section down in an empty folder, executed and released.

    Raises
    ------
    GraderError
        If a notebook can't be executed or the master has faults: the template has to be mended.
    """
    values = {"NUMBER": slug[:2], "SLUG": slug, "TITLE": title, "LEVEL": level(slug)}
    notebooks, solutions, bank = places(folder, slug)
    copies = {
        TEMPLATE / "theory.ipynb": notebooks / "theory.ipynb",
        TEMPLATE / "exercises.ipynb": solutions / "exercises.ipynb",
        **{path: bank / path.name for path in (TEMPLATE / "misconceptions").glob("*.py")},
    }
    for source, target in copies.items():
        text = source.read_text(encoding="utf-8")
        text = filled(text, values, quoted=source.suffix == ".ipynb")
        write(target, text.encode())
    for path in (notebooks / "theory.ipynb", solutions / "exercises.ipynb"):
        say(f"executing {path.relative_to(folder)}")
        if problem := execute(path):
            raise GraderError(f"{shown(TEMPLATE / path.name)}: {problem.splitlines()[0]}")
    from grader.release import release  # late: it loads nbgrader

    release(Repository(folder), slug)


def settle(root: Path, folder: Path, slug: str, pages: dict[Path, bytes]) -> None:
    """Move what was built to its place and write the changed pages; undo it all if one fails."""
    undo: list[Callable[[], object]] = []
    try:
        for source, target in zip(places(folder, slug), places(root, slug), strict=True):
            os.rename(source, target)
            undo.append(partial(os.rename, target, source))
        for path, data in pages.items():
            before = path.read_bytes()
            undo.append(partial(write, path, before, synced=True))
            write(path, data, synced=True)
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        raise


def make_section(root: Path, name: str, title: str = "", say: Callable[[str], None] = print) -> str:
    """Make a section in a checkout.

    Parameters
    ----------
    root
        The checkout.
    name
        Number and words, such as ``11-my-topic``.
    title
        The section's title; by default the words of the name.
    say
        Takes a line about what is being done.

    Returns
    -------
    str
        The section's name.

    Raises
    ------
    GraderError
        If the name can't be had or the template doesn't hold; nothing is changed then.
    """
    slug = named(root, name)
    title = title or slug[3:].replace("-", " ").capitalize()
    if not TITLE.fullmatch(title):
        raise GraderError(f"{title!r} is no title: letters, digits, blanks and ,.:'–()&?!- only")
    scratch = root / ".build"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="section-", dir=scratch) as name_of_it:
        folder = Path(name_of_it)
        build(folder, slug, title, say)
        row = Row.of(folder / "notebooks" / slug, title, level(slug), OWNS, QUESTION)
        start, readme = root / "notebooks" / "00-start-here.ipynb", root / "README.md"
        try:
            pages = {start: with_start_row(start, row), readme: with_readme_row(readme, row)}
        except PageError as error:
            raise GraderError(str(error)) from None
        settle(root, folder, slug, pages)
    return slug


def farewell(slug: str) -> str:
    """Say what was made and what comes next."""
    return f"""\
made {slug}, a finished section on a small theme:
  notebooks/{slug}/theory.ipynb, and exercises.ipynb as students get it
  solutions/{slug}/exercises.ipynb, the master: solutions, hidden tests, rubrics
  tests/misconceptions/{package(slug)}/, wrong and right answers to each task
  its rows on the start page and in README.md
next: make check NAME={slug}, then CONTRIBUTING.md, from here to your own section in a day"""


def main(argv: list[str] | None = None) -> int:
    """Make the section that the command line names."""
    parser = argparse.ArgumentParser(prog="make section", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--title", default="")
    args = parser.parse_args(argv)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if not args.name:
        print(f"say which: make section NAME={next_number(ROOT)}-my-topic", file=sys.stderr)
        return 2
    try:
        print(farewell(make_section(ROOT, args.name, args.title)))
    except GraderError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{refused(error)}; nothing was changed", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was changed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
