"""The ladder: each rung has its message, an honest answer climbs to the top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils import ladder
from course_utils.checks import SEED_VARIABLE, Case, CheckFailed, Task, grading_rng

TRUTH = np.array([1.0, 2.0, 4.0])
WRONG = {"this is the sum, not the mean.": 3 * TRUTH}


def said(action: Callable[[Task], object]) -> str:
    """Run something inside a task and return the message it ends in, empty when it passes."""
    task = Task("3", look="theory 01 §3")
    try:
        with task:
            action(task)
    except CheckFailed as failure:
        return str(failure)
    return ""


def stub(x: np.ndarray) -> np.ndarray:
    raise NotImplementedError("return the running mean")


def in_place(x: np.ndarray) -> np.ndarray:
    x += 1
    return x


def divides_by_zero(x: np.ndarray) -> float:
    return 1 / 0


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda t: t.call(stub, x=TRUTH), "Task 3: not attempted yet: return the running mean"),
        (lambda t: t.call(missing, x=TRUTH), "'missing' isn't there"),  # type: ignore[name-defined]  # noqa: F821
        (lambda t: t.call(3, x=TRUTH), "expected a function, found int"),
        (lambda t: t.call(divides_by_zero, x=TRUTH), "stopped with ZeroDivisionError"),
        (lambda t: t.call(in_place, x=TRUTH), "changed its argument 'x'"),
        (lambda t: t.value(None, TRUTH), "nothing was returned"),
        (lambda t: t.value("1", TRUTH), "expected real numbers, found str"),
        (lambda t: t.value([1.0, [2.0]], TRUTH), "expected real numbers, found list"),
        (lambda t: t.value(TRUTH + 1j, TRUTH), "expected real numbers"),
        (lambda t: t.value(TRUTH[:2], TRUTH), "expected shape (3,), found shape (2,)"),
        (lambda t: t.value(1.0, TRUTH), "found a single number"),
        (lambda t: t.value([], TRUTH), "expected shape (3,), found shape (0,)"),
        (lambda t: t.value([1, np.nan, 4], TRUTH), "there is a nan"),
        (lambda t: t.value([1, np.inf, 4], TRUTH), "there is an infinite value"),
        (lambda t: t.value(3 * TRUTH, TRUTH, WRONG), "this is the sum, not the mean."),
        (lambda t: t.value(1.1 * TRUTH, TRUTH, WRONG), "off by a relative error of 0.09"),
        (lambda t: t.value(TRUTH + 1e-6, TRUTH), "off by a relative error"),
        (lambda t: t.value(3.0, np.inf), "not the expected value"),
        (lambda t: t.value(-np.inf, np.inf), "not the expected value"),
        (lambda t: t.value((1.0,), (1.0, 2.0)), "expected 2 values, found 1"),
        (lambda t: t.value({"a": 1.0}, {"a": 1.0, "b": 2.0}), "no entry 'b'"),
        (lambda t: t.value("left", "right"), "not the expected value"),
        (lambda t: t.label({"A": "biased"}, "A", "unbiased"), "A isn't 'biased'"),
        (lambda t: t.label({"B": "biased"}, "A", "unbiased"), "no entry 'A'"),
        (lambda t: t.label(["biased"], "A", "unbiased"), "expected a dictionary"),
        (lambda t: t.words({"A": "up"}, "AB", ("up", "down")), "'B' must be 'up' or 'down'"),
        (lambda t: t.words({"A": "left"}, "A", ("up", "down")), "'A' must be 'up' or 'down'"),
        (lambda t: t.words(["up"], "A", ("up", "down")), "expected a dictionary"),
        (lambda t: t.part((1.0, 2.0), 0, of=3), "expected 3 values, found 2"),
        (lambda t: t.part(1.0, 0, of=3), "expected 3 values, found float"),
        (lambda t: t.part(np.array(1.0), 0, of=2), "expected 2 values, found an array of shape ()"),
        (lambda t: t.value(np.array(1.0), (1.0, 2.0)), "expected 2 values, found an array of shap"),
        (lambda t: t.part(np.ones((3, 2)), 0, of=2), "expected 2 values, found 3"),
        (lambda t: t.value(np.ones((3, 2)), (1.0, 2.0)), "expected 2 values, found 3"),
        (lambda t: [][1], "the check stopped with IndexError"),
    ],
)
def test_each_rung_has_its_message(action: Callable[[Task], object], message: str) -> None:
    assert message in said(action)


@pytest.mark.parametrize(
    "got", [(1.0, 2.0), [1.0, 2.0], np.array([1.0, 2.0])], ids=["tuple", "list", "array"]
)
def test_several_values_come_in_a_tuple_a_list_or_an_array(got: Any) -> None:
    task = Task("1", "there")
    with task:
        task.value(got, (1.0, 2.0))
        assert task.part(got, 1, of=2) == 2.0


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (TRUTH, TRUTH),
        (list(TRUTH), TRUTH),
        (tuple(TRUTH), TRUTH),
        (TRUTH * (1 + 1e-12), TRUTH),
        (np.array(2.0), 2.0),
        (2, 2.0),
        (np.inf, np.inf),
        (np.array([1.0, 2.0]), (1.0, 2.0)),
        ([TRUTH, 2.0], (TRUTH, 2.0)),
        ({"b": 2.0, "a": 1.0, "extra": 0.0}, {"a": 1.0, "b": 2.0}),
        ("right", "right"),
        (0.0, 0.0),
    ],
)
def test_an_honest_answer_passes(got: Any, want: Any) -> None:
    assert said(lambda task: task.value(got, want, {"never.": 7.0})) == ""


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (TRUTH + 1e-15j, TRUTH),
        (2.0 + 0j, 2.0),
        ((TRUTH + 0j, 2.0), (TRUTH, 2.0)),
        ({"a": TRUTH - 1e-12j}, {"a": TRUTH}),
    ],
)
def test_imaginary_parts_at_rounding_level_are_dropped(got: Any, want: Any) -> None:
    assert said(lambda task: task.value(got, want, {"never.": 7.0})) == ""


def test_an_imaginary_part_that_isnt_rounding_is_no_real_number() -> None:
    assert "expected real numbers" in said(lambda task: task.value(TRUTH + 1e-6j, TRUTH))
    assert "expected real numbers" in said(lambda task: task.value(np.nan + 0j, 2.0))


def test_float32_passes_where_the_task_allows_it() -> None:
    single = (TRUTH / 3).astype(np.float32)
    assert said(lambda t: t.value(single, TRUTH / 3)) != ""
    assert said(lambda t: t.value(single, TRUTH / 3, rtol=1e-6)) == ""


def test_a_misconception_in_one_part_is_named_beside_another_mistake() -> None:
    wrong = {"no /n.": (10.0, 2.0), "no trace.": (1.0, 20.0)}
    text = said(lambda t: t.value((10.0, 77.0), (1.0, 2.0), wrong))
    assert "value 1 of 2: no /n." in text


def test_labels_forgive_capitals_and_blanks() -> None:
    assert said(lambda t: t.label({" a ": " Unbiased"}, "A", "unbiased")) == ""


def test_a_message_never_holds_the_expected_value() -> None:
    text = said(lambda t: t.value(5.4321, 1.2345))
    assert "1.2345" not in text and "5.4321" not in text


def test_no_traceback_is_shown() -> None:
    assert CheckFailed("short")._render_traceback_() == ["✗ short"]


def inputs(rng: np.random.Generator) -> dict[str, Any]:
    return {"x": rng.normal(size=3), "n": int(rng.integers(1, 3))}


def test_hidden_inputs_are_redrawn_until_the_answers_lie_apart() -> None:
    task = Task("3", look="…")
    # With n = 1 the sum and the mean agree: such a draw tells nothing and must not be used.
    for _ in range(50):
        case = task.draw(
            inputs,
            truth=lambda x, n: x.sum() / n,
            wrong={"the sum.": lambda x, n: x.sum()},
        )
        assert case.inputs["n"] == 2
        assert ladder.distance(case.wrong["the sum."], case.want) >= 0.01


def test_an_author_whose_answers_never_lie_apart_is_told() -> None:
    task = Task("3", look="…")
    with pytest.raises(RuntimeError, match="tells all the named answers apart"):
        task.draw(inputs, truth=lambda x, n: n, wrong={"the same.": lambda x, n: n})


def test_formulas_cannot_change_the_inputs_of_the_student() -> None:
    def greedy(x: np.ndarray, n: int) -> float:
        x[:] = 0
        return 5.0

    case = Task("3", look="…").draw(inputs, truth=greedy)
    assert np.abs(case.inputs["x"]).max() > 0


def test_the_grading_seed_repeats_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED_VARIABLE, "5")
    again = [grading_rng(task).normal() for task in ("3", "3", "4")]
    assert again[0] == again[1] != again[2]
    monkeypatch.delenv(SEED_VARIABLE)
    assert grading_rng("3").normal() != grading_rng("3").normal()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 1.01, 0.01 / 1.01),
        ((1.0, 5.0), (1.0, 4.0), 0.2),
        (np.zeros(2), np.zeros(2), 0.0),
        (np.inf, np.inf, 0.0),
        (np.inf, 1.0, np.inf),
        (np.zeros(2), np.zeros(3), np.inf),
        ((1.0,), (1.0, 2.0), np.inf),
        ("a", "a", 0.0),
    ],
)
def test_distance(a: Any, b: Any, expected: float) -> None:
    assert ladder.distance(a, b) == pytest.approx(expected)


def test_a_check_draws_the_same_whatever_became_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SEED_VARIABLE, "11")

    def second(draws: int) -> list[float]:
        task = Task("1", look="there")
        with task:
            first = [float(task.rng.random()) for _ in range(draws)]
        with task:
            found = [float(task.rng.random()) for _ in range(2)]
        assert not set(first) & set(found)
        return found

    assert second(1) == second(3)


def pair(x: float) -> tuple[float, float]:
    return x, 2 * x


def test_one_part_is_compared_and_a_slip_in_another_costs_nothing() -> None:
    wrong = {"the first is doubled.": (2.0, 2.0), "both are halved.": (0.5, 1.0)}
    case = Case({"x": 1.0}, (1.0, 2.0), wrong)
    for answer, part, message in [
        (pair, 0, ""),
        (lambda x: (7.0, 2 * x), 1, ""),
        (lambda x: (2 * x, 7.0), 0, "the first is doubled."),
        (lambda x: (7.0, x), 1, "both are halved."),
        (lambda x: [x, np.nan], 1, "there is a nan"),
    ]:
        text = said(lambda task, f=answer, i=part: task.compare(f, case, part=i))  # type: ignore[misc]
        assert message in text and bool(message) == bool(text)


def test_words_forgive_capitals_and_blanks() -> None:
    assert said(lambda t: t.words({" a ": " Up", "b": "down "}, "AB", ("up", "down"))) == ""
