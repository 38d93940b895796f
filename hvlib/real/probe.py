"""What this machine can do, found by trying: a device file or a CPU flag promises nothing.

    ask("kvm")      # Answer(name='kvm', yes=True, why='KVM runs a guest here ...', remedy='')
    ask_all()       # all questions at once, in well under a second

Each question is tried once a process. This module can be imported on any system.
"""

import functools
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from hvlib.real import rootfs, supervision
from hvlib.real.syscalls import is_root
from hvlib.words import _

TIME_LIMIT = 4.0  # seconds that all trials may take, in a child process
SETTINGS = Path("/proc/sys")
VENDORS = ("kvm_intel", "kvm_amd", "kvm_pvm")
BZIMAGE_MAGIC = (0x202, b"HdrS")  # Linux, Documentation/arch/x86/boot.rst


@dataclass(frozen=True)
class Answer:
    """One question's answer: yes or no, one sentence why, and what the reader could do."""

    name: str
    yes: bool
    why: str
    remedy: str = ""


@functools.cache
def ask(name: str) -> Answer:
    """Try what ``name`` stands for. Raises KeyError for a question nobody asks."""
    answer = _ASKED[name](name)
    if answer.yes or sys.platform == "linux" or name in ("kvm", "unicorn"):
        return answer
    remedy = _("Nothing to do: it needs Linux, and the book shows a recording instead.")
    return replace(answer, remedy=remedy)


def ask_all() -> tuple[Answer, ...]:
    """The answers to all QUESTIONS."""
    if sys.platform == "emscripten":  # a web page has no threads
        return tuple(map(ask, QUESTIONS))
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        return tuple(pool.map(ask, QUESTIONS))


def _try(name: str) -> tuple[bool, str]:
    """Whether one of hvlib.real.trials succeeded, and what it said."""
    if sys.platform != "linux":
        return False, _("this is not Linux")
    with _TRYING:
        yes, said = _trials().get(name, (False, _("the trials did not run")))
    return yes, said.rstrip(".")


_TRYING = threading.Lock()


@functools.cache
def _trials() -> dict[str, tuple[bool, str]]:
    """Run all trials in a child process, once."""
    command = [sys.executable, "-m", "hvlib.real.trials"]
    try:
        found = json.loads(supervision.told_by(command, TIME_LIMIT))
        return {name: (yes, said) for name, (yes, said) in found.items()}
    except (subprocess.TimeoutExpired, ValueError, OSError):
        return {}


def forget() -> None:
    """Ask anew next time: the reader has changed something."""
    ask.cache_clear()
    _trials.cache_clear()


def _kvm(name: str) -> Answer:
    yes, said = _try(name)
    if not yes:
        return Answer(name, False, _("KVM runs no guest: {why}.").format(why=said), _kvm_remedy())
    vendor = next((v for v in VENDORS if Path("/sys/module", v).exists()), "")
    if vendor == "kvm_pvm":
        why = _(
            "KVM runs a guest at {each} ns an instruction by kvm_pvm: user code runs natively, "
            "all else is emulated, so that a stock Linux does not boot under it."
        )
    else:
        why = _("KVM runs a guest at {each} ns an instruction, natively by {vendor}.")
    return Answer(name, True, why.format(each=said, vendor=vendor or _("the processor")))


def _kvm_remedy() -> str:
    """What helps against the usual reasons."""
    if sys.platform != "linux":
        return _("Nothing to do: the engine unicorn runs the same guests.")
    if not Path("/dev/kvm").exists():
        return _("Switch on virtualization in the firmware (or nested virtualization), or go on "
                 "with the engine unicorn.")  # fmt: skip
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return _("Join the group kvm (sudo usermod -aG kvm $USER) and log in again.")
    return _("Go on with the engine unicorn.")


def _unicorn(name: str) -> Answer:
    try:
        from hvlib.real import guests, translated

        with translated.Machine() as machine:
            machine.load(guests.HELLO.code)
            yes = machine.run(1.0).reason == "stopped"
    except (ImportError, OSError) as error:
        why = _("unicorn does not run a guest: {why}.").format(why=error)
        return Answer(name, False, why, _("Install it: pip install unicorn."))
    version = getattr(importlib.import_module("unicorn"), "__version__", "?")
    why = {
        True: _("unicorn {version} runs a guest by binary translation."),
        False: _("unicorn {version} is there but does not run a guest to its end."),
    }[yes]
    return Answer(name, yes, why.format(version=version))


def _namespaces(name: str) -> Answer:
    yes, said = _try(name)
    if yes:
        return Answer(name, True, _("This user can make namespaces directly (as root)."))
    why = _("This user can't make namespaces directly: {why}.").format(why=said)
    if is_root():
        return Answer(name, False, why, _user_namespace_remedy())
    remedy = _("User namespaces do as well; else start Jupyter as root in a throw-away machine.")
    return Answer(name, False, why, remedy)


def _tried(name: str, can: str, cannot: str, remedy: Callable[[], str]) -> Answer:
    """The answer that a trial gives. cannot: a template with the trial's ``why``."""
    yes, said = _try(name)
    return (
        Answer(name, True, can) if yes else Answer(name, False, cannot.format(why=said), remedy())
    )


