"""The self-check of the start page: right answers pass, every named slip is named."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from course_utils import ladder, self_check
from course_utils.self_check import ACCEPTED, MIN_GAP, QUESTIONS, Quiz

SEEDS = (1951, *range(5))
CASES = list(product(SEEDS, QUESTIONS))


def by_hand(number: int, given: dict) -> float:
    """Answer as a reader would: by the textbook formula, not by the route of the module."""
    if number == 1:
        u, v, x, y, step = given.values()
        exp = np.exp(u * x)
        grad = np.array([u * exp + v * y**2, 2 * v * x * y])
        hessian = np.array([[u**2 * exp, 2 * v * y], [2 * v * y, 2 * v * x]])
        return -step * grad @ grad + 0.5 * step**2 * grad @ hessian @ grad
    if number == 2:
        mu, smoothness = np.linalg.eigvalsh(given["A"])
        return 1 - mu / smoothness
    if number == 3:
        v, p = given["values"], given["probs"]
        return (p @ v**2 - (p @ v) ** 2) / (given["batch_size"] * given["delta"] ** 2)
    if number == 4:
        model = np.exp(given["logits"]) / np.exp(given["logits"]).sum()
        return -sum(given["p"] * np.log(model))
    return np.median((given["theta"][:, -1] ** 2).sum(axis=1))


def said(capsys, quiz: Quiz, number: int, answer: object) -> str:
    capsys.readouterr()
    quiz.check(number, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(("seed", "number"), CASES)
def test_the_right_answer_is_accepted(capsys, seed, number):
    quiz = Quiz(seed)
    answer = by_hand(number, quiz.given(number))
    four_digits = float(f"{answer:.4g}")
    for given in (answer, four_digits, np.float32(answer), np.array(answer), [answer]):
        assert ": right. " in said(capsys, quiz, number, given)


@pytest.mark.parametrize(("seed", "number"), CASES)
def test_every_slip_is_named_and_nothing_is_given_away(capsys, seed, number):
    quiz = Quiz(seed)
    given, want, slips = quiz._drawn[number]
    assert len(slips) >= 5
    assert quiz.given(number).keys() == given.keys()
    for slip, value in slips.items():
        for got in (value, float(f"{value:.4g}")):
            text = said(capsys, quiz, number, got)
            assert f"not yet. Your value is {slip}." in text
            assert QUESTIONS[number].brush_up in text
            assert f"{abs(want):.2f}" not in text


@pytest.mark.parametrize("number", QUESTIONS)
def test_slips_lie_apart_and_rounding_does_not_guess(number):
    for seed in SEEDS:
        _, want, slips = Quiz(seed)._drawn[number]
        assert ladder.all_apart([want, *slips.values()], MIN_GAP)
        assert MIN_GAP > 10 * ACCEPTED
    _, want, _ = Quiz()._drawn[number]
    # On the page itself neither a round number nor two digits of the answer will do.
    for digits in (1, 2):
        assert ladder.distance(float(f"{want:.{digits}g}"), want) > ACCEPTED


@pytest.mark.parametrize("number", QUESTIONS)
def test_what_is_no_answer(capsys, number):
    quiz = Quiz()
    want = quiz._drawn[number][1]
    for nothing in (None, ...):
        assert "not answered" in said(capsys, quiz, number, nothing)
    for answer, text in (
        (f"{want}", "without quotes"),
        (True, "one real number, not bool"),
        ([want, want], "one real number, not list"),
        ([[want], [want, want]], "one real number, not list"),
        (complex(want), "one real number, not complex"),
        (float("nan"), "not finite"),
        (np.inf, "not finite"),
        (want * 1.006, "more digits"),
        (want * 1e4, "none of the slips"),
    ):
        assert text in said(capsys, quiz, number, answer)


def test_a_turned_sign_is_told(capsys):
    quiz = Quiz()
    assert "sign" in said(capsys, quiz, 1, -quiz._drawn[1][1])


def test_the_report_counts(capsys):
    quiz = Quiz()
    for number in QUESTIONS:
        quiz.check(number, None)
    capsys.readouterr()
    quiz.report()
    untouched = capsys.readouterr().out
    assert untouched.count("not answered") == 5 and untouched.endswith("0 of 5 right\n")
    quiz.check(1, quiz._drawn[1][1])
    quiz.check(2, 17.0)
    capsys.readouterr()
    quiz.report()
    text = capsys.readouterr().out
    assert text.count("not answered") == 3 and text.count("not yet") == 1
    assert text.endswith("1 of 5 right\n")


def test_given_numbers_are_copies_and_seeded(capsys):
    quiz = Quiz()
    quiz.given(2)["A"][:] = 0.0
    again = quiz.given(2)["A"]
    np.testing.assert_array_equal(again, Quiz().given(2)["A"])
    assert np.any(again != Quiz(7).given(2)["A"])
    assert "A = [[" in capsys.readouterr().out
    quiz.given(5)
    assert capsys.readouterr().out == "theta = array (5, 5, 2)\n"


def test_bad_numbers_raise():
    quiz = Quiz()
    for call in (quiz.given, lambda number: quiz.check(number, None)):
        with pytest.raises(ValueError, match="number must be 1 to 5"):
            call(6)


def test_no_numbers_that_tell_answers_apart():
    question = self_check.Question("two alike", lambda rng: {}, lambda g: (1.0, {"x": 1.0}), "", "")
    with pytest.raises(RuntimeError, match="two alike"):
        self_check._apart(question, np.random.default_rng(0))
