"""The ladder of checks that a graded answer climbs, each rung with a message of its own.

Not attempted → not there or not callable → wrong type or shape → not finite → changed its input →
a named misconception → off by a relative error → right. A message says what was found and where to
look. It never holds the expected value.

A test cell opens a :class:`Task` as a context; whatever goes wrong inside leaves it as a one-line
:class:`CheckFailed`, without a traceback through code that the reader didn't write.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any

import numpy as np

from course_utils import ladder
from course_utils.failures import CheckFailed, brief
from course_utils.reference import SEED_VARIABLE, grading_rng, kept, remember

__all__ = ["SEED_VARIABLE", "Case", "CheckFailed", "Task", "grading_rng", "remember"]

DRAWS = 500


@dataclass(frozen=True)
class Case:
    """Inputs of one hidden check with the right value and those of the named misconceptions."""

    inputs: dict[str, Any]
    want: Any
    wrong: dict[str, Any]


class Task:
    """One graded task: calls the student's function and climbs the ladder.

    Parameters
    ----------
    number
        The task's number as printed in the notebook.
    look
        Where in the theory to look when an answer is wrong.
    """

    def __init__(self, number: str, look: str) -> None:
        self.number, self.look = number, look
        self.entered = 0
        self._rng: np.random.Generator | None = None

    @property
    def rng(self) -> np.random.Generator:
        """What hidden inputs are drawn from: made when it is first asked for, in each check."""
        if self._rng is None:
            self._rng = grading_rng(self.number, self.entered)
        return self._rng

    def __enter__(self) -> Task:
        # What a check draws doesn't depend on how far the checks before it got with an answer.
        self.entered += 1
        self._rng = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, NotImplementedError):
            todo = f": {error}" if str(error) else ""
            text = f"Task {self.number}: not attempted yet{todo}"
            raise CheckFailed(text, "not attempted") from None
        if isinstance(error, NameError):
            raise CheckFailed(
                f"Task {self.number}: {error.name!r} isn't there; run the cell that defines it, "
                "or restore its name"
            ) from None
        if isinstance(error, CheckFailed) or not isinstance(error, Exception):
            return
        raise CheckFailed(f"Task {self.number}: the check stopped with {brief(error)}") from None

    def fail(self, message: str) -> None:
        """Fail with a message.

        Raises
        ------
        CheckFailed
            Always.
        """
        raise CheckFailed(f"Task {self.number}: {message} Look again at {self.look}.")

    def call(self, function: Callable[..., Any], **inputs: Any) -> Any:
        """Call the student's function on copies and make sure that it left them unchanged.

        Parameters
        ----------
        function
            The student's.
        **inputs
            Its arguments, by name.

        Raises
        ------
        CheckFailed
            If it isn't callable, stops with an exception, or changes its input.
        """
        name = self._named(function)
        given = copy.deepcopy(inputs)
        got = self._tried(name, lambda: function(**given))
        # A function that runs in another process gets copies and says itself what it changed.
        self._unchanged(
            name,
            getattr(function, "changed_arguments", None)
            or [key for key in inputs if not ladder.same(given[key], inputs[key])],
        )
        return got

    def call_in_place(
        self, function: Callable[..., Any], changing: Collection[str], /, **inputs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Call a function that is asked to change some of its arguments.

        Parameters
        ----------
        function
            The student's.
        changing
            Names of the arguments that it is asked to change.
        **inputs
            Its arguments, by name; what is passed in here stays as it is.

        Returns
        -------
        result
            What the function returned.
        left
            The arguments by name, as the function left them.

        Raises
        ------
        CheckFailed
            If it isn't callable, stops with an exception, or changes another argument.
        ValueError
            If an argument that it is to change isn't given.
        """
        if missing := set(changing) - inputs.keys():
            raise ValueError(f"changing must name arguments that are given, not {min(missing)!r}")
        name = self._named(function)
        given = copy.deepcopy(inputs)
        away = getattr(type(function), "call_in_place", None)
        got = self._tried(name, lambda: away(function, **given) if away else function(**given))
        others = [key for key in inputs if key not in changing]
        self._unchanged(name, [key for key in others if not ladder.same(given[key], inputs[key])])
        return got, given

    def call_each(
        self, function: Callable[..., Any], inputs: Sequence[Mapping[str, Any]]
    ) -> list[Any]:
        """Call the student's function many times, in one go where it runs in another process.

        Parameters
        ----------
        function
            The student's.
        inputs
            For each call the arguments by name.

        Raises
        ------
        CheckFailed
            As :meth:`call`, for the first call that goes wrong.
        """
        away = getattr(type(function), "call_each", None)
        if away is None:
            return [self.call(function, **given) for given in inputs]
        name, results = self._named(function), []
        for got, changed in away(function, inputs):
            results.append(self._tried(name, partial(_unpacked, got)))
            self._unchanged(name, changed)
        return results

    def _named(self, function: Any) -> str:
        if not callable(function):
            self.fail(f"expected a function, found {type(function).__name__}.")
        return str(getattr(function, "__name__", type(function).__name__))

    def _tried(self, name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except NotImplementedError:
            raise
        except Exception as error:
            self.fail(f"{name}() stopped with {brief(error)}.")

    def _unchanged(self, name: str, changed: Sequence[Any]) -> None:
        if changed:
            self.fail(f"{name}() changed its argument {changed[0]!r}; work on a copy.")

    def value(
        self,
        got: Any,
        want: Any,
        wrong: Mapping[str, Any] | None = None,
        rtol: float = 1e-9,
        atol: float = 0.0,
    ) -> None:
        """Climb the ladder from the type of a value to its digits.

        Parameters
        ----------
        got
            What the student's function returned.
        want
            The right value: a number, a string, an array, or a tuple or dict of them.
        wrong
            For each message that names a misconception, the value which that misconception gives.
        rtol, atol
            Allowed error, relative to the largest entry of ``want``, and absolute.

        Raises
        ------
        CheckFailed
            If the value isn't right.
        """
        problem = ladder.climb(got, want, wrong or {}, rtol, atol)
        if problem:
            self.fail(problem)

    def draw(
        self,
        inputs: Callable[[np.random.Generator], dict[str, Any]],
        truth: Callable[..., Any],
        wrong: Mapping[str, Callable[..., Any]] | None = None,
        min_gap: float = 0.01,
    ) -> Case:
        """Draw hidden inputs on which the truth and every named wrong value lie apart.

        Parameters
        ----------
        inputs
            ``inputs(rng)`` gives the arguments by name.
        truth
            The right answer as a function of the arguments.
        wrong
            For each message, the misconception as a function of the arguments.
        min_gap
            Smallest relative distance between any two of the values.

        Raises
        ------
        RuntimeError
            If no draw out of many separates them: an error of the test's author.
        """
        formulas = dict(wrong or {})

        def fresh() -> Case:
            for _ in range(DRAWS):
                drawn = inputs(self.rng)
                want = truth(**copy.deepcopy(drawn))
                values = {text: rule(**copy.deepcopy(drawn)) for text, rule in formulas.items()}
                if ladder.all_apart([want, *values.values()], min_gap):
                    return Case(drawn, want, values)
            raise RuntimeError(
                f"Task {self.number}: no hidden input tells all the named answers apart"
            )

        case: Case = self.once(fresh)
        return case

    def once(self, reference: Callable[[], Any]) -> Any:
        """Compute something costly that doesn't depend on the student; a grader keeps it.

        Parameters
        ----------
        reference
            Takes no argument, and may draw from ``self.rng``.
        """
        return kept(self.number, self.rng, reference)

    def compare(
        self,
        function: Callable[..., Any],
        case: Case,
        rtol: float = 1e-9,
        atol: float = 0.0,
        part: int | None = None,
    ) -> None:
        """Call the student's function on a drawn case and climb the ladder.

        Parameters
        ----------
        function, case
            The student's, and what :meth:`draw` returned.
        rtol, atol
            See :meth:`value`.
        part
            Look only at this one of the values that the function returns, counted from 0, so that a
            slip in another costs nothing here. ``case.want`` and ``case.wrong`` hold all of them;
            a wrong answer that has this one right is no misconception about it.
        """
        got = self.call(function, **case.inputs)
        if part is None:
            self.value(got, case.want, case.wrong, rtol, atol)
            return
        apart = {
            text: value[part]
            for text, value in case.wrong.items()
            if ladder.distance(value[part], case.want[part]) > ladder.RECOGNISED
        }
        self.value(self.part(got, part, len(case.want)), case.want[part], apart, rtol, atol)

    def part(self, got: Any, index: int, of: int) -> Any:
        """Return one of several returned values: from a tuple, a list or the rows of an array.

        Raises
        ------
        CheckFailed
            If there aren't ``of`` of them.
        """
        values, problem = ladder.several(got, of)
        if problem:
            self.fail(problem)
        return values[index]

    def words(self, got: Any, keys: str | Sequence[str], among: Sequence[str]) -> None:
        """Check the form of a dictionary of labels: each key is there, with one of the labels.

        Parameters
        ----------
        got
            The student's dictionary.
        keys
            Its keys; a string stands for its letters.
        among
            The labels; capitals and blanks don't matter.

        Raises
        ------
        CheckFailed
            If it is no dictionary, or an entry is missing or none of the labels.
        """
        said = self._labels(got)
        for key in keys:
            if said.get(key.upper()) not in [word.lower() for word in among]:
                allowed = ", ".join(map(repr, among[:-1])) + f" or {among[-1]!r}"
                self.fail(f"the entry {key!r} must be {allowed}.")

    def _labels(self, got: Any) -> dict[str, str]:
        if not isinstance(got, Mapping):
            self.fail(f"expected a dictionary of labels, found {type(got).__name__}.")
        return {str(key).strip().upper(): str(word).strip().lower() for key, word in got.items()}

    def label(
        self, got: Any, key: str, want: str, because: Mapping[str, str] | None = None
    ) -> None:
        """Check one label of a dictionary of labels; capitals and blanks don't matter.

        Parameters
        ----------
        got
            The student's dictionary.
        key
            Which entry.
        want
            The right label.
        because
            For a wrong label, the message that names what led to it.

        Raises
        ------
        CheckFailed
            If the entry is missing or wrong.
        """
        labels = self._labels(got)
        if key.upper() not in labels:
            self.fail(f"the dictionary has no entry {key!r}.")
        said = labels[key.upper()]
        if said != want.lower():
            reason = (because or {}).get(said, "ask what the value depends on.")
            self.fail(f"{key} isn't {said!r}: {reason}")

    def visible_passed(self, meaning: str) -> None:
        """Say that the visible checks passed, and what a right answer means."""
        print(
            f"Task {self.number}: visible checks passed; hidden checks run when graded. {meaning}"
        )


def _unpacked(outcome: Any) -> Any:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
