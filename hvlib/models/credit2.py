"""Xen's default scheduler since 4.12, Credit2: who has most credit left runs next.

After xen/common/sched/credit2.c. Kept: credit burns the faster the less a vCPU weighs; the run
queue stands in the order of credit; when the next one has none left, all get the same amount
again; a vCPU runs until it has no more credit than the one that waits, within bounds; a woken vCPU
preempts the running one with least credit, if it has more itself. There is no boost: whoever sleeps
keeps its credit, and so comes soon. Simpler than Xen: one run queue for all pCPUs (Xen has one a
socket by default, and moves load between them), nothing for affinity and hyperthreads, and the
machine's slice is the period in which caps are renewed.
"""

from bisect import insort
from collections.abc import Sequence

from hvlib.models.credit import TINY, UNDER, VM, Machine, Outcome, Pcpu, Simulation, Vcpu

CREDIT = 0.010
"""Seconds of running that everybody gets at a reset (CSCHED2_CREDIT_INIT), and the longest turn."""
CARRYOVER = 0.0005
"""What may be kept beyond that (CSCHED2_CARRYOVER_MAX), and the shortest turn."""


def simulate(
    machine: Machine, vms: Sequence[VM], span: float, *, seed: int = 0, record: float = 0.0
) -> Outcome:
    """Run ``vms`` by Credit2; otherwise as :func:`hvlib.models.credit.simulate`."""
    return _Credit2(machine, vms, seed, record).run(span)


class _Credit2(Simulation):
    def __init__(self, machine: Machine, vms: Sequence[VM], seed: int, record: float) -> None:
        super().__init__(machine, vms, seed, record)
        self.queue = self.pcpus[0].queues[UNDER]
        for vcpu in self.vcpus:
            vcpu.weight, vcpu.credit = vms[vcpu.vm].weight, CREDIT  # not divided, as in Xen
        self.heaviest = max((vcpu.weight for vcpu in self.vcpus), default=1.0)

    def _enqueue(self, vcpu: Vcpu, priority: int) -> None:
        vcpu.priority, vcpu.ready = UNDER, self.now
        insort(self.queue, vcpu, key=lambda other: -other.credit)
        self.waiting[UNDER] += 1

    def _decide(self, pcpu: Pcpu) -> None:
        if self.queue and self.queue[0].credit <= 0:
            for vcpu in self.vcpus:
                vcpu.credit = min(vcpu.credit + CREDIT, CREDIT + CARRYOVER)
        super()._decide(pcpu)

    def _turn(self, vcpu: Vcpu) -> float:
        """Until its credit is that of the next one: not less than the shortest turn."""
        waits = max(0.0, self.queue[0].credit) if self.queue else 0.0
        time = (vcpu.credit - waits) * vcpu.weight / self.heaviest
        return min(CREDIT, max(time, CARRYOVER, self.machine.ratelimit))

    def _charge(self, pcpu: Pcpu, vcpu: Vcpu) -> None:
        super()._charge(pcpu, vcpu)
        burnt = (self.now - pcpu.dispatched) * (self.heaviest / vcpu.weight - 1)
        vcpu.credit = max(-CREDIT, vcpu.credit - burnt)

    def _preempt(self, pcpu: Pcpu, priority: int) -> None:
        """For whoever is first in the queue, stop the running vCPU that has least credit."""
        left, victim = min((self._left(peer), peer.number) for peer in self.pcpus)
        if self.queue and left < self.queue[0].credit - TINY:
            busiest = self.pcpus[victim]
            soonest = max(self.now, busiest.dispatched + self.machine.ratelimit)
            if soonest < busiest.until:
                self._stop_at(busiest, soonest)

    def _left(self, pcpu: Pcpu) -> float:
        """What credit the vCPU on a pCPU would have if it stopped now."""
        vcpu = pcpu.current
        if vcpu is None:
            return CREDIT
        return vcpu.credit - (self.now - pcpu.dispatched) * self.heaviest / vcpu.weight

    def _account(self, _subject: object, _version: int) -> None:
        self._at(self.now + self.machine.slice, self._account, None)
        for vcpu in self.capped:
            self._renew(vcpu)
