"""A system's trust boundaries, read from its file: who controls whom, and who can attack whom.

The file says which component belongs to which boundary, what is inside what, what needs what and
what is linked to what. All else follows; nothing here is written per system.
"""

from collections.abc import Iterable, Iterator

from hvlib.arguments import several
from hvlib.systems.parts import Component
from hvlib.systems.system import System, load
from hvlib.trust import Domain, Needs, TrustGraph, Way, passed


def who_falls(
    system: System | str, attacker: str, flaws: Iterable[str] | str, *, needs: Needs = "nothing"
) -> tuple[str, ...]:
    """The guests or containers that an attacker in one component controls, by name.

    attacker: a component's id. flaws: ids of the components that have a flaw (their whole boundary
    is broken). needs: what an attack through them needs; a guard around the attacker may deny it.
    Raises KeyError, naming the system's components, for an unknown id.
    """
    system = load(system)
    start = system.component(attacker).boundary
    broken = {system.component(flaw).boundary for flaw in several(flaws)} | passed(needs)
    return trust_graph(system).fallen(start, broken)


def host_parts(system: System, attacker: str, flaws: Iterable[str]) -> tuple[str, ...]:
    """What such an attacker controls of the host, by boundary: its kernel or hypervisor.

    Where neither falls, the management that falls. The arguments, and what is raised, are those of
    :func:`who_falls`.
    """
    graph = trust_graph(system)
    broken = {system.component(flaw).boundary for flaw in flaws} | passed("nothing")
    reached = graph.reached(system.component(attacker).boundary, broken)
    provider = [domain.id for domain in graph.domains if domain.id in reached and not domain.tenant]
    for roles in (("kernel", "hypervisor"), ("manager",)):
        found = {item.boundary for item in system.of_role(*roles)}
        if found & set(provider):
            return tuple(id for id in provider if id in found)
    return ()


def trust_graph(system: System) -> TrustGraph:
    """The system's protection domains and the ways between them.

    A domain is a boundary of the file; its wall bears the boundary's name. Control comes from what
    a component lies in, from what runs or manages it and from what names it in ``controls``.
    Whoever is in touch with a component (by these, by another need or by a link) can attack it,
    and gets in when its boundary is broken; the guards around a container stand on its way out to
    all that doesn't lie in it. Links have no direction in the file, so none gives control.
    Hardware is taken to be sound and left out.
    """
    domains: dict[str, Domain] = {}
    for item in system.components:
        if item.layer != "hardware":
            domain = Domain(item.boundary, item.name, item.layer, _tenant(system, item))
            domains.setdefault(item.boundary, domain)
    ways: dict[Way, None] = {}
    for upper, lower, controls in _contacts(system):
        here, there = system.component(upper).boundary, system.component(lower).boundary
        if here != there and here in domains and there in domains:
            ways[Way(there, here, _wall(system, lower, here))] = None
            ways[Way(here, there, frozenset() if controls else _wall(system, upper, there))] = None
    return TrustGraph(tuple(domains.values()), tuple(ways))


def _wall(system: System, attacker: str, boundary: str) -> frozenset[str]:
    """What stands between a component and another's boundary: that, and the attacker's guards."""
    return frozenset({boundary, *system.component(attacker).guards})


def _contacts(system: System) -> Iterator[tuple[str, str, bool]]:
    """(component, component, whether the first controls the second)."""
    for item in system.components:
        if item.inside is not None:
            yield item.inside, item.id, True
        for need in item.needs:
            yield need.of, item.id, need.power and need.for_ in ("run", "manage")
        for id in item.controls:
            yield item.id, id, True
    for link in system.links:
        yield *link.between, False


def _tenant(system: System, item: Component) -> str:
    """The guest or container that a component is, or is inside of; empty for the provider's."""
    for id in (item.id, *system.ancestors(item.id)):
        if system.component(id).role in ("guest", "container"):
            return system.component(id).name
    return ""
