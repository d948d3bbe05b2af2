"""Judge assembled notebooks: student code in a sandbox, tests in a judge."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from grader import nb, results
from grader.layout import GraderError
from grader.nb import NotebookNode
from grader.results import Verdict
from grader.sealed.house import Nursery
from grader.sealed.plan import Plan
from grader.sealed.sandbox import SandboxError
from grader.sealed.worker import Clock, Judged, Worker

__all__ = ["SealedEngine"]


class SealedEngine:
    """Judges the notebooks of one section, one after the other.

    Parameters
    ----------
    section
        From :func:`grader.sealed.plan.plan`.
    level
        Sandbox level, ``"full"`` or ``"limits"``.
    slot
        Number of the worker that it belongs to.
    clock
        How long things may take.
    nursery
        One that was started before, if there is one.
    """

    def __init__(
        self,
        section: Plan,
        level: str = "full",
        slot: int = 0,
        clock: Clock | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.section, self.level, self.slot, self.clock = section, level, slot, clock
        self.nursery = nursery
        self.worker: Worker | None = None
        self.own_faults: dict[str, str] | None = None  # of the master, by grade id
        self.untouched: dict[tuple[int, frozenset[str]], Judged] = {}  # by seed and tasks

    def run(
        self,
        notebook: NotebookNode,
        seed: int,
        tasks: Iterable[str] | None = None,
        *,
        untouched: bool = False,
    ) -> Judged:
        """Judge a notebook and fill in its outputs.

        Parameters
        ----------
        notebook
            From :func:`grader.assemble.assemble`.
        seed
            What hidden inputs are drawn from.
        tasks
            Judge these only; all by default.
        untouched
            Whether all its code is as it was handed out. Of such notebooks, which differ in
            nothing that runs, only the first is run.

        Raises
        ------
        GraderError
            If it can't be judged through no fault of the student: there is no sandbox to be had,
            or a test asks for what can't be sealed.
        """
        chosen = frozenset(self.section.tasks if tasks is None else tasks)
        same = (seed, chosen)
        if untouched and same in self.untouched:
            _fill(notebook, self.untouched[same])
            return self.untouched[same]
        try:
            if self.worker is None:
                nursery, self.nursery = self.nursery, None
                self.worker = Worker(self.level, self.slot, self.clock, nursery)
            judged = self.worker.judge(
                self.section.steps(notebook, chosen),
                self.section.asked,
                self.section.namespace,
                seed,
            )
        except SandboxError as error:
            raise GraderError(str(error)) from None
        if judged.stopped:
            raise GraderError(judged.stopped)
        self._settle(judged, seed)
        if untouched and not judged.wall_limited and not judged.doubts(judged.verdicts):
            self.untouched[same] = judged
        _fill(notebook, judged)
        return judged

    def _settle(self, judged: Judged, seed: int) -> None:
        """Decide whose fault it is that a test asked for what can't cross."""
        if not judged.faults:
            return
        if self.own_faults is None:
            assert self.worker is not None
            own = self.worker.judge(
                list(self.section.own), self.section.asked, self.section.namespace, seed
            )
            self.own_faults = own.faults
        for name, text in judged.faults.items():
            if name in self.own_faults:
                raise GraderError(f"{name}: {text}")
            # The same test with the master's answers asks for nothing of the kind.
            judged.verdicts[name] = Verdict(results.ERROR, f"The check stopped: {text}")

    def close(self) -> None:
        """End the nursery and all that it started."""
        if self.worker is not None:
            self.worker.close()
        elif self.nursery is not None:
            self.nursery.close()
        self.worker = self.nursery = None

    def __enter__(self) -> SealedEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _fill(notebook: NotebookNode, judged: Judged) -> None:
    """Show in the notebook what its cells printed and what its tests came to."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        number += 1
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{number}"
        text = judged.printed.get(name, "")
        if verdict := judged.verdicts.get(name):
            mark = "✓" if verdict.outcome == results.PASSED else "✗"
            text = f"{mark} {verdict.message or verdict.outcome}\n"
        cell.outputs = [nb.output("stream", name="stdout", text=text)] if text else []
