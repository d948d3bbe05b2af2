"""What a Dask worker runs: it passes submissions on to an outpost, and answers back.

An outpost is kept while there is something to judge for the same batch. It ends when it was idle
for a while, when it is dismissed, and at once when its Dask worker dies.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future
from multiprocessing import Pipe

from grader import basis
from grader.judging import Orders
from grader.pool import Failed

__all__ = ["dismiss", "fingerprint", "judge"]

PROGRAM = ("-P", "-m", "grader.outpost")
IDLE = 60.0  # seconds until an outpost ends by itself
END_SECONDS = 10.0

_Asked = tuple[bytes, Future[bytes]]
_lock = threading.Lock()
_idle: dict[str, list[_Outpost]] = {}


class _Outpost(threading.Thread):
    """Starts an outpost and talks to it, from one thread: it ends with the one that started it."""

    def __init__(self, key: str, orders: bytes) -> None:
        super().__init__(daemon=True)
        self.key, self.orders = key, orders
        self.dead = False
        self.asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()

    def run(self) -> None:
        orders: Orders = pickle.loads(self.orders)
        asked: _Asked | None = None
        ours, theirs = Pipe()
        number = str(theirs.fileno())
        command = [sys.executable, *PROGRAM, number, str(os.getpid())]
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        with ours:
            process = subprocess.Popen(
                [*command, orders.terms.sandbox],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("COURSE_DEBUG") else subprocess.DEVNULL,
                env={**os.environ, **threads},
                pass_fds=[theirs.fileno()],
            )
            theirs.close()
            try:
                ours.send_bytes(self.orders)
                while (asked := self._next()) is not None:
                    job, answer = asked
                    ours.send_bytes(job)
                    answer.set_result(ours.recv_bytes())
            except (EOFError, OSError):
                self._died(asked)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _next(self) -> _Asked | None:
        while True:
            try:
                return self.asked.get(timeout=IDLE)
            except queue.Empty:
                if _forget(self):
                    return None

    def _died(self, asked: _Asked | None) -> None:
        """Tell whoever waits for an answer; nobody asks this one again."""
        with _lock:
            self.dead = True
            if self in (posts := _idle.get(self.key, [])):
                posts.remove(self)
        with contextlib.suppress(queue.Empty):
            while asked is None:  # it died before it was asked
                asked = self.asked.get(timeout=1.0)
            asked[1].set_exception(EOFError())


def _forget(post: _Outpost) -> bool:
    """Take an outpost from those that can be asked; False if somebody has it."""
    with _lock:
        if post not in _idle.get(post.key, []):
            return False
        _idle[post.key].remove(post)
        return True


def judge(orders: bytes, job: bytes) -> bytes:
    """Judge one submission: the task that Dask runs.

    Parameters
    ----------
    orders, job
        :class:`grader.judging.Orders` and :class:`grader.judging.Job`, pickled.

    Returns
    -------
    bytes
        A :class:`grader.judging.Done` or :class:`grader.pool.Failed`, pickled.
    """
    key = _key(orders)
    while True:
        with _lock:
            waiting = _idle.setdefault(key, [])
            post = waiting.pop() if waiting else None
        fresh = post is None
        if post is None:
            post = _Outpost(key, orders)
            post.start()
        answer: Future[bytes] = Future()
        post.asked.put((job, answer))
        try:
            result = answer.result()
        except EOFError:
            if fresh:  # else it may have died before it was asked
                return pickle.dumps(Failed("a worker died; run it again"))
            continue
        with _lock:
            if not post.dead:
                _idle.setdefault(key, []).append(post)
        return result


def _key(orders: bytes) -> str:
    return hashlib.sha256(orders).hexdigest()


def dismiss(key: str) -> None:
    """End the outposts of a batch that have nothing to do."""
    with _lock:
        posts = _idle.pop(key, [])
    for post in posts:
        post.asked.put(None)


def fingerprint() -> str:
    """Return what this machine would judge with."""
    return basis.fingerprint()
