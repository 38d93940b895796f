"""The state of a cluster during a run: rooms on hosts, guests in them, and what has happened.

Each VM is in one status at a time; a run is the list of these spans. Who changes the state are
:mod:`hvlib.models.failover` (failures and restarts) and :mod:`hvlib.models.balancing` (moves).
"""

import heapq
import itertools
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hvlib.models.inventory import VM, Host, Settings, dedicated, largest, power_on, reservation
from hvlib.models.placement import Size

Status = Literal["off", "running", "moving", "lost", "booting", "unreachable", "stalled", "crashed"]
DOWN: frozenset[Status] = frozenset({"lost", "booting", "unreachable", "stalled", "crashed"})
"""Statuses in which a VM's clients get nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A VM's status and host (its number) from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    status: Status
    host: int | None


@dataclass(slots=True, eq=False)
class Guest:
    """A VM during the run. need: what it reserves. ``due``: HA knows that it is to be restarted.
    ``to``: moving there.

    change: counts state changes, so that an event for an older state can be told.
    """

    vm: VM
    need: Size
    index: int
    host: int | None
    reason: str = ""
    state: Literal["off", "on", "lost", "booting"] = "off"
    to: int | None = None
    due: bool = False
    lost_at: float = 0.0
    change: int = 0
    moves: int = 0
    move_down: float = 0.0
    spans: list[Span] = field(default_factory=list)
    since: tuple[float, Status, int | None] = (0.0, "off", None)


@dataclass(slots=True, eq=False)
class Machine:
    """A host during the run, and how many unrepaired failures hit it.

    cpu, memory: not reserved. used: GHz that its VMs ask for. dead, cut, isolated: failures of the
    host, its whole network, its management network. epoch: counts its returns. declared: when it
    declared itself isolated.
    changes: (seconds, whether the others hear it from then on).
    """

    host: Host
    index: int
    cpu: float
    memory: float
    used: float = 0.0
    dead: int = 0
    cut: int = 0
    isolated: int = 0
    epoch: int = 0
    died: float = 0.0
    declared: float | None = None
    guests: list[Guest] = field(default_factory=list)
    changes: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def up(self) -> bool:
        return self.dead == 0

    @property
    def reachable(self) -> bool:
        """Whether the other hosts hear it."""
        return self.dead == 0 and self.cut == 0 and self.isolated == 0

    @property
    def load(self) -> float:
        """What its VMs ask for, as a share of its CPU; above 1 they get less than they want."""
        return max(0.0, self.used / self.host.cpu)

    @property
    def room(self) -> Size:
        """What is not reserved."""
        return Size(self.cpu, self.memory)

    def take(self, guest: Guest, sign: int = 1) -> None:
        """Give a guest its room; with ``sign`` -1, take it back."""
        # Rounded, so that sums of decimal sizes come back to the host's own size.
        self.cpu = round(min(self.host.cpu, self.cpu - sign * guest.need.cpu), 9)
        self.memory = round(min(self.host.memory, self.memory - sign * guest.need.memory), 9)
        self.used = round(max(0.0, self.used + sign * guest.vm.cpu), 9)

    def fits(self, guest: Guest) -> bool:
        """Whether a guest's reservation is free here."""
        return guest.need.cpu <= self.cpu and guest.need.memory <= self.memory


Log = tuple[float, str, str, dict[str, Any]]
"""(time, kind, actor, detail) of an instant."""


