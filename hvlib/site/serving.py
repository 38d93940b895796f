"""A plain file server for the built site, on this machine only: ``hvlib site``."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hvlib

HERE = Path(hvlib.__file__).resolve().parent


def built() -> Path | None:
    """The folder of the built site: in a wheel that holds one, or in the checkout. Else None."""
    places = (HERE / "book" / "site", HERE.parent / "site")
    return next((folder for folder in places if (folder / "sw.js").is_file()), None)


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",  # Windows may say otherwise
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_arguments: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True

    def handle_error(self, *_arguments: object) -> None:
        """A reader who goes away in the middle of a file is no error."""


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve a folder; gives its address. Raises OSError where the port is taken."""
    handler = functools.partial(_Files, directory=str(folder))
    with _Server(("127.0.0.1", port), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}"
        finally:
            serving.shutdown()
