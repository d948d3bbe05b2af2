"""A Dask cluster for the tests, in a process of its own: what forks should have no threads.

Run as a module it starts one cluster of two workers and one of none, and answers each line that
comes in with the addresses and the numbers of the workers' processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Host", "hosted"]


class Host:
    """The other end of that process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.addresses: list[str] = self.ask()["addresses"]

    def ask(self) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def workers(self) -> set[int]:
        return set(self.ask()["workers"])


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    """Start the clusters and end them."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.grader.dask_cluster", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdin
        try:
            yield Host(process)
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(30)


def main(folder: str) -> None:
    from distributed import Client, LocalCluster

    common: dict[str, Any] = {
        "threads_per_worker": 1,
        "dashboard_address": None,
        "host": "127.0.0.1",
        "processes": True,
        "local_directory": folder,
        "preload": ["tests.grader.light"],
    }
    with (
        LocalCluster(n_workers=2, **common) as two,
        LocalCluster(n_workers=0, **common) as none,
        Client(two) as client,
    ):
        for _ in sys.stdin:
            pids = list(client.run(os.getpid, on_error="ignore").values())
            addresses = [two.scheduler_address, none.scheduler_address]
            print(json.dumps({"addresses": addresses, "workers": pids}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
