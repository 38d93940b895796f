"""A machine that stands in for yours, and containers in it that try to get out.

    python -m hvlib.real.stand_in

The stand-in is a few processes in user, process, mount and network namespaces of their own: a
host with a root file system in memory, a manager that takes orders at a socket, a service on the
loopback address, and a neighbour with a secret. Its root is nobody on your machine. So whatever a
container in it reaches belongs to the stand-in, and ends with it: when the stand-in's process 1
ends, the kernel ends all others in its namespaces.

Each container is the book's own (:mod:`hvlib.real.container`), with what one setting of
``docker run`` changes. It says of each of the :data:`ATTEMPTS` whether it succeeded.
"""

import contextlib
import encodings.idna  # noqa: F401  (a container has no folder to load it from)
import functools
import json
import os
import platform
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hvlib.real import container, netlink, seccomp, supervision
from hvlib.real import syscalls as s
from hvlib.real.container import Container
from hvlib.real.syscalls import mount
from hvlib.trust import SETTINGS, Setting

MEMORY = 512 << 20  # bytes of addresses for each process, and for the files of each container
SECONDS = 40  # for all of it, which takes less than one on a machine at rest
PATIENCE = 8  # seconds for one container
PORT = 8080
FIRST_ID, IDS = 1_879_048_192, 131_072  # user ids that no program gives out
INSIDE = 65_536  # root of a container with a user namespace is this id of the stand-in
SOCKET, CRONTAB, DISK = "/run/manager.sock", "/etc/crontab", "/dev/disk"
TUNED = Path("/proc/sys/user/max_ipc_namespaces")
"""A setting of the kernel that each user namespace has of its own, the stand-in too."""


# --- the stand-in ----------------------------------------------------------------------------


def main() -> None:
    """Make the stand-in, and wait until it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller, who ends us
    for name, value in (("CORE", 0), ("AS", MEMORY)):
        s.set_limit(name, value)
    signal.alarm(SECONDS)
    ids = _leave()
    s.die_with_parent()  # now, since a change of user makes the kernel forget it
    seccomp.compiled(platform.machine(), frozenset())
    pid = supervision.fork(functools.partial(_host, ids))
    os.waitpid(pid, 0)


def _leave() -> int:
    """Leave all of the machine's namespaces for the stand-in's; returns how many users it has."""
    world = s.CLONE_NEWNS | s.CLONE_NEWPID | s.CLONE_NEWNET | s.CLONE_NEWUTS | s.CLONE_NEWIPC
    if not s.is_root():
        s.become_root_inside(world)
        return 1
    _mapped(functools.partial(s.unshare, s.CLONE_NEWUSER | world), FIRST_ID, IDS)
    return IDS


def _mapped(leave: Callable[[], object], first: int, count: int) -> None:
    """Leave for a user namespace whose ids from 0 on are these of the one around it.

    Only who stays outside may say so: a child does, and waits until we have left.
    """
    left, tell = os.pipe()
    pid = supervision.fork(functools.partial(_map, os.getpid(), left, tell, f"0 {first} {count}"))
    leave()
    os.write(tell, b"!")
    os.close(tell)
    os.close(left)
    if os.waitpid(pid, 0)[1]:
        raise OSError("the users of a namespace could not be mapped")
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    s.prctl(s.PR_SET_DUMPABLE, 1)  # as a program is that was just started


def _map(whose: int, left: int, tell: int, ids: str) -> None:
    """Write the maps of a process that has left its namespace, once it says so; end well then."""
    os.close(tell)
    if os.read(left, 1):
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{whose}/{kind}").write_text(ids)
        os._exit(0)


def _host(ids: int) -> None:
    """The life of process 1 of the stand-in."""
    s.die_with_parent()
    signal.alarm(SECONDS)
    _make_root()
    with netlink.Devices() as devices:
        devices.set_up("lo")
    _serve()
    _neighbour()
    forgotten = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)  # as runc left one open in 2024
    users = (False, True) if ids > 1 else (False,)
    _say(ids=ids, sees=sorted(os.listdir("/")))
    for mapped in users:
        for setting in SETTINGS:
            _try(setting, mapped, forgotten)
    _say(done=True)


def _say(**facts: object) -> None:
    os.write(1, json.dumps(facts).encode() + b"\n")


def _make_root() -> None:
    """A root file system in memory; the machine's own is let go of."""
    mount("none", "/", flags=s.MS_REC | s.MS_PRIVATE)
    mount("tmpfs", container.SCRATCH, "tmpfs", s.MS_NOSUID | s.MS_NODEV, "size=1m,mode=755")
    os.chdir(container.SCRATCH)
    for folder in ("dev", "etc", "image", "mnt", "proc", "run", "tmp"):
        os.mkdir(folder)
    for folder in ("dev", "etc", "mnt", "proc", "run", "tmp"):
        os.mkdir(f"image/{folder}")
    os.mknod(f"image{SOCKET}")  # to mount the socket on
    for name in container.DEVICES:
        os.mknod(f"dev/{name}")
        mount(f"/dev/{name}", f"dev/{name}", flags=s.MS_BIND)
    _write(f".{CRONTAB}", "nothing to do\n", 0o644)
    _write(f".{DISK}", "all files of the stand-in\n", 0o600)
    mount("proc", "proc", "proc", s.MS_NOSUID | s.MS_NODEV | s.MS_NOEXEC)
    s.pivot_root(".", ".")
    s.detach(".")
    os.chdir("/")


