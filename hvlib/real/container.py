"""A container from Python: namespaces, an overlay, pivot_root and a control group.

    run(["sh", "-c", "hostname; id; ps"]).summary["output"]

Three processes take part. The *caller* is your Python; it has a small engine process fork a
*supervisor* for each container, which leaves the host's namespaces, sets the limits, waits and
cleans up. Should the caller be killed, the supervisor notices the closed socket and ends the
container. The supervisor forks *init*, process 1 of the new namespaces, which builds its view of
the world step by step and then becomes the command. Should the supervisor be killed, the kernel
kills init, and with process 1 gone all else in the container. Mounts live in the container's own
mount namespace and vanish with it; the only thing made on the host is the control group (if both
supervisor and caller are killed at once, the next container removes it).

One supervisor with its init always stands by, in its namespaces, before anybody asks for it:
that is what makes a start fast (container_engine.py). All that follows the request is here.

What this is not: a sandbox for hostile code. The host's kernel serves the container directly,
and one hole in it lets everything out. Root's container runs under root's own user id (without
any capability); real engines map it to another, filter system calls by a list of what is
allowed, and add AppArmor or SELinux. There is no network but an unconfigured loopback. An
ordinary user without a control group of their own gets limits for each process only (the
summary's "limits_by" tells).
"""

import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

from hvlib.real import cgroup, seccomp, supervision, syscalls
from hvlib.real.container_trace import ContainerError as ContainerError
from hvlib.real.container_trace import trace_of
from hvlib.real.syscalls import mount
from hvlib.trace import Trace
from hvlib.words import _

MIB = 1024 * 1024
SCRATCH = "/tmp"  # hidden under a tmpfs inside the container's mount namespace only
DEVICES = ("null", "zero", "full", "random", "urandom")
MASKED = ("kcore", "keys", "kmsg", "sched_debug", "sysrq-trigger", "timer_list")
ENVIRONMENT = {"PATH": "/bin", "HOME": "/root", "TERM": "dumb"}
ENGINE = "hvlib.real.container_engine"
_serial = count()


@dataclass(frozen=True)
class Container:
    """What a container is given. memory in bytes, seconds of wall-clock time, cpus at most."""

    command: tuple[str, ...]
    image: Path
    hostname: str
    memory: int
    processes: int
    seconds: float
    user_namespace: bool
    group: cgroup.Group | None
    cpus: float | None = None

    def __post_init__(self) -> None:
        limits = (self.memory, self.processes, self.seconds, self.cpus or 1)
        if not self.command or min(limits) <= 0:
            raise ValueError(_("a container needs a command and limits above 0"))


def leave_namespaces(user_namespace: bool) -> None:
    """New namespaces for host name, IPC, network and (for children only) process ids."""
    leave = syscalls.become_root_inside if user_namespace else syscalls.unshare
    world = syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWNET
    leave(world | syscalls.CLONE_NEWPID)


# The steps, in order.


def limit(c: Container) -> None:
    """Make the control group that init will enter."""
    if c.group:
        c.group.create(c.memory, c.processes, c.cpus)


def enter_group(c: Container) -> None:
    """From here on memory and processes are counted; /proc/self/cgroup will say "/"."""
    if c.group:
        c.group.enter()
    syscalls.unshare(syscalls.CLONE_NEWCGROUP)


def keep_mounts_private(c: Container) -> None:
    """A mount namespace for init alone (the supervisor still needs the host's), cut off from it."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)


def overlay_root(c: Container) -> None:
    """The image below, read only; a layer in memory above it, which takes all changes."""
    os.chdir(c.image)
    guarded = syscalls.MS_NOSUID | syscalls.MS_NODEV
    mount("tmpfs", SCRATCH, "tmpfs", guarded, f"size={c.memory},mode=755")
    for folder in ("upper", "work", "root"):
        os.mkdir(f"{SCRATCH}/{folder}")
    layers = f"lowerdir=.,upperdir={SCRATCH}/upper,workdir={SCRATCH}/work"
    mount("overlay", f"{SCRATCH}/root", "overlay", guarded, layers)
    os.chdir(f"{SCRATCH}/root")


def make_devices(c: Container) -> None:
    """The harmless devices of the host, and no others."""
    mount("tmpfs", "dev", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NOEXEC, "size=64k,mode=755")
    for name in DEVICES:
        os.mknod(f"dev/{name}")
        mount(f"/dev/{name}", f"dev/{name}", flags=syscalls.MS_BIND)


def mount_proc(c: Container) -> None:
    """/proc of the new process ids; read only, and without what tells of or steers the host."""
    guarded = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    mount("proc", "proc", "proc", guarded | syscalls.MS_RDONLY)
    for name in MASKED:
        if Path("proc", name).exists():
            mount("dev/null", f"proc/{name}", flags=syscalls.MS_BIND)


def pivot(c: Container) -> None:
    """Make this folder the root, and let go of the host's file systems."""
    syscalls.pivot_root(".", ".")
    syscalls.detach(".")
    os.chdir("/")


def name_host(c: Container) -> None:
    """The name that the container's processes see."""
    socket.sethostname(c.hostname)


