"""Twenty readers of one hub on this machine: they come, read chapter 2, and move its sliders."""

import asyncio
import os
import random
import statistics
import tempfile
from pathlib import Path

import aiohttp

from tests.hub import classroom, reading
from tests.hub.classroom import Classroom
from tests.hub.reading import Kernel, Visitor

READERS = 20
TRIES = 5  # how often all of them start a kernel at once
PAUSE = 3.0  # seconds between two cells of a reader, on average
MOVES = 12
BARS = {
    "kernels that failed in five tries": ("below", 1),
    "all servers ready, s": ("below", 60),
    "first cell, s, slowest reader": ("below", 25),
    "a later cell, s, p95": ("below", 1.5),
    "a slider's move, ms, p95": ("below", 250),
    "server and kernel, MB, a reader": ("below", 350),
}


def measure() -> dict[str, float]:
    """One class of :data:`READERS`; empty where no classroom can be opened."""
    if reason := classroom.why_not():
        print(f"hub          not measured: {reason}")
        return {}
    folder = tempfile.TemporaryDirectory(prefix="hvlib-class-")
    with folder as name, classroom.opened(READERS, Path(name)) as room:
        return asyncio.run(_class(room))


async def _class(room: Classroom) -> dict[str, float]:
    timeout = aiohttp.ClientTimeout(total=900)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        visitors = [Visitor(session, room, name) for name in room.names]
        ready = await asyncio.gather(*(visitor.come() for visitor in visitors))
        begun: list[float | BaseException] = []
        for number in range(TRIES):
            kernels = [visitor.kernel() for visitor in visitors]
            tries = await asyncio.gather(*(k.start() for k in kernels), return_exceptions=True)
            begun += tries
            working = [k for k, s in zip(kernels, tries, strict=True) if isinstance(s, float)]
            if number < TRIES - 1:  # the last ones are read with
                await asyncio.gather(*(kernel.end() for kernel in working))
        failed = [error for error in begun if isinstance(error, BaseException)]
        told = await asyncio.gather(*(_read(kernel) for kernel in working))
        memory = _memory(room.names)
    first = [cells[0] for cells, _moves in told]
    later = [cell for cells, _moves in told for cell in cells[1:]]
    moves = [move for _cells, moved in told for move in moved]
    return {
        "readers": float(len(visitors)),
        "kernels that failed in five tries": float(len(failed)),
        "all servers ready, s": max(ready),
        "kernel ready, s, slowest reader": max(t for t in begun if isinstance(t, float)),
        "first cell, s, slowest reader": max(first),
        "a later cell, s, median": statistics.median(later),
        "a later cell, s, p95": _p95(later),
        "a slider's move, ms, median": 1000 * statistics.median(moves),
        "a slider's move, ms, p95": 1000 * _p95(moves),
        "server and kernel, MB, a reader": memory / len(visitors),
    }


async def _read(kernel: Kernel) -> tuple[list[float], list[float]]:
    """One reader: seconds of each cell of the chapter, and of each move of its sliders."""
    cells, moves = [], []
    chance = random.Random(kernel.name)
    for source in reading.cells("02-type-1"):
        cells.append((await kernel.run(source))[0])
        await asyncio.sleep(PAUSE * chance.uniform(0.5, 1.5))
    for number in range(MOVES):
        slider = number % len(kernel.sliders)
        moves.append(await kernel.move(slider, chance.random()))
        await asyncio.sleep(2 * chance.uniform(0.5, 1.5))
    return cells, moves


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _memory(names: tuple[str, ...]) -> float:
    """MB that the readers' processes hold, shared pages divided among those who share (PSS)."""
    first = classroom.FIRST_ID
    users = range(first, first + len(names))
    total = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        folder = Path("/proc", process)
        try:
            if folder.stat().st_uid in users:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # it has just ended
    return total / 1024
