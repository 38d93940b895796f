"""A hypervisor that is a program of the host: what its guests get of CPU, memory, I/O (chapter 3).

Three effects are kept apart. The host's scheduler shares CPUs between VM processes and other
programs by weight. The host's memory may not hold all of them, and swaps. And each event of a
workload (system call, page fault, context switch, packet, disk block) costs more in a guest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.listed import sentences
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.shares import fair_shares
from hvlib.words import _, ngettext

Environment = Literal["native", "xen", "workstation", "uml"]
Event = Literal["system call", "page fault", "process", "context switch", "packet", "disk block"]
WorkloadName = Literal[
    "SPEC INT2000", "Linux build", "OSDB-IR", "OSDB-OLTP", "dbench", "SPEC WEB99"
]
WORKLOAD_NAMES: dict[WorkloadName, str] = {"Linux build": _("Linux build")}
"""What each is called, where it has no proper name."""

# --- the host's scheduler -------------------------------------------------------------------

NICE_0_WEIGHT = 1024
"""Weight of a process with nice 0 (Linux, kernel/sched/core.c, sched_prio_to_weight)."""

NICE_STEP = 1.25
"""Ratio of the weights of neighbouring nice levels (the comment above the same table)."""


def weight_of(nice: int) -> float:
    """The scheduling weight of a nice value, 1024 / 1.25**nice.

    Linux stores the same sequence rounded, as the table ``sched_prio_to_weight``: 88761 for -20,
    15 for 19; the formula stays within 4% of each entry. Raises ValueError outside -20 to 19.
    """
    if not -20 <= nice <= 19:
        raise ValueError(_("a nice value is -20 to 19, not {nice}").format(nice=nice))
    return NICE_0_WEIGHT / NICE_STEP**nice


# --- what an event costs --------------------------------------------------------------------

PACKET_BITS = 12_000
"""Bits of a 1,500-byte packet, to turn the bandwidths of Table 6 into microseconds a packet."""


@dataclass(frozen=True, slots=True)
class EventCost:
    """Microseconds of one event in each environment, and where the numbers come from."""

    native: float
    xen: float
    workstation: float
    uml: float
    where: str

    def of(self, environment: Environment) -> float:
        """Microseconds in one environment."""
        return float(getattr(self, environment))

    def excess(self, environment: Environment) -> float:
        """How much longer than native, as a share of native: 0 for no difference."""
        return self.of(environment) / self.native - 1


EVENTS: dict[Event, EventCost] = {
    "system call": EventCost(0.45, 0.46, 0.73, 24.7, "Table 3, null call"),
    "page fault": EventCost(1.42, 2.73, 12.4, 26.3, "Table 5, page fault"),
    "process": EventCost(
        110 + 530, 198 + 768, 874 + 2300, 21_000 + 33_000, "Table 3, fork and exec"
    ),
    "context switch": EventCost(0.91, 2.22, 17.6, 14.6, "Table 4, 2 processes of 16 KB"),
    "packet": EventCost(
        PACKET_BITS / 897,
        PACKET_BITS / 897,
        PACKET_BITS / 291,
        PACKET_BITS / 165,
        "Table 6, ttcp sending at MTU 1500, as µs a packet",
    ),
    "disk block": EventCost(
        0.50 + 0.91,
        0.50 + 2.22,
        0.83 + 17.6,
        25.1 + 14.6,
        "an assumption: one null I/O (Table 3) and one context switch (Table 4); "
        "no table measures a disk block",
    ),
}
"""Event costs after Barham et al., “Xen and the Art of Virtualization”, SOSP 2003."""

# --- the workloads of Figure 3 --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Workload:
    """A benchmark of Figure 3 of Barham et al. 2003 as a mix of events.

    profile: which events it consists of besides its own computing, as shares that sum to 1. It is
    chosen by what the benchmark does, not fitted, but not blindly either: the other rows were known
    when it was chosen, and :meth:`bounds` says how much the choice matters. native, xen: the
    published scores, from which the one fitted number comes: how much of the run the profile takes.
    lower_is_better: for times.
    """

    name: WorkloadName
    profile: Mapping[Event, float]
    native: float
    xen: float
    unit: str
    lower_is_better: bool

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return WORKLOAD_NAMES.get(self.name, self.name)

    def slowdown(self, score: float) -> float:
        """Time relative to native that a score stands for."""
        return score / self.native if self.lower_is_better else self.native / score

    def score(self, slowdown: float) -> float:
        """The score at a time relative to native."""
        return self.native * slowdown if self.lower_is_better else self.native / slowdown

    def mix(self) -> dict[Event, float]:
        """Share of the native run time that each event takes, fitted on native and Xen alone."""
        excess = sum(share * EVENTS[event].excess("xen") for event, share in self.profile.items())
        if not self.profile or excess <= 0:
            return {}
        scale = (self.slowdown(self.xen) - 1) / excess
        return {event: scale * share for event, share in self.profile.items()}

    def overhead(self, environment: Environment) -> dict[Event, float]:
        """Time added by each event in an environment, as a share of the native run time."""
        mix = self.mix().items()
        return {event: share * EVENTS[event].excess(environment) for event, share in mix}

    def predict(self, environment: Environment) -> float:
        """The predicted score in an environment (for Xen it equals the fitted row)."""
        return self.score(1 + sum(self.overhead(environment).values()))

    def bounds(self, environment: Environment) -> tuple[float, float]:
        """The lowest and highest score that any mix of the profile's events would predict.

        A mix's ratio of excess here to excess on Xen lies between those of its events. An event
        that costs nothing extra on Xen leaves one side open: its share can't be told from that row.
        """
        ratios = [_ratio(EVENTS[event], environment) for event in self.profile] or [0.0]
        extra = self.slowdown(self.xen) - 1
        ends = [self.score(1 + extra * ratio) for ratio in (min(ratios), max(ratios))]
        return min(ends), max(ends)


def _ratio(cost: EventCost, environment: Environment) -> float:
    here, xen = cost.excess(environment), cost.excess("xen")
    return here / xen if xen > 0 else math.inf


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("SPEC INT2000", {}, 567, 567, _("score"), False),
        Workload("Linux build", {"process": 0.5, "page fault": 0.5}, 263, 271, "s", True),
        Workload(
            "OSDB-IR",
            {"context switch": 0.5, "page fault": 0.25, "system call": 0.25},
            172,
            158,
            _("tuples/s"),
            False,
        ),
        Workload(
            "OSDB-OLTP",
            {"context switch": 0.5, "disk block": 0.5},
            1714,
            1633,
            _("tuples/s"),
            False,
        ),
        Workload("dbench", {"system call": 0.5, "page fault": 0.5}, 418, 400, _("score"), False),
        Workload(
            "SPEC WEB99",
            {"packet": 0.7, "context switch": 0.15, "system call": 0.15},
            518,
            514,
            _("score"),
            False,
        ),
    )
}
"""The six benchmarks of Figure 3; scores of the native and the Xen row only."""


# --- a workload in a hosted VM --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HostedResult(Result):
    """Time relative to native (1 = as fast as native) of a workload in each environment.

    overheads: by environment, what each event adds (shares of the native time). share: CPUs that
    the host gives the VM's one vCPU (0 to 1). missing: share of the VM's memory that is swapped
    out. hosted: time on the hosted hypervisor with the host's load and swapping. type1: the same
    workload on Xen, where no host program runs. programs: busy ones on this host.
    """

    workload: Workload
    overheads: Mapping[Environment, Mapping[Event, float]]
    share: float
    missing: float
    hosted: float
    type1: float
    programs: int

    def alone(self, environment: Environment) -> float:
        """Time relative to native on an otherwise idle machine."""
        return 1 + sum(self.overheads[environment].values())

    def describe(self) -> str:
        text = _(
            "{name} takes {xen:.2f} times the native time on Xen and {ws:.2f} times (predicted) on "
            "a hosted hypervisor whose host is idle. This host gives the VM {share} of a CPU and "
            "keeps {missing:.0%} of its memory in swap: there it takes {hosted:,.2f} times."
        )
        return self.told(
            text,
            name=self.workload.title,
            xen=self.type1,
            ws=self.alone("workstation"),
            share=f"{self.share:.0%}" if self.share >= 0.01 else f"{self.share:.2%}",
        )


class Hosted(Model):
    """A benchmark of Barham et al. (SOSP 2003, Figure 3) in a VM that is a process of the host.

    Event costs come from Tables 3 to 6; each workload's mix is fitted on the native and Xen rows
    and predicts the others. On top, the host shares its CPUs by weight (:func:`fair_shares`), and
    swaps in proportion when programs and VM need more memory than it has: each touch of a page that
    is out waits for the swap device. Swap rate and latency are assumptions, so they are knobs.
    """

    title: ClassVar[str] = _("A workload in a hosted VM")
    quantities: ClassVar[dict[str, Quantity]] = {
        "times": Quantity(_("run time"), lambda result: result.hosted, "×"),
        "programs": Quantity(_("busy programs"), lambda result: result.programs),
        "cpu": Quantity(_("CPU of the VM"), lambda result: 100 * result.share, "%"),
        "swapped": Quantity(_("memory in swap"), lambda result: 100 * result.missing, "%"),
    }

    workload: Annotated[WorkloadName, Knob(_("Workload"), names=WORKLOAD_NAMES)] = "Linux build"
    programs: Annotated[int, Knob(_("Busy programs on the host"), 0, 12)] = 0
    nice: Annotated[int, Knob(_("Nice value of the VM process"), -20, 19)] = 0
    cpus: Annotated[int, Knob(_("CPUs of the host"), 1, 8)] = 1
    host_memory: Annotated[float, Knob(_("Memory of the host"), 512, 16_384, "MB", step=256)] = (
        4_096
    )
    vm_memory: Annotated[float, Knob(_("Memory of the VM"), 256, 16_384, "MB", step=256)] = 2_048
    program_memory: Annotated[float, Knob(_("Memory of each program"), 0, 4_096, "MB", step=64)] = (
        256
    )
    touches: Annotated[
        float, Knob(_("New pages the guest touches"), 1, 10_000, "1/s", log=True)
    ] = 200
    swap: Annotated[float, Knob(_("Wait for one page from swap"), 0.05, 20, "ms", log=True)] = 5

    def run(self) -> HostedResult:
        workload = WORKLOADS[self.workload]
        overheads: dict[Environment, dict[Event, float]] = {
            name: workload.overhead(name) for name in ("native", "xen", "workstation", "uml")
        }
        weights = [weight_of(self.nice), *[NICE_0_WEIGHT] * self.programs]
        share = fair_shares(weights, [1.0] * len(weights), self.cpus)[0]
        missing = self.missing()
        swapping = self.touches * missing * self.swap / 1000
        alone = 1 + sum(overheads["workstation"].values())
        return HostedResult(
            workload=workload,
            overheads=overheads,
            share=share,
            missing=missing,
            hosted=alone / share + swapping,
            type1=1 + sum(overheads["xen"].values()),
            programs=self.programs,
        )

    def missing(self) -> float:
        """Share of every process's memory that is swapped out (0 while all fits)."""
        return swapped(self.host_memory, self.vm_memory + self.programs * self.program_memory)


