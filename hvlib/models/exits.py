"""What a VM exit costs, how many exits work causes, and what they take from a CPU (chapter 1)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib import numbers
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.words import _

Processor = Literal["Prescott", "Merom", "Penryn", "Nehalem", "Westmere", "Sandy Bridge"]

ROUND_TRIP: dict[str, int] = {
    "Prescott": 3963,
    "Merom": 1579,
    "Penryn": 1266,
    "Nehalem": 1009,
    "Westmere": 761,
    "Sandy Bridge": 784,
}
"""Cycles of one hardware round trip guest -> VMM -> guest (Agesen et al. 2012, Table 1)."""

YEARS: dict[str, float] = {
    "Prescott": 2005.5,
    "Merom": 2006.25,
    "Penryn": 2008.0,
    "Nehalem": 2009.5,
    "Westmere": 2010.0,
    "Sandy Bridge": 2011.0,
}
"""Quarter of introduction as a year (same table)."""

MMU_EXITS_SAVED = 0.9
"""Hardware MMU support cuts the exit rate "by as much as 90%" (Agesen et al. 2012, section 1)."""


@dataclass(frozen=True, slots=True)
class ExitCostResult(Result):
    """cycles: of one exit, hardware and software. microseconds: the same as time.
    asked: exits a second that the guest would make; rate: those that remain.
    share: part of one CPU lost to them (0 to 1).
    """

    processor: str
    cycles: float
    microseconds: float
    asked: float
    rate: float
    share: float

    def describe(self) -> str:
        text = _(
            "On {processor} one exit costs {cycles:,.0f} cycles, {us:.2f} µs: {hardware:,} in "
            "hardware, the rest in the hypervisor. {rate:,.0f} exits a second take {share} of "
            "one CPU."
        )
        return self.told(
            text,
            us=self.microseconds,
            hardware=ROUND_TRIP[self.processor],
            share=numbers.share(self.share),
        )


class ExitCost(Model):
    """Cost of VM exits: exits a second times the cycles of one, over the CPU's cycles.

    The hardware part is measured (Agesen, Mattson, Rugina, Sheldon, USENIX ATC 2012, Table 1).
    The software part, the hypervisor's handler, is a knob: the same paper assumes 3,000 cycles for
    hardware and software together (section 9). ``mitigations`` is what a processor's or kernel's
    guards against flaws such as L1TF and Spectre add to an exit. ``clustering`` is the part of
    exits that handling neighbouring instructions in one exit saves (24% for netperf on e1000,
    section 9).
    """

    title: ClassVar[str] = _("What a VM exit costs")
    quantities: ClassVar[dict[str, Quantity]] = {
        "lost": Quantity(_("share lost to exits"), lambda result: 100 * result.share, "%"),
        "asked": Quantity(_("exits asked for"), lambda result: result.asked, _("a second")),
    }

    processor: Annotated[Processor, Knob(_("Processor"))] = "Sandy Bridge"
    rate: Annotated[float, Knob(_("Exits a second"), 100, 1_000_000, "1/s", log=True)] = 10_000
    software: Annotated[float, Knob(_("Handler in software"), 0, 10_000, _("{n} cycles"))] = 2_216
    mitigations: Annotated[
        float,
        Knob(
            _("Added by mitigations, each exit"),
            0,
            10_000,
            _("{n} cycles"),
            ticks=((4_212, _("branch predictor emptied")),),
        ),
    ] = 0
    clock: Annotated[float, Knob(_("Clock"), 1, 5, "GHz", step=0.01)] = 3.33
    clustering: Annotated[float, Knob(_("Exits saved by clustering"), 0, 0.5, step=0.01)] = 0.0
    hardware_mmu: Annotated[bool, Knob(_("Hardware MMU support (up to 90% fewer exits)"))] = False

    def run(self) -> ExitCostResult:
        cycles = ROUND_TRIP[self.processor] + self.software + self.mitigations
        remaining = self.rate * (1 - self.clustering)
        if self.hardware_mmu:
            remaining *= 1 - MMU_EXITS_SAVED
        return ExitCostResult(
            processor=self.processor,
            cycles=cycles,
            microseconds=cycles / (self.clock * 1e3),
            asked=self.rate,
            rate=remaining,
            share=min(1.0, remaining * cycles / (self.clock * 1e9)),
        )


Device = Literal["e1000", "vmxnet"]

EXITS_PER_ROUND_TRIP: dict[Device, tuple[float, float]] = {
    "e1000": (2.6, 1.97),
    "vmxnet": (1.3, 1.2),
}
"""Exits for one netperf request and response, without and with clustering.

Agesen et al. 2012, section 9. e1000 is an emulated network card, vmxnet a paravirtual one.
"""

ASSUMED_EXIT = 3_000 / 3.33e3
"""µs of one exit, hardware and software: the authors' 3,000 cycles at 3.33 GHz (section 9)."""


@dataclass(frozen=True, slots=True)
class ExitsOfWorkResult(Result):
    """each: exits a round trip. rate: exits a second. share: part of one CPU lost (0 to 1).

    saved: part of the exits that clustering takes away.
    """

    device: str
    round_trips: float
    clustered: bool
    each: float
    rate: float
    share: float
    saved: float

    def describe(self) -> str:
        text = _(
            "On {device}, {n:,.0f} requests and responses a second cause {rate:,.0f} exits, "
            "{each:.2f} each, and take {share} of one CPU. "
            "Clustering saves {saved:.0%} of them."
        )
        return self.told(text, n=self.round_trips, share=numbers.share(self.share))


class ExitsOfWork(Model):
    """Exits that network work causes, by virtual device, with and without exit clustering.

    Exits a round trip are measured (Agesen et al. 2012, section 9); the share of a CPU is their
    number times the time of one. Clustering handles neighbouring exiting instructions in one exit.
    """

    title: ClassVar[str] = _("Exits by kind of work")
    quantities: ClassVar[dict[str, Quantity]] = {
        "lost": Quantity(_("share lost to exits"), lambda result: 100 * result.share, "%"),
        "exits": Quantity(_("exits"), lambda result: result.rate, _("a second")),
    }

    device: Annotated[Device, Knob(_("Network device"))] = "e1000"
    round_trips: Annotated[
        float, Knob(_("Requests and responses"), 100, 100_000, "1/s", log=True)
    ] = 10_000
    clustered: Annotated[bool, Knob(_("Exit clustering"))] = False
    cost: Annotated[float, Knob(_("One exit"), 0.1, 3, "µs", step=0.05)] = 0.9

    def run(self) -> ExitsOfWorkResult:
        plain, clustered = EXITS_PER_ROUND_TRIP[self.device]
        each = clustered if self.clustered else plain
        rate = self.round_trips * each
        return ExitsOfWorkResult(
            device=self.device,
            round_trips=self.round_trips,
            clustered=self.clustered,
            each=each,
            rate=rate,
            share=min(1.0, rate * self.cost / 1e6),
            saved=1 - clustered / plain,
        )
