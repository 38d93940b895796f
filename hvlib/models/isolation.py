"""Who falls when a layer is broken: reachability over trust boundaries (chapter 4).

A :class:`~hvlib.trust.TrustGraph` says which protection domains there are and what stands between
them; :func:`arrangement` makes those that the chapter compares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.trust import (
    GUARDS,
    SETTINGS,
    Domain,
    Door,
    Guard,
    Layer,
    Needs,
    Setting,
    TrustGraph,
    Way,
    passed,
)
from hvlib.words import _, ngettext, pgettext

# --- flaws, guards and real cases ------------------------------------------------------------

Flaw = Literal[
    "application", "runtime", "kernel", "sandbox", "VMM process", "hypervisor", "management plane"
]
FLAWS: dict[str, str] = {
    "none": pgettext("flaw", "none"),
    "application": pgettext("flaw", "application"),
    "runtime": pgettext("flaw", "runtime"),
    "kernel": pgettext("flaw", "kernel"),
    "sandbox": pgettext("flaw", "sandbox"),
    "VMM process": pgettext("flaw", "VMM process"),
    "hypervisor": pgettext("flaw", "hypervisor"),
    "management plane": pgettext("flaw", "management plane"),
}
"""What each is called, and no flaw."""
NEEDS: dict[Needs, str] = {
    "nothing": pgettext("needs", "nothing"),
    "a blocked system call": pgettext("needs", "a blocked system call"),
    "a dropped capability": pgettext("needs", "a dropped capability"),
    "root on the host": pgettext("needs", "root on the host"),
    "the host's network": pgettext("needs", "the host's network"),
}
"""What each is called."""
SYSCALLS = 362
"""System calls of x86-64 in the headers of Linux 6.1 (asm/unistd_64.h)."""

SECCOMP_ALLOWED = 295
"""Those of them that Docker's default profile allows a container with the default capabilities
(github.com/moby/profiles at cd3bed8, seccomp/default.json, its rules counted)."""

SECCOMP_WITH_SYS_ADMIN = 316
"""Those that it allows to a container that got CAP_SYS_ADMIN, counted in the same way."""

CAPABILITIES_KEPT: tuple[str, ...] = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
"""The capabilities that a Docker container keeps (moby, oci/caps/defaults.go)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a real flaw was: in these components of a product (a system of the book, by its id),
    attacked from another component. With guests, from their root: advisories say so of theirs.
    """

    system: str
    attacker: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A real flaw, the layer it broke, what an attack needs, and who says so.

    found: the products that had it. confined: whether something still stands around a VMM process
    that is taken over.
    """

    name: str
    layer: Flaw
    needs: Needs
    says: str
    source: str
    found: tuple[Place, ...]
    confined: bool = True

    @property
    def guarded(self) -> bool:
        """Whether the guards that a container has by default stop it."""
        return self.needs in ("a blocked system call", "a dropped capability")


