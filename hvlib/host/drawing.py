"""Makes a System of what a machine told: boxes, who needs whom, and who controls whom."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hvlib.host import grouping
from hvlib.host.beside import opens
from hvlib.host.grouping import Unit
from hvlib.host.happening import KVM, after, classification, flows
from hvlib.host.looking import Findings
from hvlib.host.machines import GIB, Machine
from hvlib.host.sketch import Sketch, need
from hvlib.host.walls import Fact, Topic, settings
from hvlib.systems.parts import Need, Remark
from hvlib.systems.system import System
from hvlib.words import _, ngettext, pgettext

PAGES: Mapping[Topic, str] = {
    "namespaces": pgettext("page", "04-containers-vs-vms.ipynb#4.1-The-same-service,-four-ways"),
    "guards": pgettext("page", "04-containers-vs-vms.ipynb#Guards"),
    "limits": pgettext("page", "04-containers-vs-vms.ipynb#The-same-on-a-real-machine"),
    "kernels": pgettext(
        "page", "04-containers-vs-vms.ipynb#Go-deeper:-a-kernel-of-its-own-after-all"
    ),
    "doors": pgettext("page", "04-containers-vs-vms.ipynb#Go-deeper:-your-own-containers"),
}
"""Where the book explains each kind of wall."""


def drawn(found: Findings, *, recorded: str = "") -> System:
    """The machine as a system. recorded: where and when, if it is not the one in front of you."""
    sketch = Sketch()
    hypervisor, outer, kernel = _stack(sketch, found)
    around = _around(sketch, found, outer, kernel)
    managers = _managers(sketch, found, around, kernel)
    _programs(sketch, found, around, kernel)
    held = _containers(sketch, found, around, kernel, managers)
    guests = _machines(sketch, found, around, kernel, hypervisor, managers)
    options, events = after(found, managers, held)
    return System(
        id="here",
        name=_("This machine"),
        summary=_summary(found),
        status=recorded or _status(found),
        classification=classification(found),
        options=options,
        components=tuple(sketch.components),
        flows=tuple(flows(sketch, kernel, hypervisor, held, guests)),
        links=tuple(sketch.links),
        after=events,
        sources=(_("/proc and /sys of the machine, read on {date}").format(date=found.date),),
    )


def _summary(found: Findings) -> str:
    counted = ngettext("{n} container", "{n} containers", len(found.containers))
    guests = ngettext("{n} virtual machine", "{n} virtual machines", len(found.machines))
    parts = [
        counted.format(n=len(found.containers)) if found.containers else _("no container"),
        guests.format(n=len(found.machines)) if found.machines else _("no virtual machine"),
    ]
    text = _("As far as you can see, {kernel} runs {containers} and {guests}.")
    if found.inside is not None:
        text = _("From in here you see {containers} and {guests} of those that {kernel} may run.")
    return text.format(kernel=found.kernel, containers=parts[0], guests=parts[1])


def _status(found: Findings) -> str:
    text = _(
        "{summary} Seen on {date}. A picture to learn from, not a scanner: what it doesn't show "
        "may still be there. Nothing was sent anywhere."
    )
    return " ".join((text.format(summary=_summary(found), date=found.date), *found.hidden))


# --- from the bottom up ----------------------------------------------------------------------


def _stack(sketch: Sketch, found: Findings) -> tuple[str, str, str]:
    """Hardware, hypervisor, machine and kernel; the ids of the last three, "" for what isn't."""
    under = found.below
    hardware = sketch.add(
        _("Hardware"),
        "hardware",
        _hardware_told(found),
        id="hardware",
        role="hardware",
        privilege=_("below all software"),
        unsure="" if under.hypervisor or under.userspace else under.unsure,
        sources=() if under.hypervisor or under.userspace else under.evidence,
    )
    hypervisor = _hypervisor(sketch, found, hardware)
    outer = _outer(sketch, found, hypervisor)
    below = hypervisor or hardware
    by_kvm = any(one.by == "KVM" for one in found.machines)
    kernel = sketch.add(
        found.kernel.partition("-")[0],
        "guest" if hypervisor else "host",
        _kernel_told(found),
        id="kernel",
        inside=outer or None,
        row=0 if outer else 1,
        role="hypervisor" if by_kvm and not outer else "kernel",
        privilege=_("kernel mode"),
        boundary=_("this kernel"),
        owns="" if outer else _("CPU, memory and devices"),
        needs=() if outer else (need(below, "run"),),
    )
    sketch.link(kernel, below)
    if hypervisor:
        sketch.link(hypervisor, hardware)
    return hypervisor, outer, kernel


