"""What the message of a failed check says: a mistake that its author named, or none.

A message holds what was drawn and what a student wrote. So it isn't quoted: it is matched against
the texts that stand in the master's tests, and the text that it matches stands for it, with an
ellipsis for each hole. What an exception says is the student's and never counts as a named mistake.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.master import Master

__all__ = ["FORM", "NAMED", "NOT_NAMED", "STOPPED", "UNKNOWN", "Reader", "Said"]

# What a message can be.
NAMED = "named"
FORM = "form"
STOPPED = "stopped"
NOT_NAMED = "not named"
UNKNOWN = "unknown"

HOLE = "…"
HOLE_MARK = "\0"
LONGEST_HEAD = 60
SHORTEST = 12  # letters that a text must have before a message is taken for it
LONGEST = 2_000  # characters at either end of a message that are looked at
TASK = re.compile(r"Task [\w.]+: ")
LOOK = " Look again at "
# course_utils.ladder says in front of a text which of several values it is about, and
# course_utils.checks.Task.label which label.
PLACE = re.compile(r"(?:value \d+ of \d+: |entry (?:'[^']*'|\"[^\"]*\"|[\w.]+): )+")
LABEL = re.compile(r".{1,200}? isn't (?:'[^']*'|\"[^\"]*\"): (?=.)", re.S)
TYPE = r"(?P<type>[A-Za-z_]\w{0,60})"

# What course_utils.checks and course_utils.ladder say of any answer, most telling first.
COMMON = [
    (STOPPED, rf".{{1,200}}?\(\) stopped with {TYPE}\b.*", "the function stopped with {type}"),
    (STOPPED, rf"the check stopped with {TYPE}\b.*", "the check stopped with {type}"),
    (NOT_NAMED, r"off by a relative error of .*", "off by a relative error"),
    (NOT_NAMED, r"not the expected value\.", "not the expected value"),
    (NOT_NAMED, r".* isn't .*: ask what the value depends on\.", "another label is right"),
    (FORM, r"nothing was returned; is there a return statement\?", "nothing was returned"),
    (FORM, r"expected .*", "another type, shape or number of values was expected"),
    (FORM, r"there is a nan; .*", "there is a nan"),
    (FORM, r"there is an infinite value; .*", "there is an infinite value"),
    (FORM, r"the dictionary has no entry .*", "the dictionary lacks an entry"),
    (FORM, r"the entry .* must be .*", "an entry is none of the labels"),
    (FORM, r".* (?:is none|isn't one) of the \w+ labels\.", "an entry is none of the labels"),
    (FORM, r".*\(\) changed its argument .*; work on a copy\.", "the function changed its input"),
    (FORM, r".* isn't there; run the cell that defines it, .*", "a name isn't there"),
]
PATTERNS = [(kind, re.compile(pattern, re.S), text) for kind, pattern, text in COMMON]


@dataclass(frozen=True)
class Said:
    """What a message says.

    Attributes
    ----------
    kind
        :data:`NAMED` where the author has a text for this mistake, :data:`FORM` for a slip of type
        or shape, :data:`STOPPED` for an exception, :data:`NOT_NAMED` where the check could only say
        that the value is another one, :data:`UNKNOWN` for a text that the master doesn't hold.
    text
        What stands for all messages of the sort. Nothing in it is a student's.
    place
        Where in the theory it says to look, as the master puts it; empty where it doesn't say.
    """

    kind: str
    text: str
    place: str = ""


class Reader:
    """Reads the messages of one section.

    Parameters
    ----------
    master
        Its tests hold the texts.
    """

    def __init__(self, master: Master) -> None:
        trees = [tree for cell in master.cells if cell.automatic for tree in _parsed(cell.source)]
        self.heads = {head for tree in trees for head in _heads(tree)}
        self.places = {place for tree in trees for place in _places(tree)}
        found = {piece for tree in trees for piece in _texts(tree)}
        self.exact = {text for text in found if HOLE_MARK not in text}
        holey = sorted(found - self.exact, key=lambda text: (-_letters(text), text))
        self.holey = [text.split(HOLE_MARK) for text in holey]

    def read(self, message: str) -> Said:
        """Tell what the message of a failed check says."""
        if len(message) > 2 * LONGEST:  # the student's; what the checks say is at its ends
            message = message[:LONGEST] + message[-LONGEST:]
        text, place = self._without_place(TASK.sub("", message, count=1).strip())
        text = PLACE.sub("", text, count=1) if PLACE.match(text) else text
        for kind, pattern, shown in PATTERNS:
            if found := pattern.fullmatch(text):
                return Said(kind, shown.format(**found.groupdict()), place)
        for core in self._cores(text):
            if known := self._known(core):
                return Said(NAMED, known, place)
        return Said(UNKNOWN, "a text that the master doesn't hold now", place)

    def _cores(self, text: str) -> Iterator[str]:
        """Yield a message, and what is left of it without what it says it is about."""
        yield text
        if label := LABEL.match(text):
            yield text[label.end() :]
        head, colon, rest = text.partition(": ")
        about = head.removeprefix("the ") in self.heads or re.fullmatch("[A-Z]", head)
        if colon and about and rest in self.exact:
            yield rest

    def _without_place(self, text: str) -> tuple[str, str]:
        """Cut off the last sentence if it is one that the master writes."""
        start = text.rfind(LOOK)
        if start >= 0 and text.endswith("."):
            place = text[start + len(LOOK) : -1]
            return text[:start].rstrip(), place if place in self.places else ""
        return text, ""

    def _known(self, text: str) -> str:
        if text in self.exact:
            return text
        return next((HOLE.join(pieces) for pieces in self.holey if _fits(text, pieces)), "")


def _parsed(source: str) -> Iterator[ast.Module]:
    try:
        yield ast.parse(source)
    except (SyntaxError, ValueError):
        return  # make check says so; a report can do without


def _heads(tree: ast.AST) -> Iterator[str]:
    """Yield what an author may put in front of a text, with a colon: 'the standard error'."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            head = node.value.strip().rstrip(":")
            if 0 < len(head) <= LONGEST_HEAD:
                yield head


def _places(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "look":
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                yield node.value.value


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        text = _text(node) if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) else ""
        if _letters(text) >= SHORTEST and " " in text:
            yield re.sub(f"{HOLE_MARK}+", HOLE_MARK, text).strip()


def _text(node: ast.AST) -> str:
    """Return the text that an expression gives, with a mark for what isn't known before."""
    if isinstance(node, ast.Constant):
        return node.value.replace(HOLE_MARK, "") if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Add):
            return ""
        sides = [_text(side) or HOLE_MARK for side in (node.left, node.right)]
        return "" if sides == [HOLE_MARK, HOLE_MARK] else "".join(sides)
    return HOLE_MARK


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _fits(text: str, pieces: Sequence[str]) -> bool:
    """Tell whether a text consists of these pieces, in order, with something in each hole.

    A regular expression with as many wildcards may take forever on a text made for it.
    """
    first, *middle, last = pieces
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at + 1, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at < end
