"""What lies below this kernel, and whether what asks is itself in a container.

Each answer carries its evidence, and says what it leaves open. The signs and their traps are those
of systemd's ``detect-virt``, util-linux's ``lscpu`` and cloud-init's ``ds-identify``, with the bugs
that were reported against them in mind; the tests name them one by one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hvlib.host.tree import Tree
from hvlib.words import _

CPUID: Mapping[str, str] = {
    "KVMKVMKVM": "KVM",
    "Linux KVM Hv": "KVM",
    "TCGTCGTCGTCG": "QEMU (TCG)",
    "XenVMMXenVMM": "Xen",
    "VMwareVMware": "VMware",
    "Microsoft Hv": "Hyper-V",
    "bhyve bhyve": "bhyve",
    "QNXQVMBSQG": "QNX",
    "ACRNACRNACRN": "ACRN",
    "SRESRESRESRE": "LMHS SRE",
    "Apple VZ": "Apple Virtualization",
    "UnisysSpar64": "Unisys s-Par",
}
"""What hypervisors call themselves when the processor is asked."""

_DMI = "sys/class/dmi/id"
_FIELDS = (
    *("sys_vendor", "product_name", "product_version", "board_vendor", "board_name"),
    *("bios_vendor", "bios_version", "chassis_asset_tag"),
)
_NAMED_CLOUDS = {
    "7783-7084-3265-9085-8269-3286-77": "Microsoft Azure",
    "Google Compute Engine": "Google Compute Engine",
    "OracleCloud.com": "Oracle Cloud",
    "Alibaba Cloud ECS": "Alibaba Cloud",
}
"""By the tag of the chassis or the name of the product."""
_DOM0 = 1 << 11  # XENFEAT_dom0, xen/include/public/features.h
_GVISOR = "Sun Jan 10 15:06:54 PST 2016"  # the date in gVisor's version, whatever its number
_VENDOR_CLOUDS = (
    *("DigitalOcean", "Hetzner", "Vultr", "UpCloud", "Linode", "Akamai", "Scaleway", "NWCS"),
)
_OPENSTACK_TAGS = ("OpenTelekomCloud", "SAP CCloud VM", "HUAWEICLOUD", "Samsung Cloud Platform")


@dataclass(frozen=True, slots=True)
class Below:
    """What lies below a kernel.

    hypervisor: its name, "" for none that shows. unsure: what the evidence leaves open, empty if
    the name is certain. note: more of it. machine: what the firmware says of the machine. dom0:
    this is Xen's privileged domain. wsl: 1 or 2. userspace: the kernel is itself a program, as
    gVisor and User Mode Linux are.
    """

    hypervisor: str = ""
    unsure: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()
    cloud: str = ""
    machine: str = ""
    dom0: bool = False
    wsl: int = 0
    userspace: str = ""


@dataclass(frozen=True, slots=True)
class Inside:
    """The container that the asking program is in. maker: empty if unknown. id: empty if unknown.

    sandbox: no more than a process list of its own, as programs give themselves.
    """

    maker: str = ""
    id: str = ""
    unsure: str = ""
    evidence: tuple[str, ...] = ()
    sandbox: bool = False


# --- below the kernel ------------------------------------------------------------------------


def below(tree: Tree, vendor: str = "") -> Below:
    """What lies below. vendor: what the processor says, where it could be asked."""
    flagged = _flagged(tree)
    vendor = vendor if flagged or vendor else ""
    firmware = {field: tree.line(f"{_DMI}/{field}") for field in _FIELDS}
    found = next(_answers(tree, firmware, flagged, vendor))
    return replace(found, machine=_machine(firmware), cloud=found.cloud or _cloud(tree, firmware))


def _answers(
    tree: Tree, firmware: Mapping[str, str], flagged: bool, vendor: str
) -> Iterator[Below]:
    """The answers that the evidence allows, the surest first; there is always one."""
    yield from _userspace(tree)
    yield from _wsl(tree)
    yield from _dom0(tree)
    yield from _by_firmware(tree, firmware, flagged, vendor)
    yield from _by_processor(tree, firmware, vendor)
    yield from _by_kernel(tree)
    yield from _by_device_tree(tree)
    if flagged:
        yield _unnamed(tree)
    yield _bare(firmware, flagged)


def _flagged(tree: Tree) -> bool:
    """Whether the processor tells Linux that a hypervisor is there."""
    lines = (line for line in tree.text("proc/cpuinfo").splitlines() if line.startswith("flags"))
    return "hypervisor" in next(lines, "").split()


def _machine(firmware: Mapping[str, str]) -> str:
    """Maker and product, the words that say nothing left out."""
    empty = {
        "",
        "to be filled by o.e.m.",
        "default string",
        "system manufacturer",
        "none",
        "system product name",
        "not specified",
    }
    maker, product = firmware["sys_vendor"], firmware["product_name"]
    words = [word for word in (maker, product) if word.lower() not in empty]
    return product if product.startswith(maker) and len(words) == 2 else " ".join(words)


def _cloud(tree: Tree, firmware: Mapping[str, str]) -> str:
    """Whose cloud this is, by the firmware. A cloud rents bare machines too."""
    vendor, product = firmware["sys_vendor"], firmware["product_name"]
    tag = firmware["chassis_asset_tag"]
    if vendor == "Amazon EC2" or tree.line("sys/hypervisor/uuid").lower().startswith("ec2"):
        return "Amazon EC2"
    if vendor == "Xen" and "amazon" in firmware["bios_version"]:
        return "Amazon EC2"
    if named := _NAMED_CLOUDS.get(tag) or _NAMED_CLOUDS.get(product):
        return named
    if product.startswith("OpenStack") or tag in _OPENSTACK_TAGS:
        return "OpenStack"
    if product.startswith(("Exoscale", "CloudStack", "CloudSigma")):
        return product
    return vendor if vendor in _VENDOR_CLOUDS else ""


def _userspace(tree: Tree) -> Iterator[Below]:
    if _GVISOR in tree.line("proc/version") or tree.exists("proc/gvisor"):
        unsure = _("What lies below gVisor's kernel can't be seen from within.")
        said = _("/proc/version bears gVisor's date")
        yield Below(userspace="gVisor", unsure=unsure, evidence=(said,))
    if "User Mode Linux" in tree.text("proc/cpuinfo")[:4096]:
        yield Below(userspace="User Mode Linux", evidence=(_("vendor_id in /proc/cpuinfo"),))


def _wsl(tree: Tree) -> Iterator[Below]:
    release = tree.line("proc/sys/kernel/osrelease")
    root = next((kind for target, kind in _mounts(tree) if target == "/"), "")
    if root in ("wslfs", "lxfs") or release.endswith("-Microsoft"):
        yield Below(wsl=1, evidence=(_said("proc/sys/kernel/osrelease", release),))
    # Microsoft's own kernels for cloud images have its name in them too.
    marks = [
        path
        for path in ("run/WSL", "mnt/wslg", "proc/sys/fs/binfmt_misc/WSLInterop")
        if tree.exists(path)
    ]
    if "WSL" in release or marks:
        evidence = [_said("proc/sys/kernel/osrelease", release)]
        yield Below("Hyper-V", evidence=(*evidence, *(f"/{path}" for path in marks)), wsl=2)


def _mounts(tree: Tree) -> Iterator[tuple[str, str]]:
    """Where something is mounted, and of which kind."""
    for line in tree.text("proc/self/mounts").splitlines():
        words = line.split(" ")
        if len(words) > 2:
            yield words[1], words[2]


def _dom0(tree: Tree) -> Iterator[Below]:
    if not tree.exists("proc/xen") and tree.line("sys/hypervisor/type") != "xen":
        return
    features = tree.line("sys/hypervisor/properties/features")
    if features:
        privileged, path = _bit(features), "sys/hypervisor/properties/features"
    else:
        path = "proc/xen/capabilities"
        privileged = "control_d" in (features := tree.line(path))
    if privileged:
        yield Below("Xen", evidence=(_said(path, features),), dom0=True)


def _bit(features: str) -> bool:
    """Whether Xen's features, a hexadecimal number without 0x, say dom0."""
    try:
        return bool(int(features, 16) & _DOM0)
    except ValueError:
        return False


