"""An event-driven credit scheduler: proportional shares of several pCPUs among many vCPUs.

In the manner of Xen's credit scheduler (xen/common/sched/credit.c). Kept: weights, caps, the time
slice, one run queue a pCPU with stealing, the priorities BOOST, UNDER and OVER, the boost of woken
vCPUs, and the rate limit on preemption. Simpler than Xen: credits are charged exactly when a vCPU
leaves its pCPU (Xen charges at ticks), a cap stops a vCPU at the moment its allowance is used up
(Xen parks it at the next accounting), nobody hoards more than one slice of credit in sleep, and
those that wait at one priority stand in the order of their credit (in Xen as they came), without
which a weight that entitles to more than one pCPU would upset the shares of all others.

Times are seconds. Nothing here knows of knobs: :func:`simulate` takes any machine and any VMs.
"""

import heapq
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Any

from hvlib.models.model import within
from hvlib.models.shares import fair_shares
from hvlib.trace import Event, Trace

BOOST, UNDER, OVER = 0, 1, 2
PRIORITIES = ("boost", "under", "over")
TINY = 1e-9
"""Less than this many seconds of work, allowance or difference counts as none."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a vCPU does: run ``burst`` seconds, sleep ``sleep`` seconds, and again.

    Both are means of exponential distributions. ``sleep`` 0 means always busy (CPU-bound).
    """

    burst: float = 0.0
    sleep: float = 0.0

    def __post_init__(self) -> None:
        within(self, burst=(TINY if self.sleep else 0, math.inf), sleep=(0, math.inf))


CPU_BOUND = Load()


@dataclass(frozen=True, slots=True)
class VM:
    """A VM: weight against other VMs, cap in pCPUs (0 for none), vCPUs, and what each runs.

    Weight and cap are of the whole VM; its vCPUs divide them equally.
    """

    name: str
    weight: float = 256
    cap: float = 0.0
    vcpus: int = 1
    load: Load = CPU_BOUND

    def __post_init__(self) -> None:
        within(self, weight=(TINY, math.inf), cap=(0, math.inf), vcpus=(1, 4096))


@dataclass(frozen=True, slots=True)
class Machine:
    """The pCPUs and the scheduler's parameters; times in seconds.

    slice: longest stay on a pCPU while others wait, and the accounting period.
    ratelimit: shortest stay before a woken vCPU may preempt.
    boost: whether a woken vCPU with credit goes before all others.
    switch_cost: time lost whenever a pCPU starts a vCPU other than its last. refill: what it then
    takes to fill the caches again, for each other vCPU that ran there since this one did.
    """

    pcpus: int = 1
    slice: float = 0.030
    ratelimit: float = 0.001
    boost: bool = True
    switch_cost: float = 0.0
    refill: float = 0.0

    def __post_init__(self) -> None:
        within(self, pcpus=(1, 4096), slice=(1e-6, math.inf), ratelimit=(0, math.inf),
               switch_cost=(0, math.inf), refill=(0, math.inf))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """Totals of a simulated span. All by VM in the order given; seconds.

    ran: useful CPU time. waits: every time that a vCPU of the VM stood ready without a pCPU.
    switching, idle: of all pCPUs together; so ran, switching and idle add up to pcpus x span.
    decisions: how often a pCPU chose what to run next. trace: the runs and wakes that began in the
    first ``summary["window"]`` seconds.
    """

    span: float
    ran: tuple[float, ...]
    waits: tuple[tuple[float, ...], ...]
    switching: float
    idle: float
    switches: int
    decisions: int
    trace: Trace


def simulate(
    machine: Machine, vms: Sequence[VM], span: float, *, seed: int = 0, record: float = 0.0
) -> Outcome:
    """Run ``vms`` on ``machine`` for ``span`` seconds; trace what starts in the first ``record``.

    Deterministic for a seed. No VMs give an idle machine. Raises ValueError for span <= 0.
    """
    if span <= 0:
        raise ValueError(f"span must be above 0, not {span}")
    return Simulation(machine, vms, seed, record).run(span)


@dataclass(slots=True, eq=False)
class Vcpu:
    """State of one vCPU. ready: since when it waits. started is kept by its pCPU."""

    vm: int
    name: str
    weight: float
    quota: float  # seconds of CPU time that an accounting period grants at most
    capped: bool
    load: Load
    pcpu: "Pcpu"
    waits: list[float]  # shared by the vCPUs of a VM
    credit: float = 0.0
    allowance: float = 0.0  # what is left of the quota; used only if capped
    burst: float = 0.0  # work left before it sleeps
    priority: int = UNDER
    ready: float = 0.0
    asleep: bool = False
    parked: bool = False
    ran: float = 0.0
    left: int = 0  # of its pCPU's starts, the one that was its own