CASES: tuple[Case, ...] = (
    Case(
        "CVE-2019-5736 (runc)",
        "runtime",
        "root on the host",
        _("A container overwrote the host's runc program; it had to run as user 0."),
        _("MITRE, record of CVE-2019-5736; public on 11 February 2019"),
        (Place("docker", "container1", ("runc",)),),
    ),
    Case(
        "CVE-2024-21626 (runc)",
        "runtime",
        "nothing",
        _("runc leaked a file descriptor into the container; fixed in runc 1.1.12."),
        _("runc, GHSA-xr7r-f8xq-vfvv, in its record of CVE-2024-21626, 31 January 2024"),
        (Place("docker", "container1", ("runc",)),),
    ),
    Case(
        "CVE-2025-31133, -52565, -52881 (runc)",
        "runtime",
        "nothing",
        _("Three ways to make runc mount or write the wrong file; fixed in runc 1.2.8 and 1.3.3."),
        _("runc, CHANGELOG.md, 1.2.8 and 1.3.3, 5 November 2025"),
        (Place("docker", "container1", ("runc",)),),
    ),
    Case(
        "CVE-2022-0847 (Dirty Pipe)",
        "kernel",
        "nothing",
        _("Any process could write into read-only files' pages; no capability was needed."),
        _("Red Hat, record of CVE-2022-0847, 7 March 2022"),
        (
            Place("docker", "container1", ("kernel",)),
            Place("kvm", "program", ("kernel",)),
            Place("kvm", "app1", ("kernel1",)),
        ),
    ),
    Case(
        "CVE-2022-0492 (cgroup release_agent)",
        "kernel",
        "a blocked system call",
        _("A privileged file of cgroup v1 was open to unprivileged users; default guards stop it."),
        _("Red Hat, record of CVE-2022-0492; on the guards, Unit 42, as quoted in plurrrr.com"),
        (Place("docker", "container1", ("kernel",)),),
    ),
    Case(
        "CVE-2015-3456 (VENOM)",
        "VMM process",
        "nothing",
        _("QEMU's floppy controller wrote past a buffer; guests of KVM and of Xen had that code."),
        _("MITRE, record of CVE-2015-3456, 13 May 2015"),
        (Place("kvm", "guest1", ("qemu1",)), Place("xen", "domu2", ("qemu2",))),
    ),
    Case(
        _("bhyve XHCI out-of-bounds read"),
        "VMM process",
        "nothing",
        _("A guest could run code in the bhyve process, which Capsicum confines."),
        _("FreeBSD VuXML, entry 1febd09b"),
        (Place("bhyve", "guest1", ("bhyve1",)),),
    ),
    Case(
        "CVE-2024-22267 (Workstation, Fusion)",
        "VMM process",
        "nothing",
        _("Root in a guest could run code as the VMX process; fixed in 17.5.2 and 13.5.2."),
        _("VMware, record of CVE-2024-22267, 14 May 2024; on the host, of CVE-2024-22252"),
        (Place("workstation", "guest1", ("vmx1",)),),
        confined=False,
    ),
    Case(
        "CVE-2025-22224, -22225, -22226 (ESX)",
        "hypervisor",
        "nothing",
        _("Root in a guest could move into the hypervisor itself, and somebody had done so."),
        _("Broadcom, “VMSA-2025-0004: Questions & Answers”, 4 March 2025"),
        (Place("vsphere", "vm1", ("vmx1", "esxi1")),),
    ),
    Case(
        "CVE-2021-21972 (vCenter)",
        "management plane",
        "nothing",
        _("Whoever reached port 443 of vCenter could run commands there, with all its rights."),
        _("VMware, record of CVE-2021-21972, 24 February 2021"),
        (Place("vsphere", "client", ("vcenter",)),),
    ),
)


# --- the arrangements that the chapter compares ---------------------------------------------

