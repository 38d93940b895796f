"""Why people want a hypervisor: many loads on few hosts (chapter 1)."""

from dataclasses import dataclass
from functools import cache
from math import ceil, cos, pi, sqrt
from random import Random
from typing import Annotated, ClassVar

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.words import _


@dataclass(frozen=True, slots=True)
class Load:
    """One server's work, in shares of a host. mean: its average. peak: what it needs at times."""

    mean: float
    peak: float


@dataclass(frozen=True, slots=True)
class Host:
    """loads: how many it carries. mean: their average together. demand: their joint peak."""

    loads: int
    mean: float
    demand: float


@dataclass(frozen=True, slots=True)
class ConsolidationResult(Result):
    """hosts: the hosts needed, in order. before: servers without consolidation, one a load.

    utilisation: average share of the hosts in use; utilisation_before: of one server a load.
    power, power_before: watts of all. usable: share of a host below the headroom.
    by_mean: hosts that the averages alone would fill, a lower bound; by_peak: that the sum of all
    peaks would fill. day: what the first host's loads need in each half hour of a day, a curve a
    load; see :func:`day`.
    """

    hosts: tuple[Host, ...]
    before: int
    utilisation: float
    utilisation_before: float
    power: float
    power_before: float
    usable: float
    by_mean: int
    by_peak: int
    day: tuple[tuple[float, ...], ...]

    def describe(self) -> str:
        text = _(
            "Loads: {before}; hosts needed: {hosts}, used {u:.0%} on average instead of "
            "{ub:.0%}, with {p:,.0f} W instead of {pb:,.0f} W. "
            "Averages alone would fill {low}, the sum of all peaks {high}."
        )
        return text.format(
            before=self.before,
            hosts=len(self.hosts),
            u=self.utilisation,
            ub=self.utilisation_before,
            p=self.power,
            pb=self.power_before,
            low=self.by_mean,
            high=self.by_peak,
        )


class Consolidation(Model):
    """Pack loads on hosts so that each host holds the joint peak of its loads below the headroom.

    Peaks that don't come together need less room than their sum. With the part d of each load
    above its mean taken as a multiple of its standard deviation, and any two loads correlated by
    r, a host needs the sum of the means plus sqrt(r (sum d)² + (1 − r) sum d²): the variance of
    a sum of correlated variables. r = 1 adds the peaks up.

    Loads go to hosts in the order of their peaks, the next host being opened when one is full.
    Among packings in that order none needs fewer hosts, so more correlation, more headroom or
    another load never saves a host. Power rises in a straight line from idle to full use.
    """

    title: ClassVar[str] = _("Consolidation")
    quantities: ClassVar[dict[str, Quantity]] = {
        "hosts": Quantity(_("hosts"), lambda result: len(result.hosts)),
        "loads": Quantity(_("loads"), lambda result: result.before),
        "free": Quantity(_("headroom"), lambda result: 100 * (1 - result.usable), "%"),
    }

    loads: Annotated[int, Knob(_("Loads"), 1, 200)] = 40
    peak: Annotated[float, Knob(_("Peak of a load"), 0.02, 0.4, _("{n} hosts"), step=0.01)] = 0.15
    mean: Annotated[float, Knob(_("Average over peak"), 0.05, 1, step=0.05)] = 0.3
    correlation: Annotated[float, Knob(_("Correlation of the peaks"), 0, 1, step=0.05)] = 0.2
    headroom: Annotated[float, Knob(_("Headroom kept free"), 0, 0.4, step=0.05)] = 0.2
    spread: Annotated[float, Knob(_("Difference in size"), 0, 0.5, step=0.05)] = 0.3
    idle: Annotated[float, Knob(_("Idle power over full power"), 0, 1, step=0.05)] = 0.5
    full: Annotated[float, Knob(_("Full power of a host"), 50, 1000, "W", step=10)] = 400
    seed: Annotated[int, Knob(_("Seed"), 0, 99)] = 0

    def run(self) -> ConsolidationResult:
        loads = self._loads()
        usable = 1 - self.headroom
        hosts = pack(loads, usable, self.correlation)
        ordered = sorted(loads, key=lambda item: item.peak, reverse=True)
        total = sum(load.mean for load in loads)
        return ConsolidationResult(
            hosts=hosts,
            before=len(loads),
            utilisation=total / len(hosts),
            utilisation_before=total / len(loads),
            power=self._power(len(hosts), total),
            power_before=self._power(len(loads), total),
            usable=usable,
            by_mean=_whole(total / usable),
            by_peak=_whole(sum(load.peak for load in loads) / usable),
            day=day(ordered[: hosts[0].loads], hosts[0].demand),
        )

    def _loads(self) -> list[Load]:
        random = Random(self.seed)
        sizes = [1 + self.spread * random.uniform(-1, 1) for _load in range(self.loads)]
        return [Load(self.mean * self.peak * size, self.peak * size) for size in sizes]

    def _power(self, hosts: int, total: float) -> float:
        """Watts of ``hosts`` that carry ``total`` hosts' worth of load between them."""
        return self.full * (self.idle * hosts + (1 - self.idle) * total)


