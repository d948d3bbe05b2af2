"""Templates of pages that load and run nothing, and escape all that isn't markup of ours."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from grader.sanitise import plain

__all__ = ["TEMPLATES", "page_environment", "style_hash"]

TEMPLATES = Path(__file__).with_name("templates")


def page_environment() -> Environment:
    """Return an environment in which every text is escaped, and legible in any direction."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style_hash(style: str) -> str:
    """Return what a page's Content-Security-Policy calls its one style sheet."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _legible(value: Any) -> Any:
    return value if hasattr(value, "__html__") else plain(str(value))
