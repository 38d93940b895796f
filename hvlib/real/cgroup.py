"""Control groups: how Linux limits what a set of processes uses, in both versions.

Version 2 has one tree, and a group in it can limit memory and processes at once. Version 1
has a tree for each controller, so a container is a folder in two of them. The files differ
in name only. Kernel documentation: admin-guide/cgroup-v2, admin-guide/cgroup-v1.
"""

import functools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX = "hvlib"
PERIOD = 100_000  # microseconds: the kernel's default for a limit on CPU time
_FILES = {
    1: ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"),
    2: ("memory.max", "memory.peak", "memory.events"),
}


@dataclass(frozen=True)
class Group:
    """One group: the folders that limit its memory, its processes and, if asked, its CPU time."""

    version: int
    memory: Path
    pids: Path
    cpu: Path | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are this group: one in version 2, two or three in version 1."""
        return tuple(dict.fromkeys(filter(None, (self.memory, self.pids, self.cpu))))

    def create(self, memory: int, processes: int, cpus: float | None = None) -> None:
        """Make the group, with at most so many bytes, processes and CPUs. Raises OSError."""
        for folder in self.folders:
            folder.mkdir()
        if self.cpu and cpus:
            self._limit_cpu(self.cpu, round(cpus * PERIOD))
        _write(self.memory / _FILES[self.version][0], str(memory))
        _write(self.pids / "pids.max", str(processes))
        # No way out through swap; in version 2 a group can also be killed as a whole.
        extra = {"memory.memsw.limit_in_bytes": memory, "memory.swap.max": 0, "memory.oom.group": 1}
        for name, value in extra.items():
            if (self.memory / name).exists():
                _write(self.memory / name, str(value))

    def _limit_cpu(self, folder: Path, quota: int) -> None:
        if self.version == 2:
            _write(folder / "cpu.max", f"{quota} {PERIOD}")
        else:
            _write(folder / "cpu.cfs_period_us", str(PERIOD))
            _write(folder / "cpu.cfs_quota_us", str(quota))

    def enter(self) -> None:
        """Move the calling process, which has one thread, into the group."""
        # In version 1, a thread that moves itself by "tasks" spares the kernel a global lock.
        door = {1: "tasks", 2: "cgroup.procs"}[self.version]
        for folder in self.folders:
            _write(folder / door, "0")

    def peak_memory(self) -> int | None:
        """The most bytes it ever held; None where the kernel does not say (before 5.19)."""
        try:
            return int((self.memory / _FILES[self.version][1]).read_text())
        except OSError:
            return None

    def memory_kills(self) -> int:
        """How many of its processes the kernel killed because memory ran out."""
        try:
            text = (self.memory / _FILES[self.version][2]).read_text()
        except FileNotFoundError:
            return 0  # it was never made
        return _numbers(text).get("oom_kill", 0)

    def cpu_waits(self) -> dict[str, float]:
        """Periods so far, those that ran out of quota, seconds of standing still; {} if unlimited.

        In version 2 also "pressure": seconds in which some process waited for a CPU (PSI).
        """
        if self.cpu is None:
            return {}
        try:
            told = _numbers((self.cpu / "cpu.stat").read_text())
        except OSError:
            return {}
        still = told.get("throttled_usec", 0) / 1e6 + told.get("throttled_time", 0) / 1e9
        waits = {"periods": told["nr_periods"], "throttled": told["nr_throttled"], "still": still}
        return waits | self._pressure(self.cpu)

    @staticmethod
    def _pressure(folder: Path) -> dict[str, float]:
        """Documentation/accounting/psi.rst: "some avg10=... total=<microseconds>"."""
        try:
            text = (folder / "cpu.pressure").read_text()
        except OSError:
            return {}
        totals = [line.rpartition("total=")[2] for line in text.splitlines() if "some" in line]
        return {"pressure": int(totals[0]) / 1e6} if totals else {}

    def remove(self) -> None:
        """Remove the group if it is there; waits up to a second for its last process to go."""
        for folder in self.folders:
            _remove(folder)


def _numbers(text: str) -> dict[str, int]:
    """The numbers of a file with a name and a number in each line."""
    return {name: int(number) for name, number in map(str.split, text.splitlines())}


def _write(path: Path, text: str) -> None:
    """Write to a file of a group without what Python's own files do besides (four more calls)."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _remove(folder: Path, patience: float = 1.0) -> None:
    deadline = time.monotonic() + patience
    while folder.exists():
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def name(what: str) -> str:
    """A name that no other process's group has: ours, our pid, its namespace, and ``what``."""
    return f"{PREFIX}-{os.getpid()}-{_pid_namespace()}-{what}"


