"""The section that is attacked: one task of each kind, its right answers and wrong ones.

Task 9 is tested in the careless ways that a hurried author would use: bare ``assert``, the
reference computed after the call, ``map``. The seal has to hold there too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["RIGHT", "SLUG", "VISIBLE", "WRONG", "cells", "notebook", "write"]

SLUG = "01-range"

#: The right answer to each task, as a student would write it.
RIGHT = {
    "task1": """
def scale(x, factor):
    return factor * (x - x.mean())
""",
    "task2": """
def classify():
    return {"A": "even", "B": "odd", "C": "odd", "D": "even"}
""",
    "task3": """
def minimise(grad, start):
    at = grad(0 * start)
    columns = [grad(unit) - at for unit in np.eye(len(start))]
    return np.linalg.solve(np.column_stack(columns), -at)
""",
    "task4": """
class Tally:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value):
        self.total += value
        self.count += 1

    def mean(self):
        return self.total / self.count
""",
    "task5": """
def walk(start):
    while True:
        yield start
        start = 1.5 * start + 1
""",
    "task6": """
def report(values):
    print(f"n={len(values)} mean={sum(values) / len(values):.2f}")
""",
    "task7": """
def centre(table):
    table -= table.mean(axis=0)
""",
    "task8": """
def shuffled(values, rng):
    return rng.permutation(values)


def weigh(weights):
    odds = np.exp(weights - weights.max())
    return odds / odds.sum()
""",
    "task9": """
def norm(x):
    if len(x) == 0:
        raise ValueError("empty")
    return float(np.sqrt(sum(float(entry) ** 2 for entry in x)))
""",
}

VISIBLE = {
    "task1": """
task1 = checks.Task("1", look="theory")
with task1:
    got = task1.call(scale, x=np.array([1.0, 2.0, 6.0]), factor=2.0)
    task1.value(got, [-4.0, -2.0, 6.0], rtol=1e-9)
""",
    "task2": """
task2 = checks.Task("2", look="theory")
with task2:
    task2.label(task2.call(classify), "A", "even")
""",
    "task3": """
task3 = checks.Task("3", look="theory")
with task3:
    goal = np.array([1.0, -2.0])
    got = task3.call(minimise, grad=lambda theta: 2 * (theta - goal), start=np.zeros(2))
    task3.value(got, goal, rtol=1e-6)
""",
    "task4": """
task4 = checks.Task("4", look="theory")
with task4:
    tally = Tally()
    tally.add(2.0)
    tally.add(5.0)
    task4.value(tally.mean(), 3.5, rtol=1e-9)
""",
    "task5": """
task5 = checks.Task("5", look="theory")
with task5:
    task5.value(list(itertools.islice(walk(2.0), 3)), [2.0, 4.0, 7.0], rtol=1e-9)
""",
    "task7": """
task7 = checks.Task("7", look="theory")
with task7:
    table = np.array([[1.0, 2.0], [3.0, 8.0]])
    # Across processes a change in place has to be asked for.
    getattr(centre, "call_in_place", centre)(table)
    task7.value(table, [[-1.0, -3.0], [1.0, 3.0]], rtol=1e-9)
""",
    "task8": """
task8 = checks.Task("8", look="theory")
with task8:
    weights = np.random.default_rng(0).normal(size=3)
    want = [0.29020445554, 0.22424755756, 0.4855479869]
    task8.value(task8.call(weigh, weights=weights), want, rtol=1e-6)
""",
    "task9": """
assert norm([3.0, 4.0]) == 5.0
""",
}

HIDDEN = {
    "task1-one": """
_seal1 = "SEAL"


def _truth1(x, factor):
    return factor * x - factor * np.mean(x)


def _inputs1(rng):
    return {"x": rng.normal(size=5), "factor": rng.uniform(2, 3)}


with task1:
    case = task1.draw(_inputs1, _truth1, {"the mean stays.": lambda x, factor: factor * x})
    task1.compare(scale, case)
""",
    "task1-two": """
with task1:
    for _ in range(3):
        task1.compare(scale, task1.draw(_inputs1, _truth1, {"unscaled.": lambda x, factor: x}))
""",
    "task2-rest": """
with task2:
    for key, want in {"B": "odd", "C": "odd", "D": "even"}.items():
        task2.label(task2.call(classify), key, want)
""",
    "task3-drawn": """
_seal3 = "SEAL"
with task3:
    for _ in range(2):
        root, goal = task3.rng.normal(size=(3, 3)), task3.rng.normal(size=3)
        matrix, asked = root @ root.T + np.eye(3), []

        def slope(theta):
            asked.append(np.array(theta, dtype=float))
            if len(asked) > 100:
                task3.fail("more than 100 gradients were asked for.")
            return matrix @ (theta - goal)

        got = task3.call(minimise, grad=slope, start=np.zeros(3))
        task3.value(got, goal, rtol=1e-6)
""",
    "task4-drawn": """
with task4:
    numbers = task4.rng.normal(size=7)
    tally = Tally()
    for number in numbers:
        tally.add(float(number))
    task4.value(tally.mean(), numbers.mean(), rtol=1e-9)
""",
    "task5-drawn": """
