"""What a test cell comes to: every kind of outcome, and what happens after it."""

from __future__ import annotations

import pytest

from grader import results
from grader.sealed.judge import Step
from tests.grader.sealed.conftest import CHECK, DEFINE, OTHER, Bench, G, one, student, test_cell


@pytest.mark.parametrize(
    ("source", "outcome", "words"),
    [
        ("def f(x):\n    return 2 * x", results.PASSED, ""),
        (
            "import warnings\ndef f(x):\n    warnings.warn('w')\n    print(1)\n    return 2 * x",
            "passed",
            "",
        ),
        ("def f(x):\n    return 3 * x", results.FAILED, "off by a relative error of 0.3"),
        ("def f(x):\n    raise NotImplementedError('twice')", results.NOT_ATTEMPTED, "yet: twice"),
        ("x = 1", results.FAILED, "'f' isn't there"),
        ("def f(x):\n    return 2 *", results.ERROR, "The cell task1 stopped with SyntaxError"),
        ("1 / 0\ndef f(x):\n    return 2 * x", results.ERROR, "ZeroDivisionError"),
        ("def f(x):\n    return x[0]", results.FAILED, "stopped with TypeError"),
        (
            "def f(x):\n    raise SystemExit(0)",
            results.FAILED,
            "stopped with StudentError: SystemExit",
        ),
        ("def f(x):\n    return [0] * 10**10", results.OUT_OF_MEMORY, "MemoryError"),
        ("import os\ndef f(x):\n    os._exit(0)", results.CRASHED, "The process ended"),
        ("import os\nos._exit(0)", results.CRASHED, "The process ended"),
        ("import sys\nsys.exit()", results.ERROR, "SystemExit"),
        ("import ctypes\ndef f(x):\n    ctypes.string_at(0)", results.CRASHED, "(SIGSEGV)"),
        ("def f(x):\n    return input('now?')", results.FAILED, "EOFError"),
        ("def f(x):\n    import sys\n    sys.stdin.read()\n    return 2 * x", results.PASSED, ""),
        ("import asyncio\nawait asyncio.sleep(0)\ndef f(x):\n    return 2 * x", results.PASSED, ""),
        (
            "%matplotlib inline\n!ls\na = !ls\n%time b = 2\ndef f(x):\n    return b * x",
            "passed",
            "",
        ),
        ("%%time\nb = 2\ndef f(x):\n    return b * x", results.PASSED, ""),
        ("%%bash\nls", results.FAILED, "'f' isn't there"),
        ("%timeit 1\ndef f(x):\n    return get_ipython().getoutput('ls') or 2 * x", "passed", ""),
        ("class f(float):\n    def __new__(c, x): return float.__new__(c, 2 * x)", "passed", ""),
        ("f = 3.0", results.FAILED, "expected a function, found float"),
        ("def f(x):\n    while True:\n        yield x", results.FAILED, "found iterator"),
        ("import numpy as f", results.FAILED, "expected a function, found object"),
    ],
    ids=lambda v: v[:40] if isinstance(v, str) else "",
)
def test_outcomes(full: Bench, source: str, outcome: str, words: str) -> None:
    said = one(full, source)
    assert said[0] == outcome, said
    assert words in said[1]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("figures", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\n"
         "plt.show()\ndisplay(fig)\nfig"),
        ("savefig", "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='θ')\n"
         "plt.savefig('a.png')"),
        ("course", "from course_utils import figures, widgets, digits, quadratic, predictions\n"
         "from course_utils.comparison import Row, compare\n"
         "fig, ax = figures.new()\nax.plot([1, 2], label='a')\nax.set(xlabel='x', ylabel='y')\n"
         "figures.show(fig, alt='Value against step: it rises, so the loss grows without end.',\n"
         "    caption='It rises.')\ndigits.Digits('softmax').n"),
        ("sklearn", "from sklearn.ensemble import RandomForestClassifier as R\n"
         "R(3, n_jobs=2).fit([[0], [1]], [0, 1]).predict([[1]])"),
        ("pool", "import multiprocessing as m\nwith m.get_context('fork').Pool(2) as p:\n"
         "    assert p.map(abs, [-1]) == [1]"),
        ("threads", "from concurrent.futures import ThreadPoolExecutor as T\n"
         "with T(4) as t:\n    assert list(t.map(abs, [-1])) == [1]"),
        ("files", "import tempfile\nwith tempfile.TemporaryFile() as t:\n    t.write(b'x')\n"
         "open('a.txt', 'w').write('x')\nopen('/tmp/b', 'w').write('y')"),
        ("stdlib", "import sqlite3, decimal, xml.dom.minidom, json, statistics, fractions, email"),
        ("subprocess", "import subprocess\nassert subprocess.run(['/bin/true']).returncode == 0"),
        ("thread locals", "import numpy as np\nnp.linalg.svd(np.ones((50, 50)))"),
    ],
)  # fmt: skip
def test_what_notebooks_do_works_and_says_nothing(full: Bench, name: str, source: str) -> None:
    head = "import warnings, sys\nwarnings.simplefilter('error')\n"
    said = one(full, f"{head}{source}\ndef f(x):\n    return 2 * x")
    assert said == (results.PASSED, "")


def test_what_cells_print_is_kept(full: Bench) -> None:
    judged = full.judge(student("print('hello\\x1b[31m\\u202e', '\\ud800')"), G)
    assert judged.printed == {"task1": "hello\ufffd[31m\ufffd \ufffd\n"}


