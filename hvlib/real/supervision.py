"""Processes that never outlive their caller, and what they say through pipes."""

import itertools
import os
import select
import signal
import socket
import time
from collections.abc import Callable

from hvlib.words import _

OUTPUT_LIMIT = 1024 * 1024  # bytes of output that are kept; the rest is thrown away


def end(pid: int) -> int:
    """Kill a process, dead or not, and with process 1 its container; returns how it ended."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def close_all_but(*kept: int) -> None:
    """Let go of the caller's files, lest the container keep a notebook's sockets open."""
    ends = sorted((2, *kept, os.sysconf("SC_OPEN_MAX")))
    for low, high in itertools.pairwise(ends):
        os.closerange(low + 1, high)


def fork(work: Callable[[], object]) -> int:
    """Fork. The child does ``work`` and never comes back to the caller's program."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    return pid


def socketpair() -> tuple[int, int]:
    """Two connected sockets, as file descriptors."""
    near, far = socket.socketpair()
    return near.detach(), far.detach()


def wait(pid: int, patience: float = 5.0) -> None:
    """Wait for the supervisor, but not for ever."""
    if not select.select([handle := os.pidfd_open(pid)], [], [], patience)[0]:
        os.kill(pid, signal.SIGKILL)
    os.close(handle)
    os.waitpid(pid, 0)


Heard = dict[str, list[tuple[float, bytes]]]
"""What came through each end, with its times; the last entry of each is empty: the end."""


def listen(ends: dict[str, int], seconds: float) -> Heard:
    """Read until all ends are closed. Raises TimeoutError if that takes too long."""
    heard: Heard = {name: [] for name in ends}
    deadline, kept = time.monotonic() + seconds, 0
    while waiting := {ends[n]: n for n in ends if not heard[n] or heard[n][-1][1]}:
        ready = select.select(list(waiting), [], [], deadline - time.monotonic())[0]
        if not ready:
            raise TimeoutError(_("the supervised process does not answer"))
        for end in ready:
            chunk = os.read(end, 65536)
            kept += len(chunk)
            if kept < OUTPUT_LIMIT or not chunk or waiting[end] != "output":
                heard[waiting[end]].append((time.monotonic(), chunk))
    return heard
