"""What the documents say exists: links, commands, paths, the picture, versions and licences."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from grader import cli
from grader.layout import Repository
from scripts import picture

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, flags=re.M))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

papers = pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)


def code(path: Path) -> list[str]:
    """Fenced lines and inline code of a document."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [*(line.partition("  #")[0] for block in fenced for line in block.split("\n")), *inline]


def anchors(path: Path) -> set[str]:
    """Anchors of a document as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@papers
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), target


@papers
def test_pictures_have_alt_text(path: Path) -> None:
    for alt in re.findall(r"!\[([^\]]*)\]\(", path.read_text(encoding="utf-8")):
        assert len(alt.split()) >= 8


@papers
def test_commands_are_there(path: Path) -> None:
    commands = set(cli._parser()._subparsers._group_actions[0].choices)  # type: ignore
    for line in code(path):
        for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line):
            assert target in TARGETS, line
        for command in re.findall(r"-m grader ([a-z]+)", line):
            assert command in commands, line
        if re.match(r"\s*make ", line):
            for name in re.findall(r"\b([A-Z]+)=", line):
                assert re.search(rf"[(,]{name}[),]", MAKEFILE), line


@papers
def test_paths_are_there(path: Path) -> None:
    """Also without a link; examples have capitals, dots for the rest, or a topic of mine."""
    top = "tests|scripts|docs|grader|solutions|notebooks|course_utils"
    for line in code(path):
        for found in re.findall(rf"(?:^|\s)((?:{top})/[\w./-]*)", line):
            if not re.search(r"NN|-my-topic|[A-Z]{3}|\.\.\.|…", line):
                assert (ROOT / found).exists(), f"{found} in {line!r}"


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True
    )
    lines = re.findall(r"^  make ([a-z-]+) {2,}\S", shown.stdout, flags=re.M)
    assert set(lines) == TARGETS
    assert len(lines) == len(set(lines))


def test_each_section_has_its_row() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \[(\d\d) · .+?\]\(notebooks/([\w-]+)/theory\.ipynb\) \| \S", readme, re.M
    )
    assert [slug for _, slug in rows] == Repository().sections()
    assert all(slug.startswith(f"{number}-") for number, slug in rows)


def test_the_picture_is_the_start_pages_first_figure() -> None:
    taken, alt = picture.figure(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    stale = "README's picture isn't the start page's: make picture"
    assert (ROOT / picture.PICTURE).read_bytes() == taken, stale
    assert picture.with_alt(readme, alt) == readme, stale


def test_the_drawing_is_readable_in_light_and_dark() -> None:
    file = ROOT / "docs" / "architecture.svg"
    drawing, svg = ElementTree.parse(file).getroot(), "{http://www.w3.org/2000/svg}"
    assert drawing.find(f"{svg}title") is not None and drawing.find(f"{svg}desc") is not None
    light, _, dark = (drawing.findtext(f"{svg}style") or "").partition("prefers-color-scheme: dark")
    for name in ("ground", "box", "seal", "own", "line", "small"):
        assert f".{name}" in light and f".{name}" in dark, name
    used = {node.get("class") for node in drawing.iter() if node.get("class")}
    assert all(f".{name}" in dark for name in used)


def test_citation_is_valid() -> None:
    """The rules of the format's schema for the fields that are used; version and date are ours."""
    known = {"cff-version", "message", "title", "type", "abstract", "authors", "version"}
    assert set(CITATION) <= known | {"date-released", "license", "keywords"}
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    assert CITATION["cff-version"] == "1.2.0" and CITATION["type"] in {"software", "dataset"}
    assert all(author["name"] for author in CITATION["authors"])
    assert len(set(CITATION["keywords"])) == len(CITATION["keywords"])
    assert str(CITATION["version"]) == PROJECT["version"]
    released = re.search(rf"^## {re.escape(PROJECT['version'])}, (\S+)$", CHANGELOG, flags=re.M)
    assert CITATION.get("date-released") == (released[1] if released else None)


def test_licences_agree() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "MIT AND CC-BY-4.0" and CITATION["license"] == "MIT"
    assert "MIT License" in text and "creativecommons.org/licenses/by/4.0" in text
    assert text.count("Copyright (c) 2026 The authors of the course") == 2
    assert PROJECT["authors"] == [{"name": "The authors of the course"}]


def test_errata_are_dated_newest_first() -> None:
    assert f"## {PROJECT['version']}, " in CHANGELOG
    days = re.findall(r"^### (\S+)$", CHANGELOG.partition("## Errata")[2], flags=re.M)
    assert days == sorted(set(days), reverse=True) and days
    assert all(date.fromisoformat(day) >= date(2026, 11, 24) for day in days)
    for section in re.findall(r"^- \*\*(\d\d)", CHANGELOG, flags=re.M):
        assert list(ROOT.glob(f"notebooks/{section}-*")), section


def test_conda_and_binder_get_the_lock() -> None:
    wanted = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert wanted["channels"] == ["conda-forge"]
    assert wanted["dependencies"] == ["python=3.11", "pip", {"pip": ["-r requirements.lock"]}]
    assert "pip install" in (ROOT / "postBuild").read_text(encoding="utf-8")
    assert os.access(ROOT / "postBuild", os.X_OK)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"Binder\. \*\*Neither of the two was tried", readme)
