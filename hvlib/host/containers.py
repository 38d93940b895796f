"""The containers on a machine: found by control groups, and by process lists of their own.

A control group's path has the maker's pattern in one of its segments; the outermost match is the
container, a match further in is one inside it. What a manager itself runs in is none.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from hvlib.host.processes import Process
from hvlib.host.tree import Tree
from hvlib.real.cgroup import PREFIX
from hvlib.words import _

_HEX = r"[0-9a-f]{64}"
_POD = re.compile(r"(?:^|-)pod([0-9a-f][0-9a-f_-]{7,35})(?:\.slice)?$")
OURS = _("this book")
SANDBOX = _("sandbox")
GVISOR = "gVisor"
ENGINE = "hvlib.real.container_engine"

_PATTERNS: tuple[tuple[str, str], ...] = (
    (rf"docker-({_HEX})\.scope", "Docker"),
    (rf"cri-containerd-({_HEX})\.scope", "containerd"),
    (rf"crio-({_HEX})(?:\.scope)?", "CRI-O"),
    (rf"libpod-(?:payload-)?({_HEX})(?:\.scope)?", "Podman"),
    (rf"runc-({_HEX})\.scope", "runc"),
    (r"lxc\.payload\.(.+)", "LXC"),
    (r"machine-lxc\\x2d(?:\d+\\x2d)?(.+)\.scope", "LXC"),
    (rf"({PREFIX}-\d+-\d+-.+)", OURS),
)
"""A segment of a control group's path, and whose container that is. The group is its id or name."""

_INSIDE: tuple[tuple[str, str, str], ...] = (
    ("docker", rf"({_HEX})", "Docker"),
    ("lxc", r"((?!monitor)[^/]+)", "LXC"),
    ("lxc.payload", r"([^/]+)", "LXC"),
)
"""The same for a segment that means it only within another."""


@dataclass(frozen=True, slots=True)
class Match:
    """A container in a control group's path. path: up to and with it. pod: the pod's id, or ""."""

    maker: str
    id: str
    path: str
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container. id: what its maker calls it, 64 hexadecimal digits or a name. group: the path of
    its control group, "" where it has none. leader: its first process. pids: its processes, those
    of containers inside it left out. inside: the group of the container around it. owner: the user
    whose rootless engine made it, 0 for root's.
    """

    maker: str
    id: str
    group: str
    leader: Process
    pids: tuple[int, ...]
    name: str = ""
    pod: str = ""
    inside: str = ""
    owner: int = 0
    controllers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_apart(self) -> bool:
        """Whether all that is known is a process list of its own, made by any program."""
        return not self.group and self.maker in ("", SANDBOX)

    @property
    def label(self) -> str:
        """Its name; without one, its program and the beginning of its id."""
        if self.name:
            return self.name
        if re.fullmatch(_HEX, self.id):
            return f"{self.leader.program} {self.id[:12]}".strip()
        return f"{self.maker} {self.id}" if self.id.isdigit() else self.id


@functools.lru_cache(maxsize=4096)
def matches(path: str) -> tuple[Match, ...]:
    """The containers in a control group's path, the outermost first."""
    found, before, pod, segments = [], "", "", path.split("/")
    for number, segment in enumerate(segments):
        if told := _POD.search(segment):
            pod = told[1].replace("_", "-")
        following = segments[number + 1] if number + 1 < len(segments) else ""
        if named := _maker(before, segment, following, pod):
            found.append(Match(*named, "/".join(segments[: number + 1]), pod))
        before = segment
    return tuple(found)


def _maker(before: str, segment: str, following: str, pod: str) -> tuple[str, str] | None:
    """Maker and id of the container that a segment stands for."""
    for pattern, maker in _PATTERNS:
        if told := re.fullmatch(pattern, segment):
            return maker, _unescaped(told[1])
    for parent, pattern, maker in _INSIDE:
        if before == parent and (told := re.fullmatch(pattern, segment)):
            return maker, told[1]
    if following == "payload":  # beside it, “supervisor” is nspawn itself
        told = re.fullmatch(r"(?:systemd-nspawn@|machine-)(.+)\.(?:service|scope)", segment)
        if told:
            return "systemd-nspawn", _unescaped(told[1])
    if re.fullmatch(_HEX, segment):
        return ("Kubernetes" if pod else ""), segment
    return None


