"""One guard off at a time: each time some attack of the suite succeeds, so each guard is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from grader import results
from grader.sealed import judge
from grader.sealed.engine import SealedEngine
from grader.sealed.worker import Clock
from grader.submissions import Problem
from tests.attacks import forged, ground, process, resources, structure, system, values, weak
from tests.attacks.arsenal import ARSENAL
from tests.attacks.harness import CLOCK, Range
from tests.attacks.test_files import EVIL

__all__ = ["forged", "process", "resources", "structure", "system", "values"]

ROOT = os.geteuid() == 0


@pytest.fixture
def shooting_range() -> Iterator[Range]:
    with Range() as made:
        yield made


@pytest.fixture(scope="module")
def sound() -> Iterator[Range]:
    """One sandbox for all that is weakened outside of it."""
    with Range() as made:
        with pytest.MonkeyPatch.context() as patch:
            weak.weaken_nursery(patch, made, "nothing")  # with little preloaded
            assert made.spares_the_honest()
        yield made


def succeeds(made: Range, name: str, patience: float = 0.3, slack: float = 1.0) -> list[str]:
    """Say what an attack gets away with."""
    made.patience = patience
    attack = ARSENAL[name]
    outcome = made.judge(attack.build(made.sheet()).document, slack=slack)
    return made.trespasses(outcome, keeps=attack.keeps)


HIDDEN = "read: hidden"
#: For each guard, or two that stand in for each other: attacks, and what they then get.
NURSERY: dict[str, dict[str, str]] = {
    "a root of its own": {
        "every_file_in_reach": f"read: home;read: submission;read: gradebook;{HIDDEN}",
        "a_file_in_an_open_folder": "left: ",
    },
    "an open folder,read-only": {"a_file_in_an_open_folder": "left: "},
    "a network of its own": {"calls_out": "reached: tcp;reached: udp;reached: unix"},
    "processes of its own": {"a_daemon": "left: process"},
    "limits": {
        "three_gigabytes_at_once": "read: LOOT three gigabytes",
        "more_descriptors_than_allowed": "read: LOOT",
        "a_fork_bomb": "read: LOOT 150 processes",
    },
    "size of the box": {"a_flood_of_disk": "read: LOOT"},
    "files of the box": {"a_flood_of_disk": "read: LOOT folders"},
    "capabilities": {"the_way_out_by_system_calls": "read: LOOT a host name"},
    "system calls": {"memory_that_no_limit_counts": "read: LOOT"},
    "system calls,no further namespaces": {
        "the_way_out_by_system_calls": "read: LOOT a user namespace"
    },
    "descriptors": {"every_descriptor": "read: LOOT descriptor"},
    "a fresh process": {"everything_that_gc_knows": HIDDEN, "the_process_memory_in_raw": HIDDEN},
    **({"another user": {"a_fork_bomb": "read: LOOT 150 processes"}} if ROOT else {}),
}


@pytest.mark.parametrize("guards", NURSERY)
def test_without_a_guard_of_the_sandbox(
    guards: str, shooting_range: Range, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak.weaken_nursery(monkeypatch, shooting_range, *guards.split(","))
    for name, trespasses in NURSERY[guards].items():
        found = succeeds(shooting_range, name, slack=8.0)  # what succeeds may take a while
        for trespass in trespasses.split(";"):
            assert any(each.startswith(trespass) for each in found), (name, trespass, found)


def test_weakening_nothing(shooting_range: Range, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way of starting the sandbox is no weakness by itself."""
    weak.weaken_nursery(monkeypatch, shooting_range, "an open folder")
    for name in ("a_file_in_an_open_folder", "every_file_in_reach", "a_fork_bomb", "calls_out"):
        assert succeeds(shooting_range, name, patience=3.0) == []
    assert shooting_range.spares_the_honest()


