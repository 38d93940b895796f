"""What a still diagram shows, drawn by whatever pen: the twin of the live one, from its scene."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.systems.failure import Moment
from hvlib.systems.parts import State
from hvlib.views.layout import FONT, Rect, text_width
from hvlib.views.route import Path, Point
from hvlib.views.scene import Anchor, Box, Leg, Scene, gate_mark, layer_names, legs, reached, visits
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

_SMALL = 11.0
_LEGEND_X = 20.0
_LEGEND_LINE = 20.0
Style = Literal["-", "--", "-.", ":"]
_LINES: dict[str, Style] = {"data": "-", "control": "--"}


@dataclass(frozen=True, slots=True)
class Frame:
    """A rounded rectangle, its line ``width`` points wide; ``id``: of the component it shows.

    Of all parts, those of higher ``order`` cover the others.
    """

    rect: Rect
    radius: float
    fill: str
    line: str
    order: float
    width: float = 1.0
    style: Style = "-"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words; the middle of its capitals is at the height of ``at``."""

    at: Point
    words: str
    size: float
    colour: str
    anchor: Literal["left", "center"] = "center"
    bold: bool = False
    order: float = 3
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, ``width`` points wide."""

    path: Path
    colour: str
    width: float
    style: Style
    order: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon."""

    corners: Sequence[Point]
    fill: str
    line: str
    width: float
    order: float


Part = Frame | Words | Stroke | Shape


class Sketch:
    """What is drawn of a system, ``width`` by ``height`` px, at one moment."""

    def __init__(
        self,
        scene: Scene,
        now: Moment,
        flow: str = "",
        step: int = 0,
        settings: Mapping[str, str] | None = None,
        theme: Theme = LIGHT,
    ) -> None:
        self.scene, self.now, self.settings, self.theme = scene, now, settings, theme
        self.step, self.way = step, legs(scene, flow) if flow else ()
        self._states = {id: one.state for id, one in now.conditions.items()}
        self._legend = _legend(scene, self.way, set(self._states.values()))
        self._spots = _legend_spots(self._legend, scene.width)
        self.width = scene.width
        self.height = scene.height + self._spots[-1][1] + _LEGEND_LINE + 4

    def parts(self) -> Iterator[Part]:
        """A frame for each box, a line of words for each of its label, and all between them."""
        scene, way, step, theme = self.scene, self.way, self.step, self.theme
        system = scene.system
        found = spread_of(system, self.now, self.settings)
        said = marks(system, self.now.conditions, found, stop=stops(system, self.settings))
        for box in scene.boxes:
            yield from _draw_box(box, self._states[box.item.id], theme)
        yield from _draw_edges(scene, {leg.edge for leg in way}, theme)
        yield from _draw_way(scene, way, step, reached(way, self._states), theme)
        for box in scene.boxes:
            if box.item.id in said and said[box.item.id][1]:
                state, word = said[box.item.id][:2]
                yield from _pill(box.state_at, word, theme.paper, state_colour(state, theme))
            elif box.item.id not in said and box.note:
                yield from _pill(box.state_at, box.note, theme.paper, theme.warn)
        yield from _draw_badges(scene, way, step, theme)
        for pair, (x, y) in zip(self._legend, self._spots, strict=True):
            yield from _draw_entry(*pair, x, y + scene.height + 8, theme)


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


# --- boxes ----------------------------------------------------------------------------------


