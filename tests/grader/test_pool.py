"""The pool: every job comes back once, whatever happens to the worker that had it."""

from __future__ import annotations

import os
import signal
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from grader.pool import Failed, Pool


def doing(work: Callable[[Any], Any]) -> Callable[[int], tuple[Callable[[Any], Any], Any]]:
    return lambda number: (work, lambda: None)


def running(pid: int) -> bool:
    """Whether a process is there and not only waiting to be collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def gone_soon(pids: list[int], seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(running, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(map(running, pids))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_job_comes_back_once(workers: int) -> None:
    with Pool(doing(lambda job: job * job), workers) as pool:
        found = list(pool.run(range(40)))
    assert sorted(found) == [(n, n * n) for n in range(40)]
    with Pool(doing(lambda job: job), workers) as pool:
        assert list(pool.run([])) == []


def test_each_worker_knows_its_number_and_is_told_of_the_end(tmp_path: Path) -> None:
    def make(number: int) -> tuple[Callable[[int], int], Callable[[], None]]:
        return lambda job: number, (tmp_path / str(number)).touch

    with Pool(make, 3) as pool:
        assert {number for _, number in pool.run(range(30))} <= {0, 1, 2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]


def test_a_worker_that_dies_costs_one_job_and_is_replaced() -> None:
    def work(job: int) -> int:
        if job % 5 == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return job

    with Pool(doing(work), 2) as pool:
        found = dict(pool.run(range(20)))
    assert sorted(found) == list(range(20))
    for job, result in found.items():
        assert isinstance(result, Failed) == (job % 5 == 3)
    assert "worker died" in found[3].reason


def test_workers_that_cannot_start_or_die_idle_lose_no_job() -> None:
    def make(number: int) -> tuple[Callable[[int], int], Callable[[], None]]:
        os._exit(1)

    with Pool(make, 2) as pool:
        found = dict(pool.run(range(6)))
    assert sorted(found) == list(range(6))
    assert all(isinstance(result, Failed) for result in found.values())

    def pids(job: int) -> int:
        return os.getpid()

    with Pool(doing(pids), 1) as pool:
        stream = pool.run(range(3))
        _, first = next(stream)
        os.kill(first, signal.SIGKILL)
        assert gone_soon([first])
        left = list(stream)
    # The job that was on its way to the dead worker comes back failed or done, but it comes back.
    assert [job for job, _ in left] == [1, 2]
    assert isinstance(left[-1][1], int) and left[-1][1] != first


def test_a_job_that_raises_fails_in_one_line_and_its_worker_goes_on() -> None:
    def work(job: int) -> int:
        return 6 // (job - 1)

    with Pool(doing(work), 1) as pool:
        found = dict(pool.run(range(3)))
    assert found == {0: -6, 1: Failed(found[1].reason), 2: 6}
    assert found[1].reason.startswith("ZeroDivisionError: ")


def test_a_result_that_cannot_be_handed_back_fails() -> None:
    with Pool(doing(lambda job: (lambda: job) if job == 1 else job), 1) as pool:
        found = dict(pool.run(range(3)))
    assert (found[0], found[2]) == (0, 2)
    assert isinstance(found[1], Failed)


def test_an_interrupted_batch_ends_its_workers_at_once() -> None:
    begin = time.monotonic()
    pids: list[int] = []

    def work(job: int) -> int:
        if job:
            time.sleep(60)
        return os.getpid()

    with pytest.raises(KeyboardInterrupt), Pool(doing(work), 2) as pool:
        for _, pid in pool.run(range(3)):
            pids = [process.pid for _, process in pool.lines.values() if process.pid]
            assert pid in pids
            raise KeyboardInterrupt
    assert len(pids) == 2 and gone_soon(pids)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("busy", [True, False])
def test_workers_die_with_the_process_that_forked_them(busy: bool) -> None:
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.close(read)

        def work(job: int) -> None:
            os.write(write, b"%d\n" % os.getpid())
            time.sleep(60 if busy else 0)

        try:
            with Pool(doing(work), 2) as pool:
                for _ in pool.run(iter((0, 1)) if busy else slowly()):
                    pass
        finally:
            os._exit(0)
    os.close(write)
    said = b""
    while said.count(b"\n") < 2:
        said += os.read(read, 100)
    os.close(read)
    pids = [int(line) for line in said.split()]
    assert all(map(running, pids))
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert gone_soon(pids)


def slowly() -> Iterator[int]:
    yield 0
    yield 1
    time.sleep(60)


class Heavy:
    """A job that is counted as long as anybody holds it."""

    alive: ClassVar[weakref.WeakSet[Heavy]] = weakref.WeakSet()

    def __init__(self, number: int) -> None:
        self.number, self.load = number, b"x" * 100_000
        self.alive.add(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return bytes, (self.load,)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_memory_does_not_grow_with_the_number_of_jobs() -> None:
    most = 0
    used: list[int] = []
    taken = 0

    def jobs() -> Iterator[Heavy]:
        nonlocal taken
        for taken in range(1, 601):
            yield Heavy(taken)

    with Pool(doing(lambda job: (resident(), job)), 2) as pool:
        for finished, (_, (size, _)) in enumerate(pool.run(jobs()), 1):
            used.append(size)
            most = max(most, len(Heavy.alive))
            assert taken - finished <= 4  # for each worker one at work, and one read ahead
    assert len(used) == 600
    assert most <= 7
    assert max(used[-100:]) - max(used[:100]) < 5_000_000
