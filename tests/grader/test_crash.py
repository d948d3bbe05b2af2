"""A batch that is killed, or that the disk or another program is in the way of, loses nothing."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import results
from grader.journal import Entry, Journal
from grader.layout import CourseFolder
from grader.results import Verdict
from grader.sealed.worker import Judged

from .conftest import SLUG
from .disturbed import (
    STUDENTS,
    Course,
    Outcome,
    Run,
    complaint,
    fresh_course,
    nothing_left,
)

KILLS = 50
SEED = 20261124

pytestmark = pytest.mark.usefixtures("orphans_come_here")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course before anything is graded."""
    return fresh_course(tmp_path_factory.mktemp("crash"))


@pytest.fixture(scope="module")
def undisturbed(fresh: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, float]:
    """What one batch with the seed comes to, and how long it takes."""
    course = fresh.copy(tmp_path_factory.mktemp("undisturbed"))
    begin = time.monotonic()
    run = Run(course, "--seed", str(SEED))
    assert run.wait() == 0, run.said()
    took = time.monotonic() - begin
    assert list(course.scratch.iterdir()) == []
    return Outcome.of(course), took


# -- killed ---------------------------------------------------------------------------------------


def _wait_a_while(run: Run, course: Course, instants: random.Random, took: float) -> None:
    """Wait for a time, or for a little after some entry of the journal, however slow it is today.

    A batch that goes on where one was killed has less to do, so half the time meets all of it.
    """
    if took:
        time.sleep(instants.uniform(0, took / 2))
        return
    entries = instants.randint(course.lines(), STUDENTS - 1)
    while course.lines() < entries and run.poll() is None:
        time.sleep(0.002)
    time.sleep(instants.uniform(0, 0.1))


