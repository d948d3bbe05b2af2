"""Grades leave the course as each system wants them, and every name comes back as it was."""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader import results
from grader.cli import main
from grader.export import BESIDE, Mark, Options, Row, Section, Sheet, export
from grader.layout import CourseFolder, Repository
from grader.results import Record, save
from grader.roster import Person, read_roster
from grader.spreadsheet import FORMULA, guarded, number, unguarded

from .conftest import OTHER, SLUG

ROSTER = (
    f"Student,ID,SIS User ID,SIS Login ID,Section,{SLUG}: doubling (4711),Homework (9),{SLUG}\n"
    "    Points Possible,,,,,100,10,1\n"
    '"Lovelace, Ada",11,S-1,ada,"A, B",,,\n'
    '"Šedivá ""Žofie""",12,S-2,zofie,,,,\n'
    "كريم,13,S-3,karim,,,,\n"
    "Noether 🧮,14,S-4,emmy,,,,\n"
    "=HYPERLINK(1),15,S-5,eve,,,,\n"
    "Broken,16,S-6,bad,,,,\n"
)
POINTS = {
    "ada": (results.GRADED, 87.5),
    "zofie": (results.GRADED, 0.0),
    "karim": (results.NEEDS_HAND, 55.0),
    "eve": (results.NOT_JUDGED, 0.0),
    "bad": (results.PROBLEM, 0.0),
}


class Desk:
    def __init__(self, root: Path, repository: Repository, capsys: Any) -> None:
        self.root, self.repository, self.capsys = root, repository, capsys
        self.course = CourseFolder(root / "course")
        self.course.submissions.mkdir(parents=True)
        self.err = self.out = ""

    def grade(self, student: str, status: str, points: float, slug: str = SLUG) -> None:
        self.course.submitted(student, slug).parent.mkdir(parents=True, exist_ok=True)
        save(self.course, slug, Record(student, status, points, 100.0))

    def export(self, form: str, *arguments: str, roster: str = "") -> int:
        if roster:
            (self.root / "class.csv").write_text(roster, encoding="utf-8")
            arguments = (*arguments, f"--roster={self.root / 'class.csv'}")
        command = [*arguments, "--course", str(self.course.path), "--format", form]
        slugs = [] if SLUG in arguments else [SLUG]
        status = main(
            ["export", *slugs, *command, "-o", str(self.root / "out.csv")], self.repository
        )
        self.out, self.err = self.capsys.readouterr()
        return status

    def rows(self) -> list[list[str]]:
        return read((self.root / "out.csv").read_bytes().decode())


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture
def desk(tmp_path: Path, repository: Repository, capsys: Any, monkeypatch: Any) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, repository, capsys)
    for student, (status, points) in POINTS.items():
        desk.grade(student, status, points)
    return desk


def test_canvas(desk: Desk) -> None:
    assert desk.export("canvas", roster=ROSTER) == 0, desk.err
    header, possible, *rows = desk.rows()
    # The importer wants these five in this order, and Section right before the assignments.
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert header[5:] == [f"{SLUG}: doubling (4711)"]
    assert "Points Possible" in possible[0] and possible[1:] == ["", "", "", "", "100"]
    assert [row[1:4] for row in rows[:2]] == [["11", "S-1", "ada"], ["12", "S-2", "zofie"]]
    assert [row[0] for row in rows] == [
        "Lovelace, Ada", 'Šedivá "Žofie"', "كريم", "Noether 🧮", "'=HYPERLINK(1)", "Broken",
    ]  # fmt: skip
    # Graded, graded with nothing, waiting, nothing handed in, not judged, no notebook.
    assert [row[5] for row in rows] == ["87.5", "0", "", "-", "", ""]
    assert rows[0][4] == "A, B"
    assert desk.export("canvas", "--partial", roster=ROSTER) == 0
    assert [row[5] for row in desk.rows()[2:]] == ["87.5", "0", "55", "-", "", ""]


def test_canvas_titles(desk: Desk) -> None:
    other = f"{OTHER}=Homework (9)"
    assert desk.export("canvas", SLUG, OTHER, "--column", other, roster=ROSTER) == 0
    assert desk.rows()[0][5:] == [f"{SLUG}: doubling (4711)", "Homework (9)"]
    assert desk.rows()[1][5:] == ["100", "100"]  # nobody handed in to the other: its master says it
    assert {row[6] for row in desk.rows()[2:]} == {"-"}
    assert desk.export("canvas", SLUG, OTHER, roster=ROSTER) == 0
    assert desk.rows()[0][6] == OTHER and f"{OTHER}: no column with an assignment id" in desk.err
    assert desk.export("canvas", "--column", other) == 2
    assert f"{OTHER} isn't exported" in desk.err


