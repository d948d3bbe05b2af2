"""Build the course site."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.layout import GraderError, Repository, shown
from grader.leaks import master_secrets, search
from grader.site.packages import fetch
from grader.site.sources import downloads, lay_out

__all__ = ["build", "page_text"]

TAG = re.compile(r"<[^>]*>")
TITLED = re.compile(r'\b(?:alt|title|content)="([^"]*)"')


def build(repository: Repository, output: Path) -> int:
    """Build the site; nothing is executed, and nothing is fetched but what the npm lock names.

    Parameters
    ----------
    repository
        The checkout.
    output
        The folder to write; it is replaced when all has gone well, and left alone otherwise.

    Returns
    -------
    int
        How many pages it has.

    Raises
    ------
    GraderError
        If npm or a notebook is missing, if Sphinx warns of something (a link that leads nowhere,
        say), or if a page holds a line of a solution, a hidden test or a model answer.
    """
    _replaceable(output)
    modules = fetch(repository)
    parent = repository.root / ".build"
    with tempfile.TemporaryDirectory(dir=parent, prefix="site-") as scratch:
        source, made = Path(scratch, "source"), Path(scratch, "made")
        lay_out(repository, modules, source)
        _sphinx(source, made)
        pages = sorted(made.rglob("*.html"))
        _refuse_leaks(repository, made, pages)
        downloads(repository, made)
        _replace(output, made)
    return len(pages)


def _replaceable(output: Path) -> None:
    if output.exists() and not (output / "searchindex.js").is_file() and any(output.iterdir()):
        raise GraderError(f"{shown(output)}: holds something else than a site; name another folder")


def _sphinx(source: Path, made: Path) -> None:
    """Run Sphinx in a process of its own: it changes docutils, and its warnings are errors."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-E", "-W", "--keep-going"]
    command += ["-d", str(source.with_name("doctrees")), str(source), str(made)]
    # Sphinx imports from the current folder too, where there is a folder 'site'.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        said = done.stderr.replace(f"{source}{os.sep}", "").strip()
        raise GraderError(f"the site isn't built: Sphinx complains (pages by their source)\n{said}")


def page_text(page: str) -> str:
    """Return what a reader of an HTML page gets, its pictures' alt texts included."""
    said = "\n".join(TITLED.findall(page))
    return html.unescape(f"{TAG.sub('', page)}\n{said}")


def _refuse_leaks(repository: Repository, made: Path, pages: list[Path]) -> None:
    secrets = master_secrets(repository)
    files = {
        path.relative_to(made).as_posix(): page_text(path.read_text(encoding="utf-8")).encode()
        for path in pages
    }
    files["searchindex.js"] = (made / "searchindex.js").read_bytes()
    if leaks := search(files, secrets):
        raise GraderError("\n".join(map(str, leaks)))


def _replace(output: Path, made: Path) -> None:
    """Put the new folder in the old one's place, which is away for an instant at most."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".site-") as beside:
        fresh = Path(beside, "new")
        shutil.move(made, fresh)  # perhaps from another disk
        if output.exists():
            os.replace(output, Path(beside, "old"))
        os.replace(fresh, output)
