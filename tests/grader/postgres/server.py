"""A PostgreSQL server of the tests' own, from the binaries that are installed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Written into addresses with its @ as %40.
PASSWORD = "zebra@crossing"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")


def binaries() -> Path | None:
    """Return the folder with the server's programs; Debian keeps them off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@dataclass
class Server:
    port: int
    made: int = 0

    def address(self, database: str, password: str = PASSWORD, port: int = 0) -> str:
        secret = quote(password, safe="")
        place = f"127.0.0.1:{port or self.port}"
        return f"postgresql+psycopg://course:{secret}@{place}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="course", password=PASSWORD, dbname=database,
            autocommit=True,
        ) as connection:  # fmt: skip
            found = [connection.execute(statement) for statement in statements]  # type: ignore[call-overload]
            return found[-1].fetchall() if found[-1].description else []

    def fresh(self) -> str:
        """Make a database and return its name."""
        self.made += 1
        self.run(f"CREATE DATABASE gradebook{self.made}")
        return f"gradebook{self.made}"

    def close(self, name: str) -> None:
        """Let nobody into a database any more, and those who are there out."""
        self.run(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _somebody() -> dict[str, Any]:
    """Say as whom to run it: it refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    who = pwd.getpwnam("nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Start a server and end it."""
    who = _somebody()
    folder = Path(tempfile.mkdtemp(prefix="course-postgres-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if who:
        for path in (folder, secret):
            os.chown(path, who["user"], who["group"])
    data, port = folder / "data", _free_port()
    make = ["-D", str(data), "-U", "course", "--auth=scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(
        [programs / "initdb", *make, "--encoding=UTF8", "--locale=C", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **who,
    )  # fmt: skip
    settings = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}")
    options = [part for setting in (*settings, *QUICK) for part in ("-c", setting)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", str(data), *options],
            stdout=log, stderr=log, cwd="/", **who,
        )  # fmt: skip
    server = Server(port)
    try:
        _wait(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # don't wait for connections
        process.wait(20)
        shutil.rmtree(folder)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 30
    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
