"""The first section and the last through the whole of the grading path, from file to gradebook.

That each section's master and untouched notebook come to what they should, judged alone, is part of
``tests/misconceptions/test_sealed.py``, and that the released notebook is the one judged there, of
``grader stale``.
"""

from __future__ import annotations

import pytest

from grader import results
from grader.autograde import Batch, grade_section
from grader.layout import CourseFolder, Repository
from grader.master import read_master
from grader.results import Record

REPOSITORY = Repository()
SECTIONS = REPOSITORY.sections()


@pytest.fixture(scope="module", params=[SECTIONS[0], SECTIONS[-1]])
def section(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def records(section: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """The master and the untouched student notebook, handed in and graded."""
    course = CourseFolder(tmp_path_factory.mktemp(section))
    for student, path in (
        ("master", REPOSITORY.master(section)),
        ("untouched", REPOSITORY.student_notebook(section)),
    ):
        assert path.is_file(), f"{path.relative_to(REPOSITORY.root)} is missing: make release"
        submitted = course.submitted(student, section)
        submitted.parent.mkdir(parents=True)
        submitted.write_bytes(path.read_bytes())
    batch = Batch(REPOSITORY, course, seed=20261124, workers=2)
    return {record.student: record for record in grade_section(batch, section)}


def test_master_gets_all_automatic_points(section: str, records: dict[str, Record]) -> None:
    master = read_master(REPOSITORY, section)
    automatic = {cell.grade_id: cell.points for cell in master.graded if cell.automatic}
    got = {t.grade_id: t for t in records["master"].tasks if t.grade_id in automatic}
    assert {name: task.message for name, task in got.items() if task.message} == {}
    assert {name: task.points for name, task in got.items()} == automatic
    by_hand = {t.outcome for t in records["master"].tasks if t.grade_id not in automatic}
    assert by_hand <= {results.BY_HAND}


def test_untouched_notebook_gets_exactly_nothing(section: str, records: dict[str, Record]) -> None:
    record = records["untouched"]
    assert record.status == results.GRADED and record.score == 0
    assert record.notes == []
    assert {task.points for task in record.tasks} == {0.0}
    assert {task.outcome for task in record.tasks} <= {results.NOT_ATTEMPTED, results.NO_ANSWER}
