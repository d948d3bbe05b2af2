"""A comparison fails when the claim is false, and when the check could not tell."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.comparison import Row, compare, mean_and_standard_error
from course_utils.predictions import nearest, reveal


def test_standard_error_of_a_mean() -> None:
    mean, error = mean_and_standard_error([1.0, 2.0, 3.0, 6.0])
    assert mean == 3.0
    assert error == pytest.approx(np.sqrt(14 / 3) / 2, rel=1e-12)


@pytest.mark.parametrize("samples", [[1.0], [[1.0, 2.0]], [1.0, np.inf]])
def test_unusable_samples_are_refused(samples: list[float]) -> None:
    with pytest.raises(ValueError, match="samples must be"):
        mean_and_standard_error(samples)


def test_it_prints_prediction_measurement_and_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    compare(Row("gap", predicted=2.0, measured=2.2, standard_error=0.1, rivals={"half": 1.0}))
    printed = capsys.readouterr().out
    assert [word in printed for word in ("gap", "2.2", "1.100", "+2.0", "holds", "12 SE away")]
    assert "holds" in printed and "12 SE away" in printed and "1.100" in printed


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Row("far", 2.0, measured=2.6, standard_error=0.1), "6.0 standard errors off"),
        (Row("nan", 2.0, measured=np.nan, standard_error=0.1), "standard errors off"),
        (
            Row("blunt", 2.0, measured=2.1, standard_error=0.1, rivals={"half": 1.8}),
            "only 3.0 standard errors from the rival 'half'",
        ),
        (Row("digits", 2.0, measured=2.0 + 1e-9, rtol=1e-12), "off by a relative"),
        (Row("zero", 0.0, measured=1e-3, rtol=1e-12), "off by a relative"),
        (
            Row("same", 2.0, measured=2.0, rtol=1e-12, rivals={"twin": 2.0}),
            "can't be told from the rival 'twin'",
        ),
    ],
)
def test_it_fails_on_a_false_claim_and_on_a_blunt_check(row: Row, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        compare(row)


def test_every_row_is_judged() -> None:
    good = Row("good", 2.0, measured=2.1, standard_error=0.1)
    bad = Row("bad", 2.0, measured=9.0, standard_error=0.1)
    with pytest.raises(AssertionError, match="bad"):
        compare([bad, good])


@pytest.mark.parametrize(
    "row",
    [
        Row("nothing", 2.0),
        Row("no error", 2.0, measured=2.0),
        Row("both", 2.0, measured=2.0, standard_error=0.1, rtol=0.1),
        Row("no spread", 2.0, samples=[2.0, 2.0]),
    ],
)
def test_a_row_without_a_yardstick_is_refused(row: Row) -> None:
    with pytest.raises(ValueError, match=row.name):
        compare(row)


def test_nearest_option() -> None:
    assert nearest(1.3, {"a": 1.275, "b": 1.7}) == "a"
    with pytest.raises(ValueError, match="equally near"):
        nearest(1.5, {"a": 1.0, "b": 2.0})


OPTIONS = {"a": "falls", "b": "stays"}
REASONS = {"a": "noise averages out", "b": "the floor is noise"}


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        ("…", "No prediction made"),
        ("", "No prediction made"),
        ("a", "You predicted (a); (b) holds"),
        (" (B). ", "You predicted (b), and it holds"),
        ("c", "none of a, b"),
    ],
)
def test_reveal_answers_the_prediction(
    prediction: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reveal(prediction, OPTIONS, holds="b", because=REASONS)
    printed = capsys.readouterr().out
    assert said in printed
    assert "→ (b) stays: the floor is noise" in printed
    assert "  (a) falls: noise averages out" in printed


def test_reveal_explains_every_option() -> None:
    with pytest.raises(ValueError, match="missing b"):
        reveal("a", OPTIONS, holds="a", because={"a": "…"})
    with pytest.raises(ValueError, match="holds must be one of a, b"):
        reveal("a", OPTIONS, holds="c", because=REASONS)
