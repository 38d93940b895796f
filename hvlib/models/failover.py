"""The events of a cluster: failures, who notices them when, restarts, and moves for balance.

High availability (HA) works among the hosts: one of them, the primary, hears a heartbeat of each
other one every second. Load balancing (DRS) works in the management VM. So HA goes on when that VM
is down, and DRS does not. Each VM is in one status at a time; a run is the list of these spans.

The times of HA are the documented ones named at the constants below. What is the model's own: the
thresholds of DRS, the time to boot, the gap between power-ons, that a new primary declares a host
failed at once if it has been silent for long enough, and that HA tries a VM that found no room
again at each repair and after each move.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hvlib.models.inventory import (
    PRIORITIES,
    VM,
    Failure,
    Host,
    Settings,
    dedicated,
    largest,
    power_on,
    why_no_room,
)
from hvlib.models.migration import Link, pre_copy
from hvlib.models.placement import Size, choose
from hvlib.models.working_set import two_classes
from hvlib.words import _

Status = Literal["off", "running", "moving", "lost", "booting", "unreachable", "stalled", "crashed"]
DOWN: frozenset[Status] = frozenset({"lost", "booting", "unreachable", "stalled", "crashed"})
"""Statuses in which a VM's clients get nothing."""

HEARTBEAT = 1.0
"""Seconds between heartbeats (vSphere 6.7 and 7.0 Availability)."""
HOST_FAILED = 15.0
"""Seconds without heartbeat and ping until the primary declares a host failed (HA of vSphere 4.x,
VMware KB 322784)."""
ISOLATED_PRIMARY = 5.0
ISOLATED_SECONDARY = 30.0
"""Seconds until a host declares itself isolated (vSphere 5.x and 6.x, Broadcom KB 322784)."""
NEW_PRIMARY = 25.0
"""Seconds without the primary's heartbeat until a new one is elected: election from 10 s on, the
outcome at 25 s (as quoted in vm-guru.com for vSphere 5.x)."""
VM_FAILED = 30.0
"""Seconds without a guest's heartbeat until VM monitoring resets it (failureInterval, vSphere
API)."""
DRS_SPREAD = {1: math.inf, 2: 0.30, 3: 0.15, 4: 0.10, 5: 0.05}
"""Spread of the hosts' CPU load (standard deviation) above which each level moves VMs. The five
levels and the default of 3 are VMware's; these thresholds are the model's own."""
GUEST_HOT = 0.005
GUEST_HOT_RATE, GUEST_COLD_RATE = 31.0, 6.6e-4
"""Dirtying of a moved VM: the share of hot pages is the model's own, the rates are those of the
Apache server of Clark et al. 2005 (:data:`hvlib.models.migration.APACHE`)."""
RESUME = 0.04


