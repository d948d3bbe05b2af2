"""Plain data as bytes: all that may cross between a student's process and the judge.

No pickle: decoding builds exact builtin types, exact ``numpy.ndarray`` and nothing else, whatever
the other side sends. A value is one tag byte, for most tags a length, and its content. Everything
is bounded: the bytes of a frame, the depth, the digits of a whole number, the bytes of an array.

What isn't data, such as a function or an object, crosses as a :class:`Reference`: a number that
means something only to the side that holds the thing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["FRAME_LIMIT", "Reference", "UnsendableError", "WireError", "decode", "encode"]

FRAME_LIMIT = 64 * 2**20
DEPTH_LIMIT = 40
ITEM_LIMIT = 2_000_000
DIGIT_LIMIT = 4096  # bytes of one whole number
NDIM_LIMIT = 16

#: The array types that cross; one byte each instead of numpy's spelling.
DTYPES = [
    np.dtype(code)
    for code in ("?", "i1", "i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8")
] + [np.dtype("<c8"), np.dtype("<c16")]
CODE = {dtype: code for code, dtype in enumerate(DTYPES)}

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


KINDS = ("callable", "object", "iterator", "callback", "rng", "figure")


def encode(value: Any, refer: Callable[[Any], Reference | None] | None = None) -> bytes:
    """Turn a value into bytes.

    Parameters
    ----------
    value
        None, bool, int, float, complex, str, bytes, list, tuple, dict, numeric arrays and scalars.
    refer
        Asked about everything else: returns a reference, or None where it can't cross.

    Raises
    ------
    UnsendableError
        If part of the value can't cross.
    WireError
        If a bound is broken.
    """
    parts: list[bytes] = []
    _put(value, parts, refer, 0)
    data = b"".join(parts)
    if len(data) > FRAME_LIMIT:
        raise WireError(f"too large to send: {len(data)} bytes, at most {FRAME_LIMIT}")
    return data


def _put(
    value: Any, parts: list[bytes], refer: Callable[[Any], Reference | None] | None, depth: int
) -> None:
    if depth > DEPTH_LIMIT:
        raise WireError(f"nested more than {DEPTH_LIMIT} deep")
    kind = type(value)
    if value is None:
        parts.append(b"N")
    elif kind is bool:
        parts.append(b"T" if value else b"F")
    elif kind is float:
        parts += (b"f", _DOUBLE.pack(value))
    elif isinstance(value, np.ndarray):
        _put_array(b"a", value, parts)
    elif isinstance(value, np.generic):
        _put_array(b"g", np.asarray(value), parts)
    elif isinstance(value, int):
        size = (int(value).bit_length() + 8) // 8
        if size > DIGIT_LIMIT:
            raise WireError("a whole number with more digits than may be sent")
        parts += (b"i", _LENGTH.pack(size), int(value).to_bytes(size, "little", signed=True))
    elif isinstance(value, float):
        parts += (b"f", _DOUBLE.pack(value))
    elif isinstance(value, complex):
        parts += (b"c", _DOUBLE.pack(value.real), _DOUBLE.pack(value.imag))
    elif isinstance(value, str):
        text = str.encode(value, "utf-8", "surrogatepass")
        parts += (b"s", _LENGTH.pack(len(text)), text)
    elif isinstance(value, bytes):
        parts += (b"b", _LENGTH.pack(len(value)), bytes(value))
    elif isinstance(value, list | tuple):
        parts += (b"l" if isinstance(value, list) else b"t", _LENGTH.pack(len(value)))
        for item in value:
            _put(item, parts, refer, depth + 1)
    elif isinstance(value, dict):
        parts += (b"d", _LENGTH.pack(len(value)))
        for key, item in value.items():
            _put(key, parts, refer, depth + 1)
            _put(item, parts, refer, depth + 1)
    elif isinstance(value, Reference):
        parts += (b"r", _REFERENCE.pack(KINDS.index(value.kind), value.number))
    else:
        reference = refer(value) if refer else None
        if reference is None:
            raise UnsendableError(
                f"a {kind.__name__} can't cross; use numbers, strings, lists, tuples, dicts or "
                "numeric arrays"
            )
        _put(reference, parts, None, depth)


def _put_array(tag: bytes, value: np.ndarray, parts: list[bytes]) -> None:
    dtype = value.dtype.newbyteorder("<") if value.dtype.byteorder == ">" else value.dtype
    if dtype not in CODE:
        raise UnsendableError(
            f"an array of {value.dtype} can't cross; use numbers (float64, int64, bool, …)"
        )
    if value.ndim > NDIM_LIMIT:
        raise WireError(f"an array with more than {NDIM_LIMIT} axes")
    plain = np.ascontiguousarray(value, dtype=dtype)
    parts += (
        tag,
        bytes((CODE[dtype], value.ndim)),
        struct.pack(f"<{value.ndim}Q", *value.shape),
        plain.tobytes(),
    )


def decode(data: bytes) -> Any:
    """Build the value that some bytes stand for.

    Parameters
    ----------
    data
        From anybody: nothing about them is trusted.

    Returns
    -------
    Any
        Exact builtin types, exact arrays (fresh and writable) and references.

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
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.items = data, 0, 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise WireError("the frame ends in the middle of a value")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def length(self) -> int:
        return int(_LENGTH.unpack(self.take(4))[0])

    def double(self) -> float:
        return float(_DOUBLE.unpack(self.take(8))[0])

    def value(self, depth: int) -> Any:
        self.items += 1
        if depth > DEPTH_LIMIT or self.items > ITEM_LIMIT:
            raise WireError("nested too deep, or too many items")
        tag = self.take(1)
        read = _READERS.get(tag)
        if read is None:
            raise WireError(f"unknown tag {tag!r}")
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
        count = self.length()
        if count > len(self.data) - self.at:  # each item takes at least one byte
            raise WireError("more items than bytes")
        return [self.value(depth + 1) for _ in range(count)]

    def mapping(self, depth: int) -> dict[Any, Any]:
        count = self.length()
        if 2 * count > len(self.data) - self.at:
            raise WireError("more items than bytes")
        found: dict[Any, Any] = {}
        for _ in range(count):
            key = self.value(depth + 1)
            try:
                found[key] = self.value(depth + 1)
            except TypeError:
                raise WireError("a key that can't be a key") from None
        return found

    def array(self, _: int) -> np.ndarray:
        code, ndim = self.take(2)
        if code >= len(DTYPES) or ndim > NDIM_LIMIT:
            raise WireError("an array of an unknown type or with too many axes")
        shape = struct.unpack(f"<{ndim}Q", self.take(8 * ndim))
        count = math.prod(shape)
        if max(shape, default=0) > FRAME_LIMIT:
            raise WireError("an array axis that is too long")
        content = self.take(count * DTYPES[code].itemsize)
        if code == 0 and content.translate(None, b"\x00\x01"):
            raise WireError("a truth value that is neither true nor false")
        return np.frombuffer(content, dtype=DTYPES[code]).reshape(shape).copy()

    def scalar(self, depth: int) -> Any:
        array = self.array(depth)
        if array.ndim:
            raise WireError("a scalar with axes")
        return array[()]

    def reference(self, _: int) -> Reference:
        kind, number = _REFERENCE.unpack(self.take(_REFERENCE.size))
        if kind >= len(KINDS):
            raise WireError("a reference of an unknown kind")
        return Reference(KINDS[kind], number)


_READERS: dict[bytes, Callable[[_Reader, int], Any]] = {
    b"N": lambda reader, depth: None,
    b"T": lambda reader, depth: True,
    b"F": lambda reader, depth: False,
    b"f": lambda reader, depth: reader.double(),
    b"c": lambda reader, depth: complex(reader.double(), reader.double()),
    b"i": _Reader.integer,
    b"s": _Reader.text,
    b"b": lambda reader, depth: reader.take(reader.length()),
    b"l": _Reader.sequence,
    b"t": lambda reader, depth: tuple(reader.sequence(depth)),
    b"d": _Reader.mapping,
    b"a": _Reader.array,
    b"g": _Reader.scalar,
    b"r": _Reader.reference,
}
