"""Container start against ``unshare`` of util-linux, and what a Linux guest costs.

Start is the time from request until the command runs: until the first byte that the command
writes is heard, by the same clock and through a pipe, for all. The bar compares with ``unshare``
alone with the same namespaces, which limits nothing and has the host's files. Printed beside it:
``unshare`` with a script that does by util-linux what hvlib's container does (control group,
layers, devices, /proc, pivot_root; only the loss of capabilities and the filter are ours alone).

hvlib's engine makes processes and namespaces ahead of a request, and each way has a rest before
it, in which the engine makes the next. So what a container costs in all is measured, too: many
one after the other without rest, divided by their number.

The runs are interleaved, and the least of each counts, since whatever else the machine does only
ever adds. As root, all run with real-time priority, lest what else goes on decide.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hvlib.real import cgroup, container, linux, rootfs

BARS = {
    "container / unshare alone, start": ("below", 2.0),
    "container / unshare doing the same work, start": ("below", 2.0),
}
RUNS = 60
REST = 0.06  # seconds
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
exec echo x
"""
Times = tuple[float, float]
"""From request to the command's first byte, and to its end, in s."""


def _timed(command: Sequence[str], began: float) -> Times:
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout
        assert process.stdout.read(1), "the command did not run"
        started = time.monotonic()
        process.wait(timeout=10)
    return started - began, time.monotonic() - began


def _unshare_alone() -> Times:
    return _timed([*UNSHARE, str(rootfs.busybox()), "echo", "x"], time.monotonic())


def _unshare_same_work() -> Times:
    began = time.monotonic()
    with _group() as doors:
        names = " ".join(str(door) for door in doors)
        devices = " ".join(container.DEVICES)
        script = SAME_WORK.format(doors=names, image=rootfs.image(), devices=devices)
        return _timed([*UNSHARE, "sh", "-c", script], began)


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


def _ours() -> Times:
    began = time.monotonic()
    trace = container.run(["echo", "x"])
    return trace.of_kind("console")[0].time, time.monotonic() - began


def _rested(way: Callable[[], Times]) -> Times:
    time.sleep(REST)
    return way()


def _without_rest(way: Callable[[], Times]) -> float:
    began = time.monotonic()
    for _run in range(RUNS):
        way()
    return (time.monotonic() - began) / RUNS


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Real-time priority for this process and all that it starts meanwhile."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _containers() -> dict[str, float]:
    ways = {
        "container": _ours,
        "unshare alone": _unshare_alone,
        "unshare doing the same work": _unshare_same_work,
    }
    with _undisturbed():
        if not container.available()[0]:  # which starts the engine, too
            return {}
        rounds = [[_rested(way) for way in ways.values()] for _round in range(RUNS)]
        in_all = {name: _without_rest(way) for name, way in ways.items()}
    best = [[min(times) for times in zip(*runs, strict=True)] for runs in zip(*rounds, strict=True)]
    starts, ends = ({n: b[i] for n, b in zip(ways, best, strict=True)} for i in (0, 1))
    numbers = {}
    for what, seconds in (("start", starts), ("start to end", ends), ("each of many", in_all)):
        numbers |= {f"{name}, {what}, ms": time * 1000 for name, time in seconds.items()}
        ratios = {name: seconds["container"] / time for name, time in seconds.items()}
        del ratios["container"]
        numbers |= {f"container / {name}, {what}": ratio for name, ratio in ratios.items()}
    return numbers


def measure() -> dict[str, float]:
    """Milliseconds and ratios for containers, seconds and MiB for a Linux guest."""
    numbers: dict[str, float] = {}
    if os.getuid() == 0:
        numbers |= _containers()
    if linux.available()[0]:
        boots = [linux.boot("true", seconds=60).summary for _boot in range(3)]
        best = min(boots, key=lambda boot: float(boot["boot_time"]))
        numbers["Linux guest, request to first process, s"] = best["boot_time"]
        numbers["Linux guest, QEMU's memory, MiB"] = best["peak_memory"] / container.MIB
    return numbers
