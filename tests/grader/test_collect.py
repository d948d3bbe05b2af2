"""What students handed in gets to its place, newest attempt first, and nothing gets elsewhere."""

from __future__ import annotations

import json
import os
import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import archives, submissions
from grader.archives import printable
from grader.cli import main
from grader.collect import Options, collect
from grader.handins import claim
from grader.journal import locked
from grader.layout import CourseFolder, Repository
from grader.roster import folded

from .conftest import OTHER, SLUG, code, make_repository, notebook

Entries = dict[str, bytes]


def book(word: str = "1 + 1", slug: str = SLUG) -> bytes:
    return json.dumps(notebook(slug, [code(word)])).encode()


class Desk:
    """A course, and what is typed and printed."""

    def __init__(self, root: Path, repository: Repository, capsys: Any) -> None:
        self.root, self.repository, self.capsys = root, repository, capsys
        self.course = CourseFolder(root / "course")
        self.out = self.err = ""

    def zip(
        self, files: Entries, name: str = "hand-ins.zip", when: str = "2026-03-01 12:00"
    ) -> Path:
        moment = datetime.fromisoformat(when)
        with zipfile.ZipFile(self.root / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in files.items():
                archive.writestr(zipfile.ZipInfo(path, moment.timetuple()[:6]), data)
        return self.root / name

    def folder(self, files: Entries, name: str = "hand-ins") -> Path:
        for path, data in files.items():
            (self.root / name / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name / path).write_bytes(data)
        return self.root / name

    def collect(self, *arguments: Path | str) -> int:
        command = ["collect", SLUG, "--course", str(self.course.path), "--zone", "UTC"]
        status = main([*command, *map(str, arguments)], self.repository)
        self.out, self.err = self.capsys.readouterr()
        return status

    def roster(self, text: str) -> str:
        (self.root / "class.csv").write_text(text, encoding="utf-8")
        return f"--roster={self.root / 'class.csv'}"

    def there(self) -> dict[str, str]:
        """Return the sources of what lies in the course, by student."""
        return {
            path.parent.parent.name: json.loads(path.read_bytes())["cells"][0]["source"]
            for path in self.course.submissions.glob(f"*/{SLUG}/exercises.ipynb")
        }

    def time(self, student: str) -> str | None:
        path = self.course.submitted(student, SLUG).with_name("timestamp.txt")
        return path.read_text() if path.exists() else None

    def everything(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}


@pytest.fixture
def desk(tmp_path: Path, repository: Repository, capsys: Any, monkeypatch: Any) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, repository, capsys)


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
    assert f"{SLUG}: nothing from emmy\n" in desk.out


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


def exchange(student: str, time: str, word: str, slug: str = SLUG) -> Entries:
    folder = f"{student}+{slug}+{time}"
    return {f"{folder}/exercises.ipynb": book(word, slug), f"{folder}/timestamp.txt": time.encode()}


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
    assert f"of {OTHER}; collect that section" in desk.err
    # What nbgrader and our own autograde read of it.
    stamp = desk.course.submitted("bob", SLUG).with_name("timestamp.txt")
    assert submissions.moment(stamp.read_text()) == datetime(2026, 3, 1, 9, 0, 0, 500000)


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


MOODLE = "Ada_1_assignsubmission_file_/exercises.ipynb"


def canvas(upload: int) -> Callable[[str], Entries]:
    return lambda word: {f"ada_1_{upload}_exercises.ipynb": book(word)}


def moodle(word: str) -> Entries:
    return {MOODLE: book(word)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((canvas(5), "2026-03-01 12:00"), (canvas(6), "2026-03-01 12:00")),
        # A later download of an older upload is still the older one.
        ((canvas(5), "2026-03-02 12:00"), (canvas(6), "2026-03-01 12:00")),
        ((canvas(99), "2026-03-01 12:00"), (canvas(100), "2026-03-01 12:00")),
        ((moodle, "2026-03-01 12:00"), (moodle, "2026-03-01 12:02")),
    ],
)
def test_an_older_attempt_never_wins(desk: Desk, first: Any, second: Any) -> None:
    old = desk.zip(first[0]("old"), "old.zip", first[1])
    new = desk.zip(second[0]("new"), "new.zip", second[1])
    assert desk.collect(old) == 0
    (student,) = desk.there()
    for sources, said in (([new], "newer attempt"), ([old], "older attempt"), ([new], "unchanged")):
        assert desk.collect(*sources) == 0, desk.err
        assert desk.there() == {student: "new"} and f"exercises.ipynb: {said}" in desk.out
    desk.course.submitted(student, SLUG).unlink()
    assert desk.collect(new, old) == 0 and desk.there() == {student: "new"}


