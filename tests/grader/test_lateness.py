"""How late is late, and what it costs: by hand, to the minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from grader.extensions import Extension, extend, read_extensions
from grader.lateness import Handed, Lateness, lateness
from grader.layout import CourseFolder, GraderError
from grader.settings import LatePolicy, Settings, read_settings, write_template

DUE = datetime(2026, 3, 1, 22, 59)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WEEK = timedelta(days=7)


def late(
    *handed: Handed, free: int = 0, percent: float = 10, grace: float = 0, **extended: timedelta
) -> dict[str, Lateness]:
    """Return how late one student is, by section; sections are due week after week."""
    due = {f"s{n}": DUE + n * WEEK for n in range(4)}
    settings = Settings(None, due, LatePolicy(free, percent), grace)
    extensions = {("ada", slug): Extension(due[slug] + by, "") for slug, by in extended.items()}
    return {slug: one for (_, slug), one in lateness(handed, settings, extensions).items()}


def after(by: timedelta | None, number: int = 0, *, marked: bool = False) -> Handed:
    time = None if by is None else DUE + number * WEEK + by
    return Handed("ada", f"s{number}", time, marked)


@pytest.mark.parametrize(
    ("by", "grace", "days"),
    [
        (-MINUTE, 0, 0),
        (0 * MINUTE, 0, 0),
        (MINUTE, 0, 1),
        (24 * HOUR, 0, 1),
        (24 * HOUR + MINUTE, 0, 2),
        (10 * MINUTE, 10, 0),
        (11 * MINUTE, 10, 1),
        (24 * HOUR + 10 * MINUTE, 10, 1),
        (24 * HOUR + 11 * MINUTE, 10, 2),
        (7 * 24 * HOUR, 0, 7),
    ],
)
def test_days_count_from_when_they_begin(by: timedelta, grace: float, days: int) -> None:
    one = late(after(by), grace=grace)["s0"]
    assert (one.days, one.percent) == (days, 10 * days)


def test_free_days_go_to_what_is_due_first() -> None:
    works = [after(25 * HOUR, 2), after(HOUR, 0), after(25 * HOUR, 1), after(HOUR, 3)]
    found = late(*works, free=4)
    assert [(found[f"s{n}"].days, found[f"s{n}"].free) for n in range(4)] == [
        (1, 1), (2, 2), (2, 1), (1, 0)
    ]  # fmt: skip
    assert [found[f"s{n}"].percent for n in range(4)] == [0, 0, 10, 10]
    assert [found[f"s{n}"].left for n in range(4)] == [3, 1, 0, 0]


def test_a_budget_alone_lets_nothing_past_it() -> None:
    settings = Settings(None, {"s0": DUE}, LatePolicy(free_days=2))
    works = [Handed("in", "s0", DUE + 48 * HOUR), Handed("out", "s0", DUE + 49 * HOUR)]
    found = {student: one.percent for (student, _), one in lateness(works, settings, {}).items()}
    assert found == {"in": 0, "out": 100}


def test_an_extension_is_one_section_and_one_student_only() -> None:
    works = [after(50 * HOUR, 0), after(50 * HOUR, 1)]
    found = late(*works, s0=48 * HOUR)
    assert (found["s0"].days, found["s1"].days) == (1, 3)
    assert found["s0"].due == DUE + 48 * HOUR
    # It doesn't change whose turn it is: the first section still takes the free day.
    long = 10 * 24 * HOUR  # until after the other section is due
    found = late(after(long + HOUR, 0), after(50 * HOUR, 1), free=1, s0=long)
    assert (found["s0"].free, found["s1"].free) == (1, 0)
    found = late(*works, free=1, s0=30 * 24 * HOUR)
    assert (found["s0"].days, found["s1"].free) == (0, 1)


def test_a_mark_without_a_time_is_one_day() -> None:
    assert late(after(None))["s0"].days == 0
    one = late(after(None, marked=True))["s0"]
    assert one.days == 1 and "by how much isn't known" in one.note
    # A time that is known says more than a mark; an extension is not known to the other system.
    assert late(after(-HOUR, marked=True))["s0"].days == 0
    assert late(after(None, marked=True), s0=HOUR)["s0"].days == 0


@pytest.mark.parametrize(
    ("earned", "extra", "days", "penalty"),
    [
        (80, 0, 2, 16),
        (80, 5, 2, 16),
        (0, 5, 2, 0),
        (80, 0, 11, 80),
        (80, -10, 11, 70),
        (1, 0, 1, 0.1),
    ],
)
def test_points_earned_are_reduced_and_nothing_else(
    earned: float, extra: float, days: int, penalty: float
) -> None:
    one = late(after(days * 24 * HOUR))["s0"]
    assert one.penalty(earned, extra) == penalty


def test_without_a_policy_it_costs_nothing_and_is_told() -> None:
    found = lateness([Handed("ada", "s0", DUE + HOUR)], Settings(None, {"s0": DUE}), {})
    assert (found["ada", "s0"].days, found["ada", "s0"].percent) == (1, 0)
    found = lateness([Handed("ada", "s0", DUE + HOUR)], Settings(), {})
    assert found["ada", "s0"].days == 0


# The file that says it


@pytest.fixture
def course(tmp_path: Path, monkeypatch: Any) -> CourseFolder:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course").mkdir()
    return CourseFolder(tmp_path / "course")


def settings(course: CourseFolder, text: str) -> Settings:
    (course.path / "course.toml").write_text(text, encoding="utf-8")
    return read_settings(course, ["s0", "s1"])


def test_all_ways_to_write_a_time(course: CourseFolder) -> None:
    for value in (
        '"2026-03-01 23:59"', "2026-03-01T23:59:00", "2026-03-01 22:59:00Z",
        '"2026-03-01T22:59+00:00"', '"2026-03-01 17:59 -0500"',
    ):  # fmt: skip
        assert settings(course, f'zone = "Europe/Berlin"\n[due]\ns0 = {value}\n').due["s0"] == DUE
    for value in ("2026-03-29", '"2026-03-29"'):  # a day of 23 hours
        found = settings(course, f'zone = "Europe/Berlin"\n[due]\ns0 = {value}\n').due["s0"]
        assert found == datetime(2026, 3, 29, 21, 59, 59)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[due]\ns0 =", "course.toml: Invalid value"),
        ("[latte]\n", "no setting latte; there is zone, due, late"),
        ("due = 3", "due is a table: write [due] above its lines"),
        ('[due]\ns9 = "2026-03-01"', "no setting due.s9; there is s0, s1"),
        ('[due]\ns0 = "tomorrow"', 'due.s0 = tomorrow: no time; write "2026-03-01 23:59"'),
        ("[due]\ns0 = 3", "due.s0 = 3: no time"),
        ("[due]\ns0 = 0001-01-01T00:00:00+02:00", "no time"),
        ('zone = "Mars"', "zone = 'Mars': no time zone"),
        ("zone = 3", "zone = 3: no time zone"),
        ("[late]\nper_day = 3", "no setting late.per_day; there is free_days"),
        ("[late]\nfree_days = 1.5", "late.free_days = 1.5: whole days only"),
        ("[late]\npercent_per_day = 110", "late.percent_per_day = 110: a number from 0 to 100"),
        ("[late]\npercent_per_day = nan", "a number from 0 to 100"),
        ("[late]\nfree_days = true", "a number from 0 to 365"),
    ],
)
def test_a_slip_in_the_settings_is_one_line(course: CourseFolder, text: str, said: str) -> None:
    with pytest.raises(GraderError) as caught:
        settings(course, text)
    line = str(caught.value)
    assert line.startswith("course/course.toml: ") and said in line and "\n" not in line


def test_the_template_holds_no_setting_and_says_them_all(course: CourseFolder) -> None:
    assert read_settings(course) == Settings()
    assert write_template(course, ["s0", "s1"]) and not write_template(course, ["s0"])
    path = course.path / "course.toml"
    assert read_settings(course) == Settings()
    # Without the comment signs it is a file of settings.
    lines = [line.removeprefix("# ") for line in path.read_text().splitlines()]
    given = [line for line in lines if line.startswith("[") or " = " in line]
    found = settings(course, "\n".join(given))
    assert found.late == LatePolicy(4, 10) and found.grace_minutes == 10 and len(found.due) == 2


# Extensions


def test_extensions_are_kept_and_the_last_one_counts(course: CourseFolder) -> None:
    for until, reason in ((DUE, "ill"), (DUE + WEEK, 'still ill, "really"'), (None, "well")):
        extend(course, "ada", "s0", until, reason, None)
        found = read_extensions(course, None).get(("ada", "s0"))
        assert found == (Extension(until, reason) if until else None)
    extend(course, "ada, the other", "s1", DUE, "", None)
    assert list(read_extensions(course, None)) == [("ada, the other", "s1")]
    assert (course.path / "extensions.csv").read_text().count("\n") == 5  # nothing was overwritten


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("student_id,section,until\nada,s0,soon\n", "row 2: 'soon' is no time"),
        ("student_id,section,until\n\nada,s0\n", "row 3: '' is no time"),
        ("ada,s0,2026-03-01\n", "its first row must be student_id,section,until"),
        ("student_id;section;until\n", "its first row must be"),
        ("\udcff", "no CSV file in UTF-8"),
    ],
)
def test_a_slip_in_the_extensions_is_one_line(course: CourseFolder, text: str, said: str) -> None:
    path = course.path / "extensions.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(GraderError) as caught:
        read_extensions(course, None)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(GraderError):
        extend(course, "ada", "s0", DUE, "", None)
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")