ROUNDING = 1e-9
"""Slack for sums of floats that are equal on paper."""


@dataclass(frozen=True, slots=True)
class Together:
    """Sums over loads on one host: how many, their means, their parts above it and its squares."""

    loads: int = 0
    mean: float = 0.0
    above: float = 0.0
    squares: float = 0.0

    def plus(self, load: Load) -> "Together":
        """These loads and one more."""
        above = load.peak - load.mean
        return Together(
            self.loads + 1, self.mean + load.mean, self.above + above, self.squares + above * above
        )

    def joint_peak(self, correlation: float) -> float:
        """What the loads need at their joint peak; see :class:`Consolidation`."""
        variance = correlation * self.above * self.above + (1 - correlation) * self.squares
        return self.mean + sqrt(variance)


def pack(loads: list[Load], usable: float, correlation: float) -> tuple[Host, ...]:
    """Loads on hosts, largest peak first. A load too large for any host gets one of its own."""
    hosts: list[Host] = []
    on = Together()
    for load in sorted(loads, key=lambda item: item.peak, reverse=True):
        more = on.plus(load)
        if on.loads and more.joint_peak(correlation) > usable + ROUNDING:
            hosts.append(Host(on.loads, on.mean, on.joint_peak(correlation)))
            more = Together().plus(load)
        on = more
    return (*hosts, Host(on.loads, on.mean, on.joint_peak(correlation)))


HALF_HOURS = 48
NOON = 28
"""The half hour at which the peaks meet if they all do: two o'clock."""
MOST_CURVES = 12
GOLDEN = (sqrt(5) - 1) / 2


def day(loads: list[Load], demand: float) -> tuple[tuple[float, ...], ...]:
    """A day of some loads whose busiest half hour needs ``demand``: a curve a load, 48 values.

    Each load rises once from below its mean to its peak and falls again. Their hours are spread
    just as far that the curves together reach what the loads need at their joint peak. The day is
    an example: the joint peak comes from the correlation (:class:`Consolidation`), not from it. Of
    more than MOST_CURVES loads, neighbours are taken together.
    """
    size = -(-len(loads) // MOST_CURVES)
    groups = [loads[n : n + size] for n in range(0, len(loads), size)]
    loads = [Load(sum(x.mean for x in g), sum(x.peak for x in g)) for g in groups]
    low, high = 0.0, 1.0
    for _half in range(8):
        spread = (low + high) / 2
        curves = _curves(loads, spread)
        if max(map(sum, zip(*curves, strict=True))) > demand:
            low = spread
        else:
            high = spread
    return _curves(loads, high)


def _curves(loads: list[Load], spread: float) -> tuple[tuple[float, ...], ...]:
    places = [round(NOON + spread * HALF_HOURS * (n * GOLDEN % 1 - 0.5)) for n in range(len(loads))]
    return tuple(_curve(load, at) for load, at in zip(loads, places, strict=True))


def _curve(load: Load, at: int) -> tuple[float, ...]:
    """A load over a day, with its peak in the half hour ``at`` and its mean on average."""
    part = load.mean / load.peak
    steps = _hill(round(min(part, 1.0), 4))
    return tuple(load.peak * steps[(n - at) % HALF_HOURS] for n in range(HALF_HOURS))


@cache
def _hill(mean: float) -> tuple[float, ...]:
    """48 values from a peak of 1 down and up again, with this mean: a cosine to a power."""
    base = [(1 + cos(2 * pi * n / HALF_HOURS)) / 2 for n in range(HALF_HOURS)]
    low, high = 0.0, 200.0  # a higher power makes a narrower hill
    for _half in range(40):
        power = (low + high) / 2
        if sum(value**power for value in base) / HALF_HOURS > mean:
            low = power
        else:
            high = power
    return tuple(value**low for value in base)


def _whole(hosts: float) -> int:
    return max(1, ceil(hosts - ROUNDING))
