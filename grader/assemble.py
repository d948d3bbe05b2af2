"""Put a student's answers into the notebook that is graded.

Cells, their order, points and tests come from the master. From the student come the sources of the
solution cells and of the cells that they added. So a deleted, doubled, moved or retyped cell costs
nothing but itself, and is reported.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable

from grader import nb
from grader.nb import NotebookNode
from grader.submissions import StudentCell

__all__ = ["answered", "assemble"]


def _name(cell: NotebookNode) -> str | None:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return str(name) if name else None


def _writable(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def answered(cell: NotebookNode, form: NotebookNode) -> bool:
    """Tell whether a solution cell holds anything but what the student was given."""
    source = cell.source.strip()
    return bool(source) and source != form.source.strip()


def assemble(form: NotebookNode, cells: Iterable[StudentCell]) -> tuple[NotebookNode, list[str]]:
    """Merge a submission into the graded form of its section.

    Parameters
    ----------
    form
        From :func:`grader.release.graded_form`.
    cells
        The student's.

    Returns
    -------
    notebook
        Ready to be run: the form's cells in their order, each followed by what the student added
        after it.
    notes
        What had to be mended, one line each.
    """
    known = {name: cell for cell in form.cells if (name := _name(cell))}
    copies: dict[str, list[StudentCell]] = defaultdict(list)
    added: dict[str, list[StudentCell]] = defaultdict(list)
    order: list[str] = []
    anchor = ""
    for cell in cells:
        if cell.grade_id in known:
            name = str(cell.grade_id)
            if name not in copies:
                order.append(name)
                anchor = name
            copies[name].append(cell)
        else:
            added[anchor].append(cell)
    notes = _notes(known, copies, order)
    built = [_extra(cell) for cell in added[""]]
    for name, fixed in known.items():
        chosen, earlier = _choose(fixed, copies[name]) if _writable(fixed) else (fixed.source, [])
        built += [_extra(other) for other in earlier]
        built.append(_placed(fixed, chosen))
        built += [_extra(other) for other in added[name]]
    for index, made in enumerate(built):
        made.id = f"cell-{index + 1}"
    notebook = nb.notebook(built, copy.deepcopy(form.metadata))
    notebook.metadata.pop("widgets", None)
    return notebook, notes


def _choose(form: NotebookNode, copies: list[StudentCell]) -> tuple[str, list[StudentCell]]:
    """Return the answer that counts, the last that isn't blank, and the others before it."""
    blank = form.source.strip()
    written = [cell for cell in copies if cell.source.strip() not in ("", blank)]
    if not written:
        return form.source, []
    return written[-1].source, [
        StudentCell(form.cell_type, cell.source) for cell in written[:-1] if cell != written[-1]
    ]


def _placed(cell: NotebookNode, source: str) -> NotebookNode:
    placed = copy.copy(cell)  # its metadata stay the form's own: nobody changes them
    placed.source = source
    return placed


def _extra(cell: StudentCell) -> NotebookNode:
    return nb.cell(cell.kind, cell.source)


def _notes(
    known: dict[str, NotebookNode], copies: dict[str, list[StudentCell]], order: list[str]
) -> list[str]:
    notes = []
    for name, cell in known.items():
        found = copies.get(name, [])
        if not found:
            notes.append(f"cell {name!r} was deleted; put back")
        elif len(found) > 1:
            notes.append(f"cell {name!r} was there {len(found)} times; the last answer counts")
        if any(copy.kind != cell.cell_type for copy in found):
            notes.append(f"cell {name!r} had its type changed; changed back")
    if order != [name for name in known if name in copies]:
        notes.append("cells were moved; put back in order")
    return notes
