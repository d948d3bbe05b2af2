"""A second try for what a loaded machine may have caused, and for nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader import results
from grader.autograde import grade_section
from grader.results import Verdict
from grader.sealed.worker import Judged

from .conftest import SLUG, Graded
from .test_autograde import Instant, batch, outcomes
from .test_autograde import again as again  # the fixture


class Lucky(Instant):
    """An engine in which the second try passes everything, and the first loses a process."""

    tries = Path()

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        with Lucky.tries.open("a") as file:
            file.write("x")
        judged = super().run(notebook, seed, tasks)
        if Lucky.tries.read_text() == "x":
            judged.verdicts["task1-visible"] = Verdict(results.FAILED, "wrong")
            judged.verdicts["task1-hidden"] = Verdict(results.CRASHED, "gone")
        return judged


def test_only_what_is_in_doubt_is_tried_again(
    again: Graded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("grader.autograde.SealedEngine", Lucky)
    monkeypatch.setattr(Lucky, "tries", tmp_path / "tries")
    (anna,) = grade_section(batch(again, force=True, students=["anna"]), SLUG)
    assert Lucky.tries.read_text() == "xx"
    assert outcomes(anna)["task1-visible"] == ("failed", 0)  # a guess that failed has failed
    assert outcomes(anna)["task1-hidden"] == ("passed", 50)
