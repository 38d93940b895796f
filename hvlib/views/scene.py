"""What a picture of a system shows, as plain data: boxes, edges, a flow's path, states, words.

The live widget and the static picture both draw a :class:`Scene`; neither decides anything that
is not in here. No drawing library is needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, sin
from typing import Any

from hvlib.systems.failure import DEAD, Condition, Moment
from hvlib.systems.parts import After, Component, Link, Option, State
from hvlib.systems.system import System
from hvlib.trust import Layer
from hvlib.views.layout import LINE, Layout, Place, arrows, layout
from hvlib.views.route import Path, Point, route
from hvlib.words import _, ngettext

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


def gate(path: Path, forward: bool) -> Point:
    """Where the mark of a privilege boundary goes: the middle of the path's longest stretch.

    On the last stretch the arrowhead's length doesn't count.
    """
    way = path if forward else path[::-1]
    stretches = [(a, b, abs(a[0] - b[0]) + abs(a[1] - b[1])) for a, b in pairwise(way)]
    (ax, ay), (bx, by), length = max(stretches, key=lambda stretch: stretch[2])
    last = (bx, by) == way[-1]
    share = (length - ARROW * last) / 2 / length
    return ax + share * (bx - ax), ay + share * (by - ay)


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


# --- words ----------------------------------------------------------------------------------


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


def state_signs() -> dict[State, str]:
    """The sign that goes with each state, so that colour is never alone."""
    return {
        "up": "",
        "crashed": "\N{MULTIPLICATION SIGN}",
        "down": "\N{MINUS SIGN}",
        "stalled": "\N{DOUBLE VERTICAL LINE}",
        "limited": "\N{NOT EQUAL TO}",
        "unmanaged": "?",
    }


def kind_of(condition: Condition, *, stop: bool = False) -> str:
    """Which of :func:`kinds` a condition is. stop: whether what failed was told to stop."""
    lacks = condition.lacks
    if condition.state == "crashed" and stop:
        return "stopped"
    if condition.state not in ("stalled", "limited") or {"disk", "network"} <= lacks:
        return condition.state
    for lack in ("disk", "service", "network", "names", "log"):
        if lack in lacks:
            alone = lack == "network" and condition.state == "stalled"
            unmanaged = lack == "log" and "manage" in lacks
            return "idle" if alone else lack + "-unmanaged" * unmanaged
    return condition.state


def kinds() -> dict[str, tuple[str, str, str]]:
    """For each way to be: its name, what it means, and a sentence on all that are so."""
    return {
        "crashed": (_("crashed"), _("has failed"), _("{name} with {who} crashed.")),
        "stopped": (_("stopped"), _("was told to stop"), _("{name} with {who} stopped.")),
        "down": (
            _("down"),
            _("dead, because something it needs to run is dead, or because it was ended"),
            _("Down: {who}."),
        ),
        "stalled": (
            _("stalled"),
            _("runs, but waits for I/O that doesn't come"),
            _("Stalled, waiting for I/O: {who}."),
        ),
        "disk": (
            _("no disk"),
            _("computes until it reads or writes; then it waits for the disk"),
            _("Running until they read or write, for they have no disk: {who}."),
        ),
        "service": (
            _("no answer"),
            _("runs, but waits for an answer that doesn't come"),
            _("Waiting for an answer: {who}."),
        ),
        "idle": (
            _("no network"),
            _("runs, but has nothing to do without the network"),
            _("With nothing to do for want of the network: {who}."),
        ),
        "limited": (
            _("cut off"),
            _("works, but lacks something that it needs"),
            _("Running, but cut off: {who}."),
        ),
        "network": (
            _("no network"),
            _("computes and writes to disk, but hears nothing from the network"),
            _("Computing and writing to disk, but without the network: {who}."),
        ),
        "names": (
            _("no names"),
            _("works, but can't look up names"),
            _("Working, but unable to look up names: {who}."),
        ),
        "log": (
            _("no log"),
            _("works until what it prints, and nobody takes, has filled its pipe"),
            _("Working, though nobody takes what they print: {who}."),
        ),
        "log-unmanaged": (
            _("no log"),
            _("works, but nobody manages it or takes what it prints"),
            _("Working, but nobody manages them or takes what they print: {who}."),
        ),
        "unmanaged": (
            _("unmanaged"),
            _("runs on, but nobody can manage it"),
            _("Running, but unmanaged: {who}."),
        ),
        "up": (_("up"), _("works"), _("Untouched: {who}.")),
    }


Mark = tuple[State, str, str]
"""A component's state, the text at its box, and which of :func:`kinds` it is."""


