"""Each theory notebook's widget in a real browser: the slider moves, the picture changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import lab
from tests.notebooks import inventory as inv


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    with lab.server(tmp_path_factory.mktemp("lab")) as url:
        yield url


@pytest.fixture(scope="module")
def page(chromium: str) -> Iterator[Any]:
    with lab.browser(chromium) as page:
        yield page


@pytest.mark.parametrize("path", inv.THEORY, ids=inv.name)
def test_the_slider_changes_the_picture(path: Path, address: str, page: Any) -> None:
    with lab.running(page, address, inv.name(path)):
        picture = lab.show_widget(page)
        first = picture.get_attribute("src")
        lab.step(page, picture, "ArrowRight")
        changed = picture.get_attribute("src")
        lab.step(page, picture, "ArrowLeft")
        assert first != changed != picture.get_attribute("src")
        assert lab.errors(page) == []
