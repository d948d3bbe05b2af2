"""Each system names files in its own way; each student gets to the right place."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from grader.times import moment

from ..conftest import OTHER, SLUG
from .conftest import Desk, book, exchange


def test_canvas(desk: Desk) -> None:
    source = desk.zip(
        {
            "lovelaceada_11_501_exercises.ipynb": book("first"),
            "lovelaceada_11_507_exercises-2.ipynb": book("third"),
            "lovelaceada_11_503_exercises-1.ipynb": book("second"),
            "łukasiewiczjan_LATE_12_400_exercises.ipynb": book("jan"),
            "lovelaceada_11_600_notes.ipynb": book("notes"),
            "lovelaceada_11_601_plot.png": b"png",
            "anon_a1B2c_77_exercises.ipynb": book("anonymous"),
        }
    )
    assert desk.collect(source) == 0, desk.err
    assert desk.there() == {"11": "third", "12": "jan", "anon_a1B2c": "anonymous"}
    assert f"course/submitted/12/{SLUG}/exercises.ipynb: new, late\n" in desk.out
    assert f"11/{SLUG}/exercises.ipynb: new\n" in desk.out
    assert "601_plot.png: not a notebook" in desk.err
    assert "600_notes.ipynb: beside exercises.ipynb" in desk.err
    assert "507" not in desk.err and desk.err.count("an older attempt") == 2
    # The time of an entry is that of the download, so nobody gets it as a submission time.
    assert desk.time("11") is None
    memory = json.loads(desk.course.submitted("12", SLUG).with_name(".collected.json").read_text())
    assert memory["late"] is True


CANVAS_ROSTER = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,01-tiny (99)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",11,S-1,ada,A,\n"Łukasiewicz, Jan",12,S-2,jan,A,\n"Noether, Emmy",13,,emmy,A,\n'
)


def test_canvas_with_the_gradebook_as_roster(desk: Desk) -> None:
    source = desk.zip(
        {
            "lovelaceada_11_501_exercises.ipynb": book("ada"),
            "łukasiewiczjan_99912_502_exercises.ipynb": book("jan, by name"),
            "eve_66_503_exercises.ipynb": book("eve"),
        }
    )
    assert desk.collect(source, desk.roster(CANVAS_ROSTER)) == 1
    assert desk.there() == {"ada": "ada", "jan": "jan, by name"}
    assert "eve_66_503_exercises.ipynb: nobody on the roster" in desk.err
    assert f"{SLUG}: nothing usable from emmy\n" in desk.out


@pytest.mark.parametrize(
    "path",
    [
        "{}_657693_assignsubmission_file_/exercises.ipynb",
        "{}_657693_assignsubmission_file/exercises.ipynb",
        "{}_657693_assignsubmission_file_exercises.ipynb",
        "course-assignment-5/{}_657693_assignsubmission_file_/sub/exercises (1).ipynb",
    ],
)
def test_moodle(desk: Desk, path: str) -> None:
    assert desk.collect(desk.zip({path.format("Ada King-Noël"): book("ada")})) == 0, desk.err
    assert desk.there() == {"Ada King-Noël": "ada"}


def test_moodle_with_its_worksheet(desk: Desk) -> None:
    files = {
        "Ada Lovelace_41_assignsubmission_file_/exercises.ipynb": book("ada"),
        "Jan Novak_42_assignsubmission_file_/exercises.ipynb": book("one Jan"),
        "Jan Novak_43_assignsubmission_file_/exercises.ipynb": book("the other"),
    }
    source = desk.zip(files)
    assert desk.collect(source, "--dry-run") == 1
    assert "2 submissions by different people of this name" in desk.err
    roster = desk.roster(
        "Identifier;Full name;Email address;Last modified (submission)\n"
        'Participant 41;Ada Lovelace;ada@x.org;"Sunday, 1 March 2026, 11:20 PM"\n'
        "Participant 42;Jan Novak;jan@x.org;-\nParticipant 43;Jan Novak;novak@x.org;soon\n"
    )
    assert desk.collect(source, roster, "--zone", "Europe/Berlin") == 0
    assert desk.there() == {"ada@x.org": "ada", "jan@x.org": "one Jan", "novak@x.org": "the other"}
    assert desk.time("ada@x.org") == "2026-03-01 22:20:00.000000 UTC\n"
    assert desk.time("jan@x.org") is None and "'soon' isn't a date" in desk.err
    # The worksheet of another assignment has other numbers: nobody gets another's notebook.
    wrong = (desk.root / "class.csv").read_text().replace("Participant 41", "Participant 42", 1)
    assert desk.collect(source, desk.roster(wrong.replace("42;Jan", "41;Jan"))) == 1
    assert desk.err.count("the roster has another name") == 2
    assert desk.there()["ada@x.org"] == "ada"
    # A time in ISO format without a zone is in the zone that was named, too.
    iso = "Identifier,Email,Submitted at\nParticipant 41,ada@x.org,2026-03-01 23:30\n"
    assert desk.collect(source, desk.roster(iso), "--zone", "Europe/Berlin") == 1
    assert desk.time("ada@x.org") == "2026-03-01 22:30:00.000000 UTC\n"


def test_exchange(desk: Desk) -> None:
    early, late = "2026-03-01 09:00:00.5 UTC", "2026-03-02 09:00:00.000000 UTC"
    inbound = desk.folder(
        exchange("a+b", late, "late")
        | exchange("a+b", f"{early}+r4nd0m", "early")
        | exchange("bob", early, "bob")
        | exchange("bob", late, "other", OTHER)
    )
    assert desk.collect(inbound) == 1
    assert desk.there() == {"a+b": "late", "bob": "bob"}
    assert desk.time("a+b") == f"{late}\n"
    assert desk.time("bob") == "2026-03-01 09:00:00.500000 UTC\n"
    assert f"of {OTHER}; collect that section" in desk.err and "secret" not in desk.err
    # What nbgrader and our own autograde read of it.
    stamp = desk.course.submitted("bob", SLUG).with_name("timestamp.txt")
    assert moment(stamp.read_text()) == datetime(2026, 3, 1, 9, 0, 0, 500000)


def test_folders(desk: Desk) -> None:
    files = {
        "ada/exercises.ipynb": book("ada"),
        "ada/timestamp.txt": b"2026-03-01 12:00:00 +0100",
        f"bob/{SLUG}/exercises.ipynb": book("bob"),
        f"bob/{OTHER}/exercises.ipynb": book("x", OTHER),
        f"{SLUG}/eve.ipynb": book("eve"),
        "zoe.ipynb": book("zoe"),
        "dan/my solution.ipynb": book("dan"),
        "exercises.ipynb": book("whose"),
        ".ipynb_checkpoints/kim.ipynb": book("kim"),
    }
    assert desk.collect(desk.folder(files)) == 1
    assert desk.there() == {name: name for name in ("ada", "bob", "eve", "zoe", "dan")}
    assert desk.time("ada") == "2026-03-01 11:00:00.000000 UTC\n" and desk.time("bob") is None
    assert "was called 'my solution.ipynb'" in desk.out
    assert desk.err.count("\n") == 2 and "whose is it?" in desk.err and f"of {OTHER}" in desk.err
    assert desk.collect(desk.root / "hand-ins" / "zoe.ipynb") == 0
    assert "zoe/01-tiny/exercises.ipynb: unchanged" in desk.out
