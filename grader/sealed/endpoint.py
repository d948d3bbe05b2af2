"""What runs inside a student's process: it executes cells and answers calls.

Nothing here is secret and nothing here is trusted: student code shares the process and can change
all of it. The judge believes no more than that some bytes came back.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import io
import itertools
import sys
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from IPython.core import inputtransformer2

from grader.sealed import figuredata, wire
from grader.sealed.channel import Channel

__all__ = ["serve"]

OUTPUT_LIMIT = 20_000
TEXT_LIMIT = 500


class _Output(io.StringIO):
    """Standard output that keeps its beginning and forgets the rest."""

    def write(self, text: str) -> int:
        room = OUTPUT_LIMIT - self.tell()
        if room > 0:
            super().write(str(text)[:room])
        return len(text)


class _Shell:
    """Stands in for IPython's shell: magics of a notebook do nothing or run their body."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def run_line_magic(self, *_: Any, **__: Any) -> None:
        """Ignore ``%matplotlib inline`` and its like."""

    def run_cell_magic(self, magic: str, _: str, body: str) -> None:
        """Run the body of ``%%time``; ignore what isn't Python."""
        if magic in {"time", "timeit", "capture", "prun"}:
            exec(compile(body, f"<{magic}>", "exec"), self.user_ns)

    def system(self, *_: Any) -> None:
        """Ignore ``!command``."""

    getoutput = system


def _display(*values: Any, **_: Any) -> None:
    for value in values:
        print(repr(value)[:TEXT_LIMIT])


class Endpoint:
    """Executes what the judge asks for and keeps what can't cross."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        main = ModuleType("__main__")
        self.namespace = main.__dict__
        self.namespace["__builtins__"] = builtins
        shell = _Shell(self.namespace)
        self.namespace.update(get_ipython=lambda: shell, display=_display)
        self.held: dict[int, Any] = {}
        self.numbers = itertools.count(1)
        self.main = main
        # IPython's reading of a cell: magics and shell escapes become calls of the shell.
        self.transform = inputtransformer2.TransformerManager().transform_cell  # type: ignore[no-untyped-call]

    # -- what can't cross stays here under a number ------------------------------------------

    def refer(self, value: Any) -> wire.Reference | None:
        if isinstance(value, ModuleType):
            return None
        if figuredata.is_figure(value):
            kind, value = "figure", figuredata.extract(value)
        elif callable(value):
            kind = "callable"
        elif isinstance(value, Iterator):
            kind = "iterator"
        else:
            kind = "object"
        number = next(self.numbers)
        self.held[number] = value
        return wire.Reference(kind, number)

    def arrive(self, value: Any) -> Any:
        """Turn what came from the judge into what the student's code gets."""
        if isinstance(value, wire.Reference):
            if value.kind == "callback":
                return self._callback(value.number)
            if value.kind == "rng":
                return np.random.default_rng(value.number)
            return self.held[value.number]
        if isinstance(value, list):
            return [self.arrive(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.arrive(item) for item in value)
        if isinstance(value, dict):
            return {key: self.arrive(item) for key, item in value.items()}
        return value

    def _callback(self, number: int) -> Callable[..., Any]:
        def oracle(*args: Any, **kwargs: Any) -> Any:
            self.channel.send(("callback", number, args, kwargs), self.refer)
            kind, *rest = self.channel.receive()
            if kind == "answer":
                return self.arrive(rest[0])
            raise getattr(builtins, str(rest[0]), RuntimeError)(rest[1])

        return oracle

    # -- requests -------------------------------------------------------------------------------

    def run(self, source: str, name: str) -> tuple[Any, ...]:
        """Execute a cell; an exception is part of the answer."""
        sys.modules["__main__"] = self.main
        try:
            exec(
                compile(self.transform(source), f"<{name}>", "exec"),
                self.namespace,
            )
        except BaseException as error:
            return ("raised", *_described(error))
        return ("ran",)

    def names(self, names: list[str]) -> tuple[Any, ...]:
        """Look names up: what is data crosses, what isn't becomes a reference."""
        return ("names", {name: self.namespace[name] for name in names if name in self.namespace})

    def call(
        self, target: wire.Reference, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, ...]:
        """Call something; say which arguments it changed."""
        function = self.held[target.number]
        args, kwargs = self.arrive(args), self.arrive(kwargs)
        mutable: dict[Any, Any] = dict(enumerate(args)) | kwargs
        before = {key: copy.deepcopy(value) for key, value in mutable.items() if _changes(value)}
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            return ("raised", *_described(error))
        after = {
            key: mutable[key] for key, value in before.items() if not _same(value, mutable[key])
        }
        return ("value", result, after)

    def calls(self, target: wire.Reference, batch: list[dict[str, Any]]) -> tuple[Any, ...]:
        """Make many calls for one frame."""
        return ("values", [self.call(target, (), kwargs) for kwargs in batch])

    def attribute(self, target: wire.Reference, name: str) -> tuple[Any, ...]:
        """Read an attribute of something that stays here."""
        try:
            return ("value", getattr(self.held[target.number], name), {})
        except BaseException as error:
            return ("raised", *_described(error))

    def advance(self, target: wire.Reference, count: int) -> tuple[Any, ...]:
        """Take up to ``count`` items from an iterator; fewer mean that it has ended."""
        try:
            return ("value", list(itertools.islice(self.held[target.number], count)), {})
        except BaseException as error:
            return ("raised", *_described(error))

    def iterate(self, target: wire.Reference) -> tuple[Any, ...]:
        """Make an iterator of something that stays here."""
        try:
            return ("value", iter(self.held[target.number]), {})
        except BaseException as error:
            return ("raised", *_described(error))

    def figure(self, target: wire.Reference) -> tuple[Any, ...]:
        """Send the data of a figure."""
        return ("value", self.held[target.number], {})

    def answer(self, request: tuple[Any, ...]) -> None:
        """Do what one request asks for and send the answer, with what was printed."""
        kind, *arguments = request
        handler = getattr(self, kind)
        printed = _Output()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            reply = handler(*arguments)
        try:
            self.channel.send((printed.getvalue(), *reply), self.refer)
        except wire.WireError as error:
            self.channel.send(
                (printed.getvalue(), "raised", ["TypeError", "Exception"], str(error), "")
            )


def _changes(value: Any) -> bool:
    return isinstance(value, np.ndarray | list | dict)


def _same(left: Any, right: Any) -> bool:
    from course_utils.ladder import same

    try:
        return same(left, right)
    except Exception:
        return False


def _described(error: BaseException) -> tuple[list[str], str, str]:
    """Name an exception: its builtin classes, its text, and the student's line."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    try:
        text = " ".join(str(error).split())[:TEXT_LIMIT]
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:1] == "<"]
        place = f"in {frames[-1].name}(), line {frames[-1].lineno} of its cell" if frames else ""
        if frames and frames[-1].name == "<module>":
            place = f"in line {frames[-1].lineno} of its cell"
    except Exception:
        text, place = "", ""
    return kinds[:-1] or ["Exception"], text, place[:TEXT_LIMIT]


def serve(channel: Channel) -> None:
    """Answer requests until the judge hangs up."""
    endpoint = Endpoint(channel)
    while True:
        request = channel.receive()
        endpoint.answer(request)
