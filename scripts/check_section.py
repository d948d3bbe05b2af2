"""Check everything about one section, in under a minute, and say what to do about what is wrong.

Usage: python scripts/check_section.py 11-my-topic

Two steps run at a time: this is for two cores. What `make test` does beside, for all sections:
types, the packages' own tests, the grading path from file to gradebook, the widgets in a browser.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from grader.layout import Repository  # noqa: E402

__all__ = ["Found", "Step", "failures", "main", "steps"]

SHOWN, WIDTH = 12, 300  # lines of one step, and characters of each
COLOURS = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")  # the second is how a report spells it
#: Tests that look at all sections at once; those of one section alone carry its name.
WHOLE = (
    "test_no_sentence_stands or test_the_start_page_says or test_every_entry or test_entries_"
    " or test_each_section_has_its_row or test_no_solution_in"
)
RULES = ("tests/notebooks", "tests/misconceptions/test_bank.py", "tests/test_papers.py")
#: What to do where a test's own message says only what is wrong.
ADVICE = {
    "test_length_budget": "30 to 45 cells, at most 120 words or 20 lines each: split, cut, or move "
    "code to course_utils",
    "test_plain_words": "strike the word, or say what you mean by it",
    "test_no_sentence_stands": "say it in one place, link from the other",
    "test_outputs_are_there": "make execute BOOKS=notebooks/{slug}/theory.ipynb",
    "test_every_picture": "show figures with figures.show(fig, alt=…, caption=…)",
    "test_links_lead_somewhere": "an anchor is the heading's text with hyphens for blanks",
    "test_the_start_page_says": "the section's row and the totals on notebooks/00-start-here.ipynb "
    "must give the minutes at the heads of theory and exercises",
    "test_every_citation": "notebooks/11-appendix/bibliography.ipynb gets an entry for each work",
    "test_the_points_table": "the table at the head of the master must give the cells' points",
    "test_heads_say": "the line below a task's heading must give its cells' points and its level",
    "test_no_solution_in": "theory and exercises must not show a line of a solution",
    "test_wrong_solutions": "mend the test, or what the bank says of this solution",
    "test_a_weakened_hidden": "add a wrong solution to the bank that this hidden test alone finds",
    "test_every_task_has_its_bank": "five wrong solutions and two right ones for each task with "
    "tests: tests/misconceptions/{package}/",
    "test_each_section_has_its_row": "add the section to the table in README.md",
    "test_each_section_has_both": "a PyTorch and an Optax block in §9, each with an assert",
}


@dataclass(frozen=True)
class Found:
    """What a step came to: what it looked at, and a line for each thing to mend."""

    said: str
    problems: list[str]


@dataclass(frozen=True)
class Step:
    """One part of the check.

    Attributes
    ----------
    name
        As it is printed.
    run
        Does it.
    remedy
        What to do about whatever it finds.
    """

    name: str
    run: Callable[[], Found]
    remedy: str


def _environment() -> dict[str, str]:
    settings = {"OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "COLUMNS": "400"}
    kept = {key: value for key, value in os.environ.items() if key != "CI"}  # skipping is fine here
    return {**kept, **settings, "PYTHONPATH": str(ROOT)}


def _call(*command: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    lines = COLOURS.sub("", done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if line.strip()]


def failures(report: str, slug: str) -> tuple[int, list[str]]:
    """Read pytest's report: how many tests ran, and a line for each that failed, with advice."""
    ran, problems = 0, []
    for case in ElementTree.fromstring(report).iter("testcase"):
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        ran += case.find("skipped") is None
        if bad is not None:
            problems.append(_line(case.get("name", ""), bad, slug))
    return ran, problems


def _line(name: str, bad: ElementTree.Element, slug: str) -> str:
    text = COLOURS.sub("", bad.text or "")
    if cell := re.search(r"^(Cell \d+): (.*)", text, flags=re.M):  # nbval's own form
        differs = re.findall(
            r"^(?:<<<|>>>|\+|-|  ?mismatch).*|^[A-Za-z]*Error: .*", text, flags=re.M
        )
        return f"{cell[1]}: {cell[2]} {' '.join(line.strip() for line in differs[:4])}".strip()
    message = re.sub(r"^(AssertionError|Failed): ", "", bad.get("message", ""))
    head = " ".join(message.split("\nassert ")[0].split())
    package = f"s{slug.replace('-', '_')}"
    then = [todo for test, todo in ADVICE.items() if name.startswith(test)]
    advice = f"; {then[0].format(slug=slug, package=package)}" if then else ""
    where = re.sub(r"\[(?:notebooks|solutions)/[\w-]+/|\[" + re.escape(slug) + r"-?", "[", name)
    return f"{where.replace('[]', '')}: {head[:WIDTH]}{advice}"


