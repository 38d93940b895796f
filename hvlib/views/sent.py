"""What the page is sent of a picture, as JSON data: the scene once, and what a failure does."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from hvlib.systems.failure import Condition, Moment
from hvlib.systems.parts import Option
from hvlib.systems.system import System
from hvlib.texts import in_words
from hvlib.views.scene import Box, Scene, gate_mark, layer_names, legs, reached, visits
from hvlib.views.telling import counted, gate_kinds, marks, spread_of, stops
from hvlib.views.why import need_lines, why_json


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
                "between": edge.link.between,
                "path": [list(point) for point in edge.path],
            }
            for edge in scene.edges
        ],
        "flows": [_flow_json(scene, flow.id) for flow in system.all_flows],
        "alone": _alone(scene) if by_needs else {},
        "needs": need_lines(scene) if by_needs else {},
        "follows": bool(system.after),
        "options": [_option_json(system, option) for option in system.options],
        "status": system.status,
        "checked": [item.model_dump(mode="json") for item in system.checked],
        "layers": [{"id": layer, "name": names[layer]} for layer in scene.layers()],
        "misconceptions": [item.model_dump() for item in system.misconceptions],
    }


def _alone(scene: Scene) -> dict[str, dict[str, Any]]:
    """What each failure alone does, and none, so that it is shown before Python answers."""
    ids = ("", *(item.id for item in scene.system.components))
    return {id: shown(scene, scene.system.at_once([id] if id else [])) for id in ids}


def shown(scene: Scene, now: Moment, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """How all components are and why, and how far each flow gets, as the picture shows it."""
    system, found = scene.system, spread_of(scene.system, now, settings)
    return {
        "marks": marks(system, now.conditions, found, stop=stops(system, settings)),
        "stops": flow_stops(scene, now.conditions),
        "why": why_json(system, found) if found else {},
    }


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
    named = [(value, in_words("values", value)) for value in option.values]
    return {**option.model_dump(), "values": named, "concerns": sorted(of)}


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
        "privilege": in_words("privilege", item.privilege),
        "sources": list(item.sources),
        "unsure": item.unsure,
        "note": box.note,
        "remarks": [remark.model_dump() for remark in item.remarks],
        "rect": [rect.x, rect.y, rect.width, rect.height],
        "lines": [[*at, line] for at, line in box.label],
        "state": astuple(box.state_at),
        "badge": astuple(box.badge_at),
        "container": place.container,
        "arrows": scene.arrows[item.id],
    }


def _flow_json(scene: Scene, id: str) -> dict[str, Any]:
    way = legs(scene, id)
    return {
        "id": id,
        "name": scene.system.flow(id).name,
        "marks": gate_kinds(way),
        "ticks": [[n, counted(way, n)] for n, leg in enumerate(way, 1) if leg.crossing],
        "counted": [counted(way, step) for step in range(len(way) + 1)],
        "badges": [[at, " ".join(map(str, steps))] for at, steps in visits(way).items()],
        "legs": [
            {
                "at": leg.at,
                "edge": leg.edge,
                "head": leg.head,
                "gate": gate_mark(leg.gate, equal=leg.equal) if leg.gate else [],
            }
            for leg in way
        ],
    }
