"""A real Linux kernel as a guest of QEMU, its console in a Trace.

    boot("uname -r; free -m").summary["output"]

The guest is a kernel of the distribution and an archive with one static busybox, built here.
QEMU's small `microvm` machine has a serial line and little else, and that line is the console.
KVM is used where a guest truly boots with it, which is tried once; elsewhere QEMU translates
the guest's instructions (TCG). QEMU gets no network, no disk and no file of the host, refuses
new privileges and programs by its own filter, and is killed with the thread that started it.
"""

import contextlib
import functools
import os
import platform
import re
import select
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from hvlib.real import rootfs
from hvlib.trace import Event, Trace
from hvlib.words import _

MIB = 1024 * 1024
MARK = "hvlib:"  # begins the lines by which init speaks to us
PLACES = ("/boot/vmlinuz-*", "/usr/lib/modules/*/vmlinuz", "/boot/vmlinuz")
ARGUMENTS = "console=ttyS0 quiet reboot=t panic=-1 tsc=reliable no_timer_check cryptomgr.notests"
# Beyond the guest's memory: QEMU's own program, heap, stacks and translated code.
OVERHEAD = 1024 * MIB
TRANSLATIONS = 64  # MiB for translated code; QEMU's default is a quarter of the host's memory
INIT = f"""#!/bin/sh
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
hostname guest
echo "{MARK}up $(uname -r)"
sh /command
echo "{MARK}status $?"
reboot -f
"""


class GuestError(RuntimeError):
    """The guest did not come up; the message says why as far as is known."""


def find_qemu() -> Path | None:
    """QEMU for 64-bit PCs, or None."""
    found = shutil.which("qemu-system-x86_64")
    return Path(found) if found else None


def find_kernel() -> Path | None:
    """The newest kernel of this machine that we may read, one made for clouds if there is."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    readable = [path for path in found if os.access(path, os.R_OK)]
    return max(readable, key=_preference, default=None)


def _preference(kernel: Path) -> tuple[bool, list[int]]:
    """Cloud kernels have all that we need built in and are small; else the newest."""
    return "cloud" in str(kernel), [int(n) for n in re.findall(r"\d+", str(kernel))]


def missing() -> str:
    """One sentence on what is not here; empty if a Linux guest can be tried."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return _(
            "The Linux guest is made for x86-64 Linux, and this is {system} on {machine}."
        ).format(system=sys.platform, machine=platform.machine())
    parts = {
        "QEMU (qemu-system-x86)": find_qemu(),
        _("a kernel that we may read (linux-image-cloud-amd64)"): find_kernel(),
        _("a static busybox (busybox-static)"): rootfs.find_busybox(),
    }
    absent = [name for name, found in parts.items() if found is None]
    if not absent:
        return ""
    return _("There is no {parts} here; on Debian and Ubuntu, 'make guest' installs it.").format(
        parts=", ".join(absent)
    )


def kvm_is_plausible() -> bool:
    """Whether trying KVM is worth the time: the device opens, and the processor has support.

    Both are needed and neither is enough (see :func:`accelerator`). Without the processor's
    support, /dev/kvm can exist and Linux guests still hang.
    """
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return False
    return bool(flags & {"vmx", "svm"})


@functools.cache
def accelerator() -> str:
    """ "kvm" if a guest truly boots with it (tried once, for at most 5 s), else "tcg"."""
    if not kvm_is_plausible():
        return "tcg"
    try:
        trace = boot("true", seconds=5, accelerator="kvm")
    except (GuestError, OSError):
        return "tcg"
    return "tcg" if trace.summary["stopped_by"] else "kvm"


@dataclass
class Running:
    """A guest that runs. process: QEMU's. began: time.monotonic at its start."""

    process: "subprocess.Popen[bytes]"
    began: float
    deadline: float
    events: list[Event] = field(default_factory=list)
    peak_memory: int = 0
    _rest: bytes = b""
    _unread: deque[str] = field(default_factory=deque)

    def now(self) -> float:
        """Seconds since QEMU was started."""
        return time.monotonic() - self.began

    def lines(self, until: float | None = None) -> Iterator[tuple[float, str]]:
        """Time and text of each console line as it comes, until then or the time limit.

        Whoever stops in the middle loses nothing: the next call goes on with the next line.
        """
        limit = self.deadline if until is None else min(self.began + until, self.deadline)
        while self._unread or self._read(limit):
            while self._unread:
                yield self._note(self._unread.popleft())

    def _read(self, limit: float) -> bool:
        """Wait for what the console says next; whether it said something by then."""
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        if not select.select([pipe], [], [], max(0.0, limit - time.monotonic()))[0]:
            return False
        if not (chunk := os.read(pipe, 65536)):
            return False
        self.measure()
        *complete, self._rest = (self._rest + chunk).split(b"\n")
        self._unread.extend(line.decode(errors="replace").rstrip("\r") for line in complete)
        return True

    def _note(self, text: str) -> tuple[float, str]:
        self.events.append(Event(self.now(), "console", "guest", detail={"text": text}))
        return self.events[-1].time, text

    def measure(self) -> None:
        """Note how much of the host's memory QEMU holds, guest and all."""
        self.peak_memory = max(self.peak_memory, status(self.process.pid).get("VmHWM", 0) * 1024)

    def wait_until_up(self) -> str:
        """Wait for init's first words; returns the guest's kernel version. Raises GuestError."""
        for _time, text in self.lines():
            if text.startswith(f"{MARK}up"):
                return text.split()[-1]
        said = " ".join(str(event.detail["text"]) for event in self.events[-5:])
        raise GuestError(_("the guest did not come up; its console said: {said}").format(said=said))


