"""What crosses, and what can't: figures, generators, arguments changed in place, batches."""

from __future__ import annotations

import builtins
import copy
import itertools
from typing import Any

import numpy as np
import pytest

from grader.sealed import figuredata, wire
from grader.sealed.channel import Gone
from grader.sealed.proxies import Unjudgeable
from tests.grader.sealed.conftest import conversing, define, either, said

ENGINES = pytest.mark.parametrize("engine", ["stock", "sealed"])


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
        inputs = {"x": x, "y": 1, "z": {"old": np.zeros(2)}}
        told = said(lambda t: kept.extend(t.call_in_place(f, {"x", "z"}, **inputs)))
        result, left = kept
        assert told == "" and result == "done" and x.tolist() == [3, 1]
        assert left["x"].tolist() == [1, 3] and left["y"] == 1
        assert left["z"]["new"] == [1.0] and left["z"]["old"].tolist() == [0, 0]
        for allowed, other in (("x", "z"), ("z", "x")):
            words = f"changed its argument {other!r}"
            assert words in said(lambda t, a=allowed: t.call_in_place(f, {a}, **inputs))
        assert "not 'w'" in said(lambda t: t.call_in_place(f, {"w"}, **inputs))
        assert said(lambda t: t.call(f, x=np.array([1.0, 2.0]))) == ""


@ENGINES
def test_lists_and_arrays_in_tuples_are_written_too(engine: str) -> None:
    with either(engine, SORTS) as f:
        kept: list[Any] = []
        z = (np.zeros(2), 5)
        assert said(lambda t: kept.extend(t.call_in_place(f, {"x", "z"}, x=[3, 1, 2], z=z))) == ""
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
        assert "expected a function, found float" in said(lambda t: t.call(f))
        assert "expected a function, found float" in said(lambda t: t.call_in_place(f, ()))
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


THING = "class Thing:\n    def __init__(self, value):\n        self.value = value"

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
    with conversing(THING) as talk:
        one = talk.look_up(["Thing"])["Thing"](1)
        with pytest.raises(Unjudgeable, match="call a method that sets it"):
            one.value = 3


def test_a_proxy_of_another_process_is_the_authors() -> None:
    with conversing(THING) as old, conversing("def f(x):\n    return 1") as new:
        thing = old.look_up(["Thing"])["Thing"]
        with pytest.raises(Unjudgeable, match="from one test cell to the next"):
            new.look_up(["f"])["f"](thing)


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
