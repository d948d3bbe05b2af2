"""What runs inside a student's process: it executes cells and answers calls.

Nothing here is secret and nothing here is trusted: student code shares the process and can change
all of it. The judge believes no more than that some bytes came back.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import dis
import inspect
import itertools
import threading
import traceback
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from course_utils import ladder
from grader.sealed import figuredata, wire
from grader.sealed.cells import Notebook, Output
from grader.sealed.channel import Channel, Gone

__all__ = ["Endpoint", "serve"]

TEXT_LIMIT = 500
VARIABLE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
GENERATING = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
MUTABLE = (np.ndarray, list, dict, set, tuple)  # a tuple may hold something that changes


class Endpoint:
    """Executes what the judge asks for and keeps what can't cross."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.notebook = Notebook()
        self.held: dict[int, Any] = {}
        self.oracles: dict[int, Callable[..., Any]] = {}
        self.numbers = itertools.count(1)
        self.unwritten: dict[CodeType, tuple[Any, ...] | None] = {}
        # A student's threads may call oracles at once; frames must not mix.
        self.lock = threading.RLock()

    # -- what can't cross stays here under a number ------------------------------------------

    def hold(self, kind: str, value: Any) -> wire.Reference:
        """Keep something and return what stands for it."""
        number = next(self.numbers)
        self.held[number] = value
        return wire.Reference(kind, number)

    def refer(self, value: Any) -> Any:
        """Say what crosses in the place of something that isn't plain data."""
        if isinstance(value, np.ndarray):
            return value.tolist() if value.dtype.kind == "U" else None
        if isinstance(value, ModuleType | np.generic | memoryview):
            return None
        if figuredata.is_figure(value):
            return self.hold("figure", figuredata.extract(value))
        if callable(value):
            return self.hold("callable", value)
        return self.hold("iterator" if isinstance(value, Iterator) else "object", value)

    def arrive(self, value: Any) -> Any:
        """Turn what came from the judge into what the student's code gets."""
        if isinstance(value, wire.Reference):
            return self._oracle(value.number) if value.kind == "callback" else self.of(value)
        if isinstance(value, wire.Stream):
            bits = getattr(np.random, value.kind)()
            bits.state = value.state
            return np.random.Generator(bits)
        if isinstance(value, list):
            return [self.arrive(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.arrive(item) for item in value)
        if isinstance(value, dict):
            return {key: self.arrive(item) for key, item in value.items()}
        return value

    def of(self, target: wire.Reference) -> Any:
        """Return what a reference stands for."""
        return self.held[target.number]

    def _oracle(self, number: int) -> Callable[..., Any]:
        """Make the function that stands for one of the judge's; always the same for one number."""

        def oracle(*args: Any, **kwargs: Any) -> Any:
            with self.lock:
                self.channel.send(("callback", number, args, kwargs), self.refer)
                while True:
                    kind, *rest = self.channel.receive()
                    if kind == "answer":
                        return self.arrive(rest[0])
                    if kind == "refused":
                        raise getattr(builtins, str(rest[0]), RuntimeError)(rest[1])
                    self.answer((kind, *rest))  # what is asked for may ask for something itself

        return self.oracles.setdefault(number, oracle)

    # -- requests -------------------------------------------------------------------------------

    def run(self, source: str, name: str) -> tuple[Any, ...]:
        """Execute a cell."""
        self.notebook.run(source, name)
        return ("ran",)

    def names(self, names: list[str]) -> tuple[Any, ...]:
        """Look names up: what is data crosses, what isn't becomes a reference."""
        space = self.notebook.namespace
        found = {name: space[name] for name in names if name in space}
        room = wire.FRAME_LIMIT // 2
        for name, value in found.items():
            if isinstance(value, FunctionType | BuiltinFunctionType | type):
                continue
            # One name that can't cross, or is very large, must not take the others with it.
            try:
                room -= len(wire.encode(value, self.refer))
                sendable = room >= 0
            except Exception:
                sendable = False
            if not sendable:
                found[name] = self.hold("object", value)
        functions = {n: f for n, f in found.items() if type(f) is FunctionType}
        for function in functions.values():
            if function.__code__ not in self.unwritten:
                self.unwritten[function.__code__] = _unwritten(function)
        told = {name: self.unwritten[f.__code__] for name, f in functions.items()}
        return ("names", found, {name: what for name, what in told.items() if what})

    def call(
        self, target: wire.Reference, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, ...]:
        """Call something; say which arguments it changed."""
        function = self.of(target)
        args, kwargs = self.arrive(args), self.arrive(kwargs)
        given: dict[Any, Any] = dict(enumerate(args)) | kwargs
        before = {}
        for key, value in given.items():
            if isinstance(value, MUTABLE):
                with contextlib.suppress(Exception):  # it may hold what can't be copied
                    before[key] = copy.deepcopy(value)
        result = function(*args, **kwargs)
        after = {key: given[key] for key, value in before.items() if not _same(value, given[key])}
        return ("value", result, after)

    def calls(self, target: wire.Reference, batch: list[dict[str, Any]]) -> tuple[Any, ...]:
        """Make many calls for one frame, up to the first that raises."""
        replies: list[tuple[Any, ...]] = []
        for kwargs in batch:
            try:
                replies.append(self.call(target, (), kwargs))
            except BaseException as error:
                replies.append(_described(error))
                break
        return ("values", replies)

    def attribute(self, target: wire.Reference, name: str) -> tuple[Any, ...]:
        """Read an attribute of something that stays here."""
        return ("value", getattr(self.of(target), name), {})

    def copy(self, target: wire.Reference) -> tuple[Any, ...]:
        """Copy something that stays here."""
        return ("value", copy.deepcopy(self.of(target)), {})

    def advance(self, target: wire.Reference, count: int) -> tuple[Any, ...]:
        """Take up to ``count`` items from an iterator; fewer mean that it has ended."""
        return ("value", list(itertools.islice(self.of(target), count)), {})

    def iterate(self, target: wire.Reference) -> tuple[Any, ...]:
        """Make an iterator of something that stays here."""
        return ("value", iter(self.of(target)), {})

    def figure(self, target: wire.Reference) -> tuple[Any, ...]:
        """Send the data of a figure."""
        return ("value", self.of(target), {})

    def answer(self, request: tuple[Any, ...]) -> None:
        """Do what one request asks for and send the answer, with what was printed."""
        kind, *arguments = request
        printed = Output()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(Output()):
            try:
                reply = getattr(self, kind)(*arguments)
            except BaseException as error:
                reply = _described(error)
        said = printed.getvalue()
        try:
            self.channel.send((said, *reply), self.refer)
        except wire.WireError as error:
            text = f"what comes back can't be checked: {error}"
            self.channel.send((said, "raised", ["TypeError"], text, ""))
        except Gone:
            raise
        except BaseException as error:
            self.channel.send((said, *_described(error)))


#: All that a function does which only raises ``NotImplementedError("…")``.
RAISING = frozenset(
    {"RESUME", "NOP", "CACHE", "PUSH_NULL", "LOAD_GLOBAL", "LOAD_CONST", "PRECALL", "CALL"}
    | {"RAISE_VARARGS"}
)


def _unwritten(function: FunctionType) -> tuple[Any, ...] | None:
    """Tell of a function that raises ``NotImplementedError`` whatever it is called with.

    The judge needn't ask it: it is told the names of its arguments, the text and the place.
    """
    code = function.__code__
    if code.co_names != ("NotImplementedError",) or code.co_flags & (VARIABLE | GENERATING):
        return None
    if code.co_names[0] in function.__globals__ or code.co_posonlyargcount:
        return None
    if not RAISING.issuperset(step.opname for step in dis.get_instructions(code)):
        return None
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        function(**dict.fromkeys(given))
    except NotImplementedError as error:
        return (list(given), *_described(error)[2:])
    return None


def _same(left: Any, right: Any) -> bool:
    try:
        return ladder.same(left, right)
    except Exception:
        return False


def _described(error: BaseException) -> tuple[str, list[str], str, str]:
    """Name an exception: its builtin classes, its text, and the student's line."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    text = place = ""
    with contextlib.suppress(BaseException):
        text = " ".join(str(error)[: 10 * TEXT_LIMIT].split())[:TEXT_LIMIT]
    with contextlib.suppress(BaseException):
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:1] == "<"]
        if frames:
            where = "" if frames[-1].name == "<module>" else f"{frames[-1].name}(), "
            place = f"in {where}line {frames[-1].lineno} of its cell"[:TEXT_LIMIT]
    return "raised", kinds, text, place


def serve(channel: Channel) -> None:
    """Answer requests until the judge hangs up."""
    endpoint = Endpoint(channel)
    while True:
        endpoint.answer(channel.receive())