def status(pid: int) -> dict[str, int]:
    """The numbers in /proc/PID/status (memory in kB); empty once the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    return {key: int(value) for key, value in re.findall(r"^(\w+):\s+(\d+)", text, re.MULTILINE)}


def qemu_command(archive: int, memory: int, accelerator: str) -> list[str]:
    """QEMU's command line. archive: open file with the initramfs. Raises GuestError."""
    qemu, kernel = find_qemu(), find_kernel()
    if qemu is None or kernel is None:
        raise GuestError(missing())
    engines = {"tcg": (f"tcg,tb-size={TRANSLATIONS}", "qemu64"), "kvm": ("kvm", "host")}
    engine, processor = engines[accelerator]
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("prlimit", f"--as={memory + OVERHEAD}", "--core=0"),
        *(str(qemu), "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-name", "guest,debug-threads=on"),  # so that the host can tell a vCPU's thread
        *("-machine", "microvm,acpi=off", "-accel", engine, "-cpu", processor, "-smp", "1"),
        *("-m", f"{memory // MIB}M", "-kernel", str(kernel), "-initrd", f"/proc/self/fd/{archive}"),
        *("-append", ARGUMENTS, "-serial", "stdio"),
        *("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"),
    ]


@contextlib.contextmanager
def started(
    command: str, *, memory: int = 128 * MIB, seconds: float = 30.0, accelerator: str
) -> Iterator[Running]:
    """A Linux guest that runs the shell script ``command`` inside this block and not longer.

    memory: of the guest, in bytes; QEMU itself may take 1 GiB of addresses more. seconds: the
    time limit, after which its lines end. Raises GuestError if something is not installed.
    """
    initramfs = rootfs.initramfs(INIT, rootfs.busybox(), {"command": command})
    with _in_memory(initramfs) as archive:
        line = qemu_command(archive.fileno(), memory, accelerator)
        began = time.monotonic()
        with Ending(
            line,
            pass_fds=[archive.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            yield Running(process, began, began + seconds)


class Ending(subprocess.Popen[bytes]):
    """A process that is killed at the end of its ``with`` block."""

    def __exit__(self, *error: Any) -> None:
        self.kill()
        super().__exit__(*error)


def _in_memory(content: bytes) -> BinaryIO:
    """An open file that has no name anywhere."""
    file = os.fdopen(os.memfd_create("initramfs"), "w+b")
    file.write(content)
    file.flush()
    return file


def boot(
    command: str = "uname -r",
    *,
    memory: int = 128 * MIB,
    seconds: float = 30.0,
    accelerator: str | None = None,
) -> Trace:
    """Boot a Linux guest, run a shell script in it and switch it off.

    Events: "boot" (its duration until the first process), "console" (each line), "exit".
    Summary: output, exit_status (the script's; None if it did not end), stopped_by ("" or
    "time"), boot_time and run_time in s, peak_memory in bytes (QEMU's, with the guest in it),
    kernel, accelerator. Raises GuestError if the guest does not come up in time.
    """
    chosen = accelerator or globals()["accelerator"]()
    with started(command, memory=memory, seconds=seconds, accelerator=chosen) as guest:
        kernel = guest.wait_until_up()
        up, said, ended = guest.now(), list[str](), None
        for _time, text in guest.lines():
            if text.startswith(f"{MARK}status"):
                ended = int(text.split()[-1])
                break
            said.append(text)
        late = ended is None and time.monotonic() >= guest.deadline
        if not late:
            guest.process.wait(max(0.1, guest.deadline - time.monotonic()))
        events = (Event(0.0, "boot", "guest", up), *guest.events)
        last = Event(guest.now(), "exit", "guest", detail={"status": ended})
    summary = {
        "output": "".join(f"{line}\n" for line in said),
        "exit_status": ended,
        "stopped_by": "time" if late else "",
        "boot_time": up,
        "run_time": last.time,
        "peak_memory": guest.peak_memory,
        "kernel": kernel,
        "accelerator": chosen,
    }
    return Trace(_("A Linux guest"), (*events, last), source="measured", summary=summary)


def available() -> tuple[bool, str]:
    """Whether all parts of a Linux guest are here, and one sentence why not.

    It does not boot one, which takes seconds; :func:`boot` raises GuestError if that fails.
    """
    why = missing()
    return not why, why
