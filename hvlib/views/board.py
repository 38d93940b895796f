"""A cluster at one moment of its run: as a system to draw and click, and as a line in its timeline.

The boxes stand where the VMs are at that moment, and each box's state is what the run of
:mod:`hvlib.models.cluster` says of it, not what needs would say: a run knows of time.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hvlib.columns import cut
from hvlib.listed import sentences
from hvlib.models.cluster import ClusterResult, ClusterRun, VMResult
from hvlib.models.cluster_state import Status
from hvlib.models.inventory import PRIORITY_NAMES, VM, Failure
from hvlib.systems.failure import Condition, Moment
from hvlib.systems.parts import NAME, Answers, Classification, Component, State
from hvlib.systems.system import System
from hvlib.views.chart import Figure
from hvlib.views.cluster import ClusterChart
from hvlib.words import _, pgettext

Part = tuple[str, str]
"""What a failure names: component and target."""

_STATES: dict[Status, State] = {
    "off": "down",
    "running": "up",
    "moving": "up",
    "lost": "down",
    "booting": "down",
    "unreachable": "stalled",
    "stalled": "stalled",
    "crashed": "crashed",
}


@dataclass(frozen=True, slots=True)
class Board:
    """The cluster at one moment of its run: its boxes, and how they are."""

    system: System
    moment: Moment

    @property
    def states(self) -> dict[str, State]:
        """The state of every box."""
        return {id: one.state for id, one in self.moment.conditions.items()}

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the boxes that have failed themselves."""
        return tuple(id for id, state in self.states.items() if state == "crashed")


def board(run: ClusterRun, result: ClusterResult, time: float) -> Board:
    """The cluster of ``run`` at ``time`` seconds of its ``result``."""
    states = {"datastore": _failed(run, ("datastore", ""), time), **_vm_states(result, time)}
    for number in range(len(run.hosts)):
        states.update(_host_states(run, result, number, time))
    components = _components(run, result, time)
    conditions = {item.id: Condition(states.get(item.id, "up")) for item in components}
    system = System(
        id="cluster",
        name=_("Cluster"),
        summary=_("Hosts, the VMs on them, and what they share."),
        classification=_CLASSIFICATION,
        components=components,
        sources=("hvlib.models.cluster",),
    )
    return Board(system, Moment(None, conditions, says=_told(result, time)))


def events(run: ClusterRun, result: ClusterResult) -> tuple[tuple[int, str], ...]:
    """When something fails, is repaired, or changes for a VM, s, and what."""
    found = {round(span.start): _("VMs change") for vm in result.vms for span in vm.spans}
    found |= {round(one.until): _("repair") for one in run.failures if one.until is not None}
    found |= {round(one.time): _("failure") for one in run.failures}
    return tuple((time, what) for time, what in sorted(found.items()) if time > 0)


def part_of(run: ClusterRun, id: str) -> Part | None:
    """What fails when the box ``id`` fails; None for a box that the run can't let fail."""
    if id == "datastore":
        return ("datastore", "")
    kind, _dash, number = id.rpartition("-")
    if kind in _PARTS:
        return (_PARTS[kind], run.hosts[int(number)].name)
    if kind == "vm" and run.vms[int(number)].name == run.settings.management:
        return ("vCenter", "")
    return None


def active(failures: Iterable[Failure], part: Part, time: float) -> list[Failure]:
    """The failures of a part that have begun and are not repaired at ``time``."""
    return [
        failure
        for failure in failures
        if (failure.component, failure.target) == part
        and failure.time <= time
        and (failure.until is None or time < failure.until)
    ]


_PARTS = {"host": "host", "network": "network", "management": "management network"}
_CLASSIFICATION = Classification(
    type="1",
    because=_("Each host runs a hypervisor on bare metal."),
    argued=_("Nobody argues about it."),
    owns_hardware=_("The hypervisor of each host."),
    answers=Answers(os_first=False, guest_is_process=False, os_drivers=False, os_is_vmm=False),
)

# --- states -----------------------------------------------------------------------------------


def _failed(run: ClusterRun, part: Part, time: float) -> State:
    return "crashed" if active(run.failures, part, time) else "up"


def _host_states(
    run: ClusterRun, result: ClusterResult, number: int, time: float
) -> dict[str, State]:
    name = run.hosts[number].name
    host = _failed(run, ("host", name), time)
    network = _failed(run, ("network", name), time)
    management = _failed(run, ("management network", name), time)
    if network == "crashed" and management == "up":
        management = "down"
    if host == "up" and not (_managed(run, result, time) and result.hosts[number].heard_at(time)):
        host = "unmanaged"
    if host == "crashed":
        network, management = (s if s == "crashed" else "down" for s in (network, management))
    return {
        f"host-{number}": host,
        f"network-{number}": network,
        f"management-{number}": management,
    }


def _managed(run: ClusterRun, result: ClusterResult, time: float) -> bool:
    """Whether vCenter serves, or there is none to miss."""
    center = [vm for vm in result.vms if vm.vm.name == run.settings.management]
    return all(_status(vm, time) in ("running", "moving") for vm in center)


def _vm_states(result: ClusterResult, time: float) -> dict[str, State]:
    return {f"vm-{n}": _STATES[_status(vm, time)] for n, vm in enumerate(result.vms)}


def _status(vm: VMResult, time: float) -> Status:
    return _span(vm, time)[0]


