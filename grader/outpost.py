"""A process on a cluster's machine that judges: orders first, then one submission after another.

It is started by a Dask worker and not forked from it: a Dask worker has threads, and each judge is
a fork. Hidden tests are in its memory and in the judges'. Its nursery, which students' processes
come from, is a fresh interpreter as in a batch on one machine, and knows none.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from grader.basis import fingerprint
from grader.judging import SLOTS, Done, Job, Orders, judged, slot
from grader.nb import node
from grader.pool import Failed
from grader.sealed import scratch
from grader.sealed.engine import SealedEngine
from grader.sealed.house import Nursery
from grader.sealed.plan import plan
from grader.sealed.rehearsal import rehearse
from grader.sealed.sandbox import die_with_parent

__all__ = ["main"]


def main(descriptor: str, parent: str, level: str) -> None:
    """Serve until nobody asks any more.

    Parameters
    ----------
    descriptor
        Of the line to the process that started this one.
    parent
        Number of that process.
    level
        Sandbox level.
    """
    die_with_parent()
    if os.getppid() != int(parent):
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the batch decides what ends
    line = Connection(int(descriptor))
    scratch.sweep()
    here = os.getpid()
    (nursery,) = Nursery.together(level, [slot(here, here // 256 % SLOTS)])  # loads meanwhile
    engine: SealedEngine | None = None
    try:
        orders: Orders = pickle.loads(line.recv_bytes())
        try:
            engine = _engine(orders, nursery)
            form = node(json.loads(orders.form))
        except Exception:  # no sandbox, say
            why = _reason()
            _serve(line, lambda _: Failed(why))
        else:
            serving = engine
            _serve(line, lambda job: judged(serving, form, orders.terms, job))
    except (EOFError, OSError):
        pass  # whoever asked is gone
    finally:
        if engine is not None:
            engine.close()
        else:
            nursery.close()


def _engine(orders: Orders, nursery: Nursery) -> SealedEngine:
    if orders.fingerprint != fingerprint():
        raise RuntimeError("this machine has other code than the batch; restart its worker")
    section = plan(orders.master)
    rehearse(orders.master, section, orders.terms.seed)
    return SealedEngine(section, orders.terms.sandbox, nursery.slot, orders.clock, nursery)


def _serve(line: Connection, work: Callable[[Job], Done | Failed]) -> None:
    while True:
        job: Job = pickle.loads(line.recv_bytes())
        try:
            result = work(job)
        except Exception:
            result = Failed(_reason())
        line.send_bytes(pickle.dumps(result))


def _reason() -> str:
    return traceback.format_exc(limit=-2).strip().splitlines()[-1]


if __name__ == "__main__":
    main(*sys.argv[1:])
