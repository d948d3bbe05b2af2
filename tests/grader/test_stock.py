"""Sealed scores are those of stock nbgrader, where that can tell.

Run as a module, ``python -m tests.grader.test_stock COURSE``, it grades a course folder with stock
nbgrader, as nbgrader is meant to be used, and prints what its gradebook then holds.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.layout import CourseFolder, Repository
from grader.release import ANSWER_STUB
from tests.grader.conftest import write_json
from tests.grader.mixed import SECTIONS, SEED, Section, automatic, graded

#: Where stock nbgrader's scores differ, by student and task, and why. Nowhere else may they.
DIFFERENCES = {
    ("noisy", "task2"): "a warning in a right answer takes all points of a test in stock nbgrader: "
    "it counts whatever a test cell leaves on stderr as failed. Sealed, a warning costs nothing",
    ("noisy", "task4"): "so does a line that the answer itself prints on stderr",
}


def stock(root: Path) -> None:
    """Grade all that is submitted with stock nbgrader, and print the points."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.ClearSolutions.text_stub = ANSWER_STUB  # or an untouched text looks like an answer
    config.NbGrader.logfile = str(root / "log.txt")
    api = NbGraderAPI(config=config)
    course = CourseFolder(root)
    found = {}
    for path in sorted((root / "source").iterdir()):
        outcome = api.generate_assignment(path.name)
        assert outcome["success"], outcome
        for student in sorted((root / "submitted").iterdir()):
            if (student / path.name).is_dir():
                outcome = api.autograde(path.name, student.name)
                assert outcome["success"], outcome
        found[path.name] = automatic(course, path.name)
    print(json.dumps(found))


def by_stock(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    home = root.parent / "home"
    home.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "COURSE_GRADING_SEED": str(SEED),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.grader.test_stock", str(root)],
        env=environment, cwd=Repository().root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, dict[str, float]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def handed_in(root: Path, sections: dict[str, Section]) -> Iterator[tuple[str, str]]:
    """Hand in right, wrong and blank answers to each section, and noisy right ones to the first."""
    course = CourseFolder(root)
    for slug, section in sections.items():
        notebooks = {"mixed": section.notebook(section.mixed(random.Random(SEED))[0])}
        if slug == SECTIONS[0]:
            notebooks["noisy"] = section.notebook(section.noisy(), written=True)
        write_json(root / "source" / slug / "exercises.ipynb", section.master.notebook)
        for student, notebook in notebooks.items():
            write_json(course.submitted(student, slug), notebook)
            yield slug, student


def test_sealed_scores_are_those_of_stock_nbgrader(tmp_path: Path) -> None:
    """Three notebooks of two sections: stock takes ten seconds and more for each.

    For all others it follows: that masters pass beside their tests nbval shows, and for each answer
    of the bank its two tests show that it loses the same beside its tests and sealed.
    """
    sections = {slug: Section(slug) for slug in (SECTIONS[0], SECTIONS[-1])}
    names = [*handed_in(tmp_path / "stock", sections)]
    assert names == [*handed_in(tmp_path / "ours", sections)]
    theirs = by_stock(tmp_path / "stock")
    differing: set[tuple[str, str]] = set()
    for slug, section in sections.items():
        ours = graded(CourseFolder(tmp_path / "ours"), slug)
        assert ours.keys() == theirs[slug].keys() == {name for s, name in names if s == slug}
        scores = {s: sum(max(0, p) for p in found.values()) for s, found in ours.items()}
        most = sum(section.points.values())
        assert most > scores["mixed"] > 0
        assert scores.get("noisy", most) == most
        for student, cells in ours.items():
            other = theirs[slug][student]
            assert cells.keys() == other.keys()
            for name, points in cells.items():
                place = (student, name.partition("-")[0])
                if place in DIFFERENCES and name in section.points:
                    assert (points, other[name]) == (section.points[name], 0)
                    differing.add(place)
                else:
                    assert points == other[name], f"{slug}, {student}, {name}"
    assert differing == DIFFERENCES.keys()  # no explanation without its difference


if __name__ == "__main__":
    stock(Path(sys.argv[1]))
