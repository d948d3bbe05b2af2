"""What a message is taken for in the report: a mistake by name, or less."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from grader.layout import Repository
from grader.master import read_master
from grader.report_messages import FORM, NAMED, NOT_NAMED, STOPPED, UNKNOWN, Reader

from ..conftest import SLUG, notebook, write_json
from .conftest import PLACE, SIGN, failed, master_cells


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    repository = Repository(tmp_path_factory.mktemp("reader"))
    write_json(repository.master(SLUG), notebook(SLUG, master_cells()))
    return Reader(read_master(repository, SLUG))


MISLEADS = "the training set misleads only who has seen it."
FACTOR = "over … runs the mean under … is off by a factor."


@pytest.mark.parametrize(
    ("message", "kind", "said"),
    [
        (SIGN, NAMED, SIGN),
        (f"value 2 of 3: {SIGN}", NAMED, SIGN),
        (f"entry 'b': {SIGN}", NAMED, SIGN),
        (f"B isn't 'pessimistic': {MISLEADS}", NAMED, MISLEADS),
        ("over 4000 runs the mean under sgd is off by a factor.", NAMED, FACTOR),
        ("over 17 runs the mean under αβ is off by a factor.", NAMED, FACTOR),
        ("the winner isn't right: see the docstring.", NAMED, "the winner isn't right: …"),
        (f"see the docstring.: {SIGN}", NAMED, SIGN),
        (f"A: {SIGN}", NAMED, SIGN),
        ("off by a relative error of 0.3.", NOT_NAMED, "off by a relative error"),
        ("value 1 of 2: off by a relative error of 2e+04.", NOT_NAMED, "off by a relative error"),
        ("not the expected value.", NOT_NAMED, "not the expected value"),
        ("C isn't 'x': ask what the value depends on.", NOT_NAMED, "another label is right"),
        ("expected shape (3,), found a single number.", FORM, ""),
        ("value 1 of 2: there is a nan; look for 0/0, inf − inf or an overflow.", FORM, ""),
        ("f1() changed its argument 'x'; work on a copy.", FORM, "the function changed its input"),
        (f"f1() stopped with ValueError: {SIGN}", STOPPED, "the function stopped with ValueError"),
        ("the check stopped with KeyError: 'anna'.", STOPPED, "the check stopped with KeyError"),
        (f"{SIGN} And more.", UNKNOWN, ""),
        (f"I wrote: {SIGN}", UNKNOWN, ""),
        ("over runs the mean under is off by a factor.", UNKNOWN, ""),
    ],
)
def test_a_message_is_taken_for_what_it_says(
    reader: Reader, message: str, kind: str, said: str
) -> None:
    got = reader.read(failed(message)[1])
    assert got.kind == kind
    assert got.text == said or not said
    assert got.place == PLACE


def test_messages_of_the_checks_themselves(reader: Reader) -> None:
    """What course_utils says today is known here: a changed wording fails."""
    from course_utils.checks import CheckFailed, Task

    def said(check: Any) -> str:
        task = Task("1", PLACE)
        with pytest.raises(CheckFailed) as caught, task:
            check(task)
        return reader.read(str(caught.value)).kind

    def stop(x: float) -> float:
        raise ValueError(SIGN)

    def change(x: Any) -> Any:
        x[0] = 7

    assert said(lambda t: t.value(-1.0, 1.0, {SIGN: -1.0})) == NAMED
    assert said(lambda t: t.value((0.0, -1.0), (0.0, 1.0), {SIGN: (1.0, -1.0)})) == NAMED
    assert said(lambda t: t.value(3.0, 1.0, {SIGN: -1.0})) == NOT_NAMED
    assert said(lambda t: t.value("a", "b")) == NOT_NAMED
    assert said(lambda t: t.label({"B": "x"}, "B", "y", {"x": MISLEADS})) == NAMED
    assert said(lambda t: t.label({"B": "x"}, "B", "y")) == NOT_NAMED
    malformed: list[tuple[Any, Any]] = [
        (None, 1.0), ([1.0, 2.0], 1.0), ("x", 1.0), (math.nan, 1.0), (math.inf, 1.0),
        (1.0, (1.0, 2.0)), ({}, {"a": 1.0}), (1.0, {"a": 1.0}), (1.0, "word"),
    ]  # fmt: skip
    for got, want in malformed:
        assert said(lambda t, got=got, want=want: t.value(got, want)) == FORM
    assert said(lambda t: t.label({}, "B", "y")) == FORM
    assert said(lambda t: t.words({"B": "z"}, "B", ("x", "y"))) == FORM
    assert said(lambda t: t.call(3)) == FORM
    assert said(lambda t: t.call(change, x=np.ones(2))) == FORM
    assert said(lambda t: t.call(stop, x=1.0)) == STOPPED
    assert said(lambda t: 1 / 0) == STOPPED
    assert said(lambda t: undefined) == FORM  # type: ignore[name-defined]  # noqa: F821


def test_a_student_sends_nobody_to_a_place_of_his_own(reader: Reader) -> None:
    bare = "Task 1: the check stopped with ValueError: x Look again at https://example.org."
    assert reader.read(bare).place == ""
    both = f"Task 1: f() stopped with ValueError: Look again at home.. Look again at {PLACE}."
    assert reader.read(both).place == PLACE
    assert reader.read("Task 1: 'f1' isn't there; run the cell that defines it, or x").place == ""


def test_a_message_made_to_take_long(reader: Reader) -> None:
    start = time.process_time()
    for long in ("over runs the mean under is off by a factor " * 2000, " isn't '" * 5000):
        assert reader.read(long).kind == UNKNOWN
    assert time.process_time() - start < 1


def test_texts_of_a_real_section() -> None:
    real = Reader(read_master(Repository(), "01-population-risk"))
    place = "theory 01, §4 Geometry and guarantees"
    sigma = "the noise enters as a variance; its square root was used."
    got = real.read(f"Task 4: value 2 of 3: {sigma} Look again at {place}.")
    assert (got.kind, got.text, got.place) == (NAMED, sigma, place)
    mean = "it comes from the validation set, which has made the choice."
    assert real.read(f"Task 7: the estimate: {mean} Look again at {place}.").text == mean
    other = "the log whose label is 'a' came out as 'b': something"
    assert real.read(f"Task 8: {other} Look again at {place}.").kind == NAMED
