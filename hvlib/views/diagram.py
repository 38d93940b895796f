"""The architecture diagram as a still picture: the twin of the live one, from the same scene."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon
from PIL import Image

from hvlib.systems.failure import Moment
from hvlib.systems.parts import State
from hvlib.views.layout import FONT, Rect, text_width
from hvlib.views.route import Path, Point
from hvlib.views.scene import Anchor, Box, Leg, Scene, gate_mark, layer_names, legs, reached, visits
from hvlib.views.still import captioned, encoded
from hvlib.views.style import own_style
from hvlib.views.telling import (
    gate_kinds,
    mark_words,
    marks,
    spread_of,
    state_signs,
    state_words,
    stops,
)
from hvlib.views.theme import LIGHT, Paint, Theme

_PX = 0.72  # points to a pixel, at the figure's 100 dpi
_SMALL = 11.0
_LEGEND_X = 20.0
_LEGEND_LINE = 20.0
_LINES: dict[str, Any] = {"data": "-", "control": (0, (3, 2))}


def still(
    rows: Sequence[Sequence[Image.Image]], sentence: str, theme: Theme = LIGHT, scale: float = 1.0
) -> bytes:
    """Rows of pictures below each other, with the sentence as caption, as PNG."""
    whole = _joined([_joined(row, theme, across=True) for row in rows], theme, across=False)
    whole = captioned(whole, sentence, theme, dpi=round(100 * scale))
    return encoded(_with_palette(whole), level=9)


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


def in_rows(widths: Sequence[float], most: float) -> list[list[int]]:
    """The numbers of pictures of these widths in rows of at most ``most``, in their order.

    A picture wider than that gets a row of its own.
    """
    rows: list[list[int]] = []
    room = 0.0
    for number, width in enumerate(widths):
        if rows and width <= room:
            rows[-1].append(number)
            room -= width
        else:
            rows.append([number])
            room = most - width
    return rows


@own_style()
def canvas(
    scene: Scene,
    crashed: Iterable[str] = (),
    flow: str = "",
    step: int = 0,
    theme: Theme = LIGHT,
    scale: float = 1.0,
    *,
    moment: int = 0,
    settings: Mapping[str, str] | None = None,
    now: Moment | None = None,
) -> FigureCanvasAgg:
    """The drawn figure: one patch and one text a box, with the component's id as ``gid``.

    ``now``: the moment to draw, where a run says it and not the system.
    """
    now = now or scene.system.moments(crashed, settings)[moment]
    states = {id: one.state for id, one in now.conditions.items()}
    way = legs(scene, flow) if flow else ()
    pairs = _legend(scene, way, set(states.values()))
    spots = _legend_spots(pairs, scene.width)
    height = scene.height + spots[-1][1] + _LEGEND_LINE + 4
    size = (scene.width / 100, height / 100)
    figure = Figure(figsize=size, dpi=100 * scale, facecolor=theme.paper)
    result = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, scene.width), ylim=(height, 0))
    axes.axis("off")
    found = spread_of(scene.system, now, settings)
    said = marks(scene.system, now.conditions, found, stop=stops(scene.system, settings))
    for box in scene.boxes:
        _draw_box(axes, box, states[box.item.id], theme)
    _draw_edges(axes, scene, {leg.edge for leg in way}, theme)
    _draw_way(axes, scene, way, step, reached(way, states), theme)
    for box in scene.boxes:
        if box.item.id in said and said[box.item.id][1]:
            state, word = said[box.item.id][:2]
            _pill(axes, box.state_at, word, theme.paper, state_colour(state, theme))
        elif box.item.id not in said and box.note:
            _pill(axes, box.state_at, box.note, theme.paper, theme.warn)
    _draw_badges(axes, scene, way, step, theme)
    for pair, (x, y) in zip(pairs, spots, strict=True):
        _draw_entry(axes, *pair, x, y + scene.height + 8, theme)
    result.draw()
    return result


# --- boxes ----------------------------------------------------------------------------------


def mixed(colour: str, other: str, share: float) -> str:
    """``share`` of one colour in another."""
    pairs = zip(to_rgb(colour), to_rgb(other), strict=True)
    red, green, blue = (share * a + (1 - share) * b for a, b in pairs)
    return to_hex((red, green, blue))


def _fill(paint: Paint, container: bool, state: State, theme: Theme) -> str:
    if state in ("crashed", "down"):
        return mixed(theme.muted, theme.paper, 0.12)
    return mixed(paint.fill, theme.paper, 0.5) if container else paint.fill


def state_colour(state: State, theme: Theme) -> str:
    """The colour of a state's word and border."""
    return {
        "up": theme.muted,
        "crashed": theme.bad,
        "down": theme.muted,
        "stalled": theme.warn,
        "limited": theme.warn,
        "unmanaged": theme.accent,
    }[state]


