"""Which locked cells may be left out: never one that something reads, always a pure picture."""

from __future__ import annotations

import pytest

from grader.sealed.needs import needed, read

PICTURE = """
fig, ax = figures.new()
for label, log in LOGS.items():
    ax.plot(log["train"], label=label)
    ax.set(xlabel="epoch", ylabel="loss")
figures.label_line(ax, (1, 2), "train")
figures.show(fig, alt="a", caption="b")
"""
TABLE = """
rng = np.random.default_rng(5)
theta = fresh = np.zeros(3)
before = None
rows = ["head"]
for epoch in range(1, 4):
    for batch in np.split(rng.permuted(np.arange(12)), 3):
        theta = theta - 0.1 * law.grad(theta, batch)
    if epoch in (1, 2):
        loss = law.loss(theta)
        if before is not None:
            change = loss - before
        before = loss
        rows.append(f"{epoch:5}{loss:8.3f}")
print("\\n".join(rows))
"""
SETUP = "import numpy as np\nfrom course_utils import checks, figures"
LOGS = 'LOGS = {"a": {"train": np.arange(3)}}'
LAW = "law = figures.Law(3)"
TEST = "t = checks.Task('1', look='§1')\nwith t:\n    t.value(t.call(f, x=LOGS), np.ones(3))"


def left_out(*cells: str, last: str = TEST) -> list[int]:
    """Which of some locked cells, in order, are left out before a test."""
    runs = needed([*((cell, True) for cell in cells), (last, False)])
    assert runs[-1]
    return [place for place, run in enumerate(runs) if not run]


@pytest.mark.parametrize("idle", [PICTURE, TABLE, f"{TABLE}\nfig, ax = figures.new()"])
def test_a_picture_or_a_table_is_left_out(idle: str) -> None:
    # The law is there for the table only.
    assert left_out(SETUP, LOGS, LAW, idle) == [2, 3]
    assert left_out(SETUP, LOGS, LAW, idle, idle) == [2, 3, 4]


def test_what_only_an_idle_cell_reads_is_left_out_too() -> None:
    assert left_out(SETUP, LOGS, LAW, "extra = 3", "fig = figures.show(extra)") == [2, 3, 4]


def test_a_method_may_change_what_it_belongs_to() -> None:
    assert left_out(SETUP, LAW, TABLE, last="print(law)") == []


@pytest.mark.parametrize(
    ("defines", "reads"),
    [
        ("a = 1", "print(a)"),
        ("a = 1", "b = [x + a for x in range(3)]"),
        ("a = 1", "b = [x for x in range(a)]"),
        ("a = 1", "b = [a for a in [a]]"),
        ("a = 1", "b = {k: (lambda: a) for k in 'xy'}"),
        ("a = 1", "f = lambda x: x + a"),
        ("a = 1", "def f(x=a): pass"),
        ("a = 1", "def f():\n    def g():\n        return a\n    return g"),
        ("a = 1", "def f():\n    global a\n    a += 1"),
        ("a = 1", "def f():\n    a = 2\n    class C:\n        b = a\n    return C\na"),
        ("a = 1", "class C:\n    a = a"),
        ("a = 1", "class C:\n    def f(self):\n        return a"),
        ("a = 1", "@a\ndef f(): pass"),
        ("a = 1", "def f(x: a) -> int: ..."),
        ("a = 1", "a += 1"),
        ("a = 1", "a: int\nprint(a)"),
        ("a = []", "a[0] = 1"),
        ("a = []", "a.x = 1"),
        ("a = 1", "f'{a!r:>{a}}'"),
        ("a = 1", "del a"),
        ("a = 1", "if a: pass"),
        ("a = 1", "if flag:\n    a = 2\nprint(a)"),
        ("a = 1", "for i in []:\n    a = 2\nprint(a)"),
        ("a = 1", "while flag:\n    a = 2\nprint(a)"),
        ("a = 1", "try:\n    a = 2\nexcept Exception:\n    pass\nprint(a)"),
        ("a = 1", "try:\n    pass\nexcept a:\n    pass"),
        ("a = 1", "with suppress(ValueError):\n    a = g()\nprint(a)"),
        ("a = 1", "with contextlib.suppress(ValueError):\n    a = g()\nprint(a)"),
        ("a = 1", "with a as b: pass"),
        ("a = 1", "match a:\n    case 1: pass"),
        ("a = 1", "match x:\n    case {'k': v} if v > a: pass"),
        ("a = 1", "x = flag and (a := 2)\nprint(a)"),
        ("a = 1", "print(a)\na = 2"),
        ("a = 1", "a = a + 1"),
        ("a, *b = range(3)", "print(b)"),
        ("for a in range(3): pass", "print(a)"),
        ("with open('x') as a: pass", "print(a)"),
        ("import os as a", "print(a)"),
        ("import os.path", "print(os)"),
        ("from os import path", "print(path)"),
        ("def a(): pass", "print(a)"),
        ("class a: pass", "print(a)"),
        ("if flag:\n    a = 1", "print(a)"),
        ("try:\n    a = 1\nfinally:\n    pass", "print(a)"),
        ("(a := 1)", "print(a)"),
        ("def f():\n    global a\n    a = 1\nf()", "print(a)"),
        ("async def a(): pass", "print(a)"),
        ("a = 1", "exec('print(a)')"),
        ("a = 1", "eval('a')"),
        ("a = 1", "globals()['a']"),
        ("a = 1", "vars()"),
        ("a = 1", "import __main__\n__main__.a"),
        ("a = 1", "import sys\nsys.modules['__main__'].a"),
        ("a = 1", "%timeit a"),
        ("a = 1", "!echo {a}"),
        ("a = 1", "print(a"),
        ("a = 1", "get_ipython().user_ns['a']"),
        ("from os import *", "print(path)"),
        ("from os import*", "print(path)"),
        ("%matplotlib inline\na = 1", "print(a)"),
    ],
)
def test_a_cell_that_something_reads_is_never_left_out(defines: str, reads: str) -> None:
    assert left_out(defines, last=reads) == []
    assert left_out(PICTURE, defines, last=reads) in ([], [0])


