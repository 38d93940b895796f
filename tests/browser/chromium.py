"""A Chromium for the tests: what is installed, or else one that is fetched.

``python tests/browser/chromium.py`` fetches one where none is there: Playwright's own or, for root
on Debian and Ubuntu, the distribution's. It ends well either way; tests without a browser say so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHELL = "chromium-headless-shell"
"""Debian's Chromium without windows: the same engine, and a sixth less to compute."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", SHELL)
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
UNTESTED = "no Chromium here, and none could be fetched: install the package chromium"


def program() -> str | None:
    """The program of a Chromium, Chrome or Edge that starts on this machine, or None."""
    return next(filter(_starts, _candidates()), None)


def quickest() -> str | None:
    """The same for tests: without windows where there is such a one. Benches take a reader's."""
    shell = shutil.which(SHELL)
    return shell if shell and _starts(shell) else program()


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    yield from PLACES
    yield from map(str, sorted(_playwrights().rglob("chrome-headless-shell*")))
    yield from map(str, sorted(_playwrights().rglob("headless_shell*")))


def _playwrights() -> Path:
    """Where Playwright keeps its browsers (https://playwright.dev/python/docs/browsers)."""
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path.home() / "AppData" / "Local" / "ms-playwright"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path.home() / ".cache" / "ms-playwright"


def _starts(path: str) -> bool:
    """Whether a program is there with all the libraries that it needs."""
    if not Path(path).is_file():
        return False
    if sys.platform == "win32":
        return True  # there --version opens a window
    return _runs([path, "--version"], seconds=30)


def _runs(command: list[str], seconds: float) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def ways() -> Iterator[list[str]]:
    """Commands that may bring a Chromium, in the order in which they are tried."""
    yield [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        yield ["apt-get", "update", "-qq"]
        for package in (SHELL, "chromium"):  # Ubuntu has no shell
            yield ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]


def main() -> int:
    """Fetch a Chromium where none is there."""
    for command in ways():
        if program():
            break
        print(f"No Chromium yet: {' '.join(command)}", flush=True)
        _runs(command, seconds=600)
    print(quickest() or UNTESTED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
