"""Round trips that a blank answer doesn't need, and what they must not change."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from tests.grader.sealed.conftest import conversing

UNWRITTEN = """
def f(x, *, y=2):
    \"\"\"Do it.\"\"\"
    raise NotImplementedError("return  x")

def g(x):
    return x
"""


def test_a_function_that_only_raises_is_not_asked() -> None:
    with conversing(UNWRITTEN) as talk:
        f = talk.look_up(["f", "g"])["f"]
        before, asked = talk.requests, []
        for call in (lambda: f(x=1, y=2), lambda: f(x=1), lambda: f(1, y=2)):
            with pytest.raises(NotImplementedError, match=r"^return x$") as caught:
                call()
            asked.append(talk.requests - before)
            assert caught.value.place == "in f(), line 4 of its cell"  # type: ignore[attr-defined]
        assert asked == [0, 1, 2]  # other arguments than all of its own might be refused
        with pytest.raises(TypeError):
            f(x=1, z=2)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    raise NotImplementedError(x)",
        "def f(x):\n    yield\n    raise NotImplementedError('x')",
        "async def f(x):\n    raise NotImplementedError('x')",
        "def f(*x):\n    raise NotImplementedError('x')",
        "def f(x):\n    if x:\n        raise NotImplementedError('x')",
        "NotImplementedError = ValueError\ndef f(x):\n    raise NotImplementedError('x')",
        "class f:\n    def __call__(self, x):\n        raise NotImplementedError('x')",
        "f = lambda x: NotImplementedError('x')",
    ],
)
def test_any_other_function_is_asked(source: str) -> None:
    with conversing(source) as talk:
        f = talk.look_up(["f"])["f"]
        before = talk.requests
        with contextlib.suppress(Exception):
            f(x=1)
        assert talk.requests > before


def test_a_generator_moves_on_as_if_it_had_been_handed_over() -> None:
    left = []
    for source in (UNWRITTEN, UNWRITTEN.replace("raise", "x\n    raise")):
        with conversing(source) as talk:
            rng = np.random.default_rng(1)
            with pytest.raises(NotImplementedError):
                talk.look_up(["f"])["f"](x=rng, y=1)
            left.append(rng.integers(2**32))
    assert left[0] == left[1]


def test_names_are_looked_up_again_only_after_something_ran() -> None:
    with conversing("data = {'a': [1]}\ndef f():\n    data['a'].append(2)") as talk:
        first = talk.look_up(["data", "f"])
        first["data"]["a"].append("the test's")
        count = talk.requests
        again = talk.look_up(["data", "f"])
        assert again["data"] == {"a": [1]} and talk.requests == count
        again["f"]()
        assert talk.look_up(["data", "f"])["data"] == {"a": [1, 2]}
        assert list(talk.look_up(["data"])) == ["data"]