def _span(vm: VMResult, time: float) -> tuple[Status, int | None]:
    """Status and host at ``time``; at the horizon, the last ones."""
    begun = [span for span in vm.spans if span.start <= time]
    return (begun[-1].status, begun[-1].host) if begun else ("off", None)


# --- boxes ------------------------------------------------------------------------------------


def _components(run: ClusterRun, result: ClusterResult, time: float) -> tuple[Component, ...]:
    """Datastore, hosts with their networks, and every VM where it is."""
    places = [_span(vm, time)[1] for vm in result.vms]
    found = [_DATASTORE]
    for number, host in enumerate(run.hosts):
        found += _host(number, host.name, _("{cpu:g} GHz and {memory:g} GB.").format(
            cpu=host.cpu, memory=host.memory))  # fmt: skip
    if None in places:
        found.append(_NOWHERE)
    for number, (vm, place) in enumerate(zip(run.vms, places, strict=True)):
        found.append(_vm(number, vm, "nowhere" if place is None else f"host-{place}", run))
    return tuple(found)


_DATASTORE = Component(
    id="datastore",
    name=_("Shared datastore"),
    layer="hardware",
    role="hardware",
    does=_("Holds the disks of all VMs; every host reaches it."),
    privilege=_("below all software"),
    boundary="hardware",
)
_NOWHERE = Component(
    id="nowhere",
    name=_("Not started"),
    layer="runtime",
    role="outside",
    row=1,
    does=_("VMs that admission control or lack of room keeps off."),
    privilege=pgettext("privilege", "none"),
    boundary="none",
)


def _host(number: int, name: str, does: str) -> list[Component]:
    host = Component(
        id=f"host-{number}",
        name=cut(name, NAME),
        layer="hypervisor",
        role="hypervisor",
        row=1,
        does=does,
        privilege=_("most privileged on this host"),
        boundary=name,
    )
    return [
        host,
        _card(f"network-{number}", _("Network"), _("All of the host's traffic."), host),
        _card(f"management-{number}", _("Mgmt. network"), _("The heartbeats' way."), host),
    ]


def _card(id: str, name: str, does: str, host: Component) -> Component:
    return Component(
        id=id,
        name=name,
        layer="hardware",
        role="hardware",
        inside=host.id,
        does=does,
        privilege=_("below all software"),
        boundary="hardware",
    )


def _vm(number: int, vm: VM, inside: str, run: ClusterRun) -> Component:
    does = _("{cpu:g} GHz, {memory:g} GB, restart priority {priority}.").format(
        cpu=vm.cpu, memory=vm.memory, priority=PRIORITY_NAMES[vm.priority]
    )
    manages = vm.name == run.settings.management
    return Component(
        id=f"vm-{number}",
        name=cut(vm.name, NAME),
        layer="runtime" if manages else "guest",
        role="manager" if manages else "guest",
        inside=inside,
        row=1,
        does=sentences(_("The VM that manages the cluster."), does) if manages else does,
        privilege=_("a guest"),
        boundary=vm.name,
    )


# --- words ------------------------------------------------------------------------------------


def _told(result: ClusterResult, time: float) -> str:
    """How many VMs serve at ``time``, and which do not."""
    by_status: dict[Status, list[str]] = defaultdict(list)
    for vm in result.vms:
        by_status[_status(vm, time)].append(vm.vm.name)
    serving = len(by_status["running"]) + len(by_status["moving"])
    text = _("At {time:,.0f} s, {n} of {all} VMs serve.")
    parts = [text.format(time=time, n=serving, all=len(result.vms))]
    for status, says in _status_words().items():
        if by_status[status]:
            parts.append(says.format(who=", ".join(by_status[status])))
    return " ".join(parts)


def _status_words() -> dict[Status, str]:
    return {
        "moving": _("On the move: {who}."),
        "lost": _("Down: {who}."),
        "booting": _("Booting: {who}."),
        "unreachable": _("Cut off: {who}."),
        "stalled": _("Stalled without a disk: {who}."),
        "crashed": _("Crashed: {who}."),
        "off": _("Not started: {who}."),
    }


def failures_told(failures: Iterable[Failure]) -> str:
    """The failures in words, in the order of their times; empty for none."""
    parts = [_failure_told(item) for item in sorted(failures, key=lambda item: item.time)]
    return _("Failures: {list}.").format(list="; ".join(parts)) if parts else ""


def _failure_told(failure: Failure) -> str:
    names = {
        "host": failure.target,
        "network": _("network of {host}").format(host=failure.target),
        "management network": _("management network of {host}").format(host=failure.target),
        "datastore": _("datastore"),
        "vCenter": _("vCenter"),
    }
    text = _("{name} at {time:,.0f} s")
    if failure.until is not None:
        text = _("{name} from {time:,.0f} to {until:,.0f} s")
    return text.format(name=names[failure.component], time=failure.time, until=failure.until)


# --- the timeline -----------------------------------------------------------------------------


class ClockChart(ClusterChart):
    """The timeline of a cluster with a line at ``now``, the moment that the boxes show."""

    now = 0.0

    def build(self, figure: Figure) -> None:
        super().build(figure)
        look: dict[str, Any] = {"colors": [self.theme.accent], "linewidths": 2.2}
        self.clocks = [self.new_strokes(axes, **look) for axes in figure.axes]

    def move(self, result: ClusterResult) -> None:
        super().move(result)
        for lines in self.clocks:
            lines.verts = [[(self.now, 0), (self.now, 2)]]
