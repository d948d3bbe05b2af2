"""Hostile notebooks of every kind: nothing gained, nothing read, nothing left, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from grader import results
from tests.attacks import forged, ground, process, resources, structure, system, values
from tests.attacks.arsenal import ARSENAL, Attack
from tests.attacks.harness import Range

__all__ = ["forged", "process", "resources", "structure", "system", "values"]


@pytest.fixture(scope="module")
def shooting_range() -> Iterator[Range]:
    with Range() as made:
        yield made


def test_there_are_enough_of_every_kind() -> None:
    kinds = Counter(attack.kind for attack in ARSENAL.values())
    assert len(ARSENAL) >= 55, kinds
    assert len(kinds) >= 18, kinds


def test_the_range_itself(shooting_range: Range) -> None:
    """Right answers pass everything, blank and wrong ones nothing."""
    everything = set(ground.POINTS)
    assert shooting_range.judge(shooting_range.sheet().rightly().document).passed == everything
    for sheet in (shooting_range.sheet(), shooting_range.sheet().wrongly()):
        outcome = shooting_range.judge(sheet.document)
        assert set(outcome.outcomes) == everything
        assert shooting_range.trespasses(outcome) == []


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.slow else [])
        for each in ARSENAL.values()
    ],
)
def test_attack(attack: Attack, shooting_range: Range, capfd: pytest.CaptureFixture[str]) -> None:
    sheet = attack.build(shooting_range.sheet(attack.slug))
    outcome = shooting_range.judge(sheet.document, attack.slug)
    if attack.armed and "ARMED" not in outcome.printed:  # on a loaded machine, time may run out
        outcome = shooting_range.judge(sheet.document, attack.slug, slack=8.0)
    terminal = "".join(capfd.readouterr())
    assert shooting_range.trespasses(outcome, terminal, attack.keeps) == []
    assert outcome.passed == attack.keeps
    # An attack that fails over a slip of its own would prove nothing.
    ended = {results.CRASHED, results.OUT_OF_TIME, results.OUT_OF_MEMORY}
    assert "ARMED" in outcome.printed if attack.armed else ended & {*outcome.outcomes.values()}
    assert shooting_range.spares_the_honest()
