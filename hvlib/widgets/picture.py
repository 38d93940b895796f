"""A chart with its sentence below it, painted by the page."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Picture(anywidget.AnyWidget):
    """Shows the display list ``items`` of a chart that ``scene`` describes, and ``sentence``.

    ``items`` is what a page asks for when it opens; a move sends ``change``: the entries that
    changed, by their numbers. The sentence is the picture's name, its caption and, once the
    reader's hand rests, what a screen reader says. ``serial`` in ``change`` counts moves, so that a
    test can tell when one is painted.
    """

    _esm = (_HERE / "painter.js").read_text() + (_HERE / "picture.js").read_text()
    _css = _HERE / "picture.css"

    scene = traitlets.Dict().tag(sync=True)
    items: Any = traitlets.List().tag(sync=True)
    change = traitlets.Dict().tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)

    def show(self, items: list[Any], sentence: str) -> None:
        """Replace list and sentence in one message, which holds only what changed."""
        changed = {
            n: new for n, (new, old) in enumerate(zip_longest(items, self.items)) if new != old
        }
        self.items[:] = items  # in place: nobody is sent what the change says already
        with self.hold_sync():
            if changed:
                self.change = {"serial": self.change.get("serial", 0) + 1, "items": changed}
            self.sentence = sentence
