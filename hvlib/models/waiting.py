"""A guest that waits: steal time, and a lock whose holder was sent away (chapter 2).

A vCPU that is ready while another has the pCPU waits. The host calls that time *CPU ready*, the
guest *steal*. All is read off the scheduler's own trace (:mod:`hvlib.models.credit`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from hvlib.models.credit import VM, Machine, simulate
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.trace import Trace
from hvlib.words import _

TURNS = 30
"""About so many slices are simulated for each vCPU."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the same vCPUs of the VM run: ``running`` of them. In seconds."""

    start: float
    end: float
    running: int


@dataclass(frozen=True, slots=True)
class GuestWaitsResult(Result):
    """All shares are of the time that the VM's vCPUs ask for, which is all of it.

    useful: they run and get on. spun: they run, and wait for a lock that a stopped one holds.
    ready: they wait for a pCPU. apart: share of the time in which some run and some wait.
    runs: (vCPU, start, end) of the VM's stays on pCPUs, in seconds. stretches: the same, counted.
    """

    vcpus: int
    together: bool
    hold: float
    useful: float
    spun: float
    ready: float
    apart: float
    runs: tuple[tuple[int, float, float], ...]
    stretches: tuple[Stretch, ...]

    def describe(self) -> str:
        text = _(
            "Of the CPU time that its vCPUs ask for, the VM gets {got:.0%}. For {ready:.0%} they "
            "are ready and wait: the host calls it CPU ready, the guest steal. {lock}"
        )
        apart = _(
            "For {apart:.0%} of the time some of them run and some wait; with a lock that is held "
            "{hold:.0%} of the time, {spun:.1%} is spent spinning."
        )
        never = _("Never do some of them run and others wait, so none spins for a stopped one.")
        return text.format(
            got=self.useful + self.spun,
            ready=self.ready,
            lock=self.told(apart if self.apart > 0.005 else never),
        )


class GuestWaits(Model):
    """A VM of several vCPUs among busy VMs of one vCPU each, by the credit scheduler.

    Each of the VM's vCPUs holds a lock for ``hold`` of its running time. If one is stopped while it
    holds the lock, those that still run soon want it, and spin for as long as the holder is away:
    that they want it at once is our simplification, so the loss is an upper end. ``together``
    starts and stops all vCPUs of the VM at once (co-scheduling): the pCPUs are then given away in
    groups of so many, and those that make no whole group stay idle.
    """

    title: ClassVar[str] = _("A guest that waits")
    quantities: ClassVar[dict[str, Quantity]] = {
        "ready": Quantity(_("ready, waits"), lambda result: 100 * result.ready, "%"),
        "spun": Quantity(_("spins"), lambda result: 100 * result.spun, "%"),
    }

    vcpus: Annotated[int, Knob(_("vCPUs of the VM"), 1, 4)] = 2
    others: Annotated[int, Knob(_("Other busy vCPUs"), 0, 12)] = 2
    pcpus: Annotated[int, Knob(_("pCPUs"), 1, 8)] = 3
    hold: Annotated[float, Knob(_("Lock held"), 0, 50, "%", step=1)] = 10
    slice: Annotated[float, Knob(_("Time slice"), 1, 100, "ms", log=True)] = 30
    together: Annotated[bool, Knob(_("All vCPUs at once"))] = False

    def run(self) -> GuestWaitsResult:
        span = TURNS * self.slice / 1e3
        trace = self._gangs(span) if self.together else self._apart(span)
        runs = tuple(self._runs(trace, span))
        stretches = tuple(_stretches(runs, span))
        asked = span * self.vcpus
        got = sum(end - start for _vcpu, start, end in runs)
        hold = self.hold / 100
        spun = sum(_spun(s, self.vcpus, hold) for s in stretches)
        apart = sum(s.end - s.start for s in stretches if 0 < s.running < self.vcpus)
        return GuestWaitsResult(
            vcpus=self.vcpus,
            together=self.together,
            hold=hold,
            useful=max(got - spun, 0.0) / asked,  # not less than none by rounding
            spun=spun / asked,
            ready=max(0.0, 1 - got / asked),
            apart=apart / span,
            runs=runs,
            stretches=stretches,
        )

    def _apart(self, span: float) -> Trace:
        """Each vCPU is scheduled for itself."""
        weight = 256.0
        vms = [VM("own", weight * self.vcpus, vcpus=self.vcpus)]
        vms += [VM(f"other {n}", weight) for n in range(self.others)]
        machine = Machine(self.pcpus, slice=self.slice / 1e3)
        return simulate(machine, vms, span, record=span).trace

    def _gangs(self, span: float) -> Trace:
        """Groups of pCPUs, each for all vCPUs of the VM or for as many others, at a time."""
        groups = self.pcpus // self.vcpus
        if not groups:
            return Trace("", (), "model")  # it never runs
        bundles = -(-self.others // self.vcpus)
        vms = [VM("own"), *(VM(f"bundle {n}") for n in range(bundles))]
        return simulate(Machine(groups, slice=self.slice / 1e3), vms, span, record=span).trace

    def _runs(self, trace: Trace, span: float) -> Iterator[tuple[int, float, float]]:
        """The VM's stays on pCPUs, by vCPU."""
        names: dict[str, int] = {}
        for event in trace.of_kind("run"):
            if not event.actor.startswith("own") or event.time >= span:
                continue
            number = names.setdefault(event.actor, len(names))
            end = min(span, event.time + event.duration)
            for vcpu in range(self.vcpus) if self.together else (number,):
                yield vcpu, event.time, end


def _stretches(runs: tuple[tuple[int, float, float], ...], span: float) -> Iterator[Stretch]:
    """How many vCPUs run, from change to change."""
    changes = sorted([(s, 1) for _v, s, _e in runs] + [(e, -1) for _v, _s, e in runs])
    now, running = 0.0, 0
    for at, change in [*changes, (span, 0)]:
        if at > now:
            yield Stretch(now, at, running)
            now = at
        running += change


def _spun(stretch: Stretch, vcpus: int, hold: float) -> float:
    """Seconds of CPU that run to no purpose: the lock may be a stopped vCPU's."""
    held = min(1.0, hold * (vcpus - stretch.running))
    return (stretch.end - stretch.start) * stretch.running * held
