"""Placing VMs on hosts by CPU and memory: first fit, best fit, worst fit (chapter 2).

A host's room is what is free of its CPU and of its memory. Best fit takes the fitting host with
the least room left over, worst fit the one with the most; room is the free share of the CPU plus
the free share of the memory, both of the largest host. Ties go to the earlier host.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hvlib.words import _, pgettext

Fit = Literal["first", "best", "worst"]
FITS: dict[Fit, str] = {
    "first": pgettext("placement", "first"),
    "best": pgettext("placement", "best"),
    "worst": pgettext("placement", "worst"),
}
"""What each is called."""


class Size(NamedTuple):
    """What a VM asks for, or what a host has: CPU and memory in any units, the same for all."""

    cpu: float
    memory: float


@dataclass(slots=True)
class _Queue:
    """The hosts that one size of VM fits on, best choice first; entries may be out of date."""

    size: Size
    heap: list[tuple[float, int]]


def place(vms: Sequence[Size], hosts: Sequence[Size], fit: Fit = "first") -> list[int | None]:
    """The host of each VM, placed one after another; None where no host has room.

    There is a priority queue of hosts for each distinct size of VM. A placement changes one host's
    room, so that one new entry goes to each queue; an entry whose room is no longer the host's is
    dropped when it comes up. With s sizes that is O((hosts + VMs) s log(hosts)).

    Raises ValueError for sizes that are negative or not finite.
    """
    _check(vms, hosts)
    key = _key(fit, hosts)
    free_cpu, free_memory = [host.cpu for host in hosts], [host.memory for host in hosts]
    keys = [key(index, host.cpu, host.memory) for index, host in enumerate(hosts)]
    queues = {size: _queue(size, hosts, keys) for size in dict.fromkeys(vms)}
    placed: list[int | None] = []
    for vm in vms:
        host = _best(queues[vm], keys, free_cpu, free_memory)
        placed.append(host)
        if host is None:
            continue
        cpu = free_cpu[host] = free_cpu[host] - vm.cpu
        memory = free_memory[host] = free_memory[host] - vm.memory
        new = key(host, cpu, memory)
        if new != keys[host]:
            keys[host] = new
            here = (q for q in queues.values() if q.size.cpu <= cpu and q.size.memory <= memory)
            for queue in here:
                heapq.heappush(queue.heap, (new, host))
    return placed


def choose(vm: Size, free: Sequence[Size | None], whole: Size, fit: Fit) -> int | None:
    """The host for one VM by looking at each; None in ``free`` is a host that takes none.

    ``whole``: the largest host's CPU and memory. It is the definition that :func:`place` speeds up.
    """
    key = _key(fit, [whole])
    options = [
        (key(index, room.cpu, room.memory), index)
        for index, room in enumerate(free)
        if room is not None and vm.cpu <= room.cpu and vm.memory <= room.memory
    ]
    return min(options)[1] if options else None


def _check(vms: Sequence[Size], hosts: Sequence[Size]) -> None:
    for kind, sizes in ((_("VM"), set(vms)), (_("host"), set(hosts))):
        for size in sizes:
            if not all(0 <= amount < math.inf for amount in size):
                text = _("{kind}: CPU and memory must be 0 or more, not {size}")
                raise ValueError(text.format(kind=kind, size=tuple(size)))


def _key(fit: Fit, hosts: Sequence[Size]) -> Callable[[int, float, float], float]:
    """What orders the hosts of a queue: their number, their room, or their room from the top."""
    cpu = max((host.cpu for host in hosts), default=1) or 1
    memory = max((host.memory for host in hosts), default=1) or 1
    if fit == "first":
        return lambda index, _cpu, _memory: index
    if fit == "best":
        return lambda _index, free_cpu, free_memory: free_cpu / cpu + free_memory / memory
    return lambda _index, free_cpu, free_memory: -(free_cpu / cpu + free_memory / memory)


def _queue(size: Size, hosts: Sequence[Size], keys: Sequence[float]) -> _Queue:
    fitting = [
        (key, index)
        for index, (key, host) in enumerate(zip(keys, hosts, strict=True))
        if size.cpu <= host.cpu and size.memory <= host.memory
    ]
    heapq.heapify(fitting)
    return _Queue(size, fitting)


def _best(
    queue: _Queue, keys: Sequence[float], cpu: Sequence[float], memory: Sequence[float]
) -> int | None:
    """The first entry that is up to date and fits. The host stays in the queue."""
    heap, (need_cpu, need_memory) = queue.heap, queue.size
    while heap:
        key, host = heap[0]
        if key == keys[host] and need_cpu <= cpu[host] and need_memory <= memory[host]:
            return host
        heapq.heappop(heap)
    return None
