"""The virtual machines that run on a machine, told by the processes that run them.

The command line gives name and size. Whether KVM runs the guest is told by the process's open files
to those who may see them, and by its threads' names to all; a command line only asks for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hvlib.host.processes import Process
from hvlib.host.tree import Tree
from hvlib.words import _

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine. vmm: the program that runs it. memory in bytes, 0 if unknown; vcpus
    likewise. by: "KVM", "translation", the product's own driver, or "" if that can't be told.
    manager: who started it, "" if by hand. pod: the id of the Kubernetes sandbox that it is for.
    """

    vmm: str
    name: str
    pid: int
    memory: int = 0
    vcpus: int = 0
    by: str = ""
    evidence: tuple[str, ...] = ()
    manager: str = ""
    pod: str = ""
    user: int = 0


def machines(tree: Tree, running: Mapping[int, Process]) -> list[Machine]:
    """All virtual machines that can be told from here, by their processes' ids."""
    seen = [found for item in running.values() for found in _told(tree, item)]
    return [*seen, *(one for one in _domains(tree) if not _has(seen, one))]


def _told(tree: Tree, item: Process) -> Iterator[Machine]:
    for pattern, read in _PROGRAMS:
        if item.arguments and re.fullmatch(pattern, item.program):
            if found := read(item):
                yield _engine(tree, item, found)
            return


# --- QEMU ------------------------------------------------------------------------------------


def _qemu(item: Process) -> Machine | None:
    if len(item.arguments) < 3:  # a question about its version, say
        return None
    if domain := item.after("-xen-domid"):
        name = _named(item) or _("domain {number}").format(number=domain)
        return Machine("Xen", name, item.pid, _memory(item), manager=domain, user=item.user)
    name = _named(item)
    pod = name.removeprefix("sandbox-") if name.startswith("sandbox-") else ""
    return Machine(
        "QEMU",
        _("Kata sandbox") if pod else name or _("a QEMU guest"),
        item.pid,
        _memory(item),
        _vcpus(item.after("-smp", "--smp")),
        manager="Kata" if pod else _manager(item),
        pod=pod,
        user=item.user,
    )


def _manager(item: Process) -> str:
    """Who started a QEMU, by its control group and what it was told to say of itself."""
    groups, words = " ".join(item.groups.values()), " ".join(item.arguments)
    if "/qemu.slice/" in groups:
        return "Proxmox"
    if "manufacturer=LinuxContainers" in words:
        return "Incus"
    libvirt = "machine-qemu" in groups or "libvirt-qemu" in groups or "-name guest=" in words
    return "libvirt" if libvirt else ""


def _named(item: Process) -> str:
    """The guest's name from ``-name guest=x,process=y`` or ``-name x``."""
    parts = options(item.after("-name", "--name"))
    return parts.get("guest", parts.get("", ""))


def options(text: str) -> dict[str, str]:
    """QEMU's ``x,key=value``: the first word under "", a doubled comma being a comma."""
    found: dict[str, str] = {}
    for number, part in enumerate(text.replace(",,", "\0").split(",")):
        key, equals, value = part.replace("\0", ",").partition("=")
        if equals:
            found[key] = value
        elif number == 0:
            found[""] = key
    return found


def _memory(item: Process) -> int:
    parts = options(item.after("-m", "--m"))
    return size(parts.get("size", parts.get("", "")), MIB)


def size(text: str, unit: int) -> int:
    """Bytes in a size such as ``4G``; a bare number counts in ``unit``. 0 for what is none."""
    told = re.fullmatch(r"(\d{1,15})(?:\.\d+)?([bkmgtBKMGT]?)(?:i?[bB])?", text)
    if not told:
        return 0
    units = {"": unit, "b": 1, "k": KIB, "m": MIB, "g": GIB, "t": GIB * KIB}
    return int(told[1]) * units[told[2].lower()]


def _vcpus(text: str) -> int:
    """How many virtual processors ``-smp`` asks for: the number, or sockets by cores by threads."""
    parts = options(text)
    count = parts.get("cpus", parts.get("", ""))
    if not count and parts:
        product = 1
        for key in ("sockets", "dies", "clusters", "cores", "threads"):
            product *= _whole(parts.get(key, "1"))
        return product
    return _whole(count) if count else 1


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


# --- the others ------------------------------------------------------------------------------


def _firecracker(item: Process) -> Machine:
    name = item.after("--id") or "Firecracker"
    return Machine("Firecracker", name, item.pid, by="KVM", user=item.user)


def _cloud_hypervisor(item: Process) -> Machine:
    socket = item.after("--api-socket").removeprefix("path=")
    memory, cpus = options(item.after("--memory")), options(item.after("--cpus"))
    kata = re.search(r"/run/vc/vm/([^/]+)/", socket)
    return Machine(
        "Cloud Hypervisor",
        socket.rpartition("/")[2].removesuffix(".sock") or "Cloud Hypervisor",
        item.pid,
        size(memory.get("size", ""), 1),
        _whole(cpus.get("boot", "")),
        by="KVM",
        manager="Kata" if kata else "",
        pod=kata[1] if kata else "",
        user=item.user,
    )


