"""What students write, with the life taken out of it."""

from __future__ import annotations

import pytest

from grader import nb
from grader.sanitise import clean_markdown, plain, still_outputs

MARKDOWN = {
    "<script>alert(1)</script>": "<script",
    '<img src=x onerror="alert(1)">': "onerror",
    "[x](javascript:alert(1))": "javascript:",
    "[x](JaVaScRiPt:alert(1))": "cript:",
    '<a href="data:text/html;base64,PHN2Zz4=">x</a>': "href",
    "![x](https://example.org/seen.png)": "src",
    "![x](attachment:seen.png)": "src",
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">': "src",
    "<iframe src=https://example.org></iframe>": "<iframe",
    "<style>body{display:none}</style>": "<style",
    '<p style="position:fixed">x</p>': "style",
    '<form action="https://example.org"><input></form>': "<form",
    "$<img src=x onerror=alert(1)>$": "<img",
    "```html\n<script>\n```": "<script",
    "&#x202e;x": "\u202e",
    "![$x$](data:image/png;base64,aGVsbG8=)": "alt=<math",
}


def keep(source: str, block: bool) -> str:
    return "<math></math>"


@pytest.mark.parametrize("source", MARKDOWN)
def test_markdown_is_not_live(source: str) -> None:
    assert MARKDOWN[source] not in clean_markdown(source)
    made = clean_markdown(source, keep)
    assert MARKDOWN[source] not in made.replace('"', "")


def test_markdown_still_looks_like_something() -> None:
    source = "## Two\n\n**b** $a<b$ `c` [d](https://example.org)\n\n| e |\n|---|\n| 1 |\n"
    whole = clean_markdown(source)
    for part in ("<h2>Two", "<strong>b</strong>", "$a&lt;b$", "<code>c</code>", "<td>1</td>"):
        assert part in whole
    assert '<a href="https://example.org">d</a>' in whole


@pytest.mark.parametrize("also", ["", " [far](https://example.org)", " <b>raw</b>"])
def test_markdown_as_a_part_of_a_page(also: str) -> None:
    source = f"# One\n\n$x$ `$y$` [near](theory.ipynb#1) \ue0000\ue001 &#xe000;0&#xe001;{also}"
    whole = clean_markdown(source, lambda tex, block: f"<math>{tex}</math>")
    assert '<p class="heading">One</p>' in whole and "<code>$y$</code>" in whole
    assert "theory.ipynb" not in whole and " near " in whole and "<math>x</math>" in whole
    assert ('rel="noreferrer noopener"' in whole) == ("far" in also)


def test_a_character_that_steers_is_written_out() -> None:
    assert plain("a\u202eb\x00\x1b[1mc\u2066") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+2066⟩"
    assert plain("two\r\nlines\tof\nשלום") == "two\nlines\tof\nשלום"


def test_only_text_and_bitmaps_are_left_of_outputs() -> None:
    png = {"image/png": "aGVsbG8=", "text/plain": "a figure"}
    told = {"image/png": {"alt": "A falling line."}}
    cell = nb.cell("code", "")
    cell.outputs = [
        nb.output("display_data", data=png, metadata=told),
        nb.output("display_data", data={"image/png": '"><script>', "text/plain": "not one"}),
        nb.output("display_data", data={"text/html": "<b>", "application/javascript": "x"}),
    ]
    first, second = still_outputs(cell)
    assert first.data == {"image/png": "aGVsbG8="} and first.metadata == told
    assert second.data == {"text/plain": "not one"}
