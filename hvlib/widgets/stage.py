"""A picture that holds a chart: what every widget with a picture shows."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from hvlib.views.chart import Chart
from hvlib.views.guess import GuessMark
from hvlib.views.marks import Mark
from hvlib.views.panel import ONE, Panel
from hvlib.views.restore import restored, scene
from hvlib.views.svg import still
from hvlib.widgets.forms import as_form
from hvlib.widgets.picture import Picture

C = TypeVar("C", bound=Chart)


class Stage(Picture, Generic[C]):
    """Shows what a chart of class ``kind`` makes of the last result."""

    def __init__(self, kind: type[C]) -> None:
        self.chart = restored(kind)
        self.guess = GuessMark(self.chart, kind.asks) if kind.asks else None
        self.pulled: Callable[[str, Any, bool], None] | None = None
        self._result: Any = None
        super().__init__(scene=_of_the_page(scene(kind), self.chart))

    def draw(
        self,
        result: Any,
        sentence: str,
        notes: dict[str, Any] | None = None,
        before: Sequence[Mark] = (),
    ) -> None:
        """Show ``result`` over the outlines of ``before``, and say ``sentence`` and ``notes``."""
        self._result = result
        self.chart.move(result)
        if self.guess:
            self.guess.move(result)
        self.chart.set_ghosts(before)
        self.show(self.chart.items(), sentence, notes)

    def heard(self, content: dict[str, Any]) -> None:
        """Answer the page: what the mark says that a reader points at, or where one is pulled."""
        if "tell" in content:
            number, part = content["tell"]
            words = self.chart.tell(self.chart.marks[number], part)
            self.send({"told": words, "of": content["tell"]})
        elif "pull" in content and self.pulled:
            number, across, down = content["pull"]
            mark = self.chart.marks[number]
            assert mark.panel is not None
            x, y = mark.panel.x.value(across / ONE), mark.panel.y.value(1 - down / ONE)
            knob = next(k for n, k in self.chart.handles.items() if getattr(self.chart, n) is mark)
            self.pulled(knob, self.chart.pulled(knob, x, y), bool(content.get("held")))
        else:
            super().heard(content)

    def still(self, text: str = "") -> dict[str, str]:
        """The picture by mime type, with ``text`` or else the sentence below it.

        An SVG made of the display list, which takes a few milliseconds: so a page that the reader
        saves has its picture. For notebooks that are stored (``HVLIB_STILLS=png``) a PNG drawn by
        matplotlib, since programs show that even where they don't trust a notebook.
        """
        text = text or self.sentence
        if not as_png():
            return {"image/svg+xml": still(self.scene, self.items, text)}
        from hvlib.views.restore import drawing

        drawn = drawing(type(self.chart))
        drawn.chart.set_goal(self.chart.goal)
        return as_form(drawn.png(self._result, text))


def as_png() -> bool:
    """Whether still pictures are to be drawn by matplotlib, for a notebook that is stored."""
    return os.environ.get("HVLIB_STILLS") == "png"


def _of_the_page(data: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """What the page needs of a chart's file, and of the marks that came to it here.

    told: the marks to point at. handles: those to pull.
    """
    marks = [
        {"kind": m.kind, "panel": _number(m.panel, chart), "clip": m.clip, "look": m.look}
        for m in chart.marks
    ]
    numbers = {id(mark): number for number, mark in enumerate(chart.marks)}
    return {
        "layouts": data["layouts"],
        "marks": marks,
        "told": [numbers[id(mark)] for mark in chart.told()],
        "handles": [numbers[id(getattr(chart, name))] for name in chart.handles],
    }


def _number(panel: Panel | None, chart: Chart) -> int | None:
    return next((n for n, other in enumerate(chart.panels) if other is panel), None)
