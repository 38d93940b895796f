"""VMs, containers or both: cost against blast radius for many tenants (chapter 4, its conclusion).

Each strategy puts the same services on servers in another way. Placing them gives servers, memory
and cost; who shares a kernel and a server gives what an attacker reaches.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from hvlib.models.isolation import ROOT_HELP
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import rounded, with_unit
from hvlib.words import _, ngettext

Strategy = Literal[
    "one VM each",
    "all containers on one kernel",
    "containers in a VM per tenant",
    "containers in a VM per trust group",
    "sandboxed containers",
]
STRATEGY_NAMES: dict[Strategy, str] = {
    "one VM each": _("one VM each"),
    "all containers on one kernel": _("all containers on one kernel"),
    "containers in a VM per tenant": _("containers in a VM per tenant"),
    "containers in a VM per trust group": _("containers in a VM per trust group"),
    "sandboxed containers": _("sandboxed containers"),
}
"""What each is called."""
Wall = Literal["kernel", "hypervisor", "sandbox"]


@dataclass(frozen=True, slots=True)
class Way:
    """One strategy. owner: each of these has units of its own. virtual: a unit is a VM.

    containers: services run in containers. out: the walls, all of which must fall, between an
    attacker in an application and all else on the server; within: those between it and the other
    services of its unit, the first of ``out``.
    """

    owner: Literal["service", "tenant", "group"]
    virtual: bool
    containers: bool
    out: tuple[Wall, ...]
    within: tuple[Wall, ...] = ()


WAYS: dict[Strategy, Way] = {
    "one VM each": Way("service", True, False, ("kernel", "hypervisor")),
    "all containers on one kernel": Way("service", False, True, ("kernel",)),
    "containers in a VM per tenant": Way(
        "tenant", True, True, ("kernel", "hypervisor"), ("kernel",)
    ),
    "containers in a VM per trust group": Way(
        "group", True, True, ("kernel", "hypervisor"), ("kernel",)
    ),
    "sandboxed containers": Way("service", False, True, ("sandbox", "kernel")),
}
STRATEGIES = tuple(WAYS)


@dataclass(frozen=True, slots=True)
class Placement:
    """Services packed into equal units (VMs or bare containers), and units onto servers.

    units: how many. tenants_a_unit, tenants_a_server: who shares a kernel, who a server, at worst.
    """

    units: int
    memory: float
    servers: int
    tenants_a_unit: int
    tenants_a_server: int


def place(
    services: int, owners: int, tenants: int, *, each: float, fixed: float, server: float
) -> Placement:
    """Pack services into units of one owner each, and units onto servers.

    owners: how many parties (tenants, trust groups, or the services themselves) have units of their
    own; their services are split evenly. each: MB of a service in a unit. fixed: MB of a unit
    beside its services. server: MB of a server. An owner without services has no unit.
    Raises ValueError when not even one service fits into a unit on a server.
    """
    if each + fixed > server:
        text = _("{each:,.0f} MB and {fixed:,.0f} MB of overhead do not fit a server of {server:,}")
        raise ValueError(text.format(each=each, fixed=fixed, server=server))
    tenants, owners = min(tenants, services), min(owners, services)
    if services == 0:
        return Placement(0, 0.0, 0, 0, 0)
    share = math.ceil(services / owners)  # of the largest owner; units are sized for it
    room = int((server - fixed) // each)
    split = math.ceil(share / room)
    in_unit = math.ceil(share / split)
    units = sum(math.ceil(n / in_unit) for n in _spread(services, owners))
    per_server = int(server // (fixed + in_unit * each))
    tenants_a_owner = math.ceil(tenants / owners)
    in_one = min(tenants_a_owner, in_unit)
    return Placement(
        units=units,
        memory=units * fixed + services * each,
        servers=math.ceil(units / per_server),
        tenants_a_unit=in_one,
        tenants_a_server=min(tenants, in_one * min(units, per_server)),
    )


def _spread(services: int, owners: int) -> list[int]:
    """Services of each owner: as even as whole numbers allow."""
    less, more = divmod(services, owners)
    return [less + 1] * more + [less] * (owners - more)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one strategy comes to.

    machines: VMs. memory: MB. cost: a year, servers and upkeep of guest systems. start: seconds
    until one more service answers. worst: tenants that one single flaw takes, at most (1: only the
    attacker's own). others: further tenants expected to fall for each attacker inside.
    loss: expected a year.
    """

    strategy: Strategy
    servers: int
    machines: int
    memory: float
    cost: float
    start: float
    worst: int
    others: float
    loss: float

    @property
    def total(self) -> float:
        """Cost and expected loss of a year."""
        return self.cost + self.loss