def _hardware_told(found: Findings) -> str:
    under = found.below
    parts = [_("The physical machine.")]
    if under.hypervisor:
        parts = [_("The physical machine, out of sight below the hypervisor.")]
    if under.machine:
        parts.append(_("The firmware says “{machine}”.").format(machine=under.machine))
    if under.cloud:
        parts.append(_("It stands in a cloud: {cloud}.").format(cloud=under.cloud))
    return " ".join(parts)


def _hypervisor(sketch: Sketch, found: Findings, hardware: str) -> str:
    under = found.below
    name = under.hypervisor or under.userspace
    if under.wsl == 1:
        name = "Windows"
    if not name:
        return ""
    does = _("It lies below this kernel. Whether more lies below it can't be seen from here.")
    if under.userspace:
        does = _("This kernel is a program itself; what runs it can't be seen from here.")
        name = _("What runs {kernel}").format(kernel=under.userspace)
    if under.wsl == 1:
        does = _("WSL 1: Windows answers Linux's system calls; there is no Linux kernel.")
    return sketch.add(
        name,
        "hypervisor" if under.hypervisor else "host",
        " ".join(part for part in (does, under.note) if part),
        id="hypervisor",
        row=1,
        role="hypervisor" if under.hypervisor else "kernel",
        privilege=_("most privileged"),
        boundary=_("below this kernel"),
        owns=_("CPU, memory and devices"),
        needs=(need(hardware, "run"),),
        unsure=under.unsure,
        sources=under.evidence,
    )


def _outer(sketch: Sketch, found: Findings, hypervisor: str) -> str:
    """The virtual machine that this is; "" on bare hardware."""
    under = found.below
    if not hypervisor:
        return ""
    name, does = _("This virtual machine"), _("What you see as your machine.")
    role, needs = "guest", [need(hypervisor, "run")]
    if under.dom0:
        name, does, role = _("dom0, this system"), _("Xen's privileged domain: yours."), "manager"
    elif under.wsl == 2:
        name = _("WSL 2 virtual machine")
        does = _("Windows starts it; all distributions of WSL 2 share it and its kernel.")
        windows = sketch.add(
            "Windows",
            "host",
            _("It started this machine, which ends when Windows ends it."),
            row=2,
            role="manager",
            privilege=_("guest mode, with the right to manage others"),
            needs=tuple(needs),
        )
        needs.append(need(windows, "run"))
    elif not under.hypervisor:
        name = _("This environment")
    return sketch.add(
        name,
        "guest",
        does,
        id="machine",
        row=2,
        role=role,
        privilege=_("guest mode"),
        boundary=_("this kernel"),
        needs=tuple(needs),
    )


def _kernel_told(found: Findings) -> str:
    if found.below.wsl == 1:
        return _("What looks like a Linux kernel: a layer of Windows.")
    parts = [_("It serves every program here, in containers or not.")]
    if "-" in found.kernel:
        parts.append(_("In full: {kernel}.").format(kernel=found.kernel))
    if any(one.by == "KVM" for one in found.machines):
        parts.append(_("With KVM in it, it is a hypervisor too."))
    return " ".join(parts)


def _around(sketch: Sketch, found: Findings, outer: str, kernel: str) -> dict[str, Any]:
    """Where the programs go: beside the kernel, or in the container that we are in."""
    place: dict[str, Any] = {"inside": outer or None, "row": 1 if outer else 2}
    around = found.inside
    if around is None:
        return place
    said = _("You are in it: what else runs on the machine can't be seen from here.")
    if around.sandbox:
        name, kind = _("Sandbox you are in"), _("A sandbox with a process list of its own.")
    elif around.maker:
        name = _("{maker}: you are here").format(maker=around.maker)
        kind = _("A container of {maker}.").format(maker=around.maker)
    else:
        name, kind = _("Container you are in"), _("Namespaces of its own.")
    box = sketch.add(
        name,
        "runtime",
        f"{kind} {said}",
        role="container",
        privilege=_("user mode"),
        needs=(need(kernel, "run"),),
        unsure=around.unsure,
        sources=around.evidence,
        **place,
    )
    sketch.add(
        _("Neighbours?"),
        "runtime",
        _("Other containers and programs of the same kernel, if there are any."),
        role="container",
        privilege=_("user mode"),
        needs=(need(kernel, "run"),),
        unsure=_("From inside a container its neighbours can't be seen."),
        **place,
    )
    return {"inside": box, "row": 0}