Arrangement = Literal["process", "container", "VM", "container in a VM"]
Sandbox = Literal["none", "gVisor", "Kata"]
SETTING_NAMES: dict[Setting, str] = {
    "defaults": pgettext("setting", "defaults"),
    "docker.sock inside": pgettext("setting", "docker.sock inside"),
    "/etc inside": pgettext("setting", "/etc inside"),
}
"""What each is called, where it isn't an option of a command."""
ARRANGEMENTS: dict[Arrangement, str] = {
    "process": pgettext("arrangement", "process"),
    "container": pgettext("arrangement", "container"),
    "VM": pgettext("arrangement", "VM"),
    "container in a VM": pgettext("arrangement", "container in a VM"),
}
"""What each is called."""
SANDBOXES: dict[Sandbox, str] = {"none": pgettext("sandbox", "none")}
"""What each is called, where it has no name of its own."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """Domains and ways in the making."""

    domains: list[Domain]
    ways: list[Way]

    def domain(self, id: str, name: str, layer: Layer, tenant: str = "") -> str:
        self.domains.append(Domain(id, name, layer, tenant))
        return id

    def attack(self, source: str, target: str, *walls: str) -> None:
        """A way up through walls, and control all the way down again."""
        self.ways.extend([Way(source, target, frozenset(walls)), Way(target, source)])


def arrangement(
    kind: Arrangement,
    tenants: int,
    sandbox: Sandbox = "none",
    guards: Iterable[Guard] = (),
    confined: bool = True,
    setting: Setting = "defaults",
) -> TrustGraph:
    """The trust graph of so many tenants' applications in one arrangement on one server.

    sandbox, guards, setting: apply to containers; inside a VM a door leads to its guest's kernel.
    confined: a VMM process that is taken over still has the hypervisor's boundary before it;
    without, it controls the host, or at least, as the process of a desktop user does, all that
    user's machines. Domains: ``app-1``, ``guest-1``, ``vmm-1``, ``sandbox-1`` and so on,
    ``runtime``, ``host`` and ``manager``.
    """
    parts = _Parts([], [])
    virtual = kind in ("VM", "container in a VM")
    host = _("hypervisor") if virtual else _("shared kernel")
    parts.domain("host", host, "hypervisor" if virtual else "host")
    parts.domain("manager", _("management plane"), "runtime")
    parts.ways.append(Way("manager", "host"))
    if kind == "container":
        parts.domain("runtime", _("container runtime"), "runtime")
        parts.ways.extend([Way("runtime", "host"), Way("host", "runtime")])
    opening, up = SETTINGS[setting], frozenset(guards)
    door = opening.door if "user namespaces" not in up else ""
    for number in range(1, tenants + 1):
        kernel, app = "host", _application(parts, number)
        if virtual:
            kernel = _machine(parts, number, "host", confined)
        if kind in ("process", "VM"):
            parts.attack(app, kernel, "kernel")
            continue
        inner = _contain(parts, number, kernel, sandbox, up - opening.guards, confined)
        _open(parts, number, inner, kernel, door)
    if kind == "container" and door == "neighbours" and sandbox == "none":
        apps = [f"app-{number}" for number in range(1, tenants + 1)]
        parts.ways.extend(Way(one, other) for one in apps for other in apps if one != other)
    return TrustGraph(tuple(parts.domains), tuple(parts.ways))


def _application(parts: _Parts, number: int) -> str:
    tenant = str(number)
    app = parts.domain(f"app-{number}", _("application"), "application", tenant)
    parts.ways.append(Way(app, "manager", frozenset({"management plane"})))
    return app


def _machine(parts: _Parts, number: int, below: str, confined: bool, tag: str = "") -> str:
    """A guest kernel and its VMM process; from the guest, two ways lead out."""
    kernel, process = _("guest kernel"), _("VMM process")
    if tag:
        kernel, process = _("Kata's guest kernel"), _("Kata's VMM process")
    guest = parts.domain(f"guest{tag}-{number}", kernel, "guest", str(number))
    vmm = parts.domain(f"vmm{tag}-{number}", process, "hypervisor")
    parts.attack(guest, vmm, "VMM process")
    parts.attack(vmm, below, *(("hypervisor",) if confined else ()))
    parts.attack(guest, below, "hypervisor")
    return guest


def _contain(
    parts: _Parts,
    number: int,
    kernel: str,
    sandbox: Sandbox,
    guards: frozenset[Guard],
    confined: bool,
) -> str:
    """A container on ``kernel``: ways out through the kernel and through the runtime.

    Returns the outermost domain of it: the sandbox, if there is one.
    """
    inner = f"app-{number}"
    if sandbox == "gVisor":
        sentry = parts.domain(f"sandbox-{number}", _("gVisor Sentry"), "guest", str(number))
        parts.attack(inner, sentry, "sandbox")
        inner = sentry
    if sandbox == "Kata":
        # Inside a VM already, Kata's own VM is nested: its outer boundary is that VM's kernel.
        guest = _machine(parts, number, kernel, confined, tag="-kata")
        parts.attack(inner, guest, "kernel")
        inner = guest
    else:
        parts.attack(inner, kernel, "kernel", *guards)
    parts.attack(inner, _runtime(kernel), "runtime", *guards)
    return inner


def _runtime(kernel: str) -> str:
    """Who starts containers on a kernel; inside a VM it is not drawn apart from the kernel."""
    return "runtime" if kernel == "host" else kernel


def _open(parts: _Parts, number: int, inner: str, kernel: str, door: Door) -> None:
    """A container's door. A sandbox stands before it, but hands on the folders it was given."""
    if door == "kernel":
        parts.ways.append(Way(inner, kernel))
    if door == "manager":
        parts.ways.append(Way(inner, _runtime(kernel)))
    if door == "files":
        parts.ways.append(Way(f"app-{number}", kernel))


# --- the model ------------------------------------------------------------------------------

ROOT_HELP = _(
    "Off: the attacker has broken into one application. On: it has the kernel of its VM as well, "
    "as who rents a whole VM has."
)
"""What the knob of this name means, here and in Deployment."""


_ATTACKED: Mapping[Flaw, str] = {
    "application": _("the application"),
    "runtime": _("the container runtime"),
    "kernel": _("the kernel"),
    "sandbox": _("the sandbox"),
    "VMM process": _("the VMM process"),
    "hypervisor": _("the hypervisor"),
    "management plane": _("the management plane"),
}
"""The layers as they stand in a sentence."""


def one_in_each(layers: Sequence[str]) -> str:
    """Where the flaws are, as it follows "a flaw in"."""
    text = _("{first} and one in {second}")
    return text.format(first=layers[0], second=layers[1]) if layers[1:] else layers[0]


_EACH: Mapping[Arrangement, str] = {
    "process": _("A process each"),
    "container": _("A container each"),
    "VM": _("A VM each"),
    "container in a VM": _("A container in a VM each"),
}


