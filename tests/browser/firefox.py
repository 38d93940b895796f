"""Firefox, driven by WebDriver BiDi, its own protocol (https://w3c.github.io/webdriver-bidi/).

Playwright drives only a Firefox that it has built itself; this one is the distribution's.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

UNTESTED = "no Firefox on this machine: install the package firefox-esr"
ENTER = "\ue007"  # https://w3c.github.io/webdriver/#keyboard-actions
RIGHT = "\ue014"
PREFERENCES = {  # asks nobody for anything while it is tested
    "app.normandy.enabled": False,
    "browser.newtabpage.activity-stream.feeds.topsites": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "ui.prefersReducedMotion": 1,
}


def program() -> str | None:
    """The program of a Firefox on this machine, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window, and what went wrong in it: ``errors`` of its scripts, requests ``outside``."""

    def __init__(self, line: WebSocket, home: str) -> None:
        self._line, self._home, self._serial = line, home, 0
        self.errors: list[str] = []
        self.outside: list[str] = []
        self._say("session.new", capabilities={})
        events = ["log.entryAdded", "network.beforeRequestSent"]
        self._say("session.subscribe", events=events)
        self._window = self._say("browsingContext.create", type="tab")["context"]

    def open(self, address: str) -> None:
        """Go to a page of the site."""
        self._say(
            "browsingContext.navigate",
            context=self._window,
            url=f"{self._home}/{address}",
            wait="interactive",
        )

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited. Raises RuntimeError where it throws."""
        found = self._say(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._window},
            awaitPromise=True,
            userActivation=True,
        )
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"].get("value", "null"))

    def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"never true in Firefox: {expression}"
            time.sleep(0.1)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, as a reader does."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": strokes}
        self._say("input.performActions", context=self._window, actions=[source])

    def _say(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its answer; note the events that come before it."""
        self._serial += 1
        number = self._serial
        command = {"id": number, "method": method, "params": parameters}
        self._line.send(json.dumps(command))
        while True:
            heard = json.loads(self._line.recv())
            if heard.get("id") == number:
                if heard["type"] == "error":
                    raise RuntimeError(f"{method}: {heard['message']}")
                return heard["result"]
            self._note(heard.get("method"), heard.get("params", {}))

    def _note(self, event: str | None, about: dict[str, Any]) -> None:
        if event == "log.entryAdded" and about["level"] == "error":
            self.errors.append(about["text"])
        elif event == "network.beforeRequestSent":
            asked = about["request"]["url"]
            if not asked.startswith((self._home, "data:", "blob:")):
                self.outside.append(asked)


@contextmanager
def firefox(home: str, profile: Path) -> Iterator[Firefox]:
    """A Firefox without a window on the screen, for the site at ``home``."""
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in PREFERENCES.items()
    ]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    command = [program() or "firefox", "--headless", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(
        [*command, "--remote-debugging-port=0"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as running:
        try:
            port = _port(profile / "WebDriverBiDiServer.json", running)
            line = create_connection(
                f"ws://127.0.0.1:{port}/session", timeout=120, suppress_origin=True
            )
            yield Firefox(line, home)
            line.close()
        finally:
            running.terminate()


def _port(note: Path, running: "subprocess.Popen[bytes]", seconds: float = 60) -> int:
    """The port on which Firefox listens: it writes it into its profile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and running.poll() is None:
        if note.exists() and (text := note.read_text("utf-8")):
            return int(json.loads(text)["ws_port"])
        time.sleep(0.1)
    raise RuntimeError("Firefox doesn't listen")
