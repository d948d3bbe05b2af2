"""Attacks by the notebook itself: metadata, ids, cells, and text that a browser would run."""

from __future__ import annotations

import copy

from tests.attacks import ground
from tests.attacks.arsenal import attack
from tests.attacks.harness import Sheet, code

CELLS, MARKUP = "metadata and id tricks", "markup in outputs, Markdown and exception text"

TESTS = {f"{task}-visible" for task in ground.VISIBLE} | set(ground.HIDDEN)


@attack(CELLS)
def grades_itself(sheet: Sheet) -> Sheet:
    """Points, grade flags and scores wherever something might read them."""
    for cell in sheet.wrongly().cells:
        nbgrader = cell["metadata"].setdefault("nbgrader", {})
        nbgrader.update(points=1000, grade=True, solution=True, locked=False, score=1000, task=True)
        nbgrader.update(auto_score=1000, manual_score=1000, extra_credit=50, max_score=0)
    sheet.document["metadata"].update(score=90, nbgrader={"score": 90}, passed=sorted(TESTS))
    return sheet.first('print("ARMED")')


@attack(CELLS)
def brings_its_own_tests(sheet: Sheet) -> Sheet:
    for name in TESTS:
        sheet.cell(name)["source"] = "task1 = task2 = task3 = print\npass"
    sheet.wrongly().cell("setup")["source"] = "class checks:\n    Task = print\n"
    sheet.cells.append(code('print("ARMED")'))
    return sheet


@attack(CELLS)
def the_tests_as_solution_cells(sheet: Sheet) -> Sheet:
    for name in TESTS:
        cell = sheet.cell(name)
        cell["source"] = "pass"
        cell["metadata"]["nbgrader"].update(grade=False, solution=True, locked=False)
    for name in ground.WRONG:
        sheet.cell(name)["metadata"]["nbgrader"].update(grade=True, solution=False, points=90)
    return sheet.first('print("ARMED")')


@attack(CELLS)
def twins_of_every_cell(sheet: Sheet) -> Sheet:
    twins = copy.deepcopy(sheet.wrongly().cells)
    for twin in twins:
        if twin["metadata"].get("nbgrader", {}).get("grade"):
            twin["source"] = "pass"
    sheet.document["cells"] = [*twins, *sheet.cells, *twins]
    return sheet.first('print("ARMED")')


@attack(CELLS)
def cells_of_another_type(sheet: Sheet) -> Sheet:
    for cell in sheet.wrongly().cells:
        if cell["cell_type"] == "code" and "visible" in cell["id"]:
            cell["cell_type"] = "raw"
        elif cell["cell_type"] == "markdown":
            cell["cell_type"] = "code"
            cell["source"] = "import builtins\nbuiltins.AssertionError = Warning"
    return sheet.first('print("ARMED")')


@attack(CELLS)
def no_tests_at_all(sheet: Sheet) -> Sheet:
    kept = [c for c in sheet.wrongly().cells if c["id"] not in TESTS]
    sheet.document["cells"] = kept[::-1]
    return sheet.first('print("ARMED")')


@attack(CELLS)
def ids_of_odd_kinds(sheet: Sheet) -> Sheet:
    odd = [
        None,
        3,
        ["task1-one"],
        {"a": 1},
        "",
        "task1-one\n",
        "../task1",
        "TASK1-ONE",
        " task1-one",
        "task1-one\0",
        "__class__",
        "cell-1",
        "x" * 10**5,
        "\ud800",
    ]
    for grade_id in odd:
        sheet.cells.append(code("pass", grade_id=grade_id, grade=True, points=90))
    for cell, value in zip(sheet.cells, odd, strict=False):
        cell["id"] = value
    return sheet.wrongly().first('print("ARMED")')


