"""A PNG with its sentence below it, that knows the reader's theme and screen."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Picture(anywidget.AnyWidget):
    """Shows ``png`` and ``sentence``; ``dark`` and ``ratio`` are told by the browser.

    The sentence is the alt text, the caption and, once the reader's hand rests, what a screen
    reader says. ``serial`` counts pictures, so that a test can tell when one is painted.
    """

    _esm = _HERE / "picture.js"
    _css = _HERE / "picture.css"

    png = traitlets.Bytes(b"").tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)
    serial = traitlets.Int(0).tag(sync=True)
    width = traitlets.Int(760).tag(sync=True)
    height = traitlets.Int(340).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    ratio = traitlets.Float(1.0).tag(sync=True)

    def show(self, png: bytes, sentence: str) -> None:
        """Replace picture and sentence in one message to the browser."""
        with self.hold_sync():
            self.serial += 1
            self.sentence = sentence
            self.png = png

    def on_screen_change(self, handler: Any) -> None:
        """Call ``handler()`` when the reader's theme or pixel ratio turns out to be another."""
        self.observe(lambda _change: handler(), names=["dark", "ratio"])
