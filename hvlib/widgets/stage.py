"""A picture that holds a chart: what every widget with a picture shows."""

import os
from base64 import b64encode
from typing import Any, Generic, TypeVar

from hvlib.views.chart import Chart, scene
from hvlib.views.guess import GuessMark
from hvlib.views.panel import Panel
from hvlib.views.svg import still
from hvlib.widgets.picture import Picture

C = TypeVar("C", bound=Chart)


class Stage(Picture, Generic[C]):
    """Shows what a chart of class ``kind`` makes of the last result."""

    def __init__(self, kind: type[C]) -> None:
        self.chart = kind()
        self.guess = GuessMark(self.chart, kind.asks) if kind.asks else None
        self._result: Any = None
        super().__init__(scene=_of_the_page(scene(kind), self.chart))

    def draw(self, result: Any, sentence: str) -> None:
        """Show ``result`` and say ``sentence``."""
        self._result = result
        self.chart.move(result)
        if self.guess:
            self.guess.move(result)
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


def _of_the_page(data: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """What the page needs of a chart's file, and of the marks that came to it here."""
    marks = [
        {"kind": m.kind, "panel": _number(m.panel, chart), "clip": m.clip, "look": m.look}
        for m in chart.marks
    ]
    return {"layouts": data["layouts"], "marks": marks}


def _number(panel: Panel | None, chart: Chart) -> int | None:
    return next((n for n, other in enumerate(chart.panels) if other is panel), None)