def test_a_time_is_that_of_its_attempt(desk: Desk) -> None:
    monday, tuesday = "2026-03-02 09:00:00.000000 UTC", "2026-03-03 09:00:00.000000 UTC"
    first = desk.folder(exchange("ada", monday, "A"), "1")
    assert desk.collect(first) == 0 and desk.time("ada") == f"{monday}\n"
    # The same answers once more, later: that is when they were handed in.
    again = desk.folder(exchange("ada", tuesday, "A"), "2")
    assert desk.collect(again) == 0 and desk.time("ada") == f"{tuesday}\n"
    between = desk.folder(exchange("ada", "2026-03-02 20:00:00 UTC", "B"), "3")
    assert desk.collect(between) == 0 and desk.there() == {"ada": "A"}
    # A time that the instructor mended stays; a newer attempt without a time has none.
    desk.course.submitted("ada", SLUG).with_name("timestamp.txt").write_text(monday)
    assert desk.collect(again) == 0 and desk.time("ada") == monday
    assert desk.collect(desk.zip({"ada/exercises.ipynb": book("C")}, when="2026-03-05 08:00")) == 0
    assert desk.there() == {"ada": "C"} and desk.time("ada") is None
    later = desk.zip({"ada/exercises.ipynb": book("D")}, when="2026-03-05 09:00")
    assert desk.collect(later, "--file-times") == 0
    assert desk.time("ada") == "2026-03-05 09:00:00.000000 UTC\n"


def test_what_was_mended_by_hand_stays_until_something_new_comes(desk: Desk) -> None:
    source = desk.zip(canvas(5)("typo"))
    assert desk.collect(source) == 0
    desk.course.submitted("1", SLUG).write_bytes(book("mended"))
    assert desk.collect(source) == 0 and desk.there() == {"1": "mended"}
    assert desk.collect(desk.zip(canvas(6)("new"))) == 0 and desk.there() == {"1": "new"}


def test_of_unknown_age_is_left_until_told(desk: Desk) -> None:
    path = desk.course.submitted("1", SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(book("laid down by hand"))
    source = desk.zip(canvas(5)("from Canvas"))
    assert desk.collect(source) == 1
    assert "say --replace" in desk.err and desk.there() == {"1": "laid down by hand"}
    assert desk.collect(source, "--replace") == 0 and desk.there() == {"1": "from Canvas"}


def test_two_that_are_equally_new_are_left_out(desk: Desk) -> None:
    name = "Ada_1_assignsubmission_file_{}"
    same = {name.format("exercises.ipynb"): book("A"), name.format("/exercises.ipynb"): book("A")}
    assert desk.collect(desk.zip(same, "1.zip")) == 0 and desk.there() == {"Ada": "A"}
    desk.course.submitted("Ada", SLUG).unlink()
    other = same | {name.format("/exercises.ipynb"): book("B")}
    assert desk.collect(desk.zip(other, "2.zip")) == 1 and not desk.there()
    assert "2 different notebooks" in desk.err
    several = {f"ada_1_{n}_{name}.ipynb": book(name) for n, name in enumerate(("try", "final"))}
    assert desk.collect(desk.zip(several, "3.zip")) == 1 and not desk.there()
    assert "none of them called exercises.ipynb" in desk.err


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    source = desk.zip(canvas(5)("A") | {"x_2_6_exercises.ipynb": b"no JSON"})
    before = desk.everything()
    assert desk.collect(source, "--dry-run") == 1
    said = desk.out.splitlines()
    assert desk.everything() == before and not desk.course.path.exists()
    assert said.pop().endswith("; a dry run, nothing was written")
    assert desk.collect(source) == 1
    assert desk.out.splitlines()[:-1] == said and len(said) == 1


def encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)


