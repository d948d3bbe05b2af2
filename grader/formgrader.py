"""Open nbgrader's formgrader on the course folder, for the answers that are graded by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from grader.database import OURS, SETTING, opened, server
from grader.layout import CourseFolder, GraderError, shown, write

__all__ = ["configure", "open_formgrader"]

CONFIG = """\
# Written by "python -m grader formgrader"; changes are overwritten.
from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# Students' Markdown is shown without anything in it that could run in your browser.
c.HTMLExporter.filters = {"markdown2html": "grader.sanitise.clean_markdown"}
c.HTMLExporter.preprocessors = ["grader.formserver.plain_names"]
# It would show this configuration, and with it the address of the gradebook, password and all.
c.FormgradeExtension.debug = False
"""


def configure(course: CourseFolder) -> Path:
    """Write the configuration that nbgrader reads, and return its path.

    The formgrader lists the sections that have a folder in ``source/``. These stay empty, so that
    its button "Generate" can't put a release of its own in the place of ours.

    Raises
    ------
    GraderError
        If somebody else's configuration is there.
    """
    path = course.path / "nbgrader_config.py"
    if path.is_file() and not path.read_text(encoding="utf-8", errors="replace").startswith(OURS):
        raise GraderError(
            f"{shown(path)}: not written by the grader, which would overwrite it; give it another "
            f"name, and write settings into {SETTING} beside it"
        )
    for released in (course.path / "release").glob("*"):
        (course.path / "source" / released.name).mkdir(parents=True, exist_ok=True)
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

    Raises
    ------
    GraderError
        If the gradebook is on a server that can't be used, or :func:`configure` raises it.
    """
    if server(course):
        with opened(course):
            pass  # one line here, instead of an empty page there
    configure(course)
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [sys.executable, "-m", "grader.formserver", "--LabApp.default_url=/formgrader"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.chdir(course.path)
    sys.stdout.flush()
    os.execve(command[0], [*command, *arguments], environment)