def mixed(colour: str, other: str, share: float) -> str:
    """``share`` of one colour in another; both as ``#rrggbb``."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


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


_DASHES: dict[State, Style] = {"down": "--", "stalled": "-.", "limited": "-.", "unmanaged": ":"}


def _draw_box(box: Box, state: State, theme: Theme) -> Iterator[Part]:
    paint = theme.layers[box.item.layer]
    yield Frame(
        box.place.rect,
        4,
        _fill(paint, box.place.container, state, theme),
        paint.line if state == "up" else state_colour(state, theme),
        1,
        width=1.6 if state == "crashed" else 1.0,
        style=_DASHES.get(state, "-"),
        id=box.item.id,
    )
    container = box.place.container
    colour = theme.muted if state in ("crashed", "down") else theme.ink
    for at, line in box.label:
        anchor: Literal["left", "center"] = "left" if container else "center"
        yield Words(at, line, FONT, colour, anchor, bold=container, id=box.item.id)


def _pill(at: Anchor, word: str, fill: str, ink: str) -> Iterator[Part]:
    wide = max(16.0, text_width(word, _SMALL) + 8)
    rect = Rect(at.x - at.align * wide, at.y - 8, wide, 16)
    yield Frame(rect, rect.height / 2, fill, ink, 5)
    yield Words(rect.centre, word, _SMALL, ink, order=6)


# --- edges ----------------------------------------------------------------------------------


def _style(scene: Scene, number: int) -> Style:
    """Solid for data, dashed for control."""
    return _LINES[scene.edges[number].link.kind]


def _draw_edges(scene: Scene, strong: set[int], theme: Theme) -> Iterator[Part]:
    for number, edge in enumerate(scene.edges):
        if number not in strong:
            colour = mixed(theme.muted, theme.paper, 0.3 if strong else 0.65)
            yield Stroke(edge.path, colour, 0.9, _style(scene, number), 2)


def _draw_way(
    scene: Scene, way: Sequence[Leg], step: int, stop: int, theme: Theme
) -> Iterator[Part]:
    """The flow's edges with arrowheads and the marks of the boundaries that they cross."""
    for number, leg in enumerate(way, 1):
        if leg.edge < 0:
            continue
        path = scene.edges[leg.edge].path
        now = number == step
        colour = theme.accent if number <= stop else theme.muted
        width = 3.0 if now else 2.0
        yield Stroke(path, colour, width, _style(scene, leg.edge), 3)
        yield Shape(leg.head, colour, colour, 0, 4)
        if leg.gate:
            yield from _draw_gate(leg.gate, now, theme, equal=leg.equal)


def _draw_gate(at: Point, now: bool, theme: Theme, *, equal: bool = False) -> Iterator[Part]:
    fill = theme.bad if now else theme.paper
    yield Shape(gate_mark(at, equal=equal), fill, theme.bad, 1.4, 4.5)


def _draw_badges(scene: Scene, way: tuple[Leg, ...], step: int, theme: Theme) -> Iterator[Part]:
    """The numbers of a flow's steps, each on the upper right corner of its box."""
    numbers = visits(way)
    for box in scene.boxes:
        if box.item.id in numbers:
            steps = numbers[box.item.id]
            word = " ".join(map(str, steps))
            current = step > 0 and way[step - 1].at == box.item.id
            colours = (theme.accent, theme.paper) if current else (theme.paper, theme.accent)
            yield from _pill(box.badge_at, word, *colours)


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


def _draw_entry(sign: str, word: str, x: float, y: float, theme: Theme) -> Iterator[Part]:
    yield from _draw_sign(sign, x, y, theme)
    yield Words((x + 28, y), word, _SMALL, theme.muted, anchor="left")


def _draw_sign(sign: str, x: float, y: float, theme: Theme) -> Iterator[Part]:
    signs: dict[str, State] = {state: state for state in state_words()}
    if sign in signs:
        at = Anchor(x + 11, y, 0.5)
        yield from _pill(
            at, state_signs()[signs[sign]], theme.paper, state_colour(signs[sign], theme)
        )
    elif sign in ("gate", "equal"):
        yield from _draw_gate((x + 11, y), False, theme, equal=sign == "equal")
    elif sign in ("data", "control"):
        yield Stroke(((x, y), (x + 22, y)), theme.muted, 1.4, _LINES[sign], 2)
    else:
        paint = next(paint for layer, paint in theme.layers.items() if layer == sign)
        yield Frame(Rect(x, y - 6, 22, 12), 2, paint.fill, paint.line, 1)