def _pid_namespace() -> int:
    """Which numbering of processes our pid belongs to."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def place(name: str, proc: Path = Path("/proc/self"), cpu: bool = False) -> Group | None:
    """A group of this name that could be created here, or None where none is possible.

    cpu: whether it must be able to limit CPU time, too. proc: where to read what is mounted and
    which groups we are in. Version 2 if its tree has the controllers and a place where we may
    write, else version 1.
    """
    try:
        groups = (proc / "cgroup").read_text()
    except FileNotFoundError:
        return None
    wanted = ("memory", "pids", "cpu") if cpu else ("memory", "pids")
    found = _parents(proc, groups, os.geteuid(), wanted)
    if found is None:
        return None
    version, parents = found
    return Group(version, *(parent / name for parent in parents))


@functools.cache
def _parents(
    proc: Path, groups: str, _user: int, wanted: tuple[str, ...]
) -> tuple[int, list[Path]] | None:
    """Version, and for each controller the folder below which we may make a group.

    Remembered for where and who we are.
    """
    mounts, own = _mounts(proc), _own(groups)
    for folder in _upwards(mounts.get("cgroup2"), own.get("")):
        if _may_write(folder) and set(wanted) <= _handed_down(folder):
            return 2, [folder] * len(wanted)
    places = [_upwards(mounts.get(controller), own.get(controller)) for controller in wanted]
    found = [next((f for f in folders if _may_write(f)), None) for folders in places]
    parents = [folder for folder in found if folder]
    return (1, parents) if len(parents) == len(wanted) else None


def _mounts(proc: Path) -> dict[str, Path]:
    """Where the trees are: by controller for version 1, as "cgroup2" for version 2."""
    places: dict[str, Path] = {}
    for line in (proc / "mounts").read_text().splitlines():
        _source, folder, kind, options = line.split()[:4]
        keys = options.split(",") if kind == "cgroup" else [kind]
        places |= {key: Path(folder) for key in keys if kind in ("cgroup", "cgroup2")}
    return places


def _own(text: str) -> dict[str, str]:
    """Our own group in each tree: by controller, "" for version 2."""
    groups: dict[str, str] = {}
    for line in text.splitlines():
        _number, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _upwards(tree: Path | None, own: str | None) -> Iterator[Path]:
    """Our own group's folder and all above it up to the tree's root, nearest first."""
    if tree is None:
        return
    folder = tree / (own or "/").lstrip("/")
    while folder != tree and tree in folder.parents:
        yield folder
        folder = folder.parent
    yield tree


def _may_write(folder: Path) -> bool:
    """Whether we may make a group here and move ourselves into it."""
    return os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _handed_down(folder: Path) -> set[str]:
    """The controllers that groups below this one can use (version 2)."""
    try:
        return set((folder / "cgroup.subtree_control").read_text().split())
    except OSError:
        return set()


def sweep(group: Group | None) -> None:
    """Remove empty groups beside ``group`` whose makers were killed before they could.

    Only our own are ours to judge: another user's processes may be hidden from us, and in
    another pid namespace the same number is another process.
    """
    for folder in group.folders if group else ():
        for other in folder.parent.glob(f"{PREFIX}-*-{_pid_namespace()}-*"):
            if not _is_ours(other) or Path("/proc", other.name.split("-")[1]).exists():
                continue
            _remove_quietly(other)


def _is_ours(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _remove_quietly(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # still in use, or somebody else's: not ours to insist
