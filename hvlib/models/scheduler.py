"""Sharing the CPUs of one host: by credit, as Xen does, or by strict partition, as SPARC does.

The simulations are :mod:`hvlib.models.credit` and :mod:`hvlib.models.credit2`. Here are the knobs,
the partition of strands, and the numbers that a reader compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.listed import sentences
from hvlib.models import credit2
from hvlib.models.credit import CPU_BOUND, VM, Load, Machine, Outcome, simulate
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.shares import fair_shares
from hvlib.numbers import digits, three_digits
from hvlib.trace import Trace
from hvlib.words import _, ngettext, pgettext

SWITCH_COST = 0.075 / (1 - 0.075) * 5e-3
"""Seconds lost by a switch to another domain: 0.405 ms, fitted.

Fitted so that a slice of 5 ms of work and one switch lose 7.5% together, as 128 CPU-bound domains
do (Barham et al. 2003, section 4.5). That is ten times what the same paper's Table 4 gives for a
switch among 16 processes: most of it must be caches that the other 127 domains have emptied.
"""

DECISIONS = 900
"""About how many decisions a run of the model makes at most: what fits well into 10 ms."""

SHOWN = 160
"""About how many of them the trace holds, so that single runs can be told apart in a picture."""

DEFAULT_WEIGHT = 256
"""Weight of a domain unless set (Xen, credit.c)."""

Policy = Literal["credit", "credit2", "partition"]
Work = Literal["CPU-bound", "interactive", "mixed"]
POLICIES: dict[Policy, str] = {
    "credit": pgettext("scheduler", "credit"),
    "credit2": pgettext("scheduler", "credit2"),
    "partition": pgettext("scheduler", "partition"),
}
"""What each is called."""
WORKS: dict[Work, str] = {
    "CPU-bound": pgettext("load", "CPU-bound"),
    "interactive": pgettext("load", "interactive"),
    "mixed": pgettext("load", "mixed"),
}
"""What each is called."""


@dataclass(frozen=True, slots=True)
class VMShare:
    """What one VM got. share, fair: of all pCPUs together (0 to 1); waits in seconds.

    fair: its part by weight, cap and number of vCPUs if all its vCPUs were always busy.
    interactive: whether it sleeps between bursts. started: False if no strands were left for it.
    """

    name: str
    weight: float
    interactive: bool
    started: bool
    share: float
    fair: float
    wait_median: float
    wait_p99: float


@dataclass(frozen=True, slots=True)
class SchedulerResult(Result):
    """vms: by number. span: simulated seconds. grain: the share that one slice makes of the span.

    useful, switching, idle: parts of all pCPUs' time, together 1. switches, decisions: counts.
    trace: the first part of the run, one event a stay on a pCPU (detail: pcpu, vm, priority and
    the seconds that the switch took) and a ``wake`` where an interactive vCPU becomes ready.
    """

    policy: Policy
    pcpus: int
    vms: tuple[VMShare, ...]
    span: float
    grain: float
    useful: float
    switching: float
    idle: float
    switches: int
    decisions: int
    trace: Trace

    @property
    def late(self) -> float:
        """Seconds of the longest p99 wait: of the interactive VMs, or of all where none is."""
        waits = [vm.wait_p99 for vm in self.vms if vm.interactive] or [
            vm.wait_p99 for vm in self.vms
        ]
        return max(waits)

    def describe(self) -> str:
        text = _(
            "VMs that run: {started} of {vms}, on {pcpus}, for {span} s. {useful:.1%} of the "
            "CPU time is useful, {switching:.1%} goes to switches ({switches:,}), {idle:.1%} is "
            "idle."
        )
        whole = self.told(
            text,
            started=sum(vm.started for vm in self.vms),
            vms=len(self.vms),
            pcpus=ngettext("{n} pCPU", "{n} pCPUs", self.pcpus).format(n=self.pcpus),
            span=digits(self.span, 2),
        )
        return sentences(whole, self._first_vm())

    def _first_vm(self) -> str:
        """What VM 1 gets, and how long its vCPUs or those of the interactive VM wait."""
        first = slow = self.vms[0]
        text = _(
            "VM 1 gets {share:.1%} ± {grain}% of the host (entitled to {fair:.1%}); its vCPUs "
            "wait {median} ms in the median, {p99} ms at p99."
        )
        sleepers = [vm for vm in self.vms if vm.interactive and vm.started]
        if sleepers:
            slow = max(sleepers, key=lambda vm: vm.wait_p99)
            text = _(
                "VM 1 gets {share:.1%} ± {grain}% of the host (entitled to {fair:.1%}); the "
                "interactive {name} waits {median} ms in the median, {p99} ms at p99."
            )
        return text.format(
            share=first.share,
            fair=first.fair,
            grain=digits(self.grain * 100, 2),
            name=slow.name,
            median=three_digits(slow.wait_median * 1e3),
            p99=three_digits(slow.wait_p99 * 1e3),
        )


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least ``part`` of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    index = -int(-part * len(ordered) // 1) - 1
    return ordered[max(0, index)] if ordered else 0.0


def entitlements(vms: Sequence[VM], pcpus: int) -> list[float]:
    """Each VM's part of all pCPUs (0 to 1) by weight, if every vCPU is always busy."""
    limits = [min(float(vm.vcpus), vm.cap or vm.vcpus) for vm in vms]
    shares = fair_shares([vm.weight for vm in vms], limits, pcpus)
    return [share / pcpus for share in shares]