def understated(path: Path) -> None:
    """Make a bomb look small in both headers."""
    data = bytearray(path.read_bytes())
    for mark, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + size
        data[place : place + 4] = (50).to_bytes(4, "little")
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    """Begin its name with what ends a name."""
    path.write_bytes(path.read_bytes().replace(b"ada_1_2", b"\0da_1_2"))


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[70:90] = bytes(20)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "harm", "said"),
    [
        ("../../ada_1_2_exercises.ipynb", book(), None, "leads out of the zip"),
        ("/tmp/ada_1_2_exercises.ipynb", book(), None, "leads out of the zip"),
        ("C:/ada_1_2_exercises.ipynb", book(), None, "leads out of the zip"),
        ("..\\ada_1_2_exercises.ipynb", book(), None, "leads out of the zip"),
        ("a/../../b/exercises.ipynb", book(), None, "leads out of the zip"),
        ("a\\b/exercises.ipynb", book(), None, "a character that no file name has"),
        ("..+01-tiny+2026-03-01 09:00:00 UTC/exercises.ipynb", book(), None, ""),
        (".hidden_1_assignsubmission_file_exercises.ipynb", book(), None, ""),
        ("a*_1_assignsubmission_file_exercises.ipynb", book(), None, "the character '*'"),
        ("ada_1_2_exercises.ipynb", book(), encrypted, "encrypted"),
        ("ada_1_2_exercises.ipynb", book(), cut_short, "a character that no file name has"),
        ("ada_1_2_exercises.ipynb", book(), damaged, "damaged in the zip"),
        ("ada_1_2_exercises.ipynb", bytes(3_000_000), None, "3 MB, more than 2"),
        ("ada_1_2_exercises.ipynb", bytes(3_000_000), understated, "damaged in the zip"),
        ("ada_1_2_exercises.ipynb", b"{}", None, "not a notebook"),
        ("ada_1_2_exercises.ipynb", b"\x89PNG", None, "not JSON"),
        ("ada_1_2_exercises.ipynb", book(slug=OTHER), None, f"the notebook of {OTHER}"),
        ("new\nline\x1b[31m_1_2_exercises.ipynb", b"", None, r"new\nline\x1b[31m_1_2"),
    ],
)
def test_hostile_entries_are_one_line_and_nothing_else(
    desk: Desk, monkeypatch: Any, name: str, data: bytes, harm: Any, said: str
) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 2_000_000)
    source = desk.zip({name: data})
    if harm:
        harm(source)
    good = desk.zip({"bob_2_3_exercises.ipynb": book("bob")}, "good.zip")
    before = set(desk.everything())
    assert desk.collect(source, good) == (1 if said else 0)
    assert desk.err.count("\n") == (1 if said else 0) and said in desk.err
    assert desk.there() == {"2": "bob"}
    new = set(desk.everything()) - before
    assert all(path.startswith(("course/submitted/2/", "course/.autograde.lock")) for path in new)
    assert not any("PK" in line for line in desk.err.splitlines())


