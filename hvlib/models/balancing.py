"""Load balancing (DRS): it works in the management VM, and moves VMs by live migration.

Two rules. Since vSphere 7.0, DRS asks each minute how well each VM fares where it is, and whether
it would fare better on another host (VM DRS score). Up to 6.7 it asked every five minutes how even
the hosts' load was. What is the model's own: a VM's score is only the share of the CPU it wants
that it gets, where VMware's also counts memory, caches and the cost of the move; and the
thresholds of the levels.
"""

import math
from collections.abc import Callable

from hvlib.models.cluster_state import ClusterState, Guest, Machine, spread
from hvlib.models.migration import Link, pre_copy
from hvlib.models.working_set import two_classes

SPREAD = {1: math.inf, 2: 0.30, 3: 0.15, 4: 0.10, 5: 0.05}
"""Spread of the hosts' CPU load (standard deviation) above which each level moves VMs. The five
levels and the default of 3 are VMware's; these thresholds are the model's own."""
GAIN = {1: math.inf, 2: 0.20, 3: 0.10, 4: 0.05, 5: 0.01}
"""By how much a VM's score must rise at each level for a move: the model's own as well."""
GUEST_HOT = 0.005
GUEST_HOT_RATE, GUEST_COLD_RATE = 31.0, 6.6e-4
"""Dirtying of a moved VM: the model's own."""
RESUME = 0.04


class Balancer:
    """Moves VMs in a cluster; ``on_room`` is called when a move has left room behind."""

    def __init__(self, state: ClusterState, on_room: Callable[[], None]) -> None:
        self.state, self.settings, self.on_room = state, state.settings, on_room
        self._settled: object = None
        self._costs: dict[float, tuple[float, float]] = {}
        if self.settings.drs:
            state.at(self.settings.period, self._look)

    def _look(self) -> None:
        state = self.state
        state.at(state.now + self.settings.period, self._look)
        seen = (state.changes, state.balance[-1])
        if not self.manages() or seen == self._settled:
            return
        self._settled = seen
        idle = [m for m in state.machines if m.reachable and m.index not in state.spare]
        planned = {m.index: m.load for m in idle}
        for _pair in range(len(idle) // 2):
            source = max(idle, key=lambda m: (planned[m.index], -m.index))
            target = min(idle, key=lambda m: (planned[m.index], m.index))
            guest = self._best_move(source, target, planned)
            if not self._worth(guest, source, target, planned):
                return
            idle.remove(source)
            if guest is not None:
                idle.remove(target)
                planned[source.index] -= guest.vm.cpu / source.host.cpu
                planned[target.index] += guest.vm.cpu / target.host.cpu
                self._move(guest, target)

    def manages(self) -> bool:
        """Whether the management VM works and reaches the hosts."""
        guest = self.state.management
        if guest is None or guest.host is None:
            return False
        works = self.state.status(guest) in ("running", "moving")
        return works and self.state.machines[guest.host].reachable

    def _worth(
        self, guest: Guest | None, source: Machine, target: Machine, load: dict[int, float]
    ) -> bool:
        """Whether the rule asks for a move from the busiest host to the least busy one."""
        level = self.settings.drs_level
        if self.settings.drs_rule == "host load":
            return spread(load.values()) > SPREAD[level] and load[source.index] > load[target.index]
        if guest is None:
            return False
        there = load[target.index] + guest.vm.cpu / target.host.cpu
        return _score(there) - _score(load[source.index]) >= GAIN[level]

    def _best_move(self, source: Machine, target: Machine, load: dict[int, float]) -> Guest | None:
        """The VM whose move leaves the least spread over all hosts, if any lessens it."""
        total, squares = sum(load.values()), sum(value * value for value in load.values())
        here, there = load[source.index], load[target.index]

        def variance(cpu: float) -> float:
            less, more = here - cpu / source.host.cpu, there + cpu / target.host.cpu
            moved = squares - here * here - there * there + less * less + more * more
            return moved / len(load) - ((total - here - there + less + more) / len(load)) ** 2

        fitting = [g for g in source.guests if g.state == "on" and g.to is None and target.fits(g)]
        best = min(fitting, key=lambda g: (variance(g.vm.cpu), g.index), default=None)
        if best is None or variance(best.vm.cpu) >= variance(0.0) - 1e-9:
            return None
        return best

    def _move(self, guest: Guest, target: Machine) -> None:
        target.take(guest)
        guest.to = target.index
        guest.change += 1
        total, down = self._cost(guest.vm.memory)
        self.state.note(guest)
        self.state.at(self.state.now + total, self._moved, guest, guest.change, down)

    def _moved(self, guest: Guest, change: int, down: float) -> None:
        if change != guest.change or guest.to is None:
            return
        target = self.state.machines[guest.to]
        self.state.end_move(guest)
        self.state.vacate(guest)
        self.state.occupy(guest, target)
        guest.moves += 1
        guest.move_down += down
        self.state.note(guest)
        self.on_room()

    def _cost(self, memory: float) -> tuple[float, float]:
        """(seconds in all, seconds standing still) of a live migration, by the pre-copy model.

        The increment is a tenth of the maximum, as Clark's 50 of 500 Mbit/s are.
        """
        if memory not in self._costs:
            rate = self.settings.move_rate
            guest = two_classes(
                memory * 1e3, memory * 1e3 * GUEST_HOT, GUEST_HOT_RATE, GUEST_COLD_RATE
            )
            done = pre_copy(guest, Link(rate / 2, rate, rate / 10))
            down = done.left * 8 / rate + RESUME
            self._costs[memory] = (sum(r.duration for r in done.rounds) + down, down)
        return self._costs[memory]


def _score(load: float) -> float:
    """Share of the CPU it wants that a VM gets on a host of this load."""
    return 1 / max(1.0, load)
