"""A chart with its sentence below it, painted by the page."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from hvlib.widgets.script import Scripted, script

_HERE = Path(__file__).parent


class Aside(widgets.Widget):
    """A control that moves a picture: what it has to tell the page goes in the picture's message.

    Nor is the page told what it has just told itself (ipywidgets' echo). ``bearer`` is the picture.
    """

    bearer: "Picture | None" = None

    def send_state(self, key: Any = None) -> None:
        """Hand the values of ``key`` to the picture, or send them where there is none."""
        if self.bearer is None or key is None:
            super().send_state(key)
        else:
            self.bearer.bear(self, self.get_state(key))

    def trait_metadata(self, traitname: str, key: str, default: Any = None) -> Any:
        """As for any widget, but for the echo."""
        return False if key == "echo_update" else super().trait_metadata(traitname, key, default)


class Picture(Scripted):
    """Shows the display list ``items`` of a chart that ``scene`` describes, and ``sentence``.

    ``items`` is the list as a page gets it when it opens; a move sends ``change``: the entries that
    changed, by their numbers, and what became of the ``others``, the controls, by their ids. The
    sentence is the picture's name, its caption and, once the reader's hand rests, what a screen
    reader says; so are the ``notes``: "goal", and whether it is "reached", and what became of the
    numbers "since" the move before. ``serial`` in ``change`` counts moves; ``whole`` is the move at
    which the list was last sent as a whole. A page that missed a move in between asks for it.
    """

    _esm = script("manners.js", "painter.js", "picture.js")
    _css = _HERE / "picture.css"

    scene = traitlets.Dict().tag(sync=True)
    items: Any = traitlets.List().tag(sync=True)
    change = traitlets.Dict().tag(sync=True)
    whole = traitlets.Int(0).tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)
    notes = traitlets.Dict().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        self._borne: dict[str, dict[str, Any]] = {}
        self._bore: set[Aside] = set()
        super().__init__(**values)
        self.on_msg(lambda _picture, content, _buffers: self.heard(content))

    def bear(self, control: Aside, values: dict[str, Any]) -> None:
        """Keep a control's new values for the next message."""
        self._borne.setdefault(control.model_id, {}).update(values)
        self._bore.add(control)

    def show(self, items: list[Any], sentence: str, notes: dict[str, Any] | None = None) -> None:
        """Replace list, sentence and notes in one message, which holds only what changed."""
        changed = {
            n: new for n, (new, old) in enumerate(zip_longest(items, self.items)) if new != old
        }
        serial = self.change.get("serial", 0) + 1
        others, self._borne = self._borne, {}
        with self.hold_sync():
            if not self.items:
                self.items, self.whole, changed = list(items), serial, {}
            else:
                self.items[:] = items  # in place: nobody is sent what the change says already
            if changed or others or serial == self.whole:
                self.change = {"serial": serial, "items": changed, "others": others}
            self.sentence, self.notes = sentence, notes or {}

    def heard(self, content: dict[str, Any]) -> None:
        """Answer what the page asks: for the whole list."""
        if "ask" in content:
            self._tell_all()

    def _tell_all(self) -> None:
        self.whole = self.change.get("serial", 0)
        self.send_state({"items", "whole"})
        for control in self._bore:
            control.send_state()
