"""A batch on a Dask cluster: the same grades, whatever dies in the middle, and nothing twice."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import basis, cluster, remote
from grader.cli import main
from grader.journal import Journal

from .conftest import SLUG, Submitter, by_id
from .dask_cluster import Host, hosted
from .disturbed import (
    STUDENTS,
    Course,
    Outcome,
    Run,
    adopt,
    complaint,
    fresh_course,
    undisturbed_outcome,
)

SEED = 20261124

pytestmark = pytest.mark.usefixtures("orphans_come_here")

# Long enough for a kill to come in the middle; it costs no CPU.
SLOW = "import time\ntime.sleep(0.7)\ndef double(x):\n    return x + x"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    importlib.import_module("distributed")  # the forks find it
    with hosted(tmp_path_factory.mktemp("dask")) as started:
        yield started


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Course:
    importlib.import_module("distributed")  # the forks find it
    course = fresh_course(tmp_path_factory.mktemp("cluster"))
    submitter = Submitter(course.folder)
    for number in range(0, STUDENTS - 1, 2):
        cells = submitter.cells()
        by_id(cells, "task1")["source"] = SLOW
        submitter.hand_in(f"s{number}", cells)
    cells = submitter.cells()
    by_id(cells, "task1")["source"] += (
        '\nimport os\nprint("found", sorted(k for k in os.environ if "COURSE" in k), os.listdir())'
    )
    submitter.hand_in("s1", cells)
    return course


@pytest.fixture(scope="module")
def undisturbed(fresh: Course, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one batch comes to on this machine."""
    return undisturbed_outcome(fresh, tmp_path_factory.mktemp("local"), SEED)


def outposts() -> set[int]:
    """The processes on this machine that judge for some Dask worker."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"grader.outpost" in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_that_is_killed_costs_nothing(
    fresh: Course, undisturbed: Outcome, host: Host, tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    before = host.workers()
    assert len(before) == 2
    run = Run(course, "--seed", str(SEED), "--scheduler", host.addresses[0])
    run.until(lambda: course.lines() >= 1)
    victim = min(before)
    theirs = {pid for pid in outposts() if parent(pid) == victim}
    assert theirs and course.lines() < STUDENTS - 1
    os.kill(victim, signal.SIGKILL)
    assert run.wait() == 0, run.said()
    deadline = time.monotonic() + 5
    while theirs & outposts() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not theirs & outposts()  # with its worker, at once
    assert course.lines() == STUDENTS - 1  # each once
    assert Outcome.of(course) == undisturbed
    assert Run(course, "--seed", str(SEED), "--scheduler", host.addresses[0]).wait() == 0
    assert course.lines() == STUDENTS - 1  # and what has not changed not again


def test_a_client_that_is_killed_goes_on(
    fresh: Course, undisturbed: Outcome, host: Host, tmp_path: Path
) -> None:
    course = fresh.copy(tmp_path)
    run = Run(course, "--seed", str(SEED), "--scheduler", host.addresses[0])
    run.until(lambda: course.lines() >= 2)
    assert run.kill()
    kept = Journal(course.folder, SLUG).path.read_bytes()
    assert 2 <= kept.count(b"\n") < STUDENTS - 1
    again = Run(course, "--seed", str(SEED), "--scheduler", host.addresses[0], "--workers", "1")
    assert again.wait() == 0, again.said()
    assert Journal(course.folder, SLUG).path.read_bytes().startswith(kept)
    assert course.lines() == STUDENTS - 1
    assert Outcome.of(course) == undisturbed


def other_code() -> None:
    basis.fingerprint = lambda: "other"  # type: ignore[assignment]


def impatient() -> None:
    cluster.WORKER_SECONDS = 0.2  # type: ignore[assignment]


def test_workers_with_other_code_judge_nothing(fresh: Course, host: Host, tmp_path: Path) -> None:
    course = fresh.copy(tmp_path)
    run = Run(course, "--scheduler", host.addresses[0], within=other_code)
    said = complaint(run)
    assert f"{host.addresses[0]}: other code or packages than here on tcp://127.0.0.1:" in said
    assert "bring all machines to one commit" in said and course.lines() == 0


def test_a_worker_that_joins_with_other_code_says_so_itself() -> None:
    orders = importlib.import_module("grader.outpost")
    with pytest.raises(RuntimeError, match="other code than the batch"):
        orders._engine(type("Orders", (), {"fingerprint": "other"}), None)


def test_a_cluster_without_workers(fresh: Course, host: Host, tmp_path: Path) -> None:
    said = complaint(Run(fresh.copy(tmp_path), "--scheduler", host.addresses[1], within=impatient))
    assert "the scheduler has no workers; start some with 'dask worker tcp://127.0.0.1:" in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:1", "can't be reached ("),
        ("smoke://127.0.0.1:1", "write tcp://HOST:PORT or tls://HOST:PORT"),
        ("127.0.0.1:1", "write tcp://HOST:PORT or tls://HOST:PORT"),
        ("tls://127.0.0.1:1", "needs certificates; see docs/large-courses.md"),
    ],
)
def test_a_scheduler_that_is_not_there(
    address: str, says: str, fresh: Course, tmp_path: Path
) -> None:
    begin = time.monotonic()
    said = complaint(Run(fresh.copy(tmp_path), "--scheduler", address))
    assert said.startswith(f"--scheduler {address}: {says}")
    assert time.monotonic() - begin < 30  # 5 when the machine has time


def test_without_dask(
    fresh: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    course = fresh.copy(tmp_path)
    arguments = ["autograde", SLUG, "--course", str(course.folder.path)]
    assert main([*arguments, "--scheduler", "tcp://127.0.0.1:1"], course.masters) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "empty folder" not in line]
    assert lines == [
        "--scheduler needs the package distributed, which isn't installed; run 'make env'"
    ]


def test_an_outpost_that_died_idle_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where it died at the submission is that said."""
    started: list[int] = []

    class Post:
        def __init__(self, key: str, orders: bytes) -> None:
            self.dead = False
            self.asked = self
            started.append(1)

        def start(self) -> None:
            pass

        def put(self, asked: Any) -> None:
            if asked[0] == b"deadly" or (len(started) == 1 and asked[0] == b"second"):
                self.dead = True
                asked[1].set_exception(EOFError())
            else:
                asked[1].set_result(b"done")

    monkeypatch.setattr(remote, "_Outpost", Post)
    monkeypatch.setattr(remote, "_idle", {})
    assert remote.judge(b"orders", b"first") == b"done" and len(started) == 1
    assert remote.judge(b"orders", b"second") == b"done" and len(started) == 2
    assert b"a worker died; run it again" in remote.judge(b"orders", b"deadly")
    assert len(started) == 3


def test_a_scheduler_that_is_gone_costs_nothing(
    fresh: Course, undisturbed: Outcome, host: Host, tmp_path: Path
) -> None:
    """The last here, since it takes the cluster with it."""
    course = fresh.copy(tmp_path)
    run = Run(course, "--seed", str(SEED), "--scheduler", host.addresses[0])
    run.until(lambda: course.lines() >= 1)
    adopt(False)  # its workers end by themselves, a moment later
    host.process.kill()
    assert complaint(run).endswith(
        ": the scheduler is gone; what was judged is kept: start it, and run this again"
    )
    lines = course.lines()
    assert 1 <= lines < STUDENTS - 1
    assert Run(course, "--seed", str(SEED)).wait() == 0  # here, for want of a cluster
    assert course.lines() == STUDENTS - 1
    assert Outcome.of(course) == undisturbed