with task5:
    start = task5.rng.uniform(1, 2)
    want = (start + 2) * 1.5 ** np.arange(6) - 2
    task5.value(list(itertools.islice(walk(start), 6)), want, rtol=1e-9)
""",
    "task6-printed": """
task6 = checks.Task("6", look="theory")
with task6:
    numbers = [float(n) for n in task6.rng.uniform(1, 5, size=4)]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        task6.call(report, values=numbers)
    task6.value(printed.getvalue().strip(), f"n=4 mean={np.mean(numbers):.2f}")
""",
    "task7-drawn": """
with task7:
    table = task7.rng.normal(size=(4, 2))
    want = table - table.mean(axis=0)
    getattr(centre, "call_in_place", centre)(table)
    task7.value(table, want, rtol=1e-9, atol=1e-12)
""",
    "task8-drawn": """
with task8:
    rng = np.random.default_rng(int(task8.rng.integers(2**32)))
    first, second = (shuffled(np.arange(12.0), rng) for _ in range(2))
    task8.value(np.sort(first), np.arange(12.0))
    if np.array_equal(first, second):
        task8.fail("two shuffles are the same.")
    weights = rng.normal(size=3)
    odds = np.exp(weights)
    task8.value(task8.call(weigh, weights=weights), odds / odds.sum())
""",
    "task9-after": """
x = np.random.default_rng(9).normal(size=4) + 4.25
got = norm(x)
assert abs(got - np.linalg.norm(x)) < 1e-12
try:
    norm([])
except ValueError:
    pass
else:
    raise AssertionError
""",
    "task9-map": """
inputs = [[5.0, 12.0], [8.0, 15.0], [7.0, 24.0]]
for got, want in zip(map(norm, inputs), [13.0, 17.0, 25.0]):
    assert got == want
""",
}

POINTS = {
    **{"task1-visible": 2, "task1-one": 6, "task1-two": 6, "task2-visible": 2, "task2-rest": 8},
    **{"task3-visible": 2, "task3-drawn": 10, "task4-visible": 2, "task4-drawn": 8},
    **{"task5-visible": 2, "task5-drawn": 8, "task6-printed": 8, "task7-visible": 2},
    **{"task7-drawn": 6, "task8-visible": 2, "task8-drawn": 6, "task9-visible": 3},
    **{"task9-after": 3, "task9-map": 4},
}


#: An answer of the right form with wrong values, for tricks that don't rest on the answer.
WRONG = {
    "task1": "def scale(x, factor):\n    return 0 * x",
    "task2": 'def classify():\n    return dict.fromkeys("ABCD", "neither")',
    "task3": "def minimise(grad, start):\n    return start + 0.5",
    "task4": "class Tally:\n    def add(self, value):\n        pass\n\n"
    "    def mean(self):\n        return 0.25",
    "task5": "def walk(start):\n    while True:\n        yield -1.0",
    "task6": 'def report(values):\n    print("n=0 mean=0.00")',
    "task7": "def centre(table):\n    table += 1",
    "task8": "def shuffled(values, rng):\n    return values\n\n\n"
    "def weigh(weights):\n    return 0 * weights",
    "task9": "def norm(x):\n    return 0.5",
}


def _cell(kind: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    rest = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False}
    name = str(nbgrader["grade_id"])
    cell = {"cell_type": kind, "id": name, "metadata": {"nbgrader": rest | nbgrader}}
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return cell | more | {"source": source.strip()}


def cells(seal: str) -> list[dict[str, Any]]:
    """Return the master's cells, with a secret in the hidden tests."""
    imports = "import contextlib\nimport io\nimport itertools\n\nimport numpy as np\n\n"
    found = [
        _cell("markdown", "# Exercises: the range", grade_id="head", locked=True),
        _cell("code", f"{imports}from course_utils import checks", grade_id="setup", locked=True),
    ]
    for task, right in RIGHT.items():
        parts = [part.partition("\n") for part in right.strip().split("\n\n\n")]
        source = "\n\n\n".join(
            f"{head}\n    ### BEGIN SOLUTION\n    # Stub: write it.\n{body}\n    ### END SOLUTION"
            for head, _, body in parts
        )
        found.append(_cell("code", source, grade_id=task, solution=True))
        tests = {f"{task}-visible": VISIBLE[task]} if task in VISIBLE else {}
        for name, hidden in HIDDEN.items():
            if name.startswith(task):
                secret = hidden.strip().replace("SEAL", seal)
                tests[name] = (
                    f"# Hidden checks of {name}.\n### BEGIN HIDDEN TESTS\n{secret}\n"
                    "### END HIDDEN TESTS"
                )
        found += [
            _cell("code", test, grade_id=name, grade=True, locked=True, points=POINTS[name])
            for name, test in tests.items()
        ]
    answer = f"Because of the {seal}.\n\n10 points for saying so."
    manual = {"grade": True, "solution": True, "points": 10}
    found.append(_cell("markdown", answer, grade_id="task10-why", **manual))
    return found


def notebook(slug: str, inside: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a whole notebook."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"course": {"section": slug}, "kernelspec": kernel}
    return {"cells": inside, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, value: Any) -> Path:
    """Write JSON, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