def marks(
    system: System, conditions: Mapping[str, Condition], *, stop: bool = False
) -> dict[str, Mark]:
    """What the picture says at each box that isn't up."""
    signs, words = state_signs(), kinds()
    found: dict[str, Mark] = {}
    for item in system.components:
        condition = conditions[item.id]
        if condition.state != "up":
            kind = kind_of(condition, stop=stop)
            outer = conditions[item.inside].state if item.inside else None
            sign = signs[condition.state]
            told = said(condition.state, outer)
            found[item.id] = (condition.state, sign if told else f"{sign} {words[kind][0]}", kind)
    return found


def said(state: State, outer: State | None) -> bool:
    """Whether a container's state already tells that of a box inside it."""
    return outer is not None and (state == outer or (state == "down" and outer in DEAD))


def describe(
    scene: Scene,
    crashed: Iterable[str] = (),
    flow: str = "",
    step: int = 0,
    moment: int = 0,
    settings: Mapping[str, str] | None = None,
) -> str:
    """The picture in words: what has failed and what follows, where the flow is, what is there."""
    found = scene.system.moments(crashed, settings)
    return describe_moments(scene, found, flow, step, moment, settings)


def describe_moments(
    scene: Scene,
    found: Sequence[Moment],
    flow: str = "",
    step: int = 0,
    moment: int = 0,
    settings: Mapping[str, str] | None = None,
) -> str:
    """As :func:`describe`, where the moments are known."""
    if found[moment].says:
        return found[moment].says
    now = found[moment].conditions
    parts = []
    if any(one.state != "up" for one in found[0].conditions.values()):
        parts.append(_sequence(scene.system, found, moment, settings))
    if flow:
        states = {id: one.state for id, one in now.items()}
        parts.append(told(scene, flow, step, states))
    return " ".join(parts) or _structure(scene.system)


def stops(system: System, settings: Mapping[str, str] | None) -> bool:
    """Whether the settings say that what fails was told to stop."""
    return system.settings(settings).get("end") == "stop"


def _sequence(
    system: System, found: Sequence[Moment], moment: int, settings: Mapping[str, str] | None
) -> str:
    """What is so at a moment; at the first, also what is left in the end."""
    event, stop = found[moment].event, stops(system, settings)
    now = _failures(system, found[moment].conditions, stop=stop)
    if event is not None:
        return _("{when}: {says} {now}").format(when=when_told(event), says=event.says, now=now)
    if len(found) == 1:
        return now
    last = _failures(system, found[-1].conditions, stop=stop, untouched=False)
    return _("At once: {now} In the end: {last}").format(now=now, last=last)


def when_told(event: After) -> str:
    """When an event happens and who brings it about, as the head of a sentence."""
    if event.after:
        return _("{after} later").format(after=event.after)
    return _("Then")


def sequence_told(found: Sequence[Moment]) -> list[str]:
    """A short title for each moment; none if nothing follows the first."""
    titles = [_("at once")]
    titles += [when_told(moment.event) for moment in found if moment.event is not None]
    return titles if len(titles) > 1 else []


def _structure(system: System) -> str:
    """The top-level boxes from the bottom up."""
    rows: dict[int, list[str]] = {}
    for item in system.children(None):
        rows.setdefault(item.row, []).append(item.name)
    stack = "; ".join(_listed(rows[row]) for row in sorted(rows))
    return _("{name}, from the bottom up: {stack}.").format(name=system.name, stack=stack)


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("{most} and {last}").format(most=", ".join(names[:-1]), last=names[-1])


def _failures(
    system: System,
    conditions: Mapping[str, Condition],
    *,
    stop: bool,
    untouched: bool = True,
) -> str:
    """One sentence for each way to be that occurs, naming the outermost components only."""
    if all(one.state == "up" for one in conditions.values()):
        return _("Everything works again.")
    parts = []
    groups: dict[str, list[str]] = {}
    for kind, name in _outermost(system, conditions, stop=stop):
        groups.setdefault(kind, []).append(name)
    for kind, (_name, _means, template) in kinds().items():
        if kind in groups and (untouched or kind != "up"):
            parts.append(template.format(name=system.name, who=_listed(groups[kind])))
    if "up" not in groups:
        parts.append(_("Nothing is left untouched."))
    return " ".join(parts)


