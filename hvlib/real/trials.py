"""What the probe tries, each in a child process of its own: ``python -m hvlib.real.trials``.

A trial returns its finding as one word or number, or raises; it leaves nothing behind. A
child keeps a kernel's surprise (a hang, a kill) away from the reader's Python. All of them
are forked from one process at once, because starting Python takes longer than any trial.
"""

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

from hvlib.real import cgroup
from hvlib.real import syscalls as s
from hvlib.real.cgroup import Group

ALL = s.CLONE_NEWNS | s.CLONE_NEWPID | s.CLONE_NEWUTS | s.CLONE_NEWIPC
TIME_LIMIT = 2.0  # seconds for all trials together
TURNS, INSTRUCTIONS_A_TURN = 5_000_000, 5
LIMIT, HOG = 16 << 20, 48 << 20  # bytes: what a group may have, and what a process tries to take


def kvm() -> str:
    """Run a guest on /dev/kvm; returns nanoseconds an instruction took."""
    from hvlib.real import guests, kvm

    with kvm.Machine() as machine:
        machine.load(guests.LOOP.code)
        machine.registers = {"rcx": TURNS}
        start = time.perf_counter()
        ending = machine.run(1.0)
        seconds = time.perf_counter() - start
    if ending.reason != "stopped":
        raise RuntimeError(f"a guest that should have stopped ended by {ending.reason}")
    return f"{seconds / TURNS / INSTRUCTIONS_A_TURN * 1e9:.2f}"


def namespaces() -> str:
    """New namespaces as root."""
    s.unshare(ALL)
    return "yes"


def user_namespaces() -> str:
    """New namespaces as an ordinary user, who is root in one of them only."""
    if s.is_root():
        s.become_nobody()
    s.become_root_inside(ALL)
    return "yes"


def overlay() -> str:
    """Lay one folder over another, in a mount namespace that ends with this process."""
    leave = s.unshare if s.is_root() else s.become_root_inside
    leave(s.CLONE_NEWNS)
    s.mount("none", "/", flags=s.MS_REC | s.MS_PRIVATE)
    s.mount("tmpfs", "/tmp", "tmpfs")
    for folder in ("lower", "upper", "work", "merged"):
        Path("/tmp", folder).mkdir()
    Path("/tmp/lower/file").write_text("seen through")
    options = "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work"
    s.mount("overlay", "/tmp/merged", "overlay", options=options)
    return Path("/tmp/merged/file").read_text()


def network() -> str:
    """Make network namespaces with virtual cables and a bridge."""
    from hvlib.real.network import Net

    Net().build()
    return "yes"


def memory_limit() -> str:
    """Have the kernel kill a process that takes too much; returns the version of cgroups."""
    group = cgroup.place(cgroup.name("probe"))
    if group is None:
        raise RuntimeError("no control group can be made that limits memory")
    try:
        group.create(LIMIT, 16)
        status = _hog(group)
    finally:
        group.remove()
    if status != -signal.SIGKILL:
        raise RuntimeError("a process got more memory than its limit")
    return str(group.version)


def _hog(group: Group) -> int:
    """A child enters the group and takes HOG bytes; returns how it ended."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            group.enter()
            bytearray(b"x" * HOG)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


TRIALS = (kvm, namespaces, user_namespaces, overlay, network, memory_limit)


def try_all() -> dict[str, tuple[bool, str]]:
    """Fork all trials at once; returns whether each succeeded and what it said."""
    started = {trial.__name__: _fork(trial) for trial in TRIALS}
    deadline = time.monotonic() + TIME_LIMIT
    return {name: _finding(*child, deadline) for name, child in started.items()}


def _fork(trial: Callable[[], str]) -> tuple[int, int]:
    """Start a trial in a child; returns its pid and the pipe through which it will answer."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        answer = "+" + trial()
    except BaseException as error:
        answer = f"-{error}"
    os.write(writing, answer.encode())
    os._exit(0)


def _finding(pid: int, pipe: int, deadline: float) -> tuple[bool, str]:
    """What a child said; it is dead after this."""
    ready, _writers, _errors = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
    answer = os.read(pipe, 4096).decode() if ready else f"-it took longer than {TIME_LIMIT} s"
    os.close(pipe)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return answer.startswith("+"), answer[1:] or "the trial was killed"


if __name__ == "__main__":
    print(json.dumps(try_all()))
