"""What a picture of a system shows, as plain data: boxes, edges, a flow's path, states, words.

The live widget and the static picture both draw a :class:`Scene`; neither decides anything that
is not in here. No drawing library is needed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, dist, inf, pi, sin

from hvlib.systems.failure import DEAD
from hvlib.systems.parts import Component, Link, State
from hvlib.systems.system import System
from hvlib.trust import Layer
from hvlib.views.layout import LINE, Layout, Place, arrows, layout
from hvlib.views.route import Path, Point, route
from hvlib.words import _

LAYERS: tuple[Layer, ...] = (
    "application",
    "runtime",
    "guest",
    "hypervisor",
    "host",
    "hardware",
)
"""All layers, from the top of a picture to its bottom."""

ARROW = 8.0
"""Length of an arrowhead, px."""
APART = 13.0
"""At least so far, px, two marks of privilege boundaries are from each other where they can be."""


@dataclass(frozen=True, slots=True)
class Box:
    """A component and its place."""

    item: Component
    place: Place


@dataclass(frozen=True, slots=True)
class Edge:
    """A link and its path from the first end to the second."""

    link: Link
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A system's picture: size in px, boxes (containers before contents) and edges."""

    system: System
    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    arrows: dict[str, dict[str, str]]

    def layers(self) -> tuple[Layer, ...]:
        """The layers that occur, top to bottom."""
        present = {box.item.layer for box in self.boxes}
        return tuple(layer for layer in LAYERS if layer in present)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of a flow in the picture.

    edge: the number of the edge that leads to it, -1 at the start or where nothing moves.
    forward: whether the edge is followed from its first end to its second. crossing: the number of
    the boundary between protection domains that is crossed, counted from 1; 0 for none. equal:
    whether the privilege is the same on both sides.
    """

    at: str
    says: str
    edge: int
    forward: bool
    crossing: int
    equal: bool = False


@lru_cache(maxsize=64)
def scene_of(system: System, width: float = 860.0) -> Scene:
    """The picture of a system, about ``width`` px wide."""
    placed = layout(system, width)
    inside = {item.id: item.inside for item in system.components}
    paths = route(placed, inside, [link.between for link in system.links])
    edges = tuple(map(Edge, system.links, paths))
    boxes = tuple(Box(system.component(id), place) for id, place in placed.places.items())
    return Scene(system, placed.width, placed.height, boxes, edges, _arrows(placed))


def _arrows(placed: Layout) -> dict[str, dict[str, str]]:
    return arrows(placed.places)


@lru_cache(maxsize=256)
def legs(scene: Scene, flow: str) -> tuple[Leg, ...]:
    """The path of a flow. Raises KeyError for a flow that the system doesn't have."""
    steps = scene.system.flow(flow).steps
    numbers = {item.step: n for n, item in enumerate(scene.system.passages(flow), 1)}
    found: list[Leg] = []
    for index, step in enumerate(steps):
        edge, forward = (-1, True) if index == 0 else _edge(scene, steps[index - 1].at, step.at)
        found.append(Leg(step.at, step.says, edge, forward, numbers.get(index, 0), step.equal))
    return tuple(found)


def _edge(scene: Scene, here: str, there: str) -> tuple[int, bool]:
    """The number of the edge between two boxes, and whether it is followed forwards."""
    for number, edge in enumerate(scene.edges):
        if edge.link.between == (here, there):
            return number, True
        if edge.link.between == (there, here):
            return number, False
    return -1, True


def visits(way: tuple[Leg, ...]) -> dict[str, tuple[int, ...]]:
    """The numbers of the steps at which a flow is at each box that it visits."""
    found: dict[str, tuple[int, ...]] = {}
    for number, leg in enumerate(way, 1):
        if number == 1 or leg.at != way[number - 2].at:
            found[leg.at] = (*found.get(leg.at, ()), number)
    return found


