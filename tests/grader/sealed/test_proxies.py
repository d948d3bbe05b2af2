"""The talk between judge and student's process: honest use of every kind."""

from __future__ import annotations

import builtins
import contextlib
import copy
import io
import itertools
from typing import Any

import numpy as np
import pytest

from grader.sealed import figuredata, wire
from grader.sealed.channel import Gone
from grader.sealed.proxies import StudentError, Unjudgeable
from tests.grader.sealed.conftest import conversing, define, either, said

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
        assert words in said(lambda t: t.call_in_place(f, kind=kind))
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


# -- figures ---------------------------------------------------------------------------------------

DRAWS = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
def f(what="figure"):
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2, 3], [1.0, 4.0, 9.0], label="squares")
    left.set(xlabel="step", ylabel="loss (nats)", title="A title", yscale="log")
    right.scatter([0, 1], [2, 3], label="dots")
    right.bar([0, 1], [5.0, 6.0], width=0.5)
    right.plot(np.ma.masked_array([1.0, 2.0], [False, True]), [1, 2])
    plt.show()
    return {"figure": fig, "panel": left, "both": (fig, left), "lines": left.get_lines()}[what]
"""


@ENGINES
def test_figures_answer_alike(engine: str) -> None:
    with either(engine, DRAWS) as f:
        fig = f()
        left, right = fig.axes
        assert fig.get_axes()[0].get_title() == left.get_title() == "A title"
        (line,) = left.get_lines()
        assert (left.get_xlabel(), left.get_ylabel()) == ("step", "loss (nats)")
        assert (left.get_xscale(), left.get_yscale(), line.get_label()) == (
            "linear",
            "log",
            "squares",
        )
        assert np.asarray(line.get_ydata()).tolist() == [1, 4, 9] and len(left.lines) == 1
        assert np.asarray(line.get_xdata()).tolist() == [1, 2, 3]
        assert np.asarray(right.collections[0].get_offsets()).tolist() == [[0, 2], [1, 3]]
        assert right.collections[0].get_label() == "dots"
        assert [(b.get_x(), b.get_y(), b.get_width(), b.get_height()) for b in right.patches] == [
            (-0.25, 0, 0.5, 5),
            (0.75, 0, 0.5, 6),
        ]
        assert f("panel").get_lines()[0].get_label() == "squares"
        assert f("both")[1].get_ylabel() == "loss (nats)"
        assert np.asarray(f("lines")[0].get_ydata()).tolist() == [1, 4, 9]


# -- random generators -----------------------------------------------------------------------------


@ENGINES
def test_a_generator_gives_the_draws_of_a_call_at_home(engine: str) -> None:
    source = "def f(rng, n):\n    return rng.normal(size=n)"
    with either(engine, source) as f:
        got = f(np.random.default_rng(3), 4)
        assert np.array_equal(got, np.random.default_rng(3).normal(size=4))
        rng = np.random.default_rng(4)
        assert not np.array_equal(f(rng, 4), f(rng, 4))  # as if it had been used up
        for bits in (np.random.MT19937, np.random.Philox, np.random.SFC64):
            got = f(np.random.Generator(bits(5)), 2)
            assert np.array_equal(got, np.random.Generator(bits(5)).normal(size=2))


@pytest.mark.parametrize("draws", [0, 1, 1000])
def test_no_draw_steers_the_judges_generator(draws: int) -> None:
    source = f"""
def f(rng):
    rng.random({draws})
    rng.bit_generator.state = dict(rng.bit_generator.state)
"""
    with conversing(source) as talk:
        rng = np.random.default_rng(3)
        talk.look_up(["f"])["f"](rng)
        after = rng.random(3)
    with conversing("def f(rng):\n    pass") as talk:
        rng = np.random.default_rng(3)
        talk.look_up(["f"])["f"](rng)
        assert np.array_equal(rng.random(3), after)


def test_the_student_cannot_foresee_the_judges_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    def after(seed: str) -> list[float]:
        monkeypatch.setenv("COURSE_GRADING_SEED", seed)
        rng = np.random.default_rng(3)
        with conversing("def f(rng):\n    pass") as talk:
            talk.look_up(["f"])["f"](rng)
        draws: list[float] = rng.random(3).tolist()
        return draws

    assert after("7") == after("7") != after("8")


# -- changes in place ------------------------------------------------------------------------------

SORTS = """
def f(x, y=0, z=None):
    x.sort()
    if isinstance(z, dict): z["new"] = [1.0]
    if isinstance(z, tuple): z[0][:] = 9
    return "done"
