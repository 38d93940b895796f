"""Checks of the lab "Build a container": ``check(5, private_mounts=private_mounts)``.

Every check runs the reader's function in a sandbox (:mod:`hvlib.labs.sandbox`) and looks at
the state that the kernel reports afterwards: namespaces, mounts, ids, limits.
"""

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hvlib.labs import sandbox
from hvlib.labs.sandbox import (
    detach,
    drop_all_capabilities,
    fork,
    mount,
    pivot_root,
    prctl,
    sethostname,
    unshare,
)
from hvlib.labs.verdict import CannotError, Verdict, judge, require
from hvlib.real import cgroup, container, rootfs, seccomp, syscalls
from hvlib.real.syscalls import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    PR_SET_NO_NEW_PRIVS,
)
from hvlib.words import _

# What the lab's first cell gives the reader.
__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "DEVICES",
    "LIMIT_FILE",
    "MS_BIND",
    "MS_NODEV",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_RDONLY",
    "MS_REC",
    "PR_SET_NO_NEW_PRIVS",
    "check",
    "detach",
    "drop_all_capabilities",
    "fork",
    "install_filter",
    "mount",
    "pivot_root",
    "prctl",
    "sethostname",
    "unshare",
]

MIB = 1 << 20
DEVICES = container.DEVICES
LIMIT_FILE = {1: "memory.limit_in_bytes", 2: "memory.max"}
MEMORY, PROCESSES = 32 * MIB, 8  # the limits that step 9 is tried with
HOG, CROWD = 96 * MIB, 12  # what it tries to take nevertheless
MS_SHARED = 1 << 20
SCRATCH, IMAGE = "/mnt", "/tmp/image"

install_filter = sandbox.guarded(seccomp.install)


def check(step: int, **parts: Any) -> Verdict:
    """Check one step's function in a sandbox. Never raises."""
    if step == 9:
        return judge(step, lambda: _limit(**parts))
    if step == 11:
        return judge(step, lambda: _container(**parts))
    return judge(step, lambda: sandbox.inside(lambda: STEPS[step](**parts)))


def _namespace(kind: str) -> str:
    """The name of this process's namespace of a kind, such as "uts:[4026531838]"."""
    return os.readlink(f"/proc/self/ns/{kind}")


