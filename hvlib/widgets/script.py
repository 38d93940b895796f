"""Scripts and styles of widgets: anywidget takes one text of each, so what is shared goes first."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import anywidget

from hvlib.edition import FOLDER
from hvlib.words import LANGUAGE, _

_HERE = Path(__file__).parent


class Scripted(anywidget.AnyWidget):
    """A widget with a script. Its class is completed once.

    anywidget makes a class for each widget, to hold its script and style: half of the time that an
    explorer took to appear.
    """

    def add_traits(self, **traits: Any) -> None:
        """Take on the traits with which anywidget completes each widget of a class."""
        kind = type(self)
        if kind not in _COMPLETE:
            super().add_traits(**traits)
            _COMPLETE[kind] = type(self)
        self.__class__ = _COMPLETE[kind]


_COMPLETE: dict[type, type] = {}


def script(*names: str) -> str:
    """The files of these names in this package, one after the other, with the words they say."""
    text = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
    if names[0].endswith(".css"):
        return text + _css()
    return text.replace('"AGAIN"', json.dumps(_AGAIN)).replace('"LANGUAGE"', json.dumps(LANGUAGE))


@cache
def _css() -> str:
    """How the language is set, where it differs from English."""
    path = FOLDER / LANGUAGE / "edition.css"
    return "\n" + path.read_text(encoding="utf-8") if path.exists() else ""


_AGAIN = _("Python was restarted and knows this picture no more: run this cell again.")
