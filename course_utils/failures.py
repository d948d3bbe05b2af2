"""What a failed check raises, and how an exception of the student's is told in one line."""

from __future__ import annotations

import traceback

__all__ = ["CheckFailed", "brief"]


class CheckFailed(AssertionError):  # noqa: N818 – a failed check is no programming error
    """A check that didn't pass; its text is the message to the student.

    Attributes
    ----------
    outcome
        ``"failed"``, or ``"not attempted"`` where nothing has been written yet.
    """

    def __init__(self, message: str, outcome: str = "failed") -> None:
        super().__init__(message)
        self.outcome = outcome

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback, which would only quote the test.
        return [f"✗ {self}"]


def brief(error: BaseException) -> str:
    """Name an exception in one line, with the line of the notebook that it came from.

    Parameters
    ----------
    error
        What was raised; a function that runs in another process says its place itself.
    """
    text = " ".join(str(error).split())
    place = getattr(error, "place", None)  # said by a function that runs in another process
    if place is not None:
        return f"{type(error).__name__}: {text} ({place})".replace(":  (", " (").removesuffix(" ()")
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.name != "<module>" and "course_utils" not in f.filename]
    where = f" (in {own[0].name}(), line {own[0].lineno} of its cell)" if own else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"
