"""Wrong usage told in one line, in words that fit the Makefile's targets, too."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

__all__ = ["Parser"]

MISSING = re.compile(r"the following arguments are required: (?P<names>.+)")
NUMBER = re.compile(r"argument (?P<name>\S+): invalid \w+ value: (?P<value>.+)")
#: What a missing argument is, and how a target of make is given it.
ARGUMENTS = {
    "SLUG": "the section (with make: SECTION=01-population-risk)",
    "FILE": "a zip, a folder or a notebook (with make: FILES=submissions.zip)",
    "STUDENT": "the student's folder (with make: STUDENT=lou)",
    "POINTS": "the points (with make: POINTS=3)",
    "--reason": 'the reason, which the student reads (with make: REASON="…")',
}


class Parser(argparse.ArgumentParser):
    """Answers a mistake with a line that says what to do, instead of all that there is."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with status 2."""
        self.exit(2, f"{self.prog}: {_told(message)}; see '{self.prog} --help'\n")


def _told(message: str) -> str:
    if found := MISSING.fullmatch(message):
        names = found["names"].split(", ")
        return f"missing: {'; '.join(ARGUMENTS.get(name, name) for name in names)}"
    if found := NUMBER.fullmatch(message):
        return f"{found['name']}: {found['value']} isn't a number"
    return message.removeprefix("argument ")
