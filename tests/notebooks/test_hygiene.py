"""What every notebook of the course keeps to, whichever section it belongs to."""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from tests.notebooks import inventory as inv

TEN = [
    "1. Why it matters",
    "2. Definition",
    "3. The key identity",
    "4. Geometry and guarantees",
    "5. Dynamics",
    "6. Variants and numerical stability",
    "7. Play",
    "8. In a real training run",
    "9. In a framework",
    "10. Summary card, scope boundary, sources, next",
]
STRUCK = (
    r"simply|obviously|clearly|just|powerful|crucial|delves?|leverag\w+|seamless\w*"
    r"|it is important to note"
)
BOXES = {"Definition", "Identity", "Warning", "In your training log"}

every = pytest.mark.parametrize("path", inv.EVERY, ids=inv.name)
executed = pytest.mark.parametrize("path", inv.EXECUTED, ids=inv.name)
theory = pytest.mark.parametrize("path", inv.THEORY, ids=inv.name)
appendix = pytest.mark.parametrize("path", inv.APPENDIX, ids=inv.name)
written = executed


def test_there_is_something_to_check() -> None:
    assert inv.START[0].exists()
    assert len(inv.THEORY) == len(inv.MASTERS) == len(inv.STUDENT) >= 2
    assert [path.stem for path in inv.APPENDIX] == ["bibliography", "cards", "mistakes"]


@every
def test_kernel_and_section(path: Path) -> None:
    metadata = inv.read(path).metadata
    assert metadata.kernelspec.name == "python3"
    if path.parent.name != "notebooks":
        assert metadata.course.section == path.parent.name
    assert "widgets" not in metadata, "live widget state means nothing without its kernel"


@every
def test_headings_never_skip_a_level(path: Path) -> None:
    levels = [level for level, _ in inv.headings(path)]
    assert levels[0] == 1 and levels.count(1) == 1, "one H1, at the top"
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1, f"{inv.headings(path)}"
    titles = [title for _, title in inv.headings(path)]
    assert len(titles) == len(set(titles)), "two headings with one anchor"


@theory
def test_the_ten_headings(path: Path) -> None:
    assert [title for level, title in inv.headings(path) if level == 2] == TEN


@theory
def test_length_budget(path: Path) -> None:
    assert 30 <= len(inv.read(path).cells) <= 45
    within_budget(path, most_words=120)


@appendix
def test_length_budget_of_the_appendix(path: Path) -> None:
    # A bibliography is as long as it is. A card or a checklist is looked up, not read in a row.
    if path.stem != "bibliography":
        assert len(inv.read(path).cells) <= 45
        within_budget(path, most_words={"cards": 150, "mistakes": 120}[path.stem])


def within_budget(path: Path, most_words: int) -> None:
    """Fail if a text cell or a code cell of a notebook is too long."""
    for i, cell in inv.cells(path, "markdown"):
        words = len(inv.prose(cell.source).split())
        assert words <= most_words, f"cell {i}: {words} words"
    for i, cell in inv.cells(path, "code"):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 20, f"cell {i}: {len(lines)} lines of code"


@theory
def test_predictions_widget_and_comparisons(path: Path) -> None:
    sources = [cell.source for _, cell in inv.cells(path, "code")]
    assert sum('prediction = "…"' in source for source in sources) >= 3, "three predictions"
    assert sum("predictions.reveal(" in source for source in sources) >= 3, "three reveals"
    assert sum("compare(" in source for source in sources) >= 3, "claims end in a comparison"
    assert sum("Explorer(" in source for source in sources) == 1, "one widget"


@written
def test_plain_words(path: Path) -> None:
    for i, cell in inv.cells(path, "markdown"):
        found = re.findall(rf"\b(?:{STRUCK})\b", inv.prose(cell.source), flags=re.I)
        assert not found, f"cell {i}: {found}"
        for box in re.findall(r"^> \*\*([^*]+?)\.?\*\*", cell.source, flags=re.M):
            assert any(box.startswith(known) for known in BOXES), f"cell {i}: box {box!r}"


def test_no_sentence_stands_in_two_theory_notebooks() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for path in [*inv.THEORY, *inv.APPENDIX]:
        for _, cell in inv.cells(path, "markdown"):
            text = re.sub(r"\s+", " ", inv.prose(cell.source))
            for sentence in re.split(r"(?<=[.?!])\s", text):
                if len(sentence) >= 60:
                    homes[sentence].add(inv.name(path))
    assert not {s: sorted(where) for s, where in homes.items() if len(where) > 1}


