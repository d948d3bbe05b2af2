"""The engine that seals: student code in a sandbox, tests in a judge."""

from __future__ import annotations

from types import TracebackType

from grader.engine import EngineError
from grader.layout import Repository
from grader.master import read_master
from grader.nb import NotebookNode
from grader.results import Verdict
from grader.sealed.plan import Plan, plan
from grader.sealed.sandbox import SandboxError
from grader.sealed.worker import Clock, Judged, Worker

__all__ = ["SealedEngine"]


class SealedEngine:
    """Judges notebooks one after the other; starts its nursery when the first one comes.

    Parameters
    ----------
    repository
        Where the masters are.
    level
        ``"full"`` or ``"limits"``.
    slot
        Number of the worker that it belongs to.
    clock
        How long things may take.
    """

    def __init__(
        self, repository: Repository, level: str = "full", slot: int = 0, clock: Clock | None = None
    ) -> None:
        self.name = f"sealed, sandbox {level}"
        self.repository, self.level, self.slot, self.clock = repository, level, slot, clock
        self.worker: Worker | None = None
        self.plans: dict[str, Plan] = {}

    def prepare(self, slug: str) -> Plan:
        """Compile a section's tests, once."""
        if slug not in self.plans:
            self.plans[slug] = plan(read_master(self.repository, slug))
        return self.plans[slug]

    def judge(self, notebook: NotebookNode, seed: int) -> Judged:
        """Judge an assembled notebook.

        Raises
        ------
        EngineError
            If there is no sandbox to be had, or a test can't be sealed.
        """
        section = self.prepare(notebook.metadata.course.section)
        try:
            if self.worker is None:
                self.worker = Worker(self.level, self.slot, self.clock)
            judged = self.worker.judge(
                section.steps(notebook), section.asked, section.namespace, seed
            )
        except SandboxError as error:
            raise EngineError(str(error)) from None
        if judged.fault:
            raise EngineError(judged.fault)
        return judged

    def run(self, notebook: NotebookNode, seed: int) -> dict[str, Verdict]:
        """Judge a notebook, see :class:`grader.engine.Engine`."""
        return self.judge(notebook, seed).verdicts

    def close(self) -> None:
        """End the nursery and all that it started."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def __enter__(self) -> SealedEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
