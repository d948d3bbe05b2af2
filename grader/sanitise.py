"""Take the life out of what students write, before it is shown in a browser.

Used for feedback pages, and by the formgrader through the course folder's ``nbgrader_config.py``.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import bleach  # type: ignore[import-untyped]
from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from grader import nb
from grader.nb import NotebookNode

__all__ = ["clean_markdown", "plain", "still_outputs"]

TAGS = frozenset(
    "a abbr b blockquote br code del details div em h1 h2 h3 h4 h5 h6 hr i img li ol p pre s span "
    "strong sub summary sup table tbody td th thead tr ul".split()
)
CLASSES = {"div", "span", "pre", "code", "td", "th", "table"}
LINK = re.compile(r"(https?://|#|[\w./-]+\.ipynb(#|$))", re.ASCII)
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")


# Formulas wait between these two, of which no text needs any, until the rest has been cleaned.
OPEN, CLOSE = "\ue000", "\ue001"
HELD = re.compile(f"{OPEN}(\\d+){CLOSE}")

# What turns the direction of writing, and what a terminal would obey.
STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff]"
)
ENTITY = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|lrm|rlm);?")
HEADING = re.compile("h[1-6]")
NOT_BARE = re.compile(
    r"<(?!/?(?:p|strong|em|ul|ol|li|h[1-6]|code|pre|blockquote|del|table|thead|tbody|tr|th|td)>)"
)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """Return a text whose characters all stand for themselves.

    Those that change the direction of what follows, or that control something, are written as
    their code in angle brackets; the colours of a terminal are dropped.
    """
    text = COLOURS.sub("", text.replace("\r\n", "\n"))
    return STEERING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def _entity(found: re.Match[str]) -> str:
    meant = html.unescape(found[0])
    return plain(meant) if STEERING.search(meant) else found[0]


def _allowed(tag: str, name: str, value: str) -> bool:
    if OPEN in value:
        return False
    if tag == "a":
        return (name == "href" and bool(LINK.match(value))) or name == "title"
    if tag == "img":
        return (name == "src" and bool(PICTURE.fullmatch(value))) or name == "alt"
    if name in ("id", "style"):
        return False
    return name == "class" and tag in CLASSES


class _Renderer(IPythonRenderer):
    """Jupyter's renderer, but no part of it depends on what a cell names."""

    math: Callable[[str, bool], str] | None = None

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)  # type: ignore[no-untyped-call]
        self.held: list[str] = []
        self.raw = False

    def block_code(self, code: str, info: str | None = None) -> str:
        return HTMLRenderer.block_code(self, code)

    def block_html(self, html: str) -> str:
        self.raw = True
        return str(super().block_html(html))

    def inline_html(self, html: str) -> str:
        self.raw = True
        return str(super().inline_html(html))

    def _embed_image_or_attachment(self, src: str) -> str:
        return src

    def hold(self, body: str, block: bool, otherwise: str) -> str:
        if self.math is None:
            return otherwise
        self.held.append(self.math(body, block))
        return f"{OPEN}{len(self.held) - 1}{CLOSE}"

    def inline_math(self, body: str) -> str:
        return self.hold(body, False, super().inline_math(body))

    def block_math(self, body: str) -> str:
        return self.hold(body, True, super().block_math(body))

    def latex_environment(self, name: str, body: str) -> str:
        whole = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return self.hold(whole, True, super().latex_environment(name, body))


class _PartOfPage(Filter):  # type: ignore[misc]
    """Fits clean HTML into a page of its own.

    The page has its own headings, and is opened elsewhere: links within the course lead nowhere.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]:
        dead = False
        for token in super().__iter__():
            name, data = token.get("name"), token.get("data")
            start = token["type"] in ("StartTag", "EmptyTag")
            if name == "a":
                if start:
                    dead = not str(data.get((None, "href"), "")).startswith(("http://", "https://"))
                    data[(None, "rel")] = "noreferrer noopener"
                if dead:
                    continue
            elif name == "img" and start:
                data.setdefault((None, "alt"), "")
            elif HEADING.fullmatch(name or ""):
                token["name"] = "p"
                if start:
                    data[(None, "class")] = "heading"
            yield token


@cache
def _tools() -> tuple[_Renderer, MarkdownWithMath]:
    renderer = _Renderer()
    return renderer, MarkdownWithMath(renderer=renderer)


@cache
def _cleaner(*filters: type) -> Any:
    return bleach.Cleaner(
        tags=TAGS,
        attributes=_allowed,
        protocols=("http", "https", "data"),
        strip=False,
        filters=filters,
    )


def clean_markdown(source: str, math: Callable[[str, bool], str] | None = None) -> str:
    """Render Markdown to HTML that can't run anything or load anything.

    Parameters
    ----------
    source
        Whatever a student wrote; raw HTML in it is kept where it is mere formatting and shown as
        text otherwise.
    math
        What makes HTML of LaTeX, given whether it stands on a line of its own; its result is
        trusted, and the whole becomes part of a page that has headings already. Without it
        formulas stay between dollars, for MathJax.
    """
    renderer, markdown = _tools()
    cleaner = _cleaner(_PartOfPage) if math else _cleaner()
    renderer.math, renderer.held, renderer.raw = math, [], False
    clean = markdown.render(plain(source).replace(OPEN, "").replace(CLOSE, ""))
    if math and not renderer.raw and not NOT_BARE.search(clean):
        # Markdown alone, and of it nothing but tags without attributes: there is no need to parse.
        clean = re.sub("<h[1-6]>", '<p class="heading">', re.sub("</h[1-6]>", "</p>", clean))
    else:
        clean = cleaner.clean(clean)
    clean = plain(ENTITY.sub(_entity, clean))
    held = dict(enumerate(renderer.held))
    return HELD.sub(lambda found: held.get(int(found[1]), ""), clean) if math else clean


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def still_outputs(cell: NotebookNode, tracebacks: bool = False) -> list[NotebookNode]:
    """Return a cell's outputs as text and bitmaps, everything that could run left out.

    Parameters
    ----------
    cell
        A code cell; it is not changed.
    tracebacks
        Keep errors whole instead of their last line. Tracebacks quote the tests.
    """
    kept = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            kept.append(nb.output("stream", name=output.name, text=output.text))
        elif output.output_type == "error" and tracebacks:
            kept.append(output)
        elif output.output_type == "error":
            kept.append(nb.output("stream", name="stderr", text=last_line(output)))
        else:
            data, metadata = _still(output)
            if data:
                kept.append(nb.output("display_data", data=data, metadata=metadata))
    return kept


def last_line(output: Any) -> str:
    """Return an error without the traceback, which would quote the tests."""
    message = " ".join(str(output.get("evalue", "")).split())
    return f"{output.get('ename', 'Error')}: {message}".rstrip(": ")


def _still(output: NotebookNode) -> tuple[dict[str, str], dict[str, Any]]:
    for kind in ("image/png", "image/jpeg"):
        picture = output.data.get(kind)
        if isinstance(picture, str) and _is_base64(picture):
            alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
            return {kind: picture}, {kind: {"alt": str(alt) or "a figure"}}
    text = output.data.get("text/plain")
    return ({"text/plain": text}, {}) if isinstance(text, str) else ({}, {})
