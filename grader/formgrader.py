"""Open nbgrader's formgrader on the course folder, for the answers that are graded by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from grader.layout import CourseFolder, write

__all__ = ["configure", "open_formgrader"]

CONFIG = """\
# Written by "python -m grader formgrader"; changes are overwritten.
from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# Students' Markdown is shown without anything in it that could run in your browser.
c.HTMLExporter.filters = {"markdown2html": "grader.sanitise.clean_markdown"}
"""


def configure(course: CourseFolder) -> Path:
    """Write the configuration that nbgrader reads, and return its path.

    The formgrader lists the sections that have a folder in ``source/``. These stay empty, so that
    its button "Generate" can't put a release of its own in the place of ours.
    """
    for released in (course.path / "release").glob("*"):
        (course.path / "source" / released.name).mkdir(parents=True, exist_ok=True)
    path = course.path / "nbgrader_config.py"
    write(path, CONFIG.encode())
    return path


def open_formgrader(course: CourseFolder, arguments: list[str]) -> NoReturn:
    """Turn this process into JupyterLab's server on the course folder.

    Parameters
    ----------
    course
        The course folder.
    arguments
        Further arguments of ``jupyter lab``.
    """
    configure(course)
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [sys.executable, "-m", "jupyter", "lab", "--LabApp.default_url=/formgrader"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.chdir(course.path)
    sys.stdout.flush()
    os.execve(command[0], [*command, *arguments], environment)
