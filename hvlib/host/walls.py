"""The walls of a container: what stands between it and the machine, with the file that says so.

Each is one fact. A "door" lets who is root inside have the machine without any flaw; "low"
is a wall that an engine builds unasked and that isn't there; "usual" is one that it builds only if
asked; "up" stands; "unknown" is what this user may not read, which is not a wall that is missing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hvlib.host.below import INITIAL, namespace
from hvlib.host.containers import GVISOR, Container
from hvlib.host.processes import Process, numbers
from hvlib.host.tree import Tree
from hvlib.trust import SETTINGS, Guard, Rights, Setting
from hvlib.words import _

Weight = Literal["door", "low", "usual", "up", "unknown"]
Topic = Literal["namespaces", "guards", "limits", "doors", "kernels"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a container's walls: what it is, in which file, and what the book says of it.

    controls: the manager whose socket is in the container, "kernel" or "neighbours", for a door.
    setting: the option of ``docker run`` that takes such a wall away, if the book has it.
    """

    weight: Weight
    topic: Topic
    says: str
    evidence: str
    controls: str = ""
    setting: Setting = "defaults"


@dataclass(frozen=True, slots=True)
class Walls:
    """All facts about a container, the guards of it that stand, and its first process's rights."""

    facts: tuple[Fact, ...]
    guards: tuple[Guard, ...]
    rights: Rights | None = None


def settings(facts: Iterable[Fact]) -> tuple[Setting, ...]:
    """The settings that the facts tell of, doors first, in the book's order."""
    told = {(fact.weight != "door", fact.setting) for fact in facts if fact.setting != "defaults"}
    order = list(SETTINGS)
    ranked = sorted(told, key=lambda pair: (pair[0], order.index(pair[1])))
    return tuple(dict.fromkeys(setting for _low, setting in ranked))


# --- capabilities ----------------------------------------------------------------------------

CAPABILITIES: Mapping[str, int] = {
    "DAC_READ_SEARCH": 2,
    "NET_ADMIN": 12,
    "SYS_MODULE": 16,
    "SYS_RAWIO": 17,
    "SYS_PTRACE": 19,
    "SYS_ADMIN": 21,
    "BPF": 39,
}
"""The powers of root that reach beyond a container, with their numbers in linux/capability.h."""

_DOORS = ("SYS_MODULE", "SYS_RAWIO")
"""Those with which no flaw is needed: to load code into the kernel, and to touch the hardware."""


def dangerous(mask: int) -> tuple[str, ...]:
    """The names of the powers in a mask that reach beyond a container."""
    return tuple(name for name, bit in CAPABILITIES.items() if mask >> bit & 1)


# --- all of them -----------------------------------------------------------------------------


def walls(tree: Tree, one: Container) -> Walls:
    """What stands around a container, as far as this user may see it."""
    if one.maker == GVISOR:  # the rights of its process are not those of the programs in it
        says = _("A kernel of its own, a program, answers its system calls.")
        return Walls(
            (Fact("up", "kernels", says, f"/proc/{one.leader.pid}/cmdline"),), ("seccomp",)
        )
    pid, status = one.leader.pid, one.leader.status
    users = tree.text(f"proc/{pid}/uid_map")
    mapped, own = _mapped(users), _is_own(users)
    facts = [
        *_namespaces(tree, one),
        *_users(pid, mapped, own),
        *_capabilities(pid, status, own),
        *_filter(pid, status),
        *_label(tree, pid),
        *_mounts(tree, pid, mapped),
        *_limits(tree, one),
    ]
    if one.is_apart:  # its maker may have wanted no wall but this one
        facts = [fact for fact in facts if fact.topic == "namespaces" or fact.weight == "up"]
    bounding = _mask(status.get("CapBnd", ""))
    stands: Mapping[Guard, bool] = {
        "seccomp": status.get("Seccomp") == "2",
        "capabilities": bounding is not None and not dangerous(bounding),
        "user namespaces": bool(mapped),
        "network namespace": _shared(tree, one, "net") is False,
    }
    guards = tuple(guard for guard, up in stands.items() if up)
    return Walls(tuple(facts), guards, rights(tree, one.leader))


def rights(tree: Tree, item: Process) -> Rights | None:
    """What a process may, as far as its files tell; None where they don't."""
    mask = _mask(item.status.get("CapPrm") or item.status.get("CapEff", ""))
    users = tree.text(f"proc/{item.pid}/uid_map")
    if mask is None or not users:
        return None
    _path, label = _labelled(tree, item.pid)
    return Rights(item.user, mask, _is_own(users), "" if _is_free(label) else label)