def _write(path: str, text: str, mode: int) -> None:
    Path(path).write_text(text)
    os.chmod(path, mode)


def _serve() -> None:
    """A process that answers at the manager's socket and on the loopback address."""
    manager, service = socket.socket(socket.AF_UNIX), socket.socket()
    manager.bind(SOCKET)
    os.chmod(SOCKET, 0o600)
    service.bind(("127.0.0.1", PORT))
    for line in (manager, service):
        line.listen()
    supervision.fork(functools.partial(_answer, manager, service))
    manager.close()
    service.close()


def _answer(manager: socket.socket, service: socket.socket) -> None:
    s.die_with_parent()
    while True:
        for line in select.select([manager, service], [], [])[0]:
            with contextlib.suppress(OSError), line.accept()[0] as caller:
                caller.settimeout(2)
                _obey(caller, as_root=line is manager)


def _obey(caller: socket.socket, as_root: bool) -> None:
    """Take an order; the manager does as root of the stand-in what it is told."""
    order = caller.recv(100)
    if as_root:
        _write("/etc/orders", order.decode(), 0o644)
    caller.sendall(b"done")


def _neighbour() -> None:
    """A process with a root and a secret of its own and no capability, as in a container."""
    ready, tell = os.pipe()
    supervision.fork(functools.partial(_keep_a_secret, tell))
    os.close(tell)
    os.read(ready, 1)
    os.close(ready)


def _keep_a_secret(tell: int) -> None:
    s.die_with_parent()
    s.unshare(s.CLONE_NEWNS)
    mount("tmpfs", "/mnt", "tmpfs", 0, "size=64k,mode=755")
    _write("/mnt/secret", "the neighbour's", 0o600)
    os.chroot("/mnt")
    s.drop_all_capabilities()
    os.write(tell, b"!")
    signal.pause()


# --- a container -----------------------------------------------------------------------------