def _programs(sketch: Sketch, found: Findings, around: Mapping[str, Any], kernel: str) -> None:
    alone = not (found.containers or found.machines or found.managers)
    name = ngettext("{n} other program", "{n} other programs", found.others)
    does = _("Programs in none of the other boxes; this Python is one of them.")
    if alone:
        name = ngettext("{n} program", "{n} programs", found.others)
        does = _("Ordinary programs; this Python is one of them.")
    sketch.add(
        name.format(n=found.others),
        "application",
        does,
        id="programs",
        privilege=_("user mode"),
        boundary=_("other programs"),
        needs=(need(kernel, "run"),),
        **around,
    )
    if found.unseen:
        sketch.add(
            _("Others' programs?"),
            "application",
            _("Programs, containers and virtual machines of other users, if there are any."),
            privilege=_("user mode"),
            needs=(need(kernel, "run"),),
            unsure=found.unseen,
            **around,
        )


_MANAGES: Mapping[str, tuple[str, ...]] = {
    "Docker": ("dockerd",),
    "containerd": ("kubelet", "k3s", "containerd"),
    "Kubernetes": ("kubelet", "k3s"),
    "CRI-O": ("crio", "kubelet"),
    "LXC": ("incusd", "lxd"),
    "Incus": ("incusd", "lxd"),
    "libvirt": ("virtqemud", "libvirtd"),
    "VirtualBox": ("VBoxSVC",),
}
"""Who changes a container or a virtual machine, by its maker."""


def _managers(
    sketch: Sketch, found: Findings, around: Mapping[str, Any], kernel: str
) -> dict[str, str]:
    """The managers' boxes by name."""
    ids: dict[str, str] = {}
    for name, item in sorted(found.managers.items(), key=lambda pair: pair[0] == "dockerd"):
        needs = [need(kernel, "run")]
        if name == "dockerd" and "containerd" in ids:
            needs.append(need(ids["containerd"], "service"))
        root = item.user == 0
        ids[name] = sketch.add(
            name,
            "runtime",
            _("Starts and stops what it manages. That runs on while this is down."),
            role="manager",
            privilege=_("user mode, root") if root else _("user mode"),
            needs=tuple(needs),
            controls=(kernel,) if root else (),
            **around,
        )
    return ids


def _manage(maker: str, managers: Mapping[str, str]) -> list[Need]:
    return [need(managers[name], "manage") for name in _MANAGES.get(maker, ()) if name in managers]


# --- containers ------------------------------------------------------------------------------


def _containers(
    sketch: Sketch,
    found: Findings,
    around: Mapping[str, Any],
    kernel: str,
    managers: Mapping[str, str],
) -> dict[str, str]:
    """The boxes of containers, with the maker of each."""
    drawn_as: dict[str, Unit] = {}
    for unit in grouping.units(found):
        _unit(sketch, unit, around, kernel, managers, drawn_as)
    _open_neighbours(sketch, found, drawn_as)
    return {box: unit.maker for box, unit in drawn_as.items()}


def _open_neighbours(sketch: Sketch, found: Findings, drawn_as: Mapping[str, Unit]) -> None:
    """Let each container control those whose files it has by the process list."""
    walls = {one.leader.pid: around for one, around in found.containers}
    boxes = {box: walls[unit.first.leader.pid] for box, unit in drawn_as.items()}
    for number, item in enumerate(sketch.components):
        if item.id in boxes:
            more = [box for box in boxes if box != item.id and opens(boxes[item.id], boxes[box])]
            controls = tuple(dict.fromkeys((*item.controls, *more)))
            sketch.components[number] = item.model_copy(update={"controls": controls})


