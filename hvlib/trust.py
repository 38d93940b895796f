"""Who controls whom, and behind which walls: what a model and a system's file both say.

Models and systems never import each other. They meet here, so that one question, who falls when
these walls are broken, is asked of either.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from hvlib.words import _

Layer = Literal["hardware", "host", "hypervisor", "guest", "runtime", "application"]
"""What a part belongs to, and so its colour in every picture."""
Needs = Literal[
    "nothing",
    "a blocked system call",
    "a dropped capability",
    "root on the host",
    "the host's network",
]
"""What an attack through a flaw needs."""
Guard = Literal["seccomp", "capabilities", "user namespaces", "network namespace"]

GUARDS: Mapping[Guard, Needs] = {
    "seccomp": "a blocked system call",
    "capabilities": "a dropped capability",
    "user namespaces": "root on the host",
    "network namespace": "the host's network",
}
"""What each guard of a container denies. A flaw that needs none of it passes the guard."""

Setting = Literal[
    "defaults",
    "--privileged",
    "docker.sock inside",
    "/etc inside",
    "--pid=host",
    "--network=host",
    "--cap-add=SYS_ADMIN",
    "seccomp=unconfined",
]
"""How a container is run, as one option of ``docker run`` says it."""
Door = Literal["", "kernel", "files", "manager", "neighbours"]
"""What a setting hands over, so that no flaw is needed: the host by its kernel or by its files,
who starts the containers, or the other containers."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a setting takes away from a container's walls, and what it gives the container.

    guards: those that no longer stand. door: what the container's root then has without a flaw.
    """

    gives: str
    guards: frozenset[Guard] = frozenset()
    door: Door = ""


SETTINGS: Mapping[Setting, Opening] = {
    "defaults": Opening(_("nothing")),
    "--privileged": Opening(
        _("all of root’s capabilities, every system call, the host’s devices"),
        frozenset({"seccomp", "capabilities"}),
        "kernel",
    ),
    "docker.sock inside": Opening(_("the socket on which dockerd takes orders"), door="manager"),
    "/etc inside": Opening(_("a folder of the host that decides what root does"), door="files"),
    "--pid=host": Opening(_("the host’s list of processes"), door="neighbours"),
    "--network=host": Opening(
        _("the host’s network, its loopback address among it"), frozenset({"network namespace"})
    ),
    "--cap-add=SYS_ADMIN": Opening(
        _("one capability, and the system calls that Docker’s filter allows with it"),
        frozenset({"seccomp", "capabilities"}),
    ),
    "seccomp=unconfined": Opening(_("every system call"), frozenset({"seccomp"})),
}
"""What each setting does. A user namespace keeps every door shut, for root inside is nobody
outside.
"""

REFUSED: frozenset[Setting] = frozenset({"--privileged", "--pid=host", "--network=host"})
"""What Docker refuses together with user namespaces (github.com/moby/moby at b985e23,
daemon/daemon_unix.go, verifyPlatformContainerSettings)."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What Linux compares before a process may open the files of another through /proc.

    capabilities: a mask. mapped: whether a user namespace makes its root another user outside.
    label: AppArmor's or SELinux's name for what confines it; empty where nothing does.
    """

    user: int
    capabilities: int
    mapped: bool = False
    label: str = ""

    def may(self, *numbers: int) -> bool:
        """Whether it has these capabilities."""
        return all(self.capabilities >> number & 1 for number in numbers)

    def opens(self, other: "Rights") -> bool:
        """Whether its process list is a way to the other's files.

        As ptrace(2) has it ("Ptrace access mode checking"): the same user, which SETGID and SETUID
        let it become, and each capability of the other's; or SYS_PTRACE. A label lets it into what
        has the same label, as Docker's own does (github.com/moby/profiles, apparmor/template.go).
        """
        if self.mapped or other.mapped or self.label not in ("", other.label):
            return False
        become = self.user == other.user or self.may(SETGID, SETUID)
        return self.may(SYS_PTRACE) or (become and not other.capabilities & ~self.capabilities)


DAC_OVERRIDE, SETGID, SETUID, SYS_PTRACE = 1, 6, 7, 19
"""Capabilities by their numbers in linux/capability.h."""


def passed(needs: Needs) -> frozenset[Guard]:
    """The guards that do not stop an attack that needs this."""
    return frozenset(guard for guard, denies in GUARDS.items() if needs != denies)


class TrustError(ValueError):
    """A trust graph, or a question to it, that names something the graph does not have."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A protection domain. tenant: whose it is; empty for what belongs to the provider."""

    id: str
    name: str
    layer: Layer
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Who controls ``source`` controls ``target`` too, once every one of ``walls`` is broken.

    No walls: control comes with it, as a kernel controls its processes.
    """

    source: str
    target: str
    walls: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TrustGraph:
    """Domains and the ways between them.

    Raises TrustError for a domain named twice and for a way from or to an unknown domain.
    """

    domains: tuple[Domain, ...]
    ways: tuple[Way, ...]

    def __post_init__(self) -> None:
        ids = [domain.id for domain in self.domains]
        for id in ids:
            if ids.count(id) > 1:
                raise TrustError(_("the domain {id!r} is there twice").format(id=id))
        for way in self.ways:
            self.check((way.source, way.target))

    @property
    def walls(self) -> frozenset[str]:
        """Everything that can be broken."""
        return frozenset(wall for way in self.ways for wall in way.walls)

    def check(self, ids: Iterable[str]) -> None:
        """Raise TrustError, with the known ones, for an unknown domain."""
        known = {domain.id for domain in self.domains}
        for id in ids:
            if id not in known:
                text = _("no component {id!r}; there are {known}")
                raise TrustError(text.format(id=id, known=", ".join(sorted(known))))

    def reached(self, start: str, broken: Set[str]) -> frozenset[str]:
        """The domains that an attacker in ``start`` controls when these walls are broken.

        Raises TrustError for an unknown start.
        """
        self.check([start])
        out: dict[str, list[str]] = {}
        for way in self.ways:
            if way.walls <= broken:
                out.setdefault(way.source, []).append(way.target)
        found, queue = {start}, [start]
        while queue:
            for target in out.get(queue.pop(), ()):
                if target not in found:
                    found.add(target)
                    queue.append(target)
        return frozenset(found)

    def fallen(self, start: str, broken: Set[str]) -> tuple[str, ...]:
        """The tenants of whom an attacker in ``start`` controls a domain, in order."""
        reached = self.reached(start, broken)
        tenants = (domain.tenant for domain in self.domains if domain.id in reached)
        return tuple(dict.fromkeys(tenant for tenant in tenants if tenant))
