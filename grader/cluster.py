"""Judge on a Dask cluster: submissions go out from here, and what came of them comes back here.

This process alone writes: the notebooks, the journal, the gradebook. A worker that dies costs
nothing: Dask gives its submissions to another, and only the first answer to each counts.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import pickle
import queue
import re
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from grader import remote
from grader.judging import Done, Job, Orders
from grader.layout import GraderError
from grader.pool import Failed

__all__ = ["Cluster", "cluster"]

ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d+")
CONNECT_SECONDS = 5
WORKER_SECONDS = 10  # until there is a first worker
ALONE_SECONDS = 60.0  # without any worker in the middle of a batch
LOOK_SECONDS = 2.0
AHEAD = 2  # submissions that wait at each thread, so that it never waits


class Cluster:
    """Runs jobs on a cluster; the counterpart of :class:`grader.pool.Pool`.

    Parameters
    ----------
    client
        Dask's.
    address
        What messages call it.
    orders
        Pickled :class:`grader.judging.Orders`.
    at_once
        So many jobs at once; 0 for as many as the cluster takes.
    """

    def __init__(self, client: Any, address: str, orders: bytes, at_once: int) -> None:
        self.client, self.address, self.at_once = client, address, at_once
        self.batch = uuid.uuid4().hex
        # A task that gives its argument: if the worker that holds the orders dies, it runs again.
        self.orders = self._send("orders", bytes, orders)
        self.looked = self.seen = 0.0
        self.room = 1

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Done | Failed]]:
        """Yield each job with its result, as they come.

        Raises
        ------
        GraderError
            If the scheduler is gone, or all workers are.
        """
        source = iter(jobs)
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        out: dict[str, tuple[Job, Any]] = {}
        number = 0
        while True:
            self._look()
            while len(out) < self.room and (job := next(source, None)) is not None:
                number += 1
                future = self._send(f"judge-{number}", remote.judge, self.orders, pickle.dumps(job))
                out[future.key] = job, future
                future.add_done_callback(finished.put)
            if not out:
                return
            try:
                future = finished.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            job, _ = out.pop(future.key)
            yield job, self._result(future)

    def _send(self, name: str, function: Callable[..., bytes], *arguments: Any) -> Any:
        key = f"{name}-{self.batch}"
        try:
            return self.client.submit(function, *arguments, key=key, pure=False)
        except _gone():
            raise self._lost() from None

    def _look(self) -> None:
        """See now and then whether anybody is at work, and how much room there is."""
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return
        try:
            threads = sum(self.client.nthreads().values())
        except (TypeError, AttributeError):  # closed while it asked
            raise self._lost() from None
        except _gone():
            raise self._lost() from None
        if self.client.status not in ("running", "connecting"):
            raise self._lost()
        self.looked = now
        self.seen = now if threads or not self.seen else self.seen
        if now - self.seen > ALONE_SECONDS:
            raise GraderError(
                f"{self.address}: no worker is left; what was judged is kept: start workers, and "
                "run this again"
            )
        self.room = self.at_once or max(1, AHEAD * threads)

    def _lost(self) -> GraderError:
        return GraderError(
            f"{self.address}: the scheduler is gone; what was judged is kept: start it, and run "
            "this again"
        )

    def _result(self, future: Any) -> Done | Failed:
        from distributed import KilledWorker

        if future.status in ("lost", "cancelled"):
            raise self._lost()
        try:
            result: Done | Failed = pickle.loads(future.result(timeout=CONNECT_SECONDS * 10))
        except KilledWorker:
            return Failed("the workers that it was given to died; run it again")
        except _gone():
            raise self._lost() from None
        except Exception as error:  # a worker that joined late, without this code
            return Failed(f"{type(error).__name__}: {error}".partition("\n")[0])
        return result


def _gone() -> tuple[type[BaseException], ...]:
    """Return what Dask's client raises when there is no scheduler any more."""
    dask: Any = importlib.import_module("distributed.client")  # untyped
    return OSError, RuntimeError, dask.CancelledError, dask.ClosedClientError


@contextmanager
def cluster(address: str, orders: Callable[[], Orders], at_once: int = 0) -> Iterator[Cluster]:
    """Connect to a cluster whose workers have the same code as this machine.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``; for the latter, Dask's own
        configuration names the certificates.
    orders
        Called when the cluster is there.
    at_once
        See :class:`Cluster`.

    Raises
    ------
    GraderError
        If the scheduler can't be reached, there is no worker, or one has other code.
    """
    try:
        import distributed
    except ImportError:
        raise GraderError(
            "--scheduler needs the package distributed, which isn't installed; run 'make env'"
        ) from None
    _check(address)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that differ: what matters is compared below
        for name in ("distributed", *logging.root.manager.loggerDict):
            if name.partition(".")[0] in ("distributed", "tornado"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            make: Any = distributed.Client  # untyped
            client = make(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            why = str(error).partition("\n")[0].rstrip(".")
            raise GraderError(f"--scheduler {address}: can't be reached ({why})") from None
        try:
            try:
                _agree(client, address)
            except _gone():
                raise GraderError(f"--scheduler {address}: it is gone again") from None
            sent = pickle.dumps(orders())
            yield Cluster(client, address, sent, at_once)
            with suppress(*_gone()):
                client.run(remote.dismiss, hashlib.sha256(sent).hexdigest(), on_error="ignore")
        finally:
            with suppress(Exception):  # gone already
                client.close(timeout=CONNECT_SECONDS)


def _check(address: str) -> None:
    """Refuse what Dask's client would only stumble over, with a half made client left behind."""
    untyped: Any = importlib.import_module("distributed.security")
    if not ADDRESS.fullmatch(address):
        raise GraderError(f"--scheduler {address}: write tcp://HOST:PORT or tls://HOST:PORT")
    try:
        security = untyped.Security()  # from Dask's own configuration
        certified = security.get_connection_args("client").get("ssl_context")
    except (OSError, ValueError) as error:
        raise GraderError(
            f"--scheduler {address}: the certificates can't be used ({error})"
        ) from None
    if address.startswith("tls://") and certified is None:
        raise GraderError(f"--scheduler {address}: needs certificates; see docs/large-courses.md")


def _agree(client: Any, address: str) -> None:
    """Make sure that there are workers, and that all would judge as this machine would."""
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except OSError:
        raise GraderError(
            f"{address}: the scheduler has no workers; start some with 'dask worker {address}'"
        ) from None
    ours = remote.fingerprint()
    others = client.run(remote.fingerprint, on_error="return")
    different = sorted(worker for worker, theirs in others.items() if theirs != ours)
    if different:
        raise GraderError(
            f"{address}: other code or packages than here on {', '.join(different)}; bring all "
            "machines to one commit, run 'make env' there, and restart the workers"
        )
