"""The wire format: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import array
import collections
import enum
import math
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from grader.sealed import wire
from grader.sealed.wire import Reference, Stream, UnsendableError, WireError, decode, encode

PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
LENGTH = struct.Struct("<I")


def exact(value: Any) -> bool:
    """Tell whether a value is of exact types all through."""
    kind = type(value)
    if kind is np.ndarray or issubclass(kind, np.generic):
        return value.dtype in wire.CODE
    if kind in (Reference, Stream):
        return True
    if kind in (list, tuple, set, frozenset):
        return all(map(exact, value))
    if kind is dict:
        return all(map(exact, value)) and all(map(exact, value.values()))
    return kind in PLAIN


def identical(a: Any, b: Any) -> bool:
    """Compare to the last bit: types, signs of zero, payloads of nan, order of keys."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, complex):
        return struct.pack("dd", a.real, a.imag) == struct.pack("dd", b.real, b.imag)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict):
        return identical(list(a.items()), list(b.items()))
    return bool(a == b)


NAN = struct.unpack("<d", bytes.fromhex("efbeadde0000f87f"))[0]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 127, 128, -128, -129, 2**63, -(2**63), 10**2000, -(10**2000)),
    *(0.0, -0.0, 1e-320, math.inf, -math.inf, NAN, 1.5, 2 - 3j, complex(-0.0, NAN)),
    *("", "Grün", "\ud800", "\udfff\ud800", "𝜃", "a\x00b", b"", b"\xff\x00"),
    *([], (), {}, set(), frozenset(), [[]], ((),), {"a": {}}, {1, 2}, frozenset({"a"})),
    *({1: "a", "1": 2, None: 3, (1, ("x",)): 4, 2.5: 6}, [1, [2.0, ("x", {"k": b"v"})]]),
    *(Reference("callable", 0), [Reference("figure", 2**32 - 1)]),
    Stream("PCG64", {"state": {"inc": 2**127, "state": 3}, "has_uint32": 0}),
]
ARRAYS = [
    *(np.zeros(shape, dtype) for dtype in wire.DTYPES for shape in ((), (0,), (3,), (2, 0, 3))),
    np.array([NAN, -0.0]),
    np.arange(24.0).reshape(2, 3, 4),
    *(np.float32(1.5), np.bool_(True), np.int8(-3), np.complex64(1j), np.uint64(2**64 - 1)),
    np.array(3.0),
    np.zeros((1,) * wire.NDIM_LIMIT),
]


@pytest.mark.parametrize("value", [*VALUES, *ARRAYS], ids=lambda v: f"{type(v).__name__}-{v!r:.25}")
def test_what_goes_in_comes_out(value: Any) -> None:
    back = decode(encode(value))
    assert identical(back, value)
    assert exact(back)


class Liar(float):
    def __float__(self) -> float:
        return 7.0

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Word(str):
    def encode(self, *_: Any) -> bytes:  # type: ignore[override]
        return b"another"


class Level(enum.IntEnum):
    LOW = 3


class Named(list):  # type: ignore[type-arg]
    title = "x"


class Table(np.ndarray):
    pass


POINT = collections.namedtuple("POINT", "x y")


@pytest.mark.parametrize(
    ("given", "comes"),
    [
        (Liar(2.5), 2.5),
        (Word("said"), "said"),
        (Level.LOW, 3),
        (Named([1, Liar(2.0)]), [1, 2.0]),
        (POINT(1, 2), (1, 2)),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (np.arange(3.0).view(Table), np.arange(3.0)),
        (np.ma.masked_array([1.0, 2.0], [False, True]), np.array([1.0, 2.0])),
        (np.arange(3, dtype=">i4"), np.arange(3, dtype="<i4")),
        (np.arange(6.0).reshape(2, 3).T, np.array([[0.0, 3], [1, 4], [2, 5]])),
        (np.arange(6.0)[::-2], np.array([5.0, 3, 1])),
        (np.asfortranarray(np.eye(2)), np.eye(2)),
        (np.arange(3, dtype=np.longlong), np.arange(3)),
        (np.str_("a"), "a"),
        (np.bytes_(b"a"), b"a"),
        (np.float64(2.5), np.float64(2.5)),
        (range(3), [0, 1, 2]),
        (collections.deque([1.0, 2.0]), [1.0, 2.0]),
        (array.array("d", [1.0, 2.0]), np.array([1.0, 2.0])),
        ({np.int64(1): 2}, {np.int64(1): 2}),
    ],
    ids=repr,
)
def test_exact_types_come_out_of_subclasses(given: Any, comes: Any) -> None:
    back = decode(encode(given))
    assert identical(back, comes)
    assert exact(back)


