"""What a cluster consists of, what can fail in it, and what admission control lets start.

Units: CPU in GHz, memory in GB, times in seconds. What admission control and placement count is
not what a VM is given, but what it *reserves*; by default a VM reserves nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.models.model import within
from hvlib.models.overhead import esxi_overhead
from hvlib.models.placement import Fit, Size, choose
from hvlib.words import _, pgettext

Priority = Literal["high", "medium", "low"]
Component = Literal["host", "network", "management network", "datastore", "vCenter"]
Admission = Literal["off", "slots", "percentage", "dedicated hosts"]
Response = Literal["leave on", "power off"]
Rule = Literal["VM score", "host load"]

PRIORITY_NAMES: dict[Priority, str] = {
    "high": pgettext("restart priority", "high"),
    "medium": pgettext("restart priority", "medium"),
    "low": pgettext("restart priority", "low"),
}
"""What each is called."""
ADMISSIONS: dict[Admission, str] = {
    "off": pgettext("admission control", "off"),
    "slots": pgettext("admission control", "slots"),
    "percentage": pgettext("admission control", "percentage"),
    "dedicated hosts": pgettext("admission control", "dedicated hosts"),
}
"""What each is called."""
RESPONSES: dict[Response, str] = {
    "leave on": pgettext("isolation response", "leave on"),
    "power off": pgettext("isolation response", "power off"),
}
"""What each is called."""
RULES: dict[Rule, str] = {
    "VM score": pgettext("DRS", "VM score"),
    "host load": pgettext("DRS", "host load"),
}
"""What each is called."""

PRIORITIES: tuple[Priority, ...] = ("high", "medium", "low")
"""Restart order, first to last."""
LEAST_CPU = 0.032
"""GHz that HA counts for a VM that reserves no CPU (32 MHz; Broadcom KB 344227)."""
PERIODS: dict[Rule, float] = {"VM score": 60.0, "host load": 300.0}
"""Seconds between two looks of DRS: each minute since vSphere 7.0, five minutes before."""
SLACK = 1e-9
"""GHz or GB by which sums of many sizes may be off."""


@dataclass(frozen=True, slots=True)
class Host:
    """A physical machine. Raises ValueError for a size that is not above 0."""

    name: str
    cpu: float
    memory: float

    def __post_init__(self) -> None:
        within(self, cpu=(1e-3, math.inf), memory=(1e-3, math.inf))


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
        within(self, cpu=(1e-3, math.inf), memory=(1e-3, math.inf))
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
        within(self, time=(0, math.inf))
        if self.until is not None and not self.time < self.until < math.inf:
            text = _("the repair at {until} must come after the failure at {time}")
            raise ValueError(text.format(until=self.until, time=self.time))


@dataclass(frozen=True, slots=True)
class Settings:
    """How the cluster is run.

    admission, tolerate: the policy, and the host failures that it makes room for. percentage: the
    share of CPU and memory kept free by the policy of that name; None: tolerate / hosts.
    reserved: the part of its CPU and memory that a VM reserves, 0 to 1.
    response: what an isolated host does with its VMs. heartbeat_datastores: whether hosts leave
    heartbeats on the datastore too. partitioned: whether a host whose management network fails
    still reaches its isolation address, and is so no isolated host but a partition.
    vm_monitoring: whether HA resets a guest that has crashed.
    fit: where VMs are first placed. management: the VM that vCenter runs in; DRS works only while
    it does. drs_rule, drs_level: what it looks at, and how eager it is, from 1 (never) to 5.
    boot, power_on: seconds from power-on to service, and of one batch of power-on tasks.
    move_rate: Mbit/s of a live migration.

    Raises ValueError, naming the field, for values out of range.
    """

    ha: bool = True
    admission: Admission = "percentage"
    tolerate: int = 1
    percentage: float | None = None
    reserved: float = 0.0
    response: Response = "leave on"
    heartbeat_datastores: bool = True
    partitioned: bool = False
    vm_monitoring: bool = False
    fit: Fit = "worst"
    management: str = "vCenter"
    drs: bool = True
    drs_rule: Rule = "VM score"
    drs_level: int = 3
    boot: float = 60.0
    power_on: float = 5.0
    move_rate: float = 1_000.0
    horizon: float = 1_200.0

    def __post_init__(self) -> None:
        within(self, tolerate=(0, math.inf), percentage=(0, 1), reserved=(0, 1), drs_level=(1, 5),
               boot=(0, math.inf), power_on=(0, math.inf), move_rate=(1e-3, math.inf),
               horizon=(1e-3, 1e6))  # fmt: skip

    @property
    def period(self) -> float:
        """Seconds between two looks of DRS."""
        return PERIODS[self.drs_rule]


def reservation(vm: VM, reserved: float) -> Size:
    """What a VM that reserves this part of its size keeps others from reserving.

    Its memory overhead is always reserved (Table 6-1 for one vCPU).
    """
    overhead = esxi_overhead(vm.memory * 1024, 1) / 1024
    return Size(reserved * vm.cpu, reserved * vm.memory + overhead)


def dedicated(hosts: Sequence[Host], settings: Settings) -> frozenset[int]:
    """The hosts kept empty for failover: the last ones, under the policy of that name."""
    if settings.admission != "dedicated hosts":
        return frozenset()
    return frozenset(range(max(0, len(hosts) - settings.tolerate), len(hosts)))


def admits(hosts: Sequence[Host], vms: Sequence[VM], settings: Settings) -> bool:
    """Whether admission control lets exactly these VMs run."""
    if settings.admission == "slots":
        return slots_left(hosts, vms, settings) >= 0
    if settings.admission == "percentage":
        return _share_left(hosts, vms, settings) >= kept_free(hosts, settings) - SLACK
    return True


def kept_free(hosts: Sequence[Host], settings: Settings) -> float:
    """The share of CPU and memory that the percentage policy keeps free."""
    if settings.percentage is not None:
        return settings.percentage
    return min(1.0, settings.tolerate / len(hosts)) if hosts else 1.0


def slot(vms: Sequence[VM], reserved: float) -> Size:
    """The largest CPU reservation, at least 32 MHz, and the largest memory reservation of any VM,
    with its overhead (slot policy, vSphere API).
    """
    needs = [reservation(vm, reserved) for vm in vms]
    return Size(max(LEAST_CPU, *(n.cpu for n in needs)), max(n.memory for n in needs))


def slots_left(hosts: Sequence[Host], vms: Sequence[VM], settings: Settings) -> int:
    """Slots that stay free when the hosts to tolerate, those with the most, fail; < 0: too few."""
    if not vms:
        return 0
    cpu, memory = slot(vms, settings.reserved)
    slots = sorted(math.floor(min(host.cpu / cpu, host.memory / memory) + SLACK) for host in hosts)
    return sum(slots[: max(0, len(slots) - settings.tolerate)]) - len(vms)


def power_on(
    hosts: Sequence[Host], vms: Sequence[VM], settings: Settings
) -> list[tuple[int | None, str]]:
    """The first host of each VM, or None with the reason why it is not powered on."""
    spare = dedicated(hosts, settings)
    free: list[Size | None] = [
        None if index in spare else Size(host.cpu, host.memory) for index, host in enumerate(hosts)
    ]
    load = [host.cpu for host in hosts]
    whole = largest(hosts)
    admitted: list[VM] = []
    placed: list[tuple[int | None, str]] = []
    for vm in vms:
        need = reservation(vm, settings.reserved)
        host = choose_host(vm, need, free, load, whole, settings.fit)
        if host is None:
            placed.append((None, why_no_room(need, free)))
        elif not admits(hosts, [*admitted, vm], settings):
            placed.append((None, _("admission control keeps the room for a failover")))
        else:
            room = free[host] or whole
            free[host] = Size(room.cpu - need.cpu, room.memory - need.memory)
            load[host] -= vm.cpu
            admitted.append(vm)
            placed.append((host, ""))
    return placed


def choose_host(
    vm: VM, need: Size, free: Sequence[Size | None], load: Sequence[float], whole: Size, fit: Fit
) -> int | None:
    """The host for a VM among those on which its reservation is free, by ``fit``.

    ``free``: what is not reserved, None for hosts that take nothing. ``load``: GHz that nobody
    asks for. Hosts that can give it all its CPU go first; else the least busy one takes it.
    """
    idle = [room and (room if load[n] >= vm.cpu - SLACK else None) for n, room in enumerate(free)]
    found = choose(need, idle, whole, fit)
    if found is not None:
        return found
    fitting = [n for n, room in enumerate(free) if choose(need, [room], whole, "first") == 0]
    return max(fitting, key=lambda n: (load[n], -n), default=None)


def largest(hosts: Sequence[Host]) -> Size:
    """The largest CPU and the largest memory of any host."""
    cpu = max((host.cpu for host in hosts), default=1.0)
    return Size(cpu, max((host.memory for host in hosts), default=1.0))


def why_no_room(need: Size, free: Sequence[Size | None]) -> str:
    """Why no host takes a VM of that need: what is free on each, None for one that takes none."""
    rooms = [room for room in free if room is not None]
    if not rooms:
        return _("no host is left to take it")
    if sum(r.cpu for r in rooms) < need.cpu or sum(r.memory for r in rooms) < need.memory:
        return _("the hosts together have too little free")
    return _("enough is free, but on no one host")


def _share_left(hosts: Sequence[Host], vms: Sequence[VM], settings: Settings) -> float:
    if not hosts:
        return 0.0
    needs = [reservation(vm, settings.reserved) for vm in vms]
    cpu = sum(max(LEAST_CPU, need.cpu) for need in needs) / sum(host.cpu for host in hosts)
    memory = sum(need.memory for need in needs) / sum(host.memory for host in hosts)
    return 1 - max(cpu, memory)
