"""The two packages from npm, of the versions and hashes in the lock, in the ignored ``.build``."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from grader.layout import GraderError, Repository, shown

__all__ = ["NEEDS_NPM", "fetch"]

NEEDS_NPM = (
    "npm is missing, and the site's formulas need it; on Debian and Ubuntu: apt-get install npm"
)
LOCKED = ("package.json", "package-lock.json", ".npmrc")


def fetch(repository: Repository) -> Path:
    """Install what ``site/package-lock.json`` names, unless it is there already.

    npm compares each package with its hash in the lock.

    Returns
    -------
    Path
        The ``node_modules`` folder.

    Raises
    ------
    GraderError
        If npm is missing, or can't get a package.
    """
    lock = [(repository.root / "site" / name).read_bytes() for name in LOCKED]
    folder = repository.root / ".build" / "npm"
    wanted, stamp = hashlib.sha256(b"\n".join(lock)).hexdigest(), folder / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return folder / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        raise GraderError(NEEDS_NPM)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name, data in zip(LOCKED, lock, strict=True):
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        # The last lines of npm's errors only name its log files.
        said = [line for line in done.stderr.splitlines() if line.strip()][:3]
        raise GraderError("\n".join([f"{shown(folder)}: 'npm ci' failed; try again", *said]))
    stamp.write_text(wanted)
    return folder / "node_modules"
