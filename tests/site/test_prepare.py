"""What Sphinx gets: notebooks and documents made ready, and what the site's own pages list."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.cli import main
from grader.layout import ROOT, GraderError, Repository
from grader.site import build, catalogue, documents, packages
from grader.site.extension import notebook_bar
from grader.site.notebooks import prepared, source
from tests.grader.conftest import HIDDEN, SLUG, make_repository

PICTURE = {"image/png": "iVBORw0KGgo=", "text/plain": "Figure: a & b\n[y against x]\n  a: 3 < 4"}


def book(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def text(said: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "t", "metadata": {}, "source": said}


def code(said: str, *outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    made = {"cell_type": "code", "id": "c", "metadata": metadata, "source": said}
    return made | {"outputs": list(outputs), "execution_count": None}


def picture(alt: str, plain: str = PICTURE["text/plain"]) -> dict[str, Any]:
    data = PICTURE | {"text/plain": plain}
    return {"output_type": "display_data", "data": data, "metadata": {"image/png": {"alt": alt}}}


def test_a_hint_on_one_line_keeps_its_formula_and_its_link() -> None:
    hint = (
        '<details><summary>Hint</summary>Is $a<b$ & 5 %? See <a href="theory.ipynb#4.-X">§4</a>.'
        "</details>"
    )
    (cell,) = prepared(book(text(f"Before $x$.\n\n{hint}")))["cells"]
    made = source(cell)
    assert made.startswith("Before $x$.\n\n<details>")
    assert '<span class="math notranslate nohighlight">\\(a&lt;b\\)</span> & 5 %' in made
    assert 'href="theory.html#4.-X"' in made


def test_a_hint_in_markdown_stays_markdown() -> None:
    hint = "<details><summary>Hint</summary>\n\nTake $a$ and `b`.\n</details>"
    assert source(prepared(book(text(hint)))["cells"][0]) == hint


def test_alt_text_and_data_stand_beside_a_picture() -> None:
    (cell,) = prepared(book(code("draw()", picture("What\n is drawn."))))["cells"]
    assert cell["metadata"]["mystnb"]["image"] == {"alt": "What is drawn."}
    beside = cell["outputs"][1]["data"]["text/html"]
    assert "[y against x]\n  a: 3 &lt; 4" in beside and "Figure:" not in beside
    assert "widget-note" not in beside


def test_each_of_two_pictures_has_its_own_alt_text() -> None:
    said = {"output_type": "stream", "name": "stdout", "text": "end\n"}
    cells = prepared(book(code("draw()", picture("One."), picture("Two."), said)))["cells"]
    alts = [cell["metadata"]["mystnb"]["image"]["alt"] for cell in cells]
    assert alts == ["One.", "Two."]
    assert [source(cell) for cell in cells] == ["draw()", ""]
    assert "remove-input" in cells[1]["metadata"]["tags"] and said in cells[1]["outputs"]
    assert len({cell["id"] for cell in cells}) == 2


def test_a_widget_says_where_it_moves_and_what_its_goal_is() -> None:
    plain = "Widget: a curve.\nGoal: get under 0.1 & stay.\nat 0.3\n[y against x]\n  a: 1"
    (cell,) = prepared(book(code("Explorer()", picture("A curve.", plain))))["cells"]
    made = cell["outputs"][1]["data"]["text/html"]
    assert "moves in the notebook" in made and "</strong> get under 0.1 &amp; stay." in made
    assert made.count("Goal") == 1


def test_an_outcome_is_folded_until_it_was_guessed() -> None:
    said = {"output_type": "stream", "name": "stdout", "text": "→ (a)\n"}
    cells = prepared(book(code("predictions.reveal(\n)", said), code("x = 1", said)))["cells"]
    assert ["hide-output" in cell["metadata"]["tags"] for cell in cells] == [True, False]


def test_a_hidden_source_stays_hidden_and_the_notebook_as_it_was() -> None:
    given = book(code("x = 1", jupyter={"source_hidden": True}))
    before = json.dumps(given)
    (cell, below) = prepared(given, ["exercises"])["cells"]
    assert cell["metadata"]["tags"] == ["hide-input"]
    assert "```{toctree}\n:hidden:\n\nexercises\n```" in source(below)
    assert json.dumps(given) == before


def test_a_document_begins_with_its_title_and_links_within_the_site() -> None:
    made = documents.prepared(
        "## Two\n\n[a](security.md#x), [b](../notebooks/01-a/theory.ipynb), [c](../grader/cli.py), "
        "[d](#here)\n\n```\n## no heading [a](b)\n```\n\n### Three\n",
        "docs",
        ["docs/security.md", "notebooks/01-a/theory.ipynb"],
    )
    assert made == (
        "# Two\n\n[a](security.md#x), [b](../01-a/theory.ipynb), c, "
        "[d](#here)\n\n```\n## no heading [a](b)\n```\n\n## Three\n"
    )


def test_the_catalogue_has_what_the_notebooks_list() -> None:
    found = catalogue.catalogue(Repository(ROOT))
    assert [section.slug for section in found.sections] == Repository(ROOT).sections()
    assert len(found.subsections) == 40
    assert all("](#" not in cell for row in found.subsections for cell in row)
    assert len(found.cards) >= 23
    assert all(card.identity and card.failure and card.owner for card in found.cards)
    numbers = [section.number for section in found.sections]
    assert [chapter.number for chapter in found.chapters] == numbers[: len(found.chapters)]
    assert found.sections[5].builds_on == ["02", "03", "05"] and not found.sections[0].builds_on
    assert found.picture.startswith(b"\x89PNG") and found.alt and found.caption


def test_a_section_without_a_row_is_listed_too(tmp_path: Path) -> None:
    notebooks = tmp_path / "notebooks" / "12-new"
    notebooks.mkdir(parents=True)
    theory = book(text("# 12 · A new topic"), text("As section 03 and section 13 say."))
    (notebooks / "theory.ipynb").write_text(json.dumps(theory))
    section = catalogue._unlisted(tmp_path / "notebooks", "12-new")
    assert (section.slug, section.title, section.builds_on) == ("12-new", "A new topic", ["03"])
    assert section.level == section.question == ""


def test_a_start_page_without_its_table_is_named() -> None:
    with pytest.raises(GraderError, match=r"00-start-here\.ipynb.*'The ten sections'"):
        catalogue.table(book(text("## The ten sections\n\nNone.")), "The ten sections")


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("[1, 2]")
    for name in ("x.ipynb", "y.ipynb"):
        with pytest.raises(GraderError, match=rf"{name}: missing or no notebook"):
            catalogue.read(tmp_path / name)


def test_the_bar_leads_to_the_notebook_and_its_partner() -> None:
    assert notebook_bar("01-a/theory").count("<a ") == 2
    assert 'href="theory.ipynb" download' in notebook_bar("01-a/theory")
    assert 'href="theory.html"' in notebook_bar("01-a/exercises")
    assert 'href="cards.ipynb"' in notebook_bar("11-appendix/cards")


def test_a_hidden_line_on_a_page_stops_the_build(tmp_path: Path) -> None:
    repository = make_repository(tmp_path)
    made = tmp_path / "made"
    page = made / SLUG / "exercises.html"
    page.parent.mkdir(parents=True)
    (made / "searchindex.js").write_text("Search.setIndex({})")
    spans = re.sub(r"(\w+)", r'<span class="n">\1</span>', HIDDEN.replace("==", "&#61;&#61;"))
    for body, leaks in (("<pre>harmless</pre>", False), (f"<pre>{spans}\n</pre>", True)):
        page.write_text(f"<p>{body}</p>")
        if leaks:
            with pytest.raises(GraderError, match=r"exercises\.html: hidden test"):
                build._refuse_leaks(repository, made, [page])
        else:
            build._refuse_leaks(repository, made, [page])


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    repository = make_repository(tmp_path / "repository")
    assert main(["site", "-o", str(tmp_path)], repository) == 1
    assert "holds something else than a site" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def lock_in(root: Path) -> Repository:
    (root / "site").mkdir()
    for name in packages.LOCKED:
        shutil.copy(ROOT / "site" / name, root / "site")
    return Repository(root)


def test_without_npm_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraderError, match="apt-get install npm"):
        packages.fetch(lock_in(tmp_path))


def test_npm_is_asked_once_and_again_after_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = lock_in(tmp_path)
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho called >> ../../calls\necho 'no such package' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    with pytest.raises(GraderError, match=r"'npm ci' failed.*\nno such package"):
        packages.fetch(repository)
    npm.write_text("#!/bin/sh\necho called >> ../../calls\nmkdir -p node_modules\n")
    for _ in range(2):
        assert packages.fetch(repository).is_dir()
    assert (tmp_path / "calls").read_text().count("called") == 2
    with (tmp_path / "site" / "package.json").open("a") as file:
        file.write("\n")
    packages.fetch(repository)
    assert (tmp_path / "calls").read_text().count("called") == 3


def test_the_lock_names_versions_and_hashes_and_no_host() -> None:
    text = (ROOT / "site" / "package-lock.json").read_text()
    assert "resolved" not in text and "://" not in text
    wanted = json.loads((ROOT / "site" / "package.json").read_text())
    locked = json.loads(text)["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        found = locked.pop(f"node_modules/{name}")
        assert found["version"] == version and found["integrity"].startswith("sha512-")
    assert list(locked) == [""]


def test_the_workflow_publishes_what_make_site_writes() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
    steps = workflow["jobs"]["build"]["steps"]
    assert {"run": "make site"} in steps
    assert [step["with"]["path"] for step in steps if "artifact" in step.get("uses", "")] == [
        "dist/site"
    ]
    assert "npm" in (ROOT / ".ci" / "run").read_text()
