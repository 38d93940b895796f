"""A reader's guess in a chart: a dashed line that stays while the knobs move.

A chart says in ``asks`` where a guess at what the book asks of it stands. What holds the chart adds
the two marks of a :class:`GuessMark`; they show nothing until there is a guess.
"""

from typing import Any

from hvlib.views.chart import Asked, Chart
from hvlib.views.marks import Line, Text, pixels
from hvlib.views.theme import BOTH, NOTE
from hvlib.words import _


class GuessMark:
    """Line and words of a guess, the last two marks of ``chart``, which says where it asks."""

    def __init__(self, chart: Chart, asks: Asked) -> None:
        self._asks = asks
        panel = getattr(chart, asks.panel)
        self._scale = getattr(panel, asks.axis)
        line = {"stroke": BOTH.warn, "width": pixels(1.8), "dash": "6 4"}
        ground = {"fill": BOTH.paper, "stroke": "", "width": 0, "pad": 2}
        words = {"fill": BOTH.warn, "size": pixels(NOTE), "bold": True, "ground": ground}
        words |= {"anchor": "left"}
        self._line = Line(panel=panel, at="axes", look=line, style=dict(line))
        self._words = Text(panel=panel, at="axes", align="center", look=words, style=dict(words))
        chart.marks += [self._line, self._words]
        self._guess: float | None = None
        self._said = ""

    def guess(self, value: float, said: str) -> None:
        """Take a guess, and how it is said: ``8``, ``"8 references"``."""
        self._guess, self._said = value, said

    def forget(self) -> None:
        """Show nothing until there is another guess."""
        self._guess = None
        self._line.set_data([], [])
        self._words.text = ""

    def move(self, result: Any) -> None:
        """Stand where the guess is in the picture of ``result``, or at its edge if it is beyond."""
        if self._guess is None:
            return
        share = self._scale.share(self._asks.place(self._guess, result))
        at = min(1.0, max(0.0, share))
        text = _("your guess:\n{guess}").format(guess=self._said)
        if self._asks.axis == "x":
            self._upright(at, text + " →" if share > 1 else "← " + text if share < 0 else text)
        else:
            self._level(at, text + " ↑" if share > 1 else text + " ↓" if share < 0 else text)

    def _upright(self, at: float, text: str) -> None:
        self._line.set_data([at, at], [0, 1])
        self._words.text = text
        self._words.set_horizontalalignment("left" if at < 0.6 else "right")
        self._words.set(x=at + (0.012 if at < 0.6 else -0.012), y=self._asks.words)

    def _level(self, at: float, text: str) -> None:
        self._line.set_data([0, 1], [at, at])
        self._words.text = text
        self._words.set(x=0.02, y=at + (0.06 if at < 0.85 else -0.06))