def lose_privileges(c: Container) -> None:
    """No capabilities, none by set-uid programs either, and a filter on system calls."""
    syscalls.set_limit("CORE", 0)
    if c.group is None:
        syscalls.set_limit("AS", c.memory)
        syscalls.set_limit("NPROC", c.processes)
    syscalls.drop_own_capabilities()  # init began with dropping them for what it executes
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install()


def become_the_command(c: Container) -> None:
    """Replace Python by the program that the container is for."""
    os.execvpe(c.command[0], c.command, ENVIRONMENT)


Step = Callable[[Container], None]
OUTSIDE: tuple[Step, ...] = (limit,)  # the supervisor's, while init takes the first of its own
MOUNTS: tuple[Step, ...] = (keep_mounts_private, overlay_root, make_devices, mount_proc)
INSIDE: tuple[Step, ...] = (enter_group, pivot, name_host, lose_privileges)


def take(steps: Sequence[Step], c: Container, report: int) -> None:
    """Do the steps, and report of each when it began and ended, or why it failed."""
    for step in steps:
        start = time.monotonic()
        try:
            step(c)
        except Exception as error:
            supervision.say(report, step=step.__name__, error=str(error))
            raise
        supervision.say(report, step=step.__name__, start=start, end=time.monotonic())


def init(c: Container, limited: Callable[[], object], report: int, output: int) -> None:
    """Process 1: build the container from inside, then become the command.

    limited: waits until the supervisor has set the limits; false if it never will.
    """
    take(MOUNTS, c, report)
    if not limited():
        return
    take(INSIDE, c, report)
    for target, source in enumerate((os.open("/dev/null", os.O_RDONLY), output, output)):
        os.dup2(source, target)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, programs do not
    take((become_the_command,), c, report)


def launch(c: Container, control: int, report: int, output: int) -> None:
    """Have the engine fork a supervisor for ``c``."""
    supervision.ask_engine(ENGINE, int(c.user_namespace), c, (control, report, output))


def start(c: Container, undo: ExitStack) -> dict[str, int]:
    """Start the container; returns the ends to read from. What to undo goes on the stack."""
    makers = {"control": supervision.socketpair, "report": os.pipe, "output": os.pipe}
    ends, far = {}, {}
    for name, make in makers.items():
        ends[name], far[name] = make()
    undo.callback(supervision.hang_up, ends["control"])
    for name in ("report", "output"):
        undo.callback(os.close, ends[name])
    with ExitStack() as handed_over:
        for file in far.values():
            handed_over.callback(os.close, file)
        launch(c, **far)
    return ends


def run(
    command: Sequence[str],
    *,
    image: Path | None = None,
    hostname: str = "container",
    memory: int = 64 * MIB,
    processes: int = 32,
    seconds: float = 10.0,
    cpus: float | None = None,
    user_namespace: bool | None = None,
) -> Trace:
    """Run a command in a container of its own and wait for it.

    image: folder with a root file system (default: the busybox image). memory in bytes, of all
    its processes and files together; seconds of wall-clock time; cpus: how much CPU time all
    of them get, as a share of one CPU (None: no limit). user_namespace: default yes for an
    ordinary user, no for root. Events: "step", "exec", "console", "exit". Summary:
    output, exit_status (negative: the signal that ended it), stopped_by ("", "time" or
    "memory"), start_time and run_time in s, peak_memory in bytes (None: unknown), limits_by; with
    a limit on CPU time also "cpu", what :meth:`cgroup.Group.cpu_waits` tells.
    The first run waits for the engine's own start, too. Raises ContainerError if a step fails,
    ValueError for limits that make no sense, FileNotFoundError without busybox.
    """
    from hvlib.real import rootfs  # here, since the engine has no use for it

    began, name = time.monotonic(), cgroup.name(str(next(_serial)))
    user = not syscalls.is_root() if user_namespace is None else user_namespace
    folder, group = image or rootfs.image(), cgroup.place(name, cpu=cpus is not None)
    c = Container(tuple(command), folder, hostname, memory, processes, seconds, user, group, cpus)
    if group is None and syscalls.is_root():
        raise ContainerError(_("root's containers need a control group, and none can be made here"))
    if group is None and cpus is not None:
        raise ContainerError(_("no control group for a limit on CPU time can be made here"))
    with ExitStack() as undo:
        if group:
            undo.callback(group.remove)
        ends = start(c, undo)
        cgroup.sweep(group)  # meanwhile
        heard = supervision.listen(ends, seconds + 5)
    return trace_of(c.command, group, len(OUTSIDE + MOUNTS + INSIDE), heard, began)


def available(user_namespace: bool | None = None) -> tuple[bool, str]:
    """Whether a container starts here, found by starting one, and one sentence why not."""
    where = (sys.platform, platform.machine())
    if where not in product(["linux"], seccomp.MACHINES):
        return False, _("hvlib has no containers for {0} on {1}.").format(*where)
    try:
        run(["true"], seconds=2, user_namespace=user_namespace)
    except (ContainerError, OSError) as error:
        return False, str(error)
    return True, ""
