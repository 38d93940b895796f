"""What two parts of a system share and what each has to itself, and which kernel serves a call."""

from dataclasses import dataclass

from hvlib.systems.parts import Component
from hvlib.systems.system import System


@dataclass(frozen=True, slots=True)
class Sharing:
    """Names of the software that two components rest on: what both use, and what only the first."""

    shared: tuple[str, ...]
    own: tuple[str, ...]


def rests_on(system: System, id: str) -> frozenset[str]:
    """All that a component needs to run or for I/O, what contains it, and so on down.

    Raises KeyError for an unknown component.
    """
    found: set[str] = set()
    queue = [id]
    while queue:
        item = system.component(queue.pop())
        below = [need.of for need in item.needs if need.for_ != "manage"]
        below += [item.inside] if item.inside is not None else []
        queue += [other for other in below if other not in found]
        found.update(below)
    return frozenset(found)


def sharing(system: System, one: str, other: str) -> Sharing:
    """What ``one`` rests on together with ``other``, and what alone: kernels, machines, containers.

    Raises KeyError for an unknown component.
    """
    first, second = rests_on(system, one), rests_on(system, other)
    walls = system.of_role("kernel", "hypervisor", "guest", "container")
    both = tuple(item.name for item in walls if item.id in first & second)
    return Sharing(both, tuple(item.name for item in walls if item.id in first - second))


def serving(system: System, flow: str) -> Component:
    """The kernel that serves a flow's first call.

    Raises KeyError for an unknown flow, LookupError where no kernel takes the call.
    """
    at = system.flow(flow).steps[1].at
    for id in (at, *system.ancestors(at)):
        if system.component(id).role == "kernel":
            return system.component(id)
    raise LookupError(f"{system.id}: no kernel serves the first call of flow {flow!r}")
