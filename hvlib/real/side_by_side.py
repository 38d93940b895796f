"""Experiments that hold a process, a container and a virtual machine side by side.

Each returns a Trace with its totals in ``summary``; called where it can't run, it returns the
recording of an earlier run (see :mod:`hvlib.real.recording`). Sizes are in bytes and times in
seconds.
"""

import contextlib
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hvlib.real import container, guests, linux, rootfs
from hvlib.real.engine import make_machine, run_guest
from hvlib.real.experiments import counted, running
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

MIB = 1024 * 1024
SAMPLE = 0.05  # seconds between two looks at something that runs on
# The same script everywhere; it says who it thinks it is and how much memory its shell holds.
INTRODUCTION = """
echo up; echo $$; hostname; uname -r
while read key value unit; do case $key in VmHWM:) echo $value;; esac; done < /proc/self/status
"""
# Doubles a word for ever.
HOG = "a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done"
TICKING = "while :; do echo tick; sleep 0.05; done"
# A line for every so many turns of a loop: the line rate is the guest's speed.
SPEEDOMETER = """
while :; do i=0; while [ $i -lt {turns} ]; do i=$((i+1)); done; echo tick; done
"""
BUSY = "while True: pass"


@contextlib.contextmanager
def _or_unavailable() -> Iterator[None]:
    """Say of what this machine can't do that it is unavailable here."""
    try:
        yield
    except (container.ContainerError, linux.GuestError) as error:
        raise UnavailableError(str(error)) from error


# --- a process, a container, a virtual machine ----------------------------------------------


@experiment(needs=("qemu", "container"), runs=(1, 20))
def process_container_vm(runs: int = 3) -> Trace:
    """Start the same script as a process, in a container and in a Linux VM, one after another.

    Events "start", with the actor "process", "container" or "VM", last until the script's first
    word arrived; their detail is what it said of itself (``pid``, ``hostname``, ``kernel``) and
    ``memory``, the most that was resident: of the script's shell in process and container, of all
    QEMU for the VM. (Not what the container's control group counts: it leaves out pages of the
    shell's file that the kernel holds already for someone else, as after any earlier run.)
    summary: for each actor ``start`` (median),
    ``memory`` (median), ``kernel``, ``pid`` and ``hostname``, and the VM's ``accelerator``.
    """
    starters = {"process": _as_process, "container": _in_container, "VM": _in_vm}
    events: list[Event] = []
    began = time.monotonic()
    with _or_unavailable():
        container.run(["true"])  # the engine and the image are there before the clock starts
        for _run in range(runs):
            for actor, start in starters.items():
                at = time.monotonic() - began
                detail = start()
                events.append(Event(at, "start", actor, detail.pop("start"), detail))
    summary = {actor: _totals([e for e in events if e.actor == actor]) for actor in starters}
    title = _("A process, a container and a virtual machine")
    return Trace(title, tuple(events), "measured", summary=summary)


def _totals(events: list[Event]) -> dict[str, Any]:
    """Medians of what was measured, and what the last run said of itself."""
    return {
        **events[-1].detail,
        "start": statistics.median(event.duration for event in events),
        "memory": statistics.median(event.detail["memory"] for event in events),
    }


def _introduced(output: str, start: float) -> dict[str, Any]:
    """What the script said of itself."""
    _up, pid, hostname, kernel, resident = output.split()
    return {
        "start": start,
        "pid": int(pid),
        "hostname": hostname,
        "kernel": kernel,
        "memory": int(resident) * 1024,
    }


def _as_process() -> dict[str, Any]:
    began = time.monotonic()
    command = [str(rootfs.busybox()), "sh", "-c", INTRODUCTION]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        first = process.stdout.readline()
        start = time.monotonic() - began
        rest = process.stdout.read()
    return _introduced((first + rest).decode(), start)


def _in_container() -> dict[str, Any]:
    trace = container.run(["sh", "-c", INTRODUCTION])
    return _introduced(trace.summary["output"], trace.of_kind("console")[0].time)


def _in_vm() -> dict[str, Any]:
    trace = linux.boot(INTRODUCTION, seconds=60)
    said = _introduced(trace.summary["output"], trace.summary["boot_time"])
    memory, by = trace.summary["peak_memory"], trace.summary["accelerator"]
    return {**said, "memory": memory, "accelerator": by}