def _outermost(
    system: System, conditions: Mapping[str, Condition], *, stop: bool
) -> Iterator[tuple[str, str]]:
    """How components are, and their names; all that crashed, else only the outermost.

    What lies in a container that is dead or in the same state goes without saying. A container
    is untouched only if all in it are; else those of its parts that are untouched get named.
    """
    states = {id: one.state for id, one in conditions.items()}
    touched = _touched(system, states)
    whole = {i: s for i, s in states.items() if s != "up" or i not in touched}
    for item in system.components:
        state = whole.get(item.id)
        outer = whole.get(item.inside or "")
        if state is not None and (state == "crashed" or outer not in (state, *DEAD)):
            yield kind_of(conditions[item.id], stop=stop), _full_name(system, item)


def _touched(system: System, states: Mapping[str, State]) -> set[str]:
    """The containers around anything that isn't up."""
    inside = {item.id: item.inside for item in system.components}
    found: set[str] = set()
    for name, state in states.items():
        outer = inside.get(name) if state != "up" else None
        while outer is not None:
            found.add(outer)
            outer = inside[outer]
    return found


def _full_name(system: System, item: Component) -> str:
    """The name, with its container's where the system has several of that name."""
    twins = [other for other in system.components if other.name == item.name]
    if len(twins) == 1 or item.inside is None:
        return item.name
    outer = system.component(item.inside).name
    return _("{name} in {outer}").format(name=item.name, outer=outer)


def told(scene: Scene, flow: str, step: int, states: Mapping[str, State]) -> str:
    """Where a flow is: as a whole at step 0, else at one of its steps."""
    way = legs(scene, flow)
    stop = reached(way, states)
    step = min(step, stop)  # what doesn't happen isn't told
    if stop == len(way):
        return _whole(scene, flow, way) if step == 0 else _at_step(scene, flow, step)
    item = scene.system.component(way[stop].at)
    stuck = _("It gets no further than step {n}: {name} is {state}.")
    if stop == 0:
        stuck = _("It can't start: {name} is {state}.")
    text = _at_step(scene, flow, step) if step else _whole(scene, flow, way)
    state = kinds()[states[item.id]][0]
    return f"{text} {stuck.format(n=stop, name=item.name, state=state)}"


def _whole(scene: Scene, flow: str, way: tuple[Leg, ...]) -> str:
    crossings = max(leg.crossing for leg in way)
    template = ngettext(
        "{flow}: {steps} steps, {n} privilege boundary crossed.",
        "{flow}: {steps} steps, {n} privilege boundaries crossed.",
        crossings,
    )
    name = scene.system.flow(flow).name
    return template.format(flow=name, steps=len(way), n=crossings)


def _at_step(scene: Scene, flow: str, step: int) -> str:
    way = legs(scene, flow)
    leg = way[step - 1]
    name = scene.system.component(leg.at).name
    text = _("Step {n} of {steps}, {name}: {says}").format(
        n=step, steps=len(way), name=name, says=leg.says
    )
    return f"{text} {crossing_told(scene, flow, step)}".strip()


def counted(way: tuple[Leg, ...], step: int) -> str:
    """Which step of how many, and how many of its crossings a flow has made by then."""
    text = _("Step {n} of {steps}").format(n=step, steps=len(way))
    if step == 0:
        return text
    template = _("{step} · {n} of {all} boundaries crossed")
    if way[step - 1].crossing:
        template = _("{step} · ◆ crossing {n} of {all}")
    n, all = (max(leg.crossing for leg in part) for part in (way[:step], way))
    return template.format(step=text, n=n, all=all)


def crossing_told(scene: Scene, flow: str, step: int) -> str:
    """Which privilege boundary a step crosses, and how; empty where it crosses none."""
    passages = scene.system.passages(flow)
    for number, item in enumerate(passages, 1):
        if item.step == step - 1:
            template = _("Crossing {n} of {all}, from {source} to {target}, by {by}.")
            if item.equal:
                template = _(
                    "Crossing {n} of {all}, from {source} to {target}, by {by}; "
                    "the privilege stays the same."
                )
            if not item.by:
                template = _("Crossing {n} of {all}, from {source} to {target}.")
            return template.format(
                n=number, all=len(passages), source=item.source, target=item.target, by=item.by
            )
    return ""


