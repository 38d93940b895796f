"""Everything that can be read of a machine, in one record: what the picture is drawn from."""

import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from hvlib.host import containers, cpuid, machines
from hvlib.host.below import Below, Inside, below, inside
from hvlib.host.beside import with_doors
from hvlib.host.containers import Container
from hvlib.host.machines import Machine
from hvlib.host.processes import Process, processes
from hvlib.host.tree import Files, Tree
from hvlib.host.walls import Fact, Walls, walls
from hvlib.words import _, ngettext

MANAGERS: Mapping[str, str] = {
    "dockerd": "dockerd",
    "containerd": "containerd",
    "crio": "crio",
    "kubelet": "kubelet",
    "k3s": "k3s",
    "k3s-server": "k3s",
    "libvirtd": "libvirtd",
    "virtqemud": "virtqemud",
    "incusd": "incusd",
    "lxd": "lxd",
    "VBoxSVC": "VBoxSVC",
}
"""The programs that start containers and virtual machines and stay, as the picture names them."""


@dataclass(frozen=True)
class Findings:
    """What a machine told of itself.

    kernel: in words ("Linux 6.1.0"). containers: each with its walls. pods: names by id. managers:
    their processes by name. others: how many processes belong to none of these. hidden: sentences
    on what this user may not see. settings: those of the managers that could be read. unseen: why
    other users' processes can't be seen at all; empty if they can.
    """

    kernel: str
    below: Below
    inside: Inside | None
    containers: tuple[tuple[Container, Walls], ...]
    pods: Mapping[str, str]
    machines: tuple[Machine, ...]
    managers: Mapping[str, Process]
    others: int
    hidden: tuple[str, ...]
    date: str
    settings: Mapping[str, str]
    unseen: str = ""


def look(
    files: Files | None = None,
    *,
    vendor: Callable[[], str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Findings:
    """Look at this machine, or at another's files, for which ``vendor`` and ``environ`` speak."""
    tree = Tree(files)
    told = (vendor or (cpuid.vendor if files is None else str))()
    around = os.environ if environ is None and files is None else environ or {}
    running = processes(tree)
    found = gather(tree, running, below(tree, told), inside(tree, around))
    # Without /proc the kernel can still be asked for its name, this one only.
    return found if files or running else replace(found, kernel=f"Linux {platform.release()}")


def gather(
    tree: Tree, running: Mapping[int, Process], under: Below, around: Inside | None
) -> Findings:
    """All that the process list and its files tell."""
    found = containers.containers(tree, running)
    held = [one for one in found if not containers.is_pause(one)]
    guests = machines.machines(tree, running)
    managers = _managers(running)
    inner = {pid for one in found for pid in one.pids}
    counted = inner | {one.pid for one in guests} | {one.pid for one in managers.values()}
    alone = [it for pid, it in running.items() if pid not in counted and _is_program(it)]
    return Findings(
        kernel=_kernel(tree),
        below=under,
        inside=around,
        containers=with_doors(tree, [(one, walls(tree, one)) for one in held], alone),
        pods=containers.pods(tree, running, found),
        machines=tuple(guests),
        managers=managers,
        others=len(alone),
        hidden=tuple(_hidden(tree, running, held)),
        date=date.today().isoformat(),
        settings=_settings(tree),
        unseen=_unseen(tree),
    )


def _kernel(tree: Tree) -> str:
    release = tree.line("proc/sys/kernel/osrelease")
    return f"Linux {release}" if release else _("Kernel")


def _managers(running: Mapping[int, Process]) -> dict[str, Process]:
    """The managers that run on the machine itself, the first of each name."""
    found: dict[str, Process] = {}
    for item in running.values():
        name = MANAGERS.get(item.program)
        if name and len(item.numbers) < 2:
            found.setdefault(name, item)
    return found


def _is_program(item: Process) -> bool:
    """Whether this is a program and no thread of the kernel, which has no command line."""
    return bool(item.arguments)


def _settings(tree: Tree) -> dict[str, str]:
    """Whether dockerd leaves containers alone when it ends, by its file of settings."""
    on = re.search(r'"live-restore"\s*:\s*true', tree.text("etc/docker/daemon.json"))
    return {"live-restore": "on" if on else "off"}


def _hidden(tree: Tree, running: Mapping[int, Process], held: list[Container]) -> list[str]:
    """What this user may not see."""
    found = []
    if not running:
        found.append(_("No process list can be read here."))
    if why := _unseen(tree):
        found.append(why)
    refused = sum(f"proc/{one.leader.pid}/ns/pid" in tree.refused for one in held)
    if refused:
        text = ngettext(
            "Of {n} container, some walls only root may read.",
            "Of {n} containers, some walls only root may read.",
            refused,
        )
        found.append(text.format(n=refused))
    return found


def _unseen(tree: Tree) -> str:
    """Why other users' processes can't be seen, which a setting of /proc decides."""
    hiding = r"^proc /proc proc \S*hidepid=(?!0|off)"
    root = re.search(r"^Uid:\t0\t", tree.text("proc/self/status"), re.MULTILINE)
    if not root and re.search(hiding, tree.text("proc/mounts"), re.MULTILINE):
        return _("The processes of other users are hidden from you (hidepid).")
    return ""


# --- for others to see -----------------------------------------------------------------------


def neutral(found: Findings) -> Findings:
    """The same without names, ids, paths and numbers that tell whose machine it is."""
    paths = (one.group for one, _walls in found.containers if one.group)
    groups = {path: f"group-{number}" for number, path in enumerate(paths)}
    pods = {id: f"pod-{n}" for n, id in enumerate(dict.fromkeys(_pods(found)), 1)}
    held = []
    for number, (one, around) in enumerate(found.containers, 1):
        plain = replace(
            containers.neutral(one, number),
            group=groups.get(one.group, ""),
            inside=groups.get(one.inside, ""),
            pod=pods.get(one.pod, ""),
        )
        held.append((plain, replace(around, facts=tuple(map(_plain, around.facts)))))
    guests = tuple(
        replace(machines.neutral(one, number), pod=pods.get(one.pod, ""))
        for number, one in enumerate(found.machines, 1)
    )
    under, release = found.below, re.match(r"Linux \d+\.\d+", found.kernel)
    evidence = tuple(text.partition(": ")[0] for text in under.evidence)
    inside_ = found.inside and replace(
        found.inside,
        id="",
        evidence=tuple(text.partition(": ")[0] for text in found.inside.evidence),
    )
    return replace(
        found,
        kernel=release[0] if release else _("Kernel"),
        below=replace(under, machine="", evidence=evidence),
        inside=inside_,
        containers=tuple(held),
        pods={plain: _("Pod {number}").format(number=plain[4:]) for plain in pods.values()},
        machines=guests,
    )


def _pods(found: Findings) -> list[str]:
    return [one.pod for one, _walls in found.containers if one.pod] + list(found.pods)


def _plain(fact: Fact) -> Fact:
    """A fact whose evidence names the kind of file and not the process, group or folder."""
    path = fact.evidence.partition(",")[0].partition(": ")[0]
    path = re.sub(r"^/proc/\d+/", "/proc/PID/", path)
    path = re.sub(r"^/sys/fs/cgroup/.*/", "/sys/fs/cgroup/…/", path)
    return replace(fact, evidence=path)
