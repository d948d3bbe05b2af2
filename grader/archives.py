"""What lies in a zip file or a folder, seen without unpacking it: hostile input.

Nothing here writes. An entry is a name, a time and a way to read at most so many bytes; names that
lead out of the archive, links, encrypted entries and bombs are told and not read.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from grader.layout import UsageError, shown
from grader.submissions import MAX_BYTES, UnusableError
from grader.times import as_utc

__all__ = ["Entry", "Refused", "entries", "printable"]

MAX_ENTRIES = 20_000
LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class Entry:
    """A file that can be read.

    Attributes
    ----------
    parts
        The folders that lead to it, and its name.
    moment
        The time that the archive or the disk gives it, in UTC; often that of the download.
    read
        Returns its bytes; raises :class:`~grader.submissions.UnusableError`.
    """

    parts: tuple[str, ...]
    where: str
    moment: datetime | None
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Refused:
    """Something that isn't taken, and why, in one line."""

    where: str
    advice: str

    def __str__(self) -> str:
        return f"{self.where}: {self.advice}"


def printable(text: str) -> str:
    """Return a text that can't break the line or the terminal that it is printed on."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in safe)


def entries(path: Path, zone: tzinfo | None, stack: ExitStack) -> Iterator[Entry | Refused]:
    """Yield what lies in a zip file or a folder; a notebook stands for itself.

    Parameters
    ----------
    path
        The file or folder.
    zone
        The zone of the times in a zip file, which don't name one; None is that of this machine.
    stack
        Keeps the zip file open for as long as its entries are read.

    Raises
    ------
    UsageError
        If there is nothing at this path.
    """
    if path.is_dir():
        yield from _in_folder(path)
    elif not path.exists():
        raise UsageError(f"{shown(path)} isn't there; give a zip file or a folder")
    elif path.suffix == ".ipynb":
        yield _on_disk(path, (path.name,))
    else:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
        except BROKEN:
            advice = "download it again" if path.suffix == ".zip" else "give a zip or a folder"
            yield Refused(shown(path), f"not a zip file that can be read; {advice}")
            return
        yield from _in_zip(path, archive, zone)


def _in_folder(folder: Path) -> Iterator[Entry | Refused]:
    for base, folders, files in os.walk(folder):  # does not follow links
        for name in [name for name in folders if (Path(base) / name).is_symlink()]:
            yield Refused(
                printable(shown(Path(base) / name)), "a link; put the folder itself there"
            )
        folders[:] = sorted(name for name in folders if not _litter(name))
        for name in sorted(files):
            path = Path(base) / name
            if _litter(name):
                continue
            if path.is_symlink() or not path.is_file():
                yield Refused(
                    printable(shown(path)), "a link or no file; put the file itself there"
                )
            else:
                yield _on_disk(path, path.relative_to(folder).parts)


def _litter(name: str) -> bool:
    return name.startswith(".") or name in LITTER


def _on_disk(path: Path, parts: tuple[str, ...]) -> Entry:
    def read() -> bytes:
        with path.open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), path.stat().st_size)

    moment = as_utc(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return Entry(parts, printable(shown(path)), moment, read)


def _in_zip(path: Path, archive: zipfile.ZipFile, zone: tzinfo | None) -> Iterator[Entry | Refused]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        advice = f"{len(infos)} entries, more than {MAX_ENTRIES}; not opened"
        yield Refused(shown(path), advice)
        return
    times = Counter(info.orig_filename for info in infos)
    for info in infos:
        name = _name(info)
        parts = PurePosixPath(name).parts
        where = f"{shown(path)}: {printable(name)}"
        problem = _bad_name(name)
        if not problem and (name.endswith("/") or not parts or any(map(_litter, parts))):
            continue
        problem = problem or _bad_kind(info)
        if times[info.orig_filename] > 1:
            problem = "twice in this zip under one name; take one out"
        if problem:
            yield Refused(where, problem)
        else:
            yield Entry(parts, where, _moment(info, zone), _reader(archive, info))


def _name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name; some programs write UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def _bad_name(name: str) -> str:
    if ".." in re.split(r"[/\\]", name) or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "its name leads out of the zip; left out"
    if "\\" in name or "\0" in name:
        return "its name has a character that no file name has; left out"
    return ""


def _bad_kind(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link; ask for the file itself"
    if info.flag_bits & 0x1:
        return "encrypted; ask for it without a password"
    return ""


def _moment(info: zipfile.ZipInfo, zone: tzinfo | None) -> datetime | None:
    try:
        local = datetime(*info.date_time)
    except ValueError:
        return None
    if local.year == 1980:  # the zip format's zero
        return None
    return as_utc(local, zone)


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if info.file_size > MAX_BYTES:
            _bounded(b"", info.file_size)
        try:
            with archive.open(info) as file:  # a bomb that understates its size ends here, too
                return _bounded(file.read(MAX_BYTES + 1), info.file_size)
        except BROKEN:
            raise UnusableError("damaged in the zip; download it again") from None

    return read


def _bounded(data: bytes, size: int) -> bytes:
    if max(len(data), size) > MAX_BYTES:
        raise UnusableError(
            f"{max(len(data), size) / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}; "
            "ask for it with outputs cleared"
        )
    return data
