"""A gradebook on a PostgreSQL server: reach it, make its tables once, keep batches apart."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from grader.layout import CourseFolder, GraderError, shown

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["SETTING", "address_of", "connected", "label", "opened", "reserved"]

SETTING = "nbgrader_config.json"
DRIVERS = ("postgresql", "postgresql+psycopg")
CONNECT_SECONDS = "5"
LOCK_SECONDS = 10
PATIENCE = 2.0  # seconds in which the server notices that a batch was killed
# A lock has two numbers: what it is for, and which gradebook: several may be in one database.
LOCK = "(hashtext('course-grader-{what}'), hashtext(coalesce(current_schema(), '')))"

_held: set[int] = set()  # descriptors of connections that no forked process may keep


def _let_go() -> None:
    for descriptor in _held:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


def address_of(course: CourseFolder, address: str) -> URL:
    """Return an address as SQLAlchemy knows it.

    Raises
    ------
    GraderError
        If it isn't one of a PostgreSQL server, or the driver isn't installed. What was written is
        not repeated: there may be a password in it.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    where = f"{shown(course.path / SETTING)}: db_url"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise GraderError(f"{where} is no address; write {_EXAMPLE}") from None
    if url.drivername not in DRIVERS:
        raise GraderError(f"{where} isn't one of PostgreSQL with psycopg; write {_EXAMPLE}")
    if "@" in (url.host or ""):
        raise GraderError(f"{where} has an @ too many; write one in a password as %40")
    try:
        importlib.import_module("psycopg")
    except ImportError:
        raise GraderError(f"{where} needs psycopg, which isn't installed; run 'make env'") from None
    return url if "connect_timeout" in url.query else url.update_query_dict(_IMPATIENT)


_EXAMPLE = "postgresql+psycopg://USER@HOST/DATABASE"
_IMPATIENT = {"connect_timeout": CONNECT_SECONDS}


def label(course: CourseFolder, address: str) -> str:
    """Return what messages call the gradebook: no user, no password."""
    url = address_of(course, address)
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"{shown(course.path / SETTING)}: {host}{port}/{url.database or ''}"


@contextmanager
def _told(course: CourseFolder, address: str) -> Iterator[None]:
    """Say in one line what the server says no to."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except Exception as error:
        # nbgrader's own for the same is loaded if it was raised; a batch keeps its workers small.
        own = getattr(sys.modules.get("nbgrader.api"), "InvalidEntry", DBAPIError)
        if not isinstance(error, DBAPIError | own):
            raise
        cause = _cause(error, address_of(course, address))
        raise GraderError(
            f"{label(course, address)}: {cause}; nothing is lost: see to the server or to the "
            "address, and run this again"
        ) from None  # the error's own text may quote grades


def _cause(error: Exception, url: URL) -> str:
    text = str(getattr(error, "orig", None) or error.args[0]).strip()
    cause = text.partition("\n")[0].rpartition(" failed: ")[2]
    for severity in ("FATAL:", "ERROR:"):
        cause = cause.removeprefix(severity).strip()
    secrets = [url.password, *(url.query.get(name) for name in ("password", "sslpassword"))]
    for secret in secrets:
        if secret:
            cause = cause.replace(str(secret), "***")
    return cause


@contextmanager
def connected(course: CourseFolder, address: str) -> Iterator[Any]:
    """Connect to the server for a while, outside of any transaction.

    Raises
    ------
    GraderError
        If it can't be reached, or refuses something.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    url = address_of(course, address)
    with _told(course, address):
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def opened(course: CourseFolder, address: str) -> Iterator[Any]:
    """Open nbgrader's gradebook; its tables are made when there are none.

    Raises
    ------
    GraderError
        If the server can't be reached, or refuses something.
    """
    from nbgrader import api
    from sqlalchemy import text

    _tables(course, address)
    with (
        _told(course, address),
        api.Gradebook(address_of(course, address)) as gradebook,
    ):
        # For each row that another program holds; SQLite gives up after a while, too.
        gradebook.db.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        gradebook.db.commit()
        yield gradebook


@cache
def _tables(course: CourseFolder, address: str) -> None:
    """Make the tables in one transaction; nbgrader takes several, and one may come between."""
    from nbgrader import api
    from sqlalchemy import inspect, text
    from sqlalchemy.dialects.postgresql import insert

    from grader.database import schema_version

    with connected(course, address) as connection:
        if inspect(connection).has_table("alembic_version"):
            return
    with connected(course, address) as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text(f"SELECT pg_advisory_xact_lock{LOCK.format(what='tables')}"))
        if not inspect(connection).has_table("alembic_version"):
            api.Base.metadata.create_all(bind=connection)
            create = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
            connection.execute(text(create))
            version = text("INSERT INTO alembic_version VALUES (:version)")
            connection.execute(version, {"version": schema_version()})
            only = insert(api.Course).values(id="default_course").on_conflict_do_nothing()
            connection.execute(only)
        connection.commit()


@contextmanager
def reserved(course: CourseFolder, address: str) -> Iterator[None]:
    """Keep other batches away from the gradebook until the end, also if that is a sudden one.

    Raises
    ------
    GraderError
        If another batch is at work on it.
    """
    from sqlalchemy import text

    with connected(course, address) as connection:
        descriptor = connection.connection.driver_connection.fileno()
        _held.add(descriptor)
        try:
            deadline = time.monotonic() + PATIENCE
            ask = text(f"SELECT pg_try_advisory_lock{LOCK.format(what='batch')}")
            while not connection.execute(ask).scalar():
                if time.monotonic() > deadline:
                    raise GraderError(
                        f"{label(course, address)}: another autograde is at work on this "
                        "gradebook; wait until it is done"
                    )
                time.sleep(0.1)
            yield
        finally:
            _held.discard(descriptor)
