"""JupyterLab in headless Chromium: open a notebook, run it, work its widget."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from grader.sealed.needs import read

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "course"
# Chromium's own background requests would only fail in a closed network, many at a time.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(folder: Path) -> None:
    """Draw every cell at once: outputs that are scrolled away must exist in the page too."""
    where = folder / "@jupyterlab" / "notebook-extension"
    where.mkdir(parents=True)
    (where / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    quiet = folder / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    (quiet / "notification.jupyterlab-settings").write_text(json.dumps(news))


def _up_to_the_widget(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep the cell with the widget and, going back from it, those that define what it reads."""
    kept: list[nbformat.NotebookNode] = []
    wanted: set[str] = set()
    for cell in reversed([cell for cell in notebook.cells if cell.cell_type == "code"]):
        found = read(cell.source)
        assert found is not None
        if wanted & found.defines or (not kept and "Explorer(" in cell.source):
            kept.insert(0, cell)
            wanted = (wanted - found.defines) | found.reads | found.later
    notebook.cells = kept
    return notebook


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """Serve a copy of the theory notebooks with JupyterLab; yields its address.

    Of each only what its widget needs: that a notebook runs as a whole is shown elsewhere.

    Parameters
    ----------
    folder
        An empty folder to work in; nothing in the repository is touched.
    """
    for path in ROOT.glob("notebooks/*/theory.ipynb"):
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True)
        nbformat.write(_up_to_the_widget(nbformat.read(path, as_version=4)), copy)
    _settings(folder / "settings")
    port = free_port()
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
        *(f"--port={port}", "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"),
        *("--allow-root", f"--ServerApp.root_dir={folder}"),
    ]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process, folder / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until JupyterLab answers."""
    for _ in range(600):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=2)
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab didn't start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def browser(executable: str) -> Iterator[Any]:
    """Start headless Chromium; yields a page."""
    from playwright.sync_api import sync_playwright

    flags = [*FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=flags)
        page = running.new_page(viewport={"width": 1200, "height": 1000})
        page.set_default_timeout(120_000)
        yield page
        running.close()


@contextlib.contextmanager
def running(page: Any, address: str, notebook: str) -> Iterator[None]:
    """Open a notebook and run all its cells; end its kernel afterwards."""
    if page.url.startswith(address):  # JupyterLab takes seconds to load
        page.evaluate(
            "async path => {await window.jupyterapp.commands.execute('docmanager:open', {path});}",
            notebook,
        )
    else:
        page.goto(f"{address}/lab/tree/{notebook}?reset&token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.content?.widgets")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel"
        "?.status === 'idle'"
    )
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    yield
    page.evaluate(
        """async () => {
            const notebook = window.jupyterapp.shell.currentWidget;
            await notebook.sessionContext.shutdown();
            notebook.dispose();
        }"""
    )


def show_widget(page: Any) -> Any:
    """Scroll to the widget and return the locator of its picture."""
    picture = page.locator(".jupyter-widgets img").first
    picture.wait_for(state="attached")
    picture.scroll_into_view_if_needed()
    return picture


def step(page: Any, picture: Any, key: str) -> float:
    """Press a key on the first slider; return the milliseconds until the picture has changed."""
    handle = page.locator(".jupyter-widgets .noUi-handle").first
    handle.focus()
    source: str = picture.get_attribute("src")
    milliseconds: float = page.evaluate(
        """async ([key, before]) => {
            const picture = document.querySelector('.jupyter-widgets img');
            const start = performance.now();
            document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
            while (picture.getAttribute('src') === before) {
                if (performance.now() - start > 20000) return -1;
                await new Promise(resolve => requestAnimationFrame(resolve));
            }
            await picture.decode();
            return performance.now() - start;
        }""",
        [key, source],
    )
    if milliseconds < 0:
        raise AssertionError("the picture didn't change within 20 seconds")
    return milliseconds


def errors(page: Any) -> list[str]:
    """Error names in the notebook's outputs, as the page holds them."""
    text: str = page.evaluate(
        """() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model
            .toJSON().cells.flatMap(cell => cell.outputs ?? []))"""
    )
    return re.findall(r'"ename":\s*"(\w+)"', text)
