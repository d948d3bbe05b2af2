"""Sealed, each solution of the bank loses what the bank says, and nothing else."""

from __future__ import annotations

import pytest

from grader.check import check
from grader.layout import Repository
from grader.master import read_master

SEED = 7  # another one than test_bank.py's


@pytest.mark.parametrize("slug", Repository().sections())
def test_every_solution_of_the_bank_loses_sealed_what_the_bank_says(slug: str) -> None:
    """The bank's own test shows the same of tests that run beside the answers, as stock's do."""
    found = check(Repository(), slug, seed=SEED, workers=2)
    assert found.findings == []
    assert sum(row[0] for row in found.table.values()) >= 5 * len(found.table)
    automatic = sum(c.points for c in read_master(Repository(), slug).graded if c.automatic)
    assert f": master {automatic:g}/{automatic:g}, blank 0, " in found.summary
