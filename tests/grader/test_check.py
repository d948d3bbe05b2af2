"""What the author of a section is told: faults, idioms that can't be sealed, and the bank."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.check import check
from grader.cli import main
from grader.idioms import find_idioms
from grader.layout import Repository
from grader.master import read_master

from .conftest import OTHER, SLUG, by_id, code, master_cells, notebook, write_json

pytestmark = pytest.mark.usefixtures("light_nurseries")

Cells = list[dict[str, Any]]
PATH = f"solutions/{SLUG}/exercises.ipynb"


class Tally:
    """Stands for a class that the student writes."""

    def add(self, value: float) -> None:
        """Take in a value."""


class OddError(ValueError):
    """An exception that isn't builtin."""


NAMESPACE: dict[str, Any] = {
    "double": abs, "Tally": Tally, "np": np, "helper": abs, "OddError": OddError, "LIMIT": 3,
}  # fmt: skip


def rewrite(repository: Repository, change: Callable[[Cells], None]) -> None:
    cells = master_cells()
    change(cells)
    write_json(repository.master(SLUG), notebook(SLUG, cells))


def idioms(repository: Repository, test: str, solution: str = "") -> list[str]:
    """What is found in a test cell, beside a solution cell with more in it."""

    def change(cells: Cells) -> None:
        source = by_id(cells, "task1")["source"]
        by_id(cells, "task1")["source"] = f"{source}\n\n\n{textwrap.dedent(solution)}"
        by_id(cells, "task1-hidden")["source"] = textwrap.dedent(test)

    rewrite(repository, change)
    return [str(finding) for finding in find_idioms(read_master(repository, SLUG), NAMESPACE)]


TALLY = (
    "class Tally:\n    ### BEGIN SOLUTION\n    # Stub: a tally.\n    x = 1\n    ### END SOLUTION"
)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("assert isinstance(double, object)", "isinstance() of double, which stays in another"),
        ("assert type(double).__name__", "type() of double"),
        ("t = Tally()\nassert isinstance(t, Tally)", "isinstance() of t"),
        ("got = double(2)\nassert isinstance(got, Tally)", "with a class of the student's"),
        ("import inspect\ninspect.signature(double)", "calls inspect.signature: how an answer"),
        ("assert 'for' not in double.__code__.co_names", "reads double.__code__"),
        ("x = [1]\nassert double(x) is not x", "asks for identity, but what comes back is a copy"),
        ("x = np.ones(2)\ny = double(x)\nassert not np.shares_memory(x, y)", "shares_memory() of"),
        ("assert id(double(2)) != 3", "id() of what the student's code returns"),
        ("double(np)", "hands over the module np; hand over numbers"),
        ("task1.call(double, kind=np.float32)", "hands over the class np.float32"),
        ("class Sub(Tally):\n    pass", "derives a class from Tally"),
        ("try:\n    double(2)\nexcept:\n    pass", "catches everything"),
        ("try:\n    double(2)\nexcept BaseException:\n    pass", "catches everything"),
        ("try:\n    double(2)\nexcept Tally:\n    pass", "catches Tally, a class of the student's"),
        ("try:\n    double(2)\nexcept OddError:\n    pass", "as builtin ones; catch ValueError"),
        ("np.random.seed(3)\ndouble(2)", "np.random.seed() sets a seed in the grader's process"),
        ("np.random.default_rng = None", "replaces np.random.default_rng in the grader's process"),
        ("import warnings\nwith warnings.catch_warnings(record=True):\n    double(2)", "sees no"),
        ("assert open('answer.txt').read()", "open() sees none of the student's files"),
        ("double(2)\nassert Out[-1] == 4", "reads Out of the notebook's kernel"),
        ("assert eval('double(2)') == 4", "reads names in a way that can't be followed"),
        ("assert helper(2) == 2", "reads helper, which the student can change"),
        ("assert LIMIT == 3", "reads LIMIT, which only the solution region of"),
    ],
)  # fmt: skip
def test_an_idiom_that_cannot_be_sealed_is_found(
    test: str, says: str, repository: Repository
) -> None:
    region = "### BEGIN SOLUTION\n# Stub: a limit.\nLIMIT = 3\n### END SOLUTION"
    solution = f"{TALLY}\n\n\ndef helper(x):\n    return x\n\n\n{region}"
    found = idioms(repository, test, solution)
    assert len(found) == 1, found
    assert says in found[0] and found[0].startswith("cell 'task1-hidden': ")
    assert "\n" not in found[0] and ";" in found[0]