@written
def test_random_numbers_are_seeded(path: Path) -> None:
    for i, cell in inv.cells(path, "code"):
        legacy = re.findall(r"np\.random\.(?!default_rng|Generator|SeedSequence)\w+", cell.source)
        assert not legacy, f"cell {i}: {legacy}"
        assert "default_rng()" not in cell.source, f"cell {i}: default_rng needs a seed"


@executed
def test_outputs_are_there_and_quiet(path: Path) -> None:
    counts = []
    for i, cell in inv.cells(path, "code"):
        counts.append(cell.execution_count)
        for output in cell.outputs:
            assert output.output_type != "error", f"cell {i} raised"
            assert output.get("name") != "stderr", f"cell {i} wrote to stderr"
            assert "Warning" not in json.dumps(output.get("text", "")), f"cell {i} warned"
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
    assert counts == list(range(1, len(counts) + 1)), "run the whole notebook once, in order"


@executed
def test_every_picture_has_alt_text_and_data(path: Path) -> None:
    for i, cell in inv.cells(path, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            assert not {"image/jpeg", "image/svg+xml"} & set(data), f"cell {i}: show PNG"
            if "image/png" in data:
                alt = output.metadata.get("image/png", {}).get("alt", "")
                assert len(alt.split()) >= 8, f"cell {i}: alt text"
                assert " points, x in [" in data["text/plain"], f"cell {i}: no data summary"
    for i, cell in inv.cells(path, "markdown"):
        assert "![](" not in cell.source, f"cell {i}: picture without alt text"


@theory
def test_every_theory_notebook_has_figures(path: Path) -> None:
    pictures = sum(
        "image/png" in output.get("data", {})
        for _, cell in inv.cells(path, "code")
        for output in cell.outputs
    )
    assert pictures >= 4


def _machine() -> re.Pattern[str]:
    """What belongs to this machine alone, found out when the test runs."""
    own = {f"{Path.home()}/", f"{inv.ROOT}/", f"{sys.prefix}/"}
    if len(socket.gethostname()) > 4:  # shorter ones are words
        own.add(socket.gethostname())
    own |= {f"{tempfile.gettempdir()}/", os.environ.get("USER", "") + "@"}
    own -= {"//", "/", "@", "", "localhost"}
    general = r"/(?:home|Users|root|opt|tmp)/\w|[A-Z]:\\\\|site-packages|localhost|127\.0\.0\.1"
    registries = r"//[\w.-]*(?:pypi|npmjs|conda|registry)[\w.-]*"
    return re.compile("|".join([*map(re.escape, own), general, registries]))


@every
def test_nothing_of_this_machine(path: Path) -> None:
    for i, cell in enumerate(inv.read(path).cells):
        text = cell.source + json.dumps(cell.get("outputs", []))
        text = re.sub(r'"image/png": "[^"]*"', "", text)
        assert not (found := _machine().findall(text)), f"cell {i}: {found}"


@every
def test_links_lead_somewhere(path: Path) -> None:
    for i, cell in inv.cells(path, "markdown"):
        text = re.sub(r"`[^`\n]*`", "", cell.source)  # f[k](y) in code is no link
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?://", target):
                continue
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            if path in inv.MASTERS and file:  # its student version lies beside the theory
                there = (inv.ROOT / "notebooks" / path.parent.name / file).resolve()
            assert there.exists(), f"cell {i}: {target}"
            if anchor:
                assert anchor in inv.anchors(there), f"cell {i}: no heading {anchor!r} in {file}"


def test_the_start_page_says_how_long_each_section_takes() -> None:
    page = "\n".join(cell.source for _, cell in inv.cells(inv.START[0], "markdown"))
    total = [0, 0]
    for path in inv.THEORY:
        head = "".join(cell.source for _, cell in inv.cells(path, "markdown")[:3])
        table = inv.cells(path.with_name("exercises.ipynb"), "markdown")[:2]
        tasks = "".join(cell.source for _, cell in table)
        reading = re.search(r"(?:About|Allow) (\d+) minutes", head)
        solving = re.search(r"\| \**all\**[ |]*?(\d+) \|", tasks)
        assert reading and solving, path.parent.name
        times = int(reading[1]), int(solving[1])
        row = rf"{path.parent.name}/theory\.ipynb\) \| ★+ \| {times[0]} min \| {times[1]} min \|"
        assert re.search(row, page), f"{path.parent.name}: {times}"
        total = [a + b for a, b in zip(total, times, strict=True)]
    assert f"| {total[0]} min | {total[1]} min |" in page, total
