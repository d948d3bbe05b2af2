"""LaTeX to MathML: all that the course writes, well-formed, and nothing but MathML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.layout import Repository
from grader.master import Cell, read_master
from grader.mathml import UnknownMathError, mathml

REPOSITORY = Repository()
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.S)
CHILDREN = {
    "mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2,
    "msubsup": 3, "munderover": 3,
}  # fmt: skip
OTHERS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd"}
ATTRIBUTES = {"display", "stretchy", "mathvariant", "accent", "width", "form", "lspace", "rspace"}


def checked(source: str, block: bool = False) -> str:
    made = mathml(source, block)
    for element in ET.fromstring(made).iter():
        assert element.tag in CHILDREN.keys() | OTHERS, element.tag
        assert len(element) == CHILDREN.get(element.tag, len(element)), made
        assert set(element.attrib) <= ATTRIBUTES, made
    return made


def shown(cell: Cell) -> bool:
    return cell.kind == "markdown" and not cell.solution


@pytest.mark.parametrize("slug", REPOSITORY.sections())
def test_every_formula_of_a_master_is_converted(slug: str) -> None:
    for cell in read_master(REPOSITORY, slug).cells:
        for formula in FORMULA.findall(cell.source) if shown(cell) else []:
            checked(formula.strip("$"), formula.startswith("$$"))


SAYS = {
    r"\frac12": "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
    r"x_{ij}^2": "<msubsup><mi>x</mi><mrow><mrow><mi>i</mi><mi>j</mi></mrow></mrow>",
    r"\Sigma": '<mi mathvariant="normal">Σ</mi>',
    r"\mathbb E": "<mi>𝔼</mi>",
    r"\mathbb{R}": "<mi>ℝ</mi>",
    r"\mathcal L": "<mi>ℒ</mi>",
    r"\boldsymbol\theta": "<mi>𝜽</mi>",
    r"\mathbf{1}": "<mi>𝟏</mi>",
    r"\hat\theta": '<mover accent="true"><mi>θ</mi>',
    r"\operatorname{tr}C": '<mi mathvariant="normal">tr</mi><mspace width=".17em">',
    r"a<b": "<mo>&lt;</mo>",
    r"f'": "<msup><mi>f</mi><mrow><mo>′</mo></mrow></msup>",
    r"=-a": '<mo form="prefix">−</mo>',
    r"\sqrt[3]{x}": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    r"\left(\frac ab\right]": "<mo>(</mo>",
    r"\text{if } x": "<mtext>if\u00a0</mtext>",
    r"\begin{align*}a&=b\\c\end{align*}": "<mtr><mtd><mi>c</mi></mtd></mtr>",
}


@pytest.mark.parametrize("source", SAYS)
def test_what_it_makes(source: str) -> None:
    assert SAYS[source] in checked(source)


def test_limits_stand_under_a_sum_only_on_a_line_of_its_own() -> None:
    assert "<munder>" in checked(r"\sum_i", block=True)
    assert "<msub>" in checked(r"\sum_i")


UNKNOWN = [
    r"\href{javascript:alert(1)}{x}", r"\class{a}{b}", r"{", "}", r"\frac1", r"x^", r"\left(x",
    r"\begin{tikz}x\end{tikz}", r"\begin{align}x", r"\text{\href{a}}", r"\mathbb{\alpha}",
    "{" * 100 + "}" * 100, r"\sqrt" * 100 + "x", "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("source", UNKNOWN, ids=lambda source: source[:20])
def test_what_it_refuses(source: str) -> None:
    with pytest.raises(UnknownMathError):
        mathml(source)


PIECES = st.sampled_from(
    r"\frac \sqrt [ ] { } _ ^ ' \left( \right) \begin{align} \end{align} & \\ \text{ \mathbb "
    r"\hat \sum \operatorname{tr} x 12 <b> \" > - / \alpha \, \big \limits \min .".split(" ")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=25), st.booleans())
def test_nothing_but_mathml_comes_out(pieces: list[str], block: bool) -> None:
    source = "".join(c for c in "".join(pieces) if c.isprintable())
    try:
        checked(source, block)
    except UnknownMathError:
        pass
