"""The appendix has one card for each topic, ten mistakes and the checklists of the map."""

from __future__ import annotations

import re

import pytest

from tests.notebooks import inventory as inv

CARDS, MISTAKES = (
    inv.ROOT / "notebooks" / "11-appendix" / f"{n}.ipynb" for n in ("cards", "mistakes")
)
TOPICS = {
    "01": ["Stochastic objective", "Empirical risk", "Population risk"],
    "02": [
        "Unbiased gradient oracle",
        "Minibatch estimator",
        "Gradient variance",
        "Control variates",
    ],
    "03": ["Batch-size scaling", "Critical batch size"],
    "04": ["Robbins–Monro schedule", "SGD convergence"],
    "05": ["Strongly convex SGD", "Nonconvex SGD"],
    "06": ["Gradient noise scale", "LLM pretraining noise"],
    "07": ["SVRG", "SAGA"],
    "08": ["Polyak averaging"],
    "09": ["Gradient accumulation", "Distributed SGD"],
    "10": ["Local SGD", "Federated averaging", "Communication compression"],
}
PARTS = ("Assumption", "Identity", "Derivation", "Log", "Healthy", "Failure", "Owner")


def cards() -> dict[str, tuple[str, str]]:
    """Section and text of each card, by its heading."""
    found, section = {}, ""
    for _, cell in inv.cells(CARDS, "markdown"):
        if head := re.search(r"^## (\d\d) · ", cell.source, flags=re.M):
            section = head[1]
        if "**Derivation card**" in cell.source:
            titles = re.findall(r"^### (.+)$", cell.source, flags=re.M)
            assert len(titles) == 1, f"one card a cell: {titles}"
            assert titles[0] not in found, f"two cards for {titles[0]}"
            found[titles[0]] = section, cell.source
    return found


def test_one_card_for_each_topic() -> None:
    assert sum(map(len, TOPICS.values())) == 23
    there: dict[str, list[str]] = {}
    for title, (section, _) in cards().items():
        there.setdefault(section, []).append(title)
    assert there == TOPICS


@pytest.mark.parametrize("topic", [topic for topics in TOPICS.values() for topic in topics])
def test_a_card_is_complete(topic: str) -> None:
    section, source = cards()[topic]
    assert re.findall(r"^\*\*(.+?)\*\*$", source, flags=re.M) == [
        "Derivation card",
        "Diagnostic card",
    ]
    parts = dict(re.findall(r"^- \*(\w+)\*: (.+)$", source, flags=re.M))
    assert tuple(parts) == PARTS, "every part, in this order, each with a text"
    assert "$" in parts["Identity"], "an identity is a formula"
    assert re.search(r"\([A-Za-z]\w*[^()]*\)", parts["Derivation"]), "a step names its assumption"
    links = re.findall(r"\]\((\.\./(\d\d)-[\w-]+/theory\.ipynb)#([^)\s]+)\)", parts["Owner"])
    assert links and all(number == section for _, number, _ in links), "the owner is its section"
    for file, _, anchor in links:
        path = (CARDS.parent / file).resolve()
        if len(inv.THEORY) == len(TOPICS) or path.exists():
            assert anchor in inv.anchors(path), f"no heading {anchor!r} in {file}"
    index = inv.cells(CARDS, "markdown")[0][1].source
    assert f"](#{topic.replace(' ', '-')})" in index, "a link in the index at the top"


def test_ten_mistakes_each_shown() -> None:
    mistakes: dict[str, dict[str, int]] = {}
    title = ""
    for cell in inv.read(MISTAKES).cells:
        if head := re.search(r"^## (\d+\. .+)$", cell.source, flags=re.M):
            title = head[1]
            mistakes[title] = {"belief": 0, "shown": 0, "log": 0}
        if title:
            mistakes[title]["belief"] += "**The belief.**" in cell.source
            shown = cell.cell_type == "code" and re.search(
                r"compare\(|figures\.show\(", cell.source
            )
            mistakes[title]["shown"] += bool(shown)
            mistakes[title]["log"] += "> **In your training log**" in cell.source
    assert [int(name.split(".")[0]) for name in mistakes] == list(range(1, 11))
    for name, has in mistakes.items():
        assert has["belief"] == 1 and has["shown"] >= 1 and has["log"] == 1, f"{name}: {has}"
