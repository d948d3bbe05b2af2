"""Functions made anew are told to be the same, and told apart by anything that they read."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest

from course_utils.checks import Task, remember
from course_utils.fingerprint import Unclear, fingerprint
from course_utils.reference import kept, remembering


def made(source: str, **names: Any) -> Callable[..., Any]:
    space: dict[str, Any] = {"np": np, **names}
    exec(source, space)
    return space["f"]  # type: ignore[no-any-return]


PLAIN = "def f(x):\n    return scale * x"
CAUGHT = "def outer(rule):\n    return lambda x: rule(x)\nf = outer(g)"
CHAIN = "def g(x):\n    return scale * x\n" + CAUGHT
WAYS = {
    "a global": lambda value: made(PLAIN, scale=value),
    "an array": lambda value: made(PLAIN, scale=np.linspace(0, value, 5000)),
    "a default": lambda value: made("def f(x, scale=scale):\n    return x", scale=value),
    "a constant": lambda value: made(f"def f(x):\n    return {value} * x"),
    "a function that it caught": lambda value: made(CHAIN, scale=value),
    "a function in a dictionary": lambda value: made(
        PLAIN, scale={"k": [made(CHAIN, scale=value)]}
    ),
    "a partial function": lambda value: made(PLAIN, scale=partial(made(CHAIN, scale=1), value)),
    "a function with a cache": lambda value: made(
        "def f(x):\n    return g(x)", g=lru_cache(made(PLAIN, scale=value))
    ),
    "a function inside": lambda value: made(
        "def f(x):\n    return (lambda: scale * x)()", scale=value
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_equal_where_all_that_is_read_is_equal(way: str) -> None:
    assert fingerprint(WAYS[way](2.0)) == fingerprint(WAYS[way](2.0))
    assert hash(fingerprint(WAYS[way](2.0))) == hash(fingerprint(WAYS[way](2.0)))
    assert fingerprint(WAYS[way](2.0)) != fingerprint(WAYS[way](3.0))


def test_zero_and_minus_zero_differ_and_nan_is_nan() -> None:
    assert fingerprint(0.0) != fingerprint(-0.0) and fingerprint(1) != fingerprint(True)
    assert fingerprint([np.nan]) == fingerprint([float("nan")])


def test_functions_that_call_themselves_or_each_other() -> None:
    source = "def g(x):\n    return f(x)\ndef f(x):\n    return g(x) + f(x) + scale"
    assert fingerprint(made(source, scale=1)) == fingerprint(made(source, scale=1))
    assert fingerprint(made(source, scale=1)) != fingerprint(made(source, scale=2))


class Away:
    def __call__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "thing",
    [np.random.default_rng(1), iter([1]), Away()],
    ids=["generator", "iterator", "callable"],
)
def test_what_changes_or_runs_elsewhere_is_unclear(thing: object) -> None:
    with pytest.raises(Unclear):
        fingerprint(made(PLAIN, scale=thing))


def test_kept_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_GRADING_SEED", "3")
    count: list[int] = []

    def rules(scale: float) -> tuple[Callable[..., Any], ...]:
        def truth(x: float) -> float:
            calls.append(1)
            return scale * x

        calls = _Counter(count)
        return made('def f(rng):\n    return {"x": float(rng.uniform(1, 2))}'), truth

    def want(scale: float, message: str) -> tuple[float, list[str]]:
        inputs, truth = rules(scale)
        case = Task("1", "there").draw(
            inputs, truth, {message: made("def f(x):\n    return x + 50")}
        )
        return case.want / case.inputs["x"], list(case.wrong)

    with remembering(None):
        remember()
        assert want(2.0, "said so") == (2.0, ["said so"]) and len(count) == 1
        assert want(2.0, "said so") == (2.0, ["said so"]) and len(count) == 1, "not kept"
        assert want(4.0, "said so") == (4.0, ["said so"]) and len(count) == 2
        assert want(2.0, "other words") == (2.0, ["other words"]) and len(count) == 3


def test_a_memory_is_there_within_its_block_only() -> None:
    calls: list[int] = []

    def value() -> int:
        rng = np.random.default_rng(0)
        return kept("1", rng, made("def f():\n    calls.append(1)\n    return 1", calls=_calls))

    _calls = _Counter(calls)
    outer: dict[Any, Any] = {}
    with remembering(None):
        value()
        with remembering(outer):
            value(), value()
            with pytest.raises(RuntimeError), remembering({}):
                value()
                raise RuntimeError
            value()
        assert len(calls) == 3 and len(outer) == 1
        value()
        assert len(calls) == 4, "kept outside of the block"


class _Counter:
    def __init__(self, calls: list[int]) -> None:
        self.append = calls.append