_DASHES: dict[State, str] = {"down": "--", "stalled": "-.", "limited": "-.", "unmanaged": ":"}


def _draw_box(axes: Axes, box: Box, state: State, theme: Theme) -> None:
    paint = theme.layers[box.item.layer]
    line = paint.line if state == "up" else state_colour(state, theme)
    rect = box.place.rect
    patch = _draw_frame(
        axes, rect, 4, _fill(paint, box.place.container, state, theme), line, order=1
    )
    patch.set(
        gid=box.item.id,
        linewidth=1.6 if state == "crashed" else 1.0,
        linestyle=_DASHES.get(state, "-"),
    )
    dim = state in ("crashed", "down")
    _draw_label(axes, box, theme.muted if dim else theme.ink)


def _draw_frame(
    axes: Axes, rect: Rect, radius: float, fill: str, line: str, order: float = 1
) -> FancyBboxPatch:
    """A rounded rectangle."""
    patch = FancyBboxPatch(
        (rect.x, rect.y),
        rect.width,
        rect.height,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        facecolor=fill,
        edgecolor=line,
        linewidth=1.0,
        zorder=order,
    )
    axes.add_patch(patch)
    return patch


def _draw_label(axes: Axes, box: Box, colour: str) -> None:
    container = box.place.container
    for at, line in box.label:
        axes.text(
            *at,
            line,
            size=FONT * _PX,
            weight="bold" if container else "normal",
            ha="left" if container else "center",
            va="center_baseline",
            color=colour,
            gid=box.item.id,
        )


def _pill(axes: Axes, at: Anchor, word: str, fill: str, ink: str) -> None:
    wide = max(16.0, text_width(word, _SMALL) + 8)
    rect = Rect(at.x - at.align * wide, at.y - 8, wide, 16)
    _draw_frame(axes, rect, rect.height / 2, fill, ink, order=5)
    axes.text(
        *rect.centre,
        word,
        size=_SMALL * _PX,
        color=ink,
        ha="center",
        va="center_baseline",
        zorder=6,
    )


# --- edges ----------------------------------------------------------------------------------


def _draw_path(axes: Axes, path: Path, colour: str, width: float, style: Any, order: float) -> None:
    xs, ys = zip(*path, strict=True)
    axes.plot(xs, ys, color=colour, linewidth=width, linestyle=style, zorder=order)


def _style(scene: Scene, number: int) -> Any:
    """Solid for data, dashed for control."""
    return _LINES[scene.edges[number].link.kind]


def _draw_edges(axes: Axes, scene: Scene, strong: set[int], theme: Theme) -> None:
    for number, edge in enumerate(scene.edges):
        if number not in strong:
            colour = mixed(theme.muted, theme.paper, 0.3 if strong else 0.65)
            _draw_path(axes, edge.path, colour, 0.9, _style(scene, number), 2)