def _tests(slug: str, *arguments: str) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        status, lines = _call(
            "pytest",
            "-q",
            "--color=no",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
            *arguments,
        )
        if not report.is_file():
            return Found("pytest stopped", lines[-SHOWN:])
        ran, problems = failures(report.read_text(encoding="utf-8"), slug)
    if status not in (0, 1) and not problems:
        problems = lines[-3:]
    return Found(f"{ran} tests", problems)


def _nbval(slug: str, path: str) -> Found:
    found = _tests(slug, "--nbval", "--nbval-current-env", path)
    return Found(found.said.replace("tests", "cells give what they show"), found.problems)


def _style(paths: list[str]) -> Found:
    _, lint = _call("ruff", "check", "--output-format=concise", *paths)
    _, form = _call("ruff", "format", "--check", *paths)
    problems = [line for line in lint if re.match(r"\S+:", line)]
    problems += [line for line in form if line.startswith(("Would reformat", "error"))]
    return Found(f"{len(paths)} places", problems)


def _stale(slug: str) -> Found:
    from grader.release import stale

    return Found("the student notebook is what the master gives", stale(Repository(ROOT), [slug]))


def _grading(slug: str) -> Found:
    status, lines = _call("grader", "check", slug, "--workers", "1")
    said = lines[-1].partition(": ")[2] if lines else ""
    problems = [line for line in lines if not line.startswith(f"{slug}") and ": note: " not in line]
    return Found(said, problems if status else [])


def missing(slug: str) -> list[str]:
    """Say which parts of a section aren't there, with what makes them."""
    parts = {
        f"solutions/{slug}/exercises.ipynb": "the master; CONTRIBUTING.md, step 3",
        f"notebooks/{slug}/theory.ipynb": "the theory; CONTRIBUTING.md, step 2",
        f"notebooks/{slug}/exercises.ipynb": f"the student notebook: make release SECTION={slug}",
        f"tests/misconceptions/s{slug.replace('-', '_')}": "the bank; CONTRIBUTING.md, step 3",
    }
    return [
        f"{path} is missing: {what}" for path, what in parts.items() if not (ROOT / path).exists()
    ]


def steps(slug: str) -> list[Step]:
    """List what is done, the longest first."""
    theory, master = f"notebooks/{slug}/theory.ipynb", f"solutions/{slug}/exercises.ipynb"
    bank = f"tests/misconceptions/s{slug.replace('-', '_')}"
    again = "if the new output is what you mean, make execute BOOKS="
    return [
        Step("grading", lambda: _grading(slug), f"mend {master} or {bank}, then run this again"),
        Step("theory", lambda: _nbval(slug, theory), f"{again}{theory}"),
        Step(
            "rules",
            lambda: _tests(slug, "-k", f"{slug} or {WHOLE}", *RULES),
            "CONTRIBUTING.md says what a section keeps to",
        ),
        Step("master", lambda: _nbval(slug, master), f"{again}{master}"),
        Step(
            "style",
            lambda: _style([theory, master, bank]),
            f".venv/bin/ruff check --fix {theory} {master} {bank}; the same with 'ruff format'",
        ),
        Step("student", lambda: _stale(slug), f"make release SECTION={slug}"),
    ]


def _lines(step: Step, found: Found, seconds: float) -> Iterator[str]:
    mark = "✗" if found.problems else "✓"
    yield f"{mark} {step.name:<8} {found.said} ({seconds:.0f} s)"
    yield from (f"    {line[: 2 * WIDTH]}" for line in found.problems[:SHOWN])
    if len(found.problems) > SHOWN:
        yield f"    … and {len(found.problems) - SHOWN} more"
    if found.problems:
        yield f"  → {step.remedy}"


def _timed(step: Step) -> bool:
    begin = time.monotonic()
    found = step.run()
    print("\n".join(_lines(step, found, time.monotonic() - begin)), flush=True)
    return not found.problems


def check(slug: str) -> bool:
    """Check one section, and print what each part came to; return whether all holds."""
    if lacking := missing(slug):
        print("\n".join(lacking))
        return False
    begin = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        fine = list(pool.map(_timed, steps(slug)))
    said = "all holds" if all(fine) else f"{len(fine) - sum(fine)} of {len(fine)} parts don't hold"
    print(f"{slug}: {said} ({time.monotonic() - begin:.0f} s)")
    return all(fine)


def main(argv: list[str]) -> int:
    """Check the sections that the command line names."""
    known = Repository(ROOT).sections()
    if not argv:
        print(f"say which: make check NAME={known[-1] if known else '01-topic'}", file=sys.stderr)
        return 2
    for slug in argv:
        if slug not in known and not (ROOT / "notebooks" / slug / "theory.ipynb").is_file():
            print(f"no section {slug!r}; there is {', '.join(known)}", file=sys.stderr)
            return 2
    return 0 if all([check(slug) for slug in argv]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
