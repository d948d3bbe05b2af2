"""The talk between judge and student's process: honest use of every kind."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
from typing import Any

import numpy as np
import pytest

from grader.sealed.proxies import StudentError
from tests.grader.sealed.conftest import conversing, either, said

ENGINES = pytest.mark.parametrize("engine", ["stock", "sealed"])


# -- functions, classes, iterators -----------------------------------------------------------------


@ENGINES
def test_a_function_gets_copies_and_gives_plain_data(engine: str) -> None:
    source = (
        "import numpy as np\ndef f(x, *, scale=1):\n    x = x * scale\n    return x, {'n': len(x)}"
    )
    x = np.arange(3.0)
    with either(engine, source) as f:
        got, extra = f(x, scale=2)
        assert type(got) is np.ndarray and got.tolist() == [0, 2, 4] and extra == {"n": 3}
        assert f.__name__ == "f" and callable(f)
    assert x.tolist() == [0, 1, 2]


COUNTER = """
class Counter:
    step = 2
    def __init__(self, start):
        self.value = start
    def add(self, by=1):
        self.value += by * self.step
        return self
    @property
    def double(self):
        return 2 * self.value
    def __iter__(self):
        return iter(range(self.value))
"""


@ENGINES
def test_classes_keep_their_state(engine: str) -> None:
    with either(engine, COUNTER, "Counter") as counter:
        one, other = counter(1), counter(start=10)
        assert one.add().add(3).value == 9
        assert (other.value, other.double, counter.step) == (10, 20, 2)
        assert list(counter(3)) == [0, 1, 2]
        twin = copy.deepcopy(one)
        twin.add()
        assert (one.value, twin.value) == (9, 11)
        with pytest.raises(AttributeError):
            one.missing  # noqa: B018
        with pytest.raises(TypeError):
            one()
        assert not callable(one) and callable(one.add)


@ENGINES
def test_generators_are_lazy_and_may_be_endless(engine: str) -> None:
    source = "def f(x):\n    while True:\n        yield x\n        x *= 2"
    with either(engine, source) as f:
        items = f(3)
        assert list(itertools.islice(items, 5)) == [3, 6, 12, 24, 48]
        assert next(items) == 96
        assert [x for x, _ in zip(f(1), range(3), strict=False)] == [1, 2, 4]


def test_an_iterator_takes_no_item_too_many() -> None:
    source = (
        "asked = []\ndef f():\n    for i in range(100):\n        asked.append(i)\n        yield i"
    )
    with conversing(source) as talk:
        items = talk.look_up(["f"])["f"]()
        assert [next(items), next(items)] == [0, 1]
        assert talk.look_up(["asked"])["asked"] == [0, 1]
        assert list(items)[-1] == 99


@ENGINES
def test_functions_go_back_into_functions(engine: str) -> None:
    source = "def f(x=None):\n    return (lambda y: y + 1) if x is None else x(10)"
    with either(engine, source) as f:
        assert f(f()) == 11
        assert f()(4) == 5


@ENGINES
def test_sets_ranges_and_words_arrive(engine: str) -> None:
    source = (
        "import numpy as np\ndef f():\n    return {1, 2}, np.str_('a'), [np.int64(3)], range(3)"
    )
    with either(engine, source) as f:
        a, b, c, d = f()
        assert a == {1, 2} and b == "a" and isinstance(b, str) and c == [3] and list(d) == [0, 1, 2]


# -- oracles ---------------------------------------------------------------------------------------


@ENGINES
def test_oracles_are_called_at_home(engine: str) -> None:
    calls: list[Any] = []

    def oracle(x: Any, *, scale: float = 1.0) -> Any:
        calls.append(x)
        return x * scale

    source = "def f(grad, x):\n    return grad(x) + grad(x, scale=10)"
    with either(engine, source) as f:
        assert f(oracle, np.ones(2)).tolist() == [11, 11]
        assert len(calls) == 2 and type(calls[0]) is np.ndarray
        assert f(grad=lambda x, scale=1: (x, scale)[0], x=3) == 6


OPTIMISER = """
class Descent:
    def __init__(self, grad, x):
        self.grad, self.x = grad, x
    def step(self):
        self.x = self.x - self.grad(self.x)
        return self.x
def f(grad, x):
    while True:
        x = x - grad(x)
        yield x
"""


@ENGINES
def test_an_oracle_may_be_kept_and_called_later(engine: str) -> None:
    with either(engine, OPTIMISER, "Descent") as descent:
        opt = descent(lambda x: x / 2, 8.0)
        assert [opt.step(), opt.step(), opt.x] == [4, 2, 2]
        assert opt.grad(10.0) == 5
    with either(engine, OPTIMISER) as f:
        assert list(itertools.islice(f(lambda x: x / 2, 8.0), 3)) == [4, 2, 1]


@ENGINES
def test_an_oracle_may_call_the_student_again(engine: str) -> None:
    source = "def f(x, again=None):\n    return x + 1 if again is None else again(x) * 2"
    with either(engine, source) as f:
        assert f(1, lambda x: f(x + 5)) == 14

        def deeper(x: int) -> Any:
            return f(x, deeper) if x < 1 else x

        assert f(3, deeper) == 6


@ENGINES
def test_an_oracle_may_refuse(engine: str) -> None:
    def oracle(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return x

    source = """
