"""JupyterLab with nbgrader's formgrader, mended for the work of people whom nobody trusts.

What is mended belongs to nbgrader 0.9: its pages show names of students as markup, its buttons
"Autograde" and "Generate feedback" run submissions unsealed and show hidden tests, and it keeps one
session with the gradebook for good, in which it sees grades as they were.
"""

from __future__ import annotations

import html
import sys
from typing import Any

__all__ = ["main", "mend", "plain_names"]

REFUSED = {"autograde": "make autograde", "generate_feedback": "make feedback"}
SHOWN = ("student", "first_name", "last_name", "notebook_path")


def plain_names(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """Let the page of a submission show names as they are; nbconvert calls this."""
    for name in SHOWN:
        if isinstance(resources.get(name), str):
            resources[name] = html.escape(resources[name])
    return notebook, resources


def _refuse(command: str) -> Any:
    def refused(*_: Any, **__: Any) -> dict[str, Any]:
        return {"success": False, "log": f"Not from here: run '{command}' in a terminal."}

    return refused


def mend() -> None:
    """Change nbgrader's server in this process."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.server_extensions.formgrader.base import BaseHandler
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    for name, command in REFUSED.items():
        setattr(NbGraderAPI, name, _refuse(command))

    settings = FormgradeExtension.init_tornado_settings

    def init_tornado_settings(self: Any, webapp: Any) -> None:
        settings(self, webapp)
        webapp.settings["nbgrader_jinja2_env"].autoescape = True

    finish = BaseHandler.on_finish

    def on_finish(self: Any) -> None:
        finish(self)
        # The next request sees what others wrote meanwhile, and a server that was started anew.
        if book := self.settings.get("nbgrader_gradebook"):
            book.db.remove()

    FormgradeExtension.init_tornado_settings = init_tornado_settings
    BaseHandler.on_finish = on_finish


def main() -> None:
    """Serve; the arguments are those of ``jupyter lab``."""
    from jupyterlab.labapp import main as serve  # type: ignore[import-untyped]

    mend()
    sys.exit(serve())


if __name__ == "__main__":
    main()
