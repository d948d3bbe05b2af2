"""Five short questions on what the course takes for granted, with numbers drawn from a seed.

A right answer stands nowhere: each is computed from a definition, by a route that no reader would
take by hand (differences, iteration, enumeration, a plain loop). Next to it each question knows the
values that common slips lead to, and numbers are redrawn until all of these lie apart.
"""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils import ladder

__all__ = ["QUESTIONS", "Question", "Quiz"]

Array = NDArray[np.float64]
Given = dict[str, Any]
Answers = tuple[float, dict[str, float]]

#: Four significant digits are asked for; rounding to them changes a value by at most 5e-4.
ACCEPTED = 1e-3
#: The right value and those of the slips are kept this far apart, so that each is recognised.
MIN_GAP = 0.03
DRAWS = 2000


@dataclass(frozen=True)
class Question:
    """One question of the self-check.

    Attributes
    ----------
    topic : str
        What it is about.
    draw : callable
        ``draw(rng)`` gives the numbers, by name.
    answers : callable
        ``answers(given)`` returns the right value, and for each slip, described by how it would
        complete "Your value is", the value that it leads to.
    meaning : str
        What a right answer shows.
    brush_up : str
        Where to read.
    """

    topic: str
    draw: Callable[[np.random.Generator], Given]
    answers: Callable[[Given], Answers]
    meaning: str
    brush_up: str


def _draw_taylor(rng: np.random.Generator) -> Given:
    low, high = [0.5, 0.4, 0.3, -1.5, 0.08], [1.2, 1.0, 1.0, -0.5, 0.2]
    names = ("u", "v", "theta_1", "theta_2", "step_size")
    return dict(zip(names, rng.uniform(low, high).round(2).tolist(), strict=True))


def _taylor(given: Given) -> Answers:
    """Predict the change of f = exp(u θ₁) + v θ₁ θ₂² over a gradient step, to second order."""
    theta, step = np.array([given["theta_1"], given["theta_2"]]), given["step_size"]
    fine, coarse, eye, signs = 1e-5, 1e-3, np.eye(2), (1, -1)

    def f(point: Array) -> float:
        return float(np.exp(given["u"] * point[0]) + given["v"] * point[0] * point[1] ** 2)

    def second(d: Array, e: Array) -> float:
        return sum(s * r * f(theta + coarse * (s * d + r * e)) for s in signs for r in signs)

    grad = np.array([f(theta + fine * e) - f(theta - fine * e) for e in eye]) / (2 * fine)
    hessian = np.array([[second(d, e) for d in eye] for e in eye]) / (4 * coarse**2)
    # The right value is read off along the step: φ′(0) + ½φ″(0) for φ(s) = f(θ − sη∇f).
    ahead, behind = (f(theta - s * coarse * step * grad) for s in signs)
    want = (ahead - behind) / (2 * coarse) + 0.5 * (ahead - 2 * f(theta) + behind) / coarse**2
    gain, price = step * float(grad @ grad), step**2 * float(grad @ hessian @ grad)
    diagonal = step**2 * float(grad @ (np.diag(hessian) * grad))
    return want, {
        "the first-order term alone; a finite step meets the curvature too": -gain,
        "missing the ½ of the second-order term": -gain + price,
        "made with the second-order term's sign turned; curvature takes part of the gain back": (
            -gain - 0.5 * price
        ),
        "made with η where the second-order term has η²": -gain + 0.5 * price / step,
        "that of a step up the gradient; descent subtracts it": gain + 0.5 * price,
        "made with the norm of the gradient where its square belongs": (
            -gain / float(np.linalg.norm(grad)) + 0.5 * price
        ),
        "made with the diagonal of the Hessian; the mixed derivative is not zero": (
            -gain + 0.5 * diagonal
        ),
        "the change itself; the question asks what Taylor predicts": f(theta - step * grad)
        - f(theta),
    }


def _draw_matrix(rng: np.random.Generator) -> Given:
    small, ratio, angle = rng.uniform([0.3, 3.0, 0.35], [0.6, 9.0, 1.2])
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return {"A": (axes @ np.diag([small, ratio * small]) @ axes.T).round(2)}


def _largest(matrix: Array) -> float:
    """Return the largest eigenvalue of a positive semidefinite matrix, by power iteration."""
    vector = np.array([1.0, 0.618])
    for _ in range(2000):
        vector = matrix @ vector
        vector = vector / np.linalg.norm(vector)
    return float(vector @ matrix @ vector)


