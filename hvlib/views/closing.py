"""The book's last page: all types side by side, from the systems' files, models and one paper."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from hvlib.models.density import Density, DensityResult, Fit
from hvlib.models.deployment import Deployment, DeploymentResult, Strategy
from hvlib.models.hosted import Environment as Speed
from hvlib.published.figures import figure
from hvlib.systems.blast import trust_graph, who_falls
from hvlib.systems.classify import type_name
from hvlib.systems.failure import Condition
from hvlib.systems.parts import Component, State
from hvlib.systems.system import System, load
from hvlib.table import Table
from hvlib.words import _

NOT_MODELLED = _("not modelled")
"""Where the model that the row asks has no such case."""
NOT_MEASURED = _("not measured")
"""Where the paper that the row asks has no such system."""


@dataclass(frozen=True, slots=True)
class Column:
    """A type, the system that stands for it, and its name in models and paper (None: nowhere).

    tenants: the role of what a tenant has, for each system calls it otherwise.
    """

    title: str
    id: str
    tenants: str
    fits: str | None
    speed: Speed | None
    strategy: Strategy | None

    @property
    def system(self) -> System:
        """The system, loaded."""
        return load(self.id)


COLUMNS: tuple[Column, ...] = (
    Column(_("Type 1"), "xen", "guest", "VM", "xen", "one VM each"),
    Column(_("Type 2"), "workstation", "guest", "VM", "workstation", None),
    Column(
        _("Containers"), "docker", "container", "container", None, "all containers on one kernel"
    ),
    Column(_("Containers in VMs"), "kata", "guest", None, None, "containers in a VM per tenant"),
)
"""Xen, VMware Workstation, Docker and Kata stand for the four types."""

Cell = Callable[[Column], str]

# --- what the files say ---------------------------------------------------------------------


def base(system: System) -> Component:
    """The software that rests on the hardware alone: hypervisor, host or kernel.

    Raises LookupError for a system without one.
    """
    for item in system.of_role("hypervisor", "kernel"):
        runs_on = [need.of for need in item.needs if need.for_ == "run"]
        others = [id for id in runs_on if item.id not in system.ancestors(id)]
        below = {system.component(id).layer for id in others}
        if item.inside is None and below == {"hardware"}:
            return item
    raise LookupError(f"{system.id}: no hypervisor or kernel rests on the hardware alone")


def tenants(column: Column) -> tuple[Component, ...]:
    """What each tenant has of its own: a guest or a container."""
    return column.system.of_role(column.tenants)


def _crash(column: Column, *crashed: str, state: State = "down") -> tuple[int, int]:
    """How many of the other tenants a crash leaves in a state, and how many others there are."""
    states = column.system.states(crashed)
    others = [item.id for item in tenants(column) if item.id not in crashed]
    return sum(states[id] == state for id in others), len(others)


def _neighbour(column: Column) -> str:
    return _of(*_crash(column, tenants(column)[0].id))


def _base_crash(column: Column) -> str:
    return _of(*_crash(column, base(column.system).id))


def _managers(column: Column) -> str:
    """What becomes of the tenants when every manager outside them fails."""
    system = column.system
    inside = {item.id for item in tenants(column)}
    managers = [
        item.id for item in system.of_role("manager") if not inside & set(system.ancestors(item.id))
    ]
    moments = system.moments(managers)
    first, last = (_how(inside, moment.conditions) for moment in (moments[0], moments[-1]))
    if last in (first, _state_word("up")):
        return first
    return _("{first}; in the end {last}").format(first=first, last=last)


def _how(tenants: Iterable[str], conditions: Mapping[str, Condition]) -> str:
    """What has become of the tenants; one that lacks no disk and no network goes on."""
    found: set[State] = set()
    for id in tenants:
        one = conditions[id]
        cut = one.lacks & {"disk", "network", "service"}
        found.add("unmanaged" if one.state == "limited" and not cut else one.state)
    return ", ".join(_state_word(state) for state in sorted(found))


def _state_word(state: State) -> str:
    words: dict[State, str] = {
        "up": _("go on"),
        "crashed": _("crash"),
        "down": _("are down"),
        "stalled": _("stall at I/O"),
        "limited": _("go on, cut off"),
        "unmanaged": _("go on, unmanaged"),
    }
    return words[state]


def _crossings(flow: str) -> Cell:
    return lambda column: str(len(column.system.passages(flow)))


def _kernel_flaw(column: Column) -> str:
    """Tenants that fall when the kernel that an application calls has a flaw."""
    flow = column.system.flow("packet")
    return _taken(column, flow.steps[0].at, flow.steps[1].at)


def way_out(column: Column) -> tuple[str, ...]:
    """The fewest boundaries that an attacker in one tenant must break to take another.

    Raises LookupError where no number of flaws leads there.
    """
    graph = trust_graph(column.system)
    attacker = column.system.flow("packet").steps[0].at
    start = column.system.component(attacker).boundary
    own = (attacker, *column.system.ancestors(attacker))
    others = {item.name for item in tenants(column) if item.id not in own}
    for count in range(len(graph.walls) + 1):
        for walls in combinations(sorted(graph.walls), count):
            if others & set(graph.fallen(start, set(walls))):
                return walls
    raise LookupError(f"{column.id}: no flaws lead from one tenant to another")


def _way_out(column: Column) -> str:
    return str(len(way_out(column)))


def _taken(column: Column, attacker: str, *flaws: str) -> str:
    names = {item.name for item in tenants(column)}
    return _of(len(names & set(who_falls(column.system, attacker, flaws))), len(names))


def _of(some: int, all: int) -> str:
    return _("{some} of {all}").format(some=some, all=all)


# --- what the models say --------------------------------------------------------------------


@cache
def _density() -> DensityResult:
    return Density().run()


@cache
def _deployment() -> DeploymentResult:
    return Deployment().run()


def _fit(say: Callable[[Fit], str]) -> Cell:
    def cell(column: Column) -> str:
        if column.fits is None:
            return NOT_MODELLED
        return say(_density().vm if column.fits == "VM" else _density().container)

    return cell


def _plan_cost(column: Column) -> str:
    if column.strategy is None:
        return NOT_MODELLED
    return f"{_deployment().plan(column.strategy).cost:,.0f}"


def _plan_worst(column: Column) -> str:
    if column.strategy is None:
        return NOT_MODELLED
    return _of(_deployment().plan(column.strategy).worst, Deployment().tenants)


# --- what was measured ----------------------------------------------------------------------


def _speed(workload: str) -> Cell:
    """A score of Barham et al. 2003, Figure 3, over that of native Linux."""

    def cell(column: Column) -> str:
        if column.speed is None:
            return NOT_MEASURED
        score = figure(f"barham2003/{workload}.{column.speed}").value
        return f"{score / figure(f'barham2003/{workload}.native').value:.0%}"

    return cell


# --- the table ------------------------------------------------------------------------------


def _class(column: Column) -> str:
    return type_name(column.system.classification.type)


ROWS: tuple[tuple[str, Cell, str], ...] = (
    (_("stands for it"), lambda column: column.system.name, _("file")),
    (_("classed as"), _class, _("file")),
    (_("lowest software"), lambda column: base(column.system).name, _("file")),
    (_("boundaries a packet crosses"), _crossings("packet"), _("file")),
    (_("boundaries a disk write crosses"), _crossings("disk"), _("file")),
    (_("a tenant crashes: others down"), _neighbour, _("file")),
    (_("the lowest software crashes: down"), _base_crash, _("file")),
    (_("the managers crash: tenants"), _managers, _("file")),
    (_("flaw in the kernel called: tenants fallen"), _kernel_flaw, _("file")),
    (_("flaws to reach another tenant, at least"), _way_out, _("file")),
    (_("copies on one server (VM: KVM’s overhead)"), _fit(lambda fit: f"{fit.count:,}"), "Density"),
    (_("one more takes (VM: KVM’s overhead)"), _fit(lambda fit: f"{fit.each:,.0f} MB"), "Density"),
    (_("start (assumed)"), _fit(lambda fit: f"{fit.start:g} s"), "Density"),
    (_("speed of computing, native = 100%"), _speed("specint"), "Barham et al. 2003"),
    (_("speed of database writes, native = 100%"), _speed("osdb_oltp"), "Barham et al. 2003"),
    (_("cost a year (assumed prices)"), _plan_cost, "Deployment"),
    (_("tenants that one flaw takes, at most"), _plan_worst, "Deployment"),
)
"""(what, the cell of a column, where it comes from): the rows in the order of the book."""


class ClosingTable(Table):
    """The whole comparison: a line a question, a column a type."""

    def describe(self) -> str:
        """What the table says of isolation, in a sentence."""
        text = _("Tenants that one flaw in the kernel they call takes: {all}.")
        each = (f"{column.title} {_kernel_flaw(column)}" for column in COLUMNS)
        return text.format(all=", ".join(each))


def closing_table() -> ClosingTable:
    """All types of the book in one table, from the systems' files, the models and one paper."""
    head = ("", *(column.title for column in COLUMNS), _("from"))
    return ClosingTable(
        head, tuple((what, *map(cell, COLUMNS), source) for what, cell, source in ROWS)
    )
