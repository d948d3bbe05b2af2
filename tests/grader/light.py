"""Nurseries that load no more than the tiny section needs, for tests that start many.

Named as a preload of Dask's workers, this module lets their outposts have such ones, too.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from grader import remote

__all__ = ["dask_setup", "light_outpost", "start_light_nurseries"]

LIGHT = (
    "import sys; from grader.sealed import nursery; nursery.PRELOADED = ('numpy',); "
    "nursery.main(*sys.argv[1:])"
)
OUTPOST = "import sys, grader.outpost; from tests.grader import light; light.light_outpost()"


def start_light_nurseries() -> None:
    start = subprocess.Popen.__init__

    def lighter(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        if "grader.sealed.nursery" in args:
            place = args.index("-m")
            args = [*args[:place], "-c", LIGHT, *args[place + 2 :]]
        start(self, args, *rest, **options)

    subprocess.Popen.__init__ = lighter  # type: ignore[method-assign]


def light_outpost() -> None:
    from grader import outpost

    start_light_nurseries()
    outpost.main(*sys.argv[1:])


def dask_setup(worker: Any) -> None:
    """Dask calls this when a worker starts."""
    remote.PROGRAM = ("-P", "-c", OUTPOST)
