"""Why each stricken component is so: its chain of needs in words, and the lines to draw it with."""

from typing import Any

from hvlib.listed import either
from hvlib.systems.spread import Cause, How, Point, Spread
from hvlib.systems.system import System
from hvlib.views.layout import Rect
from hvlib.views.route import Path
from hvlib.views.scene import Scene
from hvlib.words import _


def need_words() -> dict[How, str]:
    """What is needed, in a word or two on a line between two boxes."""
    return {
        "run": _("to run"),
        "disk": _("disk"),
        "network": _("network"),
        "names": _("names"),
        "log": _("output"),
        "service": _("answers"),
        "manage": _("managed by"),
    }


def because(system: System, point: Point, cause: Cause) -> str:
    """A link of the chain as a sentence."""
    templates: dict[How, str] = {
        "failed": _("{name} failed."),
        "before": _("{name} failed before, and nobody has restarted it."),
        "inside": _("{name} is part of {of}."),
        "run": _("{name} needs {of} to run."),
        "disk": _("{name} needs {of} for its disk."),
        "network": _("{name} needs {of} for its network."),
        "names": _("{name} needs {of} to look up names."),
        "log": _("{name} hands its output to {of}."),
        "service": _("{name} gets its answers by way of {of}."),
        "manage": _("{name} is managed by way of {of}."),
    }
    names = [system.component(id).name for id, _aspect in cause.of]
    of = either(names)
    return templates[cause.how].format(name=system.component(point[0]).name, of=of)


def why_json(system: System, found: Spread) -> dict[str, Any]:
    """Rings and chains as JSON data: causes by id and what is wrong, where each chain starts.

    A cause is what it goes back to, the word on its line, and its sentence.
    """
    words = need_words()
    used = {point for id in found.starts for point in _all_of(found, found.starts[id])}
    return {
        "rings": {id: found.ring(id) for id in found.starts},
        "starts": {id: _key(point) for id, point in found.starts.items()},
        "causes": {
            _key(point): [
                list(map(_key, cause.of)),
                words.get(cause.how, ""),
                because(system, point, cause),
            ]
            for point, cause in found.causes.items()
            if point in used
        },
    }


def _key(point: Point) -> str:
    return "/".join(point)


def _all_of(found: Spread, start: Point) -> set[Point]:
    """A point and all that it goes back to."""
    seen, waiting = set(), [start]
    while waiting:
        point = waiting.pop()
        if point not in seen:
            seen.add(point)
            waiting += found.causes[point].of
    return seen


# --- lines ------------------------------------------------------------------------------------


def need_lines(scene: Scene) -> dict[str, Path]:
    """A line from each box to each that needs it, by both ids; none between a box and its parts."""
    rects = {box.item.id: box.place.rect for box in scene.boxes}
    pairs = {(need.of, item.id) for item in scene.system.components for need in item.needs}
    return {
        f"{of} {id}": straight(rects[of], rects[id])
        for of, id in sorted(pairs)
        if not rects[of].holds(rects[id]) and not rects[id].holds(rects[of])
    }


def straight(a: Rect, b: Rect) -> Path:
    """The shortest line between two boxes, upright or level where they face each other."""
    ax, bx = _facing(a.x, a.right, b.x, b.right)
    ay, by = _facing(a.y, a.bottom, b.y, b.bottom)
    return (ax, ay), (bx, by)


def _facing(a: float, a_end: float, b: float, b_end: float) -> tuple[float, float]:
    low, high = max(a, b), min(a_end, b_end)
    if low < high:
        return (low + high) / 2, (low + high) / 2
    return (a_end, b) if a_end <= b else (a, b_end)
