"""How many copies of an application fit on one server, in VMs and in containers (chapter 4)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.overhead import OVERHEADS, Hypervisor
from hvlib.words import _, pgettext

Resource = Literal["memory", "CPU", "disk"]
RESOURCES: dict[Resource, str] = {
    "memory": pgettext("resource", "memory"),
    "CPU": pgettext("resource", "CPU"),
    "disk": pgettext("resource", "disk"),
}
"""What each is called."""

# --- published start times ------------------------------------------------------------------

START_TIMES: tuple[tuple[str, float, str], ...] = (
    (_("process (fork, exec)"), 0.001, _("Manco et al., SOSP 2017, abstract")),
    (_("LightVM unikernel"), 0.0023, _("Manco et al., SOSP 2017, abstract")),
    (_("Firecracker, at most"), 0.125, "Firecracker, SPECIFICATION.md"),
)
"""(kind, seconds, source) of what has a published start time."""


# --- how many fit ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fit:
    """What fits of one kind. limits: copies that each resource alone would allow.

    each: MB of memory that one more copy takes. start: seconds until one copy serves.
    """

    kind: Literal["VM", "container"]
    limits: Mapping[Resource, int]
    each: float
    start: float

    @property
    def binds(self) -> Resource:
        """The resource that runs out first."""
        return min(self.limits, key=lambda resource: self.limits[resource])

    @property
    def scarce(self) -> str:
        """That resource in words."""
        return RESOURCES[self.binds]

    @property
    def count(self) -> int:
        """How many copies fit."""
        return self.limits[self.binds]


def copies(room: float, each: float, once: float = 0.0) -> int:
    """How many fit into ``room`` when one takes ``each`` and all together ``once`` more.

    0 when not even one fits. Raises ValueError for a copy that takes nothing.
    """
    if each <= 0:
        raise ValueError(_("a copy must take something, not {each}").format(each=each))
    # A hair of tolerance: 0.3 / 0.1 is 2.999... in floating point, and three fit.
    return max(0, math.floor((room - once) / each + 1e-9))


@dataclass(frozen=True, slots=True)
class DensityResult(Result):
    """vm, container: what fits of each. overhead: MB of the hypervisor's own for one VM."""

    vm: Fit
    container: Fit
    overhead: float

    @property
    def ratio(self) -> float:
        """Containers for each VM; infinite when no VM fits (and 1 when nothing does)."""
        if self.vm.count == 0:
            return math.inf if self.container.count else 1.0
        return self.container.count / self.vm.count

    def describe(self) -> str:
        text = _(
            "What fits, VMs: {vms:,} (short of {vm_binds} first); containers: {containers:,} "
            "(short of {container_binds}). One more VM takes {vm:,.0f} MB, one more container "
            "{c:,.0f} MB."
        )
        return text.format(
            vms=self.vm.count,
            vm_binds=self.vm.scarce,
            containers=self.container.count,
            container_binds=self.container.scarce,
            vm=self.vm.each,
            c=self.container.each,
        )


class Density(Model):
    """Copies of one application on one server: what binds first, for VMs and for containers.

    A VM holds the application, a guest OS of its own and a whole disk, and costs the hypervisor the
    published overhead. A container holds the application and a little of its runtime; the image is
    stored once. Page sharing keeps one copy of a share of the guest OS for all VMs. What has no
    published value (guest OS, container overhead, boot time) is a knob; defaults are assumptions.
    """

    title: ClassVar[str] = _("How many fit on one server")
    quantities: ClassVar[dict[str, Quantity]] = {
        "ratio": Quantity(_("containers for each VM"), lambda result: result.ratio),
        "vms": Quantity(_("VMs"), lambda result: result.vm.count),
        "containers": Quantity(_("containers"), lambda result: result.container.count),
    }

    host_memory: Annotated[float, Knob(_("Memory of the server"), 1, 1_024, "GB", log=True)] = 128
    host_cpus: Annotated[int, Knob(_("CPUs of the server"), 1, 256)] = 64
    host_disk: Annotated[float, Knob(_("Disk of the server"), 10, 10_000, "GB", log=True)] = 2_000
    app_memory: Annotated[
        float, Knob(_("Memory of the application"), 1, 16_384, "MB", log=True)
    ] = 256
    app_cpu: Annotated[
        float, Knob(_("CPU of the application"), 0.01, 16, _("{n} CPU"), log=True)
    ] = 0.25
    image: Annotated[float, Knob(_("Image of the application"), 1, 10_000, "MB", log=True)] = 200
    guest_memory: Annotated[
        float, Knob(_("Guest kernel and userland"), 0, 4_096, "MB", step=16)
    ] = 512
    guest_disk: Annotated[float, Knob(_("Disk of the guest OS"), 0, 100, "GB", step=0.5)] = 10
    hypervisor: Annotated[Hypervisor, Knob(_("Overhead formula"))] = "KVM (OpenShift)"
    sharing: Annotated[float, Knob(_("Guest OS pages shared"), 0, 0.9, step=0.01)] = 0.0
    vm_cpu: Annotated[float, Knob(_("CPU lost to virtualization"), 0, 0.5, step=0.01)] = 0.02
    container_memory: Annotated[float, Knob(_("Container overhead"), 0, 256, "MB", step=1)] = 10
    container_disk: Annotated[
        float, Knob(_("Writable layer or data"), 1, 10_000, "MB", log=True)
    ] = 100
    boot: Annotated[float, Knob(_("Boot of a full guest OS"), 0.1, 120, "s", log=True)] = 20
    container_start: Annotated[float, Knob(_("Start of a container"), 0.01, 10, "s", log=True)] = (
        0.3
    )

    def run(self) -> DensityResult:
        vcpus = max(1, math.ceil(self.app_cpu))
        overhead = OVERHEADS[self.hypervisor](self.app_memory + self.guest_memory, vcpus)
        return DensityResult(self._vms(overhead), self._containers(), overhead)

    def _vms(self, overhead: float) -> Fit:
        own = self.app_memory + self.guest_memory * (1 - self.sharing) + overhead
        disk = self.guest_disk * 1000 + self.image + self.container_disk
        limits: dict[Resource, int] = {
            "memory": copies(self.host_memory * 1024, own, self.guest_memory * self.sharing),
            "CPU": copies(self.host_cpus * (1 - self.vm_cpu), self.app_cpu),
            "disk": copies(self.host_disk * 1000, disk),
        }
        # Firecracker's limit is for its own minimal guest, so the boot knob does not apply to it.
        start = START_TIMES[2][1] if self.hypervisor == "Firecracker" else self.boot
        return Fit("VM", limits, own, start)

    def _containers(self) -> Fit:
        own = self.app_memory + self.container_memory
        limits: dict[Resource, int] = {
            "memory": copies(self.host_memory * 1024, own),
            "CPU": copies(self.host_cpus, self.app_cpu),
            "disk": copies(self.host_disk * 1000, self.container_disk, self.image),
        }
        return Fit("container", limits, own, self.container_start)