def admitted(vms: Sequence[VM], strands: int) -> list[bool]:
    """Which VMs start when each vCPU needs a strand of its own, first come, first served."""
    answers = []
    for vm in vms:
        answers.append(vm.vcpus <= strands)
        strands -= vm.vcpus if answers[-1] else 0
    return answers


def partition(
    vms: Sequence[VM], strands: int, span: float, *, seed: int = 0, record: float = 0.0
) -> Outcome:
    """Run the admitted VMs, each vCPU alone on its strand for ``span`` seconds; no switch ever.

    The outcome covers all the strands and all the VMs; one that was not admitted ran 0 s.
    """
    starts = admitted(vms, strands)
    running = [vm for vm, starts_up in zip(vms, starts, strict=True) if starts_up]
    machine = Machine(pcpus=strands, slice=span, ratelimit=0.0)
    free = [VM(vm.name, vm.weight, 0.0, vm.vcpus, vm.load) for vm in running]
    outcome = simulate(machine, free, span, seed=seed, record=record)
    ran, waits = iter(outcome.ran), iter(outcome.waits)
    return Outcome(
        span=span,
        ran=tuple(next(ran) if starts_up else 0.0 for starts_up in starts),
        waits=tuple(next(waits) if starts_up else () for starts_up in starts),
        switching=0.0,
        idle=outcome.idle,
        switches=0,
        decisions=outcome.decisions,
        trace=outcome.trace,
    )


