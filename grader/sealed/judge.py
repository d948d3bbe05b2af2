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
import os
import signal
import socket
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, ClassVar

from course_utils.checks import CheckFailed
from grader import results
from grader.sealed.channel import Channel, Gone
from grader.sealed.proxies import Conversation, Unjudgeable

__all__ = ["WAKE", "Step", "Unwritten", "judge", "mentioned"]

MESSAGE_LIMIT = 500
PRINTED_LIMIT = 5000
#: Bytes that one process of a student's may send to its judge.
ALLOWANCE = 256 * 2**20
#: After so many test cells of a task that ran out of time, the rest of them isn't run: one endless
#: loop must not use up the time of the tasks after it.
STRIKES = 2
#: What the worker says of a cell that began when its student's process had been ended already.
AGAIN = "again"
#: What the worker sends to a judge that doesn't notice that its student's process was ended.
WAKE = signal.SIGUSR1


@dataclass(frozen=True)
class Unwritten:
    """What a test comes to where none of the functions that it asks for is written.

    It comes to that whatever the test draws and computes before, which needn't be done then.

    Parameters
    ----------
    names
        The functions.
    before, name, after
        The message, with the name of the function whose own text stands in between.
    task
        Name of the task that the test enters, which counts that.
    definitions
        What the test defines for later cells, too, before it begins.
    """

    MARK: ClassVar[str] = "\x00"

    names: frozenset[str]
    before: str
    name: str
    after: str
    task: str
    definitions: CodeType

    def message(self, namespace: Mapping[str, Any]) -> str:
        """Return the message where this is so, else an empty text."""
        texts = {}
        for name in self.names:
            raises = getattr(namespace.get(name), "_raises", None)
            if raises is None or not raises[1][2]:
                return ""  # that without a text is told in other words
            texts[name] = raises[1][2]
        return f"{self.before}{texts[self.name]}{self.after}"


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
    unwritten
        What it comes to where nothing is written, if that is known.
    """

    role: str
    name: str
    source: str = ""
    code: CodeType | None = None
    unwritten: Unwritten | None = None

    @property
    def task(self) -> str:
        """The task that the cell belongs to."""
        return self.name.partition("-")[0]


class NoMoreError(BaseException):
    """There is no further student's process to be had: the submission's time is used up."""


class OverdueError(BaseException):
    """The cell's time is over, and the judge itself was still at it."""


