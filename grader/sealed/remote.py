"""Things that stay in the student's process, as the judge holds them.

A proxy is a number and a way to ask. What comes back from asking is plain data of exact types, or
another proxy. Nothing that the student defines, no ``__eq__``, no ``__array__``, runs in the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from grader.sealed import wire

if TYPE_CHECKING:
    from grader.sealed.proxies import Conversation

__all__ = ["Proxy", "Unjudgeable", "proxy"]

BATCH = 1000  # calls in one frame


class Unjudgeable(BaseException):
    """A test asks for something that can't cross: the author's fault, never the student's.

    Not an ``Exception``: no check may turn it into a lost point.
    """


class Proxy:
    """Something in the student's process: read its attributes, go through its items.

    It equals itself only, and has no truth value and no order: a test that compares it, where
    plain data was expected, must not pass by how an object of unknown kind compares.
    """

    _talk: Conversation
    _reference: wire.Reference
    _raises: Any  # what a function is known to raise, see ``Conversation.ask_call``
    changed_arguments: list[Any]

    def __init__(self, talk: Conversation, reference: wire.Reference) -> None:
        self.__dict__.update(
            _talk=talk,
            _reference=reference,
            _raises=None,
            changed_arguments=[],
            __name__=reference.kind,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{name} of something of the student's can't be read")
        return self._talk.ask("attribute", self._reference, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__:
            raise Unjudgeable(
                f"a test sets the attribute {name!r} of something of the student's, which stays "
                "in another process; call a method that sets it"
            )
        self.__dict__[name] = value

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = iter(self._talk.ask("iterate", self._reference))
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._talk.ask("copy", self._reference)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Proxy) and other._key() == self._key():
            return True
        raise TypeError(f"{self!r} was compared; a number, string or array was expected")

    def __hash__(self) -> int:
        return hash(self._key())

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} is neither true nor false")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of the student's>"

    def _key(self) -> tuple[int, int]:
        return id(self._talk), self._reference.number


class _Items(Proxy):
    """An iterator or generator of the student's: items come one by one, when asked for."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        items = self._talk.ask("advance", self._reference, 1)
        if type(items) is not list or len(items) > 1:
            raise self._talk.broken("items of an unknown form")
        if not items:
            raise StopIteration
        return items[0]


class _Function(Proxy):
    """A function, method or class of the student's."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it with copies of the arguments."""
        result, changed = self._talk.ask_call(self._reference, args, kwargs, self._raises)
        self.changed_arguments = list(changed)
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __bool__(self) -> bool:  # type: ignore[override]
        return True

    def call_in_place(self, *args: Any, **kwargs: Any) -> Any:
        """Call it and write what it changed into the arguments, as a call at home would."""
        result, changed = self._talk.ask_call(self._reference, args, kwargs)
        for key, value in changed.items():
            target = kwargs[key] if key in kwargs else args[key]
            if not _written(value, target):
                raise self._talk.broken(f"argument {key!r} came back in another form")
        return result

    def call_each(self, batch: Sequence[Mapping[str, Any]]) -> list[tuple[Any, list[Any]]]:
        """Make many calls with few round trips, up to the first that raises.

        Returns
        -------
        list
            For each call its result and the names of the arguments that it changed. Where a call
            raised, its exception ends the list in the place of a result.
        """
        found: list[tuple[Any, list[Any]]] = []
        for start in range(0, len(batch), BATCH):
            part = [dict(inputs) for inputs in batch[start : start + BATCH]]
            for outcome in self._talk.ask_calls(self._reference, part, self._raises):
                found.append(outcome)
                if isinstance(outcome[0], Exception):
                    return found
        return found


def _written(value: Any, target: Any) -> bool:
    """Make the target equal to a value of its type; False where it can't be."""
    if isinstance(target, np.ndarray):
        if type(value) is not np.ndarray or (value.shape, value.dtype) != (
            target.shape,
            target.dtype,
        ):
            return False
        target[...] = value
    elif isinstance(target, list) and type(value) is list:
        target[:] = value
    elif isinstance(target, dict) and type(value) is dict:
        target.clear()
        target.update(value)
    elif isinstance(target, set) and type(value) is set:
        target.clear()
        target.update(value)
    elif isinstance(target, tuple) and type(value) is tuple and len(value) == len(target):
        return all(_written(v, t) or v is t or v == t for v, t in zip(value, target, strict=True))
    else:
        return False
    return True


# In messages students read the name of the type of what they returned.
Proxy.__name__, _Items.__name__, _Function.__name__ = "object", "iterator", "function"
_KINDS = {"object": Proxy, "iterator": _Items, "callable": _Function}


def proxy(talk: Conversation, reference: wire.Reference) -> Proxy:
    """Make the proxy for what a reference stands for.

    Raises
    ------
    wire.WireError
        If it is a reference that no student's process gives.
    """
    kind = _KINDS.get(reference.kind)
    if kind is None:
        raise wire.WireError(f"a reference of kind {reference.kind} from the student")
    return kind(talk, reference)
