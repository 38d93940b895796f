"""A chart: built once with matplotlib, then moved without it.

``build`` draws axes and artists with matplotlib. What it gave is stored beside this module, in
``charts/``: the layout for wide and for narrow pages, the fixed parts, and the looks of what moves
(:mod:`hvlib.views.export`). A reader's chart is restored from that file, so that moving it takes a
few milliseconds, and nothing but Python.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, overload

from hvlib.models.model import Model
from hvlib.views.marks import Areas, Bar, Line, Mark, Segments, Text, said
from hvlib.views.panel import Panel, Scale, room
from hvlib.views.theme import NOTE, Layer, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.figure import Figure as Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text as Letters
else:  # charts move where matplotlib is not installed
    Axes = Figure = Any


MOST = 12
"""Places that a trail keeps."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a guess stands. panel: the chart's attribute. axis: along which the guess is read off.

    place: from the guess, in the question's unit, and the result shown, to a value of that axis.
    words: how far up the panel its words stand beside an upright line, clear of other words.
    """

    panel: str
    axis: Literal["x", "y"]
    place: Callable[[float, Any], float] = lambda guess, _result: guess
    words: float = 0.94


class Chart(ABC):
    """The picture of one kind of result.

    A subclass names its size and writes two methods. ``build`` makes axes and artists and hands
    each artist that will move to :meth:`live`, which returns the mark to move; it alone may use
    matplotlib. ``move`` sets those marks from a result; where they may leave a panel it calls
    :meth:`fit`. It is restored from its file by
    :func:`hvlib.views.restore.restored`.
    """

    size: ClassVar[tuple[float, float]] = (7.6, 3.4)
    """Inches of 100 px, wide by high, on a wide page."""
    narrow_size: ClassVar[tuple[float, float]] = (3.4, 5.6)
    """The same on a narrow page."""
    asks: ClassVar[Asked | None] = None
    """Where a reader's guess stands, if the book asks for a number that this picture shows."""

    subject: ClassVar[tuple[str, str]] = ("", "")
    """The mark that the section is about, and the knob that moves it."""

    handles: ClassVar[dict[str, str]] = {}
    """Marks that a hand can pull, each with the knob that it is."""

    theme: Theme
    narrow: bool = False
    """While it is built: whether for a narrow page. One that is restored serves both."""
    marks: list[Mark]
    panels: list[Panel]
    aims: dict[str, tuple[Line, Text, float]]
    """By quantity: the line of a goal, its name, and what a unit of it makes on its axis."""
    ghosts: list[tuple[Mark, Mark]]
    """Marks, each with the outline that stays where it stood before."""
    trails: list[tuple[Line, Line]]
    """Marks of one point, each with the line of the places where it has been."""
    goal: dict[str, float]
    """Bounds by the quantities' names; see :meth:`set_goal`."""
    held: bool = False
    """Whether a hand holds a knob: axes stand still then."""
    _hand: Any  # hvlib.views.drawing.Drawing, while it is built

    @abstractmethod
    def build(self, figure: Figure) -> None:
        """Make axes, fixed artists and live artists, once."""

    @abstractmethod
    def move(self, result: Any) -> None:
        """Set the marks to show ``result``."""

    # --- for build --------------------------------------------------------------------------

    def beside(self, figure: Figure, *shares: float) -> list[Axes]:
        """Axes side by side, of these shares of the width; below each other on a narrow page."""
        count = len(shares)
        if self.narrow:
            return list(figure.subplots(count, 1, squeeze=False)[:, 0])
        return list(figure.subplots(1, count, squeeze=False, width_ratios=shares)[0])

    @overload
    def live(self, artist: "Line2D") -> Line: ...
    @overload
    def live(self, artist: "Rectangle") -> Bar: ...
    @overload
    def live(self, artist: "PolyCollection") -> Areas: ...
    @overload
    def live(self, artist: "LineCollection") -> Segments: ...
    @overload
    def live(self, artist: "Letters") -> Text: ...
    def live(self, artist: Any) -> Any:
        """The mark that stands for ``artist``; its look is taken when ``build`` has ended."""
        return self._hand.live(artist)

    def new_line(self, axes: Axes, look: str = "-", **style: Any) -> Line:
        """A line, or a sign, that moves."""
        return self.live(axes.plot([], [], look, **style)[0])

    def new_ring(self, axes: Axes, size: float = 13, width: float = 2) -> Line:
        """The ring around the place where the reader is."""
        style: dict[str, Any] = {"mfc": "none", "mew": width, "color": self.theme.bad}
        return self.new_line(axes, "o", ms=size, ls="none", **style)

    def new_text(self, axes: Axes, x: float, y: float, **style: Any) -> Text:
        """A text that moves or changes."""
        return self.live(axes.text(x, y, "", **style))

    def new_areas(self, axes: Axes, **style: Any) -> Areas:
        """Polygons that move."""
        from matplotlib.collections import PolyCollection

        areas = PolyCollection([], **style)
        axes.add_collection(areas, autolim=False)
        return self.live(areas)

    def new_strokes(self, axes: Axes, **style: Any) -> Segments:
        """Open lines that move."""
        from matplotlib.collections import LineCollection

        lines = LineCollection([], **style)
        axes.add_collection(lines, autolim=False)
        return self.live(lines)

    def new_bars(
        self, axes: Axes, places: Iterable[float], layer: Layer, height: float = 0.6, **style: Any
    ) -> list[Bar]:
        """Lying bars in the colours of a layer, one at each place."""
        rows = list(places)
        style = {**self.theme.layers[layer].style, **style}
        return [self.live(bar) for bar in axes.barh(rows, [0] * len(rows), height, **style)]

    def key(
        self, on: Axes | Figure, marks: Iterable[Mark], names: Iterable[str] = (), **where: Any
    ) -> None:
        """A legend of these marks, by their labels or by other names."""
        artists = [self._hand.artist(mark) for mark in marks]
        on.legend(artists, [*names] or [artist.get_label() for artist in artists], **where)

    def ground(self, pad: float) -> dict[str, Any]:
        """The ``bbox`` of a text behind which the grid's lines are left out."""
        return {"facecolor": self.theme.paper, "edgecolor": "none", "pad": pad}

    @staticmethod
    def name_rows(axes: Axes, names: Sequence[str]) -> None:
        """Name the rows of lying bars from the bottom up; the grid's upright lines measure them."""
        axes.set_yticks(range(len(names)), names)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")

    def panel(self, axes: Axes, x: Scale | None = None, y: Scale | None = None) -> Panel:
        """The panel that stands for ``axes``; ``x`` and ``y`` say how ticks are chosen."""
        panel: Panel = self._hand.panel(axes, x, y)
        return panel

    def stacked(
        self, axes: Axes, layers: Sequence[Layer], rows: int, height: float = 0.55
    ) -> tuple[list[list[Bar]], list[Text]]:
        """Rows from the top down, each of bars end to end, and a text behind them.

        Gives the marks by part and row, and the texts.
        """
        places = range(rows)[::-1]
        bars = [self.new_bars(axes, places, layer, height) for layer in layers]
        return bars, [self.new_text(axes, 0, row, va="center", fontsize=NOTE) for row in places]

    def aim(self, quantity: str, axes: Axes, axis: Literal["x", "y"], unit: float = 1) -> None:
        """A goal for ``quantity`` is a line across ``axes``; one of it is ``unit`` on its axis."""
        self.aims[quantity] = (*self._hand.aim(axes, axis), unit)

    def remember(self, *marks: Mark) -> None:
        """Let these marks leave an outline where they stood before the last move."""
        self.ghosts += [(mark, self._hand.ghost(mark)) for mark in marks]

    # --- for move ---------------------------------------------------------------------------

    @staticmethod
    def lay(
        bars: Sequence[Sequence[Bar]], row: int, widths: Iterable[float], most: float = math.inf
    ) -> float:
        """Set the parts of a row end to end, none beyond ``most``; returns where they end."""
        end = 0.0
        for part, width in zip(bars, widths, strict=True):
            start, end = end, min(end + width, most)
            part[row].left = start
            part[row].width = end - start
        return end

    def fit(self, panel: Panel, *, x: float | None = None, y: float | None = None) -> None:
        """Let the upper limits of ``panel`` hold x and y, in round steps, unless a knob is held.

        A goal's line is kept in sight.
        """
        if self.held:
            return
        if x is not None:
            panel.set_xlim(right=room(max(x, self._aimed(panel, "xdata"))))
        if y is not None:
            panel.set_ylim(top=room(max(y, self._aimed(panel, "ydata"))))

    def _aimed(self, panel: Panel, at: str) -> float:
        lines = (line for line, _name, _unit in self.aims.values() if line.visible)
        found = [line for line in lines if line.panel is panel and line.at == at]
        return max((1.1 * max(line.x if at == "xdata" else line.y) for line in found), default=0.0)

    # --- what a reader compares with --------------------------------------------------------

    def set_goal(self, values: dict[str, float]) -> None:
        """Draw the lines of a goal: bounds by the quantities' names."""
        self.goal = values
        for name, (line, text, unit) in self.aims.items():
            shown = name in values
            line.visible = shown
            text.visible = shown
            if shown and line.at == "xdata":
                line.x = [values[name] * unit] * 2
                text.x = values[name] * unit
            elif shown:
                line.y = [values[name] * unit] * 2
                text.y = values[name] * unit

    def outline(self) -> list[Mark]:
        """What the marks that are remembered show now."""
        return [copy.copy(mark) for mark, _ghost in self.ghosts]

    def tread(self) -> None:
        """Let each trail end where its mark is now."""
        for mark, trail in self.trails:
            if (trail.x and trail.x[-1], trail.y and trail.y[-1]) != (mark.x[0], mark.y[0]):
                points = [*zip(trail.x, trail.y, strict=True), (mark.x[0], mark.y[0])][-MOST:]
                trail.set_data([x for x, _y in points], [y for _x, y in points])

    def forget(self) -> None:
        """Begin all trails anew."""
        for _mark, trail in self.trails:
            trail.set_data([], [])

    def set_ghosts(self, before: Sequence[Mark]) -> None:
        """Draw the outlines of what was shown then; none where nothing has moved since."""
        for (mark, ghost), then in zip_longest(self.ghosts, before):
            moved = then is not None and then.shape() != mark.shape()
            ghost.visible = moved and then.visible
            if moved:
                ghost.take(then)

    def pulled(self, knob: str, x: float, y: float) -> Any:
        """The knob's value that a hand means who pulls its mark to x and y."""
        return x

    def told(self) -> list[Mark]:
        """The marks that say something when a reader points at them."""
        lines = [mark for pair in self.aims.values() for mark in pair[:2]]
        silent = {id(mark) for mark in (*lines, *(ghost for _mark, ghost in self.ghosts))}
        return [m for m in self.marks if id(m) not in silent and not isinstance(m, Text)]

    def tell(self, mark: Mark, part: int) -> str:
        """What one part of a mark says: its name and its value."""
        return said(mark, part)

    # --- what it shows ----------------------------------------------------------------------

    def items(self) -> list[Any]:
        """The display list: what each mark shows, then the ticks of each panel."""
        return [mark.item() for mark in self.marks] + [panel.item() for panel in self.panels]


_charts: dict[type[Model], type[Chart]] = {}
C = TypeVar("C", bound=type[Chart])


def draws(model: type[Model]) -> Callable[[C], C]:
    """Class decorator: this chart draws that model's results."""

    def register(chart: C) -> C:
        _charts[model] = chart
        return chart

    return register


def chart_of(model: type[Model]) -> type[Chart]:
    """The chart of a model: ``hvlib.models.x`` is drawn by ``hvlib.views.x``.

    Raises LookupError for a model that no chart draws.
    """
    if model not in _charts and model.__module__.startswith("hvlib.models."):
        import_module(model.__module__.replace("hvlib.models", "hvlib.views", 1))
    if model not in _charts:
        raise LookupError(f"no chart draws {model.__name__}; decorate one with @draws")
    return _charts[model]