# --- for the browser ------------------------------------------------------------------------


def as_json(scene: Scene, *, by_needs: bool = True) -> dict[str, Any]:
    """The scene as JSON data: everything about the system that doesn't change.

    by_needs: whether the needs say what a failure does, as they do but in the run of a model.
    """
    system = scene.system
    names = layer_names()
    return {
        "name": system.name,
        "width": scene.width,
        "height": scene.height,
        "boxes": [_box_json(scene, box) for box in scene.boxes],
        "edges": [
            {
                "kind": edge.link.kind,
                "label": edge.link.label,
                "path": [list(point) for point in edge.path],
            }
            for edge in scene.edges
        ],
        "flows": [_flow_json(scene, flow.id) for flow in system.all_flows],
        "alone": _alone(scene) if by_needs else {},
        "options": [_option_json(system, option) for option in system.options],
        "status": system.status,
        "checked": [item.model_dump(mode="json") for item in system.checked],
        "layers": [{"id": layer, "name": names[layer]} for layer in scene.layers()],
        "misconceptions": [item.model_dump() for item in system.misconceptions],
    }


def _alone(scene: Scene) -> dict[str, dict[str, Any]]:
    """What each failure alone does, and none, so that it is shown before Python answers."""
    ids = ("", *(item.id for item in scene.system.components))
    return {id: shown(scene, scene.system.conditions([id] if id else [])) for id in ids}


def shown(
    scene: Scene, conditions: Mapping[str, Condition], *, stop: bool = False
) -> dict[str, Any]:
    """How all components are and how far each flow gets, as the picture shows it.

    stop: whether what failed was told to stop.
    """
    marked = marks(scene.system, conditions, stop=stop)
    return {"marks": marked, "stops": flow_stops(scene, conditions)}


def flow_stops(scene: Scene, conditions: Mapping[str, Condition]) -> dict[str, int]:
    """How many steps of each flow still happen, for those that don't reach their end."""
    states = {id: one.state for id, one in conditions.items()}
    ways = {flow.id: legs(scene, flow.id) for flow in scene.system.all_flows}
    found = {id: reached(way, states) for id, way in ways.items()}
    return {id: stop for id, stop in found.items() if stop < len(ways[id])}


def _option_json(system: System, option: Option) -> dict[str, Any]:
    """A setting, and the components whose failure it makes a difference to."""
    of = {event.of for event in system.after if option.id in dict(event.when)}
    of |= {
        need.of for item in system.components for need in item.needs if option.id in dict(need.when)
    }
    return {**option.model_dump(), "concerns": sorted(of)}


def _box_json(scene: Scene, box: Box) -> dict[str, Any]:
    item, place = box.item, box.place
    rect = place.rect
    return {
        "id": item.id,
        "name": item.name,
        "inside": item.inside or "",
        "layer": item.layer,
        "does": item.does,
        "owns": item.owns,
        "privilege": item.privilege,
        "sources": list(item.sources),
        "rect": [rect.x, rect.y, rect.width, rect.height],
        "lines": [[*at, line] for at, line in zip(baselines(box), place.lines, strict=True)],
        "state": astuple(state_at(box)),
        "badge": astuple(badge_at(box)),
        "container": place.container,
        "arrows": scene.arrows[item.id],
    }


def _flow_json(scene: Scene, id: str) -> dict[str, Any]:
    way = legs(scene, id)
    return {
        "id": id,
        "name": scene.system.flow(id).name,
        "counted": [counted(way, step) for step in range(len(way) + 1)],
        "badges": [[at, " ".join(map(str, steps))] for at, steps in visits(way).items()],
        "legs": [
            {
                "at": leg.at,
                "edge": leg.edge,
                "head": _head_json(scene, leg),
                "gate": _gate_json(scene, leg),
            }
            for leg in way
        ],
    }


def _gate_json(scene: Scene, leg: Leg) -> list[list[float]]:
    if not leg.crossing or leg.edge < 0:
        return []
    at = gate(scene.edges[leg.edge].path, leg.forward)
    return [list(point) for point in gate_mark(at, equal=leg.equal)]


def _head_json(scene: Scene, leg: Leg) -> list[list[float]]:
    if leg.edge < 0:
        return []
    return [list(point) for point in arrowhead(scene.edges[leg.edge].path, leg.forward)]
