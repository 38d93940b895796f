"""Processes that never outlive their caller, and what they say through pipes."""

import atexit
import contextlib
import functools
import gc
import itertools
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hvlib.words import _

OUTPUT_LIMIT = 1024 * 1024  # bytes of output that are kept; the rest is thrown away
HEAD_START = 0.02  # seconds: a container starts faster if the next child is not forked meanwhile
LONGEST_REQUEST = 128 * 1024  # bytes
_ASKING = threading.Lock()  # two threads that ask at once must not start two engines


def environment() -> dict[str, str]:
    """This process's, in which a Python of its own finds the book."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def told_by(command: Sequence[str], seconds: float) -> bytes:
    """What a Python of its own says, which ends with us. Raises TimeoutExpired, OSError."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        env=environment(),
        start_new_session=True,  # Ctrl-C is for us, and we end it
    )
    return done.stdout


def end(pid: int) -> int:
    """Kill a process, dead or not, and with process 1 its container; returns how it ended."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def close_all_but(*kept: int) -> None:
    """Let go of the caller's files, lest the container keep a notebook's sockets open."""
    ends = sorted((2, *kept, os.sysconf("SC_OPEN_MAX")))
    for low, high in itertools.pairwise(ends):
        os.closerange(low + 1, high)


def socketpair() -> tuple[int, int]:
    """Two connected sockets, as file descriptors."""
    near, far = socket.socketpair()
    return near.detach(), far.detach()


def fork(work: Callable[[], object]) -> int:
    """Fork. The child does ``work`` and never comes back to the caller's program."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    return pid


Request = tuple[bytes, Sequence[int]]
"""A message and the open files that came with it; no message: nobody is left who could ask."""
Take = Callable[[], Request]


def serve(requests: socket.socket, stand_by: Callable[[Take], object]) -> None:
    """Be an engine: for each request a child does ``stand_by(take)``, and takes it by ``take``.

    One child always stands by, so that nobody waits for a fork. Returns when nobody is left
    who could ask.
    """
    requests.set_inheritable(False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    gc.freeze()  # a collection in a child would make it copy pages that it shares with us
    while True:
        taken, tell = os.pipe()
        pid = fork(functools.partial(stand_by, functools.partial(_take, requests, tell)))
        os.close(tell)
        if not os.read(taken, 1):
            return
        os.close(taken)
        wait(pid, HEAD_START)


def wait(pid: int, seconds: float) -> None:
    """Wait until a process has ended, but not longer than some seconds."""
    with contextlib.suppress(ProcessLookupError), open(os.pidfd_open(pid), "rb", 0) as process:
        select.select([process], [], [], seconds)


def _take(requests: socket.socket, tell: int) -> Request:
    request = receive(requests)
    if request[0]:
        os.write(tell, b"!")
    return request


def receive(line: socket.socket) -> Request:
    """The next message and its open files, which no program that we execute may have."""
    message, files, _flags, _address = socket.recv_fds(line, LONGEST_REQUEST, 3)
    for file in files:
        os.set_inheritable(file, False)
    return message, files


class Engine:
    """A small process that forks for us.

    To fork a notebook's kernel is slow, since it is large, and not safe, since it has threads.
    Docker's engine is a process of its own, too. Ours ends when its caller does.
    """

    def __init__(self, module: str, kind: int) -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = (
            f"import sys; sys.path = {sys.path!r}; import {module} as m; "
            f"m.engine(int(sys.argv[1]), {kind})"
        )
        with far:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", script, str(far.fileno())],
                pass_fds=[far.fileno()],
                start_new_session=True,  # Ctrl-C is for the caller
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self.requests = near
        atexit.register(self.close)

    def ask(self, request: object, files: Sequence[int]) -> None:
        """Send a request with open files. Raises OSError if the engine is gone."""
        socket.send_fds(self.requests, [pickle.dumps(request)], files)

    def close(self) -> None:
        """Let the engine end, and wait for it; work that it has begun goes on."""
        self.requests.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=2)


def ask_engine(module: str, kind: int, request: object, files: Sequence[int]) -> None:
    """Have the engine of this kind of ``module`` do its work; start one if there is none.

    The engine is a process that calls ``module.engine(requests, kind)``.
    """
    key = (module, kind, os.getpid())  # an engine serves the process that started it alone
    with _ASKING:
        try:
            _engine(key).ask(request, files)
        except BrokenPipeError:
            _ENGINES.pop(key).close()
            _engine(key).ask(request, files)


_ENGINES: dict[tuple[str, int, int], Engine] = {}


def _engine(key: tuple[str, int, int]) -> Engine:
    if key not in _ENGINES:
        _ENGINES[key] = Engine(*key[:2])
    return _ENGINES[key]


def say(pipe: int, **facts: Any) -> None:
    """Write one line of JSON."""
    os.write(pipe, json.dumps(facts).encode() + b"\n")


def hang_up(control: int, patience: float = 5.0) -> None:
    """Tell the far end to finish and wait, but not for ever, until it has."""
    with socket.socket(fileno=control) as line:
        line.settimeout(patience)
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass


Heard = dict[str, list[tuple[float, bytes]]]
"""What came through each end, with its times; the last entry of each is empty: the end."""


def listen(ends: dict[str, int], seconds: float) -> Heard:
    """Read until all ends are closed. Raises TimeoutError if that takes too long."""
    heard: Heard = {name: [] for name in ends}
    deadline, kept = time.monotonic() + seconds, 0
    while waiting := {ends[n]: n for n in ends if not heard[n] or heard[n][-1][1]}:
        ready = select.select(list(waiting), [], [], max(0.0, deadline - time.monotonic()))[0]
        if not ready:
            raise TimeoutError(_("the supervised process does not answer"))
        for end in ready:
            chunk = os.read(end, 65536)
            kept += len(chunk)
            if kept < OUTPUT_LIMIT or not chunk or waiting[end] != "output":
                heard[waiting[end]].append((time.monotonic(), chunk))
    return heard