@pytest.mark.parametrize(
    "test",
    [
        "got = double(2)\nassert isinstance(got, float | int) and got == 4",
        "assert callable(double) and double.__name__ == 'double'",
        "assert double(3) is not None",
        "t = Tally()\nt.add(2)\nfor _ in range(3):\n    t.add(1)",
        "rng = np.random.default_rng(3)\ndouble(rng)",
        "assert double(lambda x: x) and double(np.ones(3)) is not None",
        "try:\n    double('x')\nexcept ValueError:\n    pass",
        "def _wrong1(x):\n    return isinstance(x, np.ndarray)\n\n\nassert not _wrong1(double(2))",
        "from course_utils import checks\ntry:\n    task1.call(double, x=1)\n"
        "except checks.CheckFailed:\n    raise",
    ],
)  # fmt: skip
def test_what_can_be_sealed_is_left_alone(test: str, repository: Repository) -> None:
    assert idioms(repository, test, TALLY) == []


def test_names_from_the_wrong_cell_are_found(repository: Repository) -> None:
    def change(cells: Cells) -> None:
        by_id(cells, "task1-visible")["source"] += "\ngot = double(3)\nwanted = 6"
        by_id(cells, "task1-hidden")["source"] = "assert got == wanted == plain"
        place = cells.index(by_id(cells, "task2-why"))
        cells[place:place] = [
            code("plain = 6"),
            code("early = double(1)", grade_id="table", locked=True),
            code("assert wanted == 6", grade_id="task3-a", grade=True, locked=True, points=1),
        ]

    rewrite(repository, change)
    found = [str(f) for f in find_idioms(read_master(repository, SLUG), NAMESPACE)]
    assert len(found) == 4
    assert (
        "'task1-hidden': reads got, which task1-visible made from the student's answer" in found[0]
    )
    assert "'task1-hidden': reads plain, which only cell 8 defines; lock that cell" in found[1]
    assert "'table': uses double, which the student writes; only a test cell may" in found[2]
    assert "'task3-a': reads wanted from the tests of task1, which may not run with it" in found[3]


def test_a_good_section_has_no_findings(repository: Repository, capsys: Any) -> None:
    assert main(["check", SLUG, OTHER, "--workers", "1"], repository) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        f"{slug}: master 70/70, blank 0, no misconception bank" for slug in (SLUG, OTHER)
    ]


def test_what_shows_only_when_it_runs_is_found(repository: Repository) -> None:
    hidden = "with task1:\n    assert double({}) == 35"
    for what in ("object()", "np.datetime64('2026-02-01')"):

        def change(cells: Cells, what: str = what) -> None:
            by_id(cells, "imports")["source"] += "\nimport numpy as np"
            source = by_id(cells, "task1")["source"].replace("2 * x", "70 // 2")
            by_id(cells, "task1")["source"] = source
            by_id(cells, "task1-hidden")["source"] = hidden.format(what)
            by_id(cells, "task1-visible")["source"] = (
                'task1 = checks.Task("1", look="theory")\n'
                "with task1:\n    assert double(double) == 35"
            )

        rewrite(repository, change)
        found = check(repository, SLUG, seed=1)
        assert len(found.findings) == 1, found.findings
        assert (
            "cell 'task1-hidden': a test hands over what can't cross: a value of type"
            in (found.findings[0])
        )
        assert "; use " in found.findings[0]
        assert found.summary.startswith(f"{SLUG}: master 20/70, blank 0")