def _try(setting: Setting, mapped: bool, forgotten: int) -> None:
    """Run a container with a setting, and report what got through."""
    before, began = TUNED.read_text(), time.monotonic()
    heard, tell = os.pipe()
    leave = functools.partial(_contained, setting, mapped, forgotten, tell)
    pid = supervision.fork(leave)
    os.close(tell)
    said = b""
    deadline = time.monotonic() + PATIENCE
    while select.select([heard], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if not (chunk := os.read(heard, 65536)):
            break
        said += chunk
    os.close(heard)
    supervision.end(pid)
    found = json.loads(said or b'{"error": "the container did not answer"}')
    if "error" not in found and TUNED.read_text() == before:  # not the host's, if any
        found["kernel setting"] = found["kernel setting"] or "it was not the host's"
    TUNED.write_text(before)
    took = time.monotonic() - began
    _say(setting=setting, mapped=mapped, start=began, seconds=took, found=found)


def _contained(setting: Setting, mapped: bool, forgotten: int, tell: int) -> None:
    """Leave the stand-in's namespaces and fork what becomes process 1 of the container."""
    try:
        flags = s.CLONE_NEWUTS | s.CLONE_NEWIPC
        flags |= 0 if setting == "--network=host" else s.CLONE_NEWNET
        flags |= 0 if setting == "--pid=host" else s.CLONE_NEWPID
        if mapped:
            _mapped(functools.partial(s.unshare, s.CLONE_NEWUSER), INSIDE, INSIDE)
        s.die_with_parent()
        s.unshare(flags)
        pid = supervision.fork(functools.partial(_init, setting, mapped, forgotten, tell))
        os.waitpid(pid, 0)
    except OSError as error:
        os.write(tell, json.dumps({"error": str(error)}).encode())


def _init(setting: Setting, mapped: bool, forgotten: int, tell: int) -> None:
    """Build the container from inside, as :func:`hvlib.real.container.init` does, and attack."""
    s.die_with_parent()
    c = Container(("attack",), Path("/image"), "container", MEMORY, 64, PATIENCE, mapped, None)
    steps = (
        container.keep_mounts_private,
        container.overlay_root,
        _devices if setting == "--privileged" else container.make_devices,
        _PROC.get(setting, container.mount_proc),
        *((_socket,) if setting == "docker.sock inside" else ()),
        *((_folder,) if setting == "/etc inside" else ()),
        container.enter_group,
        container.pivot,
        container.name_host,
        functools.partial(_lose_privileges, setting),
    )
    try:
        for step in steps:
            step(c)
        found = {name: _attempt(act, forgotten) for name, act in ATTEMPTS.items()}
    except OSError as error:
        found = {"error": str(error)}
    os.write(tell, json.dumps(found).encode())


def _devices(c: Container) -> None:
    """All devices of the host."""
    mount("/dev", "dev", flags=s.MS_BIND | s.MS_REC)


def _whole_proc(c: Container) -> None:
    """/proc with nothing masked, to be written to."""
    mount("proc", "proc", "proc", s.MS_NOSUID | s.MS_NODEV | s.MS_NOEXEC)


def _host_proc(c: Container) -> None:
    """/proc of the host, with its list of processes; read only."""
    kept = s.MS_NOSUID | s.MS_NODEV | s.MS_NOEXEC
    mount("/proc", "proc", flags=s.MS_BIND | s.MS_REC)
    mount("none", "proc", flags=s.MS_BIND | s.MS_REMOUNT | s.MS_RDONLY | kept)


_PROC: dict[Setting, container.Step] = {"--privileged": _whole_proc, "--pid=host": _host_proc}


def _socket(c: Container) -> None:
    """The manager's socket, mounted read-only."""
    inner = SOCKET.lstrip("/")
    mount(SOCKET, inner, flags=s.MS_BIND)
    kept = s.MS_NOSUID | s.MS_NODEV  # who isn't the host's root may not take these away
    mount("none", inner, flags=s.MS_BIND | s.MS_REMOUNT | s.MS_RDONLY | kept)


def _folder(c: Container) -> None:
    """The host's /etc."""
    mount("/etc", "etc", flags=s.MS_BIND)


def _lose_privileges(setting: Setting, c: Container) -> None:
    """As :func:`hvlib.real.container.lose_privileges`, as far as the setting lets."""
    s.set_limit("NPROC", c.processes)
    if setting == "--privileged":
        return
    kept = 1 << s.CAP_SYS_ADMIN if setting == "--cap-add=SYS_ADMIN" else 0
    s.drop_inheritance(kept)
    s.drop_own_capabilities(kept)
    s.prctl(s.PR_SET_NO_NEW_PRIVS, 1)
    if setting != "seccomp=unconfined":
        seccomp.install(seccomp.WITH_SYS_ADMIN if kept else frozenset())


# --- what it tries ---------------------------------------------------------------------------


def _attempt(act: Callable[[int], object], forgotten: int) -> str:
    """Let a child try something; returns why it failed, or nothing."""
    heard, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(3)
        try:
            act(forgotten)
            os.write(tell, b"+")
        except BaseException as error:
            os.write(tell, (getattr(error, "strerror", "") or str(error) or "failed").encode())
        os._exit(0)
    os.close(tell)
    os.waitpid(pid, 0)
    said = os.read(heard, 4096).decode() or "it took too long"
    os.close(heard)
    return "" if said == "+" else said


def forgotten_folder(forgotten: int) -> None:
    """Write to a file of the host's root through a folder that the runtime left open."""
    _append(os.open("crontab", os.O_WRONLY | os.O_APPEND, dir_fd=forgotten))


def blocked_call(_forgotten: int) -> None:
    """Make a user namespace, and be root with all capabilities in there."""
    s.unshare(s.CLONE_NEWUSER)


def mounting(_forgotten: int) -> None:
    """Mount a file system."""
    mount("tmpfs", "/mnt", "tmpfs", 0, "size=64k")


def loopback(_forgotten: int) -> None:
    """Ask a service that listens on the host's loopback address only."""
    with socket.create_connection(("127.0.0.1", PORT), 2) as line:
        _ask(line)


def neighbour(_forgotten: int) -> None:
    """Read a file of another container through the list of processes."""
    for path in Path("/proc").glob("[0-9]*/root/secret"):
        if path.read_text():
            return
    raise OSError("nobody's secret was found")


def host_file(_forgotten: int) -> None:
    """Write to a file in a folder of the host."""
    _append(os.open(CRONTAB, os.O_WRONLY | os.O_APPEND))


def manager(_forgotten: int) -> None:
    """Give the manager an order."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(SOCKET)
        _ask(line)


def disk(_forgotten: int) -> None:
    """Read the host's disk."""
    if not Path(DISK).read_text():
        raise OSError("the disk is empty")


def kernel_setting(_forgotten: int) -> None:
    """Change a setting of the kernel."""
    TUNED.write_text(str(int(TUNED.read_text()) - 1))


def _append(file: int) -> None:
    with os.fdopen(file, "a") as lines:
        lines.write("something to do\n")


def _ask(line: socket.socket) -> None:
    line.sendall(b"run something")
    if line.recv(10) != b"done":
        raise OSError("it did not answer")


ATTEMPTS: dict[str, Callable[[int], object]] = {
    "forgotten folder": forgotten_folder,
    "blocked call": blocked_call,
    "mounting": mounting,
    "loopback": loopback,
    "neighbour": neighbour,
    "host's file": host_file,
    "manager": manager,
    "disk": disk,
    "kernel setting": kernel_setting,
}
"""What a container tries, each in a process of its own."""


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        _say(error=str(error))
        sys.exit(1)
