"""A chart: one persistent matplotlib figure that redraws only what a slider moved.

A full draw takes about 100 ms; restoring the saved background and drawing the moved artists takes
a few. So a chart builds its axes and artists once, and ``move`` sets their data. The background is
saved again only when something fixed changed (axis limits, tick labels, titles).
"""

import io
import math
import struct
import textwrap
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from importlib import import_module
from typing import Any, ClassVar, TypeVar

import matplotlib
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from hvlib.models.model import Model, Result
from hvlib.trace import Trace
from hvlib.views.theme import LIGHT, NOTE, TEXT, TITLE, Theme

A = TypeVar("A", bound=Artist)


class Chart(ABC):
    """The picture of one kind of result.

    A subclass names its size and writes two methods. ``build`` makes axes and artists once and
    marks each artist that will move with :meth:`live`. ``move`` sets the data of those artists from
    a result; where data may leave the axes it calls :meth:`fit`.
    """

    size: ClassVar[tuple[float, float]] = (7.2, 3.6)
    """Inches, wide by high."""
    dpi: ClassVar[int] = 100

    def __init__(self, theme: Theme = LIGHT, scale: float = 1.0) -> None:
        self.theme = theme
        self.scale = scale
        self._live: list[Artist] = []
        self._background: Any = None
        self._frame: Hashable = None
        self._widths: list[int] = []
        with matplotlib.rc_context(rc_of(theme)):
            self.figure = Figure(figsize=self.size, dpi=self.dpi * scale)
            self.canvas = FigureCanvasAgg(self.figure)
            self.build(self.figure)

    @abstractmethod
    def build(self, figure: Figure) -> None:
        """Make axes, fixed artists and live artists, once."""

    @abstractmethod
    def move(self, result: Any) -> None:
        """Set the live artists' data to show ``result``."""

    def frame(self) -> Hashable:
        """What the fixed part depends on besides axis limits; override when a title changes."""
        return None

    def live(self, artist: A) -> A:
        """Mark an artist as one that moves, and return it."""
        artist.set_animated(True)
        self._live.append(artist)
        return artist

    def fit(self, axes: Axes, *, x: float | None = None, y: float | None = None) -> None:
        """Let the upper limits of ``axes`` hold x and y, in round steps that rarely change."""
        if x is not None:
            axes.set_xlim(right=_room(x, axes.get_xlim()[1]))
        if y is not None:
            axes.set_ylim(top=_room(y, axes.get_ylim()[1]))

    def png(self, result: Result | Trace) -> bytes:
        """The picture of ``result`` as PNG."""
        with matplotlib.rc_context(rc_of(self.theme)):
            self.move(result)
            frame = (self.frame(), tuple((a.get_xlim(), a.get_ylim()) for a in self.figure.axes))
            if self._background is None or frame != self._frame:
                self._arrange()
                self.canvas.draw()
                self._background = self.canvas.copy_from_bbox(self.figure.bbox)
                self._frame = frame
            else:
                self.canvas.restore_region(self._background)
            for artist in sorted(self._live, key=lambda item: item.get_zorder()):
                if artist.get_visible():
                    self.figure.draw_artist(artist)
        return quickly_encoded(pixels(self.canvas))

    def _arrange(self) -> None:
        """Place the axes, if the width of their labels asks for it: the costly half of a redraw."""
        widths = [_label_width(axes) for axes in self.figure.axes]
        if widths == self._widths:
            return
        self._widths = widths
        # Room on the right for half of a last tick label, which may grow as the limits move.
        engine = ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06, rect=(0, 0, 0.985, 1))
        places = self._places()
        for _round in range(6):
            engine.execute(self.figure)
            before, places = places, self._places()
            if before == places:
                return

    def _places(self) -> list[tuple[float, ...]]:
        """Where the axes are, to the pixel or so."""
        return [tuple(round(v, 3) for v in a.get_position().bounds) for a in self.figure.axes]

    def still(self, result: Result) -> bytes:
        """The picture with its sentence drawn below it, for where no kernel runs."""
        self.png(result)
        return encoded(captioned(pixels(self.canvas), result.describe(), self.theme), level=9)


def _label_width(axes: Axes) -> int:
    """Letters of the longest label at the left side."""
    return max((len(label.get_text()) for label in axes.get_yticklabels()), default=0)


def pixels(canvas: FigureCanvasAgg) -> Image.Image:
    """What a canvas shows, as an image."""
    size = canvas.get_width_height()
    return Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")


def encoded(image: Image.Image, level: int) -> bytes:
    """An image as PNG, at a zlib compression level of 0 to 9."""
    out = io.BytesIO()
    image.save(out, format="png", compress_level=level)
    return out.getvalue()


def quickly_encoded(image: Image.Image) -> bytes:
    """An RGB image as PNG (RFC 2083) without row filters.

    Filters make photographs smaller. To charts they add bytes, and most of the time of a picture.
    """
    wide, high = image.size
    raw = image.tobytes()
    rows = b"".join(b"\0" + raw[at : at + 3 * wide] for at in range(0, len(raw), 3 * wide))
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)  # 8 bits each of red, green, blue
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def captioned(image: Image.Image, sentence: str, theme: Theme, dpi: int = 100) -> Image.Image:
    """The image with ``sentence``, wrapped, on a strip of its own below it."""
    characters = max(30, int(image.width / dpi * 12.5))
    lines = textwrap.wrap(sentence, characters)
    height = (0.19 * len(lines) + 0.16) * dpi
    figure = Figure(figsize=(image.width / dpi, height / dpi), dpi=dpi, facecolor=theme.paper)
    canvas = FigureCanvasAgg(figure)
    figure.text(
        0.012, 0.97, "\n".join(lines), va="top", size=TEXT, color=theme.ink, linespacing=1.35
    )
    canvas.draw()
    strip = pixels(canvas)
    whole = Image.new("RGB", (image.width, image.height + strip.height), theme.paper)
    whole.paste(image, (0, 0))
    whole.paste(strip, (0, image.height))
    return whole


def _room(needed: float, current: float) -> float:
    """A limit of 1, 1.5, 2, 3, 5 or 7 times a power of ten that holds ``needed``.

    The current limit stays while it holds the value and is at most three times too wide.
    """
    if not math.isfinite(needed) or needed <= 0:
        return current
    if needed <= current <= 3 * needed:
        return current
    power = 10.0 ** math.floor(math.log10(needed))
    return next(step * power for step in (1, 1.5, 2, 3, 5, 7, 10) if step * power >= needed)


def rc_of(theme: Theme) -> Any:
    """The matplotlib settings of a theme."""
    return {
        "font.size": TEXT,
        "axes.titlesize": TITLE,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
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
