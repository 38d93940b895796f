"""What a VM exit costs, and what a rate of exits takes from a CPU (chapter 1)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.models.model import Knob, Model, Result
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
    rate: exits a second that remain. share: part of one CPU lost to them (0 to 1).
    history: (processor, year, hardware cycles), oldest first.
    """

    processor: str
    cycles: float
    microseconds: float
    rate: float
    share: float
    history: tuple[tuple[str, float, int], ...]

    def describe(self) -> str:
        text = _(
            "On {processor} one exit costs {cycles:,.0f} cycles, {us:.2f} µs. "
            "{rate:,.0f} exits a second take {share:.1%} of one CPU."
        )
        return text.format(
            processor=self.processor,
            cycles=self.cycles,
            us=self.microseconds,
            rate=self.rate,
            share=self.share,
        )


class ExitCost(Model):
    """Cost of VM exits: exits a second times the cycles of one, over the CPU's cycles.

    The hardware part is measured (Agesen, Mattson, Rugina, Sheldon, USENIX ATC 2012, Table 1).
    The software part, the hypervisor's handler, is a knob: the same paper assumes 3,000 cycles for
    hardware and software together (section 9). ``clustering`` is the part of exits that handling
    neighbouring instructions in one exit saves (24% for netperf on e1000, section 9).
    """

    title: ClassVar[str] = _("What a VM exit costs")

    processor: Annotated[Processor, Knob(label=_("Processor"))] = "Sandy Bridge"
    rate: Annotated[
        float, Knob(100, 1_000_000, unit="1/s", label=_("Exits a second"), scale="log")
    ] = 10_000
    software: Annotated[float, Knob(0, 10_000, unit="cycles", label=_("Handler in software"))] = (
        2_216
    )
    clock: Annotated[float, Knob(1, 5, unit="GHz", label=_("Clock"), step=0.01)] = 3.33
    clustering: Annotated[float, Knob(0, 0.5, label=_("Exits saved by clustering"), step=0.01)] = (
        0.0
    )
    hardware_mmu: Annotated[bool, Knob(label=_("Hardware MMU support (up to 90% fewer exits)"))] = (
        False
    )

    def run(self) -> ExitCostResult:
        cycles = ROUND_TRIP[self.processor] + self.software
        remaining = self.rate * (1 - self.clustering)
        if self.hardware_mmu:
            remaining *= 1 - MMU_EXITS_SAVED
        return ExitCostResult(
            processor=self.processor,
            cycles=cycles,
            microseconds=cycles / (self.clock * 1e3),
            rate=remaining,
            share=min(1.0, remaining * cycles / (self.clock * 1e9)),
            history=tuple((name, YEARS[name], ROUND_TRIP[name]) for name in ROUND_TRIP),
        )
