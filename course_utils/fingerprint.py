"""Tell whether two functions would compute the same: by code and by all that they read.

A test cell that runs again makes its functions anew. They are equal to the earlier ones where their
code is, their defaults, what they caught from around them, and the globals that they name, down to
the functions among these.
"""

from __future__ import annotations

import dis
import hashlib
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

__all__ = ["Unclear", "fingerprint"]

ITSELF = (str, bytes, int, type, BuiltinFunctionType, np.ufunc)
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
    return _of(value, ())


def _of(value: Any, above: tuple[Any, ...]) -> Hashable:
    for place, outer in enumerate(above):
        if value is outer:
            return "recursion", place
    inside = (*above, value)
    if isinstance(value, FunctionType):
        return _function(value, inside)
    if isinstance(value, MethodType):
        return _of(value.__func__, inside), _of(value.__self__, inside)
    if isinstance(value, partial):
        return _of((value.func, value.args, value.keywords), inside)
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        data = np.ascontiguousarray(value).tobytes()
        return "array", value.dtype.str, value.shape, hashlib.blake2b(data).digest()
    if isinstance(value, Mapping):
        return "mapping", tuple(
            (_of(key, inside), _of(item, inside)) for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(_of(item, inside) for item in value)
    if isinstance(value, float | complex | np.generic):
        return type(value).__name__, repr(value)  # nan is itself, and 0.0 isn't −0.0
    if value is None or isinstance(value, ITSELF):
        return type(value).__name__, value
    if callable(value) or isinstance(value, CHANGING):
        raise Unclear(f"what a {type(value).__name__} gives can't be told")
    return "object", type(value)


def _function(function: FunctionType, above: tuple[Any, ...]) -> Hashable:
    caught = [cell.cell_contents for cell in function.__closure__ or ()]
    space = function.__globals__
    read = {name: space[name] for name in _globals(function.__code__) if name in space}
    parts = (function.__defaults__, function.__kwdefaults__, caught, read)
    return function.__code__, tuple(_of(part, above) for part in parts)


@lru_cache(maxsize=4096)
def _globals(code: CodeType) -> tuple[str, ...]:
    """Names that a function reads from its module, also in functions inside it."""
    names = {str(i.argval) for i in dis.get_instructions(code) if i.opname in READS}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names.update(_globals(inner))
    return tuple(sorted(names))
