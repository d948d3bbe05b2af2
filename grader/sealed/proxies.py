"""The judge's view of what stays in the student's process.

A proxy is a number and a way to ask. What comes back from asking is plain data of exact types, or
another proxy. Nothing that the student defines, no ``__eq__``, no ``__array__``, runs in the judge.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.sealed import figuredata, wire
from grader.sealed.channel import Channel, Gone

__all__ = ["Conversation", "Proxy", "StudentError", "Unjudgeable"]

TEXT_LIMIT = 500


class Unjudgeable(BaseException):
    """A test asks for something that can't cross: the author's fault, never the student's.

    Not an ``Exception``: no check may turn it into a lost point.
    """


class StudentError(Exception):
    """An exception of a kind that isn't builtin, raised in the student's process."""


def _exception(kinds: Any, text: Any, place: Any) -> Exception:
    """Make the nearest builtin exception of the same name, with the text that came along."""
    words = str(text)[:TEXT_LIMIT]
    error: Exception = StudentError(words)
    for name in kinds if isinstance(kinds, list) else ():
        kind = getattr(builtins, name, None) if isinstance(name, str) else None
        if isinstance(kind, type) and issubclass(kind, Exception):
            with contextlib.suppress(TypeError):  # UnicodeError and its like want more than a text
                error = kind(words)
                break
    # The line of the student's cell, which no traceback of this process shows.
    error.place = place[:TEXT_LIMIT] if isinstance(place, str) else ""  # type: ignore[attr-defined]
    return error


class Conversation:
    """The judge's side of the talk with one student's process.

    Parameters
    ----------
    channel
        Connected to :func:`grader.sealed.endpoint.serve`.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.callbacks: list[Callable[..., Any]] = []
        self.memory_errors = 0

    # -- what goes out ---------------------------------------------------------------------------

    def _refer(self, value: Any) -> wire.Reference | None:
        if isinstance(value, Proxy):
            if value._talk is not self:
                raise Unjudgeable(
                    "a value of the student's is kept from one test cell to the next; ask anew"
                )
            return value._reference
        if isinstance(value, np.random.Generator):
            # A generator of their own: written back, they could choose later draws.
            return wire.Reference("rng", int(value.integers(2**31)))
        if callable(value):
            self.callbacks.append(value)
            return wire.Reference("callback", len(self.callbacks) - 1)
        return None

    # -- what comes in ---------------------------------------------------------------------------

    def _arrive(self, value: Any) -> Any:
        if isinstance(value, wire.Reference):
            if value.kind == "figure":
                return figuredata.restore(self.ask("figure", value))
            if value.kind not in {"callable", "object", "iterator"}:
                raise wire.WireError(f"a reference of kind {value.kind} from the student")
            return Proxy(self, value)
        if type(value) is list:
            return [self._arrive(item) for item in value]
        if type(value) is tuple:
            return tuple(self._arrive(item) for item in value)
        if type(value) is dict:
            return {key: self._arrive(item) for key, item in value.items()}
        return value

    def request(self, *message: Any) -> tuple[Any, ...]:
        """Ask and wait for the reply, answering the student's calls of oracles meanwhile.

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
        """
        mark = len(self.callbacks)
        try:
            self.channel.send(message, self._refer)
        except wire.WireError as error:
            raise Unjudgeable(f"a test hands over what can't cross: {error}") from None
        try:
            return self._reply()
        except wire.WireError as error:
            # What comes after can't be told from what should have come: the talk is over.
            raise Gone(f"broke the protocol: {error}") from None
        finally:
            del self.callbacks[mark:]

    def _reply(self) -> tuple[Any, ...]:
        while True:
            reply = self.channel.receive()
            if type(reply) is not tuple or not reply:
                raise wire.WireError("a reply that is no tuple")
            if reply[0] == "callback" and len(reply) == 4:
                self._answer(*reply[1:])
                continue
            if len(reply) < 2 or type(reply[0]) is not str or type(reply[1]) is not str:
                raise wire.WireError("a reply of an unknown form")
            sys.stdout.write(reply[0])
            return reply[1:]

    def _answer(self, number: Any, args: Any, kwargs: Any) -> None:
        if type(number) is not int or not 0 <= number < len(self.callbacks):
            raise wire.WireError("a call of an oracle that isn't there")
        if type(args) is not tuple or type(kwargs) is not dict:
            raise wire.WireError("a call of an oracle without arguments")
        answer: tuple[Any, ...]
        try:
            args, kwargs = self._arrive(args), self._arrive(kwargs)
            answer = ("answer", self.callbacks[number](*args, **kwargs))
        except Exception as error:
            answer = ("refused", type(error).__name__, str(error)[:TEXT_LIMIT])
        try:
            self.channel.send(answer, self._refer)
        except wire.WireError as error:
            raise Unjudgeable(f"an oracle answers what can't cross: {error}") from None

    def _outcome(self, reply: Any) -> tuple[Any, dict[Any, Any]]:
        if type(reply) is tuple and len(reply) == 3 and reply[0] == "value":
            changed = reply[2] if type(reply[2]) is dict else {}
            return self._arrive(reply[1]), changed
        if type(reply) is tuple and len(reply) == 4 and reply[0] == "raised":
            error = _exception(*reply[1:])
            self.memory_errors += isinstance(error, MemoryError)
            raise error
        raise Gone("broke the protocol: an outcome of an unknown form")

    def ask(self, *message: Any) -> Any:
        """Ask for one value; an exception in the student's process is raised here."""
        return self._outcome(self.request(*message))[0]

    def ask_call(
        self, reference: wire.Reference, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Any, dict[Any, Any]]:
        """Call something; also return the arguments that it changed, as it left them."""
        return self._outcome(self.request("call", reference, args, dict(kwargs)))

    def run(self, source: str, name: str) -> Exception | None:
        """Execute a cell of the student's; return the exception that it ended in."""
        reply = self.request("run", source, name)
        if reply == ("ran",):
            return None
        try:
            self._outcome(reply)
        except Exception as error:
            return error
        raise Gone("broke the protocol: a cell that ended in an unknown way")

    def look_up(self, names: Sequence[str]) -> dict[str, Any]:
        """Return those of the names that the student's process defines."""
        reply = self.request("names", list(names))
        found = reply[1] if len(reply) == 2 and reply[0] == "names" else None
        if type(found) is not dict:
            raise Gone("broke the protocol: names of an unknown form")
        there = {name: self._arrive(found[name]) for name in names if name in found}
        for name, thing in there.items():
            if isinstance(thing, Proxy):
                thing.__name__ = name
        return there


