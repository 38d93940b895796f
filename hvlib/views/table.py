"""Tables of what models and systems say: the real flaws, and what each way to deploy costs."""

from hvlib.arguments import of_kind
from hvlib.models.cluster import ClusterRun
from hvlib.models.deployment import STRATEGY_NAMES, DeploymentResult
from hvlib.models.inventory import VM, Failure, Host, Settings
from hvlib.models.isolation import (
    CASES,
    FLAWS,
    NEEDS,
    SETTING_NAMES,
    Case,
    Isolation,
    IsolationResult,
    Place,
)
from hvlib.numbers import rounded
from hvlib.published.figures import figure
from hvlib.systems.blast import host_parts, who_falls
from hvlib.systems.system import load
from hvlib.table import Table
from hvlib.texts import in_words
from hvlib.trace import Trace
from hvlib.trust import GUARDS, SETTINGS, Setting
from hvlib.words import _


def real_flaws() -> Table:
    """Real flaws, a row for each product that had one: whom it takes there, as the files say.

    Each row is worked out from the product's system file: its protection domains, the boundary
    that the flaw broke, and where the attacker stands.
    """
    head = (
        _("layer"),
        _("flaw"),
        _("product"),
        _("attacker in"),
        _("tenants that fall"),
        _("and of the host"),
        _("what happened"),
        _("source"),
    )
    rows = (
        (*_flaw(case, place), *((case.says, case.source) if place == case.found[0] else ("", "")))
        for case in CASES
        for place in case.found
    )
    return Table(head, tuple(rows))


def _flaw(case: Case, place: Place) -> tuple[str, ...]:
    system = load(place.system)
    broken = () if case.guarded else place.broken
    fallen = who_falls(system, place.attacker, broken)
    text = _("{fallen} of {tenants}").replace(" ", "\N{NO-BREAK SPACE}")  # narrow columns
    parts = host_parts(system, place.attacker, broken)
    return (
        FLAWS[case.layer],
        case.name,
        system.name,
        in_words("boundary", system.component(place.attacker).boundary),
        text.format(fallen=len(fallen), tenants=len(system.of_role("guest", "container"))),
        ", ".join(in_words("boundary", part) for part in parts) or _("nothing"),
    )


def settings_table() -> Table:
    """What each setting of a container gives away: who falls without a flaw, and which flaws pass.

    The model's answers, for containers on one kernel as Docker starts them.
    """
    head = (
        _("run with"),
        _("the container gets"),
        _("falls without a flaw"),
        _("flaws that pass now: those that need"),
    )
    return Table(head, tuple(map(_setting, SETTINGS)), (False,) * len(head))


def _setting(setting: Setting) -> tuple[str, ...]:
    opening = SETTINGS[setting]
    result = Isolation(setting=setting, flaw="application").run()
    needs = ", ".join(NEEDS[needs] for guard, needs in GUARDS.items() if guard in opening.guards)
    return (SETTING_NAMES.get(setting, setting), opening.gives, _fallen(result), needs or "–")


def _fallen(result: IsolationResult) -> str:
    """Who falls beside the attacker's own tenant, in words."""
    if len(result.fallen) == 1:
        return _("nobody else")
    return _("the host and all on it") if result.host_falls else _("all other containers")


_ARM, _P4 = _("HP Moonshot m400, ARM"), _("3.8 GHz Pentium 4 672")
_ONE_MACHINE: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (_("an empty hypercall"), _ARM, (
        (_("Xen, Type 1"), "dall2016/hypercall.xen"),
        (_("KVM, Type 2"), "dall2016/hypercall.kvm"),
    )),
    *((what, _P4, (
        (_("no hypervisor"), f"adams2006/{event}.native"),
        (_("VMware, by translation"), f"adams2006/{event}.translation"),
        (_("VMware, with VT-x"), f"adams2006/{event}.hardware"),
    )) for what, event in (
        (_("a system call"), "syscall"),
        (_("a port is read"), "port"),
        (_("a page fault"), "fault"),
        (_("a change of a page table"), "page_table"),
    )),
)  # fmt: skip