def _unescaped(name: str) -> str:
    """A name as it was before systemd escaped it for a unit's name."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda told: chr(int(told[1], 16)), name)


def containers(tree: Tree, running: Mapping[int, Process]) -> list[Container]:
    """All containers that can be told from here, those around others before them."""
    found: dict[str, tuple[Match, str, dict[str, str], list[Process]]] = {}
    left = []
    for item in running.values():
        controller, chain = _chain(item)
        for number, match in enumerate(chain):
            around = chain[number - 1].path if number else ""
            entry = found.setdefault(match.path, (match, around, {}, []))
            entry[2].setdefault(controller, match.path)
            if number == len(chain) - 1:
                entry[3].append(item)
                entry[2].update(_limiting(item, match))
        if not chain and len(item.numbers) > 1:
            left.append(item)
    names, shims = _names(tree, running), _shims(running)
    grouped = (
        _container(match, around, controllers, members, names, shims)
        for match, around, controllers, members in found.values()
        if members
    )
    apart = (*_by_process_list(left, running), *_gvisor(running))
    return sorted((*grouped, *apart), key=lambda one: (one.group.count("/"), one.leader.pid))


def _chain(item: Process) -> tuple[str, tuple[Match, ...]]:
    """The containers around a process, by the first of its controllers that tells of any."""
    for controller in sorted(item.groups):  # cgroup v2, whose name is "", first
        if chain := matches(item.groups[controller]):
            return controller, chain
    return "", ()


def _limiting(item: Process, match: Match) -> Iterator[tuple[str, str]]:
    """The container's group for each of cgroup v1's controllers, which may differ."""
    for controller, path in item.groups.items():
        for other in matches(path):
            if other.id == match.id:
                yield controller, other.path


def _container(
    match: Match,
    around: str,
    controllers: Mapping[str, str],
    members: list[Process],
    names: Mapping[str, str],
    shims: Mapping[str, str],
) -> Container:
    first = min(members, key=lambda item: (item.numbers[-1:] != (1,), item.pid))
    maker = {"moby": "Docker"}.get(shims.get(match.id, ""), match.maker)
    if match.maker in ("", "Kubernetes") and match.id in shims and maker != "Docker":
        maker = "containerd"
    user = re.search(r"/user@(\d{1,9})\.service/", match.path)
    return Container(
        maker,
        match.id,
        match.path,
        first,
        tuple(item.pid for item in members),
        names.get(match.id, OURS if match.maker == OURS else ""),
        match.pod,
        around,
        int(user[1]) if user else 0,
        dict(controllers),
    )


def _shims(running: Mapping[int, Process]) -> dict[str, str]:
    """containerd's namespace of each id that one of its shims was started for."""
    return {
        item.after("-id", "--id"): item.after("-namespace", "--namespace")
        for item in running.values()
        if item.program.startswith("containerd-shim")
    }


def _names(tree: Tree, running: Mapping[int, Process]) -> dict[str, str]:
    """Names by id, from where any user may read them."""
    found = {}
    for file in tree.names("var/log/containers"):  # pod_namespace_container-id.log
        if told := re.fullmatch(rf"([^_]+)_([^_]+)_(.+)-({_HEX})\.log", file):
            found[told[4]] = told[3]
    for item in running.values():
        if item.program == "conmon":
            name = item.after("-n")
            parts = name.split("_")
            found[item.after("-c")] = parts[1] if parts[0] == "k8s" and len(parts) > 4 else name
    return found


def _gvisor(running: Mapping[int, Process]) -> Iterator[Container]:
    """gVisor's sandboxes. The programs in one are none of this kernel's processes."""
    for item in running.values():
        if item.program == "runsc-sandbox" and "boot" in item.arguments:
            id = item.arguments[-1]
            yield Container(
                GVISOR, id, "", item, (item.pid,), name=_("gVisor {id}").format(id=id[:12])
            )


def pods(tree: Tree, running: Mapping[int, Process], found: Iterable[Container]) -> dict[str, str]:
    """The names of pods, by their ids: ``"shop/web-0"``."""
    named = {}
    for folder in tree.names("var/log/pods"):  # namespace_pod_uid
        parts = folder.split("_")
        if len(parts) == 3:
            named[parts[2]] = f"{parts[0]}/{parts[1]}"
    ids = {one.id: one.pod for one in found if one.pod}
    for item in running.values():  # CRI-O's conmon: k8s_container_pod_namespace_uid_attempt
        parts = item.after("-n").split("_")
        if item.program == "conmon" and parts[0] == "k8s" and len(parts) > 4:
            named.setdefault(parts[4], f"{parts[3]}/{parts[2]}")
    for file in tree.names("var/log/containers"):
        told = re.fullmatch(rf"([^_]+)_([^_]+)_.+-({_HEX})\.log", file)
        if told and told[3] in ids:
            named.setdefault(ids[told[3]], f"{told[2]}/{told[1]}")
    return named


def is_pause(one: Container) -> bool:
    """Whether this is the container that only holds a pod's namespaces open."""
    return bool(one.pod) and one.leader.name == "pause"


# --- by process lists ------------------------------------------------------------------------

_SANDBOXES = ("bwrap", "chrome", "chromium", "firefox", "electron", "code", "zypak", "nacl_helper")


def _by_process_list(left: list[Process], running: Mapping[int, Process]) -> list[Container]:
    """Processes with a process list of their own, by the first process of that list."""
    found: dict[int, list[Process]] = {}
    for item in left:
        found.setdefault(_first(item, running).pid, []).append(item)
    return [
        _apart(running[pid], members, running)
        for pid, members in found.items()
        if not _stands_by(running[pid])
    ]


def _first(item: Process, running: Mapping[int, Process]) -> Process:
    """The outermost process 1 over a process."""
    for _step in running:
        over = running.get(item.parent)
        if over is None or len(over.numbers) < 2:
            break
        item = over
    return item


def _stands_by(first: Process) -> bool:
    """Whether this is the book's own engine, which keeps one ready before anybody asks."""
    return any(ENGINE in word for word in first.arguments)


def _apart(first: Process, members: list[Process], running: Mapping[int, Process]) -> Container:
    over = running.get(first.parent)
    makers = [item.program for item in (over, first) if item is not None]
    pids = tuple(item.pid for item in members)
    if over is not None and _stands_by(over):
        return Container(OURS, "", "", first, pids, name=first.program)
    known = any(name.startswith(_SANDBOXES) for name in makers)
    return Container(SANDBOX if known else "", "", "", first, pids, name=first.program)


def neutral(one: Container, number: int) -> Container:
    """The container without anything that tells whose it is."""
    leader = replace(one.leader, name="", arguments=())
    name = _("Container {number}").format(number=number)
    return replace(one, name=name, id="", pod=one.pod and "pod", owner=0, leader=leader)
