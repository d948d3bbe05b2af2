"""Nurseries that load no more than the tiny section needs, for tests that start many.

Named as a preload of Dask's workers, this module lets their outposts have such ones, too.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from grader import remote

__all__ = ["dask_setup", "light_outpost", "start_light_nurseries"]

LIGHT = (
    "import sys; from grader.sealed import nursery; nursery.PRELOADED = ('numpy',); "
    "nursery.main(*sys.argv[1:])"
)
OUTPOST = "import sys, grader.outpost; from tests.grader import light; light.light_outpost()"


def start_light_nurseries(patch: pytest.MonkeyPatch) -> None:
    """Start light ones from here on, as long as the patch lasts."""
    start = subprocess.Popen.__init__

    def lighter(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        if "grader.sealed.nursery" in args:
            place = args.index("-m")
            args = [*args[:place], "-c", LIGHT, *args[place + 2 :]]
        start(self, args, *rest, **options)

    patch.setattr(subprocess.Popen, "__init__", lighter)


def light_outpost() -> None:
    from grader import outpost

    start_light_nurseries(pytest.MonkeyPatch())
    outpost.main(*sys.argv[1:])


def dask_setup(worker: Any) -> None:
    """Dask calls this when a worker starts."""
    remote.PROGRAM = ("-P", "-c", OUTPOST)
