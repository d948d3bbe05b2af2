"""Turn the LaTeX of task texts and answers into MathML, which browsers show by themselves.

Covers what the course writes and what its students usually do. Anything else raises
:class:`UnknownMathError`, and the reader gets the LaTeX as it was typed. The output is made of
escaped characters and a fixed set of tags, whatever was put in.
"""

from __future__ import annotations

import html
import re

__all__ = ["UnknownMathError", "mathml"]

LONGEST, DEEPEST = 2000, 40
CLOSING = (")", "]", "}")
THIN = '<mspace width=".17em"></mspace>'
TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:[.,]\d+)?|\.\d+|\s+|.", re.S)

_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι "
    "kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ "
    "omega ω ell ℓ"
).split()
_UPRIGHT = (
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω infty ∞ "
    "partial ∂ nabla ∇ emptyset ∅ top ⊤ bot ⊥"
).split()
_OPERATORS = (
    "le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ ll ≪ gg ≫ cdot ⋅ times × pm ± mp ∓ approx ≈ sim ∼ simeq ≃ "
    "equiv ≡ propto ∝ in ∈ notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ to → rightarrow → leftarrow ← "
    "Rightarrow ⇒ implies ⟹ iff ⟺ Leftrightarrow ⇔ mapsto ↦ forall ∀ exists ∃ mid ∣ perp ⊥ odot ⊙ "
    "otimes ⊗ oplus ⊕ circ ∘ ast ∗ star ⋆ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ colon : land ∧ "
    "lor ∨ neg ¬ succeq ⪰ preceq ⪯ succ ≻ prec ≺ setminus ∖ backslash ∖ prime ′ dagger †"
).split()
_FENCES = (
    "lVert ‖ rVert ‖ Vert ‖ lvert | rvert | vert | langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ "
    "rceil ⌉ lbrace { rbrace } lbrack [ rbrack ]"
).split()
_ACCENTS = "hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ dot ˙ ddot ¨ vec →".split()
_SPACES = {",": ".17", ":": ".22", ";": ".28", "!": "-.17", " ": ".28", "quad": "1", "qquad": "2"}


def _pairs(names: list[str]) -> dict[str, str]:
    return dict(zip(names[::2], names[1::2], strict=True))