def swapped(host: float, wanted: float) -> float:
    """Share of memory that does not fit, taken from all processes alike (a simplification)."""
    return max(0.0, 1 - host / wanted) if wanted > 0 else 0.0


# --- the host's processes, VMs among them ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Process:
    """A line of ``top``. cpu: CPUs it gets. wants: CPUs it could use. memory: in MB, wanted."""

    name: str
    is_vm: bool
    nice: int
    state: Literal["running", "suspended"]
    wants: float
    cpu: float
    memory: float

    @property
    def speed(self) -> float:
        """What it gets of what it could use; a suspended process has speed 0."""
        return self.cpu / self.wants if self.wants else 0.0


@dataclass(frozen=True, slots=True)
class HostTopResult(Result):
    """processes: VMs first. missing: share of memory in swap. idle: CPUs left over."""

    processes: tuple[Process, ...]
    missing: float
    idle: float

    def describe(self) -> str:
        vms = [process for process in self.processes if process.is_vm]
        others = [process for process in self.processes if not process.is_vm]
        parts = [_vm_words(vm) for vm in vms]
        vms_told = f"{'; '.join(parts)}."
        swap = _("{missing:.0%} of all memory is in swap.").format(missing=self.missing)
        return sentences(vms_told, _others_words(others), swap)


