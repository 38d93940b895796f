"""Somebody who reads the site: a window on it, with what went wrong in it."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page


@dataclass
class Visit:
    """A window on the site, and what went wrong in it."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(f"{self.url}/{address}")
        return self.page

    def alive(self, name: str = "") -> None:
        """Wait until the cell called ``name``, or any, is alive; it is scrolled to."""
        if name:
            self.page.evaluate("name => document.getElementById(name).scrollIntoView()", name)
        ready = """name => name ? document.getElementById(name).dataset.state === "live"
                                : document.querySelector("[data-state=live]") !== null"""
        self.page.wait_for_function(ready, arg=name, timeout=90_000)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".mjs": "text/javascript",
    }

    def log_message(self, *_arguments: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """A reader who goes away in the middle of a file is no error."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A plain file server on a folder; gives its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with _Server(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
