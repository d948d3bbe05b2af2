"""The benchmark: its arithmetic, its last line, and one small run of all of it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from grader import bench, bench_trace
from grader.bench import Cost, Plan
from grader.bench_course import lay_down, own_version
from grader.layout import GraderError, Repository

from .conftest import SLUG, by_id, master_cells, notebook, write_json

LAST = r"autograde vs stock nbgrader: wall \d+\.\dx cpu \d+\.\dx"
COSTS = {
    "stock": [Cost(100, 80, 120, 200), Cost(90, 80, 120, 200)],
    "ours": [Cost(10, 8, 110, 150), Cost(9, 12, 112, 150)],
    "ours, 1 worker": [Cost(19, 8, 110, 150), Cost(19, 9, 110, 150)],
    "few untouched": [Cost(6, 5, 110, 150), Cost(7, 5, 110, 150)],
    "many untouched": [Cost(8, 6, 110, 150), Cost(9, 7, 110, 150)],
    "few barely begun": [Cost(6, 5, 110, 150), Cost(6, 5, 110, 150)],
    "many barely begun": [Cost(10, 9, 110, 150), Cost(10, 9, 110, 150)],
    "scale": [Cost(95, 100, 121, 150)],
    "scale, 1 worker": [Cost(190, 95, 121, 150)],
}
PLAN = Plan(SLUG, copies=20, scale=200, blanks=(10, 50))


def test_costs_become_ratios() -> None:
    assert bench.last_line(COSTS) == "autograde vs stock nbgrader: wall 10.0x cpu 8.0x"
    assert bench.fixed_cost(PLAN, COSTS, "untouched") == pytest.approx((50.0, 37.5))
    assert bench.findings(PLAN, COSTS) == [
        "one more untouched submission, 2 workers: 50 ms of wall, 38 ms of CPU",
        "one more barely begun submission, 2 workers: 100 ms of wall, 100 ms of CPU",
        "2 workers against 1 at 20: 2.00x",
        "at 200 against 20: 1.00x the wall time of a submission, 1.09x the memory",
        "2 workers against 1 at 200: 2.00x",
    ]


def test_costs_become_a_table() -> None:
    lines = bench.cost_table(PLAN, COSTS).splitlines()
    assert len(lines) == 6
    ours = re.split(r"\s{2,}", lines[2])
    assert ours == ["ours, 20, 2 workers", *"9.0 / 9.5|8.0 / 10.0|475|500|112|150".split("|")]


def test_stages_become_a_table() -> None:
    names = (*bench_trace.ONCE, *bench_trace.STAGES)
    times = dict.fromkeys(names, 0.2)
    floor = dict.fromkeys(bench_trace.INSIDE, 0.1)
    table = bench.stage_table(10, {"stages": times, "cpu": times, "floor": floor}).splitlines()
    assert len(table) == len(names) + 2
    together = next(line.split() for line in table if line.startswith("together"))
    assert together[1:] == [f"{20 * len(bench_trace.STAGES):.1f}"] * 2 + ["30.0"]
    assert any(re.fullmatch(r"once: import the grader\s+200\s+200", line) for line in table)


def test_a_stage_inside_another_is_counted_once() -> None:
    tracer = bench_trace.Tracer()
    inner = tracer.timed("journal", lambda: sum(range(200_000)))
    tracer.timed("gradebook", lambda: (inner(), inner()))()
    wall, cpu = tracer.result()
    assert 0 < wall["gradebook"] < wall["journal"]
    assert 0 <= cpu["gradebook"] < cpu["journal"]


def test_every_student_writes_the_same_in_other_words() -> None:
    solution = (
        "def mean(values, *, scale=1):\n    ### BEGIN SOLUTION\n    # Stub: the mean.\n"
        "    total = scale * sum(value for value in values)  # é\n"
        '    text = f"{total}"\n    size = len(values); ratio = dict(size=size)["size"] * 2\n'
        "    return total / size + 0 * ratio * len(text)\n    ### END SOLUTION"
    )
    texts = [own_version(solution, student) for student in ("anna", "bob")]
    trees = [ast.dump(ast.parse(text)) for text in texts]
    assert trees[0] != trees[1], "no name was changed"
    for text in texts:
        assert "SOLUTION" not in text
        space: dict[str, object] = {}
        exec(text, space)
        assert space["mean"]([1, 2, 6]) == 3  # type: ignore[operator]
    assert "text_of_anna" in texts[0] and "total_of" not in texts[0] and "size_of" not in texts[0]


def test_a_cell_without_a_local_name_differs_by_its_comment() -> None:
    solution = "def two():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION"
    assert own_version(solution, "anna") == "# Written by anna.\ndef two():\n    return 2"


def test_untouched_and_barely_begun_submissions(repository: Repository, tmp_path: Path) -> None:
    texts = []
    for written in ("nothing", "comment"):
        course = lay_down(repository, SLUG, tmp_path / written, 2, written=written)  # type: ignore[arg-type]
        for student in ("student0000", "student0001"):
            sheet = json.loads(course.submitted(student, SLUG).read_text(encoding="utf-8"))
            texts.append("".join(by_id(sheet["cells"], "task1")["source"]))
    assert texts[0] == texts[1] and "NotImplementedError" in texts[0]
    for number in (0, 1):  # no two alike, so that each is run
        assert texts[2 + number] == f"# student000{number} was here.\n{texts[0]}"


def test_all_of_it(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    cells = master_cells()
    hidden = by_id(cells, "task1-hidden")  # a warning costs all points under stock nbgrader
    hidden["source"] = re.sub(r"    warnings.warn.*\n", "", hidden["source"])
    write_json(repository.master(SLUG), notebook(SLUG, cells))
    bench.bench(repository, Plan(SLUG, copies=1, scale=0, workers=1, rounds=1, blanks=()))
    said = capsys.readouterr().out
    assert re.fullmatch(LAST, said.splitlines()[-1])
    assert "stock nbgrader, 1" in said and "ours, 1, 1 worker" in said
    each = {line.split("  ")[0]: line.split() for line in said.splitlines()}
    for stage in ("spawn", "tests", "journal", "gradebook", "feedback"):
        assert float(each[stage][1]) > 0, said


def test_wrong_grades_are_not_measured(repository: Repository, tmp_path: Path) -> None:
    work = bench._Bench(repository, Plan(SLUG, copies=1, workers=1), tmp_path)
    course = work.ours("blank", work.template("blank", 1, written="nothing"), 1)
    with pytest.raises(GraderError, match="student0000 lost task1-visible"):
        work.must_be_right(course, 1)