_credit = attrgetter("credit")


def _queues() -> tuple[list[Vcpu], ...]:
    return [], [], []


@dataclass(slots=True, eq=False)
class Pcpu:
    """State of one pCPU. version: number of its last decision; older timers are void."""

    number: int
    queues: tuple[list[Vcpu], ...] = field(default_factory=_queues)
    current: Vcpu | None = None
    last: Vcpu | None = None
    dispatched: float = 0.0
    started: float = 0.0  # dispatched plus the cost of the switch
    until: float = 0.0
    version: int = 0
    starts: int = 0  # how often it has changed from one vCPU to another


Handler = Callable[[Any, int], None]
Timer = tuple[float, int, Handler, object, int]
"""When, a running number (first come, first served), what to call, with what, and its version."""


class Simulation:
    """One run: a heap of timers, the run queues, and counters."""

    def __init__(self, machine: Machine, vms: Sequence[VM], seed: int, record: float) -> None:
        self.machine = machine
        self.vms = vms
        self.record = record
        self.random = random.Random(seed)
        self.now = 0.0
        self.order = count()
        self.timers: list[Timer] = []
        self.waits: list[list[float]] = [[] for _vm in vms]
        self.pcpus = [Pcpu(number) for number in range(machine.pcpus)]
        self.vcpus = list(self._all_vcpus())
        self.capped = [vcpu for vcpu in self.vcpus if vcpu.capped]
        self.sleepers = [vcpu for vcpu in self.vcpus if vcpu.load.sleep]
        self.resting: list[Vcpu] | None = None
        self.shares: list[tuple[Vcpu, float]] = []
        self.waiting = [0, 0, 0]  # how many wait at each priority, in all queues
        self.events: list[Event] = []
        self.switching = self.idle = 0.0
        self.switches = self.decisions = 0
        # Read at every decision; an attribute of self is quicker than one of the machine.
        self.slice = machine.slice
        self.switch_cost, self.refill = machine.switch_cost, machine.refill
        # No vCPU reaches its quota while a unit of weight earns at most this.
        self.expire: Handler = self._expire
        self.tightest = min((v.quota / v.weight for v in self.vcpus), default=0.0)

    def _all_vcpus(self) -> Iterator[Vcpu]:
        place = 0
        for index, vm in enumerate(self.vms):
            limit = min(1.0, vm.cap / vm.vcpus) if vm.cap else 1.0
            quota = limit * self.machine.slice
            for number in range(vm.vcpus):
                name = vm.name if vm.vcpus == 1 else f"{vm.name}.{number}"
                home = self.pcpus[place % len(self.pcpus)]
                weight = vm.weight / vm.vcpus
                yield Vcpu(
                    index,
                    name,
                    weight,
                    quota,
                    limit < 1,
                    vm.load,
                    home,
                    self.waits[index],
                    allowance=quota,
                )
                place += 1

    def run(self, span: float) -> Outcome:
        """Handle timers in the order of time until ``span`` is over."""
        self._begin()
        timers = self.timers
        while timers and timers[0][0] < span:
            self.now, _order, handle, subject, version = heapq.heappop(timers)
            handle(subject, version)
        self.now = span
        self._finish()
        return self._outcome(span)

    def _begin(self) -> None:
        for vcpu in self.vcpus:
            if vcpu.load.sleep:
                vcpu.asleep = True
                self._at(self._draw(vcpu.load.sleep), self._wake, vcpu)
            else:
                vcpu.burst = float("inf")
                self._enqueue(vcpu, UNDER)
        for pcpu in self.pcpus:
            self._decide(pcpu)
            if pcpu.current is not None and not math.isinf(pcpu.until):
                # Staggered, lest all pCPUs for ever decide at the same moments.
                self._stop_at(pcpu, pcpu.until * (pcpu.number + 1) / len(self.pcpus))
        if self.vcpus:
            self._at(self.machine.slice, self._account, None)

    def _at(self, time: float, handle: Handler, subject: object, version: int = 0) -> None:
        heapq.heappush(self.timers, (time, next(self.order), handle, subject, version))

    def _draw(self, mean: float) -> float:
        return -mean * math.log(1.0 - self.random.random())

    # What runs next -------------------------------------------------------------------------

    def _expire(self, pcpu: Pcpu, version: int) -> None:
        """The timer of a pCPU: slice, burst or allowance is over, or a woken vCPU may preempt."""
        if version == pcpu.version:
            self._stop(pcpu)
            self._decide(pcpu)
            if self.waiting[UNDER]:
                self._preempt_over()

    def _preempt_over(self) -> None:
        """No vCPU without credit stays on a pCPU while one with credit waits."""
        for peer in self.pcpus:
            current = peer.current
            if current is not None and current.priority == OVER:
                self._preempt(peer, UNDER)
                return

    def _decide(self, pcpu: Pcpu) -> None:
        """Put the best waiting vCPU on a pCPU that has none.

        The best is the first of the highest priority waiting anywhere: from the pCPU's own queue
        if it has one of that priority, else stolen. So no pCPU idles while a vCPU waits.
        """
        self.decisions += 1
        for priority, waiting in enumerate(self.waiting):
            if waiting:
                self.waiting[priority] = waiting - 1
                queue = pcpu.queues[priority] or self._steal_from(priority)
                self._start(pcpu, queue.pop(0))
                return
        pcpu.version += 1
        pcpu.dispatched = self.now

    def _steal_from(self, priority: int) -> list[Vcpu]:
        return next(peer.queues[priority] for peer in self.pcpus if peer.queues[priority])

    def _start(self, pcpu: Pcpu, vcpu: Vcpu) -> None:
        now = begin = self.now
        if pcpu.last is not vcpu:
            vcpu.waits.append(now - vcpu.ready)
            pcpu.starts += 1
            everybody = len(self.vcpus) - 1
            since = pcpu.starts - 1 - vcpu.left if vcpu.pcpu is pcpu else everybody
            cost = self.switch_cost + self.refill * min(since, everybody)
            begin += cost
            self.switching += cost
            self.switches += 1
        elif now > vcpu.ready:
            vcpu.waits.append(now - vcpu.ready)
        pcpu.current = pcpu.last = vcpu
        vcpu.pcpu, vcpu.left = pcpu, pcpu.starts
        pcpu.dispatched = now
        pcpu.started = begin
        stay = min(vcpu.burst, self._turn(vcpu))
        if vcpu.capped and vcpu.allowance < stay:
            stay = vcpu.allowance
        self._stop_at(pcpu, begin + stay)

    def _turn(self, _vcpu: Vcpu) -> float:
        """The longest stay on a pCPU while others wait."""
        return self.slice

    def _stop_at(self, pcpu: Pcpu, time: float) -> None:
        pcpu.until = time
        pcpu.version += 1
        timer = (time, next(self.order), self.expire, pcpu, pcpu.version)
        heapq.heappush(self.timers, timer)

    def _stop(self, pcpu: Pcpu) -> None:
        """Take the running vCPU off: charge it, and let it sleep, park or queue."""
        vcpu = pcpu.current
        if vcpu is None:
            self.idle += self.now - pcpu.dispatched
            return
        pcpu.current = None
        self._charge(pcpu, vcpu)
        if vcpu.burst <= TINY:
            vcpu.asleep = True
            self._at(self.now + self._draw(vcpu.load.sleep), self._wake, vcpu)
        elif vcpu.capped and vcpu.allowance <= TINY:
            vcpu.parked = True
        else:
            self._enqueue(vcpu, UNDER if vcpu.credit > -TINY else OVER)

    def _charge(self, pcpu: Pcpu, vcpu: Vcpu) -> None:
        progress = self.now - pcpu.started
        if progress < 0:  # preempted in the middle of the switch
            self.switching += progress
            progress = 0.0
        stay = self.now - pcpu.dispatched
        vcpu.ran += progress
        vcpu.burst -= progress
        vcpu.credit -= stay
        vcpu.allowance -= stay
        if pcpu.dispatched < self.record:
            self._note_run(pcpu, vcpu, stay)

    def _note_run(self, pcpu: Pcpu, vcpu: Vcpu, stay: float) -> None:
        detail = {
            "pcpu": pcpu.number,
            "vm": self.vms[vcpu.vm].name,
            "priority": PRIORITIES[vcpu.priority],
            "switch": min(stay, pcpu.started - pcpu.dispatched),
        }
        self.events.append(Event(pcpu.dispatched, "run", vcpu.name, stay, detail))

    # Who becomes ready ----------------------------------------------------------------------

    def _enqueue(self, vcpu: Vcpu, priority: int) -> None:
        vcpu.priority = priority
        vcpu.ready = self.now
        queue = vcpu.pcpu.queues[priority]
        if queue and vcpu.credit > queue[0].credit:
            queue.insert(0, vcpu)
        else:
            queue.append(vcpu)
        self.waiting[priority] += 1

    def _wake(self, vcpu: Vcpu, _version: int) -> None:
        """A sleeper has work again: boosted if it has credit and boost is on."""
        vcpu.asleep = False
        vcpu.burst = max(self._draw(vcpu.load.burst), 2 * TINY)
        vcpu.credit = min(vcpu.credit, self.machine.slice)
        if self.now < self.record:
            self.events.append(Event(self.now, "wake", vcpu.name))
        if vcpu.capped and vcpu.allowance <= TINY:
            vcpu.parked = True
        elif vcpu.credit <= -TINY:
            self._make_ready(vcpu, OVER)
        else:
            self._make_ready(vcpu, BOOST if self.machine.boost else UNDER)

    def _make_ready(self, vcpu: Vcpu, priority: int) -> None:
        """Queue a vCPU, and let an idle pCPU take it or its own pCPU be preempted for it."""
        self._enqueue(vcpu, priority)
        idle = self._idle_pcpu(vcpu.pcpu)
        if idle is not None:
            self._stop(idle)
            self._decide(idle)
        else:
            self._preempt(vcpu.pcpu, priority)

    def _idle_pcpu(self, home: Pcpu) -> Pcpu | None:
        if home.current is None:
            return home
        return next((pcpu for pcpu in self.pcpus if pcpu.current is None), None)

    def _preempt(self, pcpu: Pcpu, priority: int) -> None:
        current = pcpu.current
        if current is None or current.priority <= priority:
            return
        soonest = max(self.now, pcpu.dispatched + self.machine.ratelimit)
        if soonest < pcpu.until:
            self._stop_at(pcpu, soonest)

    # Accounting -----------------------------------------------------------------------------

    def _account(self, _subject: object, _version: int) -> None:
        """Once a slice: hand out the pCPUs' time as credit, renew allowances, promote."""
        self._at(self.now + self.machine.slice, self._account, None)
        self._grant_credit()
        self._sort_queues()
        for vcpu in self.capped:
            self._renew(vcpu)

    def _grant_credit(self) -> None:
        """By weight, to all but sleepers that already hold a slice's worth."""
        full = self.slice
        resting = [v for v in self.sleepers if v.asleep and v.credit >= full]
        if resting != self.resting:
            self.resting, self.shares = resting, self._shares(resting)
        for vcpu, share in self.shares:
            vcpu.credit += share

    def _shares(self, resting: list[Vcpu]) -> list[tuple[Vcpu, float]]:
        """What each of the others gets at an accounting; kept until others rest."""
        earners = [v for v in self.vcpus if v not in resting]
        pot = self.slice * len(self.pcpus)
        weights = [v.weight for v in earners]
        unit = pot / (sum(weights) or 1.0)
        if unit <= self.tightest:
            return [(v, v.weight * unit) for v in earners]
        quotas = [v.quota for v in earners]
        return list(zip(earners, fair_shares(weights, quotas, pot), strict=True))

    def _sort_queues(self) -> None:
        """Order each queue by credit, and move whoever has some again from OVER to UNDER."""
        for pcpu in self.pcpus:
            _boost, under, over = pcpu.queues
            if len(over) > 1:
                over.sort(key=_credit, reverse=True)
            while over and over[0].credit > -TINY:
                over[0].priority = UNDER
                under.append(over.pop(0))
                self.waiting[OVER] -= 1
                self.waiting[UNDER] += 1
            if len(under) > 1:
                under.sort(key=_credit, reverse=True)

    def _renew(self, vcpu: Vcpu) -> None:
        """Grant the next period's quota; what it could not use stays, up to one more period's."""
        vcpu.allowance = min(vcpu.allowance, vcpu.quota) + vcpu.quota
        if vcpu.parked and vcpu.allowance > TINY:
            vcpu.parked = False
            self._make_ready(vcpu, UNDER if vcpu.credit > -TINY else OVER)

    # The end --------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Close what is under way, so that time adds up and no starving vCPU goes unseen."""
        for pcpu in self.pcpus:
            if pcpu.current is None:
                self.idle += self.now - pcpu.dispatched
            else:
                self._charge(pcpu, pcpu.current)
            for queue in pcpu.queues:
                for vcpu in queue:
                    vcpu.waits.append(self.now - vcpu.ready)

    def _outcome(self, span: float) -> Outcome:
        ran = [0.0] * len(self.vms)
        for vcpu in self.vcpus:
            ran[vcpu.vm] += vcpu.ran
        self.events.sort(key=lambda event: event.time)
        return Outcome(
            span=span,
            ran=tuple(ran),
            waits=tuple(map(tuple, self.waits)),
            switching=self.switching,
            idle=self.idle,
            switches=self.switches,
            decisions=self.decisions,
            trace=Trace("CPU scheduling", tuple(self.events), summary={"window": self.record}),
        )
