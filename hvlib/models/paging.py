"""Translating addresses twice: shadow, nested and large pages, and one walk step by step.

A native TLB miss reads one entry a level. With nested paging the guest's tables hold guest-physical
addresses: each of them, and the final one, must itself be translated by the host's tables. Walk
caches (Intel: paging-structure caches) keep entries of upper levels, so that a walk begins lower.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.words import _

EXIT_CYCLES = 3000
"""Cycles of one exit, hardware and software: an assumption of Agesen et al. 2012, section 9."""

CACHED_LEVELS = 2.5
"""Upper levels that a walk cache saves on average, of four: fitted to the 1.5 references that a
native walk still makes (Park et al. 2022, abstract).
"""

Scheme = Literal["native", "shadow", "nested"]
Levels = TypeVar("Levels", int, float)


def native_references(levels: Levels) -> Levels:
    """Memory references of a TLB miss without a hypervisor: one entry a level."""
    return levels


def nested_references(guest: Levels, host: Levels) -> Levels:
    """Memory references of a TLB miss with nested paging, of the levels that are walked.

    guest x host for the addresses of the guest's tables, guest for their entries, and host for
    the final address (Bhargava et al., ASPLOS 2008, as quoted in texts that cite it). With all
    levels it is the worst case, nothing cached. Of average levels it is the average, if those of
    guest and host do not depend on each other.
    """
    return guest * host + guest + host


def walked(levels: int, large: bool) -> int:
    """Levels that are walked: a 2 MB page is named one level earlier than a 4 KB page."""
    return levels - 1 if large else levels


def uncached(levels: int, cached: float) -> float:
    """Levels still read when a walk cache holds the upper ``cached``; the lowest always is.

    A translation held to the end would be in the TLB, and no miss.
    """
    return max(1.0, levels - cached)


@dataclass(frozen=True, slots=True)
class Reference:
    """One memory reference of a walk.

    guest: the guest level whose table's address is sought, from the top down; 0 for the data.
    host: the nested level that is read for it; 0 when the guest's own entry is read.
    """

    guest: int
    host: int


def walk(guest: int, host: int) -> tuple[Reference, ...]:
    """All references of a nested walk in order: for each guest level the host's, then its own."""
    tables = [Reference(g, h) for g in range(guest, 0, -1) for h in range(host, -1, -1)]
    return (*tables, *(Reference(0, h) for h in range(host, 0, -1)))


@dataclass(frozen=True, slots=True)
class PageWalkResult(Result):
    """references: the whole walk in order. done: how many are made. native: how many without VM.

    guest, host: levels walked on each side.
    """

    references: tuple[Reference, ...]
    done: int
    native: int
    guest: int
    host: int

    @property
    def last_step(self) -> int:
        """The step at which the walk ends: as many as it has references."""
        return len(self.references)

    @property
    def events(self) -> tuple[tuple[int, str], ...]:
        """The steps that read an entry of the guest's own tables, and of which level."""
        own = [(n, at.guest) for n, at in enumerate(self.references, 1) if at.host == 0]
        return tuple((n, _("guest level {n}").format(n=level)) for n, level in own)

    @property
    def current(self) -> Reference | None:
        """The reference just made; None before the first."""
        return self.references[self.done - 1] if self.done else None

    def describe(self) -> str:
        text = _("Reference {done} of {total}: {step} A native miss needs {native}.")
        return self.told(text, total=len(self.references), step=self._step())

    def _step(self) -> str:
        at = self.current
        if at is None:
            return _("the TLB has no entry, and the walk begins at the guest's top table.")
        if at.host == 0:
            text = _("the guest's own entry of level {guest} is read.")
        elif at.guest == 0:
            text = _("nested level {host} is read to find the machine page of the data.")
        else:
            text = _("nested level {host} is read to find the guest's table of level {guest}.")
        return text.format(guest=at.guest, host=at.host)