def test_an_array_is_fresh_and_writable() -> None:
    back = decode(encode(np.broadcast_to(np.float64(1), (3, 3))))
    back[0, 0] = 5
    assert back.sum() == 13 and back.flags.owndata


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.array([1, None]), "array of object"),
        (np.array(["a"]), "array of <U1"),
        (np.zeros(2, "M8[s]"), "array of datetime64"),
        (np.zeros(2, [("a", float)]), "array of"),
        (np.longdouble(1), "array of"),
        (object(), "type object"),
        (np, "type module"),
        (lambda: 0, "type function"),
        ([1, {"a": {object()}}], "type object"),
        ({(1, print): 2}, "builtin_function_or_method"),
    ],
)
def test_what_is_no_data_is_named(value: Any, words: str) -> None:
    with pytest.raises(UnsendableError, match=words):
        encode(value)
    with pytest.raises(UnsendableError, match="numbers, strings, lists"):
        encode(value)


def test_a_reference_or_plain_data_may_stand_for_something() -> None:
    assert decode(encode([print, 1], lambda v: Reference("callable", 3))) == [
        Reference("callable", 3),
        1,
    ]
    assert decode(encode({"a": np.array(["x"])}, lambda v: v.tolist())) == {"a": ["x"]}
    with pytest.raises(UnsendableError):  # not in a place where it would be hashed
        encode({print: 1}, lambda v: Reference("callable", 3))
    with pytest.raises(UnsendableError):  # what stands for it isn't asked for again
        encode(print, lambda v: [v])


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def loop() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(wire.DEPTH_LIMIT + 1),
        loop(),
        1 << (8 * wire.DIGIT_LIMIT),
        [0] * 20_000,
        [np.zeros(0)] * 2_000,
        bytes(wire.FRAME_LIMIT),
        [bytes(2**20)] * 65,
        np.zeros(wire.FRAME_LIMIT // 8),
        np.broadcast_to(np.float64(1), (2**20, 2**20)),
        np.zeros((0, 2**20, 2**20)),
        np.zeros((1,) * (wire.NDIM_LIMIT + 1)),
    ],
    ids="depth loop digits items arrays bytes sum array broadcast empty ndim".split(),
)
def test_bounds_hold_for_the_sender(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ITEM_LIMIT", 20_000)
    with pytest.raises(WireError) as caught:
        encode(value)
    assert not isinstance(caught.value, UnsendableError)
    assert len(str(caught.value)) < 200


def test_the_largest_that_may_be_sent_can_be_sent() -> None:
    for value in (nested(wire.DEPTH_LIMIT), 1 << (8 * wire.DIGIT_LIMIT - 2), [0] * 10_000):
        assert decode(encode(value)) == value
    assert len(str(decode(encode(1 << (8 * wire.DIGIT_LIMIT - 2))))) > 2000  # can be printed


def array_frame(
    code: int, shape: tuple[int, ...], content: bytes = b"", tag: bytes = b"a"
) -> bytes:
    return tag + struct.pack(f"<BB{len(shape)}Q", code, len(shape), *shape) + content


def many(tag: bytes, count: int, content: bytes = b"") -> bytes:
    return tag + LENGTH.pack(count) + content


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"X",
        b"NN",
        b"f\x00",
        b"s",
        many(b"s", 2, b"\xff\xff"),
        many(b"s", 5, b"ab"),
        many(b"b", 2**32 - 1),
        many(b"i", wire.DIGIT_LIMIT + 1, bytes(wire.DIGIT_LIMIT + 1)),
        many(b"l", 2**32 - 1),
        many(b"t", 3, b"NN"),
        many(b"d", 2**31, b"N" * 10),
        many(b"d", 1, many(b"l", 0) + b"N"),
        many(b"d", 1, array_frame(11, ()) + bytes(8) + b"N"),
        many(b"d", 1, b"r\x00\x00\x00\x00\x00" + b"N"),
        many(b"d", 1, many(b"t", 1, b"r\x00\x00\x00\x00\x00") + b"N"),
        many(b"S", 1, many(b"d", 0)),
        many(b"Z", 1, b"r\x00\x00\x00\x00\x00"),
        many(b"l", 1) * (wire.DEPTH_LIMIT + 1) + b"N",
        many(b"l", 1) * 100_000,
        b"r\x63\x00\x00\x00\x00",
        b"r\x00",
        b"RNN",
        b"R" + many(b"s", 0) + b"N",
        array_frame(99, ()),
        array_frame(11, (3,)),
        array_frame(11, (2**63, 2**63)),
        array_frame(11, (2**64 - 1,) * 16),
        array_frame(11, (0, 2**40)),
        array_frame(11, (0, 2**26, 2**26, 2**26)),
        array_frame(11, (2**27,)),
        array_frame(11, (1,) * 17, bytes(8)),
        array_frame(0, (2,), b"\x01\x02"),
        array_frame(0, (), b"\x07", b"g"),
        array_frame(11, (1,), bytes(8), b"g"),
        b"a\x0b",
    ],
    ids=lambda f: f"{len(f)}-{f[:12]!r}",
)
def test_what_is_no_value_is_refused(frame: bytes) -> None:
    with pytest.raises(WireError):
        decode(frame)
    with pytest.raises(WireError):
        decode(bytearray(frame))


