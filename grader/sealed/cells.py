"""How a notebook's cell runs in a student's process: as in Jupyter, without a shell behind it."""

from __future__ import annotations

import ast
import builtins
import inspect
import io
import sys
from types import ModuleType
from typing import Any

__all__ = ["Notebook", "Output", "silence_display"]

OUTPUT_LIMIT = 20_000


class Output(io.StringIO):
    """Standard output that keeps its beginning and forgets the rest."""

    def write(self, text: str) -> int:
        """Take what there is room for."""
        room = OUTPUT_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def _display(*_: Any, **__: Any) -> None:
    """Show nothing: what is displayed in a notebook isn't standard output."""


def silence_display() -> None:
    """Let ``IPython.display.display`` do nothing, wherever it is imported from."""
    import IPython
    import IPython.core.display_functions
    import IPython.display

    for module in (IPython, IPython.core.display_functions, IPython.display):
        module.display = _display  # type: ignore[attr-defined]


class _Shell:
    """Stands in for IPython's shell: magics of a notebook do nothing or run their body."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self.user_ns = notebook.namespace

    def run_line_magic(self, magic: str, line: str = "", **_: Any) -> None:
        """Run the statement of ``%time``; ignore ``%matplotlib inline`` and its like."""
        if magic == "time":
            self._notebook.run(line, "time")

    def run_cell_magic(self, magic: str, _: str, body: str) -> None:
        """Run the body of ``%%time``; ignore what isn't Python or leaves nothing behind."""
        if magic in {"time", "capture", "prun"}:
            self._notebook.run(body, magic)

    def system(self, *_: Any, **__: Any) -> list[str]:
        """Ignore ``!command``; nothing comes of it."""
        return []

    getoutput = getoutput_line = system


class Notebook:
    """The namespace of a notebook, a module ``__main__`` of its own."""

    def __init__(self) -> None:
        self.main = ModuleType("__main__")
        self.namespace = self.main.__dict__
        shell = _Shell(self)
        self.namespace.update(
            __builtins__=builtins, get_ipython=lambda: shell, display=_display, _display=_display
        )

    def run(self, source: str, name: str) -> None:
        """Execute a cell; whatever it raises leaves this method."""
        sys.modules["__main__"] = self.main
        code = compiled(source, f"<{name}>")
        if not code.co_flags & inspect.CO_COROUTINE:
            exec(code, self.namespace)
            return
        import asyncio

        # The cell awaits at its top level, which Jupyter allows.
        asyncio.run(eval(code, self.namespace))


def compiled(source: str, filename: str) -> Any:
    """Compile a cell; magics and shell escapes become calls of the shell."""
    try:
        return compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        source = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
        return compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
