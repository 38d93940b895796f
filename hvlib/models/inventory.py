"""What a cluster consists of, what can fail in it, and what admission control lets start.

Units: CPU in GHz, memory in GB, times in seconds. A VM is taken to reserve all that it is given:
it starts only where that much is free.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.models.placement import Fit, Size, choose
from hvlib.words import _

Priority = Literal["high", "medium", "low"]
Component = Literal["host", "network", "management network", "datastore", "vCenter"]
Admission = Literal["off", "slots", "percentage", "dedicated hosts"]
Response = Literal["leave on", "power off"]

PRIORITIES: tuple[Priority, ...] = ("high", "medium", "low")
"""Restart order, first to last."""
SLACK = 1e-9
"""GHz or GB by which sums of many sizes may be off."""


@dataclass(frozen=True, slots=True)
class Host:
    """A physical machine. Raises ValueError for a size that is not above 0."""

    name: str
    cpu: float
    memory: float

    def __post_init__(self) -> None:
        _check(self.name, self.cpu, self.memory)


@dataclass(frozen=True, slots=True)
class VM:
    """A guest; ``priority`` is its place in the restart order.

    Raises ValueError for a size that is not above 0 and for an unknown priority.
    """

    name: str
    cpu: float
    memory: float
    priority: Priority = "medium"

    def __post_init__(self) -> None:
        _check(self.name, self.cpu, self.memory)
        if self.priority not in PRIORITIES:
            text = _("{name}: priority must be one of {choices}, not {value!r}")
            choices = ", ".join(PRIORITIES)
            raise ValueError(text.format(name=self.name, choices=choices, value=self.priority))


@dataclass(frozen=True, slots=True)
class Failure:
    """A component fails at ``time`` and works again at ``until`` (None: not in this run).

    target, for a host and its networks: the host's name, or a VM's for the host on which it then
    stands. ``"network"`` cuts a host off from clients and from the other hosts, ``"management
    network"`` from the other hosts only. ``"vCenter"`` is a crash inside the management VM.

    Raises ValueError for an unknown component and for times that are negative or run backwards.
    """

    time: float
    component: Component
    target: str = ""
    until: float | None = None

    def __post_init__(self) -> None:
        if self.component not in ("host", "network", "management network", "datastore", "vCenter"):
            raise ValueError(_("unknown component {name!r}").format(name=self.component))
        if not 0 <= self.time < math.inf:
            raise ValueError(_("a failure's time must be 0 or more, not {t}").format(t=self.time))
        if self.until is not None and not self.time < self.until < math.inf:
            text = _("the repair at {until} must come after the failure at {time}")
            raise ValueError(text.format(until=self.until, time=self.time))


@dataclass(frozen=True, slots=True)
class Settings:
    """How the cluster is run.

    admission, tolerate: the policy, and the host failures that it makes room for. percentage: the
    share of CPU and memory kept free by the policy of that name; None: tolerate / hosts.
    response: what an isolated host does with its VMs. fit: where VMs are first placed.
    management: the VM that vCenter runs in; DRS works only while it does.
    drs_level: 1 (never balance) to 5. boot, stagger: seconds from power-on to service, and between
    two power-ons on one host. move_rate: Mbit/s of a live migration.
    """

    ha: bool = True
    admission: Admission = "slots"
    tolerate: int = 1
    percentage: float | None = None
    response: Response = "power off"
    fit: Fit = "worst"
    management: str = "vCenter"
    drs: bool = True
    drs_level: int = 3
    drs_period: float = 300.0
    boot: float = 60.0
    stagger: float = 5.0
    move_rate: float = 1_000.0
    horizon: float = 1_200.0

    def __post_init__(self) -> None:
        if not (0 < self.horizon < math.inf and self.drs_period > 0 and self.move_rate > 0):
            raise ValueError(_("horizon, DRS period and move rate must be more than 0"))
        if self.tolerate < 0 or min(self.boot, self.stagger) < 0 or not 1 <= self.drs_level <= 5:
            raise ValueError(_("tolerate, boot and stagger must be 0 or more, DRS level 1 to 5"))


def dedicated(hosts: Sequence[Host], settings: Settings) -> frozenset[int]:
    """The hosts kept empty for failover: the last ones, under the policy of that name."""
    if settings.admission != "dedicated hosts":
        return frozenset()
    return frozenset(range(max(0, len(hosts) - settings.tolerate), len(hosts)))


def admits(hosts: Sequence[Host], vms: Sequence[VM], settings: Settings) -> bool:
    """Whether admission control lets exactly these VMs run."""
    if settings.admission == "slots":
        return slots_left(hosts, vms, settings.tolerate) >= 0
    if settings.admission == "percentage":
        return _share_left(hosts, vms) >= kept_free(hosts, settings) - SLACK
    return True


def kept_free(hosts: Sequence[Host], settings: Settings) -> float:
    """The share of CPU and memory that the percentage policy keeps free."""
    if settings.percentage is not None:
        return settings.percentage
    return min(1.0, settings.tolerate / len(hosts)) if hosts else 1.0


def slots_left(hosts: Sequence[Host], vms: Sequence[VM], tolerate: int) -> int:
    """Slots that stay free when the ``tolerate`` hosts with the most slots fail; < 0: too few.

    A slot is as large as the largest CPU and the largest memory of any VM.
    """
    if not vms:
        return 0
    cpu, memory = max(vm.cpu for vm in vms), max(vm.memory for vm in vms)
    slots = sorted(math.floor(min(host.cpu / cpu, host.memory / memory) + SLACK) for host in hosts)
    return sum(slots[: max(0, len(slots) - tolerate)]) - len(vms)


def power_on(
    hosts: Sequence[Host], vms: Sequence[VM], settings: Settings
) -> list[tuple[int | None, str]]:
    """The first host of each VM, or None with the reason why it is not powered on."""
    spare = dedicated(hosts, settings)
    free: list[Size | None] = [
        None if index in spare else Size(host.cpu, host.memory) for index, host in enumerate(hosts)
    ]
    whole = largest(hosts)
    admitted: list[VM] = []
    placed: list[tuple[int | None, str]] = []
    for vm in vms:
        host = choose(Size(vm.cpu, vm.memory), free, whole, settings.fit)
        if host is None:
            placed.append((None, why_no_room(vm, free)))
        elif not admits(hosts, [*admitted, vm], settings):
            placed.append((None, _("admission control keeps the room for a failover")))
        else:
            room = free[host] or whole
            free[host] = Size(room.cpu - vm.cpu, room.memory - vm.memory)
            admitted.append(vm)
            placed.append((host, ""))
    return placed


def largest(hosts: Sequence[Host]) -> Size:
    """The largest CPU and the largest memory of any host."""
    cpu = max((host.cpu for host in hosts), default=1.0)
    return Size(cpu, max((host.memory for host in hosts), default=1.0))


def why_no_room(vm: VM, free: Sequence[Size | None]) -> str:
    """Why no host takes ``vm``: what is free on each, None for hosts that take nothing."""
    rooms = [room for room in free if room is not None]
    if not rooms:
        return _("no host is left to take it")
    if sum(r.cpu for r in rooms) < vm.cpu or sum(r.memory for r in rooms) < vm.memory:
        return _("the hosts together have too little free")
    return _("enough is free, but on no one host")


def _share_left(hosts: Sequence[Host], vms: Sequence[VM]) -> float:
    cpu, memory = sum(host.cpu for host in hosts), sum(host.memory for host in hosts)
    if not hosts:
        return 0.0
    return min(1 - sum(vm.cpu for vm in vms) / cpu, 1 - sum(vm.memory for vm in vms) / memory)


def _check(name: str, cpu: float, memory: float) -> None:
    if not (0 < cpu < math.inf and 0 < memory < math.inf):
        text = _("{name}: CPU and memory must be more than 0, not {cpu} GHz and {memory} GB")
        raise ValueError(text.format(name=name, cpu=cpu, memory=memory))
