"""How a failure spreads: for each part that it reaches, in which ring, and for want of what.

The rings follow the needs, as :mod:`hvlib.systems.failure` applies them: ring 0 has failed, ring 1
needs something of ring 0, and so on. A chain of causes leads from any part back to what failed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.systems.failure import (
    DEAD,
    FAILS,
    SHARED,
    Aspect,
    Condition,
    Want,
    aspects,
    groups,
    holds,
    stalls,
)
from hvlib.systems.parts import Component, Need

Point = tuple[str, Aspect]
"""Something that is wrong with a component: its id, and that it is dead, stalled or lacks what."""
How = Want | Literal["inside", "failed", "before"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is wrong with a component.

    ring: how many needs lie between it and the failure. how: what the component needs ``of``
    others for (of several, any one would do); ``inside``: it lies in the other; ``failed``: it
    failed or was ended itself; ``before``: it failed at an earlier moment and nobody restarted it.
    """

    ring: int
    how: How
    of: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """The causes of all that is wrong; where the chain of each component that isn't up starts."""

    causes: Mapping[Point, Cause]
    starts: Mapping[str, Point]

    def ring(self, id: str) -> int:
        """In which ring a component gets the state that it has."""
        return self.causes[self.starts[id]].ring


def spread(
    components: Sequence[Component],
    conditions: Mapping[str, Condition],
    struck: Collection[str],
    settings: Mapping[str, str],
) -> Spread:
    """How the failure of those in ``struck`` came to leave the components in ``conditions``."""
    causes = {(id, _DEAD): Cause(0, "failed") for id in sorted(struck)}
    inside, needs = _reasons(components, conditions, settings)
    ring = 0
    while True:
        while new := _led_to(inside, causes, ring):
            causes |= new  # what lies inside a box goes with it, in the same ring
        ring += 1
        new = _led_to(needs, causes, ring) or _before(conditions, causes)
        if not new:
            return Spread(causes, dict(_starts(conditions, causes)))
        causes |= new


_DEAD: Aspect = "dead"
_STALLED: Aspect = "stalled"
_INSIDE: How = "inside"
Reason = tuple[Point, How, tuple[frozenset[Point], ...]]
"""What is wrong, how, and what must be wrong elsewhere for it: one point of each set."""


def _led_to(
    reasons: Iterable[Reason], causes: Mapping[Point, Cause], ring: int
) -> dict[Point, Cause]:
    """What follows from what is known to be wrong, and isn't known itself."""
    new: dict[Point, Cause] = {}
    for point, how, of in reasons:
        known = [sorted(points & causes.keys()) for points in of]
        if point not in causes and point not in new and all(known):
            new[point] = Cause(ring, how, tuple(points[0] for points in known))
    return new


def _before(
    conditions: Mapping[str, Condition], causes: Mapping[Point, Cause]
) -> dict[Point, Cause]:
    """Those dead for which nothing accounts now."""
    dead = ((id, _DEAD) for id, one in conditions.items() if one.state in DEAD)
    return {point: Cause(0, "before") for point in dead if point not in causes}


def _reasons(
    components: Sequence[Component],
    conditions: Mapping[str, Condition],
    settings: Mapping[str, str],
) -> tuple[list[Reason], list[Reason]]:
    """All that would account for what is wrong: by being inside something, and by needs."""
    inside: list[Reason] = []
    by_needs: list[Reason] = []
    for item in components:
        needs = [need for need in item.needs if holds(need.when, settings)]
        for aspect, lack in _wrong(conditions[item.id], needs):
            point = (item.id, aspect)
            for group in groups(needs, lack):
                by_needs.append((point, lack, tuple(_failing(of, lack) for of in group)))
            if item.inside and lack in SHARED | {"run"}:
                inside.append(
                    (
                        point,
                        _INSIDE,
                        (frozenset({(item.inside, _DEAD if lack == "run" else lack)}),),
                    )
                )
        if item.inside and conditions[item.id].state == "stalled":
            outer = frozenset({(item.inside, _STALLED)})
            inside.append(((item.id, _STALLED), _INSIDE, (outer,)))
    return inside, by_needs


def _wrong(one: Condition, needs: Sequence[Need]) -> Iterator[tuple[Aspect, Want]]:
    """Each thing that is wrong with a component, and what it wants for that."""
    if one.state in DEAD:
        yield "dead", "run"
        return
    for lack in sorted(one.lacks):
        yield lack, lack
        if one.state == "stalled" and stalls(lack, needs):
            yield "stalled", lack


def _failing(of: str, what: Want) -> frozenset[Point]:
    return frozenset((of, aspect) for aspect in FAILS[what])


def _starts(
    conditions: Mapping[str, Condition], causes: Mapping[Point, Cause]
) -> Iterator[tuple[str, Point]]:
    for id, one in conditions.items():
        wrong = aspects(one)
        if one.state == "limited":
            wrong -= {"manage"}
        elif one.state == "stalled":
            wrong = frozenset({_STALLED})
        if wrong:
            yield id, min(((id, aspect) for aspect in wrong), key=lambda at: (causes[at].ring, at))
