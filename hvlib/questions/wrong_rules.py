"""Misconceptions as models: the wrong rule that someone computes an answer by.

Each function belongs to a record of :mod:`hvlib.questions.misconceptions` and says which. The
right rules are in ``hvlib.models`` and ``hvlib.systems``.
"""

from collections.abc import Sequence
from functools import lru_cache

from hvlib.models.density import Density
from hvlib.models.exits import ExitCost
from hvlib.models.migration import Migration
from hvlib.models.overhead import OVERHEADS
from hvlib.systems.system import System


def walk_by_adding(guest: int, host: int) -> int:
    """References of a nested walk if the levels added up ("walk-adds")."""
    return guest + host


def walk_by_product(guest: int, host: int) -> int:
    """References of a nested walk if only the levels multiplied ("walk-only-multiplies")."""
    return guest * host


def exit_share_of_hardware(model: ExitCost) -> float:
    """Share of a CPU lost to exits if no handler ran ("exit-is-hardware")."""
    return model.with_(software=0).run().share


def downtime_of_the_whole_copy(model: Migration) -> float:
    """Seconds without service if all memory were copied then ("stands-still-all-the-while")."""
    return model.with_(policy="stop-and-copy").run().downtime


def density_by_overhead(model: Density) -> float:
    """Containers for each VM if only overhead took memory ("density-by-overhead")."""
    hypervisor = OVERHEADS[model.hypervisor](model.app_memory + model.guest_memory, 1)
    return (model.guest_memory + hypervisor) / model.container_memory


def if_management_were_life(system: System, crashed: tuple[str, ...]) -> frozenset[str]:
    """What stops if all that a crashed component manages died with it.

    ("vcenter-runs-vms", "daemon-runs-containers"): guests and containers are added to what stops.
    """
    managed = {item.id for item in system.of_role("guest", "container")}
    return stopped(system, crashed) | managed


@lru_cache(maxsize=1024)  # problems ask of the same few failures again and again
def stopped(system: System, crashed: tuple[str, ...]) -> frozenset[str]:
    """What is down or stalled when ``crashed`` have failed, those themselves left out (right)."""
    failed = frozenset(crashed)
    states = system.states(failed)
    return frozenset(id for id, s in states.items() if s in ("down", "stalled")) - failed


def moved(order: Sequence[str], step: str, before: str) -> tuple[str, ...]:
    """The order with one step taken out and put before another: a step in the wrong place."""
    rest = [item for item in order if item != step]
    at = rest.index(before)
    return (*rest[:at], step, *rest[at:])
