"""A term, lived through once: what was typed, what was printed, and what lies in the course."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from grader import gradebook
from grader.cli import main
from grader.layout import CourseFolder, Repository
from tests.grader.conftest import by_id
from tests.grader.light import start_light_nurseries

from .masters import MEANS, STEPS, write_masters
from .people import CLASS, EMPTY, LOST, MEAN, NOTHING, STEP, TORN, VARIANCE, WAITS, Student, Work

DUE = {MEANS: datetime(2026, 3, 1, 22, 59), STEPS: datetime(2026, 3, 15, 22, 59)}  # in UTC
SETTINGS = f"""\
zone = "Europe/Berlin"
[due]
{MEANS} = "2026-03-01 23:59"
{STEPS} = 2026-03-15T23:59:00
[late]
free_days = 2
percent_per_day = 10
grace_minutes = 10
"""


@dataclass
class Said:
    status: int
    out: str
    err: str


@dataclass
class Term:
    """A course folder, its masters, and what each command of the term said."""

    root: Path
    repository: Repository
    course: CourseFolder
    said: dict[str, Said] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)

    def run(self, step: str, *arguments: str | Path) -> Said:
        """Run a command of the grader, and remember what it said."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(
                [*map(str, arguments), "--course", str(self.course.path)], self.repository
            )
        self.said[step] = Said(status, out.getvalue(), err.getvalue())
        return self.said[step]

    def export(self, name: str, form: str, *arguments: str) -> None:
        path = self.root / f"{name}.csv"
        options = ["--format", form, "--roster", self.root / "class.csv", "-o", path]
        self.run(f"export {name}", "export", MEANS, STEPS, *options, *arguments)
        self.exported[name] = path.read_text(encoding="utf-8-sig")


def number_in_canvas(student: Student) -> int:
    return 4000 + 7 * CLASS.index(student)


def roster() -> str:
    rows = ["student_id,Student,ID,SIS Login ID,Email,Section"]
    for student in CLASS:
        name = student.name.replace('"', '""')
        ids = f"{number_in_canvas(student)},{student.login},{student.login}@x.org"
        rows.append(f'{student.login},"{name}",{ids},A')
    return "\n".join(rows) + "\n"


def written(blank: dict[str, Any], work: Work) -> bytes:
    """Fill in what was released as a student does."""
    if work.answers[0] == TORN:
        return json.dumps(blank)[:500].encode()
    book = copy.deepcopy(blank)
    if work.answers[0] == LOST:
        for cell in book["cells"]:
            cell["metadata"] = {}
        return json.dumps(book).encode()
    tables = [MEAN, VARIANCE] if len(work.answers) == 2 else [STEP]
    for number, (answer, table) in enumerate(zip(work.answers, tables, strict=True), 1):
        cell = by_id(book["cells"], f"task{number}")
        if source := table[answer][0]:
            cell["source"] = f"{''.join(cell['source']).partition(':')[0]}:\n    {source}"
    if work.why != EMPTY:
        by_id(book["cells"], f"task{len(tables)}-why")["source"] = "Because it has to be."
    return json.dumps(book).encode()


def exchange(root: Path, blank: dict[str, Any]) -> Path:
    """Lay down what nbgrader's exchange collects of the first section."""
    for student in CLASS:
        work = student.means
        if work.answers[0] == NOTHING:
            continue
        assert work.hours is not None
        attempts = {DUE[MEANS] + timedelta(hours=work.hours): written(blank, work)}
        if student.login == "two":
            early = DUE[MEANS] - timedelta(days=3)
            attempts[early] = written(blank, Work(("sum", "blank"), EMPTY, 0, 0))
        for when, data in attempts.items():
            folder = root / "inbound" / f"{student.login}+{MEANS}+{when:%Y-%m-%d %H:%M:%S.%f} UTC"
            folder.mkdir(parents=True)
            (folder / "exercises.ipynb").write_bytes(data)
    return root / "inbound"


def canvas(root: Path, blank: dict[str, Any]) -> Path:
    """Pack the second section as Canvas does, with one entry that no system writes."""
    path = root / "submissions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside_1_2_exercises.ipynb", "{}")
        for student in CLASS:
            if student.steps.answers[0] == NOTHING:
                continue
            name = "".join(c for c in student.name.lower() if c.isalnum())
            late = "_LATE" if student.steps.hours is None else ""
            file = f"{name}{late}_{number_in_canvas(student)}_{{}}_exercises{{}}.ipynb"
            archive.writestr(file.format(900, "-1"), written(blank, student.steps))
            if student.login == "two":
                older = Work(("uphill",), EMPTY, 0, 0)
                archive.writestr(file.format(100, ""), written(blank, older))
    return path


def grade_by_hand(course: CourseFolder) -> None:
    """Give points and a comment as the formgrader does."""
    with gradebook.opened(course) as book:
        for student in CLASS:
            for slug, work in ((MEANS, student.means), (STEPS, student.steps)):
                if work.why in (WAITS, EMPTY):
                    continue
                name = f"task{len(work.answers)}-why"
                grade = book.find_grade(name, "exercises", slug, student.login)
                grade.manual_score, grade.needs_manual_grade = work.why, False
                comment = book.find_comment(name, "exercises", slug, student.login)
                comment.manual_comment = f"{work.why:g} points for the reason"
        book.db.commit()


@pytest.fixture(scope="session")
def term(tmp_path_factory: pytest.TempPathFactory) -> Term:
    """Live through a term; not to be changed."""
    root = tmp_path_factory.mktemp("term")
    term = Term(root, Repository(root / "repo"), CourseFolder(root / "course"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        start_light_nurseries(patch)
        _live_through(term)
    return term


def _live_through(term: Term) -> None:
    root, course = term.root, term.course
    write_masters(term.repository, fixed=False)
    assert main(["release"], term.repository) == 0
    blank = {
        slug: json.loads(term.repository.student_notebook(slug).read_text(encoding="utf-8"))
        for slug in (MEANS, STEPS)
    }
    term.run("course", "course")
    (course.path / "course.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "class.csv").write_text(roster(), encoding="utf-8")
    known = ["--roster", root / "class.csv"]
    term.run("collect means", "collect", MEANS, exchange(root, blank[MEANS]), *known)
    term.run("collect steps", "collect", STEPS, canvas(root, blank[STEPS]), *known)
    term.run("extension exo", "extension", "exo", STEPS, "--days", "3", "--reason", "ill")
    term.run("autograde", "autograde", "--workers", "2", "--seed", "7")
    grade_by_hand(course)
    term.run("extension ext", "extension", "ext", MEANS, "--until", "2026-03-04 23:59")
    term.export("before", "csv", "--partial")

    for student in CLASS:
        if student.extra:
            given = (student.login, MEANS, f"{student.extra:g}", "--reason", "For a slip found.")
            term.run(f"extra {student.login}", "extra", *given)
    write_masters(term.repository, fixed=True)
    term.run("regrade", "regrade", MEANS, "--workers", "2")
    term.run("again", "autograde", "--workers", "2")
    term.run("late", "late")
    term.run("feedback", "feedback")
    term.run("grades", "grades", MEANS)
    for form in ("csv", "canvas", "moodle"):
        term.export(form, form)
    term.export("raw", "canvas", "--before-penalty", "--partial")
