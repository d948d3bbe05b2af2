"""A course to collect into, and what systems hand out."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.layout import CourseFolder, Repository

from ..conftest import SLUG, code, notebook

Entries = dict[str, bytes]


def book(word: str = "1 + 1", slug: str = SLUG) -> bytes:
    return json.dumps(notebook(slug, [code(word)])).encode()


class Desk:
    """A course, and what is typed and printed."""

    def __init__(self, root: Path, repository: Repository, capsys: Any) -> None:
        self.root, self.repository, self.capsys = root, repository, capsys
        self.course = CourseFolder(root / "course")
        self.out = self.err = ""

    def zip(
        self, files: Entries, name: str = "hand-ins.zip", when: str = "2026-03-01 12:00"
    ) -> Path:
        moment = datetime.fromisoformat(when)
        with zipfile.ZipFile(self.root / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in files.items():
                archive.writestr(zipfile.ZipInfo(path, moment.timetuple()[:6]), data)
        return self.root / name

    def folder(self, files: Entries, name: str = "hand-ins") -> Path:
        for path, data in files.items():
            (self.root / name / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name / path).write_bytes(data)
        return self.root / name

    def collect(self, *arguments: Path | str) -> int:
        command = ["collect", SLUG, "--course", str(self.course.path), "--zone", "UTC"]
        status = main([*command, *map(str, arguments)], self.repository)
        self.out, self.err = self.capsys.readouterr()
        return status

    def roster(self, text: str) -> str:
        (self.root / "class.csv").write_text(text, encoding="utf-8")
        return f"--roster={self.root / 'class.csv'}"

    def there(self) -> dict[str, str]:
        """Return the sources of what lies in the course, by student."""
        return {
            path.parent.parent.name: json.loads(path.read_bytes())["cells"][0]["source"]
            for path in self.course.submissions.glob(f"*/{SLUG}/exercises.ipynb")
        }

    def time(self, student: str) -> str | None:
        path = self.course.submitted(student, SLUG).with_name("timestamp.txt")
        return path.read_text() if path.exists() else None

    def everything(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}


@pytest.fixture
def desk(tmp_path: Path, repository: Repository, capsys: Any, monkeypatch: Any) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, repository, capsys)


def exchange(student: str, time: str, word: str, slug: str = SLUG) -> Entries:
    folder = f"{student}+{slug}+{time}"
    beside = {"timestamp.txt": time.encode(), "submission_secret.txt": b"4f"}
    return {f"{folder}/{name}": data for name, data in beside.items()} | {
        f"{folder}/exercises.ipynb": book(word, slug)
    }


MOODLE = "Ada_1_assignsubmission_file_/exercises.ipynb"


def canvas(upload: int) -> Callable[[str], Entries]:
    return lambda word: {f"ada_1_{upload}_exercises.ipynb": book(word)}


def moodle(word: str) -> Entries:
    return {MOODLE: book(word)}
