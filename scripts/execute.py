"""Execute notebooks in place and keep what belongs into the repository.

Usage: python scripts/execute.py NOTEBOOK…

Every code cell runs in a fresh kernel, in the notebook's own folder. Kept are outputs and execution
counts; dropped are time stamps and live widget views, which mean nothing without their kernel (a
widget's picture stays). A notebook that raises or writes to stderr is left as it was.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def clean(notebook: nbformat.NotebookNode) -> None:
    """Drop what an execution leaves behind and a reader can't use."""
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    for key in ("widgets", "jupytext"):
        notebook.metadata.pop(key, None)
    for cell in notebook.cells:
        for key in ("execution", "lines_to_next_cell"):
            cell.metadata.pop(key, None)
        outputs: list[nbformat.NotebookNode] = []
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            # How printed text is cut into messages changes from run to run.
            if outputs and output.get("name") == outputs[-1].get("name") == "stdout":
                outputs[-1].text += output.text
            else:
                outputs.append(output)
        if cell.cell_type == "code":
            cell.outputs = outputs


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """List what was written to stderr, a line per cell."""
    return [
        f"cell {number} wrote to stderr: {output.text.strip().splitlines()[-1]}"
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == "stderr"
    ]


def execute(path: Path) -> str | None:
    """Execute one notebook in place; return what went wrong, or nothing."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=120,
        resources={"metadata": {"path": path.parent}},
        extra_arguments=["--log-level=ERROR"],  # it warns of TCP, which stays on this machine
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}\n{error.traceback}"
    if found := complaints(notebook):
        return "; ".join(found)
    clean(notebook)
    nbformat.validate(notebook)
    scratch = path.with_suffix(".ipynb.tmp")
    nbformat.write(notebook, scratch)
    scratch.replace(path)
    return None


def main(paths: list[str]) -> int:
    """Execute the notebooks named on the command line."""
    if not paths:
        print("usage: python scripts/execute.py NOTEBOOK…", file=sys.stderr)
        return 2
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # sums that don't depend on the machine's cores
    failed = 0
    for path in map(Path, paths):
        start = time.perf_counter()
        problem = execute(path)
        failed += problem is not None
        print(f"{path}: {problem or 'executed'} ({time.perf_counter() - start:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
