"""A process that breaks the rules of the talk: nothing worse than a lost point comes of it."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.checks import CheckFailed
from grader.sealed import proxies, wire
from grader.sealed.channel import Channel, Gone
from grader.sealed.proxies import Conversation
from grader.sealed.wire import Reference, Stream
from tests.grader.sealed.conftest import answering, conversing, said

FUNCTION = Reference("callable", 1)
THING = Reference("object", 2)
FIGURE = Reference("figure", 3)


USES: list[Callable[[Conversation], Any]] = [
    lambda talk: talk.look_up(["f", "g"]),
    lambda talk: proxies.proxy(talk, FUNCTION)(1.0, x=[2]),
    lambda talk: proxies.proxy(talk, FUNCTION).call_in_place(x=np.zeros(2)),
    lambda talk: proxies.proxy(talk, FUNCTION).call_each([{"x": 1}, {"x": 2}]),
    lambda talk: proxies.proxy(talk, THING).value,
    lambda talk: next(iter(proxies.proxy(talk, THING))),
    lambda talk: talk.run("x = 1", "task1"),
]


FORGED: list[Any] = [
    b"",
    b"\xff" * 40,
    wire.encode(("", "ran")) + b"N",
    None,
    [],
    (),
    ("",),
    ("", "value"),
    ("", "value", 1),
    ("", "value", 1, {}, 5),
    ("", "value", 1, [1]),
    ("", 5, 1, {}),
    (b"", "value", 1, {}),
    ("", "passed", 1, {}),
    ("", "value", Reference("callback", 0), {}),
    ("", "value", Stream("PCG64", {}), {}),
    ("", "value", [Reference("callback", 7)], {}),
    ("", "raised", ["ValueError"], "text"),
    ("", "names", [1]),
    ("", "names", {"f": Reference("callback", 0)}),
    ("", "values", [("value", 1, {})]),
    ("", "values", [("value", 1, {})] * 3),
    ("", "values", 7),
    ("callback", 0, (), {}),
    ("callback", -1, (), {}),
    ("callback", 2**40, (), {}),
    ("callback", True, (), {}),
    ("callback", 0, [], {}),
    ("callback", 0, (), []),
    ("callback", 0, ()),
    ("answer", 1),
    ("refused", "ValueError", "x"),
]


@pytest.mark.parametrize("frame", FORGED, ids=lambda f: f"{f!r:.50}")
def test_a_forged_reply_ends_the_talk(frame: Any) -> None:
    for use in USES:
        with answering(frame) as talk:
            with contextlib.redirect_stdout(io.StringIO()), pytest.raises(Gone):
                use(talk)
            assert talk.over
            with pytest.raises(Gone):
                proxies.proxy(talk, FUNCTION)(1.0)


@pytest.mark.parametrize("changed", [{"never": 1}, {5: 1}, {("x",): np.zeros(3)}])
def test_what_was_not_handed_over_cannot_have_changed(changed: Any) -> None:
    with answering(("", "value", 1, changed)) as talk, pytest.raises(Gone):
        proxies.proxy(talk, FUNCTION)(1.0, x=2)


@pytest.mark.parametrize(
    "reply",
    [
        ("value", FIGURE, {}),
        ("value", [["figure", []], FUNCTION], {}),
        ("value", ["figure", [[["a"] * 5, [], [], [[1, 2, 3, 4]]]]], {}),
        ("raised", ["ValueError"], "no", ""),
        ("ran",),
    ],
)
def test_a_figure_that_is_none(reply: Any) -> None:
    frames = [("", "value", FIGURE, {}), ("", *reply)]
    with answering(*frames) as talk, pytest.raises(Gone):
        proxies.proxy(talk, FUNCTION)()


def test_a_figure_of_figures_does_not_go_on_for_ever() -> None:
    with answering(*[("", "value", FIGURE, {})] * 200) as talk, pytest.raises(Gone):
        proxies.proxy(talk, FUNCTION)()


@pytest.mark.parametrize(
    ("kinds", "text", "place", "comes"),
    [
        (["CheckFailed"], "no", "", proxies.StudentError),
        (["Gone", "Unjudgeable", "NoMoreError"], "no", "", proxies.StudentError),
        (["print", "object", "type", "BaseException"], "no", "", proxies.StudentError),
        ([5, None, "KeyError"], "k", 7, KeyError),
        ("ValueError", "no", "", proxies.StudentError),
        ([], 5, None, proxies.StudentError),
        (["__import__", "eval", "ValueError"], "no", "", ValueError),
        (["StopAsyncIteration"], "no", "", RuntimeError),
        (["BaseExceptionGroup", "OSError"], "no", "", OSError),
        (["x"] * 10**5, "no", "", proxies.StudentError),
        (["ValueError"], "x" * 10**5, "y" * 10**5, ValueError),
    ],
)
def test_forged_exceptions_are_builtin_or_of_no_kind(
    kinds: Any, text: Any, place: Any, comes: type[Exception]
) -> None:
    with answering(("", "raised", kinds, text, place)) as talk:
        with pytest.raises(comes) as caught:
            proxies.proxy(talk, FUNCTION)()
        assert type(caught.value) is comes and not isinstance(caught.value, CheckFailed)
        assert len(str(caught.value)) <= 500 and len(caught.value.place) <= 500  # type: ignore[attr-defined]
        assert not talk.over


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(FORGED)
        | st.binary(max_size=30)
        | st.tuples(
            st.just(""),
            st.sampled_from(["value", "raised", "names", "values", "ran"]),
            st.sampled_from([1, [], {}, FUNCTION, THING, FIGURE, {"f": FUNCTION}, [FIGURE]]),
            st.sampled_from([{}, {"x": 1}, {0: [2]}, "text", FUNCTION]),
        ),
        max_size=9,
    )
)
def test_whatever_is_answered_nothing_else_leaves(frames: list[Any]) -> None:
    came: list[Any] = []
    with answering(*frames, then=lambda sock: sock.shutdown(socket.SHUT_WR)) as talk:
        for use in USES:
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    came.append(use(talk))
                except (Exception, Gone) as error:
                    came.append(error)
    for one in came:
        builtin = isinstance(one, Exception) and type(one).__module__ == "builtins"
        fine = (proxies.StudentError, Gone, proxies.Proxy, int, dict, list, type(None))
        assert builtin or isinstance(one, fine), one


def test_a_reply_before_it_is_asked_for_is_no_answer_to_something_else() -> None:
    # What a forger sends ahead is read in the place of the true reply, and the talk ends there.
    frames = [("", "value", 1.0, {}), ("", "value", 2.0, {}), ("", "ran")]
    with answering(*frames) as talk:
        f = proxies.proxy(talk, FUNCTION)
        assert [f(), f()] == [1.0, 2.0]
        with pytest.raises(Gone):
            talk.look_up(["f"])


def test_half_a_frame_and_the_end() -> None:
    def end(sock: socket.socket) -> None:
        sock.sendall(struct.pack("<I", 100) + b"l")
        sock.close()

    with answering(then=end) as talk, pytest.raises(Gone, match="closed"):
        proxies.proxy(talk, FUNCTION)()


def test_a_frame_that_is_announced_too_large_takes_no_memory() -> None:
    def announce(sock: socket.socket) -> None:
        sock.sendall(struct.pack("<I", 2**32 - 1))

    with answering(then=announce) as talk, pytest.raises(Gone, match="a frame of"):
        proxies.proxy(talk, FUNCTION)()


def test_floods_end_at_the_allowance() -> None:
    frame = wire.encode(("x" * 1000, "value", [0.5] * 10_000, {}))

    def flood(sock: socket.socket) -> None:
        while True:
            sock.sendall(struct.pack("<I", len(frame)) + frame)

    with answering(then=flood) as talk, contextlib.redirect_stdout(io.StringIO()):
        f = proxies.proxy(talk, FUNCTION)
        count = 0
        with pytest.raises(Gone, match="more than it may"):
            while True:
                f()
                count += 1
    assert 5 < count <= 2**20 // len(frame)


def test_a_flood_of_calls_of_an_oracle_ends_too() -> None:
    def flood(sock: socket.socket) -> None:
        body = wire.encode(("callback", 0, (bytes(1000),), {}))
        while True:
            sock.sendall(struct.pack("<I", len(body)) + body)
            sock.recv(2**16)

    calls = 0

    def oracle(x: bytes) -> None:
        nonlocal calls
        calls += 1

    with answering(then=flood) as talk, pytest.raises(Gone, match="more than it may"):
        proxies.proxy(talk, FUNCTION)(oracle)
    assert 100 < calls < 1100


def test_recursion_through_oracles_ends() -> None:
    source = "def f(g):\n    return g(g)"
    with conversing(source) as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(Gone, match="nested too deep"):
            f(lambda g: f(g))


def test_no_call_without_an_oracle() -> None:
    with answering(("callback", 0, (), {})) as talk, pytest.raises(Gone, match="isn't there"):
        talk.run("x = 1", "task1")


def test_what_is_printed_does_not_look_like_a_call() -> None:
    out = io.StringIO()
    with conversing("def f(x):\n    print('callback', end='')\n    return x") as talk:
        with contextlib.redirect_stdout(out):
            assert talk.look_up(["f"])["f"](1) == 1
    assert out.getvalue() == "callback"


def test_the_printed_text_of_a_forger_is_cut() -> None:
    out = io.StringIO()
    with answering(("x" * 500_000, "value", 1, {})) as talk, contextlib.redirect_stdout(out):
        proxies.proxy(talk, FUNCTION)()
    assert len(out.getvalue()) == 20_000


def test_a_check_that_catches_everything_still_loses() -> None:
    # Gone is no Exception; the judge looks at the talk afterwards too, see test_judge.
    with answering(b"\xff") as talk:
        with pytest.raises(Gone):
            said(lambda t: t.call(proxies.proxy(talk, FUNCTION), x=1))
        assert talk.over


def test_in_place_a_forger_changes_nothing_but_what_was_handed_over() -> None:
    for changed in (
        {"x": np.zeros(3)},
        {"x": np.zeros(2, int)},
        {"x": [1]},
        {"x": THING},
        {"y": 1},
    ):
        x = np.ones(2)
        with answering(("", "value", 1, changed)) as talk, pytest.raises(Gone):
            proxies.proxy(talk, FUNCTION).call_in_place(x=x)
        assert x.tolist() == [1, 1]


def test_a_damaged_talk_says_so_at_once() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    talk = Conversation(Channel(ours))
    begin = time.monotonic()
    with pytest.raises(Gone):
        talk.run("x = 1", "task1")
    assert time.monotonic() - begin < 1
    ours.close()