# --- namespaces ------------------------------------------------------------------------------

_KINDS: Mapping[str, str] = {
    "pid": _("the process list"),
    "net": _("the network"),
    "mnt": _("the file systems"),
    "ipc": _("shared memory and message queues (IPC)"),
    "uts": _("the host name"),
    "cgroup": _("the view of control groups"),
}
_SHARED: Mapping[str, Setting] = {"pid": "--pid=host", "net": "--network=host"}


def _namespaces(tree: Tree, one: Container) -> Iterator[Fact]:
    found = {kind: _shared(tree, one, kind) for kind in _KINDS}
    own = [kind for kind, shared in found.items() if shared is False]
    hidden = [kind for kind, shared in found.items() if shared is None]
    path = f"/proc/{one.leader.pid}/ns"
    if own:
        says = _("It has namespaces of its own: {kinds}.").format(kinds=", ".join(own))
        yield Fact("up", "namespaces", says, path)
    for kind, shared in found.items():
        if shared:
            says = _("It shares {what} with the machine.").format(what=_KINDS[kind])
            setting = _SHARED.get(kind, "defaults")
            yield Fact("low", "namespaces", says, f"{path}/{kind}", setting=setting)
    if hidden:
        says = _("Whether it shares these is not for you to see: {kinds}.")
        yield Fact("unknown", "namespaces", says.format(kinds=", ".join(hidden)), path)


def _shared(tree: Tree, one: Container, kind: str) -> bool | None:
    """Whether a container shares a namespace with the machine; None where it can't be told."""
    pid = one.leader.pid
    own = namespace(tree, pid, kind)
    first = namespace(tree, 1, kind) or namespace(tree, "self", kind) or INITIAL.get(kind, 0)
    if own and first:
        return own == first
    # What an ordinary user may read of another's process tells three of them too.
    if kind == "pid" and one.leader.numbers:
        return len(one.leader.numbers) < 2
    if kind == "net":
        theirs, ours = (tree.inode(f"proc/{who}/net/dev") for who in (pid, "self"))
        return theirs == ours if theirs and ours else None
    if kind == "mnt":
        mounted, here = (_first_mount(tree, who) for who in (pid, "self"))
        return mounted == here if mounted and here else None
    return None


def _first_mount(tree: Tree, pid: int | str) -> str:
    """The number that the kernel gave a process's first mount."""
    return tree.line(f"proc/{pid}/mountinfo").partition(" ")[0]


# --- users, capabilities, filters, labels ----------------------------------------------------


def _mapped(text: str) -> int:
    """The user that root inside is outside; 0 for root itself, and where that can't be told."""
    rows = (numbers(line) for line in text.splitlines())
    return next((row[1] for row in rows if len(row) == 3 and row[0] == 0), 0)


def _is_own(text: str) -> bool:
    """Whether a map of users is not the first one, which maps each to itself."""
    rows = [numbers(line) for line in text.splitlines()]
    return bool(rows) and rows != [(0, 0, 2**32 - 1)]


def _users(pid: int, mapped: int, own: bool) -> Iterator[Fact]:
    path = f"/proc/{pid}/uid_map"
    if mapped:
        says = _("A user namespace: root inside is user {user} outside.").format(user=mapped)
        yield Fact("up", "guards", says, path)
    elif own:
        says = _("A user namespace, and yet root inside is root outside.")
        yield Fact("low", "guards", says, path)
    else:
        says = _("No user namespace: root inside is root outside.")
        yield Fact("usual", "guards", says, path)


def _mask(text: str) -> int | None:
    return int(text, 16) if re.fullmatch(r"[0-9a-fA-F]{1,16}", text) else None