@dataclass(frozen=True, slots=True)
class Flip:
    """The advice changes to ``to`` when ``knob`` passes ``value`` and all else stays.

    above: ``to`` is the advice above that value, else below it.
    """

    knob: str
    value: float
    to: Strategy
    above: bool

    def describe(self) -> str:
        """The sentence: ``"“Hypervisor flaws” below 0.0063 a year: one VM each."``"""
        field = Deployment.knobs()[self.knob]
        text = (
            _("“{label}” above {value}: {to}.")
            if self.above
            else _("“{label}” below {value}: {to}.")
        )
        value = with_unit(rounded(self.value), field.knob.unit)
        return text.format(label=field.knob.label, value=value, to=STRATEGY_NAMES[self.to])


@dataclass(frozen=True, slots=True)
class DeploymentResult(Result):
    """plans: one a strategy. best: the strategy with the lowest total. pareto: those that no other
    beats in both cost and worst blast radius. flips: where the advice changes. bands: from which
    rate of kernel flaws to which each strategy is the best, from the lowest rate to the highest.
    rate: of kernel flaws, now.
    """

    plans: tuple[Plan, ...]
    best: Strategy
    pareto: tuple[Strategy, ...]
    flips: tuple[Flip, ...]
    bands: tuple[tuple[float, float, Strategy], ...]
    rate: float

    def plan(self, strategy: Strategy) -> Plan:
        """The plan of a strategy."""
        return next(plan for plan in self.plans if plan.strategy == strategy)

    def describe(self) -> str:
        plan = self.plan(self.best)
        if not plan.servers:
            return _("There is nothing to run: no server is needed and nobody can fall.")
        servers = ngettext("{n} server", "{n} servers", plan.servers).format(n=plan.servers)
        text = _(
            "Cheapest with its risk: {best}, on {servers}, {cost:,.0f} a year and {loss:,.0f} of "
            "expected loss. Tenants that one flaw takes: {worst} at most.{flips}"
        )
        return text.format(
            best=STRATEGY_NAMES[self.best],
            servers=servers,
            cost=plan.cost,
            loss=plan.loss,
            worst=plan.worst,
            flips="".join(
                " " + flip.describe() for flip in self.flips if flip.knob == "kernel_rate"
            ),
        )


def chance(rate: float) -> float:
    """Chance of at least one in a year, for events at a yearly rate: 1 - exp(-rate)."""
    return -math.expm1(-rate)


def rate_of(chance: float) -> float:
    """The yearly rate that gives this chance; the inverse of :func:`chance`."""
    return -math.log1p(-chance)


def pareto(plans: Sequence[Plan]) -> tuple[Strategy, ...]:
    """Strategies that no other beats: none is as good in cost and worst blast and better in one."""
    return tuple(plan.strategy for plan in plans if not any(_beats(other, plan) for other in plans))


def _beats(one: Plan, other: Plan) -> bool:
    as_good = one.cost <= other.cost and one.worst <= other.worst
    return as_good and (one.cost, one.worst) != (other.cost, other.worst)


def crossings(
    lines: Sequence[tuple[float, float]], best: int, here: float
) -> tuple[tuple[float, int] | None, tuple[float, int] | None]:
    """Where, below and above ``here``, another line (intercept, slope) gets under the best one.

    Exact, since every total is a straight line in the chance of a flaw and in the loss.
    """
    intercept, slope = lines[best]
    below: list[tuple[float, int]] = []
    above: list[tuple[float, int]] = []
    for number, (a, b) in enumerate(lines):
        if b == slope:
            continue
        at = (a - intercept) / (slope - b)
        # With a steeper slope another line is lower on the left, with a flatter one on the right.
        (above if b < slope else below).append((at, number))
    left = max((item for item in below if item[0] <= here), default=None)
    right = min((item for item in above if item[0] >= here), default=None)
    return left, right


