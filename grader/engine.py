"""What an engine is: it runs an assembled notebook and says what each test came to.

The batch, the gradebook and the feedback know engines only by this protocol, so that another one
can take the place of :class:`grader.kernel.KernelEngine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grader.nb import NotebookNode
from grader.results import Verdict

__all__ = ["Engine", "EngineError", "Limits"]


class EngineError(Exception):
    """The engine itself failed: the submission could not be judged, and that is our fault."""


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds of wall time."""

    cell: int = 30
    notebook: int = 240


class Engine(Protocol):
    """Runs notebooks."""

    name: str

    def run(self, notebook: NotebookNode, seed: int) -> dict[str, Verdict]:
        """Run a notebook.

        Parameters
        ----------
        notebook
            From :func:`grader.assemble.assemble`; its outputs are filled in.
        seed
            What hidden inputs are drawn from, the same for all submissions of a batch.

        Returns
        -------
        dict
            For each test cell, by grade id, what it came to. A test that is missing was not run.

        Raises
        ------
        EngineError
            If it can't be judged through no fault of the student.
        """
