"""Small tables that cells print: what a few runs say side by side, and who falls to which flaw."""

from collections.abc import Sequence

from hvlib.models.density import START_TIMES, Density
from hvlib.models.deployment import STRATEGY_NAMES, Deployment
from hvlib.models.images import Portability
from hvlib.models.isolation import CAPABILITIES_KEPT, SECCOMP_ALLOWED, SYSCALLS
from hvlib.models.overhead import OVERHEADS
from hvlib.systems.blast import who_falls
from hvlib.systems.system import System, load
from hvlib.table import Table
from hvlib.texts import in_words
from hvlib.trace import Trace
from hvlib.trust import Layer
from hvlib.words import _


def parts_table(layer: Layer, *systems: str) -> Table:
    """The parts of one layer in several systems, and with which privilege they run."""
    rows = [
        (system.name, part.name, in_words("privilege", part.privilege))
        for system in map(load, systems)
        for part in system.components
        if part.layer == layer
    ]
    return Table((_("System"), _("Part"), _("Privilege")), tuple(rows))


def falls_table(*cases: tuple[str | System, str, Sequence[str]]) -> Table:
    """Whom an attacker takes, a row a case: the system, where the attacker is, the parts that are
    flawed."""
    rows = []
    for system, attacker, flaws in cases:
        loaded = load(system)
        fallen = ", ".join(who_falls(loaded, attacker, flaws))
        start = loaded.component(attacker).name
        rows.append((loaded.name, start, _boundaries(loaded, flaws), fallen))
    return Table((_("System"), _("attacker in"), _("Flaw in"), _("Falls")), tuple(rows))


def _boundaries(system: System, parts: Sequence[str]) -> str:
    names = (in_words("boundary", system.component(id).boundary) for id in parts)
    return ", ".join(names) or _("nothing")


def sizes_table(model: Density, *sizes: float) -> Table:
    """How many copies fit, and what they run short of, as the application grows."""
    fits = [(size, model.with_(app_memory=size).run()) for size in sizes]
    head = (
        _("Application"),
        _("Containers for each VM"),
        _("Containers"),
        _("short of"),
        _("VMs"),
        _("short of"),
    )
    rows = (
        (f"{size:,} MB", f"{fit.ratio:.1f}", f"{fit.container.count:,}", fit.container.scarce,
         f"{fit.vm.count:,}", fit.vm.scarce)
        for size, fit in fits
    )  # fmt: skip
    return Table(head, tuple(rows))


def overheads_table(model: Density) -> Table:
    """What each hypervisor needs for one VM of its own, and how many VMs then fit."""
    fits = [(name, model.with_(hypervisor=name).run()) for name in OVERHEADS]
    rows = ((name, f"{fit.overhead:.1f} MB", f"{fit.vm.count}") for name, fit in fits)
    return Table((_("Hypervisor"), _("Of its own"), _("VMs that fit")), tuple(rows))


def start_times() -> Table:
    """The published times until something has started."""
    rows = ((kind, f"{seconds * 1000:.1f} ms", source) for kind, seconds, source in START_TIMES)
    return Table((_("What"), _("Start"), _("Source")), tuple(rows))


def starts_table(trace: Trace, model: Density) -> Table:
    """Start and memory as measured, and as the model assumes them."""
    names = {"process": _("process"), "container": _("container"), "VM": _("VM")}
    found = ((names[kind], trace.summary[kind]) for kind in names)
    rows = [
        (name, f"{s['start']:.4f} s", f"{s['memory'] / 2**20:.1f} MiB", _("measured"))
        for name, s in found
    ]
    assumed = (
        ("container", model.container_start, model.container_memory),
        ("VM", model.boot, model.guest_memory),
    )
    rows += [
        (names[kind], f"{start:.4f} s", f"{memory:.1f} MB", _("assumed"))
        for kind, start, memory in assumed
    ]
    return Table((_("What"), _("Start"), _("Memory"), ""), tuple(rows))


def portability_table(*changes: dict[str, object]) -> Table:
    """Whether an image runs, as a container and as a VM, on hosts that differ in one thing."""
    fields = Portability.knobs()
    rows = []
    for change in changes:
        answer = Portability(**change).run()
        told = (f"{fields[k].knob.label}: {fields[k].name_of(v)}" for k, v in change.items())
        rows.append(("; ".join(told), answer.container.reason, answer.vm.reason))
    return Table(("", _("As a container"), _("As a VM")), tuple(rows))


def guards_table() -> Table:
    """What Docker's default guards leave to a container."""
    calls = _("{allowed} of {all}").format(allowed=SECCOMP_ALLOWED, all=SYSCALLS)
    rows = (
        (_("capabilities kept"), f"{len(CAPABILITIES_KEPT)}", "moby, oci/caps/defaults.go"),
        (_("system calls allowed"), calls, "moby/profiles, x86-64"),
    )
    return Table(("", "", _("Source")), rows)


def advice_table(rates: Sequence[float]) -> Table:
    """The best way to deploy at several rates of kernel flaws."""
    rows = (
        (f"{rate:.5f}", STRATEGY_NAMES[Deployment(kernel_rate=rate).run().best]) for rate in rates
    )
    return Table((_("Kernel flaws a year"), _("Best")), tuple(rows))