def _crosvm(item: Process) -> Machine | None:
    if "run" not in item.arguments[1:]:
        return None
    return Machine("crosvm", "crosvm", item.pid, by="KVM", user=item.user)


def _virtualbox(item: Process) -> Machine | None:
    name = item.after("--comment", "-comment")
    machine = name or item.after("--startvm", "-startvm")
    return (
        Machine("VirtualBox", machine, item.pid, by="VBoxDrv", user=item.user) if machine else None
    )


def _vmware(item: Process) -> Machine | None:
    file = item.arguments[-1]
    if not file.endswith(".vmx"):
        return None
    name = re.split(r"[/\\]", file)[-1].removesuffix(".vmx")
    return Machine("VMware", name, item.pid, by="vmmon", user=item.user)


def _bhyve(item: Process) -> Machine | None:
    """bhyve names itself after its guest: ``bhyve: name``."""
    titled = re.fullmatch(r"bhyve: (.+?)(?: \(bhyve\))?", item.arguments[0])
    name = titled[1] if titled else item.arguments[-1]
    return Machine("bhyve", name, item.pid, by="vmm.ko", user=item.user)


def _apple(item: Process) -> Machine:
    by = "Hypervisor.framework"
    return Machine(_("Apple Virtualization"), _("a Mac's guest"), item.pid, by=by, user=item.user)


def _hyperv(item: Process) -> Machine:
    name = item.after("vmwp.exe") or (item.arguments[-1] if len(item.arguments) > 1 else "")
    return Machine("Hyper-V", name or _("a Hyper-V guest"), item.pid, by="Hyper-V")


_PROGRAMS = (
    (r"qemu-system-[\w-]+|qemu-kvm|kvm", _qemu),
    (r"firecracker", _firecracker),
    (r"cloud-hypervisor", _cloud_hypervisor),
    (r"crosvm", _crosvm),
    (r"VBoxHeadless(?:\.exe)?|VirtualBoxVM(?:\.exe)?|VirtualBox(?:\.exe)?", _virtualbox),
    (r"vmware-vmx(?:\.exe)?", _vmware),
    (r"bhyve(?:: .+)?", _bhyve),
    (r"com\.apple\.Virtualization\.VirtualMachine", _apple),
    (r"vmwp(?:\.exe)?", _hyperv),
)
"""The programs that run a virtual machine, and how each command line is read."""


def _engine(tree: Tree, item: Process, found: Machine) -> Machine:
    """The machine with what runs its guest, and its virtual processors if it has not said them."""
    folder = f"proc/{item.pid}"
    threads = [tree.line(f"{folder}/task/{name}/comm") for name in tree.names(f"{folder}/task")]
    vcpus = [name for name in threads if re.match(r"CPU \d+/|fc_vcpu|crosvm_vcpu|vcpu\d", name)]
    found = replace(found, vcpus=len(vcpus) or found.vcpus)
    if found.vmm != "QEMU":
        return found
    links = (tree.link(f"{folder}/fd/{name}") for name in tree.names(f"{folder}/fd"))
    if any(link.startswith("anon_inode:kvm-vm") for link in links):
        return replace(found, by="KVM", evidence=(f"/{folder}/fd: anon_inode:kvm-vm",))
    for mark, by in (("/KVM", "KVM"), ("/TCG", _("translation"))):
        if any(name.endswith(mark) for name in vcpus):
            return replace(found, by=by, evidence=(f"/{folder}/task/*/comm: CPU 0{mark}",))
    if tree.names(f"{folder}/fd"):
        evidence = _("{path} has no kvm-vm").format(path=f"/{folder}/fd")
        return replace(found, by=_("translation"), evidence=(evidence,))
    return found


# --- Xen's domains, of which most have no process ---------------------------------------------


def _domains(tree: Tree) -> Iterator[Machine]:
    """The domains for which dom0 drives a device."""
    folder = "sys/bus/xen-backend/devices"
    told = (re.match(r"\w+-(\d{1,5})-", name) for name in tree.names(folder))
    for number in sorted({int(one[1]) for one in told if one}):
        name = _("domain {number}").format(number=number)
        yield Machine("Xen", name, 0, evidence=(f"/{folder}",), manager=str(number))


def _has(seen: list[Machine], one: Machine) -> bool:
    """Whether a process has told of this domain already."""
    return any(other.vmm == "Xen" and other.manager == one.manager for other in seen)


def neutral(one: Machine, number: int) -> Machine:
    """The machine without anything that tells whose it is."""
    name = _("VM {number}").format(number=number)
    return replace(one, name=name, evidence=tuple(_nameless(text) for text in one.evidence))


def _nameless(text: str) -> str:
    return re.sub(r"/proc/\d+/", "/proc/PID/", text)