def _by_firmware(
    tree: Tree, firmware: Mapping[str, str], flagged: bool, vendor: str
) -> Iterator[Below]:
    """What only the firmware of a virtual machine says. Its tables outlive the CPUID's masks."""
    product, maker = firmware["product_name"], firmware["sys_vendor"]
    told = (_said(f"{_DMI}/product_name", product),)
    for field, pattern, name in _FIRMWARE:
        if re.match(pattern, firmware[field]):
            yield Below(name, evidence=(_said(f"{_DMI}/{field}", firmware[field]),))
    if maker == "Amazon EC2" and re.search(r"\.metal(-|$)", product):
        yield Below(evidence=told)
    if maker == "Amazon EC2":
        yield Below("KVM", evidence=(_said(f"{_DMI}/sys_vendor", maker), *told))
    if maker == "Microsoft Corporation" and product == "Virtual Machine":
        yield Below("Hyper-V", evidence=told)
    for field, pattern in _QEMU:
        if re.match(pattern, firmware[field]):
            yield _qemu(vendor, _said(f"{_DMI}/{field}", firmware[field]))
    if flagged and not vendor and (cloud := _cloud(tree, firmware)):
        unsure = _("A hypervisor of {cloud}; which, the machine doesn't say.").format(cloud=cloud)
        yield Below(_("Hypervisor"), unsure, evidence=(_said(f"{_DMI}/sys_vendor", maker),))