def test_messages_hold_nothing_that_cannot_be_shown(full: Bench) -> None:
    _, message = one(full, "def f(x):\n    raise ValueError('\\ud800\\x1b\\u202e' + 'x' * 10**6)")
    assert len(message) <= 500 and message.encode() and "\x1b" not in message


def test_a_crash_costs_its_own_cell_only(full: Bench) -> None:
    source = (
        "import os\nprint('run')\nkeep = 2.0\n"
        "def f(x):\n    if x == 1:\n        os._exit(1)\n    return keep * x"
    )
    cells = [
        test_cell(f"{DEFINE}with task1:\n    task1.value(f({x}.0), {2.0 * x})", f"task1-{x}")
        for x in (3, 1, 4)
    ]
    judged = full.judge(student(source), *cells, G, test_cell(OTHER, "task2-a"))
    assert {name: v.outcome for name, v in judged.verdicts.items()} == {
        "task1-3": "passed",
        "task1-1": "crashed",
        "task1-4": "passed",
        "task2-a": "passed",
    }


def test_a_cell_that_kills_its_process_is_not_run_again(full: Bench) -> None:
    sources = ["a = 1", "import os\nb = a\nos._exit(3)", "def f(x):\n    return 2 * x * a"]
    cells = [student(source, f"task{i}") for i, source in enumerate(sources, 1)]
    judged = full.judge(*cells, test_cell(CHECK, "task3-a"))
    assert judged.verdicts["task3-a"].outcome == "passed"


def test_definitions_of_earlier_tests_outlive_a_crash(full: Bench) -> None:
    first = test_cell(CHECK + "\n_truth = 4.0", "task1-a")
    crash = test_cell("with task1:\n    task1.value(f('die'), 1.0)", "task1-b")
    last = test_cell("with task1:\n    task1.value(f(2.0), _truth)", "task1-c")
    source = "import os\ndef f(x):\n    return os._exit(1) if x == 'die' else 2 * x"
    judged = full.judge(student(source), first, crash, last)
    assert [v.outcome for v in judged.verdicts.values()] == ["passed", "crashed", "passed"]


@pytest.mark.parametrize(
    "test",
    [
        "try:\n    f(1)\nexcept:\n    pass",
        "try:\n    f(1)\nexcept BaseException:\n    pass\nf = None",
        "import contextlib\nwith contextlib.suppress(BaseException):\n    f(1)",
    ],
)
def test_a_test_that_catches_everything_gives_no_point(full: Bench, test: str) -> None:
    assert one(full, "import os\ndef f(x):\n    os._exit(0)", test)[0] == results.CRASHED


def test_replies_are_forged_in_vain(full: Bench) -> None:
    forged = (
        "import socket, os, struct\nfrom grader.sealed import wire\n"
        "body = wire.encode(('', 'value', 4.0, {}))\n"
        "os.write(3, (struct.pack('<I', len(body)) + body) * 9)\n"
        "def f(x):\n    return 0"
    )
    assert one(full, forged)[0] in (results.CRASHED, results.ERROR, results.FAILED)


# -- whose fault ---------------------------------------------------------------------


def test_a_test_that_cannot_be_sealed_is_a_fault_of_its_cell_only(full: Bench) -> None:
    steps = [
        student("def f(x):\n    return 2 * x"),
        G,
        test_cell("f(object())", "task1-a"),
        test_cell(CHECK, "task1-b"),
        test_cell(OTHER, "task2-a"),
    ]
    judged = full.judge(*steps)
    assert list(judged.faults) == ["task1-a"] and "can't be sent" in judged.faults["task1-a"]
    assert {n: v.outcome for n, v in judged.verdicts.items()} == {
        "task1-b": "passed",
        "task2-a": "passed",
    }


def locked(source: str, name: str = "task9-picture") -> Step:
    return Step("locked", name, source, compile(source, f"<{name}>", "exec"))


def test_a_locked_cell_may_call_the_students_function(full: Bench) -> None:
    cells = [
        locked("y = f(3.0)"),
        test_cell(DEFINE + "with task1:\n    task1.value(y, 6.0)", "task1-a"),
    ]
    judged = full.judge(student("def f(x):\n    return 2 * x"), *cells)
    assert judged.verdicts["task1-a"].outcome == "passed"


def test_a_locked_cell_that_ends_the_process_costs_no_other_task(full: Bench) -> None:
    cells = [locked("y = f(3.0)"), test_cell(CHECK, "task1-a"), test_cell(OTHER, "task2-a")]
    judged = full.judge(student("import os\ndef f(x):\n    os._exit(0)"), G, *cells)
    assert {n: v.outcome for n, v in judged.verdicts.items()} == {
        "task1-a": "crashed",
        "task2-a": "passed",
    }


def test_a_test_may_stop_in_any_way(full: Bench) -> None:
    for test, words in (("raise SystemExit(3)", "SystemExit"), ("1 / 0", "ZeroDivisionError")):
        outcome, message = one(full, "def f(x):\n    return 2 * x", test)
        assert outcome == results.ERROR and words in message


def test_a_judge_that_dies_has_passed_nothing(full: Bench) -> None:
    steps = [test_cell("import os\nos._exit(0)", "task1-a"), test_cell("1", "task1-b")]
    judged = full.judge(*steps)
    assert {n: v.outcome for n, v in judged.verdicts.items()} == {"task1-a": "crashed"}