def test_killed_at_any_instant_and_started_again_it_ends_the_same(
    fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    wanted, took = undisturbed
    instants = random.Random(SEED)
    kills = rounds = 0
    reached = set()  # how many entries the journal had at a kill
    while kills < KILLS:
        rounds += 1
        (tmp_path / str(rounds)).mkdir()
        course = fresh.copy(tmp_path / str(rounds))
        while True:
            run = Run(course, "--seed", str(SEED))
            if kills < KILLS:
                _wait_a_while(run, course, instants, took if kills % 2 else 0.0)
                if run.kill():
                    kills += 1
                    reached.add(course.lines())
                    assert nothing_left(run.before) == []
                    continue
            assert run.wait() == 0, run.said()
            break
        assert Outcome.of(course) == wanted
        shutil.rmtree(tmp_path / str(rounds))
    assert kills == KILLS
    print(f"{rounds} batches; entries in the journal at the kills: {sorted(reached)}")
    assert len(reached) > 2, f"all kills fell on the same places: {reached}"


class Instant:
    """An engine that runs nothing and passes every test."""

    def __init__(self, *_: Any) -> None:
        pass

    def run(self, notebook: Any, seed: int, tasks: Any = None, **_: Any) -> Judged:
        passed = Verdict(results.PASSED)
        return Judged({"task1-visible": passed, "task1-hidden": passed})

    def close(self) -> None:
        pass


def dying(step: int, tally: Path | None = None) -> Callable[[], None]:
    """End the whole group at the n-th thing that is done to the disk, or count them."""

    def arrange() -> None:
        import sqlalchemy
        from sqlalchemy.engine import Engine

        import grader.autograde

        grader.autograde.SealedEngine = Instant  # type: ignore[misc, assignment]
        count = 0

        def tick(*_: Any, **__: Any) -> None:
            nonlocal count
            count += 1
            if tally is not None:
                tally.write_text(str(count))
            if count == step:
                os.killpg(0, signal.SIGKILL)

        def ticking(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                tick()
                return function(*args, **kwargs)

            return call

        for name in ("replace", "fsync"):
            setattr(os, name, ticking(getattr(os, name)))
        sqlalchemy.event.listen(Engine, "before_cursor_execute", tick)
        sqlalchemy.event.listen(Engine, "commit", tick)

    return arrange


def test_killed_at_a_step_that_touches_the_disk_it_ends_the_same(
    fresh: Course, tmp_path: Path
) -> None:
    """As above, but at instants that chance seldom finds; every step would take minutes."""
    course, tally = fresh.copy(tmp_path), tmp_path / "tally"
    assert Run(course, "--seed", "1", within=dying(0, tally)).wait() == 0
    wanted = Outcome.of(course, feedback=False)
    steps = int(tally.read_text())
    assert steps > 50
    died = 0
    for step in sorted(random.Random(SEED).sample(range(1, steps + 1), 10)):
        shutil.rmtree(course.folder.path)
        shutil.copytree(fresh.folder.path, course.folder.path)
        # The last steps aren't always reached: workers count for themselves.
        died += Run(course, "--seed", "1", within=dying(step)).wait() == -signal.SIGKILL
        again = Run(course, "--seed", "1", within=dying(0))
        assert again.wait() == 0, again.said()
        assert Outcome.of(course, feedback=False) == wanted, f"killed at step {step}"
    assert died >= 7


def test_another_seed_judges_again_and_none_takes_what_is_there(
    fresh: Course, tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    seeds = [("--seed", "1"), ("--seed", "1"), (), ("--seed", "2"), ("--force", "--seed", "2")]
    judged = []
    for arguments in seeds:
        before = course.lines()
        assert Run(course, *arguments, within=dying(0)).wait() == 0
        judged.append(course.lines() - before)
    assert judged == [STUDENTS - 1, 0, 0, STUDENTS - 1, STUDENTS - 1]
    assert {entry.seed for entry in Journal(course.folder, SLUG).last.values()} == {2}


def test_a_torn_last_line_is_judged_again(
    fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    assert Run(course, "--seed", str(SEED)).wait() == 0
    path = Journal(course.folder, SLUG).path
    os.truncate(path, path.stat().st_size - 100)
    assert len(Journal(course.folder, SLUG).last) == STUDENTS - 2
    assert Run(course, "--seed", str(SEED)).wait() == 0
    assert Outcome.of(course) == undisturbed[0]


# -- in the way -----------------------------------------------------------------------------------


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def full_disk(
    share: float, fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    """The disk has room for a part of what the batch writes."""
    place = tmp_path / "disk"
    place.mkdir()
    size = int(fresh.size() + share * (undisturbed[0].size - fresh.size()))
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        course = fresh.copy(place, tmp_path / "scratch")
        said = complaint(Run(course, "--seed", str(SEED)))
        assert "No space left on device" in said or "disk is full" in said
        assert "course/" in said
        mount("-o", "remount,size=100m", str(place))
        assert Run(course, "--seed", str(SEED)).wait() == 0
        assert Outcome.of(course) == undisturbed[0]
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


if os.geteuid() == 0:  # an ordinary user can't mount a small disk, and has the next test
    test_a_full_disk = pytest.mark.parametrize("share", [0.1, 0.5, 0.8])(full_disk)


def test_files_that_cannot_grow(
    fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    """Much the same, without the right to mount anything."""
    course = fresh.copy(tmp_path)
    limit = 1500  # the second entry of the journal is too much

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    assert Run(course, "--seed", str(SEED), "--student", "s0").wait() == 0
    before = Outcome.of(course).entries
    said = complaint(Run(course, "--seed", str(SEED), within=small))
    assert "File too large" in said or "full" in said or "I/O error" in said
    assert Journal(course.folder, SLUG).last.items() >= before.items()
    assert Run(course, "--seed", str(SEED)).wait() == 0
    assert Outcome.of(course) == undisturbed[0]


@pytest.mark.parametrize("graded", [False, True])
def test_a_read_only_course_folder(
    graded: bool, fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    place = str(course.folder.path)
    if graded:
        assert Run(course, "--seed", str(SEED), "--student", "s0").wait() == 0
    if os.geteuid() == 0:
        mount("--bind", "-o", "ro", place, place)
    else:
        course.folder.path.chmod(0o500)
    try:
        said = complaint(Run(course))
        assert "Read-only file system" in said or "Permission denied" in said or "readonly" in said
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", place], check=True)
        else:
            course.folder.path.chmod(0o700)
    assert Run(course, "--seed", str(SEED)).wait() == 0
    assert Outcome.of(course) == undisturbed[0]


@contextlib.contextmanager
def holding(folder: CourseFolder) -> Iterator[None]:
    """Hold the gradebook as another program does in the middle of its work."""
    database = sqlite3.connect(folder.gradebook, isolation_level=None)
    try:
        database.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        database.close()


def impatient() -> None:
    """Wait less than five seconds for a gradebook that another program holds."""
    sqlite3.dbapi2.connect = functools.partial(sqlite3.connect, timeout=0.3)


@pytest.mark.parametrize("late", [False, True])
def test_a_gradebook_that_another_program_holds(
    late: bool, fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    assert Run(course, "--seed", str(SEED), "--student", "s0").wait() == 0
    with contextlib.ExitStack() as stack:
        if not late:
            stack.enter_context(holding(course.folder))
        run = Run(course, "--seed", str(SEED), within=impatient)
        if late:  # what is judged then can't be settled, and waits in the journal
            run.until(lambda: course.lines() >= 2)
            stack.enter_context(holding(course.folder))
        assert "gradebook.db: database is locked; nothing is lost" in complaint(run)
    assert course.lines() == (STUDENTS - 1 if late else 1)
    assert Run(course, "--seed", str(SEED)).wait() == 0
    assert course.lines() == STUDENTS - 1  # nothing was judged twice
    assert Outcome.of(course) == undisturbed[0]


def test_two_batches_at_once(
    fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    first = Run(course, "--seed", str(SEED))
    first.until(lambda: course.lines() >= 1)
    os.kill(first.pid, signal.SIGSTOP)
    second = Run(Course(course.masters, course.folder, course.scratch))
    said = complaint(second)
    assert said.endswith("another autograde is at work on this course; wait until it is done")
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0
    assert Outcome.of(course) == undisturbed[0]


def test_stopped_from_the_keyboard_it_ends_at_once_and_says_how_to_go_on(
    fresh: Course, undisturbed: tuple[Outcome, float], tmp_path: Path
) -> None:
    def interrupted() -> None:
        append = Journal.append

        def call(self: Journal, entry: Entry) -> None:
            append(self, entry)
            os.killpg(0, signal.SIGINT)  # as a terminal does to all that run in it

        Journal.append = call  # type: ignore[method-assign]

    course = fresh.copy(tmp_path)
    run = Run(course, "--seed", str(SEED), within=interrupted)
    run.until(lambda: course.lines() >= 1)
    begin = time.monotonic()
    assert complaint(run) == "stopped; run it again to go on"
    assert time.monotonic() - begin < 5
    assert Run(course, "--seed", str(SEED)).wait() == 0
    assert Outcome.of(course) == undisturbed[0]
