"""Lay out the sources that Sphinx builds the site from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from grader.bundle import collect, packed
from grader.layout import GraderError, Repository, shown, write
from grader.leaks import grader_secrets, master_secrets, search
from grader.site import documents, notebooks
from grader.site.catalogue import Catalogue, catalogue, read

__all__ = ["downloads", "lay_out"]

#: Alphabets in which no formula is written; their glyphs are half of the font.
OTHER_ALPHABETS = ("arabic", "braille", "cherokee", "cyrillic", "devanagari", "hebrew", "phonetics")
MATHJAX = (
    "LICENSE",
    "startup.js",
    "core.js",
    "input/tex.js",
    "output/svg.js",
    "a11y/assistive-mml.js",
)
OWN = {"index.md": "index.md", "map.md": "map.md", "topics.md": "11-appendix/topics.md"}


def pages(repository: Repository) -> Iterator[Path]:
    """Iterate over the notebooks that become pages, in the order of the course.

    Student notebooks are named one by one, so that no other file can get in.
    """
    root = repository.root / "notebooks"
    yield root / "00-start-here.ipynb"
    for slug in repository.sections():
        yield repository.student_notebook(slug).with_name("theory.ipynb")
        yield repository.student_notebook(slug)
    appendix = (root / "11-appendix").glob("*.ipynb")
    yield from sorted(appendix, key=lambda path: (path.stem == "bibliography", path.stem))


def lay_out(repository: Repository, modules: Path, folder: Path) -> None:
    """Write what Sphinx needs into an empty folder.

    Parameters
    ----------
    repository
        The checkout.
    modules
        The ``node_modules`` folder with MathJax.
    folder
        Where to write.

    Raises
    ------
    GraderError
        If a notebook is missing, or lacks what the site's own pages list.
    """
    known = [path.relative_to(repository.root).as_posix() for path in pages(repository)]
    texts = sorted((repository.root / "docs").glob("*.md"))
    known += [path.relative_to(repository.root).as_posix() for path in texts]
    for path in pages(repository):
        below = ["exercises"] if path.name == "theory.ipynb" else None
        made = notebooks.prepared(read(path), below)
        target = folder / path.relative_to(repository.root / "notebooks")
        write(target, json.dumps(made, ensure_ascii=False).encode())
    for path in texts:
        text = documents.prepared(path.read_text(encoding="utf-8"), "docs", known)
        write(folder / "docs" / path.name, text.encode())
    for path in (repository.root / "docs").glob("*.*"):
        if path.suffix in (".png", ".svg"):
            write(folder / "docs" / path.name, path.read_bytes())
    _own_pages(repository, catalogue(repository), folder)
    site = repository.root / "site"
    shutil.copy(site / "conf.py", folder)
    shutil.copytree(site / "static", folder / "static")
    _mathjax(modules, folder / "static" / "mathjax")


def _own_pages(repository: Repository, found: Catalogue, folder: Path) -> None:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(repository.root / "site" / "pages"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    appendix = [path for path in pages(repository) if path.parent.name == "11-appendix"]
    values = {
        **vars(found),
        "cards": found.cards,
        "cards_of": {chapter.number: chapter.cards for chapter in found.chapters},
        "slugs": {section.number: section.slug for section in found.sections},
        "appendix": [f"11-appendix/{path.stem}" for path in appendix],
        "documents": [f"docs/{path.stem}" for path in sorted(folder.glob("docs/*.md"))],
        "bundle": repository.bundle.name,
    }
    for name, target in OWN.items():
        write(folder / target, environment.get_template(name).render(values).encode())
    write(folder / "first-figure.png", found.picture)


def _mathjax(modules: Path, folder: Path) -> None:
    """Copy of MathJax what the pages can ask for."""
    font = modules / "@mathjax" / "mathjax-newcm-font"
    copied = {modules / "mathjax" / name: folder / name for name in MATHJAX}
    copied[font / "svg.js"] = folder / font.name / "svg.js"
    for part in (font / "svg" / "dynamic", modules / "mathjax" / "input" / "tex" / "extensions"):
        if not part.is_dir():
            raise GraderError(f"{shown(part)}: MathJax has no such folder any more")
        base = font.parent if font in part.parents else modules / "mathjax"
        for path in part.glob("*.js"):
            if not path.name.startswith(OTHER_ALPHABETS):
                copied[path] = folder / path.relative_to(base)
    for path, target in copied.items():
        if not path.is_file():
            raise GraderError(f"{shown(path)}: MathJax has no such file any more")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def downloads(repository: Repository, folder: Path) -> None:
    """Put the notebooks beside their pages, and all of them into one zip file.

    Raises
    ------
    GraderError
        If a secret of a master is in one of them.
    """
    files = collect(repository)
    if leaks := search(files, [*master_secrets(repository), *grader_secrets(repository)]):
        raise GraderError("\n".join(map(str, leaks)))
    for path in pages(repository):
        target = folder / path.relative_to(repository.root / "notebooks")
        target.write_bytes(path.read_bytes())
    (folder / repository.bundle.name).write_bytes(packed(files))
