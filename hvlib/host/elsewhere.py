"""The same for macOS, Windows and FreeBSD, as far as their own means tell."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import date

from hvlib.host import machines
from hvlib.host.below import Below
from hvlib.host.looking import MANAGERS, Findings
from hvlib.host.processes import Process
from hvlib.host.tree import Files, Tree
from hvlib.words import _

BIOS = r"HARDWARE\DESCRIPTION\System\BIOS"


def look() -> Findings:
    """What a system without Linux's /proc tells of itself."""
    if sys.platform == "darwin":
        under = mac(_sysctl)
    elif sys.platform == "win32":
        under = windows(_registry())
    else:
        under = freebsd(_sysctl)
    return told(running(), under, f"{platform.system()} {platform.release()}")


def told(running: Mapping[int, Process], under: Below, kernel: str) -> Findings:
    """Findings of a system without /proc. Containers there live in a virtual machine."""
    guests = machines.machines(Tree(_Nothing()), running)
    managers = {name: item for item in running.values() if (name := MANAGERS.get(item.program))}
    hidden = _("Containers run in a virtual machine here, and can't be seen from outside it.")
    return Findings(
        kernel=kernel,
        below=under,
        inside=None,
        containers=(),
        pods={},
        machines=tuple(guests),
        managers=managers,
        others=len(running) - len(guests) - len(managers),
        hidden=(hidden,),
        date=date.today().isoformat(),
        settings={},
    )


class _Nothing(Files):
    """No files: a system without /proc."""

    def __init__(self) -> None:
        super().__init__("/nowhere/to/be/found")


def running() -> dict[int, Process]:
    """The processes, by psutil, which comes with Jupyter."""
    import psutil

    found = psutil.process_iter(["pid", "name", "cmdline", "ppid"], ad_value=None)
    return {
        item.info["pid"]: Process(
            item.info["pid"],
            item.info["name"] or "",
            tuple(item.info["cmdline"] or [item.info["name"] or ""]),
            parent=item.info["ppid"] or 0,
        )
        for item in found
    }


def mac(sysctl: "Mapping[str, str] | _Sysctl") -> Below:
    """Whether a Mac is a guest, which its kernel says, and of which model it is."""
    guest, model = sysctl["kern.hv_vmm_present"], sysctl["hw.model"]
    evidence = (f"sysctl kern.hv_vmm_present: {guest}", f"sysctl hw.model: {model}")
    if guest != "1":
        unsure = "" if guest == "0" else _("The kernel doesn't say whether a hypervisor is there.")
        return Below("", unsure, evidence=evidence, machine=model)
    for mark, name in (
        ("VirtualMac", "Apple Virtualization"),
        ("VMware", "VMware"),
        ("Parallels", "Parallels"),
    ):
        if model.startswith(mark):
            return Below(name, evidence=evidence, machine=model)
    unsure = _("A hypervisor is there. Which isn't told.")
    return Below(_("Hypervisor"), unsure, evidence=evidence, machine=model)


GUESTS: Mapping[str, str] = {
    "xen": "Xen",
    "hv": "Hyper-V",
    "vmware": "VMware",
    "kvm": "KVM",
    "bhyve": "bhyve",
    "vbox": "VirtualBox",
    "parallels": "Parallels",
    "nvmm": "NVMM",
}
"""What FreeBSD calls its hypervisors (sys/kern/subr_param.c, sys/sys/systm.h)."""


def freebsd(sysctl: "Mapping[str, str] | _Sysctl") -> Below:
    """What FreeBSD found below it when it booted."""
    said = sysctl["kern.vm_guest"]
    evidence = (f"sysctl kern.vm_guest: {said}",)
    if said in GUESTS:
        return Below(GUESTS[said], evidence=evidence)
    if said == "generic":
        unsure = _("A hypervisor is there. Which isn't told.")
        return Below(_("Hypervisor"), unsure, evidence=evidence)
    unsure = _("Nothing shows a hypervisor. One that hides its signs would look the same.")
    return Below("", unsure, evidence=evidence)


def windows(firmware: Mapping[str, str]) -> Below:
    """What lies below a Windows, by its firmware's names.

    Windows says too that a hypervisor is there; with Hyper-V or its security functions switched on
    it says so of itself, so that this proves nothing.
    """
    maker, product = firmware.get("SystemManufacturer", ""), firmware.get("SystemProductName", "")
    evidence = (rf"HKLM\{BIOS}: {maker}, {product}",)
    machine = f"{maker} {product}".strip()
    if maker == "Microsoft Corporation" and product == "Virtual Machine":
        return Below("Hyper-V", evidence=evidence, machine=machine)
    for mark, name in (
        ("VMware", "VMware"),
        ("VirtualBox", "VirtualBox"),
        ("Xen", "Xen"),
        ("HVM domU", "Xen"),
        ("Parallels", "Parallels"),
        ("Google", "KVM"),
        ("QEMU", "KVM"),
        ("KVM", "KVM"),
        ("Amazon EC2", "KVM"),
    ):
        if (maker.startswith(mark) or product.startswith(mark)) and ".metal" not in product:
            return Below(name, evidence=evidence, machine=machine)
    unsure = _("The firmware names no hypervisor. Hyper-V may still lie below this Windows.")
    return Below("", unsure, evidence=evidence, machine=machine)


class _Sysctl:
    """Values of ``sysctl``; empty for what it doesn't know."""

    def __getitem__(self, key: str) -> str:
        try:
            done = subprocess.run(["sysctl", "-n", key], capture_output=True, timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode(errors="replace").strip()


_sysctl = _Sysctl()


def _registry() -> dict[str, str]:
    """Windows's own copy of what the firmware says."""
    import importlib

    try:
        winreg = importlib.import_module("winreg")
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, BIOS) as key:
            names = ("SystemManufacturer", "SystemProductName")
            return {name: str(winreg.QueryValueEx(key, name)[0]) for name in names}
    except (ImportError, OSError):
        return {}
