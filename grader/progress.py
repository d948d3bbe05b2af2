"""Say how a batch is getting on: a line for each submission, and the time that is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from grader import results
from grader.results import Record

__all__ = ["Progress"]

WIDTH = 30


class Progress:
    """Counts what is done of what there is to do.

    Parameters
    ----------
    say, complain
        Called with each line; ``complain`` with those about a submission without a grade.

    Attributes
    ----------
    expected
        How many submissions there are.
    """

    def __init__(self, say: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self.say, self.complain = say, complain
        self.expected = self.finished = self.judged = self.ready = 0
        self.begin = time.monotonic()
        self.bar = sys.stderr.isatty()

    def tick(self, *, judged: bool) -> None:
        """Count a submission as soon as its outcome is known; grades are settled many at once.

        Parameters
        ----------
        judged
            Whether it took the time of being judged.
        """
        self.ready += 1
        self.judged += judged
        if self.bar:
            self._draw()

    def done(self, record: Record, course: str, *, unchanged: bool) -> None:
        """Say what came of one submission.

        Parameters
        ----------
        course
            The course folder as it is printed.
        unchanged
            Whether it was judged before, and nothing it rests on has changed.
        """
        if record.status == results.PROBLEM:
            self.expected -= 1
            self.ready -= 1
            self.complain(f"{course}/{record.message}")
            return
        self.finished += 1
        place = f"[{self.finished:>{len(str(self.expected))}}/{self.expected}] {record.student}: "
        if record.message:
            self.complain(f"{place}{course}/{record.message}")
        else:
            self.say(place + _line(record, unchanged=unchanged))

    def _draw(self) -> None:
        full = WIDTH * self.ready // max(self.expected, 1)
        left = ""
        if self.judged and self.ready < self.expected:
            pace = (time.monotonic() - self.begin) / self.judged
            left = f" about {pace * (self.expected - self.ready):.0f} s left"
        end = "\n" if self.ready >= self.expected else "\r"
        print(f"{'█' * full}{'░' * (WIDTH - full)}{left}   ", end=end, file=sys.stderr, flush=True)


def _line(record: Record, *, unchanged: bool) -> str:
    waiting = sum(t.max_points for t in record.tasks if t.outcome == results.BY_HAND)
    rest = f", {waiting:g} to be graded by hand" if waiting else ""
    mended = f"; {'; '.join(record.notes)}" if record.notes else ""
    again = " (unchanged)" if unchanged else ""
    return f"{record.score:g} of {record.max_score:g} points{rest}{again}{mended}"
