"""A limit on CPU time: quota, period, and why a service far below its limit waits (chapter 4).

Linux gives a control group with a limit so much CPU time (the *quota*) in each *period*. Threads
that run at the same time draw from the quota together. When it is used up, all of them stand still
until the next period begins (Linux, Documentation/scheduler/sched-bwc.rst).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, Literal

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.scheduler import quantile
from hvlib.numbers import three_digits
from hvlib.words import _

PERIOD = 100.0
"""ms: the kernel's default period (sched-bwc.rst)."""
REQUESTS = 400
"""How many requests a run follows."""
SHOWN = 6
"""At most so many periods of one request are drawn."""
_HAIR = 1e-9


def on_more_memory(holds: float, high: float, most: float) -> Literal["given", "slowed", "killed"]:
    """What comes of a request for memory by a group that can give nothing back.

    holds: what the group has, high: its memory.high, most: its memory.max, in one unit. "slowed":
    it is put to reclaiming and held up, and gets the memory. "killed": one of its processes is
    ended. (Linux, Documentation/admin-guide/cgroup-v2.rst.)
    """
    if holds >= most:
        return "killed"
    return "slowed" if holds >= high else "given"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one request's time, in ms. cpus: how many run; 0 while the group stands still."""

    start: float
    end: float
    cpus: float


class Budget:
    """What is left of the quota, period by period. Times and CPU time in ms.

    quota: CPU time a period. A fresh budget stands at the beginning of a period. used, exhausted:
    periods with work so far, and those of them in which the quota ran out.
    Raises ValueError for a quota or a period of nothing.
    """

    def __init__(self, quota: float, period: float) -> None:
        if quota <= 0 or period <= 0:
            raise ValueError(_("quota and period must be above 0"))
        self.quota, self.period = quota, period
        self.used = self.exhausted = 0
        self._number, self._left = -1, quota

    def work(self, start: float, need: float, cpus: float) -> float:
        """When ``need`` of CPU time is done that begins at ``start`` on ``cpus`` CPUs at once."""
        now, full = start, min(self.quota, cpus * self.period)
        while (rest := self.spend(now, need, cpus))[1] > _HAIR:
            need = rest[1]
            self.exhausted += rest[0] < (self._number + 1) * self.period - _HAIR
            # Periods that are used up whole pass at one stroke.
            passed = max(0, math.ceil(need / full - _HAIR) - 1)
            self.used += passed
            self.exhausted += passed * (self.quota < cpus * self.period - _HAIR)
            self._number += passed
            need, now = need - passed * full, (self._number + 1) * self.period
        return rest[0]

    def spend(self, now: float, need: float, cpus: float) -> tuple[float, float]:
        """Work in the period of ``now``: when it ends or stops there, and what is left to do."""
        self._enter(now)
        end = (self._number + 1) * self.period
        got = min(need, self._left, cpus * (end - now))
        self._left -= got
        return now + got / cpus, need - got

    def _enter(self, now: float) -> None:
        number = math.floor(now / self.period + _HAIR)
        if number > self._number:
            self._number, self._left = number, self.quota
            self.used += 1


@dataclass(frozen=True, slots=True)
class CpuLimitResult(Result):
    """Latencies in ms: of the median request and of the slowest in a hundred, with and without.

    one: a request that begins with a period, in stretches. use: CPU time asked for, as a share of
    the limit. throttled: share of the periods with work in which the quota ran out. cpus: on how
    many CPUs a request runs at once.
    """

    typical: float
    tail: float
    free_typical: float
    free_tail: float
    use: float
    throttled: float
    limit: float
    period: float
    cpus: int
    one: tuple[Stretch, ...]

    def describe(self) -> str:
        if self.use > 1:
            text = _(
                "The service asks for {use:.0%} of its limit: it can't keep up, and requests wait "
                "ever longer."
            )
            return text.format(use=self.use)
        text = _(
            "On average the service uses {use:.0%} of its limit. The median request takes "
            "{typical} ms, the slowest of a hundred {tail} ms; without the limit "
            "{free_typical} and {free_tail} ms. In {throttled:.0%} of the periods in "
            "which it works, its quota runs out."
        )
        return self.told(
            text,
            typical=three_digits(self.typical),
            tail=three_digits(self.tail),
            free_typical=three_digits(self.free_typical),
            free_tail=three_digits(self.free_tail),
        )


class CpuLimit(Model):
    """A service under ``cpu.max``: its threads work on one request at a time, all at once.

    Each request costs every thread a burst of CPU time; requests arrive at random (400 of them,
    always the same) and wait for one another. Left out: the slices of 5 ms in which the kernel
    hands the quota to single CPUs, saved-up bursts (``cpu.max.burst``), and other work on the
    server. That a period begins when the clock says so, not when the work does, is in it.
    """

    title: ClassVar[str] = _("A limit on CPU time")
    quantities: ClassVar[dict[str, Quantity]] = {
        "slowest": Quantity(_("slowest of 100"), lambda result: result.tail, "ms"),
        "median": Quantity(_("median"), lambda result: result.typical, "ms"),
    }

    limit: Annotated[
        float,
        Knob(_("Limit"), 0.1, 16, _("{n} CPU"), log=True, help=_("quota over period")),
    ] = 1.0
    threads: Annotated[int, Knob(_("Threads at once"), 1, 64)] = 8
    burst: Annotated[float, Knob(_("CPU time of each, a request"), 1, 200, "ms", log=True)] = 20
    rate: Annotated[float, Knob(_("Requests"), 0.1, 50, "1/s", log=True)] = 2
    period: Annotated[
        float,
        Knob(_("Period"), 1, 1_000, "ms", log=True, ticks=((PERIOD, _("the kernel’s default")),)),
    ] = PERIOD
    server: Annotated[int, Knob(_("CPUs of the server"), 1, 128)] = 8

    @property
    def at_once(self) -> int:
        """On how many CPUs a request runs at once."""
        return min(self.threads, self.server)

    @property
    def need(self) -> float:
        """CPU time of one request, in ms."""
        return self.threads * self.burst

    def budget(self) -> Budget:
        """A fresh budget of this limit."""
        return Budget(self.limit * self.period, self.period)

    def run(self) -> CpuLimitResult:
        arrivals = tuple(self._arrivals())
        budget, free = self.budget(), self.need / self.at_once
        held, unheld = [], []
        limited = alone = 0.0
        for at in arrivals:
            limited = budget.work(max(at, limited), self.need, self.at_once)
            alone = max(at, alone) + free
            held.append(limited - at)
            unheld.append(alone - at)
        return CpuLimitResult(
            typical=quantile(held, 0.5),
            tail=quantile(held, 0.99),
            free_typical=quantile(unheld, 0.5),
            free_tail=quantile(unheld, 0.99),
            use=self.rate * self.need / 1000 / self.limit,
            throttled=budget.exhausted / budget.used,
            limit=self.limit,
            period=self.period,
            cpus=self.at_once,
            one=tuple(self.one()),
        )

    def _arrivals(self) -> Iterator[float]:
        random, now = Random(1), 0.0
        for _request in range(REQUESTS):
            now += random.expovariate(self.rate / 1000)
            yield now

    def one(self) -> Iterator[Stretch]:
        """A request that begins with a period and finds the whole quota, as far as it is drawn."""
        budget, need, cpus = self.budget(), self.need, self.at_once
        for number in range(SHOWN):
            start, end = number * self.period, (number + 1) * self.period
            stop, need = budget.spend(start, need, cpus)
            yield Stretch(start, stop, cpus)
            if need <= _HAIR:
                return
            if end - stop > _HAIR:
                yield Stretch(stop, end, 0)