class CreditScheduler(Model):
    """Who runs when: an event-driven credit scheduler, or strands assigned to VMs.

    ``credit``: each slice (Xen's default is 30 ms) all pCPUs' time is handed out as credit by
    weight; a vCPU with credit goes before one without, a woken one with credit (boost) before
    both, but not before the running one has had the rate limit. ``credit2``: Xen's default since
    4.12; who has most credit left runs next, until another one has more, and slice and boost mean
    nothing. ``partition``: each vCPU owns a strand, as in Oracle VM Server for SPARC; VMs for which
    no strands are left do not start.
    All VMs weigh 256 except VM 1. In the mixed load every second VM is interactive.
    The span is chosen so that at most about 900 decisions are made; a share is no finer than
    ``grain``.
    A switch costs a few µs, and then the caches fill again: the more others ran since, the less
    is left in them. Both defaults are assumptions for a processor of today; SWITCH_COST, fitted to
    128 busy domains of 2003, is a hundred times as much, and only the comparison uses it.
    """

    title: ClassVar[str] = _("Sharing the CPUs")
    quantities: ClassVar[dict[str, Quantity]] = {
        "late": Quantity(_("late answers"), lambda result: 1000 * result.late, "ms"),
        "useful": Quantity(_("useful time"), lambda result: 100 * result.useful, "%"),
        "share": Quantity(_("share of VM 1"), lambda result: 100 * result.vms[0].share, "%"),
    }

    policy: Annotated[Policy, Knob(_("Policy"), names=POLICIES)] = "credit"
    load: Annotated[Work, Knob(_("Load"), names=WORKS)] = "mixed"
    pcpus: Annotated[int, Knob(_("pCPUs (or strands)"), 1, 8)] = 2
    vms: Annotated[int, Knob(_("VMs"), 1, 64, log=True)] = 4
    vcpus: Annotated[int, Knob(_("vCPUs of each VM"), 1, 4)] = 1
    weight: Annotated[
        float, Knob(_("Weight of VM 1"), 1, 2048, step=1, ticks=((256, _("as the others")),))
    ] = 512
    cap: Annotated[float, Knob(_("Cap of VM 1 (0: none)"), 0, 400, "%", step=5)] = 0
    slice: Annotated[
        float,
        Knob(_("Time slice"), 1, 100, "ms", log=True, ticks=((30, _("Xen's default")),)),
    ] = 30
    boost: Annotated[bool, Knob(_("Boost woken vCPUs"))] = True
    ratelimit: Annotated[
        float, Knob(_("Run at least before preemption"), 0, 10, "ms", step=0.1)
    ] = 1
    switch_cost: Annotated[float, Knob(_("Cost of a switch"), 0, 1000, "µs", step=1)] = 3
    refill: Annotated[float, Knob(_("Caches, for each other that ran"), 0, 100, "µs", step=1)] = 5
    burst: Annotated[float, Knob(_("Interactive: burst"), 0.5, 10, "ms", step=0.1)] = 1
    sleep: Annotated[float, Knob(_("Interactive: sleep"), 1, 100, "ms")] = 9
    seed: Annotated[int, Knob(_("Random seed"), 0, 99)] = 0

    def run(self) -> SchedulerResult:
        vms = self.machines()
        span = self._span()
        record = span * SHOWN / DECISIONS
        if self.policy == "partition":
            outcome = partition(vms, self.pcpus, span, seed=self.seed, record=record)
            starts = admitted(vms, self.pcpus)
            fair = [vm.vcpus / self.pcpus * ok for vm, ok in zip(vms, starts, strict=True)]
        else:
            run = credit2.simulate if self.policy == "credit2" else simulate
            outcome = run(self.machine(), vms, span, seed=self.seed, record=record)
            starts = [True] * len(vms)
            fair = entitlements(vms, self.pcpus)
        total = span * self.pcpus
        shares = (ran / total for ran in outcome.ran)
        return self._result(outcome, tuple(map(_share, vms, starts, fair, shares, outcome.waits)))

    def machine(self) -> Machine:
        """The host and the scheduler's parameters in seconds."""
        return Machine(
            pcpus=self.pcpus,
            slice=self.slice / 1e3,
            ratelimit=self.ratelimit / 1e3,
            boost=self.boost,
            switch_cost=self.switch_cost / 1e6,
            refill=self.refill / 1e6,
        )

    def machines(self) -> list[VM]:
        """The VMs that the knobs describe."""
        interactive = Load(self.burst / 1e3, self.sleep / 1e3)
        every = {"CPU-bound": 0, "interactive": 1, "mixed": 2}[self.load]
        return [
            VM(
                name=_("VM {n}").format(n=n),
                weight=self.weight if n == 1 else DEFAULT_WEIGHT,
                cap=self.cap / 100 if n == 1 else 0.0,
                vcpus=self.vcpus,
                load=interactive if every and n % every == 0 else CPU_BOUND,
            )
            for n in range(1, self.vms + 1)
        ]

    def _turn(self) -> float:
        """About how long a vCPU that computes stays on its pCPU, ms."""
        return max(self.ratelimit, 0.5) if self.policy == "credit2" else self.slice

    def _span(self) -> float:
        """Seconds in which about DECISIONS are made; accounting costs as much as a few."""
        vcpus = self.vms * self.vcpus
        slices = (self.pcpus + 1 + vcpus / 12) / self._turn()
        part = {"CPU-bound": 0.0, "interactive": 1.0, "mixed": 0.5}[self.load]
        wakes = min(vcpus * part / (self.burst + self.sleep), self.pcpus / self.burst)
        return DECISIONS / (slices + 3 * wakes) / 1e3

    def _result(self, outcome: Outcome, vms: tuple[VMShare, ...]) -> SchedulerResult:
        total = outcome.span * self.pcpus
        return SchedulerResult(
            policy=self.policy,
            pcpus=self.pcpus,
            vms=vms,
            span=outcome.span,
            grain=min(1.0, self._turn() / 1e3 / total) if self.policy != "partition" else 0.0,
            useful=sum(outcome.ran) / total,
            switching=outcome.switching / total,
            idle=outcome.idle / total,
            switches=outcome.switches,
            decisions=outcome.decisions,
            trace=outcome.trace,
        )


def _share(vm: VM, started: bool, fair: float, share: float, waits: Sequence[float]) -> VMShare:
    return VMShare(
        name=vm.name,
        weight=vm.weight,
        interactive=vm.load.sleep > 0,
        started=started,
        share=share,
        fair=fair,
        wait_median=quantile(waits, 0.5),
        wait_p99=quantile(waits, 0.99),
    )