@attack(CELLS)
def names_of_the_test_cells(sheet: Sheet) -> Sheet:
    """Defines for itself what the tests define, before and after each of them."""
    taken = """
import builtins
class Calm:
    def __getattr__(self, name): return Calm()
    def __call__(self, *args, **kwargs): return Calm()
    def __enter__(self): return self
    def __exit__(self, *args): return True
checks = task1 = task2 = task3 = task4 = task5 = task6 = task7 = task8 = case = Calm()
_truth1 = _inputs1 = slope = Calm()
builtins.checks = builtins.task1 = builtins._truth1 = Calm()
"""
    sheet.wrongly()
    for name in TESTS:
        sheet.after(name, taken)
    return sheet.after("setup", taken).first('print("ARMED")')


@attack(CELLS)
def deep_metadata(sheet: Sheet) -> Sheet:
    deep: dict[str, object] = {}
    for _ in range(300):
        deep = {"x": deep, "y": [deep] if len(str(deep)) < 50 else []}
    for cell in sheet.wrongly().cells:
        cell["metadata"]["deep"] = deep
        cell["outputs" if cell["cell_type"] == "code" else "attachments"] = [deep]
    sheet.document["metadata"]["deep"] = deep
    return sheet.first('print("ARMED")')


@attack(CELLS)
def another_kernel(sheet: Sheet) -> Sheet:
    kernel = {"name": "../../evil", "language": "bash", "display_name": "<script>", "argv": ["id"]}
    sheet.document["metadata"].update(kernelspec=kernel, language_info={"name": "bash"})
    sheet.document["metadata"]["widgets"] = {"application/x": {"state": {"a": "b" * 10**5}}}
    return sheet.wrongly().first('print("ARMED")')


@attack(CELLS)
def a_thousand_cells(sheet: Sheet) -> Sheet:
    sheet.wrongly()
    sheet.cells[:0] = [code("x = 1") for _ in range(900)]
    return sheet.first('print("ARMED")')


@attack(CELLS, slow=True)
def source_that_is_hard_to_read(sheet: Sheet) -> Sheet:
    """Megabytes of source that any analysis of it would choke on."""
    for source in (
        "(" * 10**5,
        "0," * 10**6,
        "a" + ".b" * 10**5,
        "if a:\n 1\n" + "elif a:\n 1\n" * 2 * 10**4,
        "-" * 10**5 + "1",
        "x = '\\d' is 1\n" * 100,
        "\0",
        "x = 0x" + "f" * 10**5,
        "\f\r\x1a",
    ):
        sheet.cells.append(code(source))
    return sheet.wrongly().first('print("ARMED")')


SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "</pre></div><iframe src='https://example.org'></iframe>",
    "<style>*{display:none}</style>",
    "<a href=' javascript:alert(1)' onclick='alert(1)'>a</a>",
    "$$\\href{javascript:alert(1)}{x}$$",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '![x](x"onerror="alert(1))',
    "<base href=//example.org><meta http-equiv=refresh content='0;url=//example.org'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }} {% include 'x' %} ${7*7}",
)


@attack(MARKUP)
def markup_everywhere(sheet: Sheet) -> Sheet:
    """What becomes of it in a page is looked at by the tests of the feedback."""
    text = "\n\n".join(SCRIPTS)
    sheet.answer(**{"task10-why": text})
    sheet.every(f"raise ValueError({SCRIPTS[0] + SCRIPTS[1]!r})").first(f"""
from IPython.display import HTML, Javascript, Markdown, SVG, display
text = {text!r}
display(HTML(text), Javascript("alert(1)"), Markdown(text), SVG("<svg onload='alert(1)'/>"))
print(text)
class Rich:
    def _repr_html_(self): return text
    def _repr_mimebundle_(self, **kwargs): return {{"text/html": text, "image/png": text}}
    def __repr__(self): return text
display(Rich())
print("ARMED")
Rich()
""")
    for cell in sheet.cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "display_data", "metadata": {}, "data": {"text/html": text}}
            ]
    return sheet
