"""The engine of containers: processes that stand by, and so make a container start fast.

A fork costs Python a millisecond or two: the kernel copies the tables of its memory at once, and
each page of it when it is first written to. New namespaces cost most of a millisecond, too. So
both happen ahead: one supervisor, with its init in new namespaces, always waits for the next
request. Production does the same with pools of warm containers and VMs.
"""

import functools
import os
import pickle
import platform
import select
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from hvlib.real import cgroup, container, seccomp, supervision, syscalls
from hvlib.real.container import Container


def engine(requests: int, user_namespace: int) -> None:
    """The life of the engine, which forks the supervisors; it knows what they all will need."""
    syscalls.libc()
    seccomp.compiled(platform.machine(), frozenset())
    ready = functools.partial(stand_by, bool(user_namespace))
    supervision.serve(socket.socket(fileno=requests), ready)


def stand_by(user_namespace: bool, take_request: supervision.Take) -> None:
    """The life of a supervisor: new namespaces, init in them, and what comes of it."""
    try:
        container.leave_namespaces(user_namespace)
    except OSError as error:
        _refuse(take_request, str(error))
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # we want to know how init ends
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    me = os.pidfd_open(os.getpid())
    pid = supervision.fork(functools.partial(wait_as_init, take_request, me, far))
    supervise(pid, near)


def _refuse(take_request: supervision.Take, why: str) -> None:
    message, files = take_request()
    if message:
        supervision.say(files[1], step=container.leave_namespaces.__name__, error=why)


def wait_as_init(take_request: supervision.Take, supervisor: int, line: socket.socket) -> None:
    """The life of process 1 until it becomes a command; the supervisor hears of it by ``line``."""
    syscalls.die_with_parent()
    syscalls.drop_inheritance()
    rehearse()
    message, files = take_request()
    if not message or select.select([supervisor], [], [], 0)[0]:
        return  # it died, perhaps before the kernel knew that we want to go with it
    control, report, output = files
    socket.send_fds(line, [message], [control, report])
    supervision.close_all_but(*files, line.fileno())  # these close when init becomes the command
    container.init(pickle.loads(message), lambda: line.recv(1), report, output)


def rehearse() -> None:
    """Fail to start a container where none can be, ahead of the real one.

    All memory that Python writes to on the way is copied now, not when somebody waits for it.
    """
    nowhere = Path("/proc/none")
    group = cgroup.Group(1, nowhere, nowhere)
    c = Container(("true",), nowhere, "", 1, 1, 1.0, user_namespace=False, group=group)
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far, open(os.devnull, "wb", 0) as null, suppress(OSError):
        socket.send_fds(near, [pickle.dumps(c)], [null.fileno()])
        message, (report,) = supervision.receive(far)
        with open(report, "wb", 0):  # closes it
            container.take(container.OUTSIDE, pickle.loads(message), report)


def supervise(pid: int, line: socket.socket) -> None:
    """Wait until init has a request and ends; clean up; tell the caller how it was."""
    supervision.close_all_but(line.fileno())
    rehearse()
    message, files = supervision.receive(line)
    if not message:
        return
    control, report = files
    c: Container = pickle.loads(message)
    verdict: dict[str, Any] = {}
    with ExitStack() as undo:
        if c.group:
            undo.callback(c.group.remove)
        undo.callback(lambda: verdict.update(status=supervision.end(pid)))
        container.take(container.OUTSIDE, c, report)
        os.close(report)  # init has the other copy, and loses it when it becomes the command
        with suppress(BrokenPipeError):  # if init has ended already
            line.send(b"!")
        ended = select.select([os.pidfd_open(pid), control], [], [], c.seconds)[0]
        verdict["in_time"] = bool(ended)
        if c.group:
            verdict |= {"kills": c.group.memory_kills(), "peak": c.group.peak_memory()}
            verdict |= {"cpu": c.group.cpu_waits()}
    supervision.say(control, **verdict)
