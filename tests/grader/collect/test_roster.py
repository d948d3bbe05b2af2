"""Class lists as systems write them, and what is none."""

from __future__ import annotations

import pytest

from .conftest import Desk, book, canvas


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Student,Points\nAda,3\n", "no column with an id"),
        ("student_id,name\nada,Ada\nADA,Ada\n", "rows 2 and 3 are both of 'ADA'"),
        ("student_id\n../x\n", "row 2: '../x': not the name of a folder"),
        ("name,email\nAda,\n", "row 2: no id"),
        ("", "empty"),
        ("student_id\n\udcff\n", "not UTF-8"),
    ],
)
def test_a_roster_that_is_none(desk: Desk, text: str, said: str) -> None:
    (desk.root / "class.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    source = desk.zip(canvas(5)("A"))
    assert desk.collect(source, f"--roster={desk.root / 'class.csv'}") == 1
    assert desk.err.startswith("class.csv") and said in desk.err and desk.err.count("\n") == 1
    assert not desk.course.path.exists()


@pytest.mark.parametrize(
    ("roster", "student"),
    [
        ("id,first_name,last_name,email,lms_user_id\nada,Ada,King,a@x.org,1\n", "ada"),
        ("student_id\tID\tStudent\nx-7\t1\tKing, Ada\n", "x-7"),
        ("First name,Surname,ID number,Email address\nAda,King,M7,a@x.org\n", "M7"),
        ('Name,Email\n"King, Ada",a@x.org\n', "a@x.org"),
    ],
)
def test_rosters_of_many_kinds(desk: Desk, roster: str, student: str) -> None:
    source = desk.zip({"kingada_1_2_exercises.ipynb": book("A")})
    assert desk.collect(source, desk.roster(roster)) == 0, desk.err
    assert desk.there() == {student: "A"}


def test_several_of_one_name_are_told(desk: Desk) -> None:
    roster = desk.roster('student_id,name\na1,Ada King\na2,"King, Ada"\n')
    assert desk.collect(desk.zip(canvas(2)("A") | {"kingada_7_2_exercises.ipynb": book()}), roster)
    assert "several on the roster fit (a1, a2)" in desk.err and not desk.there()