def test_a_frame_over_the_limit_is_refused_at_once() -> None:
    with pytest.raises(WireError, match="a frame of"):
        decode(bytes(wire.FRAME_LIMIT + 1))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_plain_value_or_an_error(frame: bytes) -> None:
    try:
        value = decode(frame)
    except WireError:
        return
    assert exact(value)


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | st.binary()
) | (st.complex_numbers() | st.text(st.characters(exclude_categories=())))
KEYS = st.recursive(st.none() | st.integers() | st.text(), lambda s: st.tuples(s, s), max_leaves=4)
DTYPE = st.sampled_from(wire.DTYPES)
NUMBERS = DTYPE.flatmap(
    lambda d: npst.arrays(d, npst.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
TREES = st.recursive(
    SCALARS
    | NUMBERS
    | st.builds(Reference, st.sampled_from(wire.KINDS), st.integers(0, 2**32 - 1)),
    lambda s: st.lists(s) | st.lists(s).map(tuple) | st.dictionaries(KEYS, s) | st.sets(KEYS),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_decode_undoes_encode(value: Any) -> None:
    back = decode(encode(value))
    assert identical(back, value)
    assert identical(decode(encode(back)), value)


@settings(max_examples=200, deadline=None)
@given(TREES, st.data())
def test_a_damaged_frame_is_a_plain_value_or_an_error(value: Any, data: st.DataObject) -> None:
    frame = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    for damaged in (bytes(frame), bytes(frame[:cut]), bytes(frame + frame[:cut])):
        try:
            assert exact(decode(damaged))
        except WireError:
            continue


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("none", b"N"),
        ("number", b"f" + bytes(8)),
        ("word", many(b"s", 2, "ж".encode())),
        ("list", many(b"l", 1, b"N")),
        ("dict", many(b"d", 1, b"NN")),
        ("set", many(b"S", 0)),
        ("array", array_frame(11, (0,) * 3)),
    ],
)
def test_memory_stays_within_a_small_multiple_of_the_limits(
    kind: str, item: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both limits smaller by the same factor: the test is about their ratio.
    monkeypatch.setattr(wire, "FRAME_LIMIT", wire.FRAME_LIMIT // 64)
    monkeypatch.setattr(wire, "ITEM_LIMIT", wire.ITEM_LIMIT // 64)
    count = min(wire.FRAME_LIMIT - 5, wire.ITEM_LIMIT * len(item)) // len(item)
    frame = many(b"l", count, item * count)
    tracemalloc.start()
    try:
        try:
            held = decode(frame)
        except WireError:
            held = None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del held
    assert peak < 3 * wire.FRAME_LIMIT


def test_memory_of_one_large_array_is_about_its_own() -> None:
    frame = encode(np.zeros(4 * 2**20))
    tracemalloc.start()
    try:
        decode(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * len(frame)
