"""Starts a real JupyterLab on a folder, with the book's own settings and a home of its own."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

try:
    from nbgrader_extensions import WITHOUT
except ImportError:  # in a benchmark, which is run from the checkout
    from tests.nbgrader_extensions import WITHOUT

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token, the folder it serves and its user's home."""

    url: str
    token: str
    folder: Path
    home: Path

    def address(self, notebook: str) -> str:
        """Where a notebook opens, by its path below notebooks/ without the ending."""
        return f"{self.url}/lab/tree/notebooks/{notebook}.ipynb?reset&token={self.token}"

    def write(self, name: str, *cells: str) -> None:
        """Put a notebook of these cells into the folder."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        book.metadata["kernelspec"] = kernel
        nbformat.write(book, self.folder / "notebooks" / f"{name}.ipynb")

    def forget_settings(self) -> None:
        """Undo what a reader set before, such as the dark theme."""
        shutil.rmtree(self.home / ".jupyter" / "lab" / "user-settings", ignore_errors=True)


@contextmanager
def running_lab(folder: Path, home: Path, arguments: tuple[str, ...] = ()) -> Iterator[Lab]:
    """JupyterLab serving ``folder`` until the block ends."""
    port, token = _free_port(), secrets.token_hex(16)
    options = [
        "--no-browser",
        f"--port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        *WITHOUT,
        *arguments,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    log = home / "lab.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=_environment(home),
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", log)
            yield Lab(f"http://127.0.0.1:{port}", token, folder, home)
        finally:
            server.terminate()
            server.wait(20)


def _environment(home: Path) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "HVLIB_STILLS"}
    return {  # a reader's notebook draws no PNGs
        **inherited,
        "HOME": str(home),
        "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter_config"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "XDG_DATA_HOME": str(home / "data"),
        # The notebooks' own tests measure live; here the page counts, and a recording is quicker.
        "HVLIB_TRACES": "recorded",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not start in {seconds} s:\n{log.read_text()[-2000:]}")