def _unit(
    sketch: Sketch,
    unit: Unit,
    around: Mapping[str, Any],
    kernel: str,
    managers: Mapping[str, str],
    held: dict[str, Unit],
) -> None:
    """One container or one group of equal ones, and what lies in it."""
    one, facts = unit.first, unit.facts
    doors = [fact.controls for fact in facts if fact.weight == "door"]
    controls = [kernel if door == "kernel" else managers.get(door, "") for door in doors]
    frame = unit.maker == "pod"
    box = sketch.add(
        unit.name,
        "runtime",
        _told(unit),
        role="" if frame else "container",
        privilege=_privilege(facts),
        needs=(need(kernel, "run"), *_manage(one.maker, managers)),
        controls=tuple(dict.fromkeys(id for id in controls if id)),
        guards=unit.guards,
        settings=settings(facts),
        remarks=tuple(_remark(fact) for fact in facts),
        **around,
    )
    if not frame:
        held[box] = unit
    for number, inner in enumerate(unit.inside):
        place = {"inside": box, "row": number // 2}
        _unit(sketch, inner, place, kernel, managers, held)


def _told(unit: Unit) -> str:
    one = unit.first
    maker = one.maker or _("an unknown maker")
    if unit.maker == "pod":
        return _("A pod of Kubernetes: its containers share a network.")
    count = ngettext("{n} process", "{n} processes", unit.processes).format(n=unit.processes)
    if len(unit.names) > 1 and not one.is_apart:
        names = ", ".join(unit.names[:8]) + (", …" if len(unit.names) > 8 else "")
        text = _("{n} containers of {maker} with the same walls, {count} in all: {names}.")
        return text.format(n=len(unit.names), maker=maker, count=count, names=names)
    text = _("A container of {maker}: {count}.").format(maker=maker, count=count)
    if one.is_apart:
        text = _("A process list of its own, as sandboxes give themselves: {count}.")
        text = text.format(count=count)
    if one.owner:
        text += " " + _("Its engine needs no root; it is user {user}'s.").format(user=one.owner)
    program = one.leader.program
    if program and program not in unit.name:
        text += " " + _("The first runs {program}.").format(program=program)
    return text


def _privilege(facts: Iterable[Fact]) -> str:
    doors = any(fact.weight == "door" for fact in facts)
    return _("user mode, with the machine's powers") if doors else _("user mode, with fewer rights")


def _remark(fact: Fact) -> Remark:
    """A fact as the picture tells it; of a long id the beginning, as a shell would find it."""
    evidence = re.sub(r"([0-9a-f]{12})[0-9a-f]{52}", r"\1*", fact.evidence)
    return Remark(says=fact.says, source=evidence, page=PAGES[fact.topic])


# --- virtual machines ------------------------------------------------------------------------


def _machines(
    sketch: Sketch,
    found: Findings,
    around: Mapping[str, Any],
    kernel: str,
    hypervisor: str,
    managers: Mapping[str, str],
) -> list[str]:
    """The boxes of guests; where they are few, each in that of the process that runs it."""
    kvm = ""
    if any(one.by == "KVM" for one in found.machines):
        kvm = sketch.add(
            _("KVM (kvm.ko)"),
            "hypervisor",
            _("The part of this kernel that enters and leaves guests."),
            id=KVM,
            inside=kernel,
            privilege=_("kernel mode"),
            boundary=_("this kernel"),
        )
    guests = []
    for name, members in grouping.guests(found.machines):
        one = members[0]
        if one.vmm == "Xen":
            guests.append(_domain(sketch, name, members, hypervisor))
            continue
        engine = [need(kvm, "run")] if kvm and one.by == "KVM" else []
        needs = [need(kernel, "run"), *engine, *_manage(one.manager or one.vmm, managers)]
        box = sketch.add(
            one.vmm,
            "runtime",
            _process_told(members),
            privilege=_("user mode") if one.user else _("user mode, root"),
            needs=tuple(needs),
            sources=tuple(text for item in members[:3] for text in item.evidence),
            unsure="" if one.by else _("Whether KVM runs it or QEMU translates it isn't told."),
            **around,
        )
        guests.append(
            sketch.add(
                name,
                "guest",
                _guest_told(members),
                inside=box,
                role="guest",
                needs=tuple(engine),
                privilege=_("guest mode") if one.by == "KVM" else _("guest"),
            )
        )
    return guests


def _domain(sketch: Sketch, name: str, members: list[Machine], hypervisor: str) -> str:
    """A guest of Xen, beside the domain that we are in."""
    needs = [need(hypervisor, "run"), need("machine", "io"), need("machine", "manage")]
    return sketch.add(
        name,
        "guest",
        _guest_told(members),
        row=2,
        role="guest",
        privilege=_("guest mode"),
        needs=tuple(needs),
        sources=tuple(text for item in members[:3] for text in item.evidence),
    )


def _process_told(members: list[Machine]) -> str:
    one = members[0]
    by = {"": "", "KVM": _("KVM in this kernel runs its guest.")}.get(
        one.by, _("Its guest runs by {by}.").format(by=one.by)
    )
    count = ngettext("{n} process", "{n} processes", len(members)).format(n=len(members))
    started = _("Started by {manager}.").format(manager=one.manager) if one.manager else ""
    text = _("{count} that plays the machine's devices.")
    if len(members) > 1:
        text = _("{count}, each of which plays a machine's devices.")
    return " ".join(part for part in (text.format(count=count), by, started) if part)


def _guest_told(members: list[Machine]) -> str:
    one = members[0]
    if len(members) > 1:
        names = ", ".join(item.name for item in members[:8]) + (", …" if len(members) > 8 else "")
        return _("{n} virtual machines alike: {names}.").format(n=len(members), names=names)
    parts = [_("A virtual machine; what runs in it can't be seen from here.")]
    if one.vcpus:
        text = ngettext("{n} virtual processor.", "{n} virtual processors.", one.vcpus)
        parts.append(text.format(n=one.vcpus))
    if one.memory:
        gib, mib = round(one.memory / GIB, 2), one.memory >> 20
        text = _("{gib:g} GiB of memory.") if gib >= 1 else _("{mib} MiB of memory.")
        parts.append(text.format(gib=gib, mib=mib))
    return " ".join(parts)
