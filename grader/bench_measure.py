"""Run one command to its end and print what it took, as JSON.

A process of its own, started lean: what a process used before it became another program counts
towards its peak memory, so no large one may start what is measured. It also adopts whatever the
command leaves behind, so the CPU time of every descendant is counted.

Run as ``python -m grader.bench_measure LOG COMMAND…``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY = 0.05  # seconds between two looks at the command's memory


def _peak(pid: int) -> float:
    """Peak memory of a process so far, in MB."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main(log: str, command: list[str]) -> None:
    """Run the command, its output going to a log."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    own = 0.0
    begin = time.perf_counter()
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    handle = os.pidfd_open(process.pid)
    while not select.select([handle], [], [], LOOK_EVERY)[0]:
        own = max(own, _peak(process.pid))
    status = process.wait()
    wall = time.perf_counter() - begin
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    cost = {"wall": wall, "cpu": cpu, "own": own, "largest": used.ru_maxrss / 1024}
    print(json.dumps(cost | {"status": status}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
