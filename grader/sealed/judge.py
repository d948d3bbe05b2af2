"""Run a section's cells against a student's process, and say what each test cell came to.

Locked and test cells run here, in a namespace where the names that the student was asked for are
proxies; solution cells and what the student added run in the student's process. A test passes only
if its cell ran here to its end without an exception.

The judge runs in a process of its own, forked for one submission. Its events go to the worker,
which watches the clock, ends the student's process when it has to, and provides another.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from course_utils.checks import CheckFailed
from grader import results
from grader.sealed.channel import Channel, Gone
from grader.sealed.proxies import Conversation, Unjudgeable

__all__ = ["Step", "judge"]

MESSAGE_LIMIT = 500
PRINTED_LIMIT = 5000
#: Bytes that one submission may send to its judge.
ALLOWANCE = 256 * 2**20


@dataclass(frozen=True)
class Step:
    """One cell in the order of running.

    Parameters
    ----------
    role
        ``"student"``: runs in the student's process. ``"locked"``: in both. ``"test"``: here.
    name
        Grade id; for a cell without one, something to call it.
    source
        What the student's process runs.
    code
        What the judge runs.
    """

    role: str
    name: str
    source: str = ""
    code: CodeType | None = None

    @property
    def task(self) -> str:
        """The task that the cell belongs to."""
        return self.name.partition("-")[0]


class _Control:
    """The judge's line to its worker: events out, students' processes in."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def say(self, kind: str, name: str, outcome: str = "", message: str = "") -> None:
        limit = PRINTED_LIMIT if kind == "printed" else MESSAGE_LIMIT
        line = json.dumps([kind, name, outcome, message[:limit]])
        self.sock.sendall(line.encode("utf-8", "replace") + b"\n")

    def lost(self, name: str) -> tuple[str, str]:
        """Report that the student's process ended in a cell; return what it came to."""
        self.say("lost", name)
        outcome, message = json.loads(self.sock.recv(4096) or b"null") or ("", "")
        return outcome, message

    def student(self) -> Channel:
        """Ask for a student's process.

        Raises
        ------
        EOFError
            If there is none to be had any more.
        """
        self.say("student", "")
        _, descriptors, _, _ = socket.recv_fds(self.sock, 1, 1)
        if not descriptors:
            raise EOFError
        return Channel(socket.socket(fileno=descriptors[0]), ALLOWANCE)


class _Judge:
    def __init__(
        self,
        steps: list[Step],
        asked: tuple[str, ...],
        namespace: dict[str, Any],
        control: _Control,
    ) -> None:
        self.steps, self.asked, self.namespace, self.control = steps, asked, namespace, control
        self.talk: Conversation | None = None
        self.deadly: set[int] = set()  # student cells that ended their process: never run again
        self.broken: dict[str, tuple[str, str]] = {}  # by task, what became of its cell

    def start(self, upto: int) -> Conversation:
        """Get a student's process in which the cells before a place have run."""
        while True:
            talk = Conversation(self.control.student())
            for place in range(upto):
                step = self.steps[place]
                if place in self.deadly or not step.source:
                    continue
                if not self.run(talk, place):
                    break
            else:
                self.talk = talk
                return talk

    def run(self, talk: Conversation, place: int) -> bool:
        """Run one cell in the student's process; False if the process didn't survive it."""
        step = self.steps[place]
        self.control.say("start", step.name)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                error = talk.run(step.source, step.name)
        except Gone:
            self.deadly.add(place)
            self.talk = None
            self.broken[step.task] = self.control.lost(step.name)
            return False
        if step.role == "student" and (text := printed.getvalue()):
            self.control.say("printed", step.name, "", text)
        if error is not None and step.role == "student":
            text = f"The cell {step.name} stopped with {type(error).__name__}: {error}"
            self.broken.setdefault(step.task, (results.ERROR, text))
        return True

    def bind(self, talk: Conversation) -> None:
        """Let the namespace hold the student's names as they are now, and no others."""
        found = talk.look_up(self.asked)
        for name in self.asked:
            self.namespace.pop(name, None)
        self.namespace.update(found)

    def test(self, place: int) -> tuple[str, str]:
        """Run one test cell."""
        step = self.steps[place]
        talk = self.talk or self.start(place)
        assert step.code is not None
        self.control.say("start", step.name)
        memory = talk.memory_errors
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self.bind(talk)
                exec(step.code, self.namespace)
            return results.PASSED, ""
        except Gone:
            self.talk = None
            return self.control.lost(step.name)
        except CheckFailed as failure:
            outcome, message = failure.outcome, str(failure)
        except Exception as error:
            outcome, message = results.ERROR, f"{type(error).__name__}: {error}"
        if talk.memory_errors > memory:
            outcome = results.OUT_OF_MEMORY
        elif step.task in self.broken and "isn't there" in message:
            outcome, message = self.broken[step.task]
        return outcome, message

    def whole(self) -> None:
        """Run everything, in order."""
        for place, step in enumerate(self.steps):
            if step.role == "test":
                self.control.say("verdict", step.name, *self.test(place))
                continue
            if step.source:
                self.run(self.talk or self.start(place), place)
            if step.code is not None:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                    exec(step.code, self.namespace)


@contextlib.contextmanager
def _told(control: _Control) -> Iterator[None]:
    try:
        yield
        control.say("done", "")
    except Unjudgeable as fault:
        control.say("fault", "", "", str(fault))
    except EOFError:
        control.say("done", "")


def judge(
    steps: list[Step], asked: tuple[str, ...], namespace: dict[str, Any], control: socket.socket
) -> None:
    """Judge one submission; all that comes of it goes over the control socket.

    Parameters
    ----------
    steps
        All cells, in order.
    asked
        Names that the master's solution cells define.
    namespace
        What the master's open cells define, as the section's prelude left it.
    control
        Connected to the worker.
    """
    line = _Control(control)
    with _told(line):
        _Judge(steps, asked, namespace, line).whole()
