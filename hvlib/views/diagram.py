"""The architecture diagram as a still picture, by matplotlib."""

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon
from PIL import Image

from hvlib.views.scene import Scene
from hvlib.views.sketch import Frame, Part, Shape, Sketch, Stroke, Words
from hvlib.views.still import captioned, encoded
from hvlib.views.style import own_style
from hvlib.views.theme import LIGHT, Theme

_PX = 0.72  # points to a pixel, at the figure's 100 dpi
_DASHED: Any = (0, (3, 2))


def still(
    rows: Sequence[Sequence[Image.Image]], sentence: str, theme: Theme = LIGHT, scale: float = 1.0
) -> bytes:
    """Rows of pictures below each other, with the sentence as caption, as PNG."""
    whole = _joined([_joined(row, theme, across=True) for row in rows], theme, across=False)
    whole = captioned(whole, sentence, theme, dpi=round(100 * scale))
    return encoded(_with_palette(whole))


def _with_palette(image: Image.Image) -> Image.Image:
    """The image in its 256 most frequent colours: half the file, and fills stay as they are.

    Of colours that are nearly alike the palette has one, since Pillow looks them up coarsely.
    """
    found: Any = image.getcolors(image.width * image.height)
    apart: dict[Any, Any] = {}
    for _count, colour in sorted(found, reverse=True):
        apart.setdefault(tuple(part >> 3 for part in colour), colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in list(apart.values())[:256] for part in colour])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _joined(pictures: Sequence[Image.Image], theme: Theme, *, across: bool) -> Image.Image:
    """The pictures beside each other, or below each other."""
    wide, high = [item.width for item in pictures], [item.height for item in pictures]
    size = (sum(wide), max(high)) if across else (max(wide), sum(high))
    whole = Image.new("RGB", size, theme.paper)
    at = 0
    for item in pictures:
        whole.paste(item, (at, 0) if across else (0, at))
        at += item.width if across else item.height
    return whole


def canvas(
    scene: Scene,
    crashed: Iterable[str] = (),
    flow: str = "",
    step: int = 0,
    theme: Theme = LIGHT,
    scale: float = 1.0,
) -> FigureCanvasAgg:
    """The drawn figure of a system at the moment of a failure."""
    now = scene.system.moments(crashed)[0]
    return drawn(Sketch(scene, now, flow, step, theme=theme), scale)


@own_style()
def drawn(sketch: Sketch, scale: float = 1.0) -> FigureCanvasAgg:
    """The drawn figure of a sketch."""
    result = placed(sketch, scale)
    result.draw()
    return result


@own_style()
def placed(sketch: Sketch, scale: float = 1.0) -> FigureCanvasAgg:
    """The figure before it is drawn: a patch and a text a box, the component's id as ``gid``."""
    size = (sketch.width / 100, sketch.height / 100)
    figure = Figure(figsize=size, dpi=100 * scale, facecolor=sketch.theme.paper)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, sketch.width), ylim=(sketch.height, 0))
    axes.axis("off")
    for part in sketch.parts():
        _draw(axes, part)
    return FigureCanvasAgg(figure)


def _draw(axes: Axes, part: Part) -> None:
    look: dict[str, Any] = {"gid": getattr(part, "id", None), "zorder": part.order}
    match part:
        case Words():
            look |= {"ha": part.anchor, "va": "center_baseline", "size": part.size * _PX}
            look |= {"color": part.colour, "weight": "bold" if part.bold else "normal"}
            axes.text(*part.at, part.words, **look)
        case Stroke():
            style = _DASHED if part.style == "--" else part.style
            look |= {"color": part.colour, "linewidth": part.width, "linestyle": style}
            axes.plot(*zip(*part.path, strict=True), **look)
        case Shape():
            look |= {"facecolor": part.fill, "edgecolor": part.line, "linewidth": part.width}
            axes.add_patch(Polygon(part.corners, **look))
        case Frame():
            look |= {"facecolor": part.fill, "edgecolor": part.line, "linewidth": part.width}
            look |= {"linestyle": part.style}
            rect, round_ = part.rect, f"round,pad=0,rounding_size={part.radius}"
            box = (rect.x, rect.y), rect.width, rect.height
            axes.add_patch(FancyBboxPatch(*box, boxstyle=round_, **look))
