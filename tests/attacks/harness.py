"""A shooting range: secrets laid out, a hostile notebook judged, and a look at what came of it.

How a notebook is judged stands in one place, :meth:`Range.judge`.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader import results
from grader.assemble import assemble
from grader.layout import ROOT, CourseFolder, GraderError, Repository
from grader.master import read_master
from grader.nb import compact
from grader.release import graded_form, student_form
from grader.sealed import sandbox, worker
from grader.sealed.engine import SealedEngine
from grader.sealed.plan import plan
from grader.sealed.worker import Clock
from grader.submissions import Problem, find
from tests.attacks import ground
from tests.slots import own_slot

__all__ = ["CLOCK", "REAL", "Outcome", "Range", "Sheet"]

REAL = "01-population-risk"
#: Short, so that what hangs costs little; an honest notebook needs a tenth of a second.
CLOCK = Clock(cell_cpu=0.8, cell_wall=1.5, total_cpu=5.0, total_wall=6.0, processes=8, memory=2**29)
#: The real section's own cells take longer.
REAL_CLOCK = replace(CLOCK, cell_cpu=3.0, cell_wall=8.0, total_cpu=8.0, total_wall=15.0)
SLOT = own_slot()
UID = sandbox.FIRST_UID + SLOT
#: A name that every attack gives to what it leaves behind.
SPOOR = f"spoor-{os.getpid()}-"
PLACES = ("hidden", "gradebook", "submission", "environment", "home")


@dataclass
class Sheet:
    """A student's notebook in the making.

    Attributes
    ----------
    document
        The notebook, at first as it is handed out.
    port, mailbox
        Where the range listens: TCP and UDP, and an abstract Unix socket.
    open_folder
        Where anybody may write.
    """

    document: dict[str, Any]
    port: int = 0
    mailbox: str = ""
    open_folder: str = ""

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.document["cells"]

    def cell(self, grade_id: str) -> dict[str, Any]:
        return next(c for c in self.cells if _grade_id(c) == grade_id)

    def answer(self, **answers: str) -> Sheet:
        """Write answers into their cells."""
        for task, source in answers.items():
            self.cell(task)["source"] = source.strip()
        return self

    def wrongly(self, *but: str) -> Sheet:
        """Answer every task in the right form with wrong values."""
        return self.answer(**{t: s for t, s in ground.WRONG.items() if t not in but})

    def rightly(self, *but: str) -> Sheet:
        """Answer every task as the model solution does."""
        return self.answer(**{t: s for t, s in ground.RIGHT.items() if t not in but})

    def every(self, body: str, *but: str) -> Sheet:
        """Give one body to everything that the student is asked for."""
        lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
        for cell in self.cells:
            if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
                if _grade_id(cell) in but:
                    continue
                names = [n.name for n in ast.parse(cell["source"]).body if hasattr(n, "name")]
                cell["source"] = "\n\n".join(f"def {n}(*args, **kwargs):\n{lines}" for n in names)
        return self

    def first(self, source: str) -> Sheet:
        """Add a cell at the top."""
        self.cells.insert(0, code(source))
        return self

    def after(self, grade_id: str, source: str, kind: str = "code") -> Sheet:
        """Add a cell below one of the master's."""
        self.cells.insert(self.cells.index(self.cell(grade_id)) + 1, code(source, kind))
        return self


def code(source: str, kind: str = "code", **nbgrader: Any) -> dict[str, Any]:
    """Make a cell as a student could, with whatever nbgrader metadata they like."""
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    return {"cell_type": kind, "metadata": metadata, "source": source.strip(), **more}


def _grade_id(cell: dict[str, Any]) -> Any:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


@dataclass
class Outcome:
    """What came of one notebook.

    Attributes
    ----------
    passed
        Grade ids of the tests that passed.
    said
        All that was said about it: messages, notes, and the file's problem if it has one.
    printed
        What its own cells printed, which its author may see.
    """

    passed: frozenset[str] = frozenset()
    outcomes: dict[str, str] = field(default_factory=dict)
    said: str = ""
    printed: str = ""
    seconds: float = 0.0
    limit: float = 5.0
    fault: str = ""
    problem: str = ""


