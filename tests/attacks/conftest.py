"""A mark for what takes seconds: ``pytest -m "not slow" tests/attacks`` leaves them out."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes seconds, since it runs into a limit of time")