# --- a memory hog --------------------------------------------------------------------------


@experiment(needs=("container",), memory=(MIB, 2**40), seconds=(0.1, 60))
def memory_hog(memory: int = 32 * MIB, seconds: float = 1.5) -> Trace:
    """A container that takes ever more memory is ended; its neighbour and the host go on.

    Events "tick" of the actors "neighbour" (a second container) and "host", both all the time;
    "start" and "exit" of "hog".
    summary: ``limit``, ``limits_by``, ``peak_memory`` and ``stopped_by`` of the hog, ``ended_at``,
    and how often neighbour and host ticked after it (``neighbour_ticks``, ``host_ticks``).
    """
    began = time.monotonic()
    neighbour = _Neighbour(seconds)
    host: list[Event] = []
    ticking = threading.Thread(target=_tick, args=(host, began, neighbour.thread), daemon=True)
    ticking.start()
    with _or_unavailable():
        time.sleep(seconds / 3)
        hog_began = time.monotonic() - began
        hog = container.run(["sh", "-c", HOG], memory=memory, seconds=seconds)
        ended = time.monotonic() - began
        ticks = neighbour.ticks(began)
    ticking.join()
    detail = {"status": hog.summary["exit_status"], "by": hog.summary["stopped_by"]}
    story = [Event(hog_began, "start", "hog"), Event(ended, "exit", "hog", detail=detail)]
    events = sorted([*ticks, *host, *story], key=lambda event: event.time)
    summary = {
        "limit": memory,
        "ended_at": ended,
        "neighbour_ticks": sum(tick.time > ended for tick in ticks),
        "host_ticks": sum(tick.time > ended for tick in host),
        **{name: hog.summary[name] for name in ("limits_by", "peak_memory", "stopped_by")},
    }
    return Trace(_("A memory hog in a container"), tuple(events), "measured", summary=summary)


class _Neighbour:
    """A container that ticks, in a thread of its own, until its time is over."""

    def __init__(self, seconds: float) -> None:
        self.trace: Trace | None = None
        self.error: Exception | None = None
        self.began = time.monotonic()
        self.thread = threading.Thread(target=self._run, args=(seconds,), daemon=True)
        self.thread.start()

    def _run(self, seconds: float) -> None:
        try:
            self.trace = container.run(["sh", "-c", TICKING], seconds=seconds)
        except (container.ContainerError, OSError) as error:
            self.error = error  # told where somebody waits for it

    def ticks(self, began: float) -> list[Event]:
        """When it ticked, counted from ``began``. Raises ContainerError if it did not run."""
        self.thread.join()
        if self.trace is None:
            raise container.ContainerError(str(self.error))
        shift = self.began - began
        return [Event(e.time + shift, "tick", "neighbour") for e in self.trace.of_kind("console")]


def _tick(ticks: list[Event], began: float, other: threading.Thread) -> None:
    """The host ticks, too, until the other thread has ended."""
    while other.is_alive():
        ticks.append(Event(time.monotonic() - began, "tick", "host"))
        time.sleep(SAMPLE)


# --- a guest is a process of the host -------------------------------------------------------


