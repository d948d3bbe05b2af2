"""Attacks by amount: of time, memory, disk, processes, output, frames."""

from __future__ import annotations

from tests.attacks.arsenal import WIRE, attack
from tests.attacks.harness import Sheet

ENDLESS, CRASH, FLOOD, FORKS = (
    "endless loops, iterators and slow answers",
    "recursion and segfaults",
    "floods of memory, disk, output and frames",
    "forks",
)


@attack(ENDLESS, armed=False, slow=True)
def an_endless_loop(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="while True:\n    try:\n        pass\n    except BaseException:\n        pass"
    )


@attack(ENDLESS, slow=True)
def an_endless_iterator(sheet: Sheet) -> Sheet:
    return (
        sheet.every("return itertools.repeat(0.0)")
        .answer(
            task5="def walk(start):\n    while True:\n        pass\n    yield",
            task9="def norm(x):\n    class Chain:\n        def __iter__(self):\n"
            "            return Chain()\n    return Chain()",
        )
        .first('print("ARMED")')
    )


@attack(ENDLESS, slow=True)
def an_answer_in_drops(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="""
def scale(x, factor):
    import time
    for byte in frame(("", "value", [1.0] * 9999, {})):
        os.write(SOCKET.fileno(), bytes([byte]))
        time.sleep(0.05)
"""
    ).first(f'{WIRE}\nprint("ARMED")')


@attack(ENDLESS, slow=True)
def never_reads_its_socket(sheet: Sheet) -> Sheet:
    """The judge's own write must not hang when nobody reads."""
    return sheet.answer(
        task3="""
def minimise(grad, start):
    big = np.zeros(10**6)
    for _ in range(30):
        write(("callback", 0, (big,), {}))
    while True:
        pass
"""
    ).first(f'{WIRE}\nprint("ARMED")')


@attack(ENDLESS, slow=True)
def oracle_calls_without_end(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task3="def minimise(grad, start):\n    while True:\n        grad(start)"
    ).first('print("ARMED")')


@attack(ENDLESS, slow=True)
def a_hash_for_all_keys(sheet: Sheet) -> Sheet:
    """A dictionary that takes the judge quadratic time to build."""
    return sheet.answer(
        task2="""
def classify():
    prime, count = 2**61 - 1, 12_000
    keys = b"".join(wire.encode(5 + k * prime) for k in range(count))
    crafted = b"d" + struct.pack("<I", count) + keys + b"N" * count
    write(b"t" + struct.pack("<I", 4) + wire.encode("") + wire.encode("value")
          + crafted + wire.encode({}))
    os._exit(0)
"""
    ).first(f'{WIRE}\nprint("ARMED")')


@attack(CRASH, slow=True)
def recursion(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="import sys\nsys.setrecursionlimit(10**9)\n\n\n"
        "def scale(x, factor):\n    return scale(x, factor)",
        task2="def classify():\n    deep = {}\n    for _ in range(10**5):\n"
        "        deep = {'A': deep}\n    return deep",
        task9="def norm(x):\n    loop = []\n    loop.append(loop)\n    return loop",
    ).first('print("ARMED")')


@attack(CRASH, armed=False)
def a_segfault_in_a_cell(sheet: Sheet) -> Sheet:
    return sheet.wrongly().answer(task1="import ctypes\nctypes.string_at(1)")


@attack(CRASH)
def crashes_in_calls(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .answer(
            task1="def scale(x, factor):\n    import ctypes\n    ctypes.memset(id(x), 0, 64)\n"
            "    del x",
            task2="def classify():\n    import os\n    os._exit(0)",
            task4="class Tally:\n    def __init__(self):\n        import os\n        os.abort()",
        )
        .first('print("ARMED")')
    )


@attack(FLOOD, slow=True)
def a_flood_of_memory(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="def scale(x, factor):\n    return np.ones(10**9)",
        task2="def classify():\n    hoard = []\n    while True:\n"
        "        hoard.append(np.ones(3 * 10**7))",
        task9="def norm(x):\n    raise MemoryError('passed')",
    ).first('print("ARMED")')