class Range:
    """A course with secrets in it, a grader, and ears.

    Parameters
    ----------
    clock
        The grader's.
    make
        Makes the engine, so that a weakened one can take its place.

    Attributes
    ----------
    missing
        What a test without a verdict comes to.
    patience
        Seconds in which what is ending has to end.
    """

    def __init__(
        self, clock: Clock = CLOCK, make: Callable[..., SealedEngine] = SealedEngine
    ) -> None:
        # Not pytest's own folder, which nobody else could enter even without a sandbox.
        self.root = Path(tempfile.mkdtemp(prefix="range-"))
        self.root.chmod(0o755)
        self.secrets = {place: f"kanarie:{place}:{secrets.token_hex(8)}" for place in PLACES}
        self.repository = Repository(self.root / "repo")
        self.course = CourseFolder(self.root / "course")
        self._lay_out()
        self.clock, self.make = clock, make
        self.missing, self.patience = results.NOT_RUN, 3.0
        self.engines: dict[str, SealedEngine] = {}
        self.forms: dict[str, Any] = {}
        self.ears = _Ears()
        self._before = os.environ.get("GRADER_TOKEN")
        os.environ["GRADER_TOKEN"] = self.secrets["environment"]

    def _lay_out(self) -> None:
        master = ground.notebook(ground.SLUG, ground.cells(self.secrets["hidden"]))
        ground.write(self.repository.master(ground.SLUG), master)
        real = self.repository.master(REAL)
        real.parent.mkdir(parents=True)
        shutil.copyfile(ROOT / "solutions" / REAL / real.name, real)
        honest = self.sheet().rightly()
        honest.first(f"# {self.secrets['submission']}")
        ground.write(self.course.submitted("anna", ground.SLUG), honest.document)
        for path, place in (
            (self.course.gradebook, "gradebook"),
            (self.root / "home" / "keys.txt", "home"),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.secrets[place])
        (self.root / "open").mkdir()
        for path in self.root.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (self.root / "open").chmod(0o777)

    def close(self) -> None:
        for number in self._processes():  # of a grader that was weakened
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
        for engine in self.engines.values():
            engine.close()
        self.ears.close()
        shutil.rmtree(self.root)
        os.environ.pop("GRADER_TOKEN", None)
        if self._before is not None:
            os.environ["GRADER_TOKEN"] = self._before

    def __enter__(self) -> Range:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- judging ----------------------------------------------------------------------------------

    def sheet(self, slug: str = ground.SLUG) -> Sheet:
        """Return the student's version of a section."""
        ears = getattr(self, "ears", None)
        document = student_form(read_master(self.repository, slug))
        where = (ears.port, ears.mailbox) if ears else (0, "")
        return Sheet(copy.deepcopy(_plain(document)), *where, str(self.root / "open"))

    def hand_in(self, document: Any, slug: str = ground.SLUG) -> Path:
        path = self.course.submitted("mallory", slug)
        if path.parent.is_symlink():
            path.parent.unlink()
        shutil.rmtree(path.parent.parent, ignore_errors=True)
        return ground.write(path, document)

    def judge(
        self, document: Any = None, slug: str = ground.SLUG, again: bool = False, slack: float = 1
    ) -> Outcome:
        """Hand a notebook in and judge it; without one, what lies there already.

        Parameters
        ----------
        again, slack
            Whether to try once more if wall time ran out, as on a loaded machine it may, and how
            many times as long things may take.
        """
        if document is not None:
            self.hand_in(document, slug)
        begin = time.monotonic()
        master = read_master(self.repository, slug)
        if slug not in self.forms:
            self.forms[slug] = graded_form(master)
        found = {s.student: s for s in find(self.repository, self.course, master)}
        submission = found["mallory"]
        if isinstance(submission, Problem):
            return Outcome(
                said=str(submission), problem=str(submission), seconds=time.monotonic() - begin
            )
        notebook, notes = assemble(self.forms[slug], submission.cells)
        clock = _stretched(self.clock if slug == ground.SLUG else REAL_CLOCK, slack)
        if slug not in self.engines:
            self.engines[slug] = self.make(plan(master), slot=SLOT, clock=clock)
        if self.engines[slug].worker:
            self.engines[slug].worker.clock = clock
        try:
            judged = self.engines[slug].run(notebook, seed=7)
            if judged.wall_limited and again:
                judged = self.engines[slug].run(notebook, seed=7)  # as the batch does
            compact(notebook)  # as it goes to the disk
        except (GraderError, UnicodeError) as error:
            return Outcome(said=str(error), fault=str(error), seconds=time.monotonic() - begin)
        seconds = time.monotonic() - begin
        automatic = {cell.grade_id for cell in master.graded if cell.automatic}
        outcomes = {name: v.outcome for name, v in judged.verdicts.items()}
        passed = frozenset(n for n in automatic if outcomes.get(n, self.missing) == results.PASSED)
        said = [v.message for v in judged.verdicts.values()]
        return Outcome(
            passed,
            outcomes,
            "\n".join([*said, *notes]),
            "\n".join(judged.printed.values()),
            seconds,
            clock.total_wall + worker.GRACE + 2,
        )

    def spares_the_honest(self) -> bool:
        """Judge the right answers with the same grader, and tell whether they get all points."""
        return self.judge(self.sheet().rightly().document, again=True).passed == {*ground.POINTS}

    # -- what came of it --------------------------------------------------------------------------

    def trespasses(
        self, outcome: Outcome, terminal: str = "", keeps: frozenset[str] = frozenset()
    ) -> list[str]:
        """Say what a notebook got away with; nothing if the grader holds.

        Parameters
        ----------
        outcome
            What came of it.
        terminal
            What the grader wrote to its own terminal meanwhile.
        keeps
            Tests that it may pass, because it earns them.
        """
        found = [f"gained: {name}" for name in sorted(outcome.passed - keeps)]
        if outcome.fault:
            found.append(f"fault: {outcome.fault}")
        evidence = outcome.said + outcome.printed + terminal
        found += [f"read: {place}" for place, secret in self.secrets.items() if secret in evidence]
        found += [f"read: {line}" for line in re.findall(r"LOOT[^\n]*", evidence)]
        found += [f"reached: {ear}" for ear in self.ears.heard()]
        found += [f"left: {thing}" for thing in self.left_behind()]
        if terminal:
            found.append(f"terminal: {terminal[:200]!r}")
        if any((ord(c) < 32 and c != "\n") or 0xD800 <= ord(c) < 0xE000 for c in outcome.said):
            found.append(f"said: control characters {outcome.said[:200]!r}")
        if outcome.seconds > outcome.limit:
            found.append(f"late: {outcome.seconds:.1f} s")
        return found

    def left_behind(self) -> list[str]:
        """Find what is still there once a submission has been judged."""
        for engine in self.engines.values():
            if engine.worker:
                engine.worker.nursery.dismiss()  # it waits for the next submission
        end = time.monotonic() + self.patience  # the end of a namespace takes a moment
        while (alive := [*self._processes()]) and time.monotonic() < end:
            time.sleep(0.02)
        found = [f"process {number}" for number in alive]
        folders = {tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run"}
        folders |= {os.path.expanduser("~"), os.getcwd(), "/", str(ROOT / "course_utils")}
        for folder in sorted(folders):
            with contextlib.suppress(OSError):
                for entry in os.scandir(folder):
                    ours = os.geteuid() == 0 and entry.stat(follow_symlinks=False).st_uid == UID
                    if ours or SPOOR in entry.name:
                        found.append(entry.path)
        found += [str(path) for path in self.root.rglob(f"*{SPOOR}*")]
        with contextlib.suppress(OSError):
            if SPOOR in Path("/proc/net/unix").read_text():
                found.append("a socket")
        return found

    def _processes(self) -> Iterator[int]:
        workers = [engine.worker for engine in self.engines.values() if engine.worker]
        nurseries = {worker.nursery.process.pid for worker in workers}
        scratches = {str(worker.nursery.scratch).encode() for worker in workers}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if int(path.name) in nurseries:
                    continue
                if (path / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue  # dead; its parent hasn't looked yet
                same = scratches & set((path / "cmdline").read_bytes().split(b"\0"))
                if same or (os.geteuid() == 0 and path.stat().st_uid == UID):
                    yield int(path.name)


class _Ears:
    """Sockets on which nobody should ever call."""

    def __init__(self) -> None:
        self.mailbox = f"range-{secrets.token_hex(8)}"
        self.stream = socket.create_server(("127.0.0.1", 0))
        self.port = self.stream.getsockname()[1]
        self.datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagram.bind(("127.0.0.1", self.port))
        self.unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.unix.bind(f"\0{self.mailbox}")
        self.unix.listen()
        for each in (self.stream, self.datagram, self.unix):
            each.setblocking(False)

    def heard(self) -> Iterator[str]:
        for name, sock in (("tcp", self.stream), ("unix", self.unix)):
            with contextlib.suppress(BlockingIOError):
                sock.accept()[0].close()
                yield name
        with contextlib.suppress(BlockingIOError):
            self.datagram.recv(100)
            yield "udp"

    def close(self) -> None:
        for each in (self.stream, self.datagram, self.unix):
            each.close()


def _stretched(clock: Clock, slack: float) -> Clock:
    times = ("cell_cpu", "cell_wall", "total_cpu", "total_wall")
    return replace(clock, **{name: slack * getattr(clock, name) for name in times})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
