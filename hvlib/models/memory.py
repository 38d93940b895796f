"""Overcommitting the memory of one host: sharing, balloon, compression, swap, in that order.

After ESXi: Waldspurger, OSDI 2002 for the techniques and the idle-memory tax; the thresholds of
vSphere 6 as quoted in secondary texts (published/vsphere-memory-states.toml). The model finds the
state in which a host settles; it doesn't follow it over time. MB are 2^20 bytes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.listed import capital
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.overhead import esxi_overhead
from hvlib.numbers import three_digits
from hvlib.words import _

Means = Literal["nothing", "balloon", "swap", "shortage"]
"""What a host has to do where it settles, cheapest first."""

AT_WORK: Mapping[Means, str] = {
    "nothing": _("nothing"),
    "balloon": _("the balloon"),
    "swap": _("compression and swap"),
    "shortage": _("paging, even of pages in use"),
}
"""The same in words."""

MIN_FREE = ((4 * 1024.0, 0.06), (8 * 1024.0, 0.04), (16 * 1024.0, 0.02), (math.inf, 0.01))
"""MB of a host's memory, and the part of them that should stay free: 6% of the first 4 GB, 4% up
to 12, 2% up to 28, 1% of the rest (F. Denneman, "Mem.MinFreePct sliding scale function", 2011)."""
SOFT = 0.64
"""Free memory below this part of minFree starts the balloon (same)."""

FRAME = 16.0
PAGE = 4096.0
"""Bytes of a sharing record (Waldspurger 2002, section 4.3) and of the page that it describes."""


def min_free(host: float) -> float:
    """MB that a host of ``host`` MB keeps free, by the sliding scale of :data:`MIN_FREE`."""
    kept = 0.0
    for span, part in MIN_FREE:
        kept += part * min(host, span)
        host = max(0.0, host - span)
    return kept


def sharing_tables() -> float:
    """Part of memory that page sharing's records take: one frame of 16 bytes a page."""
    return FRAME / PAGE


def shared_part(identical: float, vms: int) -> float:
    """Part of all VMs' memory that sharing frees if ``identical`` of each VM's pages equal those of
    all the others: of each such page one copy in ``vms`` stays.
    """
    return identical * (vms - 1) / vms if vms else 0.0


def taxed_allocations(
    sizes: Sequence[float], active: Sequence[float], capacity: float, tax: float
) -> list[float]:
    """Divide ``capacity`` MB among VMs of equal shares, charging idle memory more than active.

    An idle page costs 1 / (1 - tax) times an active one; all VMs pay the same in total, except
    that none gets more than its size. Tax 0 divides by shares alone; a tax near 1 takes idle
    memory first (Waldspurger 2002, on reclaiming idle memory).
    """
    if sum(sizes) <= capacity:
        return list(sizes)
    price = 1 / (1 - tax)
    low, high = 0.0, price * max(sizes, default=0.0)
    for _halving in range(60):
        cost = (low + high) / 2
        pairs = zip(sizes, active, strict=True)
        if sum(_affordable(cost, size, used, price) for size, used in pairs) > capacity:
            high = cost
        else:
            low = cost
    return [_affordable(low, size, used, price) for size, used in zip(sizes, active, strict=True)]


def _affordable(cost: float, size: float, active: float, price: float) -> float:
    """MB that a VM holds when it pays ``cost``: active memory at 1, idle memory at ``price``."""
    return min(size, cost if cost <= active else active + (cost - active) / price)


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """What one VM gives up, MB. compressed: pages kept in half their size in ``cache`` MB.

    The active parts are what hurts: pages that the VM uses and must get back.
    """

    ballooned: float
    compressed: float
    cache: float
    swapped: float
    active_ballooned: float
    active_compressed: float
    active_swapped: float


def reclaim(
    size: float, active: float, target: float, balloon: float, cache: float, compressible: float
) -> Reclaimed:
    """Take ``size - target`` MB from a VM: by balloon up to ``balloon`` MB, then from outside.

    The guest gives the balloon its idle pages first. The host does not know which are idle: it
    compresses (into at most ``cache`` MB) and swaps at random.
    """
    ballooned = min(size - target, balloon)
    rest = size - target - ballooned
    held = min(cache, rest * compressible / (2 - compressible), target)
    compressed, swapped = 2 * held, rest - held
    left = size - ballooned
    part = min(active, left) / left if left else 0.0
    return Reclaimed(
        ballooned=ballooned,
        compressed=compressed,
        cache=held,
        swapped=swapped,
        active_ballooned=max(0.0, ballooned - (size - active)),
        active_compressed=compressed * part,
        active_swapped=swapped * part,
    )