def _capabilities(pid: int, status: Mapping[str, str], own: bool) -> Iterator[Fact]:
    bounding, now = _mask(status.get("CapBnd", "")), _mask(status.get("CapEff", ""))
    path = f"/proc/{pid}/status"
    if bounding is None or now is None:
        says = _("Its capabilities can't be read.")
        yield Fact("unknown", "guards", says, path)
        return
    reach, evidence = dangerous(bounding), f"{path}, CapBnd: {bounding:016x}"
    if not reach:
        says = _("Capabilities are dropped: none is left that reaches beyond it.")
        yield Fact("up", "guards", says, evidence)
    elif own:
        says = _("Its capabilities count inside its user namespace only.")
        yield Fact("up", "guards", says, evidence)
    elif any(name in dangerous(now) for name in _DOORS):
        says = _("It runs with root's full powers, {names} among them, as “privileged” ones do.")
        told = says.format(names=", ".join(dangerous(now)))
        evidence = f"{path}, CapEff: {now:016x}"
        yield Fact("door", "doors", told, evidence, "kernel", "--privileged")
    else:
        says = _("It keeps capabilities that reach beyond it: {names}.")
        setting: Setting = "--cap-add=SYS_ADMIN" if "SYS_ADMIN" in reach else "defaults"
        yield Fact("low", "guards", says.format(names=", ".join(reach)), evidence, setting=setting)


def _filter(pid: int, status: Mapping[str, str]) -> Iterator[Fact]:
    path = f"/proc/{pid}/status"
    setting: Setting
    if mode := status.get("Seccomp", ""):
        up = mode == "2"
        filtered = _("seccomp filters its system calls. Which it blocks isn't told.")
        free = _("No seccomp filter: it may ask the kernel for every system call.")
        says, setting = (filtered, "defaults") if up else (free, "seccomp=unconfined")
        evidence = f"{path}, Seccomp: {mode}"
        yield Fact("up" if up else "low", "guards", says, evidence, setting=setting)
    if status.get("NoNewPrivs") == "1":
        says = _("No new privileges: set-uid programs give it no more rights.")
        yield Fact("up", "guards", says, f"{path}, NoNewPrivs: 1")


def _labelled(tree: Tree, pid: int) -> tuple[str, str]:
    """Where AppArmor's or SELinux's name for what confines a process stands, and the name."""
    path = f"proc/{pid}/attr/apparmor/current"
    if not (label := tree.line(path)):
        label = tree.line(path := f"proc/{pid}/attr/current")
    return path, label


def _is_free(label: str) -> bool:
    """AppArmor: "name (mode)" or "unconfined"; SELinux: "user:role:type:level"."""
    return label in ("", "unconfined") or ":spc_t:" in label or ":unconfined_t:" in label


def _label(tree: Tree, pid: int) -> Iterator[Fact]:
    path, label = _labelled(tree, pid)
    if not label:
        return
    free = _is_free(label)
    confined, loose = (
        _("AppArmor or SELinux confines it."),
        _("AppArmor or SELinux leaves it free."),
    )
    says = loose if free else confined
    yield Fact("low" if free else "up", "guards", says, f"/{path}: {label}")


# --- mounts ----------------------------------------------------------------------------------