def test_with_the_environment_passed_on(
    shooting_range: Range, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak.weaken_nursery(monkeypatch, shooting_range, "nothing", **os.environ)
    assert "read: environment" in succeeds(shooting_range, "the_environment")


def test_started_beside_the_notebook(
    shooting_range: Range, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the student's on the module path, as where a kernel is started."""
    path = shooting_range.hand_in(shooting_range.sheet().wrongly().document)
    (path.parent / "numpy.py").write_text(EVIL.format(str(path.parent)))
    real = weak.house.subprocess.Popen
    monkeypatch.setattr(
        weak.house.subprocess,
        "Popen",
        lambda command, **how: real(
            [word for word in command if word != "-I"], **{**how, "cwd": path.parent}
        ),
    )
    assert any(t.startswith("left: ") for t in shooting_range.trespasses(shooting_range.judge()))


def test_without_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``--sandbox limits`` gives up."""
    with Range(make=partial(SealedEngine, level="limits")) as made:
        assert "read: home" in succeeds(made, "every_file_in_reach")
        assert "reached: tcp" in succeeds(made, "calls_out")


@pytest.mark.parametrize(
    ("name", "gained"),
    [
        ("checks_say_yes", "task1-one"),
        ("equal_to_everything", "task9-map"),
        ("array_subclass", "task9-visible"),
        ("names_of_the_test_cells", "task2-rest"),
        ("stop_iteration_ends_the_test_loop", "task9-map"),
    ],
)
def test_with_tests_beside_the_students_code(name: str, gained: str) -> None:
    with Range(make=weak.Unsealed) as made:
        assert f"gained: {gained}" in succeeds(made, name)


JUDGE = [
    ("exact types", "pickles_and_unknown_tags", "gained: task2-rest"),
    ("proxies equal nothing", "equal_to_everything", "gained: task9-visible"),
    ("arguments stay", "claims_about_its_arguments", "gained: task9-after"),
    ("generators stay", "claims_about_its_arguments", "gained: task8-drawn"),
    ("asked names only", "a_server_of_its_own", "gained: task1-two"),
    ("StopIteration doesn't travel", "stop_iteration_ends_the_test_loop", "gained: task9-map"),
    ("objections are kept", "asks_more_than_it_may", "gained: task3-drawn"),
    ("tests from the master", "brings_its_own_tests", "gained: task2-rest"),
    ("clean text", "text_that_no_file_can_hold", "fault: "),
]


@pytest.mark.parametrize(("guard", "name", "trespass"), JUDGE)
def test_without_a_guard_of_the_judge(
    guard: str, name: str, trespass: str, sound: Range, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak.JUDGE_GUARDS[guard](monkeypatch)
    assert any(each.startswith(trespass) for each in succeeds(sound, name))


def test_without_an_end_for_all(shooting_range: Range, monkeypatch: pytest.MonkeyPatch) -> None:
    weak.weaken_nursery(monkeypatch, shooting_range, "nothing")
    weak.JUDGE_GUARDS["an end for all"](monkeypatch)
    found = succeeds(shooting_range, "sleeps_and_ignores_signals")
    assert any(each.startswith("left: process") for each in found)


@pytest.mark.parametrize(
    ("guard", "name"),
    [
        ("a clock", "sleeps_and_ignores_signals"),
        ("an end for a stuck judge", "a_hash_for_all_keys"),
    ],
)
def test_without_a_clock(guard: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(cell_cpu=0.5, cell_wall=0.5, total_cpu=0.5, total_wall=0.5)
    seconds = []
    with Range(clock) as made:
        weak.weaken_nursery(monkeypatch, made, "nothing")
        for weaken in (weak.strict, weak.JUDGE_GUARDS[guard]):
            weaken(monkeypatch)
            outcome = made.judge(ARSENAL[name].build(made.sheet()).document)
            seconds.append(outcome.seconds)
    assert seconds[1] > seconds[0] + 0.5, seconds


def test_open_where_a_verdict_is_missing(sound: Range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "missing", results.PASSED)
    assert any(t.startswith("gained") for t in succeeds(sound, "dies_at_every_call"))


def test_without_an_allowance(sound: Range, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one, a flood of frames ends by its bytes; without, only when time is up."""
    sheet = ARSENAL["a_flood_of_frames"].build(sound.sheet())
    monkeypatch.setattr(judge, "ALLOWANCE", 2**23)
    assert sound.judge(sheet.document).outcomes["task3-drawn"] == results.CRASHED
    monkeypatch.setattr(judge, "ALLOWANCE", None)
    assert sound.judge(sheet.document).outcomes["task3-drawn"] == results.OUT_OF_TIME


def test_without_the_watch_on_memory(
    shooting_range: Range, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits hold for each process; only the watch adds them up."""
    weak.weaken_nursery(monkeypatch, shooting_range, "nothing")
    patient = {"cell_cpu": 5.0, "total_cpu": 10.0, "cell_wall": 20.0, "total_wall": 30.0}
    shooting_range.clock = replace(CLOCK, memory=2**60, **patient)
    assert any("LOOT" in each for each in succeeds(shooting_range, "memory_of_many_processes"))


def test_following_links(sound: Range, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sound.hand_in({})
    path.unlink()
    path.symlink_to(sound.course.submitted("anna", ground.SLUG))
    assert sound.judge().problem
    monkeypatch.setattr(Path, "is_symlink", lambda self: False)
    outcome = sound.judge()
    assert not isinstance(outcome, Problem)
    assert outcome.passed == {*ground.POINTS}