def _slowest(given: Given) -> Answers:
    """Find the share of the slowest error that a gradient step of size 1/L leaves."""
    A = given["A"]
    want = _largest(np.eye(2) - A / _largest(A))
    kappa, diagonal = 1.0 / (1.0 - want), A.diagonal()
    return want, {
        "1/κ, the share that goes; the question asks what is left": 1.0 / kappa,
        "the factor of the loss; the error itself shrinks by the root of it": want**2,
        "made with the diagonal entries; those are no eigenvalues": (
            1.0 - float(diagonal.min() / diagonal.max())
        ),
        "the factor of the step 2/(L + μ); here the step is 1/L": (kappa - 1.0) / (kappa + 1.0),
        "κ, the condition number; you are one line away": kappa,
        "the fastest direction's; ask for the smallest eigenvalue": 0.0,
        "the fastest direction's under the step 1/μ, which makes it explode": kappa - 1.0,
    }


def _draw_batch(rng: np.random.Generator) -> Given:
    values = rng.uniform([-2.5, 0.2, 2.0], [-0.5, 1.5, 4.5]).round(1)
    size, delta = int(rng.integers(4, 7)), round(float(rng.uniform(1.3, 2.4)), 2)
    return {"values": values, "probs": _law(rng), "batch_size": size, "delta": delta}


def _law(rng: np.random.Generator) -> Array:
    """Draw three probabilities of two decimals, none of them small."""
    percent = 10 + rng.multinomial(70, rng.dirichlet([3.0, 3.0, 3.0]))
    return np.asarray(percent / 100)


def _chebyshev(given: Given) -> Answers:
    """Bound the probability that a batch mean lies δ or more from its expectation."""
    values, probs, size = given["values"], given["probs"], given["batch_size"]
    square = given["delta"] ** 2
    # All batches are listed, and the variance is that of their means.
    batches = np.array(list(product(range(3), repeat=size)))
    weights = probs[batches].prod(axis=1)
    off = values[batches].mean(axis=1)
    off = off - weights @ off
    want = float(weights @ off**2) / square
    return want, {
        "the bound for one draw; the mean of a batch varies less": want * size,
        "divided by B once too often; the variance of a mean is Var/B": want / size,
        "made with the standard deviation; Chebyshev takes the variance and δ²": want**0.5,
        "missing the square on δ": want * given["delta"],
        "made with E v², not the variance; subtract the squared mean": (
            float(probs @ values**2) / size / square
        ),
        "divided by B − 1; that belongs to a variance estimated from data": (
            want * size / (size - 1)
        ),
        "made with equal probabilities; weight each value by its own": (
            float(np.var(values)) / size / square
        ),
        "the exact probability; the question asks for Chebyshev's bound": float(
            weights[np.abs(off) >= given["delta"]].sum()
        ),
    }


def _draw_logits(rng: np.random.Generator) -> Given:
    return {"p": _law(rng), "logits": rng.uniform(-1.5, 2.0, size=3).round(2)}


def _cross_entropy(given: Given) -> Answers:
    """Average the loss of a softmax model over the symbols that the source emits."""
    p, logits = given["p"], given["logits"]
    # Log-sum-exp minus the expected logit: the model's probabilities are needed for slips only.
    want = float(np.logaddexp.reduce(logits) - p @ logits)
    entropy, model = float(-(p @ np.log(p))), np.exp(logits) / np.exp(logits).sum()
    return want, {
        "the entropy of p: what the best model would pay, not this one": entropy,
        "the divergence of the model from p; the loss holds the entropy too": want - entropy,
        "in bits; nats use the natural logarithm": want / float(np.log(2)),
        "made with p and the model in each other's place": float(-(model @ np.log(p))),
        "the loss of the most frequent symbol; average over all three": float(
            -np.log(model[p.argmax()])
        ),
        "the logarithm of a mean; the loss is a mean of logarithms": float(-np.log(p @ model)),
        "made with raw logits; softmax them first": float(-(p @ logits)),
        "made with equal weights; weight the symbols by p": float(-np.log(model).mean()),
    }


def _draw_paths(rng: np.random.Generator) -> Given:
    steps = rng.normal(size=(5, 5, 2)) * [0.5, 0.3]
    return {"theta": np.array([1.5, -1.0]) + steps.cumsum(axis=1)}


def _median_norm(given: Given) -> Answers:
    """Take the median over runs of the last iterate's squared norm."""
    theta = given["theta"]
    want = statistics.median(sum(x**2 for x in run[-1]) for run in theta.tolist())
    norms, last = (theta**2).sum(axis=-1), theta[:, -1]
    return want, {
        "the mean over runs; the question asks for the median": float(norms[:, -1].mean()),
        "a norm without its square": want**0.5,
        "a mean over coordinates; a squared norm is their sum": want / 2,
        "the squared norm of the mean parameters; take norms first": float(
            (last.mean(axis=0) ** 2).sum()
        ),
        "the squared norm of the median parameters; take norms first": float(
            (np.median(last, axis=0) ** 2).sum()
        ),
        "the last run's median over time; runs are axis 0, time is axis 1": float(
            np.median(norms[-1])
        ),
        "that of the first iterates; take the last": float(np.median(norms[:, 0])),
        "the median over all times; take the last": float(np.median(norms)),
    }


