"""How soon a guest serves: booted, restored page by page, restored with its pages read ahead.

Restoring from a snapshot file is post-copy (chapter 2) with a disk in place of the network: the
guest goes on at once, and each page that it touches for the first time is fetched then.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.models.migration import PAGE
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import digits, three_digits
from hvlib.words import _

Way = Literal["boot", "whole", "lazy", "prefetch", "resident"]


@dataclass(frozen=True, slots=True)
class Start:
    """One way to the first answer, in ms. before: until the guest runs. stalls: while it runs.

    work: the answer's own time. faults: pages that the guest waited for.
    """

    way: Way
    before: float
    stalls: float
    work: float
    faults: float

    @property
    def whole(self) -> float:
        """ms until the first answer."""
        return self.before + self.stalls + self.work


@dataclass(frozen=True, slots=True)
class ColdStartResult(Result):
    """starts: of every way, in the order of Way."""

    starts: tuple[Start, ...]

    def of(self, way: Way) -> Start:
        """One way's start."""
        return next(start for start in self.starts if start.way == way)

    def describe(self) -> str:
        lazy, prefetch, resident = (self.of(way) for way in ("lazy", "prefetch", "resident"))
        text = _(
            "Until the first answer: booted {boot}; the whole snapshot read first {whole}; page by "
            "page {lazy} ({faults:,.0f} faults); its pages read ahead {prefetch}; in memory "
            "already {resident}. Reading ahead makes the start {gain} times as fast."
        )
        return text.format(
            boot=_time(self.of("boot").whole),
            whole=_time(self.of("whole").whole),
            lazy=_time(lazy.whole),
            faults=lazy.faults,
            prefetch=_time(prefetch.whole),
            resident=_time(resident.whole),
            gain=digits(lazy.whole / prefetch.whole, 2),
        )


def _time(ms: float) -> str:
    if ms < 1000:
        return _("{n} ms").format(n=three_digits(ms))
    return _("{n} s").format(n=three_digits(ms / 1000))


class ColdStart(Model):
    """A function in a small VM, asked for the first time after a while.

    A fault costs a round trip to the file and is paid one page at a time; reading ahead brings the
    same pages at the disk's full speed, those that an earlier run was seen to touch. strays: the
    part of the pages that this run touches and the earlier one did not. No published table gives
    all these inputs, so the defaults are assumptions.
    """

    title: ClassVar[str] = _("The first answer")
    quantities: ClassVar[dict[str, Quantity]] = {
        "lazy": Quantity(_("page by page"), lambda result: result.of("lazy").whole, "ms"),
        "prefetch": Quantity(_("read ahead"), lambda result: result.of("prefetch").whole, "ms"),
    }

    memory: Annotated[float, Knob(_("VM memory"), 16, 8_192, "MB", log=True)] = 256
    touched: Annotated[float, Knob(_("Touched until it answers"), 0.5, 256, "MB", log=True)] = 16
    fault: Annotated[float, Knob(_("A page from the file"), 1, 1_000, "µs", log=True)] = 60
    disk: Annotated[float, Knob(_("Disk, read in one go"), 50, 8_000, "MB/s", log=True)] = 800
    strays: Annotated[float, Knob(_("Touched, not foreseen"), 0, 1, step=0.01)] = 0.1
    work: Annotated[float, Knob(_("The answer itself"), 0.1, 10_000, "ms", log=True)] = 50
    restore: Annotated[float, Knob(_("Making the VM anew"), 0.1, 1_000, "ms", log=True)] = 10
    boot: Annotated[float, Knob(_("Boot and initialisation"), 10, 60_000, "ms", log=True)] = 1_000

    def run(self) -> ColdStartResult:
        touched = min(self.touched, self.memory)
        pages = touched / PAGE
        stall = self.fault / 1e3
        ahead, strays = touched / self.disk * 1e3, pages * self.strays
        return ColdStartResult(
            (
                Start("boot", self.boot, 0.0, self.work, 0.0),
                Start("whole", self.restore + self.memory / self.disk * 1e3, 0.0, self.work, 0.0),
                Start("lazy", self.restore, pages * stall, self.work, pages),
                Start("prefetch", self.restore + ahead, strays * stall, self.work, strays),
                Start("resident", 0.0, 0.0, self.work, 0.0),
            )
        )