def one_machine(own: Trace | None = None) -> Table:
    """What the same event costs by several ways on one machine, in cycles, as published.

    own: a trace of the experiment ``exit_timing``, which becomes the last row: there an exit goes
    as far as a program in Python, so it holds more than a hypercall does.
    """
    head = (_("event"), _("machine"), _("way"), _("cycles"), _("source"))
    rows: list[tuple[str, ...]] = [
        (what if way == ways[0] else "", machine if way == ways[0] else "", way[0],
         f"{figure(way[1]).value:,.0f}", figure(way[1]).short)
        for what, machine, ways in _ONE_MACHINE
        for way in ways
    ]  # fmt: skip
    if own is not None:
        example = 'one_machine(measure("exit_timing").trace)'
        if "cycles_per_exit" not in of_kind(own, Trace, example).summary:
            of_kind(own.title, Trace, example)  # another experiment's: refused by its name
        rows.append(_own_exit(own))
    return Table(head, tuple(rows))


def _own_exit(own: Trace) -> tuple[str, ...]:
    place = own.provenance
    cycles = own.summary["cycles_per_exit"]
    return (
        _("an exit, answered in Python"),
        place.machine_in_words if place else _("unknown"),
        _("KVM ({engine})").format(engine=place.kvm) if place and place.kvm else _("KVM"),
        f"{cycles:,.0f}" if cycles else _("clock unknown"),
        _("measured, exit_timing"),
    )


_STEPS: dict[str, str] = {
    "datastore heartbeats": _("the primary looks for its heartbeats on the datastore"),
    "unreachable": _("the primary calls it unreachable, and pings it"),
    "declared failed": _("the primary declares it dead"),
    "election": _("the others begin an election"),
    "elected": _("a new primary is elected"),
    "isolated": _("it declares itself isolated"),
    "response": _("it powers its VMs off"),
    "power-on": _("the first VM is powered on elsewhere"),
}


def ha_timeline() -> Table:
    """When HA does what, in seconds from the failure: read off runs of the cluster's model.

    The last two cases have the response that powers VMs off; by default they run on.
    """
    cases: tuple[tuple[str, Failure, Settings], ...] = (
        (_("a secondary fails"), Failure(100, "host", "host 2"), Settings()),
        (_("the same, no heartbeat datastore"), Failure(100, "host", "host 2"),
         Settings(heartbeat_datastores=False)),
        (_("the primary fails"), Failure(100, "host", "host 1"), Settings()),
        (_("a secondary is isolated"), Failure(100, "network", "host 2"),
         Settings(response="power off")),
        (_("the primary is isolated"), Failure(100, "network", "host 1"),
         Settings(response="power off")),
    )  # fmt: skip
    times = [_first_times(failure, settings) for _title, failure, settings in cases]
    rows = (
        (says, *(f"{t[kind]:g}" if kind in t else "—" for t in times))
        for kind, says in _STEPS.items()
    )
    return Table((_("seconds after the failure"), *(title for title, *_rest in cases)), tuple(rows))


def _first_times(failure: Failure, settings: Settings) -> dict[str, float]:
    """Seconds from the failure to the first entry of each kind in the log."""
    hosts = tuple(Host(f"host {n}", 40, 128) for n in (1, 2, 3))
    vms = (VM("vCenter", 4, 16, "high"), VM("VM 1", 2, 8))
    log = ClusterRun(hosts, vms, (failure,), settings).run().log
    return {kind: time - failure.time for time, kind, *_rest in reversed(log)}


def plans_table(result: DeploymentResult) -> Table:
    """What each way to deploy comes to. The prices are assumptions and bear no currency."""
    of_kind(result, DeploymentResult, "plans_table(Deployment().run())")
    head = (
        _("strategy"),
        _("servers"),
        _("VMs"),
        _("memory"),
        _("cost a year (assumed prices)"),
        _("expected loss a year"),
        _("start"),
        _("tenants one flaw takes"),
    )
    rows = (
        (
            STRATEGY_NAMES[plan.strategy],
            f"{plan.servers}",
            f"{plan.machines}",
            f"{plan.memory / 1024:,.0f} GB",
            f"{plan.cost:,.0f}",
            rounded(plan.loss),
            f"{plan.start:g} s",
            f"{plan.worst}",
        )
        for plan in result.plans
    )
    return Table(head, tuple(rows))
