"""Print what takes how long: imports, notebooks, widgets, grading.

Usage: python scripts/bench.py [--full]

With ``--full`` grading is measured on 40 and on 1,000 submissions, which takes a quarter of an
hour; else on a few, which shows the form of the tables but is too small a batch for its ratios.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
STEPS = 24  # of a slider, there and back
SMALL = ("--copies", "8", "--scale", "0", "--rounds", "1")


def imports() -> None:
    """Time the import of what every notebook imports first."""

    def run(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        return time.perf_counter() - begin

    pairs = [(run("pass"), run("import course_utils")) for _ in range(7)]
    milliseconds = [1e3 * (with_it - without) for without, with_it in pairs]
    print(f"import course_utils: {median(milliseconds):.0f} ms (median of {len(pairs)})\n")


def notebooks() -> None:
    """Time every executed notebook in a fresh kernel; nothing is written."""
    print("notebook                                      run s")
    paths = [
        ROOT / "notebooks" / "00-start-here.ipynb",
        *sorted(ROOT.glob("notebooks/*/theory.ipynb")),
        *sorted(ROOT.glob("notebooks/11-appendix/*.ipynb")),
        *sorted(ROOT.glob("solutions/*/exercises.ipynb")),
    ]
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": path.parent}}
        client = NotebookClient(notebook, kernel_name="python3", timeout=300, resources=where)
        begin = time.perf_counter()
        client.execute(stderr=subprocess.DEVNULL)  # the kernel speaks of its transport
        name = path.relative_to(ROOT).as_posix()
        print(f"{name:<45} {time.perf_counter() - begin:5.1f}", flush=True)
    print()


def widgets() -> None:
    """Time a step of each widget's slider, from the key press to the picture."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None or importlib.util.find_spec("playwright") is None:
        print("widgets: skipped, needs Chromium (apt-get install chromium) and playwright\n")
        return
    sys.path.insert(0, str(ROOT))
    from tests.browser import lab

    print("widget: key press to picture                median ms  max ms")
    with (
        tempfile.TemporaryDirectory() as folder,
        lab.server(Path(folder)) as address,
        lab.browser(chromium) as page,
    ):
        for path in sorted(ROOT.glob("notebooks/*/theory.ipynb")):
            name = path.relative_to(ROOT).as_posix()
            times = steps(lab, page, address, name)
            print(f"{name:<44} {median(times):8.0f} {max(times):7.0f}", flush=True)
    print()


def steps(lab: Any, page: Any, address: str, notebook: str) -> list[float]:
    """Move a slider to and fro; return the milliseconds of each step but the first."""
    with lab.running(page, address, notebook):
        picture = lab.show_widget(page)
        lab.step(page, picture, "ArrowRight")  # the first draws what is drawn once
        keys = ["ArrowLeft", "ArrowRight"] * (STEPS // 2)
        return [lab.step(page, picture, key) for key in keys]


def main(arguments: list[str]) -> int:
    """Run all benchmarks; the last line is that of the grader's."""
    if set(arguments) - {"--full"}:
        print("usage: python scripts/bench.py [--full]", file=sys.stderr)
        return 2
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    imports()
    notebooks()
    widgets()
    size = () if "--full" in arguments else SMALL
    return subprocess.call([sys.executable, "-m", "grader", "bench", *size], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
