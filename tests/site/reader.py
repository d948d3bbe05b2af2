"""A reader in Chromium: what a page asks for, whether it fits, what axe-core says about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.lab import FLAGS

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
READY = "document.documentElement.dataset.ready === 'yes'"

# What is wider than the page and can't be scrolled by itself.
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const held = element => {
        // The theme's column around the article scrolls too: that would be the page.
        let box = element.parentElement;
        for (; !box.matches('article, footer'); box = box.parentElement)
            if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) return true;
        return false;
    };
    const found = [];
    if (document.documentElement.scrollWidth > width) found.push('the page itself');
    for (const element of document.querySelectorAll('article *, footer *')) {
        if (element.closest('mjx-assistive-mml') || element.closest('svg *')) continue;
        const {right, width: own} = element.getBoundingClientRect();
        if (own > 1 && right > width + 1 && !held(element))
            found.push(`${element.tagName}.${element.getAttribute('class')}: `
                + element.textContent.slice(0, 60));
    }
    return found.slice(0, 5);
}"""

FORMULAS = """() => [...document.querySelectorAll('article .math')].map(formula => [
    formula.querySelectorAll('mjx-container').length,
    formula.querySelectorAll('[data-mjx-error], [data-mml-node=merror], mjx-merror').length,
    formula.textContent.slice(0, 80),
])"""


class Reader:
    """One page of a browser that has no network; it notes every address that is asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: message.type == "error" and self.errors.append(message.text),
        )

    def open(self, path: Path, query: str = "") -> None:
        """Open a page of the site from the disk and wait until its formulas are set."""
        for noted in (self.asked, self.failed, self.errors):
            noted.clear()
        self.page.goto(f"{path.as_uri()}{query}")
        self.page.wait_for_function(READY)

    def axe(self, script: Path, rules: list[str] | None = None) -> list[str]:
        """Violations that axe-core calls serious or critical.

        Formulas are left out: their colour is the text's, and their MathML is MathJax's. So are
        all cells and cards but the first six, which are made like the rest: each coloured word
        costs time.
        """
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(script.read_text(encoding="utf-8") + "; undefined")
            self.page.evaluate(
                """() => {
                    for (const kind of ['div.cell', '.topic-card', '.topic-entry'])
                        for (const more of [...document.querySelectorAll(kind)].slice(6))
                            more.remove();
                }"""
            )
        found = self.page.evaluate(
            """rules => axe.run({exclude: ['mjx-container']}, {
                resultTypes: ['violations'],
                ...(rules ? {runOnly: rules} : {}),
            })""",
            rules,
        )
        return [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"][:3]
        ]


@contextmanager
def reader(executable: str) -> Iterator[Reader]:
    """Start headless Chromium, cut off from any network."""
    from playwright.sync_api import sync_playwright

    # Even a name can't be looked up: what asks for another host fails, and is noted.
    flags = [*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND"]
    flags += ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        context = browser.new_context(viewport=DESKTOP, offline=True)
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield Reader(page)
        browser.close()