"""


@ENGINES
def test_changed_arguments_are_reported_always_and_written_only_on_request(engine: str) -> None:
    x = np.array([3.0, 1.0])
    with either(engine, SORTS) as f:
        assert "changed its argument 'x'" in said(lambda t: t.call(f, x=x, y=1))
        assert "changed its argument 'x'" in said(lambda t: t.call_each(f, [{"x": x}]))
        assert x.tolist() == [3, 1]
        kept: list[Any] = []
        told = said(lambda t: kept.extend(t.call_in_place(f, x=x, y=1, z={"old": np.zeros(2)})))
        result, left = kept
        assert told == "" and result == "done" and x.tolist() == [3, 1]
        assert left["x"].tolist() == [1, 3] and left["y"] == 1
        assert left["z"]["new"] == [1.0] and left["z"]["old"].tolist() == [0, 0]
        assert said(lambda t: t.call(f, x=np.array([1.0, 2.0]))) == ""


@ENGINES
def test_lists_and_arrays_in_tuples_are_written_too(engine: str) -> None:
    with either(engine, SORTS) as f:
        kept: list[Any] = []
        z = (np.zeros(2), 5)
        assert said(lambda t: kept.extend(t.call_in_place(f, x=[3, 1, 2], z=z))) == ""
        assert kept[1]["x"] == [1, 2, 3] and kept[1]["z"][0].tolist() == [9, 9]
        assert z[0].tolist() == [0, 0]
        assert "'z'" in said(lambda t: t.call(f, x=[1], z=z))


# -- many calls ------------------------------------------------------------------------------------


@ENGINES
def test_many_calls_in_one_go(engine: str) -> None:
    kept: list[Any] = []
    inputs = [{"x": float(i)} for i in range(2500)]
    with either(engine, "def f(x):\n    return x ** 2") as f:
        assert said(lambda t: kept.extend(t.call_each(f, inputs))) == ""
    assert kept == [i**2 for i in range(2500)]


@ENGINES
def test_many_calls_stop_at_the_first_that_fails(engine: str) -> None:
    source = """
count = 0
def f(x):
    global count
    count += 1
    if x == 0:
        raise ValueError(f"after {count}")
