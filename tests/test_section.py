"""`make section` and `make check`: on a copy of the repository, and the words they refuse with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.layout import GraderError
from scripts import check_section, new_section, pages

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".build", "dist", "course", ".*_cache", "__pycache__", "*.egg-info"
)


def make(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make on a checkout with this process's Python; its environment isn't made anew."""
    settings = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["make", "--no-print-directory", "-o", "env", f"RUN={sys.executable}", *words],
        cwd=root,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )


def files(root: Path) -> dict[str, bytes]:
    """Contents of a checkout, without what is built and cached."""
    hidden = {".build", ".ruff_cache", ".pytest_cache"}
    found = (path for path in root.rglob("*") if path.is_file() and not hidden & {*path.parts})
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def counted(report: str) -> dict[str, int]:
    """How much each part of the check looked at, by its name."""
    return {name: int(n) for name, n in re.findall(r"^✓ (\w+) +(\d+)", report, flags=re.M)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy") / "course"
    shutil.copytree(ROOT, root, ignore=LEFT_OUT)
    return root


def test_a_new_section_passes_whatever_concerns_a_section(copy: Path) -> None:
    slug = "11-my-topic"  # beside 11-appendix, which is no section
    assert slug.startswith(new_section.next_number(copy))
    before = files(copy)
    made = make(copy, "section", f"NAME={slug}")
    assert made.returncode == 0, made.stderr
    assert f"make check NAME={slug}" in made.stdout
    package = new_section.package(slug)
    start = "notebooks/00-start-here.ipynb"
    after = files(copy)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"README.md", start}
    assert set(after) - set(before) == {
        f"notebooks/{slug}/theory.ipynb",
        f"notebooks/{slug}/exercises.ipynb",
        f"solutions/{slug}/exercises.ipynb",
        *(
            f"tests/misconceptions/{package}/{n}.py"
            for n in ["__init__", *map("task{}".format, range(2, 7))]
        ),
    }
    assert not [name for name in set(after) - set(before) if re.search(rb"@[A-Z]+@", after[name])]

    report = make(copy, "check", f"NAME={slug}")
    assert report.returncode == 0, report.stdout + report.stderr
    assert report.stdout.splitlines()[-1].startswith(f"{slug}: all holds")
    marks = re.findall(r"^✓ (\w+)", report.stdout, flags=re.M)
    assert sorted(marks) == ["grading", "master", "rules", "student", "style", "theory"]
    assert re.search(
        r"^✓ grading +master 76/76, blank 0, 3\d wrong killed, 10 right kept", report.stdout, re.M
    )
    ran = counted(report.stdout)
    # A stripped notebook, or a name that selects no test, would come to less.
    assert ran["rules"] >= 45 and ran["theory"] >= 15 and ran["master"] >= 25, ran

    second = f"{new_section.next_number(copy)}-other"
    refused = make(copy, "section", f"NAME={second}")
    assert refused.returncode != 0 and "template's text" in refused.stderr
    assert files(copy) == after


