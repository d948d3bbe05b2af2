"""Stock nbgrader with its default settings, to measure against: releases or grades one section.

Run as ``python -m grader.bench_stock generate_assignment|autograde FOLDER SLUG``. Like the command
``nbgrader autograde``, this grades all submissions in one process.
"""

from __future__ import annotations

import sys


def main(what: str, folder: str, slug: str) -> int:
    """Call nbgrader's own interface and return the exit status."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = folder
    api = NbGraderAPI(config=config)
    done = api.autograde(slug, "*") if what == "autograde" else api.generate_assignment(slug)
    print(done.get("error") or "", done.get("log") or "")
    return 0 if done["success"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
