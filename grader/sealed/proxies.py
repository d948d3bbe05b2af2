"""The judge's side of the talk with one student's process: requests, replies, oracles.

What a reply holds is plain data of exact types, or a proxy of something that stayed there.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.checks import SEED_VARIABLE
from grader.sealed import figuredata, wire
from grader.sealed.cells import OUTPUT_LIMIT
from grader.sealed.channel import Channel, Gone
from grader.sealed.remote import Proxy, Unjudgeable, proxy

__all__ = ["Conversation", "Proxy", "StudentError", "Unjudgeable"]

TEXT_LIMIT = 500
#: Arguments with which a function is known to raise, and the reply that says what.
Raises = tuple[frozenset[str], tuple[Any, ...]]
NESTING = 20  # a student's function asked by an oracle asked by a student's function …


class StudentError(Exception):
    """An exception that no test may raise as itself, raised in the student's process."""


def _exception(kinds: Any, text: Any, place: Any) -> Exception:
    """Make the nearest builtin exception of the same name, with the text that came along."""
    words = " ".join(str(text)[:TEXT_LIMIT].split()) if type(text) is str else ""
    names = [name for name in kinds if type(name) is str] if type(kinds) is list else []
    error: Exception = StudentError(f"{names[0]}: {words}"[:TEXT_LIMIT] if names else words)
    for name in names[:50]:
        kind = getattr(builtins, name, None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            continue
        if issubclass(kind, StopIteration | StopAsyncIteration):
            # As a generator does: it would end the loop of a test before its time.
            kind, words = RuntimeError, f"{name}: {words}"
        if issubclass(kind, KeyError):
            words = words.strip("'")  # it puts them there again
        with contextlib.suppress(TypeError):  # UnicodeError and its like want more than a text
            error = kind(words)
            break
    if isinstance(error, NameError):
        quoted = re.search(r"'([^']*)'", words)
        error.name = quoted[1] if quoted else "a name"
    # The line of the student's cell, which no traceback of this process shows.
    error.place = place[:TEXT_LIMIT] if type(place) is str else ""  # type: ignore[attr-defined]
    return error


class Conversation:
    """Asks a student's process, and answers its calls of oracles meanwhile.

    Parameters
    ----------
    channel
        Connected to :func:`grader.sealed.endpoint.serve`.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        # Kept while the process lives: an object of the student's may call one of them later.
        self.oracles: list[Callable[..., Any]] = []
        self.numbers: dict[int, int] = {}  # by identity
        self.depth = 0
        self.over = ""  # why nothing more can be asked
        self.objection: AssertionError | None = None  # a check inside an oracle that failed
        self.memory_errors = 0
        self.requests = 0
        #: Names that were asked for, after how many requests, and what came of it.
        self.known: tuple[tuple[str, ...], int, dict[Any, Any], Any] | None = None

    def broken(self, why: str) -> Gone:
        """Never ask again; returns what to raise."""
        self.over = self.over or why
        return Gone(self.over)

    # -- what goes out ---------------------------------------------------------------------------

    def _refer(self, value: Any) -> Any:
        if isinstance(value, Proxy):
            if value._talk is not self:
                raise Unjudgeable(
                    "a value of the student's is kept from one test cell to the next; ask anew"
                )
            return value._reference
        if isinstance(value, np.random.Generator):
            return _handed_over(value)
        if callable(value):
            number = self.numbers.setdefault(id(value), len(self.oracles))
            if number == len(self.oracles):
                self.oracles.append(value)
            return wire.Reference("callback", number)
        return None

    # -- what comes in ---------------------------------------------------------------------------

    def arrive(self, value: Any) -> Any:
        """Make proxies of the references in a value."""
        if isinstance(value, wire.Reference):
            if value.kind != "figure":
                return proxy(self, value)
            reply = self.request("figure", value)
            try:
                return figuredata.restore(reply[1] if len(reply) == 3 else None)
            except ValueError as error:
                raise wire.WireError(str(error)) from None
        if type(value) is list:
            return [self.arrive(item) for item in value]
        if type(value) is tuple:
            return tuple(self.arrive(item) for item in value)
        if type(value) is dict:
            return {key: self.arrive(item) for key, item in value.items()}
        if isinstance(value, wire.Stream):
            raise wire.WireError("a random stream from the student")
        return value

    def request(self, *message: Any) -> tuple[Any, ...]:
        """Ask and wait for the reply.

        Returns
        -------
        tuple
            The reply without what was printed, which goes to the judge's standard output.

        Raises
        ------
        Gone
            If the student's process has ended or its reply isn't one.
        Unjudgeable
            If the request can't cross.
        ValueError
            If it is too large to cross.
        """
        if self.over:
            raise Gone(self.over)
        self.requests += 1
        try:
            self.channel.send(message, self._refer)
        except wire.UnsendableError as error:
            raise Unjudgeable(f"a test hands over what can't cross: {error}") from None
        except wire.WireError as error:
            raise ValueError(f"too large to hand over: {error}") from None
        except Gone as error:
            raise self.broken(str(error)) from None
        self.depth += 1
        try:
            reply = self._reply()
        except Unjudgeable:
            self.broken("a test went wrong")
            raise
        except BaseException as error:
            # What comes after can't be told from what should have come: the talk is over.
            raise self.broken(f"{type(error).__name__}: {error}") from None
        finally:
            self.depth -= 1
        if self.objection and not self.depth:
            objection, self.objection = self.objection, None
            raise objection
        return reply

    def _reply(self) -> tuple[Any, ...]:
        while True:
            reply = self.channel.receive()
            if type(reply) is not tuple or len(reply) < 2 or type(reply[0]) is not str:
                raise wire.WireError("a reply of an unknown form")
            if type(reply[1]) is str:
                sys.stdout.write(reply[0][:OUTPUT_LIMIT])
                return reply[1:]
            if reply[0] != "callback" or len(reply) != 4:
                raise wire.WireError("a reply of an unknown form")
            self._answer(*reply[1:])

    def _answer(self, number: Any, args: Any, kwargs: Any) -> None:
        if type(number) is not int or not 0 <= number < len(self.oracles):
            raise wire.WireError("a call of an oracle that isn't there")
        if type(args) is not tuple or type(kwargs) is not dict or self.depth > NESTING:
            raise wire.WireError("a call of an oracle without arguments, or nested too deep")
        args, kwargs = self.arrive(args), self.arrive(kwargs)
        answer: tuple[Any, ...]
        try:
            answer = ("answer", self.oracles[number](*args, **kwargs))
        except Exception as error:
            if isinstance(error, AssertionError):
                self.objection = self.objection or error  # also if the student's code catches it
            answer = ("refused", type(error).__name__, str(error)[:TEXT_LIMIT])
        try:
            self.channel.send(answer, self._refer)
        except wire.WireError as error:
            raise Unjudgeable(f"an oracle answers what can't cross: {error}") from None

    def outcome(self, reply: Any) -> tuple[Any, dict[Any, Any]]:
        """Return a value with the arguments that changed, or raise what was raised.

        Raises
        ------
        Gone
            If the reply is neither.
        Exception
            A builtin one, for the student's.
        """
        if type(reply) is tuple and len(reply) == 3 and reply[0] == "value":
            if type(reply[2]) is dict:
                try:
                    return self.arrive(reply[1]), self.arrive(reply[2])
                except wire.WireError as error:
                    raise self.broken(str(error)) from None
        elif type(reply) is tuple and len(reply) == 4 and reply[0] == "raised":
            raised = _exception(*reply[1:])
            self.memory_errors += isinstance(raised, MemoryError)
            raise raised
        raise self.broken("an outcome of an unknown form")

    def ask(self, *message: Any) -> Any:
        """Ask for one value; an exception in the student's process is raised here."""
        return self.outcome(self.request(*message))[0]

    def ask_call(
        self,
        reference: wire.Reference,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        raises: Raises | None = None,
    ) -> tuple[Any, dict[Any, Any]]:
        """Call something; also return the arguments that it changed, as it left them.

        Parameters
        ----------
        raises
            What it is known to raise without being asked.
        """
        if not args:
            self._raise_known(kwargs, raises)
        reply = self.request("call", reference, args, dict(kwargs))
        return self._among(self.outcome(reply), {*range(len(args)), *kwargs})

    def _raise_known(self, kwargs: Mapping[str, Any], raises: Raises | None) -> None:
        """Raise what the function would, if that is known for these arguments."""
        if raises is not None and raises[0] == kwargs.keys():
            for value in kwargs.values():
                if isinstance(value, np.random.Generator):
                    _handed_over(value)  # what the judge draws next is the same as after a call
            self.outcome(raises[1])

    def _among(
        self, outcome: tuple[Any, dict[Any, Any]], given: set[Any]
    ) -> tuple[Any, dict[Any, Any]]:
        if not given.issuperset(outcome[1]):
            raise self.broken("an argument that wasn't given has changed")
        return outcome

    def ask_calls(
        self,
        reference: wire.Reference,
        batch: Sequence[dict[str, Any]],
        raises: Raises | None = None,
    ) -> list[tuple[Any, list[Any]]]:
        """Make many calls, up to the first that raises, whose exception is then the last result."""
        try:
            self._raise_known(batch[0], raises)
        except NotImplementedError as error:
            return [(error, [])]
        reply = self.request("calls", reference, list(batch))
        replies = reply[1] if len(reply) == 2 and reply[0] == "values" else None
        if type(replies) is not list:
            self.outcome(reply)
            raise self.broken("a batch of an unknown form")
        found: list[tuple[Any, list[Any]]] = []
        for one, inputs in zip(replies, batch, strict=False):
            try:
                result, changed = self._among(self.outcome(one), set(inputs))
            except Exception as error:
                return [*found, (error, [])]
            found.append((result, list(changed)))
        if len(replies) != len(batch):
            raise self.broken("a batch of another length")
        return found

    def run(self, source: str, name: str) -> Exception | None:
        """Execute a cell of the student's; return the exception that it ended in."""
        reply = self.request("run", source, name)
        if reply == ("ran",):
            return None
        try:
            self.outcome(reply)
        except Exception as error:
            return error
        raise self.broken("a cell that ended in an unknown way")

    def knows(self, names: Sequence[str]) -> bool:
        """Tell whether names can be looked up without asking again."""
        # Between two requests nothing of the student's runs that a test could wait for.
        return self.known is not None and self.known[:2] == (tuple(names), self.requests)

    def look_up(self, names: Sequence[str]) -> dict[str, Any]:
        """Return those of the names that the student's process defines."""
        if not self.knows(names):
            reply = self.request("names", list(names))
            if len(reply) != 3 or reply[0] != "names" or type(reply[1]) is not dict:
                raise self.broken("names of an unknown form")
            self.known = (tuple(names), self.requests, reply[1], reply[2])
        assert self.known is not None
        found = self.known[2]
        try:
            there = {name: self.arrive(_copied(found[name])) for name in names if name in found}
        except wire.WireError as error:
            raise self.broken(str(error)) from None
        unwritten = self.known[3] if type(self.known[3]) is dict else {}
        for name, thing in there.items():
            if isinstance(thing, Proxy):
                thing.__name__ = name
                thing._raises = self._unwritten(unwritten.get(name))
        return there

    def _unwritten(self, told: Any) -> Raises | None:
        """Read what the student's process says of a function that only raises.

        It may say so of any function, as any function may raise; nobody gains points by it.
        """
        if type(told) is not tuple or [type(part) for part in told] != [list, str, str]:
            return None
        names = frozenset(name for name in told[0] if type(name) is str)
        return names, ("raised", ["NotImplementedError"], *told[1:])


def _copied(value: Any) -> Any:
    """Copy what came in: a test may change what it gets."""
    if type(value) in (np.ndarray, set):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_copied, value))
    return {k: _copied(v) for k, v in value.items()} if type(value) is dict else value


def _handed_over(rng: np.random.Generator) -> wire.Stream:
    """Let the student have a generator in this one's state, and move this one elsewhere.

    The student gets the draws that a call at home would have got. Where the judge's own generator
    goes on doesn't depend on what the student does, and the student can't foresee it.
    """
    bits = rng.bit_generator
    state = bits.state
    secret = [*os.environ.get(SEED_VARIABLE, "").encode(), *rng.integers(2**32, size=4).tolist()]
    try:
        bits.state = type(bits)(np.random.SeedSequence(secret)).state  # type: ignore[call-arg]
    except (TypeError, ValueError):
        raise Unjudgeable(
            f"a test hands over a generator of an unknown kind, {type(bits).__name__}; use "
            "numpy.random.default_rng"
        ) from None
    return wire.Stream(type(bits).__name__, state)