@experiment(needs=("qemu",), phase=(0.5, 30), turns=(1, 10_000))
def guest_as_process(phase: float = 1.5, turns: int = 300) -> Trace:
    """A Linux guest seen from the host: a process with threads, whose speed the host decides.

    The guest prints a line for every so many turns of a loop. Both QEMU and the load are kept
    on one CPU. Events "phase" (in ``duration``, the ``ticks`` counted and the seconds of CPU
    that guest and load had, ``cpu`` and ``load_cpu``) of: "alone", "loaded" (a busy process
    beside it), "guest nice 19" and "load nice 19" (one of the two has low priority); "console"
    of the guest. summary: ``pid``, ``threads``, ``memory``; by phase ``speed`` (ticks a second)
    and ``cpu_share`` (the guest's part of the CPU that both had, which other work on the
    machine does not disturb).
    """
    with _or_unavailable(), _busy_guest(SPEEDOMETER.format(turns=turns)) as guest:
        seen = linux.status(guest.process.pid)
        # Low priority comes last: an ordinary user can't take it back.
        phases = {
            "alone": _phase(guest, phase),
            "loaded": _phase(guest, phase, load_nice=0),
            "load nice 19": _phase(guest, phase, load_nice=19),
            "guest nice 19": _phase(guest, phase, load_nice=0, guest_nice=19),
        }
    speed = {name: event.detail["ticks"] / event.duration for name, event in phases.items()}
    events = [Event(e.time, "phase", n, e.duration, e.detail) for n, e in phases.items()]
    summary = {
        "accelerator": linux.accelerator(),
        "pid": guest.process.pid,
        "threads": seen["Threads"],
        "memory": seen["VmRSS"] * 1024,
        "speed": speed,
        "cpu_share": {name: _share(event) for name, event in phases.items()},
    }
    ordered = sorted([*events, *guest.events], key=lambda event: event.time)
    title = _("A guest is a process of the host")
    return Trace(title, tuple(ordered), "measured", summary=summary)


def _share(phase: Event) -> float:
    """The guest's part of the CPU time that guest and load had."""
    both = phase.detail["cpu"] + phase.detail["load_cpu"]
    return float(phase.detail["cpu"] / both) if both else 0.0


@contextlib.contextmanager
def _busy_guest(script: str) -> Iterator[linux.Running]:
    """A Linux guest at work, on one CPU of the host."""
    how = linux.accelerator()
    with linux.started(script, seconds=90, accelerator=how) as guest:
        guest.wait_until_up()
        _for_threads(guest.process.pid, lambda t: os.sched_setaffinity(t, {_one_cpu()}))
        yield guest


def _one_cpu() -> int:
    """One of the CPUs that we may use; different readers of one machine get different ones."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[os.getpid() % len(allowed)]


def _for_threads(pid: int, do: Callable[[int], None]) -> None:
    """Each vCPU is a thread of QEMU, and the host schedules threads."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        do(int(thread))


def _phase(
    guest: linux.Running, seconds: float, load_nice: int | None = None, guest_nice: int = 0
) -> Event:
    """Count the guest's ticks for so long, after a short while to settle."""
    if guest_nice:
        _for_threads(guest.process.pid, lambda t: os.setpriority(os.PRIO_PROCESS, t, guest_nice))
    with contextlib.ExitStack() as stack:
        load = stack.enter_context(_load(load_nice)) if load_nice is not None else None
        for _settling in guest.lines(until=guest.now() + seconds / 5):
            pass
        start, before = guest.now(), (_cpu_time(guest.process.pid), _cpu_time(load))
        ticks = sum(1 for _tick in guest.lines(until=start + seconds))
        took = guest.now() - start
        detail = {
            "ticks": ticks,
            "cpu": _cpu_time(guest.process.pid) - before[0],
            "load_cpu": _cpu_time(load) - before[1],
        }
        return Event(start, "phase", "guest", took, detail)


def _cpu_time(pid: int | None) -> float:
    """Seconds of CPU that a process has had (utime and stime of /proc/PID/stat, proc(5))."""
    if pid is None:
        return 0.0
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _load(nice: int) -> Iterator[int]:
    """A busy process on the guest's CPU, for at most a minute and not after this block."""
    limits = ["setpriv", "--pdeathsig", "KILL", "prlimit", "--cpu=60", "nice", "-n", str(nice)]
    with linux.Ending([*limits, sys.executable, "-I", "-S", "-c", BUSY]) as load:
        os.sched_setaffinity(load.pid, {_one_cpu()})
        yield load.pid


# --- what a guest misses, seen from both sides ----------------------------------------------

# A line for every so many turns: how often the guest's kernel says that it was kept waiting.
STEAL = """
while :; do
  i=0; while [ $i -lt {turns} ]; do i=$((i+1)); done
  read cpu user nice system idle iowait irq softirq steal rest < /proc/stat
  echo tick $steal
done
"""


