"""Attacks by what an answer is: objects that lie, and a Python that was bent beforehand."""

from __future__ import annotations

from tests.attacks.arsenal import attack
from tests.attacks.harness import REAL, Sheet

PATCHED, HOSTILE, RAISED = (
    "patched comparisons and builtins",
    "hostile objects and subclasses",
    "exceptions that speak for themselves",
)

LIAR = """
class Liar:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: True
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __len__(self): return 3
    def __iter__(self): return iter([self] * 3)
    def __getitem__(self, key): return self
    def __float__(self): return 0.0
    __abs__ = __neg__ = lambda self: 0.0
    def __sub__(self, other): return 0.0
    __rsub__ = __mul__ = __rmul__ = __sub__
    def __call__(self, *args, **kwargs): return self
    def __enter__(self): return self
    def __exit__(self, *args): return True
    def __instancecheck__(self, other): return True
    def __array__(self, *args, **kwargs):
        import numpy as np
        return np.zeros(3)
    def __array_ufunc__(self, ufunc, method, *args, **kwargs): return True
    def __array_function__(self, function, types, args, kwargs): return True
    def __str__(self): return "even"
    def __repr__(self): return "✓ passed"
    def __round__(self, *args): return 0
    __array_priority__ = 1e9
"""


@attack(PATCHED)
def builtins_say_yes(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import builtins
print("ARMED")
for name in ("all", "any", "isinstance", "issubclass", "callable", "hasattr"):
    setattr(builtins, name, lambda *args: True)
for name in ("abs", "sum", "max", "round", "hash"):
    setattr(builtins, name, lambda *args, **kwargs: 0)
builtins.AssertionError = Warning
""")


@attack(PATCHED)
def numpy_says_yes(sheet: Sheet) -> Sheet:
    return sheet.wrongly().after(
        "setup",
        """
def yes(*args, **kwargs):
    return True
for name in ("allclose", "array_equal", "isclose", "all", "isfinite", "equal", "array_equiv"):
    setattr(np, name, yes)
for name in ("assert_allclose", "assert_array_equal", "assert_equal", "assert_"):
    setattr(np.testing, name, yes)
print("ARMED")
""",
    )


@attack(PATCHED)
def checks_say_yes(sheet: Sheet) -> Sheet:
    return sheet.wrongly().after(
        "setup",
        """
from course_utils import ladder
for name in ("value", "label", "compare", "fail", "visible_passed"):
    setattr(checks.Task, name, lambda self, *args, **kwargs: None)
checks.Task.__exit__ = lambda self, *args: True
ladder.climb = ladder.distance = lambda *args, **kwargs: None
ladder.same = ladder.all_apart = lambda *args, **kwargs: True
print("ARMED")
""",
    )


@attack(PATCHED)
def floats_are_equal_in_c(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import ctypes, gc
for kind in (float, str, int, list):
    table = gc.get_referents(kind.__dict__)[0]
    table["__eq__"], table["__ne__"] = (lambda a, b: True), (lambda a, b: False)
    if kind is float:
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
print("ARMED")
""")


@attack(HOSTILE)
def equal_to_everything(sheet: Sheet) -> Sheet:
    return sheet.every("return Liar()").first(f'{LIAR}\nprint("ARMED")')


@attack(HOSTILE, slug=REAL, slow=True)
def equal_to_everything_on_a_real_section(sheet: Sheet) -> Sheet:
    return sheet.every("return Liar()").first(f'{LIAR}\nprint("ARMED")')


@attack(HOSTILE)
def names_that_are_liars(sheet: Sheet) -> Sheet:
    names = "scale classify minimise Tally walk report centre shuffled weigh norm".split()
    lines = "\n".join(f"{name} = Liar()" for name in names)
    return sheet.first(f"{LIAR}\n").after("task9", f'{lines}\nprint("ARMED")')