_SOCKETS: Mapping[str, str] = {
    "docker.sock": "dockerd",
    "containerd.sock": "containerd",
    "crio.sock": "crio",
    "podman.sock": "podman",
}
_HOST_PATHS = (
    *("/etc", "/root", "/home", "/boot", "/usr", "/dev", "/proc", "/sys", "/var", "/var/run"),
    *("/run", "/var/lib", "/var/lib/docker", "/var/lib/kubelet", "/var/lib/containers"),
)
_PSEUDO = {
    *("proc", "sysfs", "tmpfs", "devtmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "overlay"),
    *("securityfs", "debugfs", "tracefs", "fuse.lxcfs", "nsfs", "squashfs"),
}


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount of a process: the folder of the file system that is mounted, where, and how."""

    root: str
    target: str
    options: tuple[str, ...]
    kind: str


def mounts(text: str) -> list[Mount]:
    """The mounts in a mountinfo. Lines that can't be read are left out."""
    found = []
    for line in text.splitlines():
        left, _dash, right = line.partition(" - ")
        words, kinds = left.split(" "), right.split(" ")
        if len(words) > 5 and kinds[0]:
            root, target = map(_octal, words[3:5])
            found.append(Mount(root, target, tuple(words[5].split(",")), kinds[0]))
    return found


def _octal(text: str) -> str:
    r"""A path with the kernel's escapes undone: ``\040`` is a space."""
    return re.sub(r"\\([0-7]{3})", lambda told: chr(int(told[1], 8)), text)


def _mounts(tree: Tree, pid: int, mapped: int) -> Iterator[Fact]:
    path = f"proc/{pid}/mountinfo"
    found = mounts(tree.text(path))
    if not found:
        says = _("What is mounted in it can't be read.")
        yield Fact("unknown", "doors", says, f"/{path}")
        return
    for mount in found:
        evidence = f"/{path}: {mount.root} → {mount.target}"
        name = mount.root.rpartition("/")[2]
        if name in _SOCKETS:
            says = _("The socket of {manager} is in it: who may use it has all that {manager} has.")
            manager = _SOCKETS[name]
            weight: Weight = "low" if mapped else "door"  # root's alone, and root is another here
            told = says.format(manager=manager)
            yield Fact(weight, "doors", told, evidence, manager, "docker.sock inside")
    yield from _from_host(path, found, mapped)
    root = next((mount for mount in found if mount.target == "/"), None)
    if root is not None and "ro" in root.options:
        says = _("Its root file system is read-only.")
        yield Fact("up", "guards", says, f"/{path}: / ro")


def _from_host(path: str, found: Iterable[Mount], mapped: int) -> Iterator[Fact]:
    """Folders of the machine that are mounted so that the container may write to them."""
    for mount in found:
        writable = "rw" in mount.options and mount.kind not in _PSEUDO
        evidence = f"/{path}: {mount.root} → {mount.target}"
        # The root of a file system may be a volume's as well as the machine's; a name tells.
        host_root = mount.root == "/" and re.match(r"/(host|rootfs|hostfs)\b", mount.target)
        if writable and (host_root or mount.root in _HOST_PATHS) and mount.target != "/":
            says = _("It may write to {folder} of the machine.").format(folder=mount.root)
            door = not mapped and bool(host_root or mount.root in ("/etc", "/root", "/boot"))
            kind: Weight = "door" if door else "low"
            setting: Setting = "/etc inside" if door else "defaults"
            yield Fact(kind, "doors", says, evidence, "kernel" if door else "", setting)
        # A single device that is mounted, as /dev/null is, has another root.
        if mount.kind == "devtmpfs" and mount.root == "/" and "rw" in mount.options:
            says = _("All devices of the machine are in its /dev.")
            yield Fact("low", "doors", says, evidence)


# --- limits ----------------------------------------------------------------------------------

_NONE = 1 << 62  # cgroup v1's "unlimited" is the greatest multiple of a page below 2^63


def _limits(tree: Tree, one: Container) -> Iterator[Fact]:
    if not one.group:
        return
    memory, file = _memory(tree, one)
    if memory:
        says = _("At most {mib:,} MiB of memory.").format(mib=memory >> 20)
        yield Fact("up", "limits", says, f"/{file}: {memory}")
    elif file:
        says = _("No limit on its memory.")
        yield Fact("usual", "limits", says, f"/{file}: max")
    quota, setter = _processors(tree, one)
    if quota:
        says = _("At most {cpus:g} processors' time.").format(cpus=round(quota, 2))
        yield Fact("up", "limits", says, f"/{setter}")


def _memory(tree: Tree, one: Container) -> tuple[int, str]:
    """The least limit of the group and those around it, in bytes, and the file that sets it.

    0 for none. No file where none can be read: that is not "no limit".
    """
    found: list[tuple[int, str]] = []
    last = ""
    for file in _files(one, "memory", "memory.max", "memory.limit_in_bytes"):
        row = numbers(text := tree.line(file))
        if text and not last:
            last = file
        if row and row[0] < _NONE:
            found.append((row[0], file))
    return min(found) if found else (0, last)


def _processors(tree: Tree, one: Container) -> tuple[float, str]:
    """The least share of processors' time, in processors, and the file that sets it; 0 for none."""
    found = []
    for file in _files(one, "cpu", "cpu.max", "cpu.cfs_quota_us"):
        row = numbers(tree.line(file))
        if len(row) == 1:
            row += numbers(tree.line(file.replace("cpu.cfs_quota_us", "cpu.cfs_period_us")))
        if len(row) == 2 and row[1]:
            found.append((row[0] / row[1], file))
    return min(found) if found else (0.0, "")


def _files(one: Container, controller: str, new: str, old: str) -> Iterator[str]:
    """The files that may hold a limit, from the container's group outwards."""
    path = one.controllers.get("", one.group).strip("/")
    while path:
        yield f"sys/fs/cgroup/{path}/{new}"
        path = path.rpartition("/")[0]
    path = one.controllers.get(controller, "").strip("/")
    while path:
        yield f"sys/fs/cgroup/{controller}/{path}/{old}"
        path = path.rpartition("/")[0]
