"""What a picture of a system shows, as plain data: boxes, edges, a flow's path, states, words.

The live widget and the static picture both draw a :class:`Scene`; neither decides anything that
is not in here. No drawing library is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, dist, inf, pi, sin

from hvlib.systems.failure import DEAD
from hvlib.systems.parts import Component, Link, State
from hvlib.systems.system import System
from hvlib.trust import Layer
from hvlib.views.layout import LINE, Place, arrows, layout
from hvlib.views.route import Path, Point, route
from hvlib.words import _

LAYERS: tuple[Layer, ...] = ("application", "runtime", "guest", "hypervisor", "host", "hardware")
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

    @property
    def note(self) -> str:
        """What stands at it while it is up: that it is uncertain, or has a way out unbroken."""
        if self.item.unsure:
            return _("? uncertain")
        return _("open door") if self.item.role == "container" and self.item.controls else ""

    @property
    def state_at(self) -> "Anchor":
        """Where a state's pill goes: on a container's upper border, on a leaf's lower left corner.

        There it stands at the corner, since edges leave from the middle.
        """
        rect = self.place.rect
        if self.place.container:
            return Anchor(rect.right - 24, rect.y - 2, 1.0)
        return Anchor(rect.x - 4, rect.bottom, 0.0)

    @property
    def badge_at(self) -> "Anchor":
        """The place of the numbers of a flow's steps: on the upper right corner."""
        return Anchor(self.place.rect.right + 6, self.place.rect.y, 1.0)

    @property
    def label(self) -> Iterator[tuple[Point, str]]:
        """The lines of its label, and where each starts in a container, or else has its middle."""
        text = self.place.text
        x = text.x if self.place.container else text.x + text.width / 2
        for number, line in enumerate(self.place.lines):
            yield (x, text.y + LINE * (number + 0.5)), line


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a pill goes, px: its middle's height, and a point on it ``align`` of its width in."""

    x: float
    y: float
    align: float


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
    whether the privilege is the same on both sides. head: the corners of the edge's arrowhead.
    gate: where the mark of that boundary goes, if it has one.
    """

    at: str
    says: str
    edge: int
    forward: bool
    crossing: int
    equal: bool
    head: tuple[Point, ...]
    gate: Point | None


@lru_cache(maxsize=64)
def scene_of(system: System, width: float = 860.0) -> Scene:
    """The picture of a system, about ``width`` px wide."""
    placed = layout(system, width)
    inside = {item.id: item.inside for item in system.components}
    paths = route(placed, inside, [link.between for link in system.links])
    edges = tuple(map(Edge, system.links, paths))
    boxes = tuple(Box(system.component(id), place) for id, place in placed.places.items())
    return Scene(system, placed.width, placed.height, boxes, edges, arrows(placed.places))


@lru_cache(maxsize=256)
def legs(scene: Scene, flow: str) -> tuple[Leg, ...]:
    """The path of a flow. Raises KeyError for a flow that the system doesn't have."""
    steps = scene.system.flow(flow).steps
    numbers = {item.step: n for n, item in enumerate(scene.system.passages(flow), 1)}
    found: list[Leg] = []
    for index, step in enumerate(steps):
        edge, forward = (-1, True) if index == 0 else _edge(scene, steps[index - 1].at, step.at)
        crossing = numbers.get(index, 0)
        head: tuple[Point, ...] = ()
        gate = None
        if edge >= 0:
            path = scene.edges[edge].path if forward else scene.edges[edge].path[::-1]
            head = _arrowhead(path)
            gate = _gate(path, [leg.gate for leg in found if leg.gate]) if crossing else None
        found.append(Leg(step.at, step.says, edge, forward, crossing, step.equal, head, gate))
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


def _gate(path: Path, taken: Sequence[Point]) -> Point:
    """In the middle of a path's longest stretch, or else where no mark of another leg is."""

    def apart(at: Point) -> float:
        return min((dist(at, other) for other in taken), default=inf)

    spots = list(_spots(path))
    return next((at for at in spots if apart(at) >= APART), None) or max(spots, key=apart)


def _spots(path: Path) -> Iterator[Point]:
    """Places for a mark: on the longest stretch first, there in the middle first.

    On the last stretch the arrowhead's length doesn't count.
    """
    stretches = [(a, b, dist(a, b) - ARROW * (b == path[-1])) for a, b in pairwise(path)]
    for a, b, room in sorted(stretches, key=lambda stretch: -dist(*stretch[:2])):
        for share in (0.5, 0.3, 0.7, 0.15, 0.85):
            part = share * room / dist(a, b)
            yield a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def gate_mark(at: Point, *, equal: bool) -> list[Point]:
    """The corners of a boundary's mark: a diamond, or round where the privilege stays the same."""
    corners, size = (16, 4.5) if equal else (4, 5.0)
    angles = [2 * pi * corner / corners for corner in range(corners)]
    return [(at[0] - size * cos(angle), at[1] - size * sin(angle)) for angle in angles]


def _arrowhead(path: Path) -> tuple[Point, ...]:
    """The corners of the arrowhead at the end of a path."""
    (ax, ay), (bx, by) = path[-2:]
    length = abs(bx - ax) + abs(by - ay)
    dx, dy = (bx - ax) / length * ARROW, (by - ay) / length * ARROW
    return (bx, by), (bx - dx - dy / 2, by - dy + dx / 2), (bx - dx + dy / 2, by - dy - dx / 2)


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