@lru_cache(maxsize=256)
def gates(scene: Scene, flow: str) -> tuple[Point | None, ...]:
    """Where the mark of the privilege boundary goes that each leg of a flow crosses, if any.

    In the middle of the longest stretch of its path, or else where no mark of another leg is.
    """
    found: list[Point | None] = []
    for leg in legs(scene, flow):
        spot = None
        if leg.crossing and leg.edge >= 0:
            spots = list(_spots(scene.edges[leg.edge].path, leg.forward))
            taken = [other for other in found if other]
            spot = next((at for at in spots if _apart(at, taken) >= APART), None)
            spot = spot or max(spots, key=lambda at: _apart(at, taken))
        found.append(spot)
    return tuple(found)


def _apart(at: Point, taken: Iterable[Point]) -> float:
    """How far a point is from the nearest of those taken, px."""
    return min((dist(at, other) for other in taken), default=inf)


def _spots(path: Path, forward: bool) -> Iterator[Point]:
    """Places for a mark: on the longest stretch first, there in the middle first.

    On the last stretch the arrowhead's length doesn't count.
    """
    way = path if forward else path[::-1]
    stretches = [(a, b, dist(a, b) - ARROW * (b == way[-1])) for a, b in pairwise(way)]
    for a, b, room in sorted(stretches, key=lambda stretch: -dist(*stretch[:2])):
        for share in (0.5, 0.3, 0.7, 0.15, 0.85):
            part = share * room / dist(a, b)
            yield a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def gate_mark(at: Point, *, equal: bool) -> list[Point]:
    """The corners of a boundary's mark: a diamond, or round where the privilege stays the same."""
    corners, size = (16, 4.5) if equal else (4, 5.0)
    angles = [2 * pi * corner / corners for corner in range(corners)]
    return [(at[0] - size * cos(angle), at[1] - size * sin(angle)) for angle in angles]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a pill goes, px: its middle's height, and a point on it ``align`` of its width in."""

    x: float
    y: float
    align: float


def state_at(box: Box) -> Anchor:
    """The place of a state's pill: on a container's upper border, on a leaf's lower left corner.

    There it stands at the corner, since edges leave from the middle.
    """
    rect = box.place.rect
    if box.place.container:
        return Anchor(rect.right - 24, rect.y - 2, 1.0)
    return Anchor(rect.x - 4, rect.bottom, 0.0)


def note(item: Component) -> str:
    """What stands at a box that is up: that it is uncertain, or that it has a way out unbroken."""
    if item.unsure:
        return _("? uncertain")
    return _("open door") if item.role == "container" and item.controls else ""


def badge_at(box: Box) -> Anchor:
    """The place of the numbers of a flow's steps: on a box's upper right corner."""
    rect = box.place.rect
    return Anchor(rect.right + 6, rect.y, 1.0)


def baselines(box: Box) -> list[Point]:
    """Where each line of a label is written: its start in a container, else its middle."""
    text = box.place.text
    x = text.x if box.place.container else text.x + text.width / 2
    return [(x, text.y + LINE * (number + 0.5)) for number in range(len(box.place.lines))]


def arrowhead(path: Path, forward: bool, size: float = ARROW) -> list[Point]:
    """The corners of the arrowhead at the end of a path."""
    (ax, ay), (bx, by) = path[-2:] if forward else path[1::-1]
    length = abs(bx - ax) + abs(by - ay)
    dx, dy = (bx - ax) / length * size, (by - ay) / length * size
    return [(bx, by), (bx - dx - dy / 2, by - dy + dx / 2), (bx - dx + dy / 2, by - dy - dx / 2)]


def reached(way: tuple[Leg, ...], states: Mapping[str, State]) -> int:
    """How many steps of a flow still happen: those before the first component that is dead."""
    for number, leg in enumerate(way):
        if states[leg.at] in DEAD:
            return number
    return len(way)


def layer_names() -> dict[Layer, str]:
    """What each layer is called."""
    return {
        "hardware": _("hardware"),
        "host": _("host kernel"),
        "hypervisor": _("hypervisor"),
        "guest": _("guest kernel"),
        "runtime": _("runtime and tools"),
        "application": _("application"),
    }