@attack(FLOOD)
def three_gigabytes_at_once(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import mmap
try:
    kept = mmap.mmap(-1, 3 * 2**30)
    print("LOOT three gigabytes")
except (OSError, MemoryError, ValueError):
    pass
print("ARMED")
""")


@attack(FLOOD)
def a_flood_of_disk(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import os
written = 0
block = b"x" * 2**20
for number in range(6):
    try:
        with open(f"/tmp/flood{number}", "wb") as file:
            for _ in range(50):
                written += file.write(block)
    except OSError:
        pass
if written > 100 * 2**20:
    print("LOOT", written)
for number in range(20_000):
    try:
        os.mkdir(f"/tmp/{number}")
    except OSError:
        break
else:
    print("LOOT folders without end")
print("ARMED")
""")


@attack(FLOOD)
def a_flood_of_output(sheet: Sheet) -> Sheet:
    loud = "print('x' * 10**6, flush=True)"
    return (
        sheet.answer(
            task1=f"def scale(x, factor):\n    for _ in range(200):\n        {loud}",
            task6=f"def report(values):\n    for _ in range(200):\n        {loud}",
            task9="def norm(x):\n    raise ValueError('x' * 10**7)",
        )
        .first(f"""
import os, sys
for _ in range(50):
    {loud}
    os.write(1, b"y" * 10**5)
    sys.__stderr__.write("z" * 10**5)
""")
        .after("task9", 'print("ARMED")')
    )


@attack(FLOOD, slow=True)
def a_flood_of_frames(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task3="""
def minimise(grad, start):
    big = b"x" * 10**6
    while True:
        write(("callback", 0, (big,), {}))
        SOCKET.recv(10**6)
"""
    ).first(f'{WIRE}\nprint("ARMED")')


@attack(FLOOD, slow=True)
def results_that_swell(sheet: Sheet) -> Sheet:
    """A few bytes each at this side, far more at the other."""
    return (
        sheet.every("return [[[]] * 10] * 10**5")
        .answer(
            task2="def classify():\n    return {n: {} for n in range(10**6)}",
            task5="def walk(start):\n    while True:\n        yield [()] * 10**6",
            task9="def norm(x):\n    return 'x' * (60 * 2**20)",
        )
        .first('print("ARMED")')
    )


@attack(FLOOD)
def more_descriptors_than_allowed(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import os, socket
kept = []
try:
    while len(kept) < 2000:
        kept.append(socket.socketpair())
    print("LOOT", len(kept))
except OSError:
    pass
del kept
print("ARMED")
""")


@attack(FLOOD)
def memory_that_no_limit_counts(sheet: Sheet) -> Sheet:
    """Memory files and shared segments belong to no process's address space."""
    return sheet.wrongly().first("""
import ctypes, os
libc = ctypes.CDLL(None)
segments = sum(libc.shmget(0, 2**30, 0o1600) >= 0 for _ in range(4))
files = 0
for _ in range(80):
    try:
        os.truncate(os.memfd_create("x"), 32 * 2**20)
        files += 1
    except OSError:
        break
if segments > 2 or files > 70:
    print("LOOT", segments, files)
print("ARMED")
""")


@attack(FLOOD, slow=True)
def memory_of_many_processes(sheet: Sheet) -> Sheet:
    return sheet.answer(
        task1="""
def scale(x, factor):
    import os, time
    read, write = os.pipe()
    for _ in range(6):
        if os.fork() == 0:
            kept = b"x" * (120 * 2**20)
            os.write(write, b"x")
            time.sleep(5)
            os._exit(0)
    for _ in range(6):
        os.read(read, 1)
    time.sleep(0.5)
    raise ValueError("LOOT kept it all")
"""
    ).first('print("ARMED")')


@attack(CRASH)
def dies_at_every_call(sheet: Sheet) -> Sheet:
    return sheet.every("import os\nos._exit(3)").first('print("ARMED")')


@attack(FORKS, slow=True)
def a_fork_bomb(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import os, time
forked = 0
for _ in range(150):
    try:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        forked += 1
    except OSError:
        break
if forked > 100:
    print("LOOT", forked, "processes")
print("ARMED")
""")


@attack(FORKS)
def a_thread_bomb(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first("""
import threading, time
started = 0
threading.stack_size(2**16)
for _ in range(300):
    try:
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
        started += 1
    except RuntimeError:
        break
if started > 100:
    print("LOOT", started, "threads")
print("ARMED")
""")


@attack(FORKS)
def two_servers_on_one_socket(sheet: Sheet) -> Sheet:
    """Parent and child both answer: requests and replies get out of step."""
    return (
        sheet.wrongly()
        .answer(
            task1="""
def scale(x, factor):
    import os
    os.fork()
    return [-4.0, -2.0, 7.0]
"""
        )
        .first('print("ARMED")')
    )
