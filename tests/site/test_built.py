"""The built site: every link leads somewhere, nothing secret is in it, and it reads well offline.

It is built once, for all tests of this file.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.layout import ROOT, GraderError, Repository
from grader.leaks import MARKS
from grader.master import read_master
from grader.site.build import build, page_text
from grader.site.packages import NEEDS_NPM
from tests.notebooks import inventory as inv
from tests.site.pages import Page, read_all
from tests.site.reader import DESKTOP, FORMULAS, PHONE, STICKS_OUT, Reader, reader

MODULES = ROOT / ".build" / "npm" / "node_modules"
WORD = re.compile(r"[A-Za-z_]{7,}")
#: One of each kind, looked at closely.
KINDS = [
    "index",
    "map",
    "01-population-risk/theory",
    "02-gradient-variance/exercises",
    "11-appendix/cards",
    "11-appendix/topics",
    "docs/security",
    "search",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    try:
        build(Repository(ROOT), folder)
    except GraderError as error:
        if str(error) == NEEDS_NPM:
            pytest.skip(NEEDS_NPM)
        raise
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return read_all(site)


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Reader]:
    with reader(chromium) as page:
        yield page


def test_every_notebook_of_the_students_is_a_page_and_a_download(
    site: Path, pages: dict[str, Page]
) -> None:
    for path in [*inv.START, *inv.THEORY, *inv.STUDENT, *inv.APPENDIX]:
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        assert f"{path.name}" in pages[f"{name}.html"].links
        assert (site / f"{name}.ipynb").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(site / Repository(ROOT).bundle.name) as archive:
        assert archive.testzip() is None


def test_every_link_and_anchor_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    lost = []
    for name, page in pages.items():
        for link in page.links:
            there = page.target(link)
            if there is None:
                continue
            path, anchor = there
            if not path.is_file() or not path.is_relative_to(site.resolve()):
                lost.append(f"{name}: {link}")
            elif anchor and path.suffix == ".html":
                if anchor not in pages[path.relative_to(site.resolve()).as_posix()].ids:
                    lost.append(f"{name}: {link}")
    assert lost == []
    assert sum(len(page.links) for page in pages.values()) > 2000


def test_links_between_notebooks_are_links_between_pages(pages: dict[str, Page]) -> None:
    """As many as were written in the notebook, none of them still to a notebook."""
    for path in inv.THEORY:
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        links = pages[f"{name}.html"].links
        text = "".join(cell.source for _, cell in inv.cells(path, "markdown"))
        for target in re.findall(r"\]\(([^)#\s]+\.ipynb)", text):
            assert any(target[:-6] in link for link in links), f"{name}: {target}"
        assert [link for link in links if ".ipynb" in link] == ["theory.ipynb"]


def test_an_anchor_of_jupyterlab_works_on_the_page(pages: dict[str, Page]) -> None:
    for path in [*inv.START, *inv.THEORY, *inv.STUDENT, *inv.APPENDIX]:
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        # A heading with a formula in it has no anchor that anybody could write down.
        anchors = {anchor for anchor in inv.anchors(path) if "$" not in anchor}
        assert anchors <= set(pages[f"{name}.html"].ids), name


def test_the_cards_have_an_index(pages: dict[str, Page]) -> None:
    index, cards = pages["11-appendix/topics.html"], pages["11-appendix/cards.html"]
    boxed = re.findall(r'<section class="topic-card" id="([^"]+)"', cards.text)
    assert len(boxed) == len(set(boxed)) >= 23
    targets = [index.target(link) for link in index.links]
    linked = {there[1] for there in targets if there and there[0] == cards.path.resolve()}
    assert set(boxed) == linked - {""}


def test_pictures_say_what_they_show(pages: dict[str, Page]) -> None:
    stored = {
        " ".join(output.metadata["image/png"]["alt"].split())
        for path in [*inv.START, *inv.THEORY, *inv.APPENDIX]
        for _, cell in inv.cells(path, "code")
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    }
    shown = [picture.get("alt", "") for page in pages.values() for picture in page.pictures]
    assert stored <= set(shown) and len(stored) > 50
    assert all(shown)


def test_a_widget_has_a_picture_and_says_where_it_moves(pages: dict[str, Page]) -> None:
    for path in inv.THEORY:
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        assert 'class="widget-note"' in pages[f"{name}.html"].text, name
    assert not any("vnd.jupyter.widget" in page.text for page in pages.values())


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for address in page.loads:
            there = page.target(address)
            assert there and there[0].is_file(), f"{name} loads {address}"
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:", path.read_text()), path.name


def test_no_hidden_test_and_no_solution_is_in_it(site: Path, pages: dict[str, Page]) -> None:
    """The build has searched for whole lines; here for single words that only masters know."""
    repository = Repository(ROOT)
    secret: set[str] = set()
    for slug in repository.sections():
        for cell in read_master(repository, slug).cells:
            _, regions = cell.split()
            lines = [line for region in regions for line in region.lines]
            if cell.kind != "code" and cell.manual and not regions:
                lines.append(cell.source)
            secret |= set(WORD.findall("\n".join(lines)))
    public = [*ROOT.glob("notebooks/**/*.ipynb"), *ROOT.glob("docs/*.md")]
    public += [*ROOT.glob("site/**/*.*"), *ROOT.glob("grader/site/*.py")]
    known = "\n".join(path.read_text(encoding="utf-8") for path in public)
    secret -= set(WORD.findall(known))
    assert len(secret) > 100
    for name, page in pages.items():
        text = page_text(page.text)
        assert not secret & set(WORD.findall(text)), name
        assert not any(mark in text for mark in MARKS), name
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    lower = {word.lower() for word in secret} - {word.lower() for word in WORD.findall(known)}
    assert not lower & set(WORD.findall(index))


def test_next_and_previous_go_through_the_course(pages: dict[str, Page]) -> None:
    path = ["index.html"]
    while found := re.search(r'<link rel="next"[^>]* href="([^"]+)"', pages[path[-1]].text):
        there = pages[path[-1]].target(found[1])
        assert there
        path.append(there[0].relative_to(pages["index.html"].path.parent.resolve()).as_posix())
    assert path[:5] == [
        "index.html",
        "00-start-here.html",
        "map.html",
        "01-population-risk/theory.html",
        "01-population-risk/exercises.html",
    ]
    assert set(path) == set(pages) - {"search.html"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_in_a_browser_without_network(site: Path, chrome: Reader, kind: str) -> None:
    chrome.page.emulate_media(color_scheme="light")
    chrome.page.set_viewport_size(DESKTOP)
    chrome.open(site / f"{kind}.html")
    assert chrome.errors == chrome.failed == []
    assert all(address.startswith(site.as_uri()) for address in chrome.asked), chrome.asked
    formulas = chrome.page.evaluate(FORMULAS)
    assert [said for count, wrong, said in formulas if count != 1 or wrong] == []
    assert len(formulas) > 20 or kind in ("index", "map", "docs/security", "search")
    axe = MODULES / "axe-core" / "axe.min.js"
    assert chrome.axe(axe) == []
    chrome.page.emulate_media(color_scheme="dark")
    assert chrome.axe(axe, ["color-contrast"]) == []


def test_every_page_fits_a_phone_and_sets_its_formulas(
    site: Path, pages: dict[str, Page], chrome: Reader
) -> None:
    chrome.page.set_viewport_size(PHONE)
    wide = {}
    for name in pages:
        chrome.open(site / name)
        if found := chrome.page.evaluate(STICKS_OUT):
            wide[name] = found
        assert chrome.failed == [], name
        assert all(address.startswith(site.as_uri()) for address in chrome.asked), chrome.asked
        formulas = chrome.page.evaluate(FORMULAS)
        assert [said for count, wrong, said in formulas if count != 1 or wrong] == [], name
    assert wide == {}


def test_search_finds_a_word(site: Path, chrome: Reader) -> None:
    chrome.page.set_viewport_size(DESKTOP)
    chrome.open(site / "index.html")
    chrome.page.fill("input.sidebar-search", "Cauchy")
    chrome.page.press("input.sidebar-search", "Enter")
    result = chrome.page.locator("#search-results li a")
    result.first.wait_for()
    found = [link.get_attribute("href") for link in result.all()]
    assert any("01-population-risk/theory.html" in link for link in found)
    assert all(address.startswith(site.as_uri()) for address in chrome.asked)
