"""Judge one submission and say what came of it: what a worker does, on this machine or another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from grader import results
from grader.assemble import assemble
from grader.basis import answers
from grader.journal import Entry, durable
from grader.layout import write
from grader.master import Master
from grader.nb import NotebookNode, compact
from grader.sealed.engine import SealedEngine
from grader.sealed.worker import Clock
from grader.submissions import Submission

__all__ = ["Done", "Job", "Orders", "Terms", "judged", "kept", "slot"]

SLOTS = 16  # user ids that one batch may use


@dataclass(frozen=True)
class Terms:
    """What holds for all submissions of a batch.

    Attributes
    ----------
    names
        The test cells.
    environment
        Hash of what judges, from :func:`grader.basis.environment`.
    """

    names: tuple[str, ...]
    environment: str
    sandbox: str
    seed: int
    signatures: dict[str, str]


@dataclass(frozen=True)
class Orders:
    """All that another machine needs to judge a batch's submissions, hidden tests included.

    Attributes
    ----------
    form
        The notebook that is graded, as bytes.
    fingerprint
        What that machine must have, too, from :func:`grader.basis.fingerprint`.
    """

    master: Master
    form: bytes
    terms: Terms
    clock: Clock | None
    fingerprint: str


@dataclass(frozen=True)
class Job:
    """A submission and the tasks to judge; what is known of the others."""

    submission: Submission
    tasks: frozenset[str]
    known: dict[str, tuple[str, str]]
    seed: int


@dataclass(frozen=True)
class Done:
    """What a worker made of a job.

    Attributes
    ----------
    doubts
        The cells that get another try.
    notebook
        What was judged, with its outputs, as long as it isn't kept.
    unwritten
        Why it could not be kept.
    """

    entry: Entry
    doubts: frozenset[str]
    notebook: bytes = b""
    unwritten: tuple[int, str, str] | None = None


def judged(engine: SealedEngine, form: NotebookNode, terms: Terms, job: Job) -> Done:
    """Judge one submission."""
    submission = job.submission
    notebook, mended = assemble(form, submission.cells)
    found = engine.run(notebook, terms.seed, job.tasks, untouched=_code(notebook) == _code(form))
    verdicts = dict(job.known)
    for name in terms.names:
        if name not in verdicts:
            verdict = found.verdicts.get(name, results.Verdict(results.NOT_RUN, "Not run."))
            verdicts[name] = (verdict.outcome, verdict.message)
    entry = Entry(
        submission.student,
        submission.digest,
        terms.environment,
        terms.sandbox,
        job.seed,
        terms.signatures,
        verdicts,
        answers(form, notebook),
        [*submission.notes, *mended],
        submission.timestamp.isoformat() if submission.timestamp else "",
    )
    return Done(entry, found.doubts(verdicts.keys() - job.known.keys()), compact(notebook))


def _code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def kept(done: Done, path: Path) -> Done:
    """Put the notebook that was judged on the disk, before the journal hears of it."""
    try:
        write(path, done.notebook)
        durable(path)
    except OSError as error:  # a full disk, say: nobody's answers are to blame
        why = (error.errno or 0, error.strerror or str(error), str(path))
        return replace(done, doubts=frozenset(), notebook=b"", unwritten=why)
    return replace(done, notebook=b"")


def slot(batch: int, number: int) -> int:
    """Return the number of a worker's sandbox.

    As root each is a user id. Batches side by side must not share one: limits such as the number
    of processes count for the user.

    Parameters
    ----------
    batch
        Number of the batch's process.
    number
        Of the worker in the batch.
    """
    return SLOTS * (batch % 256) + number % SLOTS