def _user_namespaces(name: str) -> Answer:
    return _tried(
        name,
        _("An ordinary user can make namespaces here."),
        _("An ordinary user can't make namespaces here: {why}."),
        _user_namespace_remedy,
    )


def _user_namespace_remedy() -> str:
    """Which of the kernel's switches forbids it, and how to set it."""
    switches = {
        "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "kernel/unprivileged_userns_clone": ("0", "1"),
        "user/max_user_namespaces": ("0", "10000"),
    }
    for name, (closed, opened) in switches.items():
        if _setting(name) == closed:
            key = name.replace("/", ".")
            reason = _("The system's setting {key}={closed} forbids it")
            advice = _("until a restart: sudo sysctl {key}={opened}")
            if "apparmor" in name:
                reason = _("The system's setting {key}={closed} (AppArmor) forbids it")
            return f"{reason}; {advice}.".format(key=key, closed=closed, opened=opened)
    if is_root():
        return _("Root lacks the rights for it, as in most containers: use a virtual machine.")
    return _("Run the experiments as root, or in a virtual machine.")


def _setting(name: str) -> str:
    """A kernel setting as text; empty where there is none."""
    try:
        return (SETTINGS / name).read_text("ascii").strip()
    except OSError:
        return ""


def _container(name: str) -> Answer:
    from hvlib.real import container

    yes, said = container.available()
    if yes:
        return Answer(name, True, _("A container starts here."))
    why = _("No container starts here: {why}.").format(why=said.rstrip("."))
    return Answer(name, False, why, _containers_remedy())


def _containers_remedy() -> str:
    """The nearest thing that may be missing."""
    if rootfs.find_busybox() is None:
        return _("Get a static busybox, on Debian and Ubuntu: make guest.")
    return _user_namespace_remedy()


def _overlay(name: str) -> Answer:
    remedy = _("It needs Linux 5.11 or later as an ordinary user; a plain copy does as well.")
    return _tried(
        name,
        _("An overlay of two folders can be mounted."),
        _("No overlay can be mounted: {why}."),
        lambda: remedy,
    )


def _network(name: str) -> Answer:
    return _tried(
        name,
        _("Network namespaces can be joined by cables and a bridge."),
        _("No network of namespaces can be made: {why}."),
        _user_namespace_remedy,
    )


def _memory_limit(name: str) -> Answer:
    yes, said = _try(name)
    if yes:
        why = _("The kernel kills a process that exceeds its memory limit (cgroup v{version}).")
        return Answer(name, True, why.format(version=said))
    why = _("Memory can't be limited: {why}.").format(why=said)
    if not Path("/run/systemd/system").is_dir():
        return Answer(name, False, why, _("It needs a control group that this user may divide."))
    remedy = _("Start Jupyter by: systemd-run --user --scope -p Delegate=yes jupyter lab.")
    return Answer(name, False, why, remedy)


def _qemu(name: str) -> Answer:
    from hvlib.real import linux

    qemu, kernel, why = linux.find_qemu(), linux.find_kernel(), linux.missing()
    if why or qemu is None or kernel is None:
        return Answer(name, False, why, _("Get what is missing, on Debian and Ubuntu: make guest."))
    if not _bootable(kernel):
        why = _("QEMU is here, but {kernel} is no kernel that it can boot.")
        return Answer(name, False, why.format(kernel=kernel.name), _("Get one: make guest."))
    try:
        version = _version(qemu)
    except (OSError, subprocess.SubprocessError) as error:  # another processor's, say
        why = _("QEMU does not start: {why}.").format(why=str(error).rstrip("."))
        return Answer(name, False, why, _("Install it anew, on Debian and Ubuntu: make guest."))
    why = _("QEMU {version} starts, and {kernel} is a kernel it can boot (booting takes seconds).")
    return Answer(name, True, why.format(version=version, kernel=kernel.name))


def _version(qemu: Path) -> str:
    """What QEMU says its version is. Raises OSError, SubprocessError where it can't be started."""
    command = [str(qemu), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=True)
    words = done.stdout.split()
    return words[3] if len(words) > 3 else "?"


def _bootable(kernel: Path) -> bool:
    """Is it a readable bzImage?"""
    offset, magic = BZIMAGE_MAGIC
    try:
        with kernel.open("rb") as file:
            file.seek(offset)
            return file.read(len(magic)) == magic
    except OSError:
        return False


def _ksm(name: str) -> Answer:
    switch = Path("/sys/kernel/mm/ksm/run")
    try:
        switch.write_text(switch.read_text("ascii"), "ascii")  # as it is: tries only the right
    except OSError as error:
        why = _("Equal pages can't be merged (KSM): {why}.").format(why=error.strerror)
        return Answer(name, False, why, _("It needs root and a kernel with CONFIG_KSM."))
    return Answer(name, True, _("The kernel can merge equal pages (KSM), and we may switch it on."))


_ASKED: dict[str, Callable[[str], Answer]] = {
    "kvm": _kvm,
    "unicorn": _unicorn,
    "namespaces": _namespaces,  # as root
    "user_namespaces": _user_namespaces,  # as an ordinary user
    "container": _container,
    "overlay": _overlay,
    "network": _network,
    "memory_limit": _memory_limit,  # cgroup v1 or v2
    "qemu": _qemu,
    "ksm": _ksm,
}
QUESTIONS = tuple(_ASKED)
