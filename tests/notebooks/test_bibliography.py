"""Every citation has an entry in the bibliography, and every entry is cited."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notebooks import inventory as inv
from tests.notebooks.citations import Citation, citations, cited, entries

BIBLIOGRAPHY = inv.ROOT / "notebooks" / "11-appendix" / "bibliography.ipynb"
CITING = [path for path in inv.EVERY if path != BIBLIOGRAPHY]
SECTIONS = 10

citing = pytest.mark.parametrize("path", CITING, ids=inv.name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("after Chung 1954.", ["Chung 1954"]),
        ("Robbins & Monro (1951) find", ["Robbins & Monro 1951"]),
        (r"\text{(SVRG; Johnson \& Zhang 2013)}", ["Johnson & Zhang 2013"]),
        ("Bottou, Curtis & Nocedal (2018; BCN)", ["Bottou, Curtis & Nocedal 2018"]),
        ("(2008; Bottou, Curtis\n& Nocedal 2018, eq. 4)", ["Bottou, Curtis & Nocedal 2018"]),
        ("Schmidt, Le Roux & Bach 2017", ["Schmidt, Le Roux & Bach 2017"]),
        ("Defazio, Bach & Lacoste-Julien 2014", ["Defazio, Bach & Lacoste-Julien 2014"]),
        ("Kovalev, Horváth & Richtárik 2020", ["Kovalev, Horváth & Richtárik 2020"]),
        ("Goyal et al. (2017, read)", ["Goyal et al. 2017"]),
        ("Dr. GRPO, Liu et al. 2025), x", ["Liu et al. 2025"]),
        ("Karimireddy et al. 2019, 2020.", ["Karimireddy et al. 2019", "Karimireddy et al. 2020"]),
        ("Sacks 1958, Fabian 1968", ["Sacks 1958", "Fabian 1968"]),
        ("McCandlish et al. (2018)", ["McCandlish et al. 2018"]),
        ("In October 2024 Unsloth", []),
        ("models of 2024–2026, GRPO 2024", []),
        ("Since 2019 and In 2013", []),
        ("noise scale of 2000? There", []),
        ("Over 2000 runs, Adam 2000.5", []),
        ("`Chung 1954` in code", []),
    ],
)
def test_what_is_a_citation(text: str, found: list[str]) -> None:
    assert [hit.text for hit in citations(text)] == found


def authors(heading: str) -> list[str]:
    """Names in the heading of an entry; "et al." stands for two or more."""
    who = re.sub(r" \d{4}$", "", heading)
    return [who.removesuffix(" et al."), "", ""] if "et al." in who else re.split(r", | & ", who)


def fits(hit: Citation, heading: str) -> bool:
    """Whether a citation has the form that its entry asks for: one or two names, or "et al."."""
    if hit.text == heading:
        return True
    return len(authors(heading)) > 2 and hit.text == f"{hit.first} et al. {hit.year}"


@citing
def test_every_citation_has_an_entry(path: Path) -> None:
    headings = {citations(heading)[0].work: heading for heading in entries(BIBLIOGRAPHY)[0]}
    missing = sorted({hit.text for hit in cited(path) if hit.work not in headings})
    assert not missing, f"no entry in the bibliography for {missing}"
    unlike = sorted({h.text for h in cited(path) if not fits(h, headings[h.work])})
    assert not unlike, f"cited in another form than the bibliography's: {unlike}"


@pytest.mark.skipif(len(inv.THEORY) < SECTIONS, reason="a section that cites is not here yet")
def test_every_entry_is_cited() -> None:
    works, named = entries(BIBLIOGRAPHY)
    found = {hit.work for path in CITING for hit in cited(path)}
    idle = [heading for heading in works if citations(heading)[0].work not in found]
    text = "\n".join(c.source for path in CITING for _, c in inv.cells(path, "markdown"))
    idle += [name for name in named if not re.search(rf"\b{re.escape(name)}\b", text)]
    assert not idle, f"in the bibliography, and cited nowhere: {idle}"


def test_entries_are_in_order_and_complete() -> None:
    works, named = entries(BIBLIOGRAPHY)
    assert len(works) > 40 and len(named) >= 5
    for group in (works, named):
        assert list(group) == sorted(group, key=str.casefold), "entries in alphabetical order"
    for heading, text in (works | named).items():
        assert heading in named or len(citations(heading)) == 1, f"{heading}: not author and year"
        assert len(text.split()) >= 5, f"{heading}: title, place"
        assert re.search(r"\*Cited for\* .+\.\s+\*In\* .+\.", text), f"{heading}: for what, where"


def test_entries_say_where_they_are_cited() -> None:
    """Every section that an entry names cites it; a section may cite what doesn't name it."""
    here: dict[str, list[Path]] = {}
    for path in CITING:
        here.setdefault(path.stem[:2] if path in inv.START else path.parent.name[:2], []).append(
            path
        )
    for heading, text in entries(BIBLIOGRAPHY)[0].items():
        work = citations(heading)[0].work
        for number in re.findall(r"\b\d\d\b", text.rpartition("*In*")[2]):
            homes = here.get(number, [])
            if any(path in inv.THEORY + inv.START + inv.APPENDIX for path in homes):
                there = {hit.work for path in homes for hit in cited(path)}
                assert work in there, f"{heading}: section {number} doesn't cite it"