def test_canvas_without_a_roster(desk: Desk) -> None:
    desk.grade("48213", results.GRADED, 3)
    assert desk.export("canvas", "--column", f"{SLUG}=One (5)") == 0, desk.err
    rows = {row[0]: row[1:] for row in desk.rows()}
    assert rows["48213"] == ["48213", "", "", "", "3"]
    assert rows["ada"] == ["", "", "ada", "", "87.5"]


def test_who_is_not_on_the_roster_is_told(desk: Desk) -> None:
    desk.grade("mallory", results.GRADED, 9)
    for form in ("canvas", "moodle"):
        assert desk.export(form, roster=ROSTER) == 1
        assert desk.err == "mallory: handed in, but not on the roster; left out\n"
        assert "mallory" not in str(desk.rows())
    assert desk.export("csv", roster=ROSTER) == 0
    assert desk.rows()[-1][:6] == ["mallory", "", "", "9", "100", "graded"]


def test_folders_named_otherwise_find_their_row(desk: Desk) -> None:
    desk.grade("14", results.GRADED, 4)  # Canvas' ID, as collected without a roster
    assert desk.export("canvas", roster=ROSTER) == 0
    assert [row[5] for row in desk.rows() if row[1] == "14"] == ["4"]
    desk.grade("S-1", results.GRADED, 1)
    assert desk.export("canvas", roster=ROSTER) == 1
    assert "S-1 and ada are one student" in desk.err


MOODLE = (
    "First name,Last name,ID number,Email address,Username\n"
    "Ada,Lovelace,M1,Ada@x.org,ada\nŽofie,Šedivá,,zofie@x.org,zofie\nEmmy,Noether,M4,e@x.org,emmy\n"
)