"""
    with either(engine, source) as f:
        words = said(lambda t: t.call_each(f, [{"x": 2}, {"x": 1}, {"x": 0}, {"x": 1}, {"x": 0}]))
    assert "f() stopped with ValueError: after 3" in words


@ENGINES
def test_what_is_no_function_is_named(engine: str) -> None:
    with either(engine, "f = 3.5") as f:
        for way in ("call", "call_in_place"):
            assert "expected a function, found float" in said(lambda t, w=way: getattr(t, w)(f))
        assert "expected a function" in said(lambda t: t.call_each(f, [{}]))


def test_many_calls_take_one_round_trip() -> None:
    with conversing("def f(x):\n    return x") as talk:
        f = talk.look_up(["f"])["f"]
        sent = 0
        send = talk.channel.send

        def counted(*args: Any) -> None:
            nonlocal sent
            sent += 1
            send(*args)

        talk.channel.send = counted  # type: ignore[method-assign]
        assert said(lambda t: t.call_each(f, [{"x": i} for i in range(500)])) == ""
    assert sent == 1


# -- what can't cross ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (object(), "type object can't be sent; use numbers, strings"),
        (np, "type module can't be sent"),
        (np.array(["a"]), "array of <U1 can't be sent"),
        ([{"deep": np.zeros(1, "M8[s]")}], "array of datetime64"),
        (np.random.RandomState(0), "type RandomState"),
    ],
)
def test_an_argument_that_cannot_cross_is_the_authors(given: Any, words: str) -> None:
    with conversing("def f(x):\n    return 1") as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(Unjudgeable, match="a test hands over what can't cross") as caught:
            said(lambda t: t.value(f(given), 1))
        assert words in str(caught.value)
        assert f(1) == 1  # nothing was sent: the talk goes on


def test_an_oracles_answer_that_cannot_cross_is_the_authors() -> None:
    with conversing("def f(x):\n    return x()") as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(Unjudgeable, match="an oracle answers what can't cross"):
            f(object)
        with pytest.raises(Gone):  # the student still waits for the answer
            f(lambda: 1)


def test_setting_an_attribute_is_the_authors() -> None:
    with conversing(COUNTER) as talk:
        one = talk.look_up(["Counter"])["Counter"](1)
        with pytest.raises(Unjudgeable, match="call a method that sets it"):
            one.value = 3


def test_a_proxy_of_another_process_is_the_authors() -> None:
    with conversing(COUNTER) as old, conversing("def f(x):\n    return 1") as new:
        counter = old.look_up(["Counter"])["Counter"]
        with pytest.raises(Unjudgeable, match="from one test cell to the next"):
            new.look_up(["f"])["f"](counter)


def test_what_is_too_large_is_no_fault_of_the_authors() -> None:
    # It may have been made from what the student returned.
    with conversing("def f(x):\n    return 1") as talk:
        f = talk.look_up(["f"])["f"]
        with pytest.raises(ValueError, match="too large to hand over"):
            f(np.zeros(wire.FRAME_LIMIT // 8))
        assert f(1) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("np.array([None])", "array of object"),
        ("[[__import__('os')]]", "type module"),
        ("np.zeros(2**24)", "too large"),
        ("10**5000", "2,400 digits"),
        ("deep(100)", "nested more than"),
        ("{f: 1}", "type function"),
        ("Broken()", "boom"),
    ],
)
def test_a_result_that_cannot_cross_is_a_message_to_the_student(value: str, words: str) -> None:
    source = (
        "import numpy as np\ndef deep(n):\n    return [deep(n - 1)] if n else []\n"
        "class Broken(list):\n    def __iter__(self): raise ValueError('boom')\n"
        f"def f():\n    return {value}"
    )
    with conversing(source) as talk:
        message = said(lambda t: t.call(talk.look_up(["f"])["f"]))
        assert "f() stopped with" in message and words in message
        assert talk.run("x = 1", "task1") is None


def test_a_name_that_cannot_cross_takes_no_other_with_it() -> None:
    source = (
        "import numpy as np\na = np.array([None])\nb = np.zeros(2**23)\nc = 10**5000\nd = np\n"
        "e = np.zeros(2**21)\nf = lambda: 1\ng = np.array(['x'])\nh = [1.5]"
    )
    with conversing(source) as talk:
        found = talk.look_up(list("abcdefgh"))
        assert found["f"]() == 1 and found["h"] == [1.5] and found["g"] == ["x"]
        assert found["e"].shape == (2**21,)
        for name in "abcd":
            assert "found object" in said(lambda t, n=name: t.value(found[n], 1.0))


# -- what a proxy is not ---------------------------------------------------------------------------


def test_a_proxy_has_no_truth_no_order_and_equals_itself_only() -> None:
    source = """
class A:
    def __eq__(self, other):
        return True
    def __array__(self):
        return 1
def f():
    return A()
"""
    with conversing(source) as talk:
        f = talk.look_up(["f"])["f"]
        a, b = f(), f()
        assert a == a and f == f and bool(f)
        for wrong in (
            lambda: a == b,
            lambda: a != b,
            lambda: a == 3,
            lambda: 3 != a,
            lambda: a in [b],
            lambda: bool(a),
            lambda: not a,
            lambda: a < b,
            lambda: float(a),
            lambda: len(a),
            lambda: np.isfinite(a),
            lambda: np.array([1.0]) == a,
            lambda: a + 1,
        ):
            with pytest.raises(TypeError):
                wrong()
        assert "expected real numbers, found object" in said(lambda t: t.value(a, 1.0))
        assert "expected real numbers, found function" in said(lambda t: t.value(f, 1.0))
        assert "found object" in said(lambda t: t.value([a, b], [1.0, 2.0])) or "list" in said(
            lambda t: t.value([a, b], [1.0, 2.0])
        )
        assert "A isn't" in said(lambda t: t.label({"A": a}, "A", "biased"))


def test_figure_data_is_not_taken_from_anything_else() -> None:
    for wrong in (None, [], ["figure"], ["figure", 3], ["panel", []], ["figure", [[1, 2, 3, 4]]]):
        with pytest.raises(ValueError, match="not the data of a figure"):
            figuredata.restore(wrong)
    good = figuredata.extract(define(DRAWS)())
    for path in itertools.product(range(2), range(4)):
        bad = copy.deepcopy(good)
        bad[1][path[0]][path[1]] = [["x", np.array(["y"]), object()]]
        with pytest.raises(ValueError, match="not the data of a figure"):
            figuredata.restore(bad)
    assert builtins.len(figuredata.restore(good).axes) == 2  # type: ignore[union-attr]