def _others_words(others: Sequence[Process]) -> str:
    if not others:
        return ""
    text = ngettext(
        "{count} other program gets {cpu:.2f} CPUs.",
        "{count} other programs get {cpu:.2f} CPUs.",
        len(others),
    )
    return text.format(count=len(others), cpu=sum(process.cpu for process in others))


def _vm_words(vm: Process) -> str:
    if vm.state == "suspended":
        return _("{name} is suspended: its guest stands still").format(name=vm.name)
    text = _("{name} gets {cpu:.2f} CPUs, {speed:.0%} of full speed")
    return text.format(name=vm.name, cpu=vm.cpu, speed=vm.speed)


class HostTop(Model):
    """Processes of a host, two VMs among them, and the CPU that each gets.

    To the host's scheduler a VM is a process with a thread for each vCPU, weighted by its nice
    value like any other. All guests and programs are always busy (the worst case).
    """

    title: ClassVar[str] = _("The host's processes, VMs among them")
    quantities: ClassVar[dict[str, Quantity]] = {
        "a": Quantity(_("VM A"), lambda result: result.processes[0].cpu, _("CPUs")),
        "b": Quantity(_("VM B"), lambda result: result.processes[1].cpu, _("CPUs")),
        "programs": Quantity(_("programs"), lambda result: len(result.processes) - 2),
    }

    cpus: Annotated[int, Knob(_("CPUs of the host"), 1, 16)] = 4
    programs: Annotated[int, Knob(_("Busy programs on the host"), 0, 12)] = 2
    vcpus_a: Annotated[int, Knob(_("vCPUs of VM A"), 1, 8)] = 2
    nice_a: Annotated[int, Knob(_("Nice value of VM A"), -20, 19)] = 0
    suspend_a: Annotated[bool, Knob(_("Suspend VM A's process"))] = False
    vcpus_b: Annotated[int, Knob(_("vCPUs of VM B"), 1, 8)] = 2
    nice_b: Annotated[int, Knob(_("Nice value of VM B"), -20, 19)] = 0
    host_memory: Annotated[
        float, Knob(_("Memory of the host"), 1_024, 65_536, "MB", step=1_024)
    ] = 16_384
    vm_memory: Annotated[float, Knob(_("Memory of each VM"), 256, 32_768, "MB", step=256)] = 4_096

    PROGRAM_MEMORY: ClassVar[float] = 512
    """MB of each other program: an assumption."""

    def run(self) -> HostTopResult:
        wanted = [
            (_("VM A"), True, self.nice_a, 0 if self.suspend_a else self.vcpus_a),
            (_("VM B"), True, self.nice_b, self.vcpus_b),
            *((_("program {n}").format(n=n + 1), False, 0, 1) for n in range(self.programs)),
        ]
        # Each thread is scheduled by itself: a process with two threads weighs twice.
        weights = [weight_of(nice) * wants for _name, _vm, nice, wants in wanted]
        given = fair_shares(weights, [float(line[-1]) for line in wanted], self.cpus)
        processes = tuple(
            self._process(*line, cpu) for line, cpu in zip(wanted, given, strict=True)
        )
        memory = sum(process.memory for process in processes)
        return HostTopResult(
            processes, swapped(self.host_memory, memory), max(0.0, self.cpus - sum(given))
        )

    def _process(self, name: str, is_vm: bool, nice: int, wants: int, cpu: float) -> Process:
        memory = self.vm_memory if is_vm else self.PROGRAM_MEMORY
        state: Literal["running", "suspended"] = "running" if wants else "suspended"
        return Process(name, is_vm, nice, state, float(wants), cpu, memory)
