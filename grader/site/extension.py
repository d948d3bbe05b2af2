"""What Sphinx has to know about this course: anchors, boxes, cards, and links to the notebooks."""

from __future__ import annotations

import html
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["jupyter_anchor", "notebook_bar", "setup"]

#: Quotations that open with one of these are boxes of that kind.
BOXES = {
    "Definition": "definition",
    "Identity": "identity",
    "Warning": "caution",
    "In your training log": "log",
}
CARD = "Derivation card"


def jupyter_anchor(title: str) -> str:
    """Return a heading's anchor as JupyterLab makes it, so that one link works in both."""
    return title.strip().replace(" ", "-")


def _opening(node: nodes.Node) -> str:
    """Return the bold words that a paragraph opens with."""
    if isinstance(node, nodes.paragraph):
        # The parser may put an empty text in front.
        first = next((child for child in node.children if child.astext()), None)
        if isinstance(first, nodes.strong):
            return str(first.astext())
    return ""


class Boxes(SphinxTransform):
    """Give boxes and cards a class of their own, for the style sheet."""

    default_priority = 800

    def apply(self, **kwargs: Any) -> None:
        """Mark them."""
        for quote in self.document.findall(nodes.block_quote):
            kind = BOXES.get(_opening(quote.children[0])) if quote.children else None
            if kind:
                quote["classes"] += ["box", f"box-{kind}"]
        for section in self.document.findall(nodes.section):
            if any(_opening(child) == CARD for child in section.children):
                section["classes"].append("topic-card")


def notebook_bar(page: str) -> str:
    """Return the line under a notebook page's title: where the notebook is, and its partner.

    Parameters
    ----------
    page
        The page's name, such as ``01-population-risk/theory``.
    """
    path = PurePosixPath(page)
    links = [f'<a href="{html.escape(path.name)}.ipynb" download>Download this notebook</a>']
    if path.name == "theory":
        links.append('<a href="exercises.html">Exercises of this section</a>')
    note = ""
    if path.name == "exercises":
        links.append('<a href="theory.html">Theory of this section</a>')
        note = " · To solve the tasks, open the notebook in JupyterLab."
    return f'<p class="notebook-bar">{" · ".join(links)}{note}</p>'


def _finish(app: Sphinx, pagename: str, template: str, context: Any, doctree: Any) -> None:
    """Add the bar; mend what screen readers stumble over in the theme and in myst-nb's folds."""
    tree = context.get("furo_navigation_tree", "")
    levelled = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    context["furo_navigation_tree"] = levelled
    # A fold's name is what it says.
    body = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")
    if doctree is not None and str(app.env.doc2path(pagename)).endswith(".ipynb"):
        bar = f"</h1>\n{notebook_bar(pagename)}"
        body = body.replace("</h1>", bar, 1)
    context["body"] = body


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_transform(Boxes)
    app.connect("html-page-context", _finish, priority=900)  # after the theme
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