def test_links_and_doubled_names_are_not_taken(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(book("secret"))
    link = zipfile.ZipInfo("ada_1_2_exercises.ipynb")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, pytest.warns(UserWarning):
        archive.writestr(link, str(tmp_path / "secret"))
        for word in "ab":
            archive.writestr("bob_2_3_exercises.ipynb", book(word))
    folder = desk.folder({"eve/exercises.ipynb": book("eve")})
    (folder / "zoe.ipynb").symlink_to(tmp_path / "secret")
    (folder / "dan").symlink_to(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    desk.course.submissions.mkdir(parents=True)
    (desk.course.submissions / "eve").symlink_to(outside)
    assert desk.collect(tmp_path / "a.zip", folder) == 1
    assert not desk.there() and not list(outside.iterdir())
    assert desk.err.count("a link") == 4 and desk.err.count("is a link") == 1
    assert desk.err.count("twice in this zip") == 2


def test_sources_that_are_none(desk: Desk) -> None:
    (desk.root / "torn.zip").write_bytes(b"PK\x03\x04 torn")
    assert desk.collect(desk.root / "torn.zip") == 1
    assert desk.err == "torn.zip: not a zip file that can be read; download it again\n"
    assert desk.collect(desk.root / "none.zip") == 2
    assert "none.zip isn't there" in desk.err


def test_too_many_entries(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    source = desk.zip({f"x_{n}_5_exercises.ipynb": book() for n in range(4)})
    assert desk.collect(source) == 1 and not desk.there() and "4 entries" in desk.err


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


def test_not_while_a_batch_is_at_work(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr("grader.journal.PATIENCE", 0.0)
    desk.course.path.mkdir()
    with locked(desk.course):
        assert desk.collect(desk.zip(canvas(5)("A"))) == 1
    assert "another autograde is at work" in desk.err and not desk.there()


def test_a_crash_between_two_files_is_mended_by_the_next_run(desk: Desk, monkeypatch: Any) -> None:
    monday, tuesday = "2026-03-02 09:00:00.000000 UTC", "2026-03-03 09:00:00.000000 UTC"
    assert desk.collect(desk.folder(exchange("ada", monday, "A"), "1")) == 0
    newer = desk.folder(exchange("ada", tuesday, "B"), "2")
    real = os.replace
    for crash in (1, 2, 3):
        count = iter(range(1, 10))

        def failing(source: str, target: Any, at: int = crash, count: Any = count) -> None:
            if next(count) == at:
                raise OSError(28, "No space left on device")
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", failing)
            assert desk.collect(newer) == 1 and "No space left" in desk.err
        assert desk.there()["ada"] in ("A", "B")
        assert not list(desk.course.submissions.rglob(".writing-*"))
        assert desk.collect(newer) == 0
        assert desk.there() == {"ada": "B"} and desk.time("ada") == f"{tuesday}\n"
        for path in desk.course.submitted("ada", SLUG).parent.iterdir():
            path.unlink()
        assert desk.collect(desk.root / "1") == 0


words = st.text("aÖłß ͅ-_.,'7٣١漢ع🧮\u202e\n\x1b\x85\u2028ⅷ", min_size=1, max_size=9)


@settings(max_examples=25, deadline=None)
@given(words.filter(lambda name: folded(name)), st.integers(1, 10**12), st.integers(1, 10**12))
def test_canvas_names_of_any_letters(name: str, user: int, upload: int) -> None:
    # Canvas keeps letters, digits and underscores, and takes digits between underscores out.
    kept = "".join(c for c in name.lower() if c.isalnum())
    for late in ("", "_LATE"):
        found = claim((f"{kept}{late}_{user}_{upload}_exercises-3.ipynb",), SLUG, [SLUG])
        assert (found.number, found.order, found.late) == (str(user), (upload, 3), bool(late))
        assert folded(found.name) == folded(kept)


@settings(max_examples=25, deadline=None)
@given(words)
def test_whatever_is_printed_stays_on_its_line(text: str) -> None:
    assert printable(text).isprintable() and len(printable(text).splitlines()) <= 1


pieces = st.sampled_from(
    ["..", ".", "/", "\\", "C:", "ada_1_2_exercises.ipynb", "A_1_assignsubmission_file_",
     "exercises.ipynb", f"+{SLUG}+2026-03-01 09:00:00 UTC", SLUG, "timestamp.txt"]
)  # fmt: skip
paths = st.lists(pieces | st.text("a1 _+*:\nعé🧮\u202e", max_size=3), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(st.lists(paths.map("".join).filter(bool), min_size=1, max_size=4, unique=True))
def test_nothing_is_written_elsewhere(tmp_path_factory: Any, names: list[str]) -> None:
    root = tmp_path_factory.mktemp("anywhere")
    repository, course = make_repository(root / "repo"), CourseFolder(root / "a" / "course")
    with warnings.catch_warnings(), zipfile.ZipFile(root / "x.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for number, name in enumerate(names):
            archive.writestr(name, book(str(number)))
    before = {path for path in root.rglob("*") if path.is_file()}
    done = collect(repository, course, SLUG, [root / "x.zip"], Options())
    new = {path for path in root.rglob("*") if path.is_file()} - before
    new.discard(course.path / ".autograde.lock")
    expected = {step.path for step in done.steps}
    expected |= {path.with_name(".collected.json") for path in expected}
    assert {path for path in new if path.name != "timestamp.txt"} == expected
    assert all(path.parent.parent.parent == course.submissions for path in new)
    assert all(str(line).isprintable() for line in [*done.refused, *done.notes, *done.steps])
