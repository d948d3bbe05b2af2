"""Names are pseudonyms unless asked otherwise, and whatever a student writes is text."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from grader import results
from grader.layout import CourseFolder, GraderError
from grader.pseudonyms import pseudonyms
from grader.results import Record

from ..conftest import SLUG
from .conftest import Desk, failed, plain_text, record, written

# A name is a part of a file name here, so its slash is another one.
EVIL = "<script>alert(1)<∕script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} \u202egnp"


def test_everything_of_a_student_is_text(desk: Desk) -> None:
    message = f"submitted/{EVIL}/{SLUG}/exercises.ipynb: missing; rename {EVIL!r} beside it"
    bad = Record(EVIL, results.PROBLEM, 0.0, 100.0, message=message)
    stuck = record(f"{EVIL}2", failed(f"f1() stopped with ValueError: {EVIL}"), failed(EVIL))
    page = written(desk, stuck, bad)
    assert page.count("&lt;script&gt;") == 3 and "{{ 7*7 }}" in page  # two names, one file
    assert "\u202e" not in page and "⟨U+202E⟩gnp" in page
    hidden = written(desk, names=False)
    assert "script" not in hidden and "stopped with ValueError" in hidden
    assert "missing; rename &#39;…&#39; beside it" in hidden


NAMES = ["Zoë O'Hara", "ananas", "山田", "מרים", 'a, "b"', "😀"]


def test_without_names_no_name_is_on_the_page(desk: Desk) -> None:
    _, course = desk
    told = [
        record(name, failed(f"f1() stopped with ValueError: I am {name}."), failed(f"{name} wrote"))
        for name in NAMES[:4]
    ]
    problem = [
        Record(name, results.PROBLEM, 0.0, 100.0,
               message=f"submitted/{name}/{SLUG}/exercises.ipynb: missing; rename '{name}.ipynb' "
                       f"beside it; {name} did it")
        for name in NAMES[4:]
    ]  # fmt: skip
    page = plain_text(written(desk, *told, *problem, names=False))
    assert not [name for name in NAMES if name in page]
    codes = set(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", page))
    assert codes == set(map(pseudonyms(course), NAMES))
    named = plain_text(written(desk))
    assert all(name in named for name in NAMES)
    assert (course.path / "reports" / f"{SLUG}-names.html").is_file()


def test_pseudonyms_are_stable_and_belong_to_one_course(tmp_path: Path) -> None:
    first, second = CourseFolder(tmp_path / "a"), CourseFolder(tmp_path / "b")
    for course in (first, second):
        course.path.mkdir()
    mine = [pseudonyms(first)(name) for name in NAMES]
    assert mine == [pseudonyms(first)(name) for name in NAMES] and len(set(mine)) == len(NAMES)
    assert not set(mine) & {pseudonyms(second)(name) for name in NAMES}
    (key,) = first.path.iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("half", encoding="ascii")
    with pytest.raises(GraderError, match=r"\.pseudonyms\.key: damaged; put it back"):
        pseudonyms(first)
    assert key.read_text(encoding="ascii") == "half"  # never replaced by itself


def test_a_key_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    from grader import pseudonyms as module

    path = tmp_path / module.KEY_FILE
    module._make(path)
    before = path.read_text(encoding="ascii")
    module._make(path)
    assert path.read_text(encoding="ascii") == before and len(list(tmp_path.iterdir())) == 1
