"""Take the life out of what students write, before it is shown in a browser.

Used for feedback pages, and by the formgrader through the course folder's ``nbgrader_config.py``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import bleach  # type: ignore[import-untyped]
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from grader import nb
from grader.nb import NotebookNode

__all__ = ["clean_markdown", "still_outputs"]

TAGS = frozenset(
    "a abbr b blockquote br code del details div em h1 h2 h3 h4 h5 h6 hr i img li ol p pre s span "
    "strong sub summary sup table tbody td th thead tr ul".split()
)
CLASSES = {"div", "span", "pre", "code", "td", "th", "table"}
LINK = re.compile(r"(https?://|#|[\w./-]+\.ipynb(#|$))", re.ASCII)
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "a":
        return (name == "href" and bool(LINK.match(value))) or name == "title"
    if tag == "img":
        return (name == "src" and bool(PICTURE.fullmatch(value))) or name == "alt"
    if name in ("id", "style"):
        return False
    return name == "class" and tag in CLASSES


def clean_markdown(source: str) -> str:
    """Render Markdown to HTML that can't run anything or load anything.

    Parameters
    ----------
    source
        Whatever a student wrote; raw HTML in it is kept where it is mere formatting and shown as
        text otherwise.
    """
    renderer = IPythonRenderer(escape=False, anchor_link_text="¶", exclude_anchor_links=True)
    html = MarkdownWithMath(renderer=renderer).render(source)
    clean: str = bleach.clean(
        html, tags=TAGS, attributes=_allowed, protocols=("http", "https", "data"), strip=False
    )
    return clean


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
