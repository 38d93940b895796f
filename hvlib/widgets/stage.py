"""A picture that holds a chart: what every widget with a picture shows."""

import os
from base64 import b64encode
from typing import Any, Generic, TypeVar

from hvlib.views.chart import Chart, scene
from hvlib.views.svg import still
from hvlib.widgets.picture import Picture

C = TypeVar("C", bound=Chart)


class Stage(Picture, Generic[C]):
    """Shows what a chart of class ``kind`` makes of the last result."""

    def __init__(self, kind: type[C]) -> None:
        self.chart = kind()
        self._result: Any = None
        super().__init__(scene=_of_the_page(scene(kind)))

    def draw(self, result: Any, sentence: str) -> None:
        """Show ``result`` and say ``sentence``."""
        self._result = result
        self.chart.move(result)
        self.show(self.chart.items(), sentence)

    def still(self, text: str = "") -> dict[str, str]:
        """The picture by mime type, with ``text`` or else the sentence below it.

        An SVG made of the display list, which takes a few milliseconds: so a page that the reader
        saves has its picture. For notebooks that are stored (``HVLIB_STILLS=png``) a PNG drawn by
        matplotlib, since programs show that even where they don't trust a notebook.
        """
        text = text or self.sentence
        if not as_png():
            return {"image/svg+xml": still(self.scene, self.items, text)}
        from hvlib.views.drawing import drawing

        png = drawing(type(self.chart)).png(self._result, text)
        return {"image/png": b64encode(png).decode("ascii")}


def as_png() -> bool:
    """Whether still pictures are to be drawn by matplotlib, for a notebook that is stored."""
    return os.environ.get("HVLIB_STILLS") == "png"


def _of_the_page(data: dict[str, Any]) -> dict[str, Any]:
    """What the page needs of a chart's file."""
    names = ("kind", "panel", "clip", "look")
    return {
        "layouts": data["layouts"],
        "marks": [{name: mark[name] for name in names} for mark in data["marks"]],
    }