def _mounted() -> list[str]:
    """Where something is mounted, as this process sees it."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4] for line in lines]


# --- the process and its namespaces --------------------------------------------------------


def _start(start: Any) -> str:
    me, (near, far) = os.getpid(), os.pipe()
    status = start(lambda: os.write(far, f"{os.getpid()} {os.getppid()}".encode()))
    if os.getpid() != me:
        os._exit(99)  # the child came back
    os.close(far)
    said = os.read(near, 100).split()
    require(said, _("The work was not done. Fork, and let the child call work()."))
    text = _("The work was done by process {pid} itself; it should be done by a child.")
    require(int(said[0]) != me and int(said[1]) == me, text.format(pid=me))
    require(status != 99, _("The child came back from start(). It has to end with os._exit()."))
    text = _("start() should wait and return the child's exit status, 0; it returned {got!r}.")
    require(status == 0, text.format(got=status))
    got = start(lambda: os._exit(7))
    require(got == 7, _("A child that ended with 7 should give 7, not {got!r}.").format(got=got))
    return _("A child does the work and ends, and its parent learns how.")


def _separate(separate: Any) -> str:
    kinds = ("uts", "ipc", "net")
    before = {kind: _namespace(kind) for kind in kinds}
    separate("lab")
    same = [kind for kind in kinds if _namespace(kind) == before[kind]]
    text = _("Still in the old namespace: {kinds}.")
    require(not same, text.format(kinds=", ".join(same)))
    name = os.uname().nodename
    require(name == "lab", _("The host name should be 'lab', but is {name!r}.").format(name=name))
    return _("This process has a host name, a network and message queues of its own.")


def _become_root(become_root: Any) -> str:
    before = _namespace("user")
    if os.getuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] != "1":
        syscalls.become_nobody()  # so that it is an ordinary user who becomes root
    uid, gid = os.getuid(), os.getgid()
    become_root()
    require(_namespace("user") != before, _("Still in the old user namespace."))
    for name, number in (("uid_map", uid), ("gid_map", gid)):
        found = Path(f"/proc/self/{name}").read_text().split()
        text = _("{name} should say '0 {number} 1', but says {found!r}.")
        said = " ".join(found)
        require(found == ["0", str(number), "1"], text.format(name=name, number=number, found=said))
    require(os.getuid() == os.getgid() == 0, _("User and group should be 0 inside."))
    return _("Root inside, and the user you were outside.")


def _start_first(start_first: Any) -> str:
    me, (near, far) = os.getpid(), os.pipe()
    before = _namespace("pid")
    result: list[Any] = []

    def work() -> None:
        os.write(far, f"{os.getpid()} {_namespace('pid')}".encode())

    def attempt() -> None:
        result.append(start_first(work))
        if os.getpid() != me:
            os._exit(99)

    attempt()
    os.close(far)
    said = os.read(near, 200).decode().split()
    require(said, _("The work was not done. Does start() of step 1 work?"))
    text = _("The work was done by process number {pid}; it should be number 1.")
    require(said[0] == "1" and said[1] != before, text.format(pid=said[0]))
    text = _("It should return how the work ended, 0, not {got!r}.")
    require(result == [0], text.format(got=result[0]))
    return _("The work is done by process 1 of a world of its own.")


# --- mounts --------------------------------------------------------------------------------


def _private_mounts(private_mounts: Any) -> str:
    syscalls.mount("none", "/", flags=MS_REC | MS_SHARED)  # as systemd has it
    before, outside = _namespace("mnt"), _mounted()

    def work() -> list[Any]:
        private_mounts()
        syscalls.mount("tmpfs", SCRATCH, "tmpfs")
        return [_namespace("mnt"), SCRATCH in _mounted()]

    (namespace, mounted), _status = sandbox.in_child(work)
    require(namespace != before, _("Still in the old mount namespace."))
    text = _("A mount made inside appeared outside: mounts are still shared between the two.")
    require(mounted and _mounted() == outside, text)
    return _("What is mounted inside stays inside.")


def _prepare_image() -> None:
    """A small image in memory, at IMAGE, that only this sandbox sees."""
    syscalls.mount("tmpfs", "/tmp", "tmpfs")
    for folder in ("etc", "proc", "dev"):
        Path(IMAGE, folder).mkdir(parents=True)
    Path(IMAGE, "etc/release").write_text("a small image\n")


def _overlay_root(overlay_root: Any) -> str:
    _prepare_image()
    root = overlay_root(IMAGE, SCRATCH)
    require(isinstance(root, str | Path), _("overlay_root() should return the path of the root."))
    release = Path(root, "etc/release")
    text = _("The image's files should be seen at {root}; there is no etc/release.")
    require(release.exists(), text.format(root=root))
    release.write_text("changed\n")
    Path(root, "new").write_text("new\n")
    text = _("A change in the container's root changed the image.")
    unchanged = Path(IMAGE, "etc/release").read_text() == "a small image\n"
    require(unchanged and not Path(IMAGE, "new").exists(), text)
    text = _("The root should be a mount of its own; nothing is mounted at {root}.")
    require(os.path.realpath(root) in _mounted(), text.format(root=root))
    return _("The image is seen, changes are possible, and the image stays as it was.")


def _proc_and_devices(proc_and_devices: Any) -> str:
    _prepare_image()
    proc_and_devices(IMAGE)
    proc, dev = Path(IMAGE, "proc"), Path(IMAGE, "dev")
    require((proc / "self").exists(), _("There is no /proc: nothing useful is mounted there."))
    text = _("This /proc shows the host's processes, not the container's.")
    require(os.readlink(proc / "self") == str(os.getpid()), text)
    text = _("/proc should be mounted read only: much of it steers the host.")
    require(os.statvfs(proc).f_flag & os.ST_RDONLY, text)
    for name in DEVICES:
        real, there = Path("/dev", name), dev / name
        text = _("/dev/{name} should be the same device as the host's.")
        same = there.exists() and there.stat().st_rdev == real.stat().st_rdev
        require(same and stat.S_ISCHR(there.stat().st_mode), text.format(name=name))
    more = sorted({path.name for path in dev.iterdir()} - set(DEVICES))
    text = _("Only harmless devices belong there; there are also {names}.")
    require(not more, text.format(names=", ".join(more[:5])))
    return _("Its own processes in /proc, and {n} harmless devices in /dev.").format(n=len(DEVICES))


def _change_root(change_root: Any) -> str:
    _prepare_image()
    root = "/tmp/root"
    os.mkdir(root)
    syscalls.mount("tmpfs", root, "tmpfs")
    for folder in ("proc", "only-here"):
        os.mkdir(f"{root}/{folder}")
    syscalls.mount("proc", f"{root}/proc", "proc")
    change_root(root)
    inside = sorted(os.listdir("/"))
    text = _("The root folder should hold only-here and proc, but holds {names} ...")
    require(inside == ["only-here", "proc"], text.format(names=", ".join(inside[:4])))
    require(os.getcwd() == "/", _("The working directory should be the new root, /."))
    text = _("The host's file systems are still mounted: {n} mounts instead of 2.")
    require(len(_mounted()) == 2, text.format(n=len(_mounted())))
    require(_above() == inside, _("A process can climb out of this root, as out of any chroot."))
    return _("There is no way back: the host's files are not mounted here at all.")


def _above() -> list[str]:
    """What root finds by the oldest way out of a chroot."""
    os.chroot("only-here")
    for _step in range(64):
        os.chdir("..")
    return sorted(os.listdir("."))


# --- limits and privileges -----------------------------------------------------------------


def _limit(limit: Any) -> str:
    if reason := sandbox.why_not():
        raise CannotError(_("This step needs Linux with containers. {why}").format(why=reason))
    group = cgroup.place(f"{cgroup.PREFIX}-{os.getpid()}-lab")
    if group is None:
        raise CannotError(_("This user may not make control groups here, so nothing is limited."))
    try:
        return sandbox.inside(lambda: _limited(limit, group))
    finally:
        group.remove()


def _limited(limit: Any, group: cgroup.Group) -> str:
    near, far = os.pipe()

    def work() -> None:
        limit(group, MEMORY, PROCESSES)
        require_folders(group)
        _no_swap(group)
        os.write(far, str(_crowd()).encode())
        bytearray(b"x") * HOG

    _nothing, status = sandbox.in_child(work)
    os.close(far)
    started = int(os.read(near, 100) or b"0")
    text = _("A process took {hog} MiB although {memory} MiB are allowed. Is it in the group?")
    killed = status == -signal.SIGKILL
    require(killed, text.format(hog=HOG // MIB, memory=MEMORY // MIB))
    text = _("It could start {n} processes; with a limit of {limit} it should be a few less.")
    require(0 < started < PROCESSES, text.format(n=started, limit=PROCESSES))
    return _(
        "The kernel killed a hog at {memory} MiB, and refused more than {n} processes."
    ).format(memory=MEMORY // MIB, n=PROCESSES)


def require_folders(group: cgroup.Group) -> None:
    """Raise MissingError unless the group has been made."""
    require(all(folder.exists() for folder in group.folders), _("The group was not made."))


def _no_swap(group: cgroup.Group) -> None:
    """No way out through swap."""
    for name, value in {"memory.memsw.limit_in_bytes": MEMORY, "memory.swap.max": 0}.items():
        if (group.memory / name).exists():
            (group.memory / name).write_text(str(value))


def _crowd() -> int:
    """How many more processes could be started; all of them have ended when it returns."""
    children: list[int] = []
    try:
        for _number in range(CROWD):
            child = os.fork()
            if child == 0:
                syscalls.die_with_parent()
                signal.pause()
                os._exit(0)
            children.append(child)
    except OSError:
        return len(children)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return len(children)


def _lose_privileges(lose_privileges: Any) -> str:
    lose_privileges()
    lines = Path("/proc/self/status").read_text().splitlines()
    status = {name: value.strip() for name, _colon, value in (li.partition(":") for li in lines)}
    left = [name for name in ("CapEff", "CapPrm", "CapBnd") if int(status[name], 16)]
    require(not left, _("Capabilities are left in: {names}.").format(names=", ".join(left)))
    text = _("A set-uid program could still bring privileges back: set PR_SET_NO_NEW_PRIVS to 1.")
    require(status["NoNewPrivs"] == "1", text)
    require(status["Seccomp"] == "2", _("There is no filter on system calls yet."))
    try:
        syscalls.mount("tmpfs", "/tmp", "tmpfs")
    except PermissionError:
        return _("No capability is left, none can come back, and a mount is refused.")
    raise AssertionError(_("this process could still mount"))


# --- the whole -----------------------------------------------------------------------------

SCRIPT = "hostname; id -u; echo $$; ls /; ls /dev; grep Cap /proc/self/status; ls -d /proc/[0-9]*"
SCRIPT += "; echo new > /new; cat /new; mount -t tmpfs none /tmp; echo $?"


def _container(container: Any) -> str:
    from hvlib.real.container import run

    if reason := sandbox.why_not():
        raise CannotError(_("This step needs Linux with containers. {why}").format(why=reason))
    group = cgroup.place(f"{cgroup.PREFIX}-{os.getpid()}-lab")
    image = str(rootfs.image())
    theirs = run(["sh", "-c", SCRIPT], hostname="lab").summary["output"]
    try:
        return sandbox.inside(lambda: _ours(container, image, group, theirs))
    finally:
        if group:
            group.remove()


def _ours(container: Any, image: str, group: cgroup.Group | None, theirs: str) -> str:
    """Run the same script in the reader's container and compare what it printed."""
    near, far = os.pipe()

    def work() -> Any:
        for number in (1, 2):
            os.dup2(far, number)
        return container(["sh", "-c", SCRIPT], image, "lab", group)

    status, _ended = sandbox.in_child(work)
    os.close(far)
    with os.fdopen(near, "r") as pipe:
        ours = pipe.read()
    require(ours, _("The command printed nothing. Are all steps before this one done?"))
    pairs = zip(ours.splitlines(), theirs.splitlines(), strict=False)
    different = [f"{our!r} / {their!r}" for our, their in pairs if our != their]
    text = _("Yours and hvlib's printed different lines: {lines}.")
    require(not different and len(ours) == len(theirs), text.format(lines="; ".join(different[:3])))
    text = _("container() should return the command's exit status, 0, not {got!r}.")
    require(status == 0, text.format(got=status))
    return _("Your container and hvlib's print the same {n} lines.").format(
        n=len(ours.splitlines())
    )


STEPS: dict[int, Callable[..., str]] = {
    1: _start,
    2: _separate,
    3: _become_root,
    4: _start_first,
    5: _private_mounts,
    6: _overlay_root,
    7: _proc_and_devices,
    8: _change_root,
    10: _lose_privileges,
}