@dataclass(frozen=True, slots=True)
class Span:
    """A VM's status and host (its number) from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    status: Status
    host: int | None


@dataclass(slots=True, eq=False)
class Guest:
    """A VM during the run. ``due``: HA knows that it is to be restarted. ``to``: moving there.

    change: counts state changes, so that an event for an older state can be told.
    """

    vm: VM
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
    """A host during the run: what is free on it, and how many unrepaired failures hit it.

    dead, cut, isolated: of the host, its whole network, its management network. epoch: counts its
    returns. changes: (seconds, whether the others hear it from then on).
    """

    host: Host
    index: int
    cpu: float
    memory: float
    dead: int = 0
    cut: int = 0
    isolated: int = 0
    epoch: int = 0
    died: float = 0.0
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
        """Share of its CPU that is given away."""
        return 1 - self.cpu / self.host.cpu


Log = tuple[float, str, str, dict[str, Any]]
"""(time, kind, actor, detail) of an instant."""


class Failover:
    """One run of a cluster. Build it, call :meth:`run`, read ``guests``, ``machines``, ``log``."""

    def __init__(
        self,
        hosts: Sequence[Host],
        vms: Sequence[VM],
        failures: Iterable[Failure],
        settings: Settings,
    ) -> None:
        self.settings = settings
        self.whole = largest(hosts)
        self.spare = dedicated(hosts, settings)
        self.machines = [Machine(h, i, h.cpu, h.memory) for i, h in enumerate(hosts)]
        self.by_name = {machine.host.name: machine for machine in self.machines}
        self.guests: list[Guest] = []
        self.log: list[Log] = []
        self.balance: list[tuple[float, tuple[float, ...]]] = []
        self.now = 0.0
        self.storage_failures = self.crash_holds = 0
        self.crashed = False
        self.primary: Machine | None = self.machines[0] if self.machines else None
        self._queue: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._changes = 0
        self._settled: tuple[int, tuple[float, tuple[float, ...]]] | None = None
        self._hit: dict[int, Machine] = {}
        self._numbers = itertools.count()
        self._costs: dict[float, tuple[float, float]] = {}
        self._start(hosts, vms)
        self._schedule(failures)

    def run(self) -> None:
        """Work off all events before the horizon."""
        self._note_hosts()
        while self._queue and self._queue[0][0] < self.settings.horizon:
            self.now, _number, handler, arguments = heapq.heappop(self._queue)
            handler(*arguments)
            self._note_hosts()
        self.now = self.settings.horizon
        for guest in self.guests:
            self._close(guest)
            if guest.state in ("lost", "booting") and not guest.reason:
                guest.reason = self._why_waiting(guest)

    # --- the start ---

    def _start(self, hosts: Sequence[Host], vms: Sequence[VM]) -> None:
        placed = power_on(hosts, vms, self.settings)
        for index, (vm, (host, reason)) in enumerate(zip(vms, placed, strict=True)):
            guest = Guest(vm, index, None, reason)
            self.guests.append(guest)
            if host is not None:
                self._occupy(guest, self.machines[host])
                guest.state = "on"
            guest.since = (0.0, "off" if host is None else "running", host)
        self.management = next((g for g in self.guests if g.vm.name == self.settings.management),
                               None)  # fmt: skip

    def _schedule(self, failures: Iterable[Failure]) -> None:
        for failure in failures:
            self._at(failure.time, self._fail, failure)
            if failure.until is not None:
                self._at(failure.until, self._repair, failure)
        if self.settings.drs:
            self._at(self.settings.drs_period, self._drs)

    def _at(self, time: float, handler: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._queue, (time, next(self._numbers), handler, arguments))

    # --- failures and repairs ---

    def _fail(self, failure: Failure) -> None:
        machine = self._machine_of(failure)
        self._say("failure", _named(failure, machine), component=failure.component)
        if failure.component == "datastore":
            self.storage_failures += 1
            self._refresh(self.guests)
        elif failure.component == "vCenter":
            self._crash_management(failure)
        elif machine is not None and failure.component == "host":
            self._fail_host(machine)
        elif machine is not None:
            self._cut_off(machine, clients_too=failure.component == "network")

    def _repair(self, failure: Failure) -> None:
        machine = self._hit.get(id(failure))
        self._say("repair", _named(failure, machine), component=failure.component)
        if failure.component == "datastore":
            self._repair_datastore()
        elif failure.component == "vCenter":
            self._repair_management()
        elif machine is not None and failure.component == "host":
            self._repair_host(machine)
        elif machine is not None:
            self._join(machine, clients_too=failure.component == "network")

    def _machine_of(self, failure: Failure) -> Machine | None:
        """The host that fails: by its own name, or where the VM of that name now stands."""
        machine = self.by_name.get(failure.target)
        guest = next((g for g in self.guests if g.vm.name == failure.target), None)
        if guest is not None and guest.host is not None:
            machine = self.machines[guest.host]
        if machine is not None:
            self._hit[id(failure)] = machine
        return machine

    def _fail_host(self, machine: Machine) -> None:
        machine.dead += 1
        if machine.dead > 1:
            return
        machine.died = self.now
        self._abort_moves(machine)
        for guest in list(machine.guests):
            self._lose(guest)
        self._lose_heartbeat(machine)
        self._at(self._last_beat() + HOST_FAILED, self._declare, machine)

    def _repair_host(self, machine: Machine) -> None:
        machine.dead -= 1
        if machine.dead:
            return
        for guest in self.guests:
            if guest.state == "lost" and guest.host == machine.index:
                guest.due = True
        if machine.reachable:
            self._back(machine)

    def _cut_off(self, machine: Machine, clients_too: bool) -> None:
        was_reachable = machine.reachable
        machine.cut += clients_too
        machine.isolated += not clients_too
        self._refresh(machine.guests)
        if not was_reachable:
            return
        self._abort_moves(machine)
        wait = ISOLATED_PRIMARY if machine is self.primary else ISOLATED_SECONDARY
        self._lose_heartbeat(machine)
        self._at(self._last_beat() + wait, self._isolate, machine, machine.epoch)

    def _join(self, machine: Machine, clients_too: bool) -> None:
        machine.cut -= clients_too
        machine.isolated -= not clients_too
        self._refresh(machine.guests)
        if machine.reachable:
            self._back(machine)

    def _back(self, machine: Machine) -> None:
        """The others hear this host again."""
        machine.epoch += 1
        if self.primary is None:
            self._at(self.now + NEW_PRIMARY, self._elect)
        self._restart()

    def _lose_heartbeat(self, machine: Machine) -> None:
        if machine is self.primary:
            self.primary = None
            self._at(self._last_beat() + NEW_PRIMARY, self._elect)

    def _last_beat(self) -> float:
        return _beat_before(self.now)

    def _repair_datastore(self) -> None:
        self.storage_failures -= 1
        if self.storage_failures:
            return
        self._refresh(self.guests)
        for guest in self.guests:
            if guest.state == "booting":
                self._boot(guest, 0)
        self._restart()

    def _crash_management(self, failure: Failure) -> None:
        guest = self.management
        if guest is None:
            return
        self.crashed = True
        if failure.until is not None:
            self.crash_holds += 1
        elif self.settings.ha:
            self._at(self.now + VM_FAILED, self._reset, guest)
        self._refresh([guest])

    def _repair_management(self) -> None:
        self.crash_holds -= 1
        if self.management is not None:
            self._reset(self.management)

    def _reset(self, guest: Guest) -> None:
        """VM monitoring boots a crashed guest anew where it is."""
        if guest.state == "on" and self.crashed and not self.crash_holds:
            self._say("reset", guest.vm.name)
            self._abort(guest)
            guest.state = "booting"
            self._boot(guest, 0)

    # --- high availability ---

    def _declare(self, machine: Machine) -> None:
        """The primary, if there is one, declares a silent host failed."""
        if self.primary is None or not self.settings.ha:
            return
        if not machine.up and _silent_long(machine.died, self.now):
            self._say("declared failed", machine.host.name, by=self.primary.host.name)
        self._mark_due()
        self._restart()

    def _elect(self) -> None:
        if self.primary is not None or not self.settings.ha:
            return
        self.primary = next((m for m in self.machines if m.reachable), None)
        if self.primary is None:
            return
        self._say("elected", self.primary.host.name)
        self._mark_due()
        self._restart()

    def _mark_due(self) -> None:
        for guest in self.guests:
            if guest.state == "lost" and _silent_long(guest.lost_at, self.now):
                guest.due = True

    def _isolate(self, machine: Machine, epoch: int) -> None:
        if epoch != machine.epoch or machine.reachable or not machine.up:
            return
        if not self.settings.ha:
            return
        self._say("isolated", machine.host.name, response=self.settings.response)
        if self.settings.response == "leave on":
            return
        for guest in list(machine.guests):
            self._lose(guest)
            guest.due = True
        self._restart()

    def _restart(self) -> None:
        """Power on what is due and finds room, high priority first."""
        if self._stopped():
            return
        due = sorted((g for g in self.guests if g.due), key=self._restart_order)
        free = self._free()
        started = [0] * len(self.machines)
        for guest in due:
            host = choose(Size(guest.vm.cpu, guest.vm.memory), free, self.whole, "worst")
            if host is None:
                guest.reason = why_no_room(guest.vm, free)
                continue
            self._occupy(guest, self.machines[host])
            guest.state, guest.due, guest.reason = "booting", False, ""
            self._boot(guest, started[host])
            started[host] += 1
            free[host] = self._room(self.machines[host])

    def _stopped(self) -> str:
        """Why HA restarts nothing now; empty if it does."""
        if not self.settings.ha:
            return _("HA is off")
        if self.storage_failures:
            return _("the datastore is down")
        if self.primary is None:
            return _("no host is primary")
        return ""

    def _why_waiting(self, guest: Guest) -> str:
        if guest.state == "booting":
            return _("it is still booting")
        return self._stopped() or _("the failure is not yet declared")

    def _restart_order(self, guest: Guest) -> tuple[int, bool, int]:
        return PRIORITIES.index(guest.vm.priority), guest is not self.management, guest.index

    def _free(self) -> list[Size | None]:
        return [self._room(m) if m.reachable else None for m in self.machines]

    @staticmethod
    def _room(machine: Machine) -> Size:
        return Size(machine.cpu, machine.memory)

    def _boot(self, guest: Guest, before: int) -> None:
        guest.change += 1
        self._note(guest)
        ready = self.now + before * self.settings.stagger + self.settings.boot
        self._at(ready, self._booted, guest, guest.change)

    def _booted(self, guest: Guest, change: int) -> None:
        if change != guest.change or self.storage_failures:
            return
        guest.state = "on"
        if guest is self.management:
            self.crashed = self.crash_holds > 0
        self._note(guest)

    # --- load balancing ---

    def _drs(self) -> None:
        self._at(self.now + self.settings.drs_period, self._drs)
        state = (self._changes, self.balance[-1])
        if not self._manages() or state == self._settled:
            return
        self._settled = state
        idle = [m for m in self.machines if m.reachable and m.index not in self.spare]
        limit = DRS_SPREAD[self.settings.drs_level]
        planned = {m.index: m.load for m in idle}
        while len(idle) > 1 and spread(planned.values()) > limit:
            busiest = max(idle, key=lambda m: (planned[m.index], -m.index))
            target = min(idle, key=lambda m: (planned[m.index], m.index))
            if planned[busiest.index] == planned[target.index]:
                return
            guest = self._best_move(busiest, target, planned)
            idle.remove(busiest)
            if guest is not None:
                idle.remove(target)
                planned[busiest.index] -= guest.vm.cpu / busiest.host.cpu
                planned[target.index] += guest.vm.cpu / target.host.cpu
                self._move(guest, target)

    def _manages(self) -> bool:
        """Whether the management VM works and reaches the hosts."""
        guest = self.management
        if guest is None or guest.host is None or self._status(guest) not in ("running", "moving"):
            return False
        return self.machines[guest.host].reachable

    def _best_move(self, source: Machine, target: Machine, load: dict[int, float]) -> Guest | None:
        """The VM whose move leaves the least spread over all hosts, if any lessens it."""
        total, squares = sum(load.values()), sum(value * value for value in load.values())
        here, there = load[source.index], load[target.index]

        def variance(cpu: float) -> float:
            less, more = here - cpu / source.host.cpu, there + cpu / target.host.cpu
            moved = squares - here * here - there * there + less * less + more * more
            return moved / len(load) - ((total - here - there + less + more) / len(load)) ** 2

        fitting = [
            guest
            for guest in source.guests
            if guest.state == "on"
            and guest.to is None
            and guest.vm.cpu <= target.cpu
            and guest.vm.memory <= target.memory
        ]
        best = min(fitting, key=lambda g: (variance(g.vm.cpu), g.index), default=None)
        if best is None or variance(best.vm.cpu) >= variance(0.0) - 1e-9:
            return None
        return best

    def _move(self, guest: Guest, target: Machine) -> None:
        target.cpu -= guest.vm.cpu
        target.memory -= guest.vm.memory
        guest.to = target.index
        guest.change += 1
        total, down = self._cost(guest.vm.memory)
        self._note(guest)
        self._at(self.now + total, self._moved, guest, guest.change, down)

    def _moved(self, guest: Guest, change: int, down: float) -> None:
        if change != guest.change or guest.to is None:
            return
        target = self.machines[guest.to]
        self._abort(guest)
        self._vacate(guest)
        self._occupy(guest, target)
        guest.moves += 1
        guest.move_down += down
        self._note(guest)
        self._restart()

    def _cost(self, memory: float) -> tuple[float, float]:
        """(seconds in all, seconds standing still) of a live migration, by the pre-copy model.

        The increment is a tenth of the maximum, as Clark's 50 of 500 Mbit/s are.
        """
        if memory not in self._costs:
            rate = self.settings.move_rate
            guest = two_classes(memory * 1e3, memory * 1e3 * GUEST_HOT, GUEST_HOT_RATE,
                                GUEST_COLD_RATE)  # fmt: skip
            done = pre_copy(guest, Link(rate / 2, rate, rate / 10))
            down = done.left * 8 / rate + RESUME
            self._costs[memory] = (sum(r.duration for r in done.rounds) + down, down)
        return self._costs[memory]

    # --- where a guest is, and what its clients see ---

    def _occupy(self, guest: Guest, machine: Machine) -> None:
        machine.cpu -= guest.vm.cpu
        machine.memory -= guest.vm.memory
        machine.guests.append(guest)
        guest.host = machine.index

    def _vacate(self, guest: Guest) -> None:
        if guest.host is None:
            return
        machine = self.machines[guest.host]
        if guest in machine.guests:
            machine.guests.remove(guest)
            _release(machine, guest.vm)

    def _abort(self, guest: Guest) -> None:
        """End a move, done or not: its room at the target is free again."""
        if guest.to is not None:
            _release(self.machines[guest.to], guest.vm)
            guest.to = None
            guest.change += 1
            self._note(guest)

    def _abort_moves(self, machine: Machine) -> None:
        for guest in self.guests:
            if guest.to is not None and machine.index in (guest.to, guest.host):
                self._abort(guest)

    def _lose(self, guest: Guest) -> None:
        self._abort(guest)
        self._vacate(guest)
        guest.state, guest.lost_at, guest.reason = "lost", self.now, ""
        guest.change += 1
        self._note(guest)

    def _status(self, guest: Guest) -> Status:
        if guest.state != "on" or guest.host is None:
            return "lost" if guest.state == "on" else guest.state
        if self.storage_failures:
            return "stalled"
        if guest is self.management and self.crashed:
            return "crashed"
        if self.machines[guest.host].cut:
            return "unreachable"
        return "moving" if guest.to is not None else "running"

    def _refresh(self, guests: Iterable[Guest]) -> None:
        for guest in guests:
            self._note(guest)

    def _note(self, guest: Guest) -> None:
        """Begin a new span if the guest's status or host changed."""
        status = self._status(guest)
        if (status, guest.host) != guest.since[1:]:
            self._close(guest)
            self._changes += 1
            guest.since = (self.now, status, guest.host)

    def _close(self, guest: Guest) -> None:
        start, status, host = guest.since
        if self.now > start:
            guest.spans.append(Span(start, self.now, status, host))

    def _note_hosts(self) -> None:
        for machine in self.machines:
            if machine.reachable != (not machine.changes or machine.changes[-1][1]):
                machine.changes.append((self.now, machine.reachable))
                self._changes += 1
        loads = tuple(m.load if m.up else 0.0 for m in self.machines)
        if self.balance and self.balance[-1][0] == self.now:
            self.balance.pop()
        if not self.balance or self.balance[-1][1] != loads:
            self.balance.append((self.now, loads))

    def _say(self, kind: str, actor: str, **detail: Any) -> None:
        self.log.append((self.now, kind, actor, detail))


def _named(failure: Failure, machine: Machine | None) -> str:
    return failure.component if machine is None else machine.host.name


def spread(loads: Collection[float]) -> float:
    """Standard deviation of loads; 0 for none."""
    if not loads:
        return 0.0
    mean = sum(loads) / len(loads)
    return math.sqrt(sum((load - mean) ** 2 for load in loads) / len(loads))


def _beat_before(time: float) -> float:
    return math.floor(time / HEARTBEAT) * HEARTBEAT


def _silent_long(since: float, now: float) -> bool:
    """Whether a host silent ``since`` then is to be declared failed."""
    return _beat_before(since) + HOST_FAILED <= now


def _release(machine: Machine, vm: VM) -> None:
    # Rounded, so that sums of decimal sizes come back to the host's own size.
    machine.cpu = min(machine.host.cpu, round(machine.cpu + vm.cpu, 9))
    machine.memory = min(machine.host.memory, round(machine.memory + vm.memory, 9))
