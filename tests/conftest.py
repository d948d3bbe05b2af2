"""What every test run does: say what was skipped, and print the misconception bank's table."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# One thread per process: two workers on two cores, and sums that don't depend on the machine.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


#: Files that take longest, so that they begin first and the workers end at about the same time.
LONG = (
    "test_sealed.py",
    "test_crash.py",
    "test_section.py",
    "test_widgets.py",
    "test_attacks.py",
    "test_built.py",
    "test_bank.py",
    "test_bench.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium browser; the test is skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium; on Debian and Ubuntu: apt-get install chromium")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the bank's table and what was skipped."""
    rows = sorted(
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for key, value in getattr(report, "user_properties", [])
        if key == "bank"
    )
    if rows:
        terminalreporter.section("misconception bank")
        terminalreporter.line(f"{'section':<28} {'task':<8} wrong: killed  right: kept  problems")
        for slug, task, killed, kept, problems in rows:
            terminalreporter.line(f"{slug:<28} {task:<8} {killed:>13} {kept:>12} {problems:>9}")
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("skipped, and how to get it")
        for reason in sorted({str(report.longrepr[-1]) for report in skipped}):
            terminalreporter.line(reason)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be skipped: what isn't there has to be installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if IN_CI and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