class PageWalk(Model):
    """One TLB miss with nested paging, a memory reference a step, with nothing cached.

    Real processors keep parts of walks in caches; this is the worst case. Steps beyond the end of
    the walk show its end.
    """

    title: ClassVar[str] = _("A page-table walk in two dimensions")
    quantities: ClassVar[dict[str, Quantity]] = {
        "made": Quantity(_("references made"), lambda result: result.done),
        "walk": Quantity(_("references of the whole walk"), lambda result: len(result.references)),
    }

    step: Annotated[int, Knob(_("Memory references made"), 0, 35, stepper=True)] = 7
    guest_levels: Annotated[int, Knob(_("Levels of the guest's tables"), 2, 5)] = 4
    host_levels: Annotated[int, Knob(_("Levels of the nested tables"), 2, 5)] = 4
    guest_large: Annotated[bool, Knob(_("2 MB pages in the guest"))] = False
    host_large: Annotated[bool, Knob(_("2 MB pages in the host"))] = False

    def run(self) -> PageWalkResult:
        guest = walked(self.guest_levels, self.guest_large)
        host = walked(self.host_levels, self.host_large)
        references = walk(guest, host)
        return PageWalkResult(
            references=references,
            done=min(self.step, len(references)),
            native=native_references(guest),
            guest=guest,
            host=host,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What address translation takes. references: of one miss, on average. Shares: of one CPU.

    A share above 1 means that one CPU cannot do that many misses or updates in a second.
    """

    scheme: Scheme
    references: float
    walking: float
    exits: float

    @property
    def share(self) -> float:
        """Walks and exits together, of one CPU."""
        return self.walking + self.exits


@dataclass(frozen=True, slots=True)
class NestedPagingResult(Result):
    """costs: native, shadow, nested. crossover: page-table updates a second above which nested is
    the cheaper one; below it shadow is. misses, updates: those asked for.
    """

    costs: tuple[Cost, ...]
    misses: float
    updates: float
    crossover: float

    def cost(self, scheme: Scheme) -> Cost:
        """The cost of one scheme."""
        return next(cost for cost in self.costs if cost.scheme == scheme)

    @property
    def cheaper(self) -> Scheme:
        """Shadow or nested, whichever costs less; nested if they cost the same."""
        return "shadow" if self.cost("shadow").share < self.cost("nested").share else "nested"

    def describe(self) -> str:
        shadow, nested = self.cost("shadow"), self.cost("nested")
        winner = _("Shadow") if self.cheaper == "shadow" else _("Nested")
        text = _(
            "References at a TLB miss: {native:.3g} natively, {shadow:.3g} with shadow tables, "
            "{nested:.3g} nested. Shadow costs {shadow_share:.1%} of a CPU, nested "
            "{nested_share:.1%}: {winner} is cheaper, and the two are level at {crossover:,.0f} "
            "page-table updates a second."
        )
        return text.format(
            native=self.cost("native").references,
            shadow=shadow.references,
            nested=nested.references,
            shadow_share=shadow.share,
            nested_share=nested.share,
            winner=winner,
            crossover=self.crossover,
        )


class NestedPaging(Model):
    """What translation costs: long walks without exits, or short walks with exits.

    A shadow table maps guest virtual to machine addresses, so the hardware walks it like a native
    one; but each update that the guest makes to its own tables takes an exit. Nested tables need
    no exit, but a miss walks in two dimensions. Walk caches save the upper levels of both walks; at
    0 they hold nothing (worst case). Both sides need 2 MB pages for a shadow table to use one; that
    such pages also make misses rarer is left to the knob of misses. An exit costs the 3,000 cycles
    that Agesen et al. 2012 (section 9) assume; a reference's cycles are a knob. Other exits of a
    shadow, at each switch of processes for example, are left out.
    """

    title: ClassVar[str] = _("Shadow or nested page tables")
    quantities: ClassVar[dict[str, Quantity]] = {
        "nested": Quantity(_("nested"), lambda result: 100 * result.cost("nested").share, "%"),
        "shadow": Quantity(_("shadow"), lambda result: 100 * result.cost("shadow").share, "%"),
    }

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        _("makes and ends processes"): {"updates": 1e5, "misses": 1e6},
        _("a large table in memory"): {"updates": 100, "misses": 1e6},
        _("computes in its caches"): {"updates": 100, "misses": 1e4},
    }

    guest_levels: Annotated[int, Knob(_("Levels of the guest's tables"), 2, 5)] = 4
    host_levels: Annotated[int, Knob(_("Levels of the nested tables"), 2, 5)] = 4
    guest_large: Annotated[bool, Knob(_("2 MB pages in the guest"))] = False
    host_large: Annotated[bool, Knob(_("2 MB pages in the host"))] = False
    misses: Annotated[float, Knob(_("TLB misses a second"), 1e3, 1e7, "1/s", log=True)] = 1e6
    updates: Annotated[float, Knob(_("Page-table updates a second"), 1, 1e6, "1/s", log=True)] = 1e5
    cached: Annotated[float, Knob(_("Levels in the walk caches"), 0, 4, step=0.5)] = CACHED_LEVELS
    reference: Annotated[float, Knob(_("Cost of one reference"), 1, 300, _("{n} cycles"))] = 20
    exit: Annotated[float, Knob(_("Cost of one exit"), 500, 10_000, _("{n} cycles"))] = EXIT_CYCLES
    clock: Annotated[float, Knob(_("Clock"), 1, 5, "GHz", step=0.01)] = 3.33

    def run(self) -> NestedPagingResult:
        native, shadow, nested = self.references()
        extra = (nested - shadow) * self.reference
        return NestedPagingResult(
            costs=(
                self._cost("native", native, updates=0),
                self._cost("shadow", shadow, updates=self.updates),
                self._cost("nested", nested, updates=0),
            ),
            misses=self.misses,
            updates=self.updates,
            crossover=self.misses * extra / self.exit,
        )

    def references(self) -> tuple[float, float, float]:
        """Memory references of a TLB miss, on average: native, shadow, nested."""
        guest = self._read(self.guest_levels, self.guest_large)
        host = self._read(self.host_levels, self.host_large)
        shadow = self._read(self.guest_levels, self.guest_large and self.host_large)
        return native_references(guest), native_references(shadow), nested_references(guest, host)

    def _read(self, levels: int, large: bool) -> float:
        """Levels of a table that are read at a miss."""
        return uncached(walked(levels, large), self.cached)

    def _cost(self, scheme: Scheme, references: float, updates: float) -> Cost:
        second = self.clock * 1e9
        walking = self.misses * references * self.reference / second
        return Cost(scheme, references, walking, updates * self.exit / second)
