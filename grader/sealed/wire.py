"""Plain data as bytes: all that may cross between a student's process and the judge.

No pickle: decoding builds exact builtin types, exact ``numpy.ndarray`` and nothing else, whatever
the other side sends. A value is one tag byte, for most tags a length, and its content. Everything
is bounded on both sides: the bytes of a frame, the depth, the number of items, the digits of a
whole number, the axes of an array.

What isn't data, such as a function or an object, crosses as a :class:`Reference`: a number that
means something only to the side that holds the thing.
"""

from __future__ import annotations

import array
import math
import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Reference", "Stream", "UnsendableError", "WireError", "decode", "encode"]

FRAME_LIMIT = 64 * 2**20
DEPTH_LIMIT = 40
ITEM_LIMIT = 2_000_000
HEAVY = 10  # what an array, a dict or a set counts: each takes far more memory than its bytes
DIGIT_LIMIT = 1024  # bytes of one whole number; such a one can still be printed
NDIM_LIMIT = 16

#: The array types that cross; one byte each instead of numpy's spelling.
DTYPES = [
    np.dtype(code)
    for code in ("?", "i1", "i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8")
] + [np.dtype("<c8"), np.dtype("<c16")]
CODE = {dtype: code for code, dtype in enumerate(DTYPES)}
DATA = "numbers, strings, lists, tuples, dicts, sets or arrays of numbers"

_LENGTH = struct.Struct("<I")
_DOUBLE = struct.Struct("<d")
_REFERENCE = struct.Struct("<BI")


class WireError(Exception):
    """Bytes that are no value, or a value that breaks a bound."""


class UnsendableError(WireError):
    """A value that isn't plain data; the text says what to send instead."""


@dataclass(frozen=True)
class Reference:
    """Something that stays where it is: a callable, an object, an iterator.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    number
        Its number at the side that holds it.
    """

    kind: str
    number: int


@dataclass(frozen=True)
class Stream:
    """Where a random generator stands.

    Parameters
    ----------
    kind
        Name of its bit generator.
    state
        Its state.
    """

    kind: str
    state: Mapping[str, Any]


KINDS = ("callable", "object", "iterator", "callback", "figure")


def encode(value: Any, refer: Callable[[Any], Any] | None = None) -> bytes:
    """Turn a value into bytes.

    Parameters
    ----------
    value
        None, bool, int, float, complex, str, bytes, list, tuple, dict, set, numeric arrays and
        scalars; range and deque cross as lists.
    refer
        Asked about everything else: returns a reference or plain data to send in its place, or
        None where it can't cross.

    Raises
    ------
    UnsendableError
        If part of the value can't cross.
    WireError
        If a bound is broken.
    """
    writer = _Writer(refer)
    writer.value(value, 0)
    return b"".join(writer.parts)