@attack(HOSTILE)
def array_subclass(sheet: Sheet) -> Sheet:
    return sheet.every("return np.zeros(3).view(Yes)").after(
        "setup",
        """
class Yes(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs): return np.True_
    def __array_function__(self, *args, **kwargs): return True
    def __array_finalize__(self, other): pass
    def __eq__(self, other): return True
    def __reduce__(self): return (print, ("reduced",))
    def tobytes(self, *args): return b"\\0" * 24
    def astype(self, *args, **kwargs): return self
    shape = (5,)
    dtype = np.dtype(float)
    size = 0
print("ARMED")
""",
    )


@attack(HOSTILE)
def subclasses_of_plain_types(sheet: Sheet) -> Sheet:
    sheet.first("""
class Mine:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 1
    def __len__(self): return 3
    def strip(self, *args): return self
    lower = upper = strip
    def keys(self): return ["A", "B", "C", "D"]
    def items(self): return [(key, Text("odd")) for key in "ABCD"]
    def __iter__(self): return iter([0.5] * 3)
    def __getitem__(self, key): return Text("odd")
    def __contains__(self, key): return True
    def bit_length(self): return 1
    def to_bytes(self, *args, **kwargs): return b"\\0"
class Number(Mine, float): pass
class Whole(Mine, int): pass
class Text(Mine, str): pass
class Map(Mine, dict): pass
class Row(Mine, list): pass
class Pair(Mine, tuple): pass
class Blob(Mine, bytes): pass
print("ARMED")
""")
    sheet.every("return Number(1.0)").answer(
        task1="def scale(x, factor):\n    return Row([1.0] * len(x))",
        task2="def classify():\n    return Map(A=Text('neither'), B=Text('even'))",
        task3="def minimise(grad, start):\n    return Pair((1.0, 2.0))",
        task5="def walk(start):\n    return Row()",
        task6="def report(values):\n    print(Text('n=4'))",
        task9="def norm(x):\n    return Whole(3)",
    )
    return sheet


@attack(HOSTILE)
def class_says_otherwise(sheet: Sheet) -> Sheet:
    return sheet.every("return Mask()").after(
        "setup",
        """
class Mask:
    __class__ = property(lambda self: np.ndarray)
    dtype, shape, ndim, size, nbytes = np.dtype(float), (3,), 1, 3, 24
    def tobytes(self): return b"\\0" * 24
    def __array__(self, *args, **kwargs): return np.zeros(3)
    __array_interface__ = {"shape": (3,), "typestr": "<f8", "data": (1, False), "version": 3}
    __array_struct__ = property(lambda self: 1 / 0)
print("ARMED")
""",
    )


@attack(HOSTILE)
def empty_and_endless_values(sheet: Sheet) -> Sheet:
    return (
        sheet.every("return np.empty((0, 3))")
        .answer(
            task2="def classify():\n    return {}",
            task3="def minimise(grad, start):\n    return np.full(len(start), np.nan)",
            task4="class Tally:\n    def add(self, value): pass\n    def mean(self): return np.nan",
            task5="def walk(start):\n    return iter(())",
            task8="def shuffled(values, rng):\n    return np.ma.masked_all(12)\n\n"
            "def weigh(weights):\n    return np.full(3, np.inf)",
            task9="def norm(x):\n    return float('nan')",
        )
        .first('print("ARMED")')
    )


@attack(HOSTILE)
def numbers_of_odd_kinds(sheet: Sheet) -> Sheet:
    return sheet.every("return next(ODD)").after(
        "setup",
        """
from decimal import Decimal
from fractions import Fraction
ODD = itertools.cycle([
    10**2000, -(10**300), Decimal("NaN"), Fraction(1, 3), complex(0, float("nan")), True,
    np.timedelta64("NaT"), np.array(["5.0"] * 3), np.array([None] * 3), np.void(b"abc"),
    np.array([(1, 2.0)], dtype="i4,f8"), np.float16("inf"), "5.0", b"5.0", ..., NotImplemented,
])
print("ARMED")
""",
    )


@attack(HOSTILE)
def its_own_input_again(sheet: Sheet) -> Sheet:
    return (
        sheet.every("return (args + tuple(kwargs.values()))[0] if args or kwargs else args")
        .answer(
            task3="def minimise(grad, start):\n    return grad",
            task8="def shuffled(values, rng):\n    return rng\n\n\n"
            "def weigh(weights):\n    return weights",
        )
        .first('print("ARMED")')
    )