@dataclass(frozen=True, slots=True)
class IsolationResult(Result):
    """graph: all domains. start: where the attacker is. reached: domains that fall.

    fallen: tenants that fall, the attacker's own included.
    setting: how the containers are run.
    """

    kind: Arrangement
    flaws: tuple[Flaw, ...]
    graph: TrustGraph
    start: str
    reached: frozenset[str]
    fallen: tuple[str, ...]
    tenants: int
    setting: Setting = "defaults"

    @property
    def each(self) -> str:
        """The arrangement in words: ``"A container each, run with --privileged"``."""
        if self.setting == "defaults":
            return _EACH[self.kind]
        text = _("{each}, run with {setting}")
        return text.format(
            each=_EACH[self.kind], setting=SETTING_NAMES.get(self.setting, self.setting)
        )

    @property
    def host_falls(self) -> bool:
        """Whether the host falls: its kernel, or the hypervisor where there is one."""
        return "host" in self.reached

    def describe(self) -> str:
        text = _(
            "{each}, and a flaw in {flaws}: {attacker} takes over {fallen} of {tenants} and "
            "{domains} of {all} protection domains."
        )
        if self.start == "app-1":
            attacker = _("an attacker in tenant 1's application")
        else:
            attacker = _("an attacker who is root in tenant 1's VM")
        return text.format(
            each=self.each,
            attacker=attacker,
            flaws=one_in_each([_ATTACKED[flaw] for flaw in self.flaws]),
            fallen=len(self.fallen),
            tenants=ngettext("{n} tenant", "{n} tenants", self.tenants).format(n=self.tenants),
            domains=len(self.reached),
            all=len(self.graph.domains),
        )


class Isolation(Model):
    """One tenant's application is taken over, and a layer has a flaw: which tenants fall?

    The attacker starts in that application, as in :class:`~hvlib.models.deployment.Deployment`: it
    is the one start that all arrangements have, so they are compared from the same point. With
    ``root`` the attacker has the guest's kernel from the start, as who rents a virtual machine has.

    The answer is reachability over trust boundaries (:class:`TrustGraph`). A guard (seccomp,
    dropped capabilities, user and network namespaces) stops a flaw that needs what the guard
    denies. A flaw in the kernel counts for the shared kernel and for every guest kernel alike.

    ``setting`` is how the containers are run: it takes guards away, or opens a door for which no
    flaw is needed (:data:`~hvlib.trust.SETTINGS`). ``flaw="application"`` asks for that alone.
    """

    title: ClassVar[str] = _("Who falls")
    quantities: ClassVar[dict[str, Quantity]] = {
        "fallen": Quantity(_("tenants that fall"), lambda result: len(result.fallen))
    }

    kind: Annotated[Arrangement, Knob(_("Applications run in"), names=ARRANGEMENTS)] = "container"
    flaw: Annotated[Flaw, Knob(_("Flaw in"), names=FLAWS)] = "kernel"
    second: Annotated[
        Literal["none", "runtime", "kernel", "sandbox", "VMM process", "hypervisor"],
        Knob(_("Second flaw in"), names=FLAWS),
    ] = "none"
    needs: Annotated[Needs, Knob(_("The attack needs"), names=NEEDS)] = "nothing"
    tenants: Annotated[int, Knob(_("Tenants on the server"), 1, 8)] = 4
    root: Annotated[bool, Knob(_("Tenants are root in their own VM"), help=ROOT_HELP)] = False
    seccomp: Annotated[bool, Knob(_("seccomp: 295 of 362 calls allowed"))] = True
    capabilities: Annotated[bool, Knob(_("Capabilities: all but 14 dropped"))] = True
    user_namespaces: Annotated[bool, Knob(_("User namespaces: root inside is nobody"))] = False
    network_namespace: Annotated[bool, Knob(_("A network of its own"))] = True
    setting: Annotated[Setting, Knob(_("Containers are run with"), names=SETTING_NAMES)] = (
        "defaults"
    )
    sandbox: Annotated[Sandbox, Knob(_("Sandbox around each container"), names=SANDBOXES)] = "none"
    confined: Annotated[bool, Knob(_("VMM processes are confined"))] = True

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The guards that are on, before the setting takes any away."""
        on: dict[Guard, bool] = {
            "seccomp": self.seccomp,
            "capabilities": self.capabilities,
            "user namespaces": self.user_namespaces,
            "network namespace": self.network_namespace,
        }
        return tuple(guard for guard in GUARDS if on[guard])

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """The broken layers, each once."""
        both: tuple[Flaw, ...] = (self.flaw,)
        if self.second != "none":
            both += (self.second,)
        return tuple(dict.fromkeys(both))

    def run(self) -> IsolationResult:
        contained = "container" in self.kind
        setting: Setting = self.setting if contained else "defaults"
        graph = arrangement(
            self.kind, self.tenants, self.sandbox, self.guards, self.confined, setting
        )
        broken = {*self.flaws, *passed(self.needs)}
        start = "guest-1" if self.kind == "VM" and self.root else "app-1"
        return IsolationResult(
            kind=self.kind,
            flaws=self.flaws,
            graph=graph,
            start=start,
            reached=graph.reached(start, broken),
            fallen=graph.fallen(start, broken),
            tenants=self.tenants,
            setting=setting,
        )
