"""A chart as matplotlib draws it: to learn its layout and looks, and for pictures in files."""

from typing import Any, Generic, TypeVar

from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.text import Text as Letters
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from hvlib.columns import fill
from hvlib.views.chart import Chart
from hvlib.views.looks import look, panel_look
from hvlib.views.marks import Areas, Bar, Line, Mark, Segments, Text
from hvlib.views.panel import Panel, Scale
from hvlib.views.still import captioned, encoded, pixels
from hvlib.views.style import own_style
from hvlib.views.theme import LIGHT, NOTE, TEXT, TITLE, Theme
from hvlib.words import _

DPI = 100
MARGIN = 6.0
"""Px beside a title on a narrow page."""

Box = tuple[float, float, float, float]
"""Left, top, width and height in px, from the top left of the picture."""


C = TypeVar("C", bound=Chart)


class Drawing(Generic[C]):
    """One chart in one theme and layout, drawn by matplotlib.

    ``chart`` has the marks to move; :meth:`png` draws what they show. ``boxes`` are the panels'
    places; without them matplotlib lays them out.
    """

    def __init__(
        self,
        kind: type[C],
        theme: Theme = LIGHT,
        *,
        narrow: bool = False,
        boxes: list[Box] | None = None,
        scale: float = 1.0,
    ) -> None:
        self.size = kind.narrow_size if narrow else kind.size
        self._pairs: dict[int, tuple[Mark, Artist]] = {}
        self._panels: dict[int, tuple[Panel, Axes]] = {}
        self._goals: list[tuple[str, Mark, Mark]] = []
        self._ticks: dict[Axis, list[tuple[float, str]]] = {}
        self.chart = kind()
        self.chart.theme, self.chart.narrow, self.chart._hand = theme, narrow, self
        self.chart.aims, self.chart.ghosts, self.chart.trails = {}, [], []
        with own_style(rc_of(theme)):
            self.figure = Figure(figsize=self.size, dpi=DPI * scale)
            self.canvas = FigureCanvasAgg(self.figure)
            self.chart.build(self.figure)
            for axes in self.figure.axes:
                self._finish(axes)
        for axis, line, name in self._goals:
            line.at = name.at = f"{axis}data"  # in an axes from 0 to 1 that can't be told
        self._panels = {id(axes): self._panels[id(axes)] for axes in self.figure.axes}
        self.chart.marks = [mark for mark, _artist in self.drawn()]
        self.chart.panels = [panel for panel, _axes in self._panels.values()]
        if boxes is not None:
            self._put(boxes)

    # --- while the chart is built -----------------------------------------------------------

    def live(self, artist: Artist) -> Mark:
        """The mark of an artist, to be filled when the chart is built."""
        if id(artist) not in self._pairs:
            self._pairs[id(artist)] = (_empty(artist), artist)
        return self._pairs[id(artist)][0]

    def panel(self, axes: Axes, x: Scale | None = None, y: Scale | None = None) -> Panel:
        """The panel of an axes, with the ticks that ``x`` and ``y`` ask for."""
        if id(axes) not in self._panels:
            self._panels[id(axes)] = (Panel(), axes)
        panel = self._panels[id(axes)][0]
        panel.x, panel.y = x or panel.x, y or panel.y
        return panel

    def aim(self, axes: Axes, axis: str) -> tuple[Mark, Mark]:
        """A line across an axes for a goal, and its name."""
        colour = self.chart.theme.accent
        style: dict[str, Any] = {"color": colour, "lw": 1.6, "ls": (0, (5, 3)), "visible": False}
        words: dict[str, Any] = {"color": colour, "fontsize": NOTE, "visible": False, "zorder": 6}
        if axis == "x":
            line = axes.axvline(1, **style)
            place = axes.get_xaxis_transform()
            # above, or below where a legend stands above
            high, side = (0.02, "bottom") if axes.get_legend() else (0.98, "top")
            name = axes.text(1, high, _("goal"), transform=place, ha="center", va=side, **words)
        else:
            line = axes.axhline(1, **style)
            place = axes.get_yaxis_transform()
            name = axes.text(0.99, 1, _("goal"), transform=place, ha="right", va="center", **words)
        name.set_bbox(self.chart.ground(1))
        line.set_zorder(5)
        pair = self.live(line), self.live(name)
        self._goals.append((axis, *pair))
        return pair

    def ghost(self, mark: Mark) -> Mark:
        """A mark that outlines where another one stood."""
        artist, colour = self.artist(mark), self.chart.theme.muted
        axes, order = artist.axes, artist.get_zorder() + 0.4
        dash = (0, (3, 2))
        twin: Any
        if isinstance(artist, Line2D):
            sign = artist.get_marker()
            (twin,) = axes.plot([], [], color=colour, lw=1.2, ls=dash, marker=sign, mfc="none")
            twin.set(ms=artist.get_markersize(), mew=1.2, transform=artist.get_transform())
            if artist.get_linestyle() == "None":
                twin.set_linestyle("None")
        elif isinstance(artist, Rectangle):
            twin = axes.add_artist(Rectangle((0, 0), 0, 0, fc="none", ec=colour, lw=1.2, ls=dash))
        else:
            twin = PolyCollection([], facecolors="none", edgecolors=colour, linewidths=1.2)
            twin.set_linestyle(dash)
            axes.add_collection(twin, autolim=False)
        twin.set(zorder=order, visible=False, label="_before")
        return self.live(twin)

    def _finish(self, axes: Axes) -> None:
        """Take limits, ticks and looks from an axes, and make marks of what stands in it."""
        panel = self.panel(axes)
        for scale, axis, limits, kind in (
            (panel.x, axes.xaxis, axes.get_xlim(), axes.get_xscale()),
            (panel.y, axes.yaxis, axes.get_ylim(), axes.get_yscale()),
        ):
            scale.low, scale.high, scale.log = float(limits[0]), float(limits[1]), kind == "log"
            if isinstance(locator := axis.get_major_locator(), FixedLocator):
                scale.places = [float(place) for place in locator.tick_values(0, 1)]
                labels = axis.get_major_formatter()
                fixed = isinstance(labels, FixedFormatter) or hasattr(labels, "func")
                if fixed and not scale.form:
                    scale.names = [labels(place, n) for n, place in enumerate(scale.places)]
            elif isinstance(locator, NullLocator):
                scale.places = []
            axis.set_minor_locator(NullLocator())
            scale.name = axis.get_label_text()
        panel.title = axes.get_title(loc="left")
        if self.chart.narrow:
            for number, head in enumerate(_heads(axes)):
                head.set_text(fill(head.get_text(), 30))
                head.set_fontsize(TITLE - 1 if number < 3 else head.get_fontsize())
        for child in axes.get_children():
            if isinstance(child, _SHOWN) and child is not axes.patch and child not in _heads(axes):
                self.live(child)
        for mark, artist in self.drawn(axes):
            look(mark, artist, panel)
            artist.set_in_layout(False)
            if isinstance(artist, Letters):
                artist.set_parse_math(False)

    def drawn(self, axes: Axes | None = None) -> list[tuple[Mark, Artist]]:
        """Marks with their artists, in the order in which they are drawn."""
        pairs = [pair for pair in self._pairs.values() if axes in (None, pair[1].axes)]
        return sorted(pairs, key=lambda pair: pair[1].get_zorder())

    def artist(self, mark: Mark) -> Any:
        """The artist that draws a mark. Raises StopIteration for a mark of another drawing."""
        return next(artist for other, artist in self._pairs.values() if other is mark)

    def heads(self) -> list[Artist]:
        """What stands fast whatever moves: titles, names of axes, legends."""
        found: list[Artist] = []
        for axes in self.figure.axes:
            found += [text for text in _heads(axes) if text.get_text() and text.get_visible()]
            legend = axes.get_legend()
            found += [legend] if legend else []
        return [*found, *self.figure.legends]

    def looks(self) -> list[dict[str, Any]]:
        """How frame, grid and ticks of each panel are drawn."""
        return [panel_look(axes) for axes in self.figure.axes]

    # --- layout -----------------------------------------------------------------------------

    def arrange(self, boxes: list[Box] | None = None) -> list[Box]:
        """Let matplotlib place what stands beside the axes, for the ticks they have now.

        The axes stand at ``boxes``, or where they fit; returns where they are.
        """
        self._follow()
        boxes = boxes or self._fitting()
        self._put(boxes)
        self.figure.get_tightbbox()
        return boxes

    def _fitting(self) -> list[Box]:
        # Room on the right for half of a last tick label.
        engine = ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06, rect=(0, 0, 0.985, 1))
        found: list[Box] = []
        for _round in range(6):
            engine.execute(self.figure)
            before, found = found, self._boxes()
            if before == found:
                break
        return found

    def _boxes(self) -> list[Box]:
        wide, high = (inches * DPI for inches in self.size)
        found = []
        for _panel, axes in self._panels.values():
            place = axes.get_position()
            left, top = place.x0 * wide, (1 - place.y1) * high
            sizes = (left, top, place.width * wide, place.height * high)
            found.append(tuple(round(value, 1) for value in sizes))
        return found  # type: ignore[return-value]  # four numbers each

    def _put(self, boxes: list[Box]) -> None:
        wide, high = (inches * DPI for inches in self.size)
        for (_panel, axes), (left, top, width, height) in zip(
            self._panels.values(), boxes, strict=True
        ):
            low = 1 - (top + height) / high
            axes.set_position((left / wide, low, width / wide, height / high))
        self._put_titles(boxes)

    def _put_titles(self, boxes: list[Box]) -> None:
        """On a narrow page titles begin at its left edge, for want of room."""
        if self.chart.narrow:
            for axes, (left, _top, width, _height) in zip(self.figure.axes, boxes, strict=True):
                for title in _heads(axes)[:3]:
                    title.set_x(-(left - MARGIN) / width)

    # --- drawing ----------------------------------------------------------------------------

    def _follow(self) -> None:
        """Let axes and artists stand as panels and marks do."""
        with own_style(rc_of(self.chart.theme)):
            for panel, axes in self._panels.values():
                axes.set_xlim(panel.get_xlim())
                axes.set_ylim(panel.get_ylim())
                for axis, scale in ((axes.xaxis, panel.x), (axes.yaxis, panel.y)):
                    ticks = scale.ticks()
                    if self._ticks.get(axis) != ticks:  # slow to make
                        axis.set_ticks([place for place, _name in ticks], [n for _p, n in ticks])
                        self._ticks[axis] = ticks
            for mark, artist in self._pairs.values():
                _apply(mark, artist)

    def show(self, result: Any) -> None:
        """Let the figure's artists show ``result``."""
        self.chart.move(result)
        self._follow()

    def draw(self, result: Any) -> FigureCanvasAgg:
        """The canvas on which ``result`` is drawn."""
        self.show(result)
        with own_style(rc_of(self.chart.theme)):
            self.canvas.draw()
        return self.canvas

    def png(self, result: Any, sentence: str = "") -> bytes:
        """The picture of ``result`` as PNG, with ``sentence`` drawn below it."""
        image = pixels(self.draw(result))
        if sentence:
            image = captioned(image, sentence, self.chart.theme)
        return encoded(image)


