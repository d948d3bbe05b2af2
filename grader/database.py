"""Which database holds a course's gradebook, and how it is opened.

Without a setting it is the file ``gradebook.db``. A large course names a PostgreSQL server instead,
in ``nbgrader_config.json`` of its folder, which nbgrader and its formgrader read by themselves.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from grader.layout import CourseFolder, GraderError, shown

__all__ = [
    "OURS",
    "SETTING",
    "exists",
    "insist",
    "opened",
    "quietly",
    "reserved",
    "schema_version",
    "server",
    "setting",
    "where",
]

SETTING = "nbgrader_config.json"
OURS = '# Written by "python -m grader formgrader"'  # how nbgrader_config.py begins
TRIES = 3
#: What PostgreSQL says of a transaction that another one got in the way of.
CROSSED = ("40001", "40P01", "23505")

Result = TypeVar("Result")


def setting(course: CourseFolder) -> str:
    """Return the address that stands in the setting, empty where there is none.

    Raises
    ------
    GraderError
        If the setting can't be read, or stands where only nbgrader would find it.
    """
    path = course.path / SETTING
    address = ""
    if path.exists():
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
            address = settings.get("CourseDirectory", {}).get("db_url", "")
            if not isinstance(address, str):
                raise TypeError
        except (ValueError, AttributeError, TypeError):
            raise GraderError(
                f'{shown(path)}: not {{"CourseDirectory": {{"db_url": "ADDRESS"}}}}; '
                "see docs/large-courses.md"
            ) from None
    if not address:
        _look_for_another(course)
    return address


def server(course: CourseFolder) -> str:
    """Return the address of the server that holds the gradebook, empty where a file does.

    Raises
    ------
    GraderError
        If there is such a file nevertheless: grades that nobody would see any more.
    """
    address = setting(course)
    if address and course.gradebook.exists():
        raise GraderError(
            f"{shown(course.gradebook)}: holds grades, and {shown(course.path / SETTING)} names a "
            "server; 'python -m grader gradebook --move' takes them there, or give the file "
            "another name"
        )
    return address


def _look_for_another(course: CourseFolder) -> None:
    """Refuse a setting that nbgrader would follow and this package wouldn't."""
    path = course.path / "nbgrader_config.py"
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if "db_url" in text and not text.startswith(OURS):
        raise GraderError(
            f"{shown(path)}: sets db_url, which only nbgrader sees there; move it to "
            f"{shown(course.path / SETTING)}, see docs/large-courses.md"
        )


def exists(course: CourseFolder) -> bool:
    """Tell whether there is a gradebook to be read; one on a server is made when it is opened."""
    return bool(server(course)) or course.gradebook.is_file()


def where(course: CourseFolder) -> str:
    """Return what messages call the gradebook."""
    if address := server(course):
        from grader.postgres import label

        return label(course, address)
    return shown(course.gradebook)


@contextmanager
def quietly() -> Iterator[None]:
    """Let nobody hear what SQLAlchemy 2.1 warns of in nbgrader's calls."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(nbgrader|sqlalchemy)(\.|$)")
        import sqlalchemy.exc
        from nbgrader import api

        warnings.filterwarnings("ignore", category=sqlalchemy.exc.SAWarning)
        warnings.filterwarnings("ignore", category=sqlalchemy.exc.SADeprecationWarning)
        api.get_alembic_version = schema_version
        yield


@contextmanager
def opened(course: CourseFolder) -> Iterator[Any]:
    """Open the gradebook for a while.

    Raises
    ------
    GraderError
        If the database can't be used.
    """
    address = server(course)
    with quietly(), _on_server(course, address) if address else _in_file(course) as gradebook:
        yield gradebook


def _on_server(course: CourseFolder, address: str) -> AbstractContextManager[Any]:
    from grader import postgres  # late: few courses have one

    return postgres.opened(course, address)


@contextmanager
def _in_file(course: CourseFolder) -> Iterator[Any]:
    import sqlalchemy.exc
    from nbgrader import api

    try:
        with api.Gradebook(course.database) as gradebook:
            yield gradebook
    except (sqlalchemy.exc.DatabaseError, api.InvalidEntry) as error:
        cause = str(error.args[0]).partition("\n")[0].removeprefix("(sqlite3.OperationalError) ")
        raise GraderError(
            f"{shown(course.gradebook)}: {cause}; nothing is lost: close what holds it, "
            "or mend its permissions, and run this again"
        ) from error


@contextmanager
def reserved(course: CourseFolder) -> Iterator[None]:
    """Keep other batches away from a gradebook on a server, whatever machine they run on.

    Raises
    ------
    GraderError
        If another batch is at work on it, or it can't be reached.
    """
    if not (address := server(course)):
        yield
        return
    from grader import postgres

    with postgres.reserved(course, address):
        yield


def schema_version() -> str:
    """Return what a new gradebook says of its tables.

    nbgrader asks the program alembic for it, which imports all of nbgrader once more and has to be
    on the path.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    config = Config()
    config.set_main_option("script_location", ALEMBIC_DIR.replace("%", "%%"))
    return str(ScriptDirectory.from_config(config).get_current_head())


def insist(session: Any, transaction: Callable[[], Result]) -> Result:
    """Run a transaction, and once more where somebody else's came between.

    Parameters
    ----------
    session
        SQLAlchemy's.
    transaction
        All of it, up to its commit; it reads what it needs anew each time.
    """
    from sqlalchemy.exc import DBAPIError, IntegrityError

    for _ in range(TRIES - 1):
        try:
            return transaction()
        except DBAPIError as error:
            session.rollback()
            crossed = getattr(error.orig, "sqlstate", None) in CROSSED
            if not crossed and not isinstance(error, IntegrityError):
                raise
    return transaction()