@dataclass(frozen=True, slots=True)
class VMGroup:
    """VMs that fare alike. allocation, active: MB of one VM. The stalls: seconds of waiting for a
    second of work, by cause; slowdown is 1 plus their sum.
    """

    name: str
    count: int
    allocation: float
    active: float
    reclaimed: Reclaimed
    guest_paging: float
    compression: float
    swap: float

    @property
    def slowdown(self) -> float:
        """How many times longer the VM's work takes."""
        return 1 + self.guest_paging + self.compression + self.swap

    @property
    def times(self) -> str:
        """The slowdown with three digits, or without decimals if it is large."""
        return three_digits(self.slowdown)

    @property
    def cause(self) -> str:
        """What most of the slowdown comes from, in words."""
        stalls = {
            _("paging in the guest"): self.guest_paging,
            _("compression"): self.compression,
            _("host swap"): self.swap,
        }
        worst = max(stalls, key=lambda name: stalls[name])
        return worst if stalls[worst] > 0 else _("nothing")


@dataclass(frozen=True, slots=True)
class MemoryResult(Result):
    """MB of the whole host. configured: of the started VMs; shared, ballooned, compressed (pages),
    cache (what they take), swapped: what each technique took; overhead: the hypervisor's, with the
    records of sharing. free: what stays free. started: VMs whose overhead finds room.
    """

    host: float
    vms: int
    started: int
    configured: float
    overhead: float
    shared: float
    ballooned: float
    compressed: float
    cache: float
    swapped: float
    free: float
    means: Means
    groups: tuple[VMGroup, ...]

    @property
    def resident(self) -> float:
        """MB of guest pages in memory as they are."""
        taken = self.shared + self.ballooned + self.compressed + self.swapped
        return max(0.0, self.configured - taken)

    def describe(self) -> str:
        text = _(
            "VMs started: {started} of {vms}; asked for: {ratio:.0%} of the host; at work: "
            "{means}. Sharing frees {shared:,.0f} MB, the balloon {balloon:,.0f} MB, compression "
            "{compression:,.0f} MB, swap {swap:,.0f} MB. {groups}."
        )
        return self.told(
            text,
            ratio=(self.configured + self.overhead) / self.host,
            means=AT_WORK[self.means],
            balloon=self.ballooned,
            compression=self.compressed - self.cache,
            swap=self.swapped,
            groups=capital("; ".join(map(_told, self.groups))),
        )


def _told(group: VMGroup) -> str:
    if group.slowdown == 1:
        return _("{name} run at full speed").format(name=group.name)
    text = _("work in {name} takes {slowdown} times as long ({cause})")
    return text.format(name=group.name, slowdown=group.times, cause=group.cause)