class _Writer:
    def __init__(self, refer: Callable[[Any], Any] | None) -> None:
        self.refer = refer
        self.parts: list[bytes] = []
        self.room, self.items = FRAME_LIMIT, ITEM_LIMIT

    def add(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.room -= len(piece)
        if self.room < 0:
            raise WireError(f"more than {FRAME_LIMIT >> 20} MB at once")
        self.parts += pieces

    def value(self, value: Any, depth: int) -> None:
        self.items -= 1
        if depth > DEPTH_LIMIT:
            raise WireError(f"nested more than {DEPTH_LIMIT} deep")
        if self.items < 0:
            raise WireError(f"more than {ITEM_LIMIT} items at once")
        write = _WRITERS.get(type(value))
        if write is None:
            write = next((w for kind, w in _BASES if isinstance(value, kind)), _Writer.other)
        write(self, value, depth)

    def integer(self, value: int, _: int) -> None:
        number = int(value)
        size = (number.bit_length() + 8) // 8
        if size > DIGIT_LIMIT:
            raise WireError("a whole number with more than 2,400 digits")
        self.add(b"i", _LENGTH.pack(size), number.to_bytes(size, "little", signed=True))

    def text(self, value: str, _: int) -> None:
        if len(value) > self.room:
            raise WireError(f"more than {FRAME_LIMIT >> 20} MB at once")
        text = str.encode(value, "utf-8", "surrogatepass")
        self.add(b"s", _LENGTH.pack(len(text)), text)

    def sequence(self, tag: bytes, value: Any, depth: int) -> None:
        items = list(value)
        self.add(tag, _LENGTH.pack(len(items)))
        for item in items:
            self.value(item, depth + 1)

    def keys(self, tag: bytes, keys: list[Any], depth: int) -> None:
        """Write what gets hashed at the other side: no references."""
        self.items -= HEAVY
        self.add(tag, _LENGTH.pack(len(keys)))
        refer, self.refer = self.refer, None
        for key in keys:
            self.value(key, depth + 1)
        self.refer = refer

    def mapping(self, value: dict[Any, Any], depth: int) -> None:
        pairs = list(value.items())
        self.keys(b"d", [key for key, _ in pairs], depth)
        for _, item in pairs:
            self.value(item, depth + 1)

    def array(self, value: np.ndarray, depth: int) -> None:
        self.numbers(b"a", value, depth)

    def scalar(self, value: np.generic, depth: int) -> None:
        self.numbers(b"g", np.asarray(value), depth)

    def numbers(self, tag: bytes, value: np.ndarray, depth: int) -> None:
        self.items -= HEAVY
        dtype = value.dtype.newbyteorder("<") if value.dtype.byteorder == ">" else value.dtype
        if dtype not in CODE:
            self.other(value, depth)
            return
        if value.ndim > NDIM_LIMIT:
            raise WireError(f"an array with more than {NDIM_LIMIT} axes")
        if value.nbytes > self.room or not _allowed(value.shape):
            raise WireError(f"an array of shape {value.shape} is too large")
        head = struct.pack(f"<BB{value.ndim}Q", CODE[dtype], value.ndim, *value.shape)
        self.add(tag, head, np.ascontiguousarray(value, dtype=dtype).tobytes())

    def reference(self, value: Reference, _: int) -> None:
        self.add(b"r", _REFERENCE.pack(KINDS.index(value.kind), value.number))

    def stream(self, value: Stream, depth: int) -> None:
        self.add(b"R")
        self.value(value.kind, depth + 1)
        self.value(dict(value.state), depth + 1)

    def other(self, value: Any, depth: int) -> None:
        other = self.refer(value) if self.refer else None
        if other is None:
            what = type(value).__name__
            if isinstance(value, np.ndarray):
                what = f"array of {value.dtype}"
            raise UnsendableError(f"a value of type {what} can't be sent; use {DATA}")
        refer, self.refer = self.refer, None  # what stands in its place must be plain
        self.value(other, depth + 1)
        self.refer = refer


_Write = Callable[[_Writer, Any, int], None]
_WRITERS: dict[type, _Write] = {
    type(None): lambda w, v, d: w.add(b"N"),
    bool: lambda w, v, d: w.add(b"T" if v else b"F"),
    float: lambda w, v, d: w.add(b"f", _DOUBLE.pack(v)),
    int: _Writer.integer,
    str: _Writer.text,
    list: lambda w, v, d: w.sequence(b"l", v, d),
    tuple: lambda w, v, d: w.sequence(b"t", v, d),
    dict: _Writer.mapping,
    np.ndarray: _Writer.array,
    np.float64: _Writer.scalar,
    Reference: _Writer.reference,
    Stream: _Writer.stream,
}
#: For subclasses too; a scalar of numpy's that is also a string or bytes crosses as that.
_BASES: list[tuple[type, _Write]] = [
    (str, _Writer.text),
    (bytes, lambda w, v, d: w.add(b"b", _LENGTH.pack(len(v)), bytes(v))),
    (np.ndarray, _Writer.array),
    (np.generic, _Writer.scalar),
    (int, _Writer.integer),
    (float, _WRITERS[float]),
    (complex, lambda w, v, d: w.add(b"c", _DOUBLE.pack(v.real), _DOUBLE.pack(v.imag))),
    *((kind, _WRITERS[kind]) for kind in (list, tuple, dict)),
    (set, lambda w, v, d: w.keys(b"S", list(v), d)),
    (frozenset, lambda w, v, d: w.keys(b"Z", list(v), d)),
    *((kind, _WRITERS[list]) for kind in (range, deque)),
    (array.array, lambda w, v, d: w.value(np.asarray(v), d)),
]


def _allowed(shape: tuple[int, ...]) -> bool:
    """Tell whether an array has a size to work with, were its empty axes of length one."""
    return math.prod(max(axis, 1) for axis in shape) <= FRAME_LIMIT


def decode(data: bytes | bytearray) -> Any:
    """Build the value that some bytes stand for.

    Parameters
    ----------
    data
        From anybody: nothing about them is trusted.

    Returns
    -------
    Any
        Exact builtin types, exact arrays (fresh and writable), references and streams.

    Raises
    ------
    WireError
        If they are no value, or break a bound. No other exception leaves this function.
    """
    if len(data) > FRAME_LIMIT:
        raise WireError(f"a frame of {len(data)} bytes, at most {FRAME_LIMIT}")
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise WireError("bytes left over after the value")
    return value


class _Reader:
    def __init__(self, data: bytes | bytearray) -> None:
        self.data, self.at, self.items = data, 0, ITEM_LIMIT
        self.plain = 0  # above zero: inside what gets hashed, where no reference may be

    def take(self, count: int) -> bytes | bytearray:
        end = self.at + count
        if end > len(self.data):
            raise WireError("the frame ends in the middle of a value")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def length(self, least: int = 1) -> int:
        """Read a number of things that take at least so many bytes each."""
        count = int(_LENGTH.unpack(self.take(4))[0])
        if count * least > len(self.data) - self.at:
            raise WireError("more items than bytes")
        return count

    def double(self) -> float:
        return float(_DOUBLE.unpack(self.take(8))[0])

    def value(self, depth: int) -> Any:
        self.items -= 1
        if depth > DEPTH_LIMIT or self.items < 0:
            raise WireError("nested too deep, or too many items")
        tag = self.take(1)[0]
        read = _READERS.get(tag)
        if read is None:
            raise WireError(f"unknown tag {tag}")
        return read(self, depth)

    def integer(self, _: int) -> int:
        size = self.length()
        if size > DIGIT_LIMIT:
            raise WireError("a whole number with too many digits")
        return int.from_bytes(self.take(size), "little", signed=True)

    def text(self, _: int) -> str:
        try:
            return self.take(self.length()).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise WireError("a string that isn't UTF-8") from None

    def sequence(self, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(self.length())]

    def keys(self, depth: int) -> list[Any]:
        self.items -= HEAVY
        self.plain += 1
        keys = self.sequence(depth)
        self.plain -= 1
        return keys

    def mapping(self, depth: int) -> dict[Any, Any]:
        keys = self.keys(depth)
        values = [self.value(depth + 1) for _ in keys]
        try:
            return dict(zip(keys, values, strict=True))
        except TypeError:
            raise WireError("a key that can't be a key") from None

    def members(self, depth: int) -> set[Any]:
        try:
            return set(self.keys(depth))
        except TypeError:
            raise WireError("a member that can't be in a set") from None

    def array(self, _: int) -> np.ndarray:
        self.items -= HEAVY
        code, ndim = self.take(2)
        if code >= len(DTYPES) or ndim > NDIM_LIMIT:
            raise WireError("an array of an unknown type or with too many axes")
        shape = struct.unpack(f"<{ndim}Q", self.take(8 * ndim))
        if not _allowed(shape):
            raise WireError("an array that is too large")
        count, dtype = math.prod(shape), DTYPES[code]
        if count * dtype.itemsize > len(self.data) - self.at:
            raise WireError("an array with more entries than bytes")
        found = np.empty(shape, dtype)
        if count:
            found[...] = np.frombuffer(self.data, dtype, count, self.at).reshape(shape)
        if code == 0 and found.view("u1").max(initial=0) > 1:
            raise WireError("a truth value that is neither true nor false")
        self.at += count * dtype.itemsize
        return found

    def scalar(self, depth: int) -> Any:
        array = self.array(depth)
        if array.ndim:
            raise WireError("a scalar with axes")
        return array[()]

    def reference(self, _: int) -> Reference:
        kind, number = _REFERENCE.unpack(self.take(_REFERENCE.size))
        if kind >= len(KINDS) or self.plain:
            raise WireError("a reference of an unknown kind, or where none may be")
        return Reference(KINDS[kind], number)

    def stream(self, depth: int) -> Stream:
        kind, state = self.value(depth + 1), self.value(depth + 1)
        if type(kind) is not str or type(state) is not dict or self.plain:
            raise WireError("a random stream of an unknown form")
        return Stream(kind, state)


_READERS: dict[int, Callable[[_Reader, int], Any]] = {
    ord("N"): lambda reader, depth: None,
    ord("T"): lambda reader, depth: True,
    ord("F"): lambda reader, depth: False,
    ord("f"): lambda reader, depth: reader.double(),
    ord("c"): lambda reader, depth: complex(reader.double(), reader.double()),
    ord("i"): _Reader.integer,
    ord("s"): _Reader.text,
    ord("b"): lambda reader, depth: bytes(reader.take(reader.length())),
    ord("l"): _Reader.sequence,
    ord("t"): lambda reader, depth: tuple(reader.sequence(depth)),
    ord("d"): _Reader.mapping,
    ord("S"): _Reader.members,
    ord("Z"): lambda reader, depth: frozenset(reader.members(depth)),
    ord("a"): _Reader.array,
    ord("g"): _Reader.scalar,
    ord("r"): _Reader.reference,
    ord("R"): _Reader.stream,
}
