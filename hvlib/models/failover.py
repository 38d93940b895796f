"""High availability (HA): failures, who notices them when, and restarts.

HA works among the hosts: one of them, the primary, hears a heartbeat of each other one every
second. The times are those of vSphere 5.0 to 6.x as D. Epping of VMware describes them ("vSphere
6.x HA Deepdive", 2016); each constant below names the step. What is the model's own: the time to
boot, and that the primary takes as long to list and place the VMs of a failed secondary as a new
primary is documented to take.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from hvlib.models.balancing import Balancer
from hvlib.models.cluster_state import ClusterState, Guest, Machine
from hvlib.models.inventory import PRIORITIES, VM, Failure, Host, Settings, choose_host, why_no_room
from hvlib.words import _

HEARTBEAT = 1.0
"""Seconds between heartbeats (vSphere 6.7 and 7.0 Availability)."""
DATASTORE_WATCH, UNREACHABLE = 3.0, 10.0
"""Seconds of silence until the primary looks for datastore heartbeats, and until it calls a
secondary unreachable and pings it."""
DEAD, DEAD_WITHOUT_DATASTORES = 18.0, 15.0
"""Seconds of silence until a secondary is declared dead: 15 s of datastore heartbeats after the
third second, or 5 s of pings after the tenth where no heartbeat datastore is configured."""
ELECTION, NEW_PRIMARY = 10.0, 25.0
"""Seconds without the primary until the others begin an election, and until one is elected."""
PLACING = 10.0
"""Seconds to read the list of protected VMs and place them: T25 to T35 after an election."""
ISOLATED_PRIMARY, ISOLATED_SECONDARY = 5.0, 30.0
"""Seconds until a host declares itself isolated (also Broadcom KB 322784)."""
RESPONSE_DELAY = 30.0
"""Seconds from there until the isolation response (fdm.isolationPolicyDelaySec)."""
AT_ONCE = 32
"""Power-on tasks that HA gives one host at a time."""
VM_SILENT = 120.0
"""Seconds without any I/O of a guest, and heartbeats missing meanwhile, until VM monitoring
resets it."""


class Failover:
    """One run of a cluster. Build it, call :meth:`run`, read ``state``."""

    def __init__(
        self,
        hosts: Sequence[Host],
        vms: Sequence[VM],
        failures: Iterable[Failure],
        settings: Settings,
    ) -> None:
        self.settings = settings
        self.state = state = ClusterState(hosts, vms, settings)
        Balancer(state, self._restart)  # it lives by the events that it schedules
        self.primary = state.machines[0] if state.machines else None
        self.crash_holds = 0
        for failure in failures:
            state.at(failure.time, self._fail, failure)

    def run(self) -> None:
        """Work off all events before the horizon; say of each VM that waits why it does."""
        self.state.run(self.settings.horizon)
        for guest in self.state.guests:
            if guest.state in ("lost", "booting") and not guest.reason:
                guest.reason = self._why_waiting(guest)

    # --- failures and repairs ---

    def _fail(self, failure: Failure) -> None:
        machine = self._machine_of(failure)
        name = failure.component if machine is None else machine.host.name
        self.state.say("failure", name, component=failure.component)
        fail, repair = _TABLE[failure.component]
        fail(self, machine, failure.until is not None)
        if failure.until is not None:
            self.state.at(failure.until, self._repair, repair, machine, name, failure.component)

    def _repair(self, repair: "_Repair", machine: Machine | None, name: str, what: str) -> None:
        self.state.say("repair", name, component=what)
        repair(self, machine)

    def _machine_of(self, failure: Failure) -> Machine | None:
        """The host that fails: by its own name, or where the VM of that name now stands."""
        for guest in self.state.guests:
            if guest.vm.name == failure.target and guest.host is not None:
                return self.state.machines[guest.host]
        return next((m for m in self.state.machines if m.host.name == failure.target), None)

    def _fail_host(self, machine: Machine | None, _repaired: bool) -> None:
        if machine is None:
            return
        was_reachable = machine.reachable
        machine.dead += 1
        if machine.dead > 1:
            return
        machine.died = self.state.now
        self.state.end_moves(machine)
        for guest in list(machine.guests):
            self.state.lose(guest)
        if was_reachable and machine is not self.primary:
            self._after_silence(DATASTORE_WATCH, self._notice, machine, "datastore heartbeats")
            self._after_silence(UNREACHABLE, self._notice, machine, "unreachable")
        self._lose_heartbeat(machine)
        self._after_silence(self._dead_after, self._declare, machine)

    def _repair_host(self, machine: Machine | None) -> None:
        if machine is None:
            return
        machine.dead -= 1
        if machine.dead:
            return
        for guest in self.state.guests:
            if guest.state == "lost" and guest.host == machine.index:
                guest.due = True
        if machine.reachable:
            self._back(machine)

    def _cut_off(self, machine: Machine, clients_too: bool, sign: int) -> None:
        was_reachable = machine.reachable
        machine.cut += sign * clients_too
        machine.isolated += sign * (not clients_too)
        self.state.note(*machine.guests)
        if machine.reachable and not was_reachable:
            self._back(machine)
        elif was_reachable and not machine.reachable:
            self.state.end_moves(machine)
            wait = ISOLATED_PRIMARY if machine is self.primary else ISOLATED_SECONDARY
            self._lose_heartbeat(machine)
            self._after_silence(wait, self._isolate, machine, machine.epoch)

    def _back(self, machine: Machine) -> None:
        """The others hear this host again."""
        machine.epoch += 1
        if self.primary is None:
            self.state.at(self.state.now + NEW_PRIMARY, self._elect)
        self._restart()

    def _lose_heartbeat(self, machine: Machine) -> None:
        if machine is self.primary:
            self.primary = None
            self._after_silence(ELECTION, self._begin_election)
            self._after_silence(NEW_PRIMARY, self._elect)

    def _after_silence(self, seconds: float, handler: Callable[..., None], *of: object) -> None:
        """``seconds`` after the last heartbeat before now."""
        self.state.at(_beat_before(self.state.now) + seconds, handler, *of)

    def _fail_datastore(self, _machine: Machine | None, _repaired: bool) -> None:
        self.state.storage_failures += 1
        self.state.note(*self.state.guests)

    def _repair_datastore(self, _machine: Machine | None) -> None:
        self.state.storage_failures -= 1
        if self.state.storage_failures:
            return
        self.state.note(*self.state.guests)
        for guest in self.state.guests:
            if guest.state == "booting":
                self._boot(guest, 0)
        self._restart()

    def _crash_management(self, _machine: Machine | None, repaired: bool) -> None:
        guest = self.state.management
        if guest is None:
            return
        self.state.crashed = True
        self.crash_holds += repaired
        if self.settings.ha and self.settings.vm_monitoring:
            self.state.at(self.state.now + VM_SILENT, self._reset)
        self.state.note(guest)

    def _repair_management(self, _machine: Machine | None) -> None:
        self.crash_holds -= 1
        self._reset()

    def _reset(self) -> None:
        """A crashed guest is booted anew where it is, unless it would crash again."""
        guest = self.state.management
        if guest and guest.state == "on" and self.state.crashed and not self.crash_holds:
            self.state.say("reset", guest.vm.name)
            self.state.end_move(guest)
            guest.state = "booting"
            self._boot(guest, 0)

    # --- who notices ---

    @property
    def _dead_after(self) -> float:
        return DEAD if self.settings.heartbeat_datastores else DEAD_WITHOUT_DATASTORES

    def _notice(self, machine: Machine, what: str) -> None:
        if self.settings.ha and self.primary is not None and not machine.up:
            self.state.say(what, machine.host.name, by=self.primary.host.name)

    def _declare(self, machine: Machine) -> None:
        """The primary, if there is one, declares a silent host failed, and lists its VMs."""
        if self.primary is None or not self.settings.ha:
            return
        if not machine.up and self._silent_long(machine.died):
            self._notice(machine, "declared failed")
        self._list()

    def _begin_election(self) -> None:
        if self.primary is None and self.settings.ha:
            self.state.say("election", "")

    def _elect(self) -> None:
        if self.primary is not None or not self.settings.ha:
            return
        self.primary = next((m for m in self.state.machines if m.reachable), None)
        if self.primary is None:
            return
        self.state.say("elected", self.primary.host.name)
        for machine in self.state.machines:
            # Isolated hosts that waited for a primary to take their VMs over.
            if machine.up and not machine.reachable:
                self._respond(machine, machine.epoch)
        self._list()

    def _list(self) -> None:
        """The primary reads which VMs are protected and do not run, and places them."""
        lost = (g for g in self.state.guests if g.state == "lost")
        self._place([guest for guest in lost if self._silent_long(guest.lost_at)])

    def _place(self, guests: Sequence[Guest]) -> None:
        self.state.at(self.state.now + PLACING, self._placed, guests)

    def _placed(self, guests: Sequence[Guest]) -> None:
        for guest in guests:
            guest.due = guest.due or guest.state == "lost"
        self._restart()

    def _silent_long(self, since: float) -> bool:
        """Whether a host silent ``since`` then is to be declared failed."""
        return _beat_before(since) + self._dead_after <= self.state.now

    def _isolate(self, machine: Machine, epoch: int) -> None:
        if epoch != machine.epoch or machine.reachable or not machine.up or not self.settings.ha:
            return
        if self.settings.partitioned and not machine.cut:
            # It still pings its isolation address, so it is primary of a partition of its own.
            self.state.say("partitioned", machine.host.name)
            return
        self.state.say("isolated", machine.host.name, response=self.settings.response)
        machine.declared = self.state.now
        self.state.at(self.state.now + RESPONSE_DELAY, self._respond, machine, epoch)

    def _respond(self, machine: Machine, epoch: int) -> None:
        """Power off the VMs of an isolated host if a primary is there to restart them."""
        if (
            epoch != machine.epoch
            or machine.reachable
            or not machine.up
            or machine.declared is None
        ):
            return
        early = self.state.now < machine.declared + RESPONSE_DELAY
        if self.settings.response == "leave on" or self.primary is None or early:
            return
        self.state.say("response", machine.host.name)
        guests = list(machine.guests)
        for guest in guests:
            self.state.lose(guest)
        self._place(guests)

    # --- restarts ---

    def _restart(self) -> None:
        """Power on what is due and finds room, high priority first."""
        if self._stopped():
            return
        state = self.state
        rooms = [m.room if m.reachable else None for m in state.machines]
        loads = [m.host.cpu - m.used for m in state.machines]
        batches = [_Batches() for _machine in state.machines]
        for guest in sorted((g for g in state.guests if g.due), key=self._restart_order):
            host = choose_host(guest.vm, guest.need, rooms, loads, state.whole, "worst")
            if host is None:
                guest.reason = why_no_room(guest.need, rooms)
                continue
            machine = state.machines[host]
            state.occupy(guest, machine)
            state.say("power-on", guest.vm.name, host=machine.host.name)
            guest.state, guest.due, guest.reason = "booting", False, ""
            self._boot(guest, batches[host].before(guest.vm.priority))
            rooms[host], loads[host] = machine.room, machine.host.cpu - machine.used

    def _stopped(self) -> str:
        """Why HA restarts nothing now; empty if it does."""
        if not self.settings.ha:
            return _("HA is off")
        if self.state.storage_failures:
            return _("the datastore is down")
        if self.primary is None:
            return _("no host is primary")
        return ""

    def _why_waiting(self, guest: Guest) -> str:
        if guest.state == "booting":
            return _("it is still booting")
        return self._stopped() or _("the failure is not yet declared")

    def _restart_order(self, guest: Guest) -> tuple[int, bool, int]:
        return PRIORITIES.index(guest.vm.priority), guest is not self.state.management, guest.index

    def _boot(self, guest: Guest, batches: int) -> None:
        guest.change += 1
        self.state.note(guest)
        ready = self.state.now + batches * self.settings.power_on + self.settings.boot
        self.state.at(ready, self._booted, guest, guest.change)

    def _booted(self, guest: Guest, change: int) -> None:
        if change != guest.change or self.state.storage_failures:
            return
        guest.state = "on"
        if guest is self.state.management:
            self.state.crashed = self.crash_holds > 0
        self.state.note(guest)


class _Batches:
    """The power-on tasks of one host: at most AT_ONCE together, a lower priority after a higher."""

    def __init__(self) -> None:
        self.number, self.tasks, self.priority = 0, 0, ""

    def before(self, priority: str) -> int:
        """Batches that end before the next task of this priority begins."""
        if self.tasks and (priority != self.priority or self.tasks == AT_ONCE):
            self.number, self.tasks = self.number + 1, 0
        self.priority, self.tasks = priority, self.tasks + 1
        return self.number


def _beat_before(time: float) -> float:
    return math.floor(time / HEARTBEAT) * HEARTBEAT


def _cut(clients_too: bool) -> "tuple[_Fail, _Repair]":
    def fail(run: Failover, machine: Machine | None, _repaired: bool) -> None:
        if machine is not None:
            run._cut_off(machine, clients_too, 1)

    def repair(run: Failover, machine: Machine | None) -> None:
        if machine is not None:
            run._cut_off(machine, clients_too, -1)

    return fail, repair


_Fail = Callable[[Failover, Machine | None, bool], None]
_Repair = Callable[[Failover, Machine | None], None]
_TABLE: dict[str, tuple[_Fail, _Repair]] = {
    "host": (Failover._fail_host, Failover._repair_host),
    "network": _cut(clients_too=True),
    "management network": _cut(clients_too=False),
    "datastore": (Failover._fail_datastore, Failover._repair_datastore),
    "vCenter": (Failover._crash_management, Failover._repair_management),
}
"""What fails and what repairs each component."""