def _draw_way(
    axes: Axes, scene: Scene, way: Sequence[Leg], step: int, stop: int, theme: Theme
) -> None:
    """The flow's edges with arrowheads and the marks of the boundaries that they cross."""
    for number, leg in enumerate(way, 1):
        if leg.edge < 0:
            continue
        path = scene.edges[leg.edge].path
        now = number == step
        colour = theme.accent if number <= stop else theme.muted
        width = 3.0 if now else 2.0
        _draw_path(axes, path, colour, width, _style(scene, leg.edge), 3)
        axes.add_patch(Polygon(leg.head, color=colour, linewidth=0, zorder=4))
        if leg.gate:
            _draw_gate(axes, leg.gate, now, theme, equal=leg.equal)


def _draw_gate(axes: Axes, at: Point, now: bool, theme: Theme, *, equal: bool = False) -> None:
    axes.add_patch(
        Polygon(
            gate_mark(at, equal=equal),
            facecolor=theme.bad if now else theme.paper,
            edgecolor=theme.bad,
            linewidth=1.4,
            zorder=4.5,
        )
    )


def _draw_badges(axes: Axes, scene: Scene, way: tuple[Leg, ...], step: int, theme: Theme) -> None:
    """The numbers of a flow's steps, each on the upper right corner of its box."""
    numbers = visits(way)
    for box in scene.boxes:
        if box.item.id in numbers:
            steps = numbers[box.item.id]
            word = " ".join(map(str, steps))
            current = step > 0 and way[step - 1].at == box.item.id
            colours = (theme.accent, theme.paper) if current else (theme.paper, theme.accent)
            _pill(axes, box.badge_at, word, *colours)


# --- legend ---------------------------------------------------------------------------------


def _legend(scene: Scene, way: Sequence[Leg], states: Collection[State]) -> list[tuple[str, str]]:
    """What the legend explains: (sign, word) pairs; a sign is a layer, a state, ``data``, ..."""
    names, words = layer_names(), mark_words()
    kinds = {edge.link.kind for edge in scene.edges}
    pairs = [(str(layer), names[layer]) for layer in scene.layers()]
    pairs += [(kind, words[kind]) for kind in ("data", "control") if kind in kinds]
    pairs += [(kind, words[kind]) for kind in gate_kinds(way)]
    return pairs + [(state, word) for state, word in state_words().items() if state in states]


def _legend_spots(pairs: Sequence[tuple[str, str]], width: float) -> list[Point]:
    """Where each entry starts, in as many lines as it takes."""
    x, y = _LEGEND_X, 0.0
    spots = []
    for _sign, word in pairs:
        wide = text_width(word, _SMALL) + 44
        if x + wide > width and x > _LEGEND_X:
            x, y = _LEGEND_X, y + _LEGEND_LINE
        spots.append((x, y))
        x += wide
    return spots


def _draw_entry(axes: Axes, sign: str, word: str, x: float, y: float, theme: Theme) -> None:
    _draw_sign(axes, sign, x, y, theme)
    axes.text(x + 28, y, word, size=_SMALL * _PX, color=theme.muted, va="center_baseline")


def _draw_sign(axes: Axes, sign: str, x: float, y: float, theme: Theme) -> None:
    signs: dict[str, State] = {state: state for state in state_words()}
    if sign in signs:
        at = Anchor(x + 11, y, 0.5)
        _pill(axes, at, state_signs()[signs[sign]], theme.paper, state_colour(signs[sign], theme))
    elif sign in ("gate", "equal"):
        _draw_gate(axes, (x + 11, y), False, theme, equal=sign == "equal")
    elif sign in ("data", "control"):
        _draw_path(axes, ((x, y), (x + 22, y)), theme.muted, 1.4, _LINES[sign], 2)
    else:
        paint = next(paint for layer, paint in theme.layers.items() if layer == sign)
        _draw_frame(axes, Rect(x, y - 6, 22, 12), 2, paint.fill, paint.line)