class Proxy:
    """Something in the student's process: call it, read its attributes, go through its items."""

    def __init__(self, talk: Conversation, reference: wire.Reference) -> None:
        self._talk, self._reference = talk, reference
        self.__name__ = reference.kind
        self.changed_arguments: list[Any] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it with copies of the arguments."""
        result, changed = self._talk.ask_call(self._reference, args, kwargs)
        self.changed_arguments = list(changed)
        return result

    def call_in_place(self, *args: Any, **kwargs: Any) -> Any:
        """Call it and write what it changed into the arguments, as a call at home would.

        Raises
        ------
        ValueError
            If an argument came back with another shape or type.
        """
        result, changed = self._talk.ask_call(self._reference, args, kwargs)
        for key, value in changed.items():
            target = kwargs[key] if key in kwargs else args[key]
            if isinstance(target, np.ndarray):
                if type(value) is not np.ndarray or value.shape != target.shape:
                    raise ValueError(f"argument {key!r} came back in another form")
                target[...] = value
            elif isinstance(target, list) and type(value) is list:
                target[:] = value
            elif isinstance(target, dict) and type(value) is dict:
                target.clear()
                target.update(value)
        return result

    def call_each(self, batch: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Make many calls in one round trip; an exception takes the place of its result."""
        reply = self._talk.request("calls", self._reference, [dict(k) for k in batch])
        replies = reply[1] if len(reply) == 2 and reply[0] == "values" else None
        if type(replies) is not list or len(replies) != len(batch):
            raise Gone("broke the protocol: a batch of an unknown form")
        results: list[Any] = []
        for reply in replies:
            try:
                results.append(self._talk._outcome(reply)[0])
            except Exception as error:
                results.append(error)
        return results

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._talk.ask("attribute", self._reference, name)

    def __iter__(self) -> Iterator[Any]:
        if self._reference.kind == "iterator":
            return self
        inner = self._talk.ask("iterate", self._reference)
        return iter(inner)

    def __next__(self) -> Any:
        items = self._talk.ask("advance", self._reference, 1)
        if type(items) is not list:
            raise Gone("broke the protocol: items of an unknown form")
        if not items:
            raise StopIteration
        return items[0]

    def __repr__(self) -> str:
        return f"<{self._reference.kind} of the student>"
