"""The clock outside both: limits of time and memory, floods, and what is left afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import results
from grader.sealed import worker
from grader.sealed.house import family, parent
from grader.sealed.libraries import wanted
from grader.sealed.worker import Judged
from tests.grader.sealed.conftest import CHECK, OTHER, Bench, G, one, student, test_cell


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GRACE", 1.0)


# -- time -----------------------------------------------------------------------------------------

SPIN = "def f(x):\n    while True:\n        pass"
ENDLESS = "def f(x):\n    while True:\n        yield x"
DRIP = "import time\ndef f(x):\n    while True:\n        time.sleep(0.1)\n        yield x"


def test_cpu_time_decides(full: Bench) -> None:
    said = one(full, SPIN, cell_cpu=0.5)
    assert said == (results.OUT_OF_TIME, "Stopped after 0.5 seconds of computing.")


def test_cpu_time_of_children_counts(full: Bench) -> None:
    source = "import os\ndef f(x):\n    if os.fork() == 0:\n        while True: pass\n    os.wait()"
    assert "seconds of computing" in one(full, source, cell_cpu=0.5)[1]


def test_wall_time_is_the_last_resort_and_is_marked(full: Bench) -> None:
    judged = full.judge(
        student("import time\ndef f(x):\n    time.sleep(60)"),
        test_cell(CHECK, "task1-a"),
        cell_wall=1.0,
    )
    assert judged.wall_limited
    assert judged.verdicts["task1-a"].message == "Stopped after 1 seconds of waiting."


@pytest.mark.parametrize("source", [ENDLESS, "def f(x):\n    return iter(int, 1)"])
def test_an_endless_iterator_in_the_tests_loop(full: Bench, source: str) -> None:
    assert one(full, source, "for item in f(1): pass", cell_cpu=0.5)[0] == results.OUT_OF_TIME


def test_the_deadline_is_for_the_cell_and_not_for_each_answer(full: Bench) -> None:
    begin = time.monotonic()
    assert one(full, DRIP, "for item in f(1): pass", cell_wall=1.0)[0] == results.OUT_OF_TIME
    assert time.monotonic() - begin < 8


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "test",
    [
        "f(1)\nwhile True: pass",
        "f(1)\ntry:\n    while True: pass\nexcept Exception:\n    pass",
        "import time\nf(1)\ntime.sleep(60)",
    ],
)
def test_a_judge_that_is_stuck_leaves_the_cell(full: Bench, test: str) -> None:
    said = one(full, "def f(x):\n    return 2 * x", test, cell_cpu=0.5, cell_wall=1.5)
    assert said[0] == results.OUT_OF_TIME


@pytest.mark.usefixtures("impatient")
def test_a_judge_that_cannot_leave_the_cell_is_ended(full: Bench) -> None:
    # One call into C, which no signal ends.
    stuck = test_cell("import itertools\nsum(itertools.repeat(1, f(1)))", "task1-a")
    judged = full.judge(
        student("def f(x):\n    return 10**12"), G, stuck, test_cell(OTHER, "task2-a"), cell_cpu=0.5
    )
    assert judged.verdicts["task1-a"].outcome == results.OUT_OF_TIME
    assert "task2-a" not in judged.verdicts


def test_one_endless_loop_does_not_use_up_the_time_of_others(full: Bench) -> None:
    tests = [test_cell(CHECK, f"task1-{i}") for i in range(6)]
    judged = full.judge(
        student(SPIN), G, *tests, test_cell(OTHER, "task2-a"), cell_cpu=0.3, total_cpu=2
    )
    assert judged.verdicts["task2-a"].outcome == "passed"
    assert {v.outcome for n, v in judged.verdicts.items() if n < "task2"} == {"out of time"}
    assert "Not run: earlier checks" in judged.verdicts["task1-5"].message


def test_a_whole_notebook_has_its_limits(full: Bench) -> None:
    tests = [test_cell(CHECK, f"task{i}-a") for i in range(1, 9)]
    judged = full.judge(student(SPIN), *tests, cell_cpu=0.3, total_cpu=1)
    assert 2 <= len(judged.verdicts) < 8  # the others were not run
    sleeps = student("import time\ndef f(x):\n    time.sleep(60)")
    judged = full.judge(sleeps, *tests, cell_wall=0.5, total_wall=1.2)
    assert judged.wall_limited and len(judged.verdicts) < 8
    judged = full.judge(student("import os\ndef f(x):\n    os._exit(0)"), *tests, processes=3)
    assert 2 <= len(judged.verdicts) < 8


@pytest.fixture
def busy_machine() -> Iterator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    yield
    for hog in hogs:
        hog.kill()
        hog.wait()


@pytest.mark.usefixtures("busy_machine")
def test_a_loaded_machine_changes_no_outcome(full: Bench) -> None:
    work = (
        "import time\ndef f(x):\n    end = time.process_time() + {}\n"
        "    while time.process_time() < end: pass\n    return 2 * x"
    )
    assert one(full, work.format(0.3), cell_cpu=0.8) == (results.PASSED, "")
    assert "seconds of computing" in one(full, work.format(1.5), cell_cpu=0.8)[1]


# -- floods ----------------------------------------------------------------------------------------


def test_a_fork_bomb(full: Bench) -> None:
    source = """