_FIRMWARE = (
    ("sys_vendor", r"Xen$", "Xen"),
    ("product_name", r"HVM domU$", "Xen"),
    ("product_name", r"Google Compute Engine$", "KVM"),
    ("sys_vendor", r"innotek GmbH", "VirtualBox"),
    ("product_name", r"VirtualBox", "VirtualBox"),
    ("sys_vendor", r"VMware|VMW", "VMware"),
    ("sys_vendor", r"Parallels", "Parallels"),
    ("bios_vendor", r"Parallels", "Parallels"),
    ("sys_vendor", r"BHYVE", "bhyve"),
    ("bios_vendor", r"BHYVE", "bhyve"),
    ("product_name", r"Apple Virtualization", "Apple Virtualization"),
    ("product_name", r"cloud-hypervisor$", "KVM"),
    ("product_name", r"crosvm$", "KVM"),
)
_QEMU = (
    ("product_name", r"KVM|OpenStack|KubeVirt|Standard PC|Alibaba Cloud ECS$"),
    ("sys_vendor", r"QEMU|OpenStack|KubeVirt"),
    ("bios_vendor", r"Bochs"),
)


def _qemu(vendor: str, evidence: str) -> Below:
    """QEMU's machine. Its firmware is the same whether KVM runs it or QEMU translates it.

    Hyper-V's name is a mask that KVM and QEMU wear for the sake of Windows.
    """
    name, found = CPUID.get(vendor, ""), (evidence, *([_asked(vendor)] if vendor else []))
    if name in ("KVM", "QEMU (TCG)", "Xen"):
        return Below(name, evidence=found)
    unsure = _("QEMU's firmware. Whether KVM runs the guest or QEMU translates it isn't told.")
    return Below("KVM", unsure, evidence=found)


