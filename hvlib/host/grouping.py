"""Puts equal containers and equal virtual machines together, so that many stay a readable picture.

Up to FEW, each has a box of its own. Beyond that, those with the same program behind the same walls
share one; if these are still too many, the smaller groups with the same walls do. What has a door
to the machine is never hidden among what has none.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hvlib.host.containers import SANDBOX, Container
from hvlib.host.looking import Findings
from hvlib.host.machines import Machine
from hvlib.host.walls import Fact, Walls
from hvlib.trust import Guard
from hvlib.words import _

FEW = 8
"""Boxes side by side that can be told apart at a glance."""
MANY = 16
"""Boxes beyond which the picture is no longer one."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What gets one box. maker: "pod" for a pod's frame. names: of all that it stands for."""

    name: str
    maker: str
    first: Container
    names: tuple[str, ...]
    processes: int
    facts: tuple[Fact, ...]
    guards: tuple[Guard, ...]
    inside: tuple["Unit", ...] = ()


Held = tuple[Container, Walls]


def units(found: Findings) -> list[Unit]:
    """The boxes for a machine's containers."""
    by_group: dict[str, list[Held]] = {}
    for one, around in found.containers:
        by_group.setdefault(one.inside, []).append((one, around))
    outer = by_group.get("", [])
    if len(found.containers) <= FEW:
        pods: dict[str, list[Held]] = {}
        for held in outer:
            pods.setdefault(held[0].pod, []).append(held)
        alone = [_single(held, by_group) for held in pods.pop("", [])]
        return [
            *alone,
            *(_pod(found.pods.get(id, ""), held, by_group) for id, held in pods.items()),
        ]
    return _few(outer, by_group)


def _single(held: Held, by_group: Mapping[str, list[Held]], depth: int = 0) -> Unit:
    one, around = held
    inner = by_group.get(one.group, []) if one.group and depth < 2 else []
    inside = [_single(other, by_group, depth + 1) for other in inner]
    guards = around.guards
    return Unit(
        _named(one),
        one.maker,
        one,
        (one.label,),
        len(one.pids),
        _kept([around]),
        guards,
        tuple(inside),
    )


def _named(one: Container) -> str:
    return one.label or one.maker or _("Container")


def _pod(name: str, held: Sequence[Held], by_group: Mapping[str, list[Held]]) -> Unit:
    inside = tuple(_single(one, by_group, 1) for one in held)
    first = held[0][0]
    name = name.rpartition("/")[2] or first.pod[:8]
    return Unit(_("Pod {name}").format(name=name), "pod", first, (name,), 0, (), (), inside)


def _few(outer: Sequence[Held], by_group: Mapping[str, list[Held]]) -> list[Unit]:
    """Groups by program and walls; where these are too many, the small ones by walls alone."""
    inner = [held for one, _walls in outer for held in by_group.get(one.group, []) if one.group]
    every = (*outer, *inner)
    groups = _grouped(every, lambda held: (held[0].maker, _program(held[0]), _key(held[1])))
    if len(groups) <= MANY:
        return [_group(members) for members in groups]
    large = sorted(groups, key=len, reverse=True)[: MANY - FEW]
    small = [held for members in groups if members not in large for held in members]
    rest = _grouped(small, lambda held: (held[0].maker, _key(held[1])))
    if len(large) + len(rest) > MANY:
        return [
            _group(one) for one in _grouped(every, lambda held: (held[0].maker, _doors(held[1])))
        ]
    return [_group(members) for members in (*large, *rest)]


def _grouped(every: Iterable[Held], way: Callable[[Held], Hashable]) -> list[list[Held]]:
    """Those of which ``way`` says the same, together."""
    groups: dict[Hashable, list[Held]] = {}
    for held in every:
        groups.setdefault(way(held), []).append(held)
    return list(groups.values())


def _group(members: Sequence[Held]) -> Unit:
    first, around = members[0]
    name = _named(first)
    if len(members) > 1:
        programs = {_program(one) for one, _walls in members}
        what = programs.pop() if len(programs) == 1 else first.maker or _("containers")
        name = f"{what or first.maker or _('containers')} ×{len(members)}"
    names = tuple(one.label for one, _walls in members)
    count = sum(len(one.pids) for one, _walls in members)
    guards = set(around.guards).intersection(*(other.guards for _one, other in members))
    facts = _kept([other for _one, other in members])
    ordered = tuple(guard for guard in around.guards if guard in guards)
    return Unit(name, first.maker, first, names, count, facts, ordered)


def _program(one: Container) -> str:
    return one.leader.program if one.maker != SANDBOX else ""


def _key(around: Walls) -> Hashable:
    """What walls are, without the numbers that differ between equal ones."""
    kept = (fact for fact in around.facts if fact.topic != "limits")
    return around.guards, frozenset((fact.weight, fact.topic, fact.controls) for fact in kept)


def _doors(around: Walls) -> Hashable:
    return around.guards, frozenset(fact.controls for fact in around.facts if fact.weight == "door")


def _kept(all_walls: Sequence[Walls]) -> tuple[Fact, ...]:
    """The facts of the first that all have, the open doors first."""
    said = [{fact.says for fact in around.facts} for around in all_walls]
    common = set.intersection(*said)
    doors = (fact for around in all_walls for fact in around.facts if fact.weight == "door")
    facts = {fact.says: fact for fact in (*doors, *all_walls[0].facts)}
    kept = [fact for fact in facts.values() if fact.says in common or fact.weight == "door"]
    order = ("door", "low", "unknown", "up", "usual")
    return tuple(sorted(kept, key=lambda fact: order.index(fact.weight)))


def guests(machines: Iterable[Machine]) -> list[tuple[str, list[Machine]]]:
    """Virtual machines with the name of the box of each, or of each group of equal ones."""
    found = list(machines)
    if len(found) <= FEW:
        return [(one.name, [one]) for one in found]
    groups: dict[Hashable, list[Machine]] = {}
    for one in found:
        groups.setdefault((one.vmm, one.by, one.manager if one.vmm != "Xen" else ""), []).append(
            one
        )
    return [
        (members[0].name if len(members) == 1 else f"{members[0].vmm} ×{len(members)}", members)
        for members in groups.values()
    ]