_BOOK = "Goodfellow, Bengio & Courville (2016), "

QUESTIONS: dict[int, Question] = {
    1: Question(
        "gradients and Taylor",
        _draw_taylor,
        _taylor,
        "You can price a step before you take it; most proofs of the course open like this.",
        _BOOK + "section 4.3 with 4.3.1.",
    ),
    2: Question(
        "eigenvalues and condition number",
        _draw_matrix,
        _slowest,
        "A flat direction remembers for long where you started; κ says for how long.",
        _BOOK + "sections 2.7 and 4.2.",
    ),
    3: Question(
        "expectation, variance, concentration",
        _draw_batch,
        _chebyshev,
        "The division by B is why you pay for batches.",
        _BOOK + "section 3.8; Chebyshev's inequality is in any first course on probability.",
    ),
    4: Question(
        "cross-entropy",
        _draw_logits,
        _cross_entropy,
        "It is the loss that a language model logs, and no model gets below the entropy of p.",
        _BOOK + "section 3.13.",
    ),
    5: Question(
        "basic NumPy",
        _draw_paths,
        _median_norm,
        "Runs on axis 0, then time, then dimension: every array of the course is laid out so.",
        "NumPy's user guide, 'NumPy: the absolute basics for beginners' and 'Broadcasting'.",
    ),
}


class Quiz:
    """The self-check with numbers of its own.

    Parameters
    ----------
    seed : int
        Another seed gives other numbers, for a second try.
    """

    def __init__(self, seed: int = 1951) -> None:
        rng = np.random.default_rng(seed)
        self._drawn = {number: _apart(question, rng) for number, question in QUESTIONS.items()}
        self._status = dict.fromkeys(QUESTIONS, "not answered")

    def given(self, number: int) -> Given:
        """Print the numbers of a question and return a copy of them, by name.

        Parameters
        ----------
        number : int
            1 to 5.

        Raises
        ------
        ValueError
            If there is no such question.
        """
        _known(number)
        given = copy.deepcopy(self._drawn[number][0])
        for name, value in given.items():
            few = np.size(value) <= 9
            print(f"{name} = {np.asarray(value).tolist() if few else f'array {np.shape(value)}'}")
        return given

    def check(self, number: int, answer: Any) -> None:
        """Say whether an answer is right, which slip it shows, or that there is none yet.

        Parameters
        ----------
        number : int
            1 to 5.
        answer : float or None
            The reader's number, with at least four significant digits.

        Raises
        ------
        ValueError
            If there is no such question.
        """
        _known(number)
        question = QUESTIONS[number]
        status, message = self._judge(number, answer)
        self._status[number] = status
        if status == "not yet":
            message += f" Brush up: {question.brush_up}"
        print(f"Question {number}, {question.topic}: {status}. {message}")

    def report(self) -> None:
        """Print how each question stood when it was last checked."""
        for number, status in self._status.items():
            print(f"{number}  {QUESTIONS[number].topic:<38}{status}")
        states = list(self._status.values())
        print(f"{states.count('right')} of {len(states)} right")

    def _judge(self, number: int, answer: Any) -> tuple[str, str]:
        if answer is None or answer is ...:
            return "not answered", "Put your number in place of None and run the cell again."
        if isinstance(answer, str):
            return "not yet", "You gave a text; type the number without quotes."
        try:
            value = np.asarray(answer)
        except ValueError:  # lists of different lengths
            value = np.array([])
        if value.size != 1 or value.dtype.kind not in "fiu":
            return "not yet", f"It takes one real number, not {type(answer).__name__}."
        got = float(value.ravel()[0])
        if not np.isfinite(got):
            return "not yet", "Your value is not finite; look for a division by zero."
        _, want, slips = self._drawn[number]
        if ladder.distance(got, want) <= ACCEPTED:
            return "right", QUESTIONS[number].meaning
        for slip, wrong in slips.items():
            if ladder.distance(got, wrong) <= ACCEPTED:
                return "not yet", f"Your value is {slip}."
        if ladder.distance(got, -want) <= ACCEPTED:
            return "not yet", "The size is right, the sign is not."
        if ladder.distance(got, want) <= MIN_GAP / 3:
            return "not yet", "You are close; keep more digits on the way and give four."
        return "not yet", "It comes from none of the slips known here."


def _known(number: int) -> None:
    if number not in QUESTIONS:
        raise ValueError(f"number must be 1 to {len(QUESTIONS)}, got {number!r}")


def _apart(question: Question, rng: np.random.Generator) -> tuple[Given, float, dict[str, float]]:
    """Draw numbers until the right value and those of all slips lie apart."""
    for _ in range(DRAWS):
        given = question.draw(rng)
        want, slips = question.answers(given)
        if ladder.all_apart([want, *slips.values()], MIN_GAP):
            return given, want, slips
    raise RuntimeError(f"no numbers tell all answers apart: {question.topic}")