import os
def f(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""
    assert one(full, source, cell_cpu=0.5, cell_wall=3)[0] in (results.OUT_OF_TIME, "crashed")


def test_memory_of_all_processes_together_is_bounded(full: Bench) -> None:
    source = (
        "import os, time\nimport numpy as np\ndef f(x):\n    for _ in range(3):\n"
        "        if os.fork() == 0:\n            a = np.ones(2**24)\n            time.sleep(60)\n"
        "    time.sleep(60)"
    )
    outcome, message = one(full, source, memory=300 * 2**20)
    assert outcome == results.OUT_OF_MEMORY and "more than 0.29" in message


def test_a_flood_of_replies(full: Bench) -> None:
    source = """
import os
def f(x):
    try:
        while True:
            os.write(3, bytes([0, 0, 16, 0]) + bytes(2**20))
    except OSError:
        pass
"""
    assert one(full, source)[0] == results.CRASHED


def test_a_flood_of_prints_and_large_results(full: Bench) -> None:
    source = "def f(x):\n    for _ in range(20000): print('x' * 1000)\n    return 2 * x"
    assert one(full, source)[0] == results.PASSED
    assert one(full, "import numpy as np\ndef f(x):\n    return np.zeros(10**8)")[0] in (
        results.FAILED,
        results.OUT_OF_MEMORY,
    )


# -- nothing is left ------------------------------------------------------------------


def descendants(pid: int) -> list[int]:
    return [p for p in family(pid) if p != pid and not zombie(p)]


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_what_one_submission_imports_is_there_for_the_next() -> None:
    there = "import sys\nprint('scipy.special' in sys.modules)"
    bench = Bench("full")
    try:
        assert bench.inside(there) == "False\n"
        # The next process was started ahead, before anything was asked for.
        assert bench.inside(f"{there}\nfrom scipy import special") == "False\n"
        assert bench.inside(there) == "True\n"
        # The room that a student's process has is counted from what it starts with.
        filling = "import numpy as np\ndef f(x):\n    np.ones(2**24)\n    return 2 * x"
        judged = bench.judge(student(filling), test_cell(CHECK, "task1-a"))
        assert judged.verdicts["task1-a"].outcome == "passed"
    finally:
        bench.worker.close()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from scipy import linalg, optimize as o", {"scipy.linalg", "scipy.optimize"}),
        ("def f():\n    from scipy.stats import norm", {"scipy.stats"}),
        ("import scipy.signal", {"scipy.signal"}),
        ("import os  # scipy.stats", set()),
        ("from scipy.sparse import csgraph", set()),
    ],
)
def test_imports_are_told_from_the_text(source: str, names: set[str]) -> None:
    assert wanted(["x = 1", source]) == names


def zombies_here() -> set[int]:
    ours = os.getpid()
    return {p for p in family(ours) if parent(p) == ours and zombie(p)}


def test_many_submissions_leave_no_process_and_no_descriptor(full: Bench) -> None:
    def judge_one() -> Judged:
        return full.judge(student("def f(x):\n    return 2 * x"), test_cell(CHECK, "task1-a"))

    judge_one()
    nursery = full.worker.nursery.process.pid
    time.sleep(0.3)  # the last end isn't waited for
    before = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{nursery}/fd"))
    others = zombies_here()  # what earlier tests have left isn't this one's
    for _ in range(40):
        assert judge_one().verdicts["task1-a"].outcome == "passed"
    time.sleep(0.3)
    after = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{nursery}/fd"))
    assert before == after
    assert len(descendants(nursery)) == 1  # it waits for the next submission
    assert sum(zombie(p) for p in family(nursery)) <= 2
    assert not zombies_here() - others


def test_a_nursery_that_died_is_started_anew() -> None:
    bench = Bench("full")
    try:
        os.kill(bench.worker.nursery.process.pid, signal.SIGKILL)
        bench.worker.nursery.process.wait()
        judged = bench.judge(student("def f(x):\n    return 2 * x"), test_cell(CHECK, "task1-a"))
        assert judged.verdicts["task1-a"].outcome == "passed"
    finally:
        bench.worker.close()
