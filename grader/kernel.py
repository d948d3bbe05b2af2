"""The engine that runs a notebook in a Jupyter kernel, as nbgrader does.

It trusts the student's code: tests run beside it, and may be read and tampered with. What it does
not take over from nbgrader: a test that was not run, or whose reply never came, earns nothing; a
warning costs nothing; a number that a test returns is no partial credit.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader import utils
from nbgrader.preprocessors import Execute, LimitOutput

from grader import results
from grader.engine import EngineError, Limits
from grader.nb import NotebookNode
from grader.results import Verdict

__all__ = ["KernelEngine"]

LONGEST_MESSAGE = 500


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables and put back what was there."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Run(Execute):  # type: ignore[misc]
    """nbgrader's Execute, which goes on when a kernel dies and keeps the reply to each cell."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(timeout=limits.cell)
        self.limits = limits
        self.replies: dict[int, dict[str, Any]] = {}
        self.lost: dict[int, Verdict] = {}
        self.stopped = ""
        self.end = time.monotonic() + limits.notebook

    def setup_kernel(self, **options: Any) -> Any:
        # What the kernel process itself prints, such as a segfault's dump, is nobody's output.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return super().setup_kernel(**quiet, **options)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if cell.cell_type != "code":
            return cell, resources
        if not self.stopped and time.monotonic() > self.end:
            self.stopped = f"the notebook had used up its {self.limits.notebook} seconds"
        if self.stopped:
            self.lost[index] = Verdict(results.NOT_RUN, f"Not run: {self.stopped}.")
            return cell, resources
        try:
            return super().preprocess_cell(cell, resources, index)  # type: ignore[no-any-return]
        except DeadKernelError:
            self.stopped = "the kernel had stopped in an earlier cell"
            self.lost[index] = Verdict(results.CRASHED, "The kernel stopped while this cell ran.")
        except CellTimeoutError:
            self.lost[index] = self.too_slow()
        return cell, resources

    def on_cell_executed(self, **news: Any) -> None:
        super().on_cell_executed(**news)
        self.replies[news["cell_index"]] = news["execute_reply"]["content"]

    def too_slow(self) -> Verdict:
        text = f"Stopped after {self.limits.cell} seconds."
        return Verdict(results.OUT_OF_TIME, text)

    def verdict(self, index: int) -> Verdict:
        """Say what the test cell at this place came to; nothing but a reply "ok" is a pass."""
        if index in self.lost:
            return self.lost[index]
        reply = self.replies.get(index)
        if reply is None:
            return Verdict(results.NOT_RUN, "Not run.")
        if reply.get("status") == "ok":
            return Verdict(results.PASSED)
        name = str(reply.get("ename", ""))
        message = " ".join(str(reply.get("evalue", "")).split())[:LONGEST_MESSAGE]
        if name == "CellTimeoutError":
            return self.too_slow()
        if name == "CheckFailed":
            attempted = " not attempted yet" not in message
            return Verdict(results.FAILED if attempted else results.NOT_ATTEMPTED, message)
        if name == "NotImplementedError":
            return Verdict(results.NOT_ATTEMPTED, f"Not attempted yet: {message}".rstrip(": "))
        return Verdict(results.ERROR, f"{name}: {message}".strip(": ") or "Stopped with an error.")


class KernelEngine:
    """Runs each notebook in a fresh kernel."""

    name = "kernel"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def run(self, notebook: NotebookNode, seed: int) -> dict[str, Verdict]:
        """Run a notebook, see :class:`grader.engine.Engine`."""
        run = _Run(self.limits)
        with (
            tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as folder,
            environment(
                COURSE_GRADING_SEED=str(seed),
                NBGRADER_EXECUTION="autograde",
                IPYTHONDIR=os.path.join(folder, "ipython"),  # nobody's startup files
                OMP_NUM_THREADS="1",
            ),
        ):
            work = os.path.join(folder, "work")
            os.mkdir(work)
            try:
                run.preprocess(notebook, {"metadata": {"path": work}})
            except Exception as error:
                # Cells that die or hang are dealt with above, so this is the machinery.
                raise EngineError(f"{type(error).__name__}: {error}") from error
        LimitOutput().preprocess(notebook, {})
        return {
            cell.metadata.nbgrader.grade_id: run.verdict(index)
            for index, cell in enumerate(notebook.cells)
            if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)
        }
