"""A course whose gradebook is a database of a real PostgreSQL server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import database, gradebook
from grader.autograde import Batch, grade_section
from grader.layout import CourseFolder
from tests.conftest import IN_CI
from tests.grader.conftest import SLUG
from tests.grader.disturbed import (
    Course,
    Outcome,
    fresh_course,
    undisturbed_outcome,
)
from tests.grader.test_crash import Instant

from .server import PASSWORD, Server, binaries, running

SEED = 20261124
SETTING = database.SETTING


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        if IN_CI:
            pytest.fail("no PostgreSQL server: .ci/run installs Debian's package postgresql")
        pytest.skip("no PostgreSQL server; on Debian and Ubuntu: apt-get install postgresql")
    with running(programs) as started:
        yield started


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return fresh_course(tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="module")
def undisturbed(fresh: Course, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one batch comes to with a file as the gradebook."""
    return undisturbed_outcome(fresh, tmp_path_factory.mktemp("sqlite"), SEED)


def point(course: Course, address: str) -> None:
    """Name a server in the course folder, as docs/large-courses.md says."""
    text = json.dumps({"CourseDirectory": {"db_url": address}})
    (course.folder.path / SETTING).write_text(text)


@pytest.fixture
def large(fresh: Course, server: Server, tmp_path: Path) -> Course:
    """A copy of the course whose gradebook is an empty database of the server."""
    course = fresh.copy(tmp_path)
    point(course, server.address(server.fresh()))
    return course


def outcome(course: Course) -> Outcome:
    """What a batch left behind, with the gradebook's rows from the server."""
    assert not course.folder.gradebook.exists()
    whole = Outcome.of(course)
    for path, data in whole.files.items():
        assert path == SETTING or not any(s.encode() in data for s in secrets()), path
    del whole.files[SETTING]
    return whole


def secrets() -> tuple[str, ...]:
    return PASSWORD, PASSWORD.replace("@", "%40"), PASSWORD.partition("@")[2]


def name_of(course: Course) -> str:
    return database.server(course.folder).rpartition("/")[2]


def give(course: CourseFolder, student: str, points: float, said: str, pause: float = 0.0) -> None:
    """Give points and a comment by hand, a request each, as the formgrader does."""
    with gradebook.opened(course) as book:
        grade = book.find_grade("task2-why", "exercises", SLUG, student)
        time.sleep(pause)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()
        comment = book.find_comment("task2-why", "exercises", SLUG, student)
        comment.manual_comment = said
        book.db.commit()


def batch(course: Course, **options: Any) -> list[Any]:
    quiet: Callable[[str], None] = [].append
    made = Batch(course.masters, course.folder, SEED, say=quiet, complain=quiet, **options)
    return grade_section(made, SLUG)


class NoNursery:
    """Stands for the sandboxes that an engine which runs nothing doesn't need."""

    scratch: Any

    @classmethod
    def together(cls, level: str, slots: list[int]) -> list[NoNursery]:
        return [cls() for _ in slots]

    def give_away(self) -> None:
        self.scratch = self

    def remove(self) -> None:
        pass

    def reap(self) -> None:
        pass


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.autograde.SealedEngine", Instant)
    monkeypatch.setattr("grader.crew.Nursery", NoNursery)
