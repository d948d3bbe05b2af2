"""Whatever a zip holds, nothing gets elsewhere, and every line that is printed stays one."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import archives
from grader.archives import printable
from grader.collect import Options, collect
from grader.handins import claim
from grader.layout import CourseFolder
from grader.roster import folded

from ..conftest import OTHER, SLUG, make_repository
from .conftest import Desk, book


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
    ours = ("course/submitted/2/", "course/.autograde.lock", "course/.gitignore")
    assert all(path.startswith(ours) for path in new)
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
    new -= {course.path / ".autograde.lock", course.path / ".gitignore"}
    expected = {step.path for step in done.steps}
    expected |= {path.with_name(".collected.json") for path in expected}
    assert {path for path in new if path.name != "timestamp.txt"} == expected
    assert all(path.parent.parent.parent == course.submissions for path in new)
    assert all(str(line).isprintable() for line in [*done.refused, *done.notes, *done.steps])