class Deployment(Model):
    """Services of many tenants on servers, five ways: what each costs and what it risks.

    An attacker sits in one tenant's application. To reach its neighbours it needs, by strategy: the
    shared kernel (or its container runtime); the hypervisor, and in a VM first the guest's kernel;
    or the sandbox and then the kernel. Flaws are independent within a year. Prices, sizes and rates
    are assumptions of the reader, not published figures: they are knobs.
    """

    title: ClassVar[str] = _("VMs, containers or both")
    quantities: ClassVar[dict[str, Quantity]] = {
        "cost": Quantity(
            _("cost and loss of the best"),
            lambda result: result.plan(result.best).total,
            _("a year"),
        ),
        "fall": Quantity(
            _("tenants that one flaw takes"), lambda result: result.plan(result.best).worst
        ),
        "servers": Quantity(_("servers"), lambda result: result.plan(result.best).servers),
    }

    services: Annotated[int, Knob(_("Services"), 0, 1_000)] = 600
    tenants: Annotated[int, Knob(_("Tenants"), 1, 100, log=True)] = 30
    groups: Annotated[int, Knob(_("Trust groups"), 1, 100, log=True)] = 6
    app: Annotated[float, Knob(_("Memory of a service"), 16, 4_096, "MB", step=16)] = 256
    container: Annotated[float, Knob(_("Overhead of a container"), 0, 128, "MB", step=1)] = 10
    sandbox: Annotated[float, Knob(_("Overhead of a sandbox"), 0, 512, "MB", step=4)] = 60
    tax: Annotated[float, Knob(_("CPU that a sandbox costs, share"), 0, 2, step=0.05)] = 0.3
    guest: Annotated[float, Knob(_("Guest OS and VM overhead"), 16, 4_096, "MB", step=16)] = 740
    server: Annotated[float, Knob(_("Memory of a server"), 16, 1_024, "GB", log=True)] = 64
    price: Annotated[
        float, Knob(_("Price of a server"), 100, 50_000, _("{n} a year"), log=True)
    ] = 5_000
    upkeep: Annotated[
        float, Knob(_("Upkeep of a guest system"), 0, 1_000, _("{n} a year"), step=5)
    ] = 30
    kernel_rate: Annotated[
        float,
        Knob(_("Kernel or runtime flaws"), 0.001, 10, _("{n} a year"), log=True),
    ] = 0.5
    hypervisor_rate: Annotated[
        float, Knob(_("Hypervisor flaws"), 0.001, 10, _("{n} a year"), log=True)
    ] = 0.05
    sandbox_rate: Annotated[
        float, Knob(_("Sandbox flaws"), 0.001, 10, _("{n} a year"), log=True)
    ] = 0.2
    attacks: Annotated[
        float,
        Knob(_("Break-ins at one tenant"), 0.001, 10, _("{n} a year"), log=True),
    ] = 0.1
    damage: Annotated[
        float, Knob(_("Damage when another tenant falls"), 1, 1_000_000, log=True)
    ] = 10_000
    root: Annotated[bool, Knob(_("Tenants are root in their own VM"), help=ROOT_HELP)] = False
    boot: Annotated[float, Knob(_("Boot of a guest OS"), 0.1, 120, "s", log=True)] = 20
    container_start: Annotated[float, Knob(_("Start of a container"), 0.01, 10, "s", log=True)] = (
        0.3
    )

    def run(self) -> DeploymentResult:
        placements = {strategy: self._place(strategy) for strategy in STRATEGIES}

        def plans(kernel: float, damage: float) -> tuple[Plan, ...]:
            return tuple(self._plan(s, placements[s], kernel, damage) for s in STRATEGIES)

        now = plans(chance(self.kernel_rate), self.damage)
        best = min(range(len(now)), key=lambda number: (now[number].total, now[number].worst))
        return DeploymentResult(
            plans=now,
            best=now[best].strategy,
            pareto=pareto(now),
            flips=self._flips(plans, best),
            bands=self._bands(plans),
            rate=self.kernel_rate,
        )

    def _place(self, strategy: Strategy) -> Placement:
        way = WAYS[strategy]
        owners = {"service": self.services, "tenant": self.tenants,
                  "group": min(self.groups, self.tenants)}  # fmt: skip
        inside = self.container * way.containers + self.sandbox * ("sandbox" in way.out)
        return place(
            self.services,
            owners[way.owner],
            self.tenants,
            each=self.app + inside,
            fixed=self.guest * way.virtual,
            server=self.server * 1024,
        )

    def _plan(self, strategy: Strategy, at: Placement, kernel: float, damage: float) -> Plan:
        way = WAYS[strategy]
        machines = at.units if way.virtual else 0
        others = self.others(strategy, at, kernel)
        hosts = min(self.tenants, self.services)
        # A sandbox's extra work needs a faster, and so dearer, server.
        price = self.price * (1 + self.tax * ("sandbox" in way.out))
        return Plan(
            strategy=strategy,
            servers=at.servers,
            machines=machines,
            memory=at.memory,
            cost=at.servers * price + machines * self.upkeep,
            start=self.container_start if way.containers else self.boot,
            worst=self.worst(strategy, at),
            others=others,
            loss=hosts * self.attacks * others * damage,
        )

    def walls(self, strategy: Strategy) -> tuple[Wall, ...]:
        """The walls around an attacker: root in a VM of its own needs no flaw of its kernel."""
        way = WAYS[strategy]
        return way.out[1:] if self.root and way.virtual and not way.containers else way.out

    def others(self, strategy: Strategy, at: Placement, kernel: float) -> float:
        """Further tenants expected to fall for each attacker inside, at this chance of a flaw."""
        falls: dict[Wall, float] = {
            "kernel": kernel,
            "hypervisor": chance(self.hypervisor_rate),
            "sandbox": chance(self.sandbox_rate),
        }
        server = math.prod(falls[wall] for wall in self.walls(strategy))
        unit = math.prod(falls[wall] for wall in WAYS[strategy].within)
        in_unit, on_server = max(0, at.tenants_a_unit - 1), max(0, at.tenants_a_server - 1)
        return server * (on_server - in_unit) + unit * in_unit

    def worst(self, strategy: Strategy, at: Placement) -> int:
        """Tenants that fall by one single flaw, at most, the attacker's own included."""
        return at.tenants_a_server if len(self.walls(strategy)) == 1 else at.tenants_a_unit

    def _bands(
        self, plans: Callable[[float, float], tuple[Plan, ...]]
    ) -> tuple[tuple[float, float, Strategy], ...]:
        knob = type(self).knobs()["kernel_rate"].knob
        start, end = float(knob.low or 0), float(knob.high or 0)
        lines = _lines(lambda x: plans(x, self.damage))
        here, last = chance(start), chance(end)
        best = min(range(len(lines)), key=lambda n: (lines[n][0] + here * lines[n][1], lines[n][1]))
        bands: list[tuple[float, float, Strategy]] = []
        while (found := crossings(lines, best, here)[1]) is not None and found[0] < last:
            at = rate_of(found[0])
            bands.append((start, at, STRATEGIES[best]))
            start, (here, best) = at, found
        return (*bands, (start, end, STRATEGIES[best]))

    def _flips(
        self, plans: Callable[[float, float], tuple[Plan, ...]], best: int
    ) -> tuple[Flip, ...]:
        kernel = chance(self.kernel_rate)
        flips: list[Flip] = []
        lines = _lines(lambda x: plans(x, self.damage))
        for above, found in enumerate(crossings(lines, best, kernel)):
            if found is not None and 0 < found[0] < 1:
                at, to = rate_of(found[0]), STRATEGIES[found[1]]
                flips.append(Flip("kernel_rate", at, to, bool(above)))
        lines = _lines(partial(plans, kernel))
        for above, found in enumerate(crossings(lines, best, self.damage)):
            if found is not None and found[0] > 0:
                flips.append(Flip("damage", found[0], STRATEGIES[found[1]], bool(above)))
        return tuple(flips)


def _lines(plans: Callable[[float], tuple[Plan, ...]]) -> list[tuple[float, float]]:
    """Each plan's total as a straight line: at 0, and what it rises by up to 1."""
    pairs = zip(plans(0.0), plans(1.0), strict=True)
    return [(low.total, high.total - low.total) for low, high in pairs]
