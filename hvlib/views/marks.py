"""What moves in a chart: lines, bars, areas, segments and texts, as plain records.

matplotlib resolves their looks once, when the chart is built (:mod:`hvlib.views.export`). From then
on ``move`` sets records, which need neither numpy nor matplotlib, and what they show goes to the
page as a display list: numbers that a painter turns into a picture.

A place is told in ten-thousandths of its panel's width, from the left, and height, from the top. So
one list serves every layout: the page that paints it knows how wide it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hvlib.views.panel import ONE, Panel, Scale

Point = Sequence[float]
Style = dict[str, Any]
Item = list[Any] | None
"""What one mark shows: for a text its place, its first line's offset and its words; for any other
groups of paths, each led by what its look differs in. None where nothing is seen."""

ASCENT, DESCENT, GAP = 0.76, 0.24, 0.2
"""Of a line of text, in font sizes: how far it reaches above and below its foot, and the gap to the
next (DejaVu Sans, the fields sTypoAscender, -Descender and -LineGap, as matplotlib lays out).
"""


@dataclass(kw_only=True)
class Mark:
    """A record that moves. ``panel`` is where it stands; None: in the whole picture.

    ``at``: whether x and y count in data, in shares of the panel ("axes"), or one of each
    ("xdata", "ydata"). ``look``: the style it was built with; ``style``: the one it has now.
    ``label``: its name in a legend.
    """

    kind: ClassVar[str]
    places: ClassVar[tuple[str, ...]]
    """The fields that say where it is."""

    panel: Panel | None = None
    at: str = "data"
    clip: bool = False
    z: float = 1.0
    visible: bool = True
    label: str = ""
    look: Style = field(default_factory=dict)
    style: Style = field(default_factory=dict)

    def set(self, **values: Any) -> None:
        """Set several of its fields, or call the setters of these names."""
        for name, value in values.items():
            if name in vars(self):
                setattr(self, name, value)
            else:
                getattr(self, f"set_{name}")(value)

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Where a point lies in the panel, in ten-thousandths from its top left."""
        panel = self.panel
        if panel is None:
            return round(x * ONE), round((1 - y) * ONE)
        right = panel.x.share(x) if self.at in ("data", "xdata") else x
        up = panel.y.share(y) if self.at in ("data", "ydata") else y
        return round(right * ONE), round((1 - up) * ONE)

    def path(self, points: Iterable[Point]) -> list[int]:
        """The places of all points, one after the other."""
        return [number for x, y in points for number in self.place(x, y)]

    def differs(self) -> Style:
        """What the style has become since the mark was built."""
        now, before = self.style, self.look
        return {
            key: value
            for key, value in now.items()
            if value != before.get(key) and (value or before.get(key))
        }

    def shape(self) -> tuple[Any, ...]:
        """Where the mark is, in its own units."""
        return tuple(getattr(self, name) for name in self.places)

    def take(self, other: "Mark") -> None:
        """Stand where another mark of this kind stands."""
        for name in self.places:
            setattr(self, name, getattr(other, name))

    def item(self) -> Item:
        """What the mark shows."""
        return self.shown() if self.visible else None

    def shown(self) -> Item:
        """What the mark shows while it is visible."""
        raise NotImplementedError


class Shape(Mark):
    """What is filled or drawn along its edge."""

    def set_facecolor(self, colour: str) -> None:
        self.style["fill"] = seen(colour)

    def set_edgecolor(self, colour: str) -> None:
        self.style["stroke"] = seen(colour)

    def set_linewidth(self, points: float) -> None:
        self.style["width"] = pixels(points)

    def set_hatch(self, hatch: str) -> None:
        self.style["hatch"] = hatch


@dataclass(kw_only=True)
class Line(Mark):
    """A line through points, a sign at each, or both."""

    kind: ClassVar[str] = "line"
    places: ClassVar[tuple[str, ...]] = ("x", "y")

    x: Sequence[float] = ()
    y: Sequence[float] = ()

    def set_data(self, x: Iterable[float], y: Iterable[float]) -> None:
        self.x, self.y = list(x), list(y)

    def shown(self) -> Item:
        points = list(zip(self.x, self.y, strict=True))
        return [[self.differs() or 0, self.path(points)]] if points else None


@dataclass(kw_only=True)
class Bar(Shape):
    """A rectangle."""

    kind: ClassVar[str] = "bar"
    places: ClassVar[tuple[str, ...]] = ("left", "low", "width", "height")

    left: float = 0.0
    low: float = 0.0
    width: float = 0.0
    height: float = 0.0

    def shown(self) -> Item:
        around = corners(self.left, self.low, self.left + self.width, self.low + self.height)
        return [[self.differs() or 0, self.path(around)]]


