"""A snapshot of a virtual machine, and two ways back from it. Times in seconds, sizes in bytes.

A snapshot is the guest's memory in a file, and its registers. To restore it, the file is mapped as
the new machine's memory: nothing is read until the guest touches a page. Each first touch is then
a *fault*, which reads the page from the file. Whoever knows which pages the guest will touch can
read them all at once before it runs.
"""

import contextlib
import mmap
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hvlib.real import guests, kvm
from hvlib.real.kvm_constants import CODE, MEMORY, MIB, PAGE
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

FIRST = 0x20 * PAGE
"""From here on the guest's memory is its own."""


@dataclass(frozen=True)
class Snapshot:
    """A guest that stands still: its memory in an open file, and its CPU's registers."""

    file: int
    size: int
    registers: dict[str, int]


class Restored(kvm.Machine):
    """A machine whose memory is a snapshot's file, page by page as it is touched.

    What the guest writes stays in its own copies; the file does not change.
    """

    def __init__(self, snapshot: Snapshot, dirty_log: bool = False) -> None:
        self._snapshot = snapshot
        super().__init__(snapshot.size, dirty_log)

    def new_memory(self, size: int) -> mmap.mmap:
        """The file, mapped privately."""
        memory = mmap.mmap(self._snapshot.file, size, flags=mmap.MAP_PRIVATE)
        memory.madvise(mmap.MADV_RANDOM)
        return memory

    def fill(self, size: int) -> None:
        """Nothing: the file has it all."""

    def place_cpu(self) -> None:
        """Put the CPU where the snapshot's stood."""
        self.registers = self._snapshot.registers


@experiment(needs=("kvm",), memory=MEMORY, touched=(2, MEMORY[1] // PAGE))
def snapshot_restore(memory: int = 64 * MIB, touched: int = 2048) -> Trace:
    """A guest is saved to a file and restored from it, page by page and then prefetched.

    memory: of the guest, all of it random bytes. touched: pages that the guest writes to when it
    goes on, spread evenly. Events "load" (what is read before the guest runs) and "run" of
    "resident" (never saved, run for the second time), "page by page" (the kernel is told not to
    read other pages along) and "prefetched". summary: ``memory``, ``touched``;
    of each way ``load`` and ``run`` in seconds, and ``major`` and ``minor`` faults while the guest
    ran (major: the page had to be read from the disk); ``same``, whether the guest's memory ended
    alike in all three.
    """
    if not 0 < touched <= (memory - FIRST) // PAGE:
        raise ValueError(_("the guest has no {n} pages to touch").format(n=touched))
    log: list[Event] = []
    with _saved(memory, touched, log) as (snapshot, after):
        _forget(snapshot)
        with Restored(snapshot, dirty_log=True) as machine:
            lazy = _go_on(machine, "page by page", log)
            pages = sorted(machine.dirty_pages())
            same = machine.memory[:] == after
        _forget(snapshot)
        with Restored(snapshot) as machine:
            start = time.perf_counter()
            _read_ahead(snapshot, machine.memory, pages)
            loaded = time.perf_counter() - start
            ahead = _go_on(machine, "prefetched", log)
            same = same and machine.memory[:] == after
    log.insert(-1, Event(log[-2].end, "load", "prefetched", loaded))
    resident = {**log[0].detail, "run": log[0].duration, "load": 0.0}
    summary = {
        "memory": memory,
        "touched": touched,
        "resident": resident,
        "page by page": {**lazy, "load": 0.0},
        "prefetched": {**ahead, "load": loaded},
        "same": same,
    }
    return Trace(_("Back from a snapshot"), tuple(_in_turn(log)), "measured", summary=summary)


@contextlib.contextmanager
def _saved(memory: int, touched: int, log: list[Event]) -> Iterator[tuple[Snapshot, bytes]]:
    """A snapshot of a guest, and its memory as it is when the guest has gone on from it."""
    with kvm.Machine(memory) as machine, tempfile.TemporaryFile() as file:
        machine.load(random.Random(1).randbytes(memory - FIRST), FIRST)
        machine.load(guests.TOUCHER.code)
        step = (memory - FIRST) // PAGE // touched * PAGE
        machine.registers = {"rip": CODE, "rbx": FIRST, "rbp": step, "rcx": touched}
        file.write(machine.memory)
        file.flush()
        os.fsync(file.fileno())
        snapshot = Snapshot(file.fileno(), memory, machine.registers)
        machine.run(20)
        after = machine.memory[:]
        machine.registers = snapshot.registers  # once more, now that all is in its place
        _go_on(machine, "resident", log)
        yield snapshot, after


def _go_on(machine: kvm.Machine, who: str, log: list[Event]) -> dict[str, Any]:
    """Let the guest run to its end; how long it took and which faults it met."""
    import resource  # not on Windows

    before, start = resource.getrusage(resource.RUSAGE_THREAD), time.perf_counter()
    ending = machine.run(20)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_THREAD)
    if ending.reason != "stopped":
        raise UnavailableError(_("The guest ended by {reason}.").format(reason=ending.reason))
    faults = {
        "major": after.ru_majflt - before.ru_majflt,
        "minor": after.ru_minflt - before.ru_minflt,
    }
    log.append(Event(0.0, "run", who, took, faults))
    return {"run": took, **faults}


def _forget(snapshot: Snapshot) -> None:
    """Ask the kernel to drop what it holds of the file, so that it is read from the disk."""
    os.posix_fadvise(snapshot.file, 0, 0, os.POSIX_FADV_DONTNEED)


def _read_ahead(snapshot: Snapshot, memory: mmap.mmap, pages: list[int]) -> None:
    """Ask the disk for all pages before waiting for the first, then give each its own copy."""
    for page in pages:
        os.posix_fadvise(snapshot.file, page * PAGE, PAGE, os.POSIX_FADV_WILLNEED)
    for page in pages:
        memory[page * PAGE] = memory[page * PAGE]


def _in_turn(log: list[Event]) -> Iterator[Event]:
    """The events one after the other, as they were."""
    now = 0.0
    for event in log:
        yield Event(now, event.kind, event.actor, event.duration, event.detail)
        now += event.duration