class ClusterState:
    """Hosts and guests at a moment ``now``, the events to come, and the spans so far."""

    def __init__(self, hosts: Sequence[Host], vms: Sequence[VM], settings: Settings) -> None:
        self.settings = settings
        self.whole = largest(hosts)
        self.spare = dedicated(hosts, settings)
        self.machines = [Machine(h, i, h.cpu, h.memory) for i, h in enumerate(hosts)]
        self.guests: list[Guest] = []
        self.log: list[Log] = []
        self.balance: list[tuple[float, tuple[float, ...]]] = []
        self.now = 0.0
        self.storage_failures = 0
        self.crashed = False
        self.changes = 0
        self._queue: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        for index, (vm, (host, reason)) in enumerate(
            zip(vms, power_on(hosts, vms, settings), strict=True)
        ):
            guest = Guest(vm, reservation(vm, settings.reserved), index, None, reason)
            self.guests.append(guest)
            if host is not None:
                self.occupy(guest, self.machines[host])
                guest.state = "on"
            guest.since = (0.0, "off" if host is None else "running", host)
        self.management = next((g for g in self.guests if g.vm.name == settings.management), None)

    # --- the clock ---

    def at(self, time: float, handler: Callable[..., None], *arguments: Any) -> None:
        """Call ``handler`` at ``time``; among equal times, in the order of asking."""
        heapq.heappush(self._queue, (time, next(self._numbers), handler, arguments))

    def run(self, horizon: float) -> None:
        """Handle all events before the horizon and close the spans."""
        self._note_hosts()
        while self._queue and self._queue[0][0] < horizon:
            self.now, _number, handler, arguments = heapq.heappop(self._queue)
            handler(*arguments)
            self._note_hosts()
        self.now = horizon
        for guest in self.guests:
            self._close(guest)

    def say(self, kind: str, actor: str, **detail: Any) -> None:
        """Put an instant into the log."""
        self.log.append((self.now, kind, actor, detail))

    # --- where a guest is ---

    def occupy(self, guest: Guest, machine: Machine) -> None:
        """A guest, running or about to, is on this host from now on."""
        machine.take(guest)
        machine.guests.append(guest)
        guest.host = machine.index

    def vacate(self, guest: Guest) -> None:
        """Its room is free again; where it last was is still known."""
        if guest.host is None:
            return
        machine = self.machines[guest.host]
        if guest in machine.guests:
            machine.guests.remove(guest)
            machine.take(guest, -1)

    def lose(self, guest: Guest) -> None:
        """A guest stops without having been asked."""
        self.end_move(guest)
        self.vacate(guest)
        guest.state, guest.lost_at, guest.reason = "lost", self.now, ""
        guest.change += 1
        self.note(guest)

    def end_move(self, guest: Guest) -> None:
        """End a move, done or not: its room at the target is free again."""
        if guest.to is not None:
            self.machines[guest.to].take(guest, -1)
            guest.to = None
            guest.change += 1
            self.note(guest)

    def end_moves(self, machine: Machine) -> None:
        """End all moves from and to a host."""
        for guest in self.guests:
            if guest.to is not None and machine.index in (guest.to, guest.host):
                self.end_move(guest)

    # --- what its clients see ---

    def status(self, guest: Guest) -> Status:
        """The one status of a guest at this moment."""
        if guest.state != "on" or guest.host is None:
            return "lost" if guest.state == "on" else guest.state
        if self.storage_failures:
            return "stalled"
        if guest is self.management and self.crashed:
            return "crashed"
        if self.machines[guest.host].cut:
            return "unreachable"
        return "moving" if guest.to is not None else "running"

    def note(self, *guests: Guest) -> None:
        """Begin a new span for each guest whose status or host changed."""
        for guest in guests:
            status = self.status(guest)
            if (status, guest.host) != guest.since[1:]:
                self._close(guest)
                self.changes += 1
                guest.since = (self.now, status, guest.host)

    def _close(self, guest: Guest) -> None:
        start, status, host = guest.since
        if self.now > start:
            guest.spans.append(Span(start, self.now, status, host))

    def _note_hosts(self) -> None:
        for machine in self.machines:
            if machine.reachable != (not machine.changes or machine.changes[-1][1]):
                machine.changes.append((self.now, machine.reachable))
                self.changes += 1
        loads = tuple(m.load if m.up else 0.0 for m in self.machines)
        if self.balance and self.balance[-1][0] == self.now:
            self.balance.pop()
        if not self.balance or self.balance[-1][1] != loads:
            self.balance.append((self.now, loads))


def spread(loads: Collection[float]) -> float:
    """Standard deviation of loads; 0 for none."""
    if not loads:
        return 0.0
    mean = sum(loads) / len(loads)
    return math.sqrt(sum((load - mean) ** 2 for load in loads) / len(loads))


def delivered(loads: Iterable[float]) -> float:
    """The least share of the wanted CPU that VMs get on hosts of these loads."""
    return min([1.0, *(1 / load for load in loads if load > 1)])