def test_moodle(desk: Desk) -> None:
    for student in ("karim", "eve", "bad"):
        desk.course.result(student, SLUG).unlink()
        desk.course.submitted(student, SLUG).parent.rmdir()
    assert desk.export("moodle", "--column", f"{SLUG}=Übung 1", roster=MOODLE) == 0, desk.err
    assert desk.rows() == [
        ["Username", "Email address", "Full name", "Übung 1"],  # an id number is missing for one
        ["ada", "Ada@x.org", "Lovelace, Ada", "87.5"],
        ["zofie", "zofie@x.org", "Šedivá, Žofie", "0"],
        ["emmy", "e@x.org", "Noether, Emmy", "-"],
    ]
    assert not (desk.root / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_moodle_needs_an_id_for_all(desk: Desk) -> None:
    mixed = "student_id,Username,Email\na,ada,\nb,,b@x.org\n"
    (desk.root / "out.csv").write_text("before")
    assert desk.export("moodle", roster=mixed) == 1
    assert "no id that all students have" in desk.err
    assert (desk.root / "out.csv").read_text() == "before"
    desk.grade("Ada Lovelace", results.GRADED, 9)  # collected from Moodle without a roster
    assert desk.export("moodle") == 1 and "Ada Lovelace: no id" in desk.err
    assert "Ada Lovelace" not in str(desk.rows())


def test_csv_says_what_is_missing(desk: Desk) -> None:
    assert desk.export("csv", roster=ROSTER) == 0
    data = (desk.root / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = read(data.decode("utf-8-sig"))
    titles = [SLUG, *(f"{SLUG} {what}" for what in BESIDE)]
    assert header == ["student_id", "name", "email", *titles]
    assert {row[0]: (row[3], row[5]) for row in rows} == {
        "ada": ("87.5", "graded"),
        "zofie": ("0", "graded"),
        "karim": ("", "needs manual grading"),
        "emmy": ("", "no submission"),
        "eve": ("", "could not be judged"),
        "bad": ("", "problem"),
    }
    desk.course.submitted("emmy", SLUG).parent.mkdir(parents=True)
    assert desk.export("csv", roster=ROSTER) == 0
    assert [row[5] for row in desk.rows() if row[0] == "emmy"] == ["not graded yet"]
    assert f"{SLUG}: 1 could not be judged, 2 graded" in desk.out


def test_the_roster_is_not_overwritten(desk: Desk) -> None:
    (desk.root / "out.csv").write_text(ROSTER)
    assert desk.export("csv", f"--roster={desk.root / 'out.csv'}") == 2
    assert "is the roster" in desk.err and (desk.root / "out.csv").read_text() == ROSTER


@pytest.mark.parametrize("login", ["=1+1", "@SUM(1)", "+1|cmd", "-2!A1"])
def test_an_id_that_a_spreadsheet_would_run(login: str) -> None:
    good, bad = Row("a", Person("a", login="+49@x-y.org")), Row("b", Person("b", login=login))
    for form in ("canvas", "moodle"):
        done = export(Sheet([], [good, bad]), form, Options())
        (line,) = done.left_out
        assert line.startswith("b: an id that a spreadsheet would run")
        assert "+49@x-y.org" in done.text and login not in done.text


# All that can be in a name: also what makes a formula, ends a line, or turns the direction.
letters = st.characters(codec="utf-8")
odd = st.sampled_from(
    ["=1", "+", "-", "@", "'", '"', ",", ";", "\r\n", "\n", "\t", "ع", "🧮", "\u202e"]
)
names = st.lists(odd | st.text(letters, max_size=4), min_size=1, max_size=5).map("".join)


def sheet(name: str, points: float = 1.5) -> Sheet:
    person = Person("id-7", name, "7", "S,7", "log;in", "n", "a@x.org", section=name)
    marks = {"id-7": Mark(results.GRADED, points)}
    rows = [Row("id-7", person), Row("id-8", Person("id-8", "B", "8", login="b", email="b@x"))]
    return Sheet([Section(SLUG, 100.0, marks)], rows)


@settings(max_examples=25, deadline=None)
@given(names)
@example("=cmd|' /C calc'!A0")
@example("'=already")
@example('a,"b"\r\n;c')
def test_every_name_survives_a_round_trip(name: str) -> None:
    rows = read(export(sheet(name), "csv", Options()).text.encode().decode("utf-8-sig"))
    assert len(rows) == 3 and unguarded(rows[1][1]) == name
    assert rows[1][3:6] == ["1.5", "100", "graded"]
    assert rows[2][3:6] == ["", "100", "no submission"]
    for form, line, at, ids in (("canvas", 2, 0, ["7", "S,7", "log;in"]), ("moodle", 1, 2, [])):
        done = export(sheet(name), form, Options({SLUG: "T (1)"}))
        rows = read(done.text)
        assert unguarded(rows[line][at]) == name and not done.left_out + done.notes
        assert rows[line][1:4] == ids or form == "moodle"
        assert rows[line][-1] == "1.5" and rows[line + 1][-1] == "-"
        assert len(rows) == line + 2 and len({len(row) for row in rows}) == 1
        assert not rows[line][at].startswith(FORMULA)


@settings(max_examples=30, deadline=None)
@given(names)
def test_a_guard_can_be_taken_off(name: str) -> None:
    assert unguarded(guarded(name)) == name and not guarded(name).startswith(FORMULA)


@settings(max_examples=15, deadline=None)
@given(names=st.lists(names.filter(str.strip), min_size=1, max_size=4))
def test_a_roster_comes_back_from_its_own_csv(tmp_path_factory: Any, names: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "roster.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["student_id", "Name"], *((f"s{n}", x) for n, x in enumerate(names))])
    assert [person.name for person in read_roster(path).people] == names


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1e6))
def test_points_have_a_point(points: float) -> None:
    assert abs(float(number(points)) - points) <= 5.1e-5
    assert set(number(points)) <= set("0123456789.") and number(-points / 1e12) != "-0"


def test_without_a_name_the_file_lies_in_the_course(desk: Desk) -> None:
    command = ["export", SLUG, "--format", "moodle"]
    assert main(command, desk.repository) == 0
    assert "taken as user names" in desk.capsys.readouterr().err
    assert (desk.course.path / "exports" / f"{SLUG}-moodle.csv").is_file()
    assert main(["export", SLUG, OTHER, "--format", "csv"], desk.repository) == 0
    assert (desk.course.path / "exports" / "grades-csv.csv").is_file()
    assert main(["export", OTHER, "--format", "csv"], desk.repository) == 2
    assert desk.capsys.readouterr().err.endswith(
        f"{OTHER}: nothing handed in; run 'make collect' first\n"
    )


def test_git_ignores_a_course_folder_of_any_name(
    tmp_path: Path, repository: Repository, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["course", "--course", "my course"], repository) == 0
    (tmp_path / "my course" / "submitted" / "ada").mkdir()
    (tmp_path / "my course" / "submitted" / "ada" / "x").touch()
    subprocess.run(["git", "init", "-q"], check=True)
    told = subprocess.run(["git", "status", "--short", "--", "my course"], capture_output=True)
    assert told.returncode == 0 and told.stdout == b""