def _by_processor(tree: Tree, firmware: Mapping[str, str], vendor: str) -> Iterator[Below]:
    name = CPUID.get(vendor, "")
    if name == "Hyper-V" and tree.line("sys/hypervisor/type") == "xen":  # wears Hyper-V's mask
        yield Below("Xen", evidence=(_said("sys/hypervisor/type", "xen"), _asked(vendor)))
    if name == "Hyper-V":
        unsure = _(
            "Microsoft's hypervisor. Whether this is one of its guests or the system that manages "
            "it (its root partition) isn't told."
        )
        yield Below("Hyper-V", unsure, evidence=(_asked(vendor),))
    if name == "KVM" and _no_firmware(firmware):
        note = _("It has no firmware tables, as small machines such as Firecracker's have none.")
        evidence = (_asked(vendor), _("there is no /sys/class/dmi/id"))
        yield Below("KVM", note=note, evidence=evidence)
    if name:
        yield Below(name, evidence=(_asked(vendor),))
    if vendor:
        unsure = _("A hypervisor that the book doesn't know.")
        yield Below(_("Hypervisor"), unsure, evidence=(_asked(vendor),))


def _by_kernel(tree: Tree) -> Iterator[Below]:
    if tree.line("sys/hypervisor/type") == "xen" or tree.exists("proc/xen"):
        yield Below("Xen", evidence=("/sys/hypervisor/type, /proc/xen",))
    told = re.search(r"^VM00 Control Program:\s*(.+?)\s*$", tree.text("proc/sysinfo"), re.MULTILINE)
    if told:
        name = "KVM" if told[1].startswith("KVM") else "z/VM"
        yield Below(name, evidence=(_said("proc/sysinfo", told[1]),))
    if tree.exists("proc/sysinfo"):
        yield Below("PR/SM", evidence=(_("/proc/sysinfo names no other"),))


def _by_device_tree(tree: Tree) -> Iterator[Below]:
    path = "proc/device-tree/hypervisor/compatible"
    told = tree.text(path).rstrip("\0\n").replace("\0", ", ")
    for mark, name in (("linux,kvm", "KVM"), ("xen", "Xen"), ("vmware", "VMware")):
        if mark in told:
            yield Below(name, evidence=(_said(path, told),))
    if "qemu,pseries" in tree.text("proc/device-tree/compatible").split("\0"):
        yield _qemu("", _said("proc/device-tree/compatible", "qemu,pseries"))
    if any("fw-cfg" in name for name in tree.names("proc/device-tree")):
        yield _qemu("", "/proc/device-tree/fw-cfg")
    parted = tree.exists("proc/device-tree/ibm,partition-name")
    if parted and not tree.exists("proc/device-tree/chosen/qemu,graphic-width"):
        yield Below("PowerVM", evidence=("/proc/device-tree/ibm,partition-name",))


def _unnamed(tree: Tree) -> Below:
    evidence = [_("the flag “hypervisor” in /proc/cpuinfo")]
    if "virtio_mmio.device=" in tree.line("proc/cmdline"):
        evidence.append(_("virtio_mmio in /proc/cmdline"))
        unsure = _("Which isn't told; a small machine such as Firecracker's looks like this.")
    else:
        unsure = _("A hypervisor is there. Which isn't told.")
    return Below(_("Hypervisor"), unsure, evidence=tuple(evidence))


def _bare(firmware: Mapping[str, str], flagged: bool) -> Below:
    unsure = _("Nothing shows a hypervisor. One that hides its signs would look the same.")
    evidence = [_("no flag “hypervisor” in /proc/cpuinfo")]
    if maker := firmware["sys_vendor"]:
        evidence.append(_said(f"{_DMI}/sys_vendor", maker))
    return Below("", unsure, evidence=tuple(evidence))


def _no_firmware(firmware: Mapping[str, str]) -> bool:
    return not any(firmware.values())


def _said(path: str, value: str) -> str:
    """A file and what it says."""
    return f"/{path}: {value}"


def _asked(vendor: str) -> str:
    return _("the processor's CPUID leaf 0x40000000 says {vendor}").format(vendor=vendor)


# --- around the program that asks ------------------------------------------------------------

