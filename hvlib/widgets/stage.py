"""A picture that holds a chart: it is built anew when the reader's theme or screen changes."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from hvlib.views.chart import Chart
from hvlib.views.theme import DARK, LIGHT, Theme
from hvlib.widgets.picture import Picture

_MAX_SCALE = 2.0

C = TypeVar("C", bound=Chart)


class Stage(Picture, Generic[C]):
    """Shows what ``chart``, made by ``make(theme, scale)``, draws of the last result."""

    def __init__(self, make: Callable[[Theme, float], C]) -> None:
        self._make = make
        self._shown: tuple[Any, str] | None = None
        self.chart = make(LIGHT, 1.0)
        wide, high = (round(inches * self.chart.dpi) for inches in self.chart.size)
        super().__init__(width=wide, height=high)
        self.observe(lambda _change: self._restage(), names=["dark", "ratio"])

    def draw(self, result: Any, sentence: str) -> None:
        """Draw ``result`` and say ``sentence``."""
        self._shown = result, sentence
        self.show(self.chart.png(result), sentence)

    def rebuild(self) -> None:
        """Make the chart anew: what it draws once has changed."""
        self.chart = self._make(self.chart.theme, self.chart.scale)

    def _restage(self) -> None:
        theme = DARK if self.dark else LIGHT
        scale = min(_MAX_SCALE, max(1.0, self.ratio))
        if self._shown is None or (theme is self.chart.theme and scale == self.chart.scale):
            return
        self.chart = self._make(theme, scale)
        self.draw(*self._shown)