@dataclass(kw_only=True)
class Areas(Shape):
    """Polygons that share a look, or have each a look of its own."""

    kind: ClassVar[str] = "areas"
    places: ClassVar[tuple[str, ...]] = ("verts",)

    verts: Sequence[Sequence[Point]] = ()
    each: dict[str, list[Any]] = field(default_factory=dict)
    """Styles of the single polygons, by the style's name."""

    def set_facecolors(self, colours: Iterable[str]) -> None:
        self.each["fill"] = [seen(colour) for colour in colours]

    def set_edgecolors(self, colours: Iterable[str]) -> None:
        self.each["stroke"] = [seen(colour) for colour in colours]

    def set_linewidths(self, points: Iterable[float]) -> None:
        self.each["width"] = [pixels(width) for width in points]

    def shown(self) -> Item:
        groups: dict[tuple[Any, ...], list[Any]] = {}
        common = self.differs()
        for number, corners in enumerate(self.verts):
            own = {name: values[number] for name, values in self.each.items()}
            group = groups.setdefault(tuple(own.values()), [{**common, **own} or 0])
            group.append(self.path(corners))
        return list(groups.values()) or None


@dataclass(kw_only=True)
class Segments(Shape):
    """Open lines that share a look."""

    kind: ClassVar[str] = "segments"
    places: ClassVar[tuple[str, ...]] = ("verts",)

    verts: Sequence[Sequence[Point]] = ()

    def shown(self) -> Item:
        paths = [self.path(points) for points in self.verts]
        return [[self.differs() or 0, *paths]] if paths else None


@dataclass(kw_only=True)
class Text(Mark):
    """Words at a place, perhaps on a ground of their own."""

    kind: ClassVar[str] = "text"
    places: ClassVar[tuple[str, ...]] = ("x", "y")

    x: float = 0.0
    y: float = 0.0
    text: str = ""
    align: str = "baseline"

    def set_color(self, colour: str) -> None:
        self.style["fill"] = colour

    def set_fontweight(self, weight: str) -> None:
        self.style["bold"] = weight == "bold"

    def set_horizontalalignment(self, side: str) -> None:
        self.style["anchor"] = side

    def shown(self) -> Item:
        if not self.text:
            return None
        down = first_line(self.align, self.style["size"], self.text.count("\n"))
        changed = self.differs()
        return [*self.place(self.x, self.y), down, self.text, *([changed] if changed else [])]


def corners(left: float, low: float, right: float, high: float) -> list[Point]:
    """The corners of an upright rectangle."""
    return [(left, low), (right, low), (right, high), (left, high)]


def first_line(align: str, size: float, further: int = 0) -> float:
    """How far below its place a text's first line stands, in px; ``further`` lines follow it."""
    gap = GAP * size if further else 0.0
    rise, step = ASCENT * size + gap / 2, (ASCENT + DESCENT) * size + gap
    whole, last = step * (further + 1), rise + step * further
    down = {
        "baseline": rise - last,
        "bottom": rise - whole,
        "top": rise,
        "center": rise - whole / 2,
        "center_baseline": rise - last / 2,
    }[align]
    return round(down, 1)


def seen(colour: str) -> str:
    """A colour as the painter wants it: nothing for none."""
    return "" if colour == "none" else colour


def pixels(points: float) -> float:
    """Points as px of a picture with 100 dots an inch."""
    return round(points * 100 / 72, 2)


KINDS: Mapping[str, type[Mark]] = {kind.kind: kind for kind in (Line, Bar, Areas, Segments, Text)}


def said(mark: Mark, part: int) -> str:
    """What one part of a mark says: its name, and where it stands on its panel's scales."""
    panel = mark.panel
    if panel is None:
        return mark.label
    name = mark.label or panel.title
    if isinstance(mark, Line):
        x, y = mark.x[part], mark.y[part]
        return f"{name}: {_at(panel.x, x)}, {_at(panel.y, y)}"
    if isinstance(mark, Bar):
        lies = panel.y.names is not None or panel.y.places is not None
        row = mark.low + mark.height / 2 if lies else mark.left + mark.width / 2
        which, size, scale = (
            (panel.y, mark.width, panel.x) if lies else (panel.x, mark.height, panel.y)
        )
        row_name = which.written(row) if which.names else ""
        names = ", ".join(dict.fromkeys(filter(None, (panel.title, row_name, mark.label))))
        start = mark.left if lies else mark.low
        return f"{names}: {scale.written(start + size if scale.log else size)}"
    corners = mark.verts[part] if isinstance(mark, Areas | Segments) else ()
    xs, ys = [x for x, _y in corners], [y for _x, y in corners]
    across, up = _from_to(panel.x, xs), _from_to(panel.y, ys)
    return f"{name}: {across}" + (f", {up}" if panel.y.name or panel.y.names is None else "")


def _at(scale: Scale, value: float) -> str:
    return f"{scale.name} {scale.written(value)}".strip()


def _from_to(scale: Scale, values: Sequence[float]) -> str:
    low, high = scale.written(min(values)), scale.written(max(values))
    return f"{scale.name} {low}" + (f" – {high}" if high != low else "")