GREEK, UPRIGHT, OPERATORS = _pairs(_GREEK), _pairs(_UPRIGHT), _pairs(_OPERATORS)
FENCES = _pairs(_FENCES) | {"|": "‖", "{": "{", "}": "}"}
ACCENTS = _pairs(_ACCENTS)
LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂"}
NAMED = set("log ln exp sin cos tan det dim ker Pr arg deg gcd tanh".split())
LIMITS = {"min": "min", "max": "max", "lim": "lim", "sup": "sup", "inf": "inf"} | {
    "limsup": "lim sup",
    "liminf": "lim inf",
    "argmin": "arg min",
    "argmax": "arg max",
}
SIZES = {f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
STYLES = {"displaystyle", "textstyle", "scriptstyle", "limits", "nolimits"}
TABLES = {"align", "aligned", "gather", "gathered", "split", "cases", "matrix", "pmatrix"} | {
    "bmatrix",
    "equation",
}
AROUND = {"pmatrix": "()", "bmatrix": "[]", "cases": "{"}
# The letters that Unicode had before it had the alphabet.
DOUBLE = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
SCRIPT = {"B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ"}
ALPHABETS: dict[str, tuple[int, int, dict[str, str]]] = {
    "mathbb": (0x1D538, 0x1D552, DOUBLE),
    "mathcal": (0x1D49C, 0x1D4B6, SCRIPT | {"e": "ℯ", "g": "ℊ", "o": "ℴ"}),
    "mathbf": (0x1D400, 0x1D41A, {}),
}
# Small letters are slanted, capitals upright.
BOLD_GREEK = {chr(0x3B1 + i): chr(0x1D736 + i) for i in range(25)}
BOLD_GREEK |= {chr(0x391 + i): chr(0x1D6A8 + i) for i in range(25)} | {"ϵ": "𝝐", "ϕ": "𝝓"}
ALPHABETS |= {"mathscr": ALPHABETS["mathcal"], "boldsymbol": ALPHABETS["mathbf"]}
WORDS = {"mathrm", "operatorname", "operatorname*", "text", "textrm", "mathsf", "mathit", "textit"}


class UnknownMathError(ValueError):
    """Something in the LaTeX that isn't covered here."""


def mathml(source: str, block: bool = False) -> str:
    """Convert LaTeX, without its dollars, to a ``<math>`` element.

    Parameters
    ----------
    source
        The LaTeX.
    block
        Whether it stands on a line of its own.

    Raises
    ------
    UnknownMathError
        If it can't be converted whole.
    """
    if len(source) > LONGEST:
        raise UnknownMathError("too long")
    parser = _Parser(TOKEN.findall(source), block)
    inside = parser.row(())
    display = ' display="block"' if block else ""
    return f"<math{display}>{inside}</math>"


def _tag(name: str, *parts: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{''.join(parts)}</{name}>"


def _mo(character: str, stretchy: bool = True) -> str:
    fixed = "" if stretchy else ' stretchy="false"'
    return _tag("mo", html.escape(character), attributes=fixed)


def _around(token: str, before: str) -> str:
    """Say how far a sign keeps from its neighbours: none for a fraction and a sign in front."""
    if token == "/":
        return ' lspace="0" rspace="0"'
    in_front = before in ("", *"=(<>[{,;&^_|") or before[1:] in OPERATORS or before == "\\\\"
    return ' form="prefix"' if in_front else ""


class _Parser:
    """Reads tokens from left to right; each method returns the MathML of what it has read."""

    def __init__(self, tokens: list[str], block: bool) -> None:
        self.tokens, self.block = tokens[::-1], block
        self.depth, self.last = 0, ""

    def peek(self) -> str:
        while self.tokens and self.tokens[-1].isspace():
            self.tokens.pop()
        return self.tokens[-1] if self.tokens else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise UnknownMathError(f"expected {wanted or 'more'}, found {token or 'the end'}")
        self.last = self.tokens.pop()
        return self.last

    def row(self, ends: tuple[str, ...]) -> str:
        """Read up to one of the tokens given, or to the end when none is."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnknownMathError("too deep")
        parts: list[str] = []
        while (token := self.peek()) not in ends:
            if not token:
                if ends:
                    raise UnknownMathError("something isn't closed")
                break
            parts.append(self.scripted())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else _tag("mrow", *parts)

    def scripted(self) -> str:
        """Read one thing with what is written under, over and beside it."""
        large = self.peek().removeprefix("\\") in (LARGE.keys() | LIMITS.keys())
        close = self.last.isalnum() or self.last in CLOSING or self.last[1:] in GREEK
        named = self.peek().removeprefix("\\") in (NAMED | LIMITS.keys() | {"operatorname"})
        base = _tag("mrow") if self.peek() in ("_", "^", "'") else self.atom()
        while self.peek().removeprefix("\\") in STYLES:
            self.take()
        under = over = ""
        while (token := self.peek()) in ("_", "^", "'"):
            if token == "'":
                self.take()
                over += _mo("′")
            elif token == "_":
                self.take()
                under += self.argument()
            else:
                self.take()
                over += self.argument()
        kind = ("munder", "mover", "munderover") if large and self.block else ()
        sub, sup, both = kind or ("msub", "msup", "msubsup")
        if under and over:
            base = _tag(both, base, _tag("mrow", under), _tag("mrow", over))
        elif under or over:
            base = _tag(sub if under else sup, base, _tag("mrow", under or over))
        if not named:
            return base
        return _tag("mrow", THIN if close else "", base, THIN if self.letter_follows() else "")

    def letter_follows(self) -> bool:
        token = self.peek()
        name = token.removeprefix("\\")
        if token == name:
            return token.isalnum()
        spaced = OPERATORS.keys() | FENCES.keys() | SIZES | _SPACES.keys() | {"left", "right", "\\"}
        return name not in spaced

    def argument(self) -> str:
        """Read a group in braces or, as TeX does, a single character."""
        token = self.peek()
        if token == "{":
            return self.group()
        if token[:1].isdigit() and len(token) > 1:
            self.tokens[-1:] = [token[1:], token[0]]
        return self.atom()

    def group(self) -> str:
        self.take("{")
        inside = self.row(("}",))
        self.take("}")
        return inside

    def raw(self) -> str:
        """Read a group as characters."""
        if self.peek() != "{":
            return self.take()
        self.take("{")
        text = ""
        while (token := self.tokens.pop() if self.tokens else "") != "}":
            if not token or token == "{" or (token.startswith("\\") and len(token) > 2):
                raise UnknownMathError(f"no plain text: {token}")
            text += token.removeprefix("\\")
        return text

    def atom(self) -> str:
        token = self.peek()
        if token == "{":
            return self.group()
        before, token = self.last, self.take()
        if token.startswith("\\"):
            return self.command(token[1:])
        if token in "}&_^#$%~\\":
            raise UnknownMathError(f"unexpected {token}")
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return _tag("mn", token)
        if token.isalpha():
            return _tag("mi", html.escape(token))
        if token in "+-/":
            return _tag("mo", token.replace("-", "−"), attributes=_around(token, before))
        return _mo(token.replace("*", "∗"), stretchy=token not in "()[]|")

    def command(self, name: str) -> str:
        if name in GREEK:
            return _tag("mi", GREEK[name])
        if name in UPRIGHT:
            return _tag("mi", UPRIGHT[name], attributes=' mathvariant="normal"')
        if name in OPERATORS:
            return _mo(OPERATORS[name])
        if name in FENCES:
            return _mo(FENCES[name], stretchy=False)
        if name in LARGE:
            return _mo(LARGE[name])
        if name in NAMED or name in LIMITS:
            return _tag("mi", LIMITS.get(name, name))
        if name in _SPACES:
            return _tag("mspace", attributes=f' width="{_SPACES[name]}em"')
        if name in SIZES or name == "middle":
            return self.fence(stretchy=False)
        if name in STYLES:
            return _tag("mrow")
        if name in ("%", "$", "#", "&", "_"):
            return _mo(name)
        return self.construct(name)

    def construct(self, name: str) -> str:
        """Read a command that takes arguments."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnknownMathError("too deep")
        if name in ("frac", "tfrac", "dfrac"):
            made = _tag("mfrac", self.argument(), self.argument())
        elif name == "sqrt":
            made = self.root()
        elif name in ACCENTS:
            accent = _mo(ACCENTS[name], stretchy=name.startswith(("wide", "over")))
            made = _tag("mover", self.argument(), accent, attributes=' accent="true"')
        elif name in ALPHABETS:
            made = _tag("mi", *(_letter(name, letter) for letter in self.letters()))
        elif name in WORDS:
            made = self.word(name)
        elif name == "left":
            made = self.fence() + self.row(("\\right",))
            self.take("\\right")
            made = _tag("mrow", made, self.fence())
        elif name == "begin":
            made = self.table()
        else:
            raise UnknownMathError(f"\\{name}")
        self.depth -= 1
        return made

    def word(self, name: str) -> str:
        text = html.escape(self.raw())
        if name.startswith("text"):
            return _tag("mtext", text.replace(" ", "\u00a0"))
        return _tag("mi", text.strip(), attributes=' mathvariant="normal"')

    def letters(self) -> list[str]:
        """Read the letters that are to be set in another alphabet."""
        tokens = [self.take()]
        if tokens == ["{"]:
            tokens = []
            while (token := self.take()) != "}":
                tokens.append(token)
        names = (token.removeprefix("\\") for token in tokens)
        found = [GREEK.get(name) or UPRIGHT.get(name) or name for name in names]
        return [letter for each in found for letter in each]

    def root(self) -> str:
        if self.peek() != "[":
            return _tag("msqrt", self.argument())
        self.take()
        degree = self.row(("]",))
        self.take("]")
        return _tag("mroot", self.argument(), degree)

    def fence(self, stretchy: bool = True) -> str:
        token = self.take()
        name = token.removeprefix("\\")
        if token == ".":
            return ""
        if token in "()[]|/<>":
            return _mo({"<": "⟨", ">": "⟩"}.get(token, token), stretchy)
        if name in FENCES:
            return _mo(FENCES[name], stretchy)
        raise UnknownMathError(f"no bracket: {token}")

    def table(self) -> str:
        name = self.raw().removesuffix("*")
        if name not in TABLES:
            raise UnknownMathError(name)
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(_tag("mtd", self.row(("&", "\\\\", "\\end"))))
            token = self.take()
            if token == "\\end":
                break
            if token == "\\\\":
                rows.append([])
        if self.raw().removesuffix("*") != name:
            raise UnknownMathError(f"{name} isn't closed")
        body = _tag("mtable", *(_tag("mtr", *cells) for cells in rows))
        brackets = AROUND.get(name, "")
        return _tag("mrow", *map(_mo, brackets[:1]), body, *map(_mo, brackets[1:]))


def _letter(alphabet: str, letter: str) -> str:
    capital, small, older = ALPHABETS[alphabet]
    if letter in older:
        return older[letter]
    if alphabet in ("boldsymbol", "mathbf"):
        if letter in BOLD_GREEK:
            return BOLD_GREEK[letter]
        if letter.isascii() and letter.isdigit():
            return chr(0x1D7CE + int(letter))
    if "A" <= letter <= "Z":
        return chr(capital + ord(letter) - ord("A"))
    if "a" <= letter <= "z":
        return chr(small + ord(letter) - ord("a"))
    if letter == "1" and alphabet == "mathbb":
        return "𝟙"
    raise UnknownMathError(f"\\{alphabet} {letter}")
