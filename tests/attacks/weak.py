"""The grader with one guard off at a time."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils.checks import CheckFailed
from grader import assemble, results
from grader.results import Verdict
from grader.sealed import house, judge, plan, proxies, remote, wire, worker
from grader.sealed.engine import SealedEngine
from grader.sealed.worker import Judged
from tests.attacks.harness import Range

__all__ = ["JUDGE_GUARDS", "Unsealed", "strict", "weaken_nursery"]

Patch = pytest.MonkeyPatch


def weaken_nursery(patch: Patch, made: Range, *guards: str, **environment: str) -> None:
    """Let the nursery be started without some of its guards."""
    real = house.subprocess.Popen
    names = ",".join(guards)

    def start(command: list[str], **how: Any) -> Any:
        module = command.index("grader.sealed.nursery")
        command = [*command[:module], "tests.attacks.weak_nursery", names, *command[module + 1 :]]
        how["env"] = {
            **how["env"],
            "MASTER": str(made.repository.master("01-range")),
            "OPEN_FOLDER": str(made.root / "open"),
            **environment,
        }
        return real(command, **how)

    patch.setattr(house.subprocess, "Popen", start)


class Unsealed(SealedEngine):
    """Runs tests where the student's code runs, as other graders do."""

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        read, write = os.pipe()
        if os.fork() == 0:
            try:
                os.write(write, pickle.dumps(_exposed(self.section.steps(notebook))))
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as file:
            data = file.read()
        os.wait()
        return Judged(pickle.loads(data) if data else {})


def _exposed(steps: list[judge.Step]) -> dict[str, Verdict]:
    space: dict[str, Any] = {"__name__": "__main__"}
    verdicts = {}
    for step in steps:
        verdict = Verdict(results.PASSED)
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(step.code or step.source, space)
            except CheckFailed as failure:
                verdict = Verdict(results.FAILED, str(failure))
            except BaseException as error:
                verdict = Verdict(results.ERROR, str(error))
        if step.role == "test":
            verdicts[step.name] = verdict
    return verdicts


def _pickles(patch: Patch) -> None:
    readers = {ord("P"): lambda reader, depth: pickle.loads(reader.take(reader.length()))}
    patch.setattr(wire, "_READERS", wire._READERS | readers)


def _compared_where_it_lives(patch: Patch) -> None:
    for kind in (remote.Proxy, remote._Function, remote._Items):
        patch.setattr(kind, "__eq__", lambda self, other: True)


def _written_back(patch: Patch) -> None:
    patch.setattr(remote._Function, "__call__", remote._Function.call_in_place)


def _rewound(patch: Patch) -> None:
    real = remote._Function.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result, changed = self._talk.ask_call(self._reference, args, kwargs)
        for key, value in changed.items():
            given = kwargs[key] if key in kwargs else args[key]
            if isinstance(given, np.random.Generator):
                given.bit_generator.state = value
        return result

    assert callable(real)
    patch.setattr(remote._Function, "__call__", call)


def _all_names(patch: Patch) -> None:
    def look_up(self: Any, names: Any) -> dict[str, Any]:
        found = self.request("names", list(names))[1]
        return {name: self.arrive(value) for name, value in found.items()}

    patch.setattr(proxies.Conversation, "look_up", look_up)


def _stop_iteration(patch: Patch) -> None:
    real = proxies._exception

    def made(kinds: Any, text: Any, place: Any) -> Exception:
        return StopIteration() if "StopIteration" in kinds else real(kinds, text, place)

    patch.setattr(proxies, "_exception", made)


def _objections(patch: Patch) -> None:
    nothing = property(lambda self: None, lambda self, value: None)
    patch.setattr(proxies.Conversation, "objection", nothing, raising=False)


def _tests_of_the_student(patch: Patch) -> None:
    patch.setattr(assemble, "_writable", lambda cell: True)
    real = plan.Plan.steps

    def steps(self: Any, notebook: Any, tasks: Any = None) -> list[judge.Step]:
        sources = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in notebook.cells}
        return [
            judge.Step("test", step.name, code=compile(sources[step.name], step.name, "exec"))
            if step.role == "test"
            else step
            for step in real(self, notebook, tasks)
        ]

    patch.setattr(plan.Plan, "steps", steps)


def _no_end(patch: Patch) -> None:
    def end(self: Any, wait: float = 0.0, *, stay: bool = True) -> str:
        os.close(self.status)
        self.talk.close()
        return "killed"

    patch.setattr(house.Student, "end", end)


def strict(patch: Patch) -> None:
    patch.setattr(worker, "GRACE", 0.3)


def _patient(patch: Patch) -> None:
    patch.setattr(worker, "PATIENCE", 100.0)
    patch.setattr(worker, "GRACE", 100.0)


#: What is off in the grader itself, by what it guards.
JUDGE_GUARDS: dict[str, Callable[[Patch], None]] = {
    "exact types": _pickles,
    "proxies equal nothing": _compared_where_it_lives,
    "arguments stay": _written_back,
    "generators stay": _rewound,
    "asked names only": _all_names,
    "StopIteration doesn't travel": _stop_iteration,
    "objections are kept": _objections,
    "tests from the master": _tests_of_the_student,
    "an end for all": _no_end,
    "a clock": lambda patch: patch.setattr(worker._Watch, "overdue", lambda self: None),
    "an end for a stuck judge": _patient,
    "clean text": lambda patch: patch.setattr(judge, "_clean", lambda text: text),
}