@attack(HOSTILE)
def references_of_its_own(sheet: Sheet) -> Sheet:
    """Numbers and streams that mean something to the judge."""
    return sheet.every("return next(MADE)").after(
        "setup",
        """
from grader.sealed import wire
MADE = itertools.cycle(
    [wire.Reference(kind, n) for kind in wire.KINDS for n in (0, 1, 2, 2**31)]
    + [wire.Stream("PCG64", {"state": 1}), wire.Stream("", {})]
    + [[wire.Reference("callback", 0)], {"A": wire.Reference("callback", 0)}]
)
print("ARMED")
""",
    )


@attack(HOSTILE)
def iteration_that_lies(sheet: Sheet) -> Sheet:
    return sheet.every("return Lines()").first("""
class Lines:
    turn = 0
    def __iter__(self):
        Lines.turn += 1
        return iter([0.0] * (Lines.turn % 4)) if Lines.turn % 2 else self
    def __next__(self): raise StopIteration
    def __len__(self): return 2**62
    def __length_hint__(self): return 2**62
    def __getitem__(self, key): return Lines()
print("ARMED")
""")


@attack(RAISED)
def exceptions_named_like_a_pass(sheet: Sheet) -> Sheet:
    return sheet.every("raise next(KINDS)").after(
        "setup",
        """
made = [type(n, (Exception,), {"__module__": m, "outcome": "passed"})("passed")
        for n in ("passed", "Gone", "Unjudgeable", "CheckFailed", "Verdict", "EOFError")
        for m in ("builtins", "course_utils.checks", "grader.sealed.channel")]
made += [checks.CheckFailed("Task 1: passed", outcome="passed"), SystemExit(0), EOFError("ok"),
         KeyboardInterrupt(), GeneratorExit(), StopAsyncIteration(),
         BaseExceptionGroup("g", [made[0]])]
KINDS = itertools.cycle(made)
print("ARMED")
""",
    )


@attack(RAISED)
def stop_iteration_ends_the_test_loop(sheet: Sheet) -> Sheet:
    """``zip(map(f, inputs), wants)`` ends in silence when ``f`` raises StopIteration."""
    return sheet.every("raise StopIteration").first('print("ARMED")')


@attack(RAISED)
def text_that_imitates_a_verdict(sheet: Sheet) -> Sheet:
    return sheet.every(r"""
raise ValueError('"]\n["verdict", "task1-one", "passed", ""]\n["done", "", "", ""]\n')
""").first(r"""
print('["verdict", "task1-two", "passed", ""]\n' * 20)
import sys, os
for number in (1, 2):
    os.write(number, b'\n["verdict", "task2-rest", "passed", ""]\n')
sys.__stdout__.write('["verdict", "task3-drawn", "passed", ""]\n')
sys.__stdout__.flush()
print("ARMED")
""")


@attack(RAISED)
def text_that_no_file_can_hold(sheet: Sheet) -> Sheet:
    """Lone surrogates, NUL, terminal escapes: in messages, in output, in names."""
    return sheet.every(r"""
raise ValueError("\ud800\x00\x1b[2J\x1b]0;owned\x07\u202e\udfff" * 5)
""").first(
        r"""
print("\ud800\udc00 \x00 \x1b[31m \udcff")
print("ARMED")
"""
    )


@attack(HOSTILE, keeps=("task1-visible", "task3-visible", "task9-visible", "task8-visible"))
def answers_for_the_visible_inputs(sheet: Sheet) -> Sheet:
    """Not stopped, and not meant to be: the visible points are all that it gets."""
    return (
        sheet.wrongly()
        .answer(
            task1="def scale(x, factor):\n    return np.array([-4.0, -2.0, 6.0]) + 0 * x[:1]",
            task3="def minimise(grad, start):\n    return [1.0, -2.0][: len(start)]",
            task8="def shuffled(values, rng):\n    return values\n\n\n"
            "def weigh(weights):\n    return [0.29020445554, 0.22424755756, 0.4855479869]",
            task9="def norm(x):\n    return 5.0",
        )
        .first('print("ARMED")')
    )