def test_a_test_that_fails_its_own_master_or_passes_the_blank_is_found(
    repository: Repository,
) -> None:
    def change(cells: Cells) -> None:
        by_id(cells, "task1-visible")["source"] = "assert double(2) == 5"
        by_id(cells, "task1-hidden")["source"] = "assert callable(double)"

    rewrite(repository, change)
    found = check(repository, SLUG, seed=1)
    own, hidden = (line.rpartition(f"{PATH}: ")[2] for line in found.findings)
    assert own == "cell 'task1-visible': the master's own answer fails: AssertionError"
    assert hidden.startswith("cell 'task1-hidden': comes to 'passed' on the untouched notebook; ")
    assert found.summary.startswith(f"{SLUG}: master 50/70, blank 50")


def test_a_change_in_place_is_found_where_the_test_does_not_say_so(repository: Repository) -> None:
    def change(cells: Cells) -> None:
        by_id(cells, "task1")["source"] = by_id(cells, "task1")["source"].replace(
            "zebra_total = 2 * x\n    return zebra_total", "x[0] *= 2"
        )
        by_id(cells, "task1-visible")["source"] = (
            'with checks.Task("1", look="theory"):\n    x = [2]\n    double(x)\n    assert x == [4]'
        )
        by_id(cells, "task1-hidden")["source"] = (
            'task1 = checks.Task("1", look="theory")\n'
            "with task1:\n    _, left = task1.call_in_place(double, {'x'}, x=[2])\n"
            "    assert left == {'x': [4]}"
        )

    rewrite(repository, change)
    (line,) = check(repository, SLUG, seed=1).findings
    assert "cell 'task1-visible': passes in a notebook, but not with the answer in another" in line


def test_faults_of_the_master_come_first(repository: Repository, capsys: Any) -> None:
    def change(cells: Cells) -> None:
        by_id(cells, "task1-hidden")["metadata"]["nbgrader"]["points"] = 40
        by_id(cells, "task1-visible")["source"] = "this is no Python"

    rewrite(repository, change)
    assert main(["check", SLUG], repository) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert any("the points add up to 90, not 100" in line for line in lines)
    assert any("task1-visible" in line for line in lines)
    assert last == f"{SLUG}: the master has to be mended first"


BANK = """
from tests.misconceptions.bank import right, wrong


@right
def sum_of_two(x):
    return x + x


@right
def three_times(x):
    return 3 * x


@wrong("relative error", loses=["task1-visible", "task1-hidden"])
def four_times(x):
    return 4 * x


@wrong("relative error", loses=["task1-visible"])
def hidden_too(x):
    return 5 * x


@wrong("the name of it", loses=["task1-visible", "task1-hidden"])
def unnamed(x):
    return 6 * x
"""


def test_the_bank_is_judged_and_its_misses_are_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = repository.root / "tests" / "misconceptions" / "s01_tiny"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "task1.py").write_text(BANK)
    import tests.misconceptions

    monkeypatch.setattr(tests.misconceptions, "__path__", [*tests.misconceptions.__path__, str(package.parent)])  # fmt: skip  # noqa: E501
    found = check(repository, SLUG, seed=1, workers=2)
    told = [line.rpartition("cell 'task1': bank: ")[2] for line in found.findings]
    assert [line.partition(":")[0] for line in told] == [
        "three_times loses task1-hidden, task1-visible",
        "hidden_too loses task1-hidden",
        "unnamed isn't named 'the name of it', it gets",
    ]
    assert found.table == {"task1": (3, 1, 2, 1)}
    assert f"{SLUG}  task1    1/3 wrong killed, 1/2 right kept" in list(found.lines())
    assert ", 1 of 3 wrong killed, 1 of 2 right kept (" in found.summary


def test_the_checkout_of_another_place_is_named_by_relative_paths(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(cells: Cells) -> None:
        by_id(cells, "task1-hidden")["source"] += "assert type(double)"

    rewrite(repository, change)
    monkeypatch.chdir(repository.root)
    found = check(repository, SLUG, seed=1)
    assert found.findings[0].startswith(f"{PATH}: cell 'task1-hidden': type() of double")