@pytest.mark.parametrize(
    ("cells", "last"),
    [
        # A function reads when it is called, after a later cell has made what it reads.
        (["def f():\n    return a", "a = 1"], "f()"),
        (["f = lambda: a", "a = 1", "a = 2"], "f()"),
        (["class C:\n    def f(self):\n        return a", "a = 1"], "C().f()"),
        # Through other cells that may be left out themselves.
        (["a = 1", "b = a", "c = b"], "print(c)"),
        (["def g():\n    return a", "a = 1", "b = g()"], "print(b)"),
    ],
)
def test_reading_through_functions_and_other_cells(cells: list[str], last: str) -> None:
    assert left_out(*cells, last=last) == []


@pytest.mark.parametrize(
    "change",
    [
        "extra = 1\ndata[0] = 5",
        "extra = 1\ndata.sort()",
        "extra = 1\ndata.values[0].x = 5",
        "extra = data.fit(3)",
        "extra = [data.append(i) for i in range(3)]",
        "part = data\npart[0] = 5",
        "part = data['k'].values\nextra = part.sort()",
        "for row in data:\n    row[0] = 5",
        "for extra in data.parts:\n    extra.fit()",
        "data += 1",
        "def change():\n    data.clear()\nchange()",
        "extra = 1\ndel data[0]",
        "line, = data.plot([1])",
    ],
)
def test_a_change_in_place_counts_as_a_definition(change: str) -> None:
    assert left_out("data = load()", change, last="print(data)") == []


@pytest.mark.parametrize(
    "use",
    [
        "extra = rng.normal(size=3)",
        "extra = draw(rng)",
        "extra = draw(n=3, rng=rng)",
        "fig = figures.show(draw([1, rng]))",
    ],
)
def test_drawing_moves_a_generator_on(use: str) -> None:
    assert left_out("rng = np.random.default_rng(3)", use, last="print(rng.normal())") == []


@pytest.mark.parametrize(
    "use", ["extra = next(items)", "for i in items:\n    extra = i", "extra = list(items)"]
)
def test_iterators_move_on_too(use: str) -> None:
    assert left_out("items = iter(load())", use, last="print(next(items))") == []
    assert left_out("items = (x for x in load())", use, last="print(next(items))") == []


@pytest.mark.parametrize(
    "effect",
    [
        "print('hello')",
        "np.random.seed(0)\nextra = 1",
        "plt.rcParams['font.size'] = 12\nextra = 1",
        "import warnings\nwarnings.filterwarnings('ignore')",
        "extra = np.seterr(all='raise')",
        "import os\nos.environ['A'] = 'b'",
    ],
)
def test_a_cell_with_an_effect_is_kept(effect: str) -> None:
    assert left_out(effect, last="x = 1") == []


def test_reading_data_is_no_change() -> None:
    assert left_out("data = load()", "extra = data.mean() + data['k'].copy()", last="data") == [1]
    assert left_out("import numpy as np", "extra = np.linalg.norm([1])", last="np") == [1]


def test_locals_of_functions_are_nobodys_business() -> None:
    source = "def f(rng, data):\n    data.sort()\n    x = rng.normal()\n    return x"
    cell = read(source)
    assert cell is not None
    assert (cell.reads, cell.changes, cell.hands, cell.defines) == (set(), set(), set(), {"f"})
    assert left_out("x = 1", "rng = default_rng()", source, last="f(1, 2)") == [0, 1]


@pytest.mark.parametrize("source", ["x = (", "%magic", "def f(:", "\x00", "(" * 500 + ")" * 500])
def test_what_cannot_be_read_keeps_everything(source: str) -> None:
    assert read(source) is None
    assert left_out("a = 1", last=source) == []