def _clean(text: str) -> str:
    """Keep what can be shown anywhere; the text may be the student's."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def mentioned(code: CodeType) -> set[str]:
    """Names that some code, or a function in it, may look up."""
    found = set(code.co_names)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            found |= mentioned(part)
    return found


class _Control:
    """The judge's line to its worker: events out, students' processes in."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.held = b""

    def say(self, kind: str, name: str, outcome: str = "", message: str = "") -> None:
        """Tell of something, and of what was held back."""
        self.hold(kind, name, outcome, message)
        self.flush()

    def hold(self, kind: str, name: str, outcome: str = "", message: str = "") -> None:
        """Tell of something together with what comes next, which has to be soon."""
        limit = PRINTED_LIMIT if kind == "printed" else MESSAGE_LIMIT
        line = json.dumps([kind, name, outcome, _clean(message[:limit])])
        self.held += line.encode() + b"\n"

    def flush(self) -> None:
        """Tell of what was held back."""
        held, self.held = self.held, b""
        self.sock.sendall(held)

    def lost(self, name: str) -> tuple[str, str]:
        """Report that the student's process ended in a cell; return what it came to.

        Where that isn't the cell's doing, it is :data:`AGAIN`.
        """
        self.say("lost", name)
        outcome, message = json.loads(self.sock.recv(4096) or b"null") or ("", "")
        return outcome, message

    def student(self) -> Channel:
        """Ask for a student's process.

        Raises
        ------
        NoMoreError
            If there is none to be had any more.
        """
        self.say("student", "")
        _, descriptors, _, _ = socket.recv_fds(self.sock, 1, 1)
        if not descriptors:
            raise NoMoreError
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
        self.strikes: Counter[str] = Counter()  # by task
        self.exposed = False  # to the worker's signal
        signal.signal(WAKE, self.wake)

    def wake(self, number: int, frame: FrameType | None) -> None:
        """Leave the cell that is running here."""
        if self.exposed:
            self.exposed = False
            raise OverdueError

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
        try:
            with _silence() as printed:
                error = talk.run(step.source, step.name)
        except Gone:
            lost = self.control.lost(step.name)
            if lost[0] == AGAIN:
                return talk is self.talk and self.run(self.start(place), place)
            self.deadly.add(place)
            self.talk = None
            self.broken[step.task] = lost
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

    def pass_over(self, unwritten: Unwritten) -> None:
        """Leave a test there if nothing that it asks for is written: what it comes to is known."""
        if text := unwritten.message(self.namespace):
            exec(unwritten.definitions, self.namespace)
            self.namespace[unwritten.task].__enter__()
            raise CheckFailed(text, results.NOT_ATTEMPTED)

    def execute(self, place: int) -> None:
        """Run a cell here, with the student's names in it.

        Raises
        ------
        Gone
            If the student's process ended, even where the cell caught that.
        """
        step = self.steps[place]
        assert step.code is not None
        talk = self.talk or self.start(place)
        with _silence():
            if step.unwritten and talk.knows(self.asked):
                # Nothing of the student's runs for it, so that it needs no clock.
                self.bind(talk)
                self.pass_over(step.unwritten)
            self.control.say("start", step.name)
            try:
                self.exposed = True
                self.bind(talk)
                if step.unwritten:
                    self.pass_over(step.unwritten)
                exec(step.code, self.namespace)
                self.exposed = False
            except OverdueError:
                raise Gone("out of time") from None
            finally:
                self.exposed = False
        if talk.over:
            raise Gone(talk.over)

    def test(self, place: int) -> tuple[str, str]:
        """Run one test cell."""
        step = self.steps[place]
        if self.strikes[step.task] >= STRIKES:
            return results.OUT_OF_TIME, "Not run: earlier checks of this task ran out of time."
        memory = self.talk.memory_errors if self.talk else 0
        try:
            self.execute(place)
            return results.PASSED, ""
        except Gone:
            self.talk = None
            outcome, message = self.control.lost(step.name)
            if outcome == AGAIN:
                return self.test(place)
            self.strikes[step.task] += outcome == results.OUT_OF_TIME
            return outcome, message
        except (NoMoreError, Unjudgeable):
            raise
        except CheckFailed as failure:
            outcome, message = failure.outcome, str(failure)
        except BaseException as error:
            outcome, message = results.ERROR, f"{type(error).__name__}: {error}"
        if self.talk and self.talk.memory_errors > memory:
            outcome = results.OUT_OF_MEMORY
        elif step.task in self.broken and "isn't there" in message:
            outcome, message = self.broken[step.task]
        return outcome, message

    def locked(self, place: int) -> None:
        """Run a locked cell here; what it raises is nobody's loss by itself."""
        step = self.steps[place]
        assert step.code is not None
        if mentioned(step.code).isdisjoint(self.asked):
            self.control.flush()  # it may take a while
            with _silence(), contextlib.suppress(Exception):
                exec(step.code, self.namespace)
            return
        try:
            self.execute(place)
        except Gone:
            self.talk = None
            if self.control.lost(step.name)[0] == AGAIN:
                self.locked(place)
        except (NoMoreError, Unjudgeable):
            raise
        except BaseException:
            return

    def whole(self) -> None:
        """Run everything, in order."""
        for place, step in enumerate(self.steps):
            try:
                if step.role == "test":
                    self.control.hold("verdict", step.name, *self.test(place))
                    continue
                if step.source:
                    self.run(self.talk or self.start(place), place)
                if step.code is not None:
                    self.locked(place)
            except Unjudgeable as fault:
                self.control.say("fault", step.name, "", str(fault))
                self.talk = None  # where the talk stands is not known


@contextlib.contextmanager
def _silence() -> Iterator[io.StringIO]:
    """Keep what is printed; warnings and the like cost nothing and are nobody's output."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        yield printed


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
    try:
        with contextlib.suppress(NoMoreError):
            _Judge(steps, asked, namespace, line).whole()
        line.say("done", "")
    except BaseException as error:
        if os.environ.get("COURSE_DEBUG"):
            traceback.print_exc()
        line.say("stopped", "", "", f"the judge stopped with {type(error).__name__}: {error}")
