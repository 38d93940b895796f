"""Experiments on this machine with the hypervisor of :mod:`hvlib.real.kvm`.

Each returns a Trace with its totals in ``summary``; called where it can't run, it returns the
recording of an earlier run (see :mod:`hvlib.real.recording`). All sizes are in bytes and all
times in seconds unless a name says otherwise.
"""

import contextlib
import mmap
import os
import random
import statistics
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hvlib.real import guests, interpreter
from hvlib.real.bus import Ending
from hvlib.real.engine import ENGINES, Machine, make_machine
from hvlib.real.kvm_constants import MEMORY, MIB, PAGE
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

FIRST_DATA_PAGE = 0x20  # number of the first page that the writer guest may use
KSM = Path("/sys/kernel/mm/ksm")
MERGED = Path("/proc/self/ksm_merging_pages")
LIFE = {"kvm": 100_000_000, "unicorn": 1_000_000}  # turns that take about 0.1 s
INSTRUCTIONS_A_TURN = 5  # of guests.LOOP


class _Log:
    """Events with times counted from the making of the log."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.events: list[Event] = []

    def now(self) -> float:
        return time.perf_counter() - self.start

    def add(self, kind: str, actor: str, since: float | None = None, **detail: Any) -> Event:
        """Something happened just now, or has lasted ``since`` then."""
        at = self.now() if since is None else since
        event = Event(at, kind, actor, 0.0 if since is None else self.now() - since, detail)
        self.events.append(event)
        return event

    def trace(self, title: str, **summary: Any) -> Trace:
        ordered = sorted(self.events, key=lambda event: event.time)
        return Trace(title, tuple(ordered), "measured", summary=summary)


class Background:
    """A guest that runs in a thread while the caller does something else."""

    def __init__(self, machine: Machine, seconds: float) -> None:
        self.machine = machine
        self.ending: Ending | None = None
        self._thread = threading.Thread(target=self._run, args=(seconds,), daemon=True)
        self._thread.start()

    def _run(self, seconds: float) -> None:
        self.ending = self.machine.run(seconds)

    def pause(self) -> None:
        """Stop it and wait until it has. Repeats, since a guest may be just about to start."""
        while self._thread.is_alive():
            self.machine.stop()
            self._thread.join(0.001)


@contextlib.contextmanager
def running(machine: Machine, seconds: float = 10.0) -> Iterator[Background]:
    """A guest that runs in the background inside this block and not longer."""
    background = Background(machine, seconds)
    try:
        yield background
    finally:
        background.pause()


# --- the price of an exit ------------------------------------------------------------------


@experiment(needs=("kvm",), exits=(1, 100_000), batches=(2, 100))
def exit_timing(exits: int = 2_000, batches: int = 5) -> Trace:
    """Time VM exits: a guest writes to a port, the kernel leaves it, this program answers.

    Events "batch" have ``per_exit``. summary: ``per_exit`` (median), ``cycles_per_exit`` and
    ``mhz`` (the clock that /proc/cpuinfo shows; 0 if unknown), ``exits``.
    """
    log = _Log()
    with make_machine("kvm") as machine:
        machine.load(guests.EXITS.code)
        for _batch in range(batches):
            machine.registers = {"rip": 0x10000, "rcx": exits}
            start = log.now()
            machine.run()
            log.add("batch", "vCPU", start, exits=exits, per_exit=(log.now() - start) / exits)
    per_exit = statistics.median(event.detail["per_exit"] for event in log.events)
    mhz = _clock()
    return log.trace(
        "exit_timing",
        per_exit=per_exit,
        mhz=mhz,
        cycles_per_exit=per_exit * mhz * 1e6,
        exits=exits * batches,
    )


def _clock() -> float:
    """The processor's clock in MHz as Linux shows it; 0 if it doesn't."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("cpu MHz"):
                return float(line.partition(":")[2])
    return 0.0


# --- three ways to run the same loop -------------------------------------------------------


