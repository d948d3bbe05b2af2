"""Say where the gradebook is, and move it from its file to a PostgreSQL server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from grader import database, postgres
from grader.journal import durable, locked
from grader.layout import CourseFolder, GraderError, UsageError, shown

__all__ = ["described", "move"]

ROWS = 1000  # in one statement


def described(course: CourseFolder) -> str:
    """Return one line: where the gradebook is, and how much is in it.

    Raises
    ------
    GraderError
        If it can't be opened.
    """
    if not database.exists(course):
        return f"{shown(course.gradebook)}: not made yet; 'make autograde' makes it"
    from nbgrader.api import Assignment, Student, SubmittedAssignment

    with database.opened(course) as book:
        counts = [
            f"{book.db.query(table).count()} {name}"
            for table, name in (
                (Assignment, "sections"),
                (Student, "students"),
                (SubmittedAssignment, "submissions"),
            )
        ]
        kind = book.engine.dialect
        version = ".".join(map(str, kind.server_version_info or ()))
    name = "PostgreSQL" if kind.name == "postgresql" else "SQLite"
    return f"{database.where(course)}: {name} {version}, {', '.join(counts)}"


def move(course: CourseFolder) -> str:
    """Copy ``gradebook.db`` to the server in one transaction, and give the file another name.

    Started again after it was interrupted, it copies what isn't there yet.

    Returns
    -------
    str
        What was done, in one line.

    Raises
    ------
    UsageError
        If there is no file, or the setting names no server.
    GraderError
        If the server holds other grades of the same sections, or can't be reached.
    """
    address = database.setting(course)
    if not address:
        wanted = shown(course.path / database.SETTING)
        raise UsageError(f"{wanted} names no server; see docs/large-courses.md")
    if not course.gradebook.is_file():
        raise UsageError(f"{shown(course.gradebook)} isn't there: nothing to move")
    with locked(course), database.quietly(), postgres.reserved(course, address):
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DatabaseError
        from sqlalchemy.pool import NullPool

        with postgres.opened(course, address):
            pass  # the tables are there now
        file = create_engine(course.database, poolclass=NullPool)
        try:
            with file.connect() as source:
                source = source.execution_options(isolation_level="AUTOCOMMIT")
                source.exec_driver_sql("BEGIN EXCLUSIVE")  # nobody writes into it any more
                copied = _copy(course, address, source)
                kept = _put_away(course.gradebook)
        except DatabaseError as error:
            raise GraderError(
                f"{shown(course.gradebook)}: {error.orig}; nothing was moved"
            ) from None
    return (
        f"{copied} rows moved from {shown(course.gradebook)} to the server; "
        f"the file is kept as {shown(kept)}"
    )


def _copy(course: CourseFolder, address: str, source: Any) -> int:
    from nbgrader.api import Base
    from sqlalchemy import insert, select
    from sqlalchemy.exc import IntegrityError

    copied = 0
    with postgres.connected(course, address) as target:
        target.execution_options(isolation_level="READ COMMITTED")
        try:
            for table in Base.metadata.sorted_tables:
                key = list(table.primary_key)
                there = set(map(tuple, target.execute(select(*key))))
                names = [column.name for column in key]
                rows = [
                    dict(row)
                    for row in source.execute(select(table)).mappings()
                    if tuple(row[name] for name in names) not in there
                ]
                for begin in range(0, len(rows), ROWS):
                    target.execute(insert(table), rows[begin : begin + ROWS])
                copied += len(rows)
            target.commit()
        except IntegrityError:
            raise GraderError(
                f"{postgres.label(course, address)}: holds other grades of these sections; "
                "nothing was moved: give the course a database or a schema of its own"
            ) from None
    return copied


def _put_away(path: Path) -> Path:
    kept = path.with_name("gradebook-before-the-move.db")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"gradebook-before-the-move-{number}.db")
    os.rename(path, kept)
    durable(path.parent)
    return kept
