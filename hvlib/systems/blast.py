"""A system's trust boundaries, read from its file: who controls whom, and who can attack whom.

The file says which component belongs to which boundary, what is inside what, what needs what and
what is linked to what. All else follows; nothing here is written per system. What is returned is
plain data; ``hvlib.models.isolation.TrustGraph.of`` answers questions of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hvlib.systems.system import Component, Layer, System

DomainRow = tuple[str, str, Layer, str]
"""Boundary, name of its first component, layer, tenant ("" for the provider's)."""
WayRow = tuple[str, str, frozenset[str]]
"""From which boundary to which, and the boundaries that must be broken (none: it has control)."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """A system's protection domains and the ways between them."""

    domains: tuple[DomainRow, ...]
    ways: tuple[WayRow, ...]


def boundaries(system: System) -> Boundaries:
    """The system's protection domains and the ways between them.

    A domain is a boundary of the file; its wall bears the boundary's name. Control comes from what
    a component lies in, from what runs or manages it and from what names it in ``controls``.
    Whoever is in touch with a component (by these, by another need or by a link) can attack it,
    and gets in when its boundary is broken. Links have no direction in the file, so none gives
    control. Hardware is taken to be sound and left out.
    """
    domains: dict[str, DomainRow] = {}
    for item in system.components:
        if item.layer != "hardware":
            row = (item.boundary, item.name, item.layer, _tenant(system, item))
            domains.setdefault(item.boundary, row)
    ways: dict[WayRow, None] = {}
    for upper, lower, controls in _contacts(system):
        here, there = system.component(upper).boundary, system.component(lower).boundary
        if here != there and here in domains and there in domains:
            ways[there, here, frozenset({here})] = None
            ways[here, there, frozenset() if controls else frozenset({there})] = None
    return Boundaries(tuple(domains.values()), tuple(ways))


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
