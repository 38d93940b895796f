"""Models of chapter 3 beside published figures."""

from hvlib.listed import sentences
from hvlib.models.hosted import EVENTS, WORKLOADS, Environment, Workload, weight_of
from hvlib.published.comparison import Comparison, Role, compare
from hvlib.words import _

KEYS: dict[str, str] = {
    "SPEC INT2000": "specint",
    "Linux build": "linux_build",
    "OSDB-IR": "osdb_ir",
    "OSDB-OLTP": "osdb_oltp",
    "dbench": "dbench",
    "SPEC WEB99": "specweb99",
}
"""Names of the workloads in barham2003.toml."""

NOTES: dict[str, str] = {
    "SPEC INT2000": _("No events, so no loss predicted; in fact the guest has timer ticks too."),
    "Linux build": _("A hit: process creation and page faults explain it."),
    "OSDB-IR": _("Near: client and server switch contexts, and that is the dear event."),
    "OSDB-OLTP": _(
        "A miss by a factor of five: each transaction waits for a disk write through the host OS, "
        "and Tables 3 to 6 measure no disk write. The Xen row can't reveal it: Xen's path is short."
    ),
    "dbench": _("Near: file-system calls that mostly stay in the guest's cache."),
    "SPEC WEB99": _(
        "A miss by a factor of three: Xen sends packets of 1,500 bytes as fast as native Linux "
        "(Table 6), so the Xen row can't say how many there are; on Workstation each is dear."
    ),
}
"""Where each prediction holds or fails, and why."""


def comparisons() -> tuple[Comparison, ...]:
    """Every figure of chapter 3 that a model gives: Figure 3 of Barham et al., and nice weights."""
    rows = [
        _figure3(workload, environment, role)
        for environment, role in _ROLES
        for workload in WORKLOADS.values()
    ]
    return (*rows, _packet_bound(), *_weights())


_ROLES: tuple[tuple[Environment, Role], ...] = (
    ("workstation", "predicted"),
    ("uml", "predicted"),
    ("xen", "fitted"),
)
_NAMES: dict[Environment, str] = {
    "native": _("native Linux"),
    "xen": _("Xen"),
    "workstation": _("VMware Workstation"),
    "uml": _("User-Mode Linux"),
}


def _figure3(workload: Workload, environment: Environment, role: Role) -> Comparison:
    what = _("{workload} on {system}").format(workload=workload.title, system=_NAMES[environment])
    key = f"barham2003/{KEYS[workload.name]}.{environment}"
    note = ""
    if environment == "workstation":
        low, high = workload.bounds(environment)
        bounds = _("Any mix of its events would give {low:,.0f} to {high:,.0f}.")
        mix = bounds.format(low=low, high=high) if low < high else ""
        note = sentences(NOTES[workload.name], mix)
    if environment == "uml":
        note = _(
            "Mix fitted on Xen; this system is another again (it catches system calls by ptrace)."
        )
    return compare(what, workload.predict(environment), key, role=role, note=note)


def _packet_bound() -> Comparison:
    """SPEC WEB99 if sending packets were all it did: nothing fitted but the native score."""
    web = WORKLOADS["SPEC WEB99"]
    score = web.score(1 + EVENTS["packet"].excess("workstation"))
    return compare(
        _("SPEC WEB99 on VMware Workstation, if packets were all"),
        score,
        "barham2003/specweb99.workstation",
        note=_("Assumes the answer to what the Xen row can't tell: that packets fill the run."),
    )


def _weights() -> tuple[Comparison, ...]:
    note = _("1024 over 1.25 to the power of nice; Linux stores whole numbers.")
    return tuple(
        compare(
            _("Scheduling weight of nice {nice}").format(nice=nice),
            weight_of(nice),
            f"linux-sched/weight.nice{nice}",
            role="fitted" if nice == 0 else "predicted",
            note=note,
        )
        for nice in (-20, 0, 5, 19)
    )