@experiment(needs=("qemu",), phase=(0.5, 30), turns=(1, 10_000))
def steal(phase: float = 1.5, turns: int = 300) -> Trace:
    """How long a guest's vCPU waits for a CPU, by the host's count and by the guest's own.

    The guest is busy, alone on a CPU and then beside a busy process. Events "phase" ("alone",
    "loaded") with ``waited`` (seconds that QEMU's vCPU stood ready without a CPU, by Linux's
    /proc/PID/task/TID/schedstat), ``stolen`` (seconds that the guest's kernel counts as steal, in
    ticks of 10 ms) and ``ticks`` of its loop. summary: the same by phase and ``accelerator``.
    """
    with _or_unavailable(), _busy_guest(STEAL.format(turns=turns)) as guest:
        phases = {"alone": _waiting(guest, phase)}
        with _load(0):
            phases["loaded"] = _waiting(guest, phase)
    events = tuple(Event(e.time, "phase", n, e.duration, e.detail) for n, e in phases.items())
    summary = {
        "accelerator": linux.accelerator(),
        **{name: event.detail for name, event in phases.items()},
    }
    return Trace(_("What a guest misses"), events, "measured", summary=summary)


def _waiting(guest: linux.Running, seconds: float) -> Event:
    """What host and guest count while the guest runs for so long."""
    for _settling in guest.lines(until=guest.now() + seconds / 5):
        pass
    start, before = guest.now(), _run_delay(guest.process.pid)
    said = [line for _at, line in guest.lines(until=start + seconds) if line.startswith("tick ")]
    took, waited = guest.now() - start, _run_delay(guest.process.pid) - before
    counted = [int(line.split()[1]) for line in said]
    stolen = (counted[-1] - counted[0]) / 100 if counted else 0.0
    detail = {"seconds": took, "waited": waited, "stolen": stolen, "ticks": len(said)}
    return Event(start, "phase", "guest", took, detail)


def _run_delay(pid: int) -> float:
    """Seconds that QEMU's vCPUs have stood ready without a CPU (Linux, sched-stats.rst)."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            if (thread / "comm").read_text().startswith("CPU "):  # QEMU names them so
                total += int((thread / "schedstat").read_text().split()[1])
    return total / 1e9


# --- two different guests at once -----------------------------------------------------------


@experiment(needs=("qemu",), seconds=(0.1, 60))
def two_guests(seconds: float = 1.0) -> Trace:
    """A Linux with its own kernel and a bare-metal program, at once on one host.

    Events "console" of "Linux guest" and "bare-metal guest", "count" of the latter (``count``,
    what it has counted to in its memory). summary: ``host_kernel``, ``linux_kernel``,
    ``bare_metal_says``, ``bare_metal_count``, ``linux_ticks``, ``engines``.
    """
    how = linux.accelerator()
    with _or_unavailable(), linux.started(TICKING, seconds=60, accelerator=how) as guest:
        kernel = guest.wait_until_up()
        says = run_guest(guests.HELLO, seconds=5)
        spoke = Event(guest.now(), "console", "bare-metal guest", detail=_text(says))
        counts, count, engine = _count_beside(guest, seconds)
    lines = [Event(e.time, e.kind, "Linux guest", detail=e.detail) for e in guest.events]
    events = sorted([*lines, spoke, *counts], key=lambda event: event.time)
    summary = {
        "host_kernel": platform.release(),
        "linux_kernel": kernel,
        "bare_metal_says": says.summary["console"].strip(),
        "bare_metal_count": count,
        "linux_ticks": len(counts),
        "engines": {"Linux guest": how, "bare-metal guest": engine},
    }
    return Trace(_("Two different guests at once"), tuple(events), "measured", summary=summary)


def _text(trace: Trace) -> dict[str, str]:
    return {"text": trace.summary["console"].strip()}


def _count_beside(guest: linux.Running, seconds: float) -> tuple[list[Event], int, str]:
    """Let a bare-metal guest count; look at its memory at each tick of the Linux guest.

    Returns those looks, what it counted to in the end, and what ran it.
    """
    counts: list[Event] = []
    with make_machine() as machine:
        machine.load(guests.COUNTER.code)
        with running(machine, seconds + 5):
            for at, _tick in guest.lines(until=guest.now() + seconds):
                detail = {"count": counted(machine)}
                counts.append(Event(at, "count", "bare-metal guest", detail=detail))
        return counts, counted(machine), machine.engine