INITIAL: Mapping[str, int] = {
    "ipc": 0xEFFFFFFF,
    "uts": 0xEFFFFFFE,
    "user": 0xEFFFFFFD,
    "pid": 0xEFFFFFFC,
    "cgroup": 0xEFFFFFFB,
    "time": 0xEFFFFFFA,
}
"""The numbers of the first namespaces, fixed in Linux (include/linux/proc_ns.h)."""

_MAKERS = {
    "docker": "Docker",
    "podman": "Podman",
    "lxc": "LXC",
    "lxc-libvirt": "LXC",
    "systemd-nspawn": "systemd-nspawn",
}
_ID = re.compile(r"/(containers|sandboxes)/([0-9a-f]{64})/(?:hostname|resolv\.conf|hosts)\b")


def namespace(tree: Tree, pid: int | str, kind: str) -> int:
    """The number of a process's namespace; 0 where it can't be read."""
    found = re.fullmatch(rf"{kind}:\[(\d{{1,19}})\]", tree.link(f"proc/{pid}/ns/{kind}"))
    return int(found[1]) if found else 0


def inside(tree: Tree, environ: Mapping[str, str]) -> Inside | None:
    """The container around the program that asks; None where it is in none."""
    if _GVISOR in tree.line("proc/version"):
        return replace(_maker(tree, environ), evidence=(_("gVisor runs containers alone"),))
    own = {kind: namespace(tree, "self", kind) for kind in INITIAL}
    apart = [kind for kind, number in own.items() if number and number != INITIAL[kind]]
    if not {"pid", "uts", "cgroup"} & set(apart):
        return None  # whatever files say, it has the first process list and host name
    found = _maker(tree, environ)
    if not found.maker and any(_wsl(tree)):
        return None  # each distribution of WSL 2 has a process list of its own
    evidence = (_("its own namespaces: {kinds}").format(kinds=", ".join(apart)), *found.evidence)
    if not found.maker and (tree.line("proc/1/comm") == "bwrap" or tree.exists(".flatpak-info")):
        return Inside("bubblewrap", evidence=evidence, sandbox=True)
    if not found.maker and "pid" not in apart:
        return None
    return replace(found, evidence=evidence)


def _maker(tree: Tree, environ: Mapping[str, str]) -> Inside:
    """Who made the container around us, by the marks that makers leave."""
    mounts = tree.text("proc/self/mountinfo")
    pod = "KUBERNETES_SERVICE_HOST" in environ or tree.exists(
        "run/secrets/kubernetes.io/serviceaccount"
    )
    told = _ID.search(mounts)
    id = told[2] if told else ""
    for path in ("run/host/container-manager", "run/systemd/container"):
        name = tree.line(path)
        if name and name not in ("oci", "wsl"):
            return Inside(_MAKERS.get(name, name), id, evidence=(_said(path, name),))
    if pod:
        return Inside("Kubernetes", id, evidence=(_("a pod's service account"),))
    if tree.exists("run/.containerenv"):
        named = re.search(r'^id="([0-9a-f]+)"', tree.text("run/.containerenv"), re.MULTILINE)
        return Inside("Podman", named[1] if named else id, evidence=("/run/.containerenv",))
    if tree.exists(".dockerenv"):
        # The file may have come with an image; what Docker mounts has not.
        mounted = re.search(r" /etc/(?:hostname|hosts|resolv\.conf) ", mounts)
        unsure = "" if mounted else _("A file /.dockerenv says so, and nothing else does.")
        return Inside("Docker", id, unsure, evidence=("/.dockerenv",))
    if id:
        maker = "Docker" if told and told[1] == "containers" else "containerd"
        return Inside(maker, id, evidence=(_("a mount in /proc/self/mountinfo"),))
    name = environ.get("container", "")
    if name and name not in ("oci", "wsl"):  # which images and WSL say of themselves
        return Inside(_MAKERS.get(name, name), evidence=(f"$container: {name}",))
    unsure = _("A process list of its own, and no mark of who made it.")
    return Inside(unsure=unsure)
