"""Who falls when a component is broken: a system's trust boundaries as a graph, from its file.

The file says which component belongs to which boundary, what is inside what and what needs what.
From that follows who controls whom; nothing here is written per system.
"""

from collections.abc import Iterable

from hvlib.models.isolation import Domain, TrustGraph, Way
from hvlib.systems.system import Component, System

_CONTROL = ("run", "manage")


def trust_graph(system: System) -> TrustGraph:
    """The system's protection domains and the ways between them.

    A domain is a boundary of the file; its wall bears the boundary's name. Who runs or manages a
    component controls it. Who uses another's service (any need), or lies inside it, can attack it,
    and gets in when that boundary is broken. Hardware is taken to be sound and left out.
    """
    parts = [item for item in system.components if item.layer != "hardware"]
    domains: dict[str, Domain] = {}
    for item in parts:
        domains.setdefault(
            item.boundary, Domain(item.boundary, item.name, item.layer, _tenant(system, item))
        )
    ways = {way: None for item in parts for way in _ways(system, item, domains.keys())}
    return TrustGraph(tuple(domains.values()), tuple(ways))


def _tenant(system: System, item: Component) -> str:
    """The guest or container that a component is, or is inside of; empty for the provider's."""
    for id in (item.id, *system.ancestors(item.id)):
        if system.component(id).role in ("guest", "container"):
            return system.component(id).name
    return ""


def _ways(system: System, item: Component, known: Iterable[str]) -> list[Way]:
    controls = [need.of for need in item.needs if need.for_ in _CONTROL]
    serves = [need.of for need in item.needs]
    around = [item.inside] if item.inside is not None else []
    ways = [(other, True) for other in around + controls] + [
        (other, False) for other in around + serves
    ]
    found = []
    for other, down in ways:
        there = system.component(other).boundary
        if there == item.boundary or there not in known:
            continue
        if down:
            found.append(Way(there, item.boundary))
        else:
            found.append(Way(item.boundary, there, frozenset({there})))
    return found


def fallen(system: System, attacker: str, flaws: Iterable[str]) -> tuple[str, ...]:
    """The guests or containers that an attacker in one component controls, by name.

    attacker: a component's id. flaws: ids of the components that have a flaw (their whole boundary
    is broken). Raises KeyError, naming the system's components, for an unknown id.
    """
    start = system.component(attacker).boundary
    broken = {system.component(flaw).boundary for flaw in flaws}
    return trust_graph(system).fallen(start, broken)