@experiment(needs=("kvm", "unicorn"), turns=(10**6, 10**9))
def three_ways(turns: int = 20_000_000) -> Trace:
    """Direct execution, binary translation and interpretation of the same guest bytes.

    Each way gets as many turns of the loop as take it a moment (``turns``, a tenth, a
    thousandth). summary: nanoseconds per instruction of ``direct``, ``translated`` and
    ``interpreted``, and whether their checksums of an equally long run agree.
    """
    log = _Log()
    ways: dict[str, tuple[Callable[[int], int], int]] = {
        "direct": (lambda count: _loop_on("kvm", count), turns),
        "translated": (lambda count: _loop_on("unicorn", count), max(1, turns // 10)),
        "interpreted": (
            lambda count: interpreter.run_loop(guests.LOOP.code, count)[0],
            max(1, turns // 1000),
        ),
    }
    checksums = set()
    for name, (way, count) in ways.items():
        checksums.add(way(1000))
        start = log.now()
        way(count)
        each = (log.now() - start) / count / INSTRUCTIONS_A_TURN
        log.add("run", name, start, instructions=count * INSTRUCTIONS_A_TURN, seconds_each=each)
    nanoseconds = {event.actor: event.detail["seconds_each"] * 1e9 for event in log.events}
    return log.trace("three_ways", **nanoseconds, checksums_agree=len(checksums) == 1)


def _loop_on(engine: str, turns: int) -> int:
    """Run the loop on an engine; returns its checksum."""
    with make_machine(engine) as machine:
        machine.load(guests.LOOP.code)
        machine.registers = {"rcx": turns}
        ending = machine.run()
        if ending.reason != "stopped":
            text = _("The loop on {engine} ended by {reason}.")
            raise UnavailableError(text.format(engine=engine, reason=ending.reason))
        return machine.registers["rax"]


# --- one dies, the other goes on -----------------------------------------------------------


@experiment(turns=(0, 10**10), sample=(0.001, 1), seconds=(0.01, 60), engine=ENGINES)
def fault_isolation(
    turns: int = 0, sample: float = 0.01, seconds: float = 0.3, engine: str | None = None
) -> Trace:
    """Two VMs count; one meets an invalid instruction; the other goes on counting.

    turns: how far VM A counts before; 0 chooses what takes the engine about a tenth of a second.
    Events "count" (``count``) of "VM A" and "VM B", "shutdown" of VM A. summary: ``died_at``,
    ``survivor_before`` and ``survivor_after`` (VM B's count at A's death and at the end).
    """
    with make_machine(engine) as first, make_machine(engine) as second:
        first.load(guests.DYING_COUNTER.code)
        first.registers = {"rcx": turns or LIFE[first.engine]}
        second.load(guests.COUNTER.code)
        log = _Log()
        with running(first) as dying, running(second):
            died_at = _watch_counts(log, {"VM A": first, "VM B": second}, dying, sample, seconds)
        counts = [e for e in log.events if e.kind == "count" and e.actor == "VM B"]
        before = max((e.detail["count"] for e in counts if e.time <= died_at), default=0)
        return log.trace(
            "fault_isolation",
            engine=first.engine,
            died_at=died_at,
            ending=dying.ending.reason if dying.ending else "",
            survivor_before=before,
            survivor_after=counted(second),
        )


def _watch_counts(
    log: _Log, machines: dict[str, Machine], dying: Background, sample: float, seconds: float
) -> float:
    """Sample the counters until ``seconds`` after the death; returns the time of death."""
    died_at = 0.0
    while not died_at or log.now() < died_at + seconds:
        for name, machine in machines.items():
            log.add("count", name, count=counted(machine))
        if dying.ending and not died_at:
            died_at = log.add(dying.ending.reason, "VM A").time
        if not died_at and log.now() > 10:
            raise UnavailableError(_("The guest that should die did not within 10 s."))
        time.sleep(sample)
    return died_at


def counted(machine: Machine) -> int:
    """What a counter guest has counted to."""
    count: int = struct.unpack_from("<Q", machine.memory, guests.COUNT_AT)[0]
    return count


# --- live migration ------------------------------------------------------------------------


@experiment(
    needs=("kvm",),
    memory=MEMORY,
    hot_pages=(1, MEMORY[1] // PAGE),
    pause_turns=(1, 10**9),
    bandwidth=(10e6, 1e12),
    stop_below=(1, MEMORY[1] // PAGE),
    max_rounds=(1, 100),
)
def live_migration(
    memory: int = 16 * MIB,
    hot_pages: int = 2048,
    pause_turns: int = 300_000,
    bandwidth: float = 200e6,
    stop_below: int = 16,
    max_rounds: int = 10,
) -> Trace:
    """Pre-copy migration of a running guest from one VM to another by KVM's dirty log.

    The guest writes ``hot_pages`` in turn; ``bandwidth`` (bytes a second) is what we pretend
    the network has. Events "round" (``pages``) and "downtime". summary: ``rounds`` (pages sent
    in each), ``downtime``, ``total``, ``pages_differing`` (must be 0), ``went_on`` (the guest's
    counter at the target moved on), ``bandwidth`` and ``dirty_rate`` (bytes a second, from the
    first two rounds).
    """
    with (
        make_machine("kvm", memory, dirty_log=True) as source,
        make_machine("kvm", memory) as target,
    ):
        start_writer(source, hot_pages, pause_turns)
        log = _Log()
        with running(source) as guest:
            pages = _pre_copy(log, source, target, bandwidth, stop_below, max_rounds)
            start = log.now()
            guest.pause()
            pages |= set(source.dirty_pages())
            _send(log, pages, source, target, bandwidth, "stop-and-copy")
            target.registers = source.registers
        downtime = log.add("downtime", "guest", start).duration
        differing = _pages_differing(source, target)
        before = target.registers["rax"]
        target.run(0.02)
        went_on = target.registers["rax"] - before
    return _migration_trace(log, downtime, differing, went_on, bandwidth)


def start_writer(machine: Machine, hot_pages: int, pause_turns: int) -> None:
    """Fill the memory with something that is not all the same and load the writer guest."""
    start = FIRST_DATA_PAGE * PAGE
    if start + hot_pages * PAGE > len(machine.memory):
        text = _("{n} hot pages do not fit into {size} bytes")
        raise ValueError(text.format(n=hot_pages, size=len(machine.memory)))
    machine.load(random.Random(1).randbytes(len(machine.memory) - start), start)
    machine.load(guests.WRITER.code)
    machine.registers = {"rdi": start, "rsi": hot_pages, "rdx": pause_turns}


def _pre_copy(
    log: _Log, source: Machine, target: Machine, bandwidth: float, stop_below: int, rounds: int
) -> set[int]:
    """Send all pages, then what was written meanwhile, ...; returns what is still to send."""
    pages = set(range(len(source.memory) // PAGE))
    set(source.dirty_pages())  # the filling of the memory doesn't count
    for number in range(rounds):
        _send(log, pages, source, target, bandwidth, f"round {number + 1}")
        pages = set(source.dirty_pages())
        if len(pages) < stop_below:
            break
    return pages


def _send(
    log: _Log, pages: set[int], source: Machine, target: Machine, bandwidth: float, actor: str
) -> None:
    """Copy pages, no faster than the pretended network."""
    start = log.now()
    for sent, page in enumerate(sorted(pages), 1):
        place = slice(page * PAGE, (page + 1) * PAGE)
        target.memory[place] = source.memory[place]
        ahead = start + sent * PAGE / bandwidth - log.now()
        if ahead > 0.001:
            time.sleep(ahead)
    log.add("round", actor, start, pages=len(pages))


def _pages_differing(one: Machine, other: Machine) -> int:
    """How many pages of two machines' memories differ."""
    places = range(0, len(one.memory), PAGE)
    return sum(one.memory[p : p + PAGE] != other.memory[p : p + PAGE] for p in places)


def _migration_trace(
    log: _Log, downtime: float, differing: int, went_on: int, bandwidth: float
) -> Trace:
    """The totals of a migration."""
    rounds = [event for event in log.events if event.kind == "round"]
    dirtied = rounds[1].detail["pages"] * PAGE
    return log.trace(
        "live_migration",
        rounds=[event.detail["pages"] for event in rounds],
        downtime=downtime,
        total=log.events[-1].end,
        pages_differing=differing,
        went_on=went_on,
        bandwidth=bandwidth,
        dirty_rate=dirtied / rounds[0].duration,
    )


# --- memory: merging equal pages, and a balloon --------------------------------------------


PARTED = 256  # pages that a guest writes once they are merged


@experiment(needs=("kvm", "ksm"), memory=MEMORY, seconds=(0.1, 60))
def page_merging(memory: int = 16 * MIB, seconds: float = 5.0) -> Trace:
    """The kernel merges the equal pages of two VMs (KSM), and parts one that is written.

    Events "sharing" (``pages`` of both VMs that share their frame with another) over time,
    "written". summary: ``pages`` of both VMs together; ``merged``, at most; ``seconds`` until
    then; ``saved`` (bytes: half of the merged pages' frames); ``after_write`` (fewer merged
    pages, once a guest writes 256 of them).
    """
    with _scanner_on():
        _at_most(0)  # those of an earlier run are counted until the scanner comes by
        with make_machine("kvm", memory) as first, make_machine("kvm", memory) as second:
            for machine in (first, second):
                start_writer(machine, PARTED, 1)
                machine.memory.madvise(mmap.MADV_MERGEABLE)
            log = _Log()
            pages = 2 * memory // PAGE
            most = _watch_sharing(log, pages, seconds)
            merged = most.detail["pages"]
            _write_every_page(second)
            after = log.add("written", "VM B", pages=_at_most(merged - PARTED))
    return log.trace(
        "page_merging",
        pages=pages,
        merged=merged,
        seconds=most.time,
        saved=merged // 2 * PAGE,
        after_write=after.detail["pages"],
    )


def _watch_sharing(log: _Log, goal: int, seconds: float) -> Event:
    """Sample how many pages are merged until nearly all are, and then no more, or time is up.

    Returns the first look at the most of them.
    """
    most = log.add("sharing", "KSM", pages=_merged_pages())
    while log.now() < seconds and (
        most.detail["pages"] < 0.95 * goal or log.now() < most.time + 0.05
    ):
        time.sleep(0.01)
        look = log.add("sharing", "KSM", pages=_merged_pages())
        most = max(most, look, key=lambda look: look.detail["pages"])
    return most


def _at_most(goal: int) -> int:
    """How many pages are merged, once that is no more than so many: the scanner has to come by."""
    deadline = time.perf_counter() + 2
    while (pages := _merged_pages()) > goal and time.perf_counter() < deadline:
        time.sleep(0.01)
    return pages


def _merged_pages() -> int:
    """This process's pages that share a frame. Raises UnavailableError before Linux 5.19."""
    try:
        return int(MERGED.read_text())
    except OSError as error:
        raise UnavailableError(
            _("This kernel doesn't say how many pages of a process are merged (Linux 5.19 does).")
        ) from error


@contextlib.contextmanager
def _scanner_on() -> Iterator[None]:
    """KSM's scanner on and fast inside this block; all its switches as they were after it.

    The switches are the whole machine's: who comes second waits, or would put back the first
    one's settings for good.
    """
    import fcntl

    wanted = {"pages_to_scan": 20_000, "sleep_millisecs": 1, "run": 1}
    with (KSM / "run").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        old = {name: (KSM / name).read_text() for name in wanted}
        try:
            for name, value in wanted.items():
                (KSM / name).write_text(str(value))
            yield
        finally:
            for name, text in old.items():
                (KSM / name).write_text(text)


@experiment(needs=("kvm",), memory=MEMORY, share=(0.01, 0.9))
def balloon(memory: int = 64 * MIB, share: float = 0.5) -> Trace:
    """A guest that used all its memory gives a share of it back, then uses it again.

    Events "resident" (``bytes``: what the guest's memory takes of the host's). summary: the
    same for ``start``, ``used``, ``inflated`` (given back) and ``deflated`` (in use again).
    """
    log = _Log()
    with make_machine("kvm", memory) as machine:
        first = FIRST_DATA_PAGE * PAGE
        machine.load(guests.WRITER.code)
        machine.registers = {"rdi": first, "rsi": (memory - first) // PAGE, "rdx": 1}
        base = _resident()
        given = int(share * memory) // PAGE * PAGE

        def measure(actor: str) -> int:
            event = log.add("resident", actor, bytes=_resident() - base)
            return int(event.detail["bytes"])

        totals = {"start": measure("start")}
        _write_every_page(machine)
        totals["used"] = measure("used")
        machine.memory.madvise(mmap.MADV_DONTNEED, memory - given, given)
        totals["inflated"] = measure("inflated")
        _write_every_page(machine)
        totals["deflated"] = measure("deflated")
    return log.trace("balloon", memory=memory, given_back=given, **totals)


def _write_every_page(machine: Machine) -> None:
    """Let the writer guest run until it has written all of its pages (once more)."""
    goal = machine.registers["rax"] + machine.registers["rsi"]
    deadline = time.perf_counter() + 10
    while machine.registers["rax"] < goal:
        machine.run(0.02)
        if time.perf_counter() > deadline:
            raise UnavailableError(_("The guest did not write its memory within 10 s."))


def _resident() -> int:
    """Bytes of the host's memory that this process takes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
