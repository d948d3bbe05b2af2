"""Attacks handed in beside honest work, and the command line that an instructor calls."""

from __future__ import annotations

import json
import subprocess
import sys

from grader.layout import ROOT
from tests.attacks import forged, ground, process, resources, structure, system, values
from tests.attacks.arsenal import ARSENAL
from tests.attacks.harness import Range

__all__ = ["forged", "process", "resources", "structure", "system", "values"]

#: One for each kind of thing that can go wrong. What takes the whole clock is left to the engine's
#: own tests, whose clock is shorter than the command's.
CHOSEN = (
    "checks_say_yes",
    "equal_to_everything",
    "pickles_and_unknown_tags",
    "everything_that_gc_knows",
    "calls_out",
    "a_daemon",
    "dies_at_every_call",
    "brings_its_own_tests",
)
COMMAND = """
import sys
from pathlib import Path
from grader.cli import main
from grader.layout import Repository
sys.exit(main(sys.argv[2:], Repository(Path(sys.argv[1]))))
"""


def run(made: Range, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command line as ``python -m grader`` does, on the range's masters."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, str(made.repository.root), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_attacks_beside_honest_work_through_the_command_line() -> None:
    with Range() as made:
        made.course.gradebook.unlink()  # the range's is a secret, not a gradebook
        secret = {s for place, s in made.secrets.items() if place != "gradebook"}
        keeps = {"anna": {*ground.POINTS}}
        for name in CHOSEN:
            attack = ARSENAL[name]
            path = made.course.submitted(name, ground.SLUG)
            ground.write(path, attack.build(made.sheet()).document)
            keeps[name] = {*attack.keeps}
        broken = made.course.submitted("not_json", ground.SLUG)
        broken.parent.mkdir(parents=True)
        broken.write_text("{")
        course = ("--course", str(made.course.path))
        graded = run(made, "autograde", ground.SLUG, *course, "--workers", "2", "--seed", "7")
        assert graded.returncode == 0, graded.stderr
        printed = run(made, "grades", ground.SLUG, *course, "--format", "json")
        assert printed.returncode == 0, printed.stderr
        rows = {row["student"]: row for row in json.loads(printed.stdout)}
        assert rows.keys() == {*keeps, "not_json"}
        assert rows["not_json"]["score"] == 0
        for student, right in keeps.items():
            points = {t["grade_id"]: t["points"] for t in rows[student]["tasks"]}
            assert {n for n in ground.POINTS if points[n] > 0} == right, student
            assert sum(points[n] for n in right) == sum(ground.POINTS[n] for n in right)
        told = graded.stdout + graded.stderr + printed.stdout
        assert not [each for each in secret if each in told]
        assert "LOOT" not in told
        assert [*made.ears.heard()] == []
        assert made.left_behind() == []