def test_mistakes_in_a_section_are_told_with_what_to_do(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the section of the test before; parts of the steps only, for the time that they take."""
    slug = sorted(path.name for path in copy.glob("solutions/*"))[-1]
    monkeypatch.setattr(check_section, "ROOT", copy)
    break_it(copy, slug)
    theory, bank = f"notebooks/{slug}/theory.ipynb", new_section.places(copy, slug)[2]
    style = check_section._style([theory, str(bank)])
    assert len(style.problems) == 1 and "F401" in style.problems[0], style
    (stale,) = check_section._stale(slug).problems
    assert "run 'make release'" in stale
    hygiene = "tests/notebooks/test_hygiene.py"
    (told,) = check_section._tests(slug, "-k", f"{slug} and test_plain", hygiene).problems
    assert told.startswith("test_plain_words[theory.ipynb]: cell 3: ['Simply']; strike the word")
    (copy / "solutions" / slug / "exercises.ipynb").unlink()
    assert check_section.main([slug]) == 1


def break_it(root: Path, slug: str) -> None:
    """Make a mistake of each kind in a section."""
    theory = root / "notebooks" / slug / "theory.ipynb"
    book = json.loads(theory.read_text(encoding="utf-8"))
    book["cells"][3]["source"].append("\n\nSimply put, B harms.")
    theory.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    master = root / "solutions" / slug / "exercises.ipynb"
    text = master.read_text(encoding="utf-8")
    master.write_text(text.replace("work out (1 + 4)/4.", "work out 5/4."), encoding="utf-8")
    task = new_section.places(root, slug)[2] / "task2.py"
    text = task.read_text(encoding="utf-8")
    task.write_text(text.replace("from tests", "import os\n\nfrom tests", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("my-topic", "'my-topic' is no name for a section"),
        ("12_My Topic", "try NAME=08-my-topic"),
        ("../12-x", "try NAME=08-x"),
        ("١٢-x", "is no name for a section"),
        ("12-", "try NAME=08-my-topic"),
        ("12-my-topic\n", "is no name for a section"),
        ("07-my-topic", "07 is the number of 07-saga; try NAME=08-my-topic"),
        ("00-my-topic", "00 is the number of 00-start-here; try NAME=08-my-topic"),
    ],
)
def test_a_name_that_can_not_be_had_is_refused_with_one_that_can(
    name: str, says: str, tmp_path: Path
) -> None:
    for folder in ("07-saga", "11-appendix"):
        (tmp_path / "notebooks" / folder).mkdir(parents=True)
    (tmp_path / "notebooks" / "00-start-here.ipynb").touch()
    with pytest.raises(GraderError) as refusal:
        new_section.make_section(tmp_path, name)
    assert says in str(refusal.value) and "\n" not in str(refusal.value)
    assert not (tmp_path / ".build").exists()


@pytest.mark.parametrize("title", ["a | b", "x\ny", "[x](y)", "$x$", "**b**", " "])
def test_a_title_that_breaks_a_table_is_refused(title: str, tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="is no title"):
        new_section.make_section(tmp_path, "12-my-topic", title)


@pytest.mark.parametrize("folder", range(3))
def test_a_folder_that_is_there_stays_as_it_is(folder: int, tmp_path: Path) -> None:
    place = new_section.places(tmp_path, "12-x")[folder]
    place.mkdir(parents=True)
    says = "is there already" if folder == 2 else "12 is the number of 12-x"
    with pytest.raises(GraderError, match=says):
        new_section.make_section(tmp_path, "12-x")


@pytest.mark.parametrize("page", range(2))
def test_what_fails_at_the_last_page_is_undone(page: int, tmp_path: Path) -> None:
    """A page that can't be written: here its folder is gone."""
    built, root = tmp_path / "built", tmp_path / "root"
    for where in new_section.places(built, "12-x"):
        where.mkdir(parents=True)
        (where / "some.txt").write_text("new")
    for where in new_section.places(root, "12-x"):
        where.parent.mkdir(parents=True)
    kept = [root / "one.md", root / "two.md"]
    for path in kept:
        path.write_text("old")
    pages_ = {path: b"new" for path in kept[:page]} | {root / "none" / "x.md": b"new"}
    with pytest.raises(OSError):
        new_section.settle(root, built, "12-x", pages_)
    assert [path.read_text() for path in kept] == ["old", "old"]
    assert not any(place.exists() for place in new_section.places(root, "12-x"))
    assert all(place.is_dir() for place in new_section.places(built, "12-x"))


def test_rows_go_to_their_place_and_totals_grow() -> None:
    source = (
        "## The ten sections\n\n| [09 A](09-a/theory.ipynb) | ★ | 50 min | 108 min | x | y |\n"
        "| [13 B](13-b/theory.ipynb) | ★★★ | 5 min | 8 min | x | y |\n"
        "| all ten | | 55 min | 116 min | | |\n"
    )
    row = pages.Row("12-m", "M", "★★★", 20, 70, "owns", "asks?")
    text = pages._on_start_page(source, row)
    assert text is not None
    assert text.splitlines()[3] == (
        "| [12 M](12-m/theory.ipynb) | ★★★ | 20 min | 70 min | owns | asks? |"
    )
    assert "| all ten | | 75 min | 186 min | | |" in text
    assert "## The ten sections\n" in pages._recounted(text, 10)  # a heading: notebooks link to it
    assert "| all eleven |" in pages._recounted(text, 10)
    assert pages._recounted("Ten sections, ten mistakes", 10) == "Eleven sections, ten mistakes"
    assert pages._on_start_page("no table", row) is None


def test_check_says_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_section.main([]) == 2 and check_section.main(["12-nothing"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and said[0].startswith("say which: make check NAME=")
    assert said[1].startswith("no section '12-nothing'; there is 01-population-risk, ")
    assert len(check_section.missing("12-nothing")) == 4


def test_failures_are_told_in_a_line_with_what_to_do() -> None:
    report = """<testsuites><testsuite>
      <testcase name="test_plain_words[notebooks/12-x/theory.ipynb]">
      <failure message="AssertionError: cell 3: ['just']&#10;assert not ['just']">long</failure>
      </testcase><testcase name="test_fine"/><testcase name="b"><skipped/></testcase>
      <testcase name="cell 4"><failure message="x">Notebook cell execution failed
Cell 4: Cell outputs differ

 mismatch 'stdout'
&lt;&lt;&lt;&lt;  a 1
&gt;&gt;&gt;&gt; a 2</failure></testcase></testsuite></testsuites>"""
    ran, problems = check_section.failures(report, "12-x")
    assert ran == 3
    plain, cell = problems
    assert plain.startswith("test_plain_words[theory.ipynb]: cell 3: ['just']; strike the word")
    assert cell.startswith("Cell 4: Cell outputs differ") and "mismatch 'stdout'" in cell