def f(g):
    try:
        return g(-1)
    except ValueError as error:
        return str(error)
"""
    with either(engine, source) as f:
        assert f(oracle) == "negative"
    with (
        either(engine, "def f(g):\n    return g(-1)") as f,
        pytest.raises(ValueError, match="negat"),
    ):
        f(oracle)


def test_a_check_inside_an_oracle_cannot_be_caught_away() -> None:
    def oracle(x: float) -> float:
        assert x > 0, "asked outside"
        return x

    source = (
        "def f(g):\n    try:\n        g(-1)\n    except BaseException:\n        pass\n    return 1"
    )
    with conversing(source) as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(AssertionError, match="asked outside"):
            f(oracle)
        assert f(lambda x: x) == 1  # said once


def test_threads_of_the_student_may_call_oracles() -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def f(g):\n    with ThreadPoolExecutor(4) as pool:\n"
        "        return list(pool.map(g, range(50)))"
    )
    with conversing(source) as talk:
        assert talk.look_up(["f"])["f"](lambda x: x * x) == [x * x for x in range(50)]


# -- exceptions ------------------------------------------------------------------------------------

RAISING = """
class Odd(KeyError): pass
class Unprintable(ValueError):
    def __str__(self): raise SystemExit
def f(kind):
    if kind == "custom": raise Odd("no such key")
    if kind == "unprintable": raise Unprintable()
    if kind == "huge": raise ValueError("x" * 10**7)
    if kind == "unicode": b"\\xff".decode()
    if kind == "group": raise ExceptionGroup("several", [ValueError("a")])
    if kind == "recursion": return f(kind)
    if kind == "name": return missing_name
    raise eval(kind)
"""


@pytest.mark.parametrize(
    ("kind", "comes", "text"),
    [
        ("ValueError('bad step')", ValueError, "bad step"),
        ("ZeroDivisionError()", ZeroDivisionError, ""),
        ("NotImplementedError('return it')", NotImplementedError, "return it"),
        ("KeyError('k')", KeyError, "'k'"),
        ("custom", KeyError, "'no such key'"),
        ("unprintable", ValueError, ""),
        ("huge", ValueError, "x" * 500),
        ("unicode", ValueError, "can't decode"),
        ("group", Exception, "several"),
        ("recursion", RecursionError, "maximum recursion"),
        ("StopIteration(3)", RuntimeError, "StopIteration: 3"),
        ("SystemExit(0)", StudentError, "SystemExit: 0"),
        ("KeyboardInterrupt()", StudentError, "KeyboardInterrupt"),
        ("GeneratorExit()", StudentError, "GeneratorExit"),
        ("MemoryError()", MemoryError, ""),
        ("AssertionError('a\\nb')", AssertionError, "a b"),
        ("name", NameError, "missing_name"),
        ("ValueError('\\ud800')", ValueError, "\ud800"),
    ],
)
def test_exceptions_arrive_by_name(kind: str, comes: type[Exception], text: str) -> None:
    with conversing(RAISING) as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(comes) as caught:
            f(kind)
        assert type(caught.value) in (comes, UnicodeError)
        assert text in str(caught.value) and len(str(caught.value)) <= 520
        if kind not in ("unicode",):
            assert "of its cell" in caught.value.place  # type: ignore[attr-defined]
        with pytest.raises(ValueError):
            f("ValueError()")  # the talk goes on


@ENGINES
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ValueError('bad step')", "f() stopped with ValueError: bad step"),
        ("NotImplementedError('return it')", "not attempted yet: return it"),
        ("name", "stopped with NameError: name 'missing_name'"),
    ],
)
def test_both_engines_say_the_same(engine: str, kind: str, words: str) -> None:
    with either(engine, RAISING) as f:
        assert words in said(lambda t: t.call(f, kind=kind))
        assert words in said(lambda t: t.call_in_place(f, (), kind=kind))
        assert words in said(lambda t: t.call_each(f, [{"kind": kind}]))


def test_a_missing_name_is_named() -> None:
    with conversing(RAISING) as talk:
        f = talk.look_up(["f"])["f"]
        assert "'missing_name' isn't there" in said(lambda t: f("name"))


def test_no_exception_ends_a_loop_of_the_test_early() -> None:
    with conversing("def f(x):\n    raise StopIteration") as talk, pytest.raises(RuntimeError):
        list(map(talk.look_up(["f"])["f"], [1, 2, 3]))


# -- what is printed -------------------------------------------------------------------------------


@ENGINES
def test_printed_output_reaches_the_test(engine: str) -> None:
    source = (
        "import sys, IPython.display as d\ndef f(g=None):\n    print('loss', 0.5)\n"
        "    print('warned', file=sys.stderr)\n    d.display('shown') if g else None\n    return 1"
    )
    out = io.StringIO()
    with either(engine, source) as f, contextlib.redirect_stdout(out):
        f()
    assert out.getvalue() == "loss 0.5\n"


def test_floods_of_output_are_cut() -> None:
    out = io.StringIO()
    source = """
import sys
def f():
    for _ in range(10**5):
        print('x' * 100)
    sys.stderr.write('y' * 10**7)
"""
    with conversing(source) as talk, contextlib.redirect_stdout(out):
        talk.look_up(["f"])["f"]()
    assert 10_000 < len(out.getvalue()) <= 20_000