_SHOWN = (Line2D, Rectangle, PolyCollection, LineCollection, Letters)


def _heads(axes: Axes) -> list[Letters]:
    own = set(axes.texts)
    titles = [c for c in axes.get_children() if isinstance(c, Letters) and c not in own]
    names = [axes.xaxis.label, axes.yaxis.label] if axes.axison else []
    return [*titles, *names]


def _empty(artist: Artist) -> Mark:
    for kind, mark in (
        (Line2D, Line),
        (Rectangle, Bar),
        (PolyCollection, Areas),
        (LineCollection, Segments),
        (Letters, Text),
    ):
        if isinstance(artist, kind):
            return mark()
    raise TypeError(f"no mark stands for a {type(artist).__name__}")


def _apply(mark: Mark, artist: Any) -> None:
    """Let an artist show what its mark does."""
    artist.set_visible(mark.visible)
    if isinstance(mark, Line):
        artist.set_data(mark.x, mark.y)
    elif isinstance(mark, Text):
        artist.set_text(mark.text)
        artist.set_color(mark.style["fill"])
        artist.set_fontweight("bold" if mark.style.get("bold") else "normal")
        artist.set_horizontalalignment(mark.style["anchor"])
        if isinstance(artist, Annotation):
            artist.xy = mark.x, mark.y
        else:
            artist.set_position((mark.x, mark.y))
    elif isinstance(mark, Segments):
        artist.set_segments(mark.verts)
    else:
        if isinstance(mark, Bar):
            artist.set_bounds(mark.left, mark.low, mark.width, mark.height)
        elif isinstance(mark, Areas):
            artist.set_verts(mark.verts)
        style = {**mark.style, **getattr(mark, "each", {})}
        artist.set_facecolor(style.get("fill") or "none")
        artist.set_edgecolor(style.get("stroke") or "none")
        artist.set_linewidth(_points(style.get("width", 0.0)))
        artist.set_hatch(style.get("hatch") or None)


def _points(width: Any) -> Any:
    if isinstance(width, list):
        return [_points(one) for one in width]
    return width * 72 / 100


def rc_of(theme: Theme) -> Any:
    """The matplotlib settings of a theme."""
    return {
        "font.size": TEXT,
        "axes.titlesize": TITLE,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.titley": 1.0,  # no ticks stand above, where matplotlib would look for them each time
        "axes.labelsize": TEXT,
        "xtick.labelsize": NOTE,
        "ytick.labelsize": NOTE,
        "legend.fontsize": NOTE,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.formatter.min_exponent": 6,
        "axes.facecolor": theme.paper,
        "figure.facecolor": theme.paper,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.titlecolor": theme.ink,
        "text.color": theme.ink,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "grid.color": theme.grid,
        "grid.linewidth": 0.8,
        "hatch.linewidth": 0.6,
        "lines.linewidth": 2.0,
        "axes.prop_cycle": cycler(color=list(theme.series)),
    }
