"""A student's process without a sandbox, a hostile one, and one shared worker with a sandbox."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import CheckFailed
from grader import results
from grader.sealed import endpoint, wire
from grader.sealed.channel import Channel
from grader.sealed.judge import Step
from grader.sealed.proxies import Conversation
from grader.sealed.worker import Clock, Judged, Worker


@contextlib.contextmanager
def conversing(source: str = "", *, allowance: int | None = None) -> Iterator[Conversation]:
    """Fork a student's process, run a cell in it, and talk."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            endpoint.serve(Channel(theirs))
        finally:
            os._exit(0)
    theirs.close()
    ours.settimeout(20)
    talk = Conversation(Channel(ours, allowance))
    try:
        if source:
            assert talk.run(source, "task1") is None
        yield talk
    finally:
        ours.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def answering(*frames: Any, then: Callable[[socket.socket], None] | None = None) -> Iterator[Any]:
    """Talk to a process that answers what it likes: values, or bytes as they are."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)

    def answer() -> None:
        with contextlib.suppress(OSError):
            theirs.recv(2**20)
            for frame in frames:
                body = frame if isinstance(frame, bytes) else wire.encode(frame)
                theirs.sendall(struct.pack("<I", len(body)) + body)
            if then:
                then(theirs)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield Conversation(Channel(ours, 2**20))
    finally:
        theirs.close()
        ours.close()
        thread.join(5)


def said(action: Callable[[checks.Task], object]) -> str:
    """Run a check and return its message, empty when it passes."""
    task = checks.Task("1", look="theory §1")
    try:
        with task:
            action(task)
    except CheckFailed as failure:
        return str(failure)
    return ""


def define(source: str, name: str = "f") -> Any:
    """Run a student's cell here, as the stock engine does, and return one of its names."""
    space: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<task1>", "exec"), space)
    return space[name]


@contextlib.contextmanager
def either(engine: str, source: str, name: str = "f") -> Iterator[Any]:
    """Give one of a student's names, as the stock engine or the sealed one has it."""
    if engine == "stock":
        yield define(source, name)
        return
    with conversing(source) as talk:
        yield talk.look_up([name])[name]


# -- the sandboxed side ----------------------------------------------------------------------------


def student(source: str, name: str = "task1") -> Step:
    return Step("student", name, source)


def test_cell(source: str, name: str) -> Step:
    return Step("test", name, code=compile(source, f"<{name}>", "exec"))


test_cell.__test__ = False  # type: ignore[attr-defined]


class Bench:
    """One worker for many tests; each sets its own clock."""

    def __init__(self, level: str) -> None:
        # As root a slot is a user id, and at the level of limits a submission's end takes every
        # process of that user with it: tests side by side must not share one.
        side = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        self.worker = Worker(level, slot=7 + side)

    def judge(self, *steps: Step, asked: str = "f g", **limits: Any) -> Judged:
        self.worker.clock = Clock(**{"cell_cpu": 20, "cell_wall": 40, **limits})
        space = {"np": np, "checks": checks, "__name__": "__main__"}
        return self.worker.judge(list(steps), tuple(asked.split()), space, seed=5)

    def inside(self, source: str, **limits: Any) -> str:
        """Run a cell in the sandbox and return what it printed."""
        judged = self.judge(student(source), **limits)
        assert not judged.stopped
        return judged.printed.get("task1", "")


DEFINE = 'task1 = checks.Task("1", look="§1")\n'
CHECK = DEFINE + "with task1:\n    task1.value(task1.call(f, x=2.0), 4.0)"
OTHER = (
    'task2 = checks.Task("2", look="§2")\nwith task2:\n    task2.value(task2.call(g, x=2.0), 6.0)'
)
G = student("def g(x):\n    return 3 * x", "task2")


def one(bench: Bench, source: str, test: str = CHECK, **limits: Any) -> tuple[str, str]:
    """Judge one answer; an honest one to another task beside it must pass."""
    judged = bench.judge(
        student(source), G, test_cell(test, "task1-a"), test_cell(OTHER, "task2-a"), **limits
    )
    assert not judged.stopped and not judged.faults
    assert judged.verdicts["task2-a"].outcome == results.PASSED
    verdict = judged.verdicts["task1-a"]
    return verdict.outcome, verdict.message


@pytest.fixture(scope="package")
def full() -> Iterator[Bench]:
    bench = Bench("full")
    yield bench
    bench.worker.close()


@pytest.fixture(scope="package")
def limits() -> Iterator[Bench]:
    bench = Bench("limits")
    yield bench
    bench.worker.close()
