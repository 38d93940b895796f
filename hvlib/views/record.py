"""A matplotlib renderer that writes down what it is asked to draw, for a painter in the page.

Two kinds of entry, in px from the top left: ``["path", style, d]`` with SVG's path data, and
``["text", style, x, y, turn, words]``.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform

from hvlib.views.looks import number, outline
from hvlib.views.marks import pixels


class Recorder(RendererBase):
    """Writes down paths and texts; ``written`` is the list."""

    def __init__(self, width: float, height: float, dpi: float = 100) -> None:
        super().__init__()
        self.width, self.height, self.dpi = width, height, dpi
        self.written: list[list[Any]] = []
        self._flip = Affine2D().scale(1, -1).translate(0, height)

    def points_to_pixels(self, points: Any) -> Any:
        return points * self.dpi / 72

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def flipy(self) -> bool:
        return True

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        return tuple(size * self.dpi / 72 for size in _extent(s, prop, bool(ismath)))

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        d = outline(path, transform + self._flip)
        if d:
            self.written.append(["path", self._style(gc, rgbFace), d])

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        d = ""
        for points, _code in path.iter_segments(trans + self._flip, simplify=False):
            x, y = points[-2:]
            d += outline(marker_path, marker_trans + Affine2D().scale(1, -1).translate(x, y))
        if d:
            self.written.append(["path", self._style(gc, rgbFace), d])

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float,
        ismath: Any = False, mtext: Any = None,
    ) -> None:  # fmt: skip
        anchor = "left"
        if mtext is not None and angle == 0:
            anchor = mtext.get_horizontalalignment()
            width = self.get_text_width_height_descent(s, prop, ismath)[0]
            x += {"left": 0, "center": width / 2, "right": width}[anchor]
        style = {
            "fill": to_hex(gc.get_rgb()[:3]),
            "size": pixels(prop.get_size_in_points()),
            "anchor": anchor,
            "bold": str(prop.get_weight()) in ("bold", "700"),
        }
        style = {key: value for key, value in style.items() if value}
        self.written.append(["text", style, round(x, 1), round(y, 1), round(angle), s])

    def _style(self, gc: GraphicsContextBase, face: Any) -> dict[str, Any]:
        rgb, pattern = gc.get_rgb(), list(gc.get_dashes()[1] or ())  # type: ignore[arg-type]
        width = round(self.points_to_pixels(gc.get_linewidth()), 2)
        style = {
            "fill": "" if face is None or (len(face) > 3 and not face[3]) else to_hex(face[:3]),
            "stroke": to_hex(rgb[:3]) if len(rgb) < 4 or rgb[3] else "",
            "width": width,
            "dash": " ".join(number(self.points_to_pixels(v)) for v in pattern),
            "cap": gc.get_capstyle(),
            "join": str(gc.get_joinstyle()),
            "opacity": gc.get_alpha() if gc.get_forced_alpha() else "",
            "hatch": gc.get_hatch() or "",
        }
        return {key: value for key, value in style.items() if value}


@lru_cache(maxsize=10_000)
def _extent(words: str, letters: FontProperties, ismath: bool) -> tuple[float, float, float]:
    """Width, height and descent of a text, in points."""
    width, height, descent = text_to_path.get_text_width_height_descent(words, letters, ismath)
    return width, height, descent


def recorded(artists: Iterable[Artist], size: tuple[float, float]) -> list[list[Any]]:
    """What some artists of a figure of this size, in px, ask to be drawn."""
    recorder = Recorder(*size)
    for artist in artists:
        artist.draw(recorder)
    return recorder.written
