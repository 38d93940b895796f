"""What happens on a drawn machine: a block's way to the disk, the end of dockerd, and its type."""

from collections.abc import Iterable, Mapping

from hvlib.host.looking import Findings
from hvlib.host.sketch import Sketch
from hvlib.systems.parts import After, Classification, Component, Flow, Option, Step
from hvlib.systems.system import load
from hvlib.words import _

KVM = "kvm"
"""The id of KVM's box."""

SYSTEMS: Mapping[str, str] = {
    "KVM": "kvm",
    "Xen": "xen",
    "VMware": "vsphere",
    "VirtualBox": "virtualbox",
    "Hyper-V": "hyper-v",
    "bhyve": "bhyve",
    "Firecracker": "firecracker",
}
"""The book's system that is named after a hypervisor or is the usual one with it."""


def flows(
    sketch: Sketch, kernel: str, hypervisor: str, held: Mapping[str, str], guests: list[str]
) -> Iterable[Flow]:
    """A block on its way to the disk, from a container or a program, and from a guest."""
    parts = {item.id: item for item in sketch.components}
    source = next(iter(held), "")
    source = source or "programs"
    sketch.link(source, kernel)
    down = [Step(at=kernel, says=_("The kernel queues it for the disk."), by=_("system call"))]
    if hypervisor:
        says = _("Below the kernel it goes on, unless the machine was given a disk of its own.")
        down.append(Step(at=hypervisor, says=says, by=_("VM exit")))
    down.append(Step(at="hardware", says=_("The disk writes the block.")))
    start = _("A program in {name} writes to a file.").format(name=parts[source].name)
    if source == "programs":
        start = _("A program writes to a file.")
    yield Flow(
        id="disk", name=_("A block is written to disk"), steps=(Step(at=source, says=start), *down)
    )
    by_kvm = [id for id in guests if parts[id].inside and _on_kvm(parts, id)]
    if by_kvm:
        yield _guest_flow(sketch, parts, by_kvm[0], kernel, down[1:])


def _on_kvm(parts: Mapping[str, Component], guest: str) -> bool:
    inside = parts[guest].inside
    return inside is not None and any(item.of == KVM for item in parts[inside].needs)


def _guest_flow(
    sketch: Sketch, parts: Mapping[str, Component], guest: str, kernel: str, down: list[Step]
) -> Flow:
    process = parts[guest].inside or ""
    for one, other in ((guest, KVM), (KVM, process), (process, kernel)):
        sketch.link(one, other)
    return Flow(
        id="guest-disk",
        name=_("A guest writes a block"),
        steps=(
            Step(at=guest, says=_("The guest's driver tells its virtual disk.")),
            Step(at=KVM, says=_("The processor leaves the guest."), by=_("VM exit")),
            Step(at=process, says=_("The process plays the disk."), by=_("return to user mode")),
            Step(at=kernel, says=_("It writes to the disk's image."), by=_("system call")),
            *down,
        ),
    )


def after(
    found: Findings, managers: Mapping[str, str], held: Mapping[str, str]
) -> tuple[tuple[Option, ...], tuple[After, ...]]:
    """What follows the end of dockerd, as the book's own file on Docker has it."""
    ours = tuple(id for id, maker in held.items() if maker == "Docker")
    daemon = found.managers.get("dockerd")
    unit = daemon is not None and any("docker.service" in path for path in daemon.groups.values())
    if not (ours and unit and "dockerd" in managers):
        return (), ()
    docker = load("docker")
    wanted = ("end", "live-restore", "restart-policy")
    options = tuple(
        item.model_copy(update={"default": found.settings.get(item.id, item.default)})
        for item in docker.options
        if item.id in wanted
    )
    what = {"dockerd": (managers["dockerd"],), "container1": ours}
    events = (
        item.model_copy(
            update={
                "of": managers["dockerd"],
                "by": managers["dockerd"] if item.by == "dockerd" else item.by,
                "what": tuple(id for part in item.what for id in what.get(part, ())),
            }
        )
        for item in docker.after
        if item.of == "dockerd"
    )
    return options, tuple(events)


# --- which type ------------------------------------------------------------------------------


def classification(found: Findings) -> Classification:
    """Which type of hypervisor is here, or below, as the book's own file on it has it."""
    here = [one for one in found.machines if one.by in ("KVM",)]
    if here or (found.machines and not found.below.dom0):
        one = (here or found.machines)[0]
        name = "KVM" if here else one.vmm
        if (id := {"VMware": "workstation"}.get(name) or SYSTEMS.get(name)) is not None:
            return _as(id, _("This kernel runs virtual machines by {name}.").format(name=name))
    if (id := SYSTEMS.get(found.below.hypervisor)) is not None:
        return _as(id, _("{name} lies below.").format(name=found.below.hypervisor))
    return Classification(
        type="container" if found.containers else "os",
        because=_("No virtual machine runs here: one kernel serves all programs."),
        argued=_("Containers divide what programs see, and not the kernel."),
        owns_hardware=_("This kernel, as far as it can tell."),
    )


def _as(id: str, because: str) -> Classification:
    known = load(id).classification
    return known.model_copy(update={"because": f"{because} {known.because}"})