class MemoryOvercommit(Model):
    """VMs that ask for more memory than the host has, and what the hypervisor does about it.

    All VMs have touched all their memory once; the busy ones use more of it than the idle ones.
    Sharing between VMs is off, as in ESX since 2014; sharing inside one VM, and the large pages
    that prevent both while memory is plenty, are left out. When free memory falls below 64% of
    minFree, VMs get targets by equal shares and the idle-memory tax; the balloon goes first, then
    compression, then swap, until minFree is free again.

    ESX's states (clear, soft, hard, low: below 100%, 64%, 32% and 16% of minFree) are levels of
    free memory at a moment. The model knows only where a host settles, with minFree free again, so
    it has no such states and says what is at work there. Slowdown: a VM touches pages of its
    active memory evenly, and waits for each that is not in memory. The limits of balloon (65%) and
    cache (10%) are ESX's defaults; page touches, latencies and compressible pages are assumptions.
    """

    title: ClassVar[str] = _("Overcommitting memory")
    quantities: ClassVar[dict[str, Quantity]] = {
        "slowdown": Quantity(
            _("work takes"),
            lambda result: max((group.slowdown for group in result.groups), default=1.0),
            "×",
        ),
        "vms": Quantity(_("VMs"), lambda result: result.started),
        "each": Quantity(
            _("memory of a VM"),
            lambda result: result.configured / max(1, result.started) / 1024,
            "GB",
        ),
        "host": Quantity(_("host"), lambda result: result.host / 1024, "GB"),
    }

    host: Annotated[float, Knob(_("Host memory"), 4, 1024, "GB", log=True)] = 32
    vms: Annotated[int, Knob(_("VMs"), 1, 100)] = 12
    memory: Annotated[float, Knob(_("Memory of a VM"), 256, 65_536, "MB", log=True)] = 4096
    vcpus: Annotated[int, Knob(_("vCPUs of a VM"), 1, 8)] = 2
    busy: Annotated[float, Knob(_("Busy part of the VMs"), 0, 1)] = 0.5
    active: Annotated[float, Knob(_("Active memory of a busy VM"), 0.01, 1)] = 0.6
    idle_active: Annotated[float, Knob(_("Active memory of an idle VM"), 0.01, 1)] = 0.05
    identical: Annotated[
        float, Knob(_("Pages identical in all VMs"), 0, 0.95, log=True, step=0.01)
    ] = 0.1
    sharing: Annotated[bool, Knob(_("Page sharing between VMs"))] = False
    balloon: Annotated[float, Knob(_("Balloon's limit (0: no driver)"), 0, 1)] = 0.65
    cache: Annotated[float, Knob(_("Compression cache (0: off)"), 0, 0.5)] = 0.1
    compressible: Annotated[float, Knob(_("Pages that compress to half"), 0, 1)] = 0.5
    tax: Annotated[float, Knob(_("Idle-memory tax"), 0, 0.99, step=0.01)] = 0.75
    touches: Annotated[float, Knob(_("Active pages touched"), 10, 100_000, "1/s", log=True)] = 1000
    decompression: Annotated[float, Knob(_("Decompressing a page"), 1, 100, "µs")] = 20
    disk: Annotated[float, Knob(_("Reading a page from swap"), 0.05, 20, "ms", log=True)] = 5

    def run(self) -> MemoryResult:
        host, each = self.host * 1024, esxi_overhead(self.memory, self.vcpus)
        tables = host * sharing_tables() if self.sharing else 0.0
        usable = host - min_free(host) - tables
        started = min(self.vms, int(usable // each))
        kept = 1 - (shared_part(self.identical, started) if self.sharing else 0.0)
        fixed = started * each + tables
        free = host - fixed - started * self.memory * kept
        pressed = free < SOFT * min_free(host)
        room = usable - started * each if pressed else host * self.vms * self.memory
        groups = self._groups(started, kept, room)
        return self._result(host, started, fixed, started * self.memory * (1 - kept), free, groups)

    def _groups(self, started: int, kept: float, room: float) -> tuple[VMGroup, ...]:
        """Busy and idle VMs with their targets; a group without VMs is left out."""
        busy = round(started * self.busy)
        counts = (busy, started - busy)
        actives = [part * self.memory * kept for part in (self.active, self.idle_active)]
        sizes = [self.memory * kept] * started
        used = [actives[0]] * busy + [actives[1]] * (started - busy)
        targets = taxed_allocations(sizes, used, room, self.tax)
        firsts = (targets[0], targets[-1])
        names = (_("busy VMs"), _("idle VMs"))
        rows = zip(names, counts, firsts, actives, strict=True)
        return tuple(self._group(*row, self.memory * kept) for row in rows if row[1])

    def _group(self, name: str, count: int, target: float, active: float, size: float) -> VMGroup:
        limits = (self.balloon * self.memory, self.cache * self.memory)
        taken = reclaim(size, active, target, *limits, self.compressible)
        touched = self.touches / active
        return VMGroup(
            name=name,
            count=count,
            allocation=target,
            active=active,
            reclaimed=taken,
            guest_paging=touched * taken.active_ballooned * self.disk / 1e3,
            compression=touched * taken.active_compressed * self.decompression / 1e6,
            swap=touched * taken.active_swapped * self.disk / 1e3,
        )

    def _result(
        self,
        host: float,
        started: int,
        fixed: float,
        shared: float,
        free: float,
        groups: tuple[VMGroup, ...],
    ) -> MemoryResult:
        ballooned, compressed, cache, swapped = (
            sum(group.count * getattr(group.reclaimed, name) for group in groups)
            for name in ("ballooned", "compressed", "cache", "swapped")
        )
        return MemoryResult(
            host=host,
            vms=self.vms,
            started=started,
            configured=started * self.memory,
            overhead=fixed,
            shared=shared,
            ballooned=ballooned,
            compressed=compressed,
            cache=cache,
            swapped=swapped,
            free=free + ballooned + compressed - cache + swapped,
            means=_means(free, min_free(host), compressed + swapped, groups),
            groups=groups,
        )


def _means(free: float, wanted: float, taken: float, groups: Sequence[VMGroup]) -> Means:
    """What is at work; ``free`` before anything but sharing."""
    if free >= SOFT * wanted:
        return "nothing"
    # A rounding error of the allocation must not count as a shortage.
    if sum(g.count * (g.active - g.allocation) for g in groups) > 1e-6 * wanted:
        return "shortage"
    return "swap" if taken > 1e-6 * wanted else "balloon"
