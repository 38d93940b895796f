"""Container start against ``unshare`` of util-linux, and what a Linux guest costs.

Two comparisons, both from request to end of ``true``, each the least of many interleaved runs,
since whatever else the machine does only ever adds: ``unshare`` alone with the same
namespaces, which limits nothing and has the host's files; and ``unshare`` with a script that
does by util-linux what hvlib's container does (control group, layers, devices, /proc,
pivot_root; only the loss of capabilities and the filter are ours
alone). The second is the bar: it is the same work.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hvlib.real import cgroup, container, linux, rootfs

BARS = {"container / unshare doing the same work": ("below", 2.0)}
RUNS = 40
UNSHARE = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork"]
SAME_WORK = """
set -e
for door in {doors}; do echo 0 > $door; done
cd {image}
mount -t tmpfs -o nosuid,nodev,size=64m tmpfs /tmp
mkdir /tmp/upper /tmp/work /tmp/root
mount -t overlay -o lowerdir=.,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root
cd /tmp/root
mount -t tmpfs -o nosuid,size=64k tmpfs dev
for device in {devices}; do : > dev/$device; mount --bind /dev/$device dev/$device; done
mount -t proc -o ro,nosuid,nodev,noexec proc proc
mkdir old
hostname container
pivot_root . old
cd /
umount -l /old
exec true
"""


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _unshare_alone() -> None:
    busybox = str(rootfs.busybox())
    subprocess.run([*UNSHARE, busybox, "true"], check=True, timeout=10)


def _unshare_same_work() -> None:
    with _group() as doors:
        names = " ".join(str(door) for door in doors)
        devices = " ".join(container.DEVICES)
        script = SAME_WORK.format(doors=names, image=rootfs.image(), devices=devices)
        subprocess.run([*UNSHARE, "sh", "-c", script], check=True, timeout=10)


@contextlib.contextmanager
def _group() -> Iterator[list[Path]]:
    group = cgroup.place(f"{cgroup.PREFIX}-{os.getpid()}-bench")
    assert group, "needs a control group"
    group.create(container.MIB * 64, 32)
    try:
        door = {1: "tasks", 2: "cgroup.procs"}[group.version]
        yield [folder / door for folder in group.folders]
    finally:
        group.remove()


def _ours() -> None:
    container.run(["true"])


def measure() -> dict[str, float]:
    """Milliseconds and ratios for containers, seconds and MiB for a Linux guest."""
    numbers: dict[str, float] = {}
    can, _why = container.available()
    if can and os.getuid() == 0:
        ways = (_ours, _unshare_alone, _unshare_same_work)
        rounds = [[_seconds(way) for way in ways] for _round in range(RUNS)]
        ours, alone, same = (min(times) * 1000 for times in zip(*rounds, strict=True))
        steps = [container.run(["true"]).summary["start_time"] for _round in range(RUNS)]
        numbers |= {
            "container, start to end, ms": ours,
            "container, request to command, ms": min(steps) * 1000,
            "unshare alone, ms": alone,
            "unshare doing the same work, ms": same,
            "container / unshare alone": ours / alone,
            "container / unshare doing the same work": ours / same,
        }
    if linux.available()[0]:
        boots = [linux.boot("true", seconds=60).summary for _boot in range(3)]
        best = min(boots, key=lambda boot: float(boot["boot_time"]))
        numbers["Linux guest, request to first process, s"] = best["boot_time"]
        numbers["Linux guest, QEMU's memory, MiB"] = best["peak_memory"] / container.MIB
    return numbers
