"""Tell whether two functions would compute the same: by code and by all that they read.

A test cell that runs again makes its functions anew. They are equal to the earlier ones where their
code is, their defaults, what they caught from around them, and the globals that they name, down to
the functions among these. A function that was imported is one and the same each time.
"""

from __future__ import annotations

import dis
import hashlib
import sys
from collections.abc import Hashable, Iterator, Mapping
from functools import _lru_cache_wrapper, lru_cache, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

__all__ = ["Unclear", "fingerprint"]

PLAIN = frozenset({str, bytes, int, bool})
ITSELF = (str, bytes, int, type, BuiltinFunctionType, ModuleType, np.ufunc)
CHANGING = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, Iterator)
READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})


class Unclear(Exception):  # noqa: N818 – a finding, no error
    """What a function would compute can't be told beforehand."""


def fingerprint(value: Any) -> Hashable:
    """Return something that is equal for values that are the same.

    Parameters
    ----------
    value
        A function, or data. An object that is neither counts by its class alone.

    Raises
    ------
    Unclear
        If it holds what changes as it is used, such as a random generator, or what can be called
        and isn't Python's, such as a function of a student's that runs in another process.
    """
    try:
        return _of(value, {})
    except RecursionError:
        raise Unclear("nested without an end") from None


def _of(value: Any, seen: dict[int, Hashable]) -> Hashable:
    kind = type(value)
    if value is None or kind in PLAIN or isinstance(value, ITSELF):
        return kind.__name__, value
    if kind is FunctionType:
        if value.__closure__ is None and _imported(value):
            return kind.__name__, value
        if id(value) not in seen:
            seen[id(value)] = "the function", len(seen)  # for one that calls itself
            seen[id(value)] = _function(value, seen)
        return seen[id(value)]
    if isinstance(value, float | complex | np.generic):
        return kind.__name__, repr(value)  # nan is itself, and 0.0 isn't −0.0
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        data = np.ascontiguousarray(value).tobytes()
        return "array", value.dtype.str, value.shape, hashlib.blake2b(data).digest()
    if isinstance(value, Mapping):
        return "mapping", tuple([(_of(key, seen), _of(value[key], seen)) for key in value])
    if isinstance(value, list | tuple):
        return kind.__name__, tuple([_of(item, seen) for item in value])
    if isinstance(value, MethodType):
        return "method", _of(value.__func__, seen), _of(value.__self__, seen)
    if isinstance(value, _lru_cache_wrapper):
        return "cached", _of(value.__wrapped__, seen)
    if isinstance(value, partial):
        return "partial", _of(value.func, seen), _of(value.args, seen), _of(value.keywords, seen)
    if callable(value) or isinstance(value, CHANGING):
        raise Unclear(f"what a {kind.__name__} gives can't be told")
    if kind.__module__.startswith("grader."):  # stands for something in a student's process
        raise Unclear(f"a {kind.__name__} may stand for anything")
    return "object", kind


def _imported(function: FunctionType) -> bool:
    """Tell whether a function comes from a module, so that it is one and the same each time."""
    module = sys.modules.get(function.__module__ or "__main__")
    return function.__module__ != "__main__" and getattr(module, "__dict__", None) is (
        function.__globals__
    )


def _function(function: FunctionType, seen: dict[int, Hashable]) -> Hashable:
    caught = [_of(cell.cell_contents, seen) for cell in function.__closure__ or ()]
    space = function.__globals__
    read = [(name, _of(space[name], seen)) for name in _globals(function.__code__) if name in space]
    given = _of(function.__defaults__, seen), _of(function.__kwdefaults__, seen)
    return function.__code__, tuple(caught), tuple(read), given


@lru_cache(maxsize=4096)
def _globals(code: CodeType) -> tuple[str, ...]:
    """Names that a function reads from its module, also in functions inside it."""
    names = {str(i.argval) for i in dis.get_instructions(code) if i.opname in READS}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names.update(_globals(inner))
    return tuple(sorted(names))
