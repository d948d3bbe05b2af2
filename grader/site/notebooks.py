"""Make a notebook ready for Sphinx: what only JupyterLab shows gets a form that a page can show.

The notebooks in the repository stay as they are; their copies get

- each picture's alt text where myst-nb looks for it, and its data as folded text;
- a line under each widget's picture that says where it moves;
- the outcome of a prediction folded away, so that nobody reads it before guessing;
- formulas in folded hints marked for MathJax, which JupyterLab finds by itself.
"""

from __future__ import annotations

import copy
import html
import re
from typing import Any

__all__ = ["Notebook", "prepared", "source"]

Notebook = dict[str, Any]

#: A hint on one line is HTML to the end of its block, so Markdown inside it isn't read.
DETAILS = re.compile(r"<details>(?:(?!\n\n).)*?</details>", re.S)
FORMULA = re.compile(r"\$([^$]+)\$")
NOTEBOOK_LINK = re.compile(r'(href="[^"#]*)\.ipynb\b')
REVEAL = re.compile(r"^\s*predictions\.reveal\(", re.M)
WIDGET, GOAL = "Widget: ", "Goal: "


def source(cell: dict[str, Any]) -> str:
    """Return a cell's source as one text."""
    return _joined(cell.get("source", ""))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def prepared(notebook: Notebook, children: list[str] | None = None) -> Notebook:
    """Return a copy of a notebook that myst-nb shows as JupyterLab does, or better.

    Parameters
    ----------
    notebook
        As read from its file.
    children
        Pages that stand below this one in the table of contents.
    """
    made = copy.deepcopy(notebook)
    cells: list[dict[str, Any]] = []
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cells += _code(cell)
        else:
            cell["source"] = _markdown(source(cell))
            cells.append(cell)
    if children:
        below = "\n".join(["```{toctree}", ":hidden:", "", *children, "```"])
        cells.append({"cell_type": "markdown", "id": "below", "metadata": {}, "source": below})
    made["cells"] = cells
    return made


def _markdown(text: str) -> str:
    return DETAILS.sub(lambda found: _hint(found[0]), text)


def _hint(block: str) -> str:
    block = NOTEBOOK_LINK.sub(r"\1.html", block)
    return FORMULA.sub(lambda found: _formula(found[1]), block)


def _formula(latex: str) -> str:
    """Return what Sphinx writes for a formula in a line, so that MathJax sets it."""
    latex = html.escape(html.unescape(latex), quote=False)
    return f'<span class="math notranslate nohighlight">\\({latex}\\)</span>'


def _code(cell: dict[str, Any]) -> list[dict[str, Any]]:
    metadata: dict[str, Any] = cell.setdefault("metadata", {})
    tags: list[str] = metadata.setdefault("tags", [])
    own: dict[str, Any] = metadata.setdefault("mystnb", {})
    if metadata.get("jupyter", {}).get("source_hidden") and "hide-input" not in tags:
        tags.append("hide-input")
    if REVEAL.search(source(cell)):
        tags.append("hide-output")
        own["code_prompt_show"] = "Guessed? Show what holds"
        own["code_prompt_hide"] = "Hide what holds"
    outputs: list[dict[str, Any]] = []
    pictures = 0
    for output in cell.get("outputs", []):
        outputs.append(output)
        if "image/png" in output.get("data", {}):
            pictures += 1
            outputs += _beside(output)
            alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
            own["image"] = {"alt": " ".join(alt.split())}
    cell["outputs"] = outputs
    return [cell] if pictures < 2 else _one_picture_each(cell)


def _one_picture_each(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Split a cell after each picture: myst-nb knows one alt text for a whole cell."""
    parts: list[dict[str, Any]] = []
    for number, output in enumerate(cell["outputs"]):
        picture = output.get("data", {}).get("image/png")
        if not parts or picture:
            part = copy.deepcopy(cell) | {"outputs": []}
            if parts:
                part |= {"id": f"{cell['id']}-{number}"[-64:], "source": ""}
                part["metadata"]["tags"].append("remove-input")
            if picture:
                alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
                part["metadata"]["mystnb"]["image"] = {"alt": " ".join(alt.split())}
            parts.append(part)
        parts[-1]["outputs"].append(output)
    return parts


def _beside(output: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a page says about a picture, made of the plain text that is stored with it."""
    plain = _joined(output["data"].get("text/plain", ""))
    lines = plain.split("\n")
    made = ""
    if lines[0].startswith(WIDGET):
        goal = next((line for line in lines if line.startswith(GOAL)), "").removeprefix(GOAL)
        said = f" <strong>Goal.</strong> {html.escape(goal)}" if goal else ""
        made += (
            '<p class="widget-note">This picture moves in the notebook, which you can download at '
            f"the head of this page; here it stands still.{said}</p>\n"
        )
    data = "\n".join(line for line in lines[1:] if not line.startswith(GOAL))
    if data.strip():
        made += (
            '<details class="figure-data"><summary>What is drawn, in numbers</summary>'
            f"<pre>{html.escape(data, quote=False)}</pre></details>\n"
        )
    if not made:
        return []
    return [{"output_type": "display_data", "data": {"text/html": made}, "metadata": {}}]
