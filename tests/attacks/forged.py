"""Attacks on the talk with the judge: forged replies, seeds, oracles."""

from __future__ import annotations

from tests.attacks.arsenal import FIND, WIRE, attack
from tests.attacks.harness import REAL, Sheet

FORGED, SEEDS, ORACLES = "forged replies", "seeds and rewound generators", "oracle abuse"


@attack(FORGED, armed=False)
def answers_written_beforehand(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(
        WIRE
        + """
write(*[("", "ran")] * 40, *[("", "names", {"scale": wire.Reference("callable", 1)})] * 40)
write(*[("", "value", [-4.0, -2.0, 6.0], {})] * 100)
"""
    )


@attack(FORGED)
def a_server_of_its_own(sheet: Sheet) -> Sheet:
    """Answers every question itself, and names things that nobody asked for."""
    return sheet.wrongly().first(
        WIRE
        + """
yes = wire.Reference("callable", 7)
extra = dict.fromkeys(("_truth1", "_seal1", "print", "abs", "zip", "all", "slope", "case"), yes)
real = endpoint.Endpoint.names
endpoint.Endpoint.names = lambda self, names: ("names", {**real(self, names)[1], **extra})
endpoint.Endpoint.call = lambda self, *args: ("value", [], {})
endpoint.Endpoint.attribute = lambda self, *args: ("value", yes, {})
endpoint.Endpoint.advance = lambda self, *args: ("value", [], {})
endpoint.Endpoint.iterate = lambda self, *args: ("value", [], {})
print("ARMED")
"""
    )


@attack(FORGED, armed=False)
def pickles_and_unknown_tags(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .answer(task1="def scale(x, factor):\n    send()")
        .first(
            WIRE
            + """
import pickle
class Bomb:
    def __reduce__(self):
        code = (
            "from course_utils import checks, ladder\\n"
            "checks.Task.__exit__ = lambda self, *args: True\\n"
            "import builtins; builtins.AssertionError = Warning"
        )
        return exec, (code,)
bomb = pickle.dumps(Bomb())
def send():
    write(b"t" + struct.pack("<I", 4) + wire.encode("") + wire.encode("value")
          + b"P" + struct.pack("<I", len(bomb)) + bomb + wire.encode({}))
    os._exit(0)
"""
        )
    )


@attack(FORGED, armed=False)
def frames_that_are_none(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .answer(
            task1="def scale(x, factor):\n    raw(struct.pack('<I', 2**32 - 1) + b'x' * 100)",
            task2="def classify():\n    write(b'')",
            task3="def minimise(grad, start):\n    write(7, (), ('',), (1, 2))",
            task5="def walk(start):\n    write(('', 'passed'), ('', 'verdict', 'passed'))",
            task6="def report(values):\n"
            '    raw(b\'["verdict", "task6-printed", "passed", ""]\\n\')',
            task9="def norm(x):\n    write(b'l' * 3000, b'd' + bytes(4) * 9)",
        )
        .first(
            WIRE
            + """
def raw(data):
    os.write(SOCKET.fileno(), data)
    SOCKET.shutdown(socket.SHUT_WR)
"""
        )
    )


@attack(FORGED, keeps=("task8-visible", "task9-visible"))
def claims_about_its_arguments(sheet: Sheet) -> Sheet:
    """A reply says how the arguments were left: zeroed inputs, a generator set back."""
    return (
        sheet.wrongly("task8")
        .answer(
            task8="def shuffled(values, rng):\n    return np.roll(values, next(TURN))\n\n\n"
            "def weigh(weights):\n    return [0.29020445554, 0.22424755756, 0.4855479869]",
            task9="def norm(x):\n    if not len(x):\n        raise ValueError\n"
            "    return 5.0 if list(x) == [3.0, 4.0] else 0.0",
        )
        .after(
            "setup",
            WIRE
            + """
TURN = itertools.count(1)
first = np.random.default_rng(0).bit_generator.state
real = endpoint.Endpoint.call
def call(self, target, args, kwargs):
    reply = real(self, target, args, kwargs)
    if reply[0] != "value":
        return reply
    every = {**dict(enumerate(args)), **kwargs}
    zeroed = {k: 0 * v for k, v in every.items() if isinstance(v, np.ndarray)}
    if zeroed and len(every) == 1 and "weights" not in every:
        return ("value", reply[1], zeroed)
    if len(args) == 2:
        return ("value", reply[1], {1: first})
    return reply
endpoint.Endpoint.call = call
print("ARMED")
""",
        )
    )


@attack(FORGED, armed=False)
def changes_that_cannot_be(sheet: Sheet) -> Sheet:
    return sheet.wrongly().after(
        "setup",
        WIRE
        + """
real = endpoint.Endpoint.call
def call(self, target, args, kwargs):
    return ("value", real(self, target, args, kwargs)[1], {-1: 0.0, 7: [], "nobody": {}, (0,): ""})
endpoint.Endpoint.call = call
""",
    )


@attack(FORGED, armed=False)
def calls_that_nobody_asked_for(sheet: Sheet) -> Sheet:
    return sheet.wrongly().answer(
        task1=WIRE
        + """
for number in (0, -1, True, 2**40, 0.0, "0", None):
    write(("callback", number, (), {}))
    write(("callback", number, ([],), {"x": wire.Reference("callback", 0)}))
"""
    )


@attack(FORGED)
def references_without_end(sheet: Sheet) -> Sheet:
    return sheet.every("return FIGURE").after(
        "setup",
        WIRE
        + """
FIGURE = wire.Reference("figure", 3)
THING = wire.Reference("object", 3)
endpoint.Endpoint.figure = lambda self, target: ("value", FIGURE, {})
endpoint.Endpoint.iterate = lambda self, target: ("value", THING, {})
endpoint.Endpoint.attribute = lambda self, target, name: ("value", THING, {})
endpoint.Endpoint.advance = lambda self, target, count: ("value", [FIGURE], {})
print("ARMED")
""",
    )


@attack(FORGED)
def every_descriptor(sheet: Sheet) -> Sheet:
    """Writes verdicts wherever it can, and hands descriptors over."""
    return sheet.wrongly().first(
        FIND
        + WIRE
        + r"""
import array, fcntl
found = "ARMED\n"
line = b'\n["verdict", "task1-one", "passed", ""]\n["verdict", "task2-rest", "passed", ""]\n'
for number in range(256):
    try:
        mode = os.fstat(number).st_mode
        if os.path.sameopenfile(number, SOCKET.fileno()):
            continue
    except OSError:
        continue
    if not stat.S_ISCHR(mode):
        found += f"LOOT descriptor {number} {mode:o}\n"
    try:
        os.write(number, line)
        fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK)
        take(os.read(number, 9999))
    except OSError:
        pass
found += f"LOOT {TAKEN}" if TAKEN else ""
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [SOCKET.fileno()] * 20))]
SOCKET.sendmsg([frame((found, "ran"))], rights)
os.kill(os.getpid(), 19)
os._exit(0)
"""
    )


@attack(SEEDS)
def guesses_the_seed(sheet: Sheet) -> Sheet:
    """Draws the hidden inputs itself, if only it finds the batch's seed."""
    return (
        sheet.wrongly()
        .answer(task1="def scale(x, factor):\n    raise ValueError(guess(x))")
        .after(
            "setup",
            """
import os
def guess(x):
    seed = os.environ.get(checks.SEED_VARIABLE)
    same = [n for n in (checks.Task(t, "").rng.normal() for t in "12345") if n == x[0]]
    return f"LOOT {seed} {same}" if seed or same else "no seed"
np.random.seed(0)
np.random.default_rng = lambda *args: np.random.Generator(np.random.PCG64(0))
checks.grading_rng = lambda task: np.random.default_rng()
print("ARMED")
""",
        )
    )


@attack(SEEDS, keeps=("task8-visible",))
def turns_its_generator_back(sheet: Sheet) -> Sheet:
    """Whatever is drawn after its call should be what is drawn in the visible test."""
    return (
        sheet.wrongly()
        .answer(
            task8="""
def shuffled(values, rng):
    drawn = rng.permutation(values)
    rng.bit_generator.state = np.random.default_rng(0).bit_generator.state
    return drawn


def weigh(weights):
    return [0.29020445554, 0.22424755756, 0.4855479869]
"""
        )
        .first('print("ARMED")')
    )


@attack(ORACLES)
def looks_behind_the_oracle(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .answer(
            task3="""
def minimise(grad, start):
    found = []
    for name in dir(grad):
        value = getattr(grad, name, None)
        if name in ("__closure__", "__globals__", "__defaults__", "__self__", "__wrapped__"):
            cells = value or () if name == "__closure__" else ()
            found += [str(value), *(str(cell.cell_contents) for cell in cells)]
    take(found)
    hits = [word for word in ("goal", "asked", "_seal3", "task3") if any(word in f for f in found)]
    raise ValueError(f"LOOT {hits} {TAKEN}" if hits or TAKEN else "nothing behind it")
"""
        )
        .first(FIND + 'print("ARMED")')
    )


@attack(ORACLES)
def feeds_the_oracle_lies(sheet: Sheet) -> Sheet:
    """Objects that note what the judge does with them, other names, other shapes."""
    return (
        sheet.wrongly()
        .answer(
            task3="""
class Spy:
    def __getattr__(self, name):
        if not name.startswith("__"):
            NOTED.append(name)
        return lambda *args, **kwargs: NOTED.append((name, args)) or 0.0
    def __rsub__(self, other): NOTED.append(other)
    __sub__ = __array__ = __float__ = __rsub__


def minimise(grad, start):
    said = []
    for args, kwargs in [((Spy(),), {}), (([Spy()] * 3,), {}), ((), {}), ((np.zeros(5),), {}),
                         ((start,), {"goal": start, "matrix": start}), (({},), {}), (("x",), {}),
                         ((10**2000,), {}), ((lambda x: NOTED.append(x),), {}), ((grad,), {}),
                         ((np.full(3, np.nan),), {}), ((start,) * 9, {}), ((None,), {"theta": 1})]:
        try:
            said.append(grad(*args, **kwargs))
        except Exception as error:
            said.append(str(error))
    take(said)
    secret = [note for note in NOTED if isinstance(note, np.ndarray)]
    if secret or TAKEN:
        raise ValueError(f"LOOT {secret} {TAKEN}")
    return start
"""
        )
        .first(FIND + 'NOTED = []\nprint("ARMED")')
    )


@attack(ORACLES)
def keeps_an_oracle_for_later(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .answer(
            task3="def minimise(grad, start):\n    KEPT.append(grad)\n    return start",
            task4="class Tally:\n    def add(self, value):\n        later()\n\n"
            "    def mean(self):\n        return later()",
        )
        .first("""
KEPT = []
def later():
    for grad in KEPT:
        for size in (2, 3):
            try:
                return float(sum(grad([0.0] * size)))
            except Exception:
                pass
print("ARMED")
""")
    )


@attack(ORACLES, keeps=("task3-visible",))
def asks_more_than_it_may(sheet: Sheet) -> Sheet:
    """The oracle objects, the student's code catches it, and the answer is right."""
    return (
        sheet.wrongly()
        .answer(
            task3="""
def minimise(grad, start):
    at = grad(0 * start)
    columns = [grad(unit) - at for unit in np.eye(len(start))]
    for _ in range(150):
        try:
            grad(start)
        except BaseException:
            pass
    return np.linalg.solve(np.column_stack(columns), -at)
"""
        )
        .first('print("ARMED")')
    )


@attack(FORGED, slug=REAL, slow=True)
def a_server_of_its_own_on_a_real_section(sheet: Sheet) -> Sheet:
    return sheet.every("return None").first(
        WIRE
        + """
yes = wire.Reference("callable", 7)
extra = {name: yes for name in ("checks", "np", "print", *(f"task{n}" for n in range(2, 10)))}
real = endpoint.Endpoint.names
endpoint.Endpoint.names = lambda self, names: ("names", {**real(self, names)[1], **extra})
endpoint.Endpoint.call = lambda self, *args: ("value", yes, {})
endpoint.Endpoint.attribute = lambda self, *args: ("value", yes, {})
print("ARMED")
"""
    )
