"""Control groups of both versions, against trees made of plain files."""

import os
import sys
from pathlib import Path

import pytest

from hvlib.real import cgroup

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has control groups")


class Fake:
    """A /proc/self that tells of a tree under a temporary folder."""

    def __init__(
        self,
        root: Path,
        version: int,
        own: str = "/",
        names: tuple[str, ...] = ("memory", "pids"),
    ) -> None:
        self.proc, self.tree = root / "proc", root / "tree"
        self.proc.mkdir()
        if version == 2:
            (self.proc / "mounts").write_text(f"cgroup2 {self.tree} cgroup2 rw 0 0\n")
            (self.proc / "cgroup").write_text(f"0::{own}\n")
            self.trees = (self.tree,)
        else:
            mounts = [f"cgroup {self.tree}/{n} cgroup rw,{n} 0 0\n" for n in names]
            (self.proc / "mounts").write_text("".join(mounts))
            groups = [f"{i}:{n}:{own}\n" for i, n in enumerate(names)]
            (self.proc / "cgroup").write_text("".join(groups))
            self.trees = tuple(self.tree / n for n in names)
        for tree in self.trees:
            self.add(tree, " ".join(names) if version == 2 else "")

    def add(self, folder: Path, handed_down: str) -> Path:
        folder.mkdir(parents=True)
        (folder / "cgroup.procs").touch()
        (folder / "cgroup.subtree_control").write_text(handed_down)
        return folder


def test_version_2_writes_its_limits(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 2)
    group = cgroup.place("hvlib-1-0", fake.proc)
    assert group == cgroup.Group(2, fake.tree / "hvlib-1-0", fake.tree / "hvlib-1-0")
    group.create(memory=1000, processes=5)
    (group.memory / "cgroup.procs").touch()
    group.enter()
    written = {path.name: path.read_text() for path in group.memory.iterdir()}
    assert written == {"memory.max": "1000", "pids.max": "5", "cgroup.procs": "0"}


WITH_CPU = ("memory", "pids", "cpu")


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (2, {"cpu.max": "50000 100000"}),
        (1, {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}),
    ],
)
def test_half_a_cpu_is_half_of_each_period(
    tmp_path: Path, version: int, files: dict[str, str]
) -> None:
    group = cgroup.place("hvlib-1-0", Fake(tmp_path, version, names=WITH_CPU).proc, cpu=True)
    assert group
    assert group.cpu
    group.create(memory=1000, processes=5, cpus=0.5)
    written = {p.name: p.read_text() for p in group.cpu.iterdir() if p.name.startswith("cpu.")}
    assert written == files


def test_a_place_that_can_not_limit_cpu_time_is_none_to_limit_it(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 2)
    assert cgroup.place("hvlib-1-0", fake.proc)
    assert cgroup.place("hvlib-1-0", fake.proc, cpu=True) is None


def test_both_versions_tell_how_long_a_group_stood_still(tmp_path: Path) -> None:
    for version, told in ((1, "throttled_time 2000000000"), (2, "throttled_usec 2000000")):
        root = tmp_path / str(version)
        root.mkdir()
        group = cgroup.place("hvlib-1-0", Fake(root, version, names=WITH_CPU).proc, cpu=True)
        assert group
        assert group.cpu
        group.create(1000, 5, 1)
        (group.cpu / "cpu.stat").write_text(f"nr_periods 9\nnr_throttled 4\n{told}\n")
        assert group.cpu_waits() == {"periods": 9, "throttled": 4, "still": 2.0}


def test_pressure_is_told_where_the_kernel_tells_it(tmp_path: Path) -> None:
    group = cgroup.place("hvlib-1-0", Fake(tmp_path, 2, names=WITH_CPU).proc, cpu=True)
    assert group
    assert group.cpu
    group.create(1000, 5, 1)
    (group.cpu / "cpu.stat").write_text("nr_periods 9\nnr_throttled 4\nthrottled_usec 0\n")
    lines = "some avg10=1.00 avg60=0.10 avg300=0.00 total=1500000\nfull avg10=0.00 total=7\n"
    (group.cpu / "cpu.pressure").write_text(lines)
    assert group.cpu_waits()["pressure"] == 1.5


def test_version_2_shuts_the_way_through_swap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = cgroup.place("hvlib-1-0", Fake(tmp_path, 2).proc)
    assert group
    make = Path.mkdir

    def as_the_kernel_does(folder: Path) -> None:
        make(folder)
        for name in ("memory.swap.max", "memory.oom.group"):
            (folder / name).touch()

    monkeypatch.setattr(Path, "mkdir", as_the_kernel_does)
    group.create(memory=1000, processes=5)
    assert (group.memory / "memory.swap.max").read_text() == "0"
    assert (group.memory / "memory.oom.group").read_text() == "1"


def test_version_2_reads_what_happened(tmp_path: Path) -> None:
    group = cgroup.place("hvlib-1-0", Fake(tmp_path, 2).proc)
    assert group
    group.create(1000, 5)
    assert group.peak_memory() is None, "kernels before 5.19 have no memory.peak"
    (group.memory / "memory.peak").write_text("777\n")
    (group.memory / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n")
    assert (group.peak_memory(), group.memory_kills()) == (777, 1)


def test_version_2_goes_up_to_where_the_controllers_are(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 2, own="/user.slice/session.scope")
    fake.add(fake.tree / "user.slice/session.scope", "")
    (fake.tree / "user.slice/cgroup.procs").touch()
    (fake.tree / "user.slice/cgroup.subtree_control").write_text("cpu memory pids")
    group = cgroup.place("x", fake.proc)
    assert group
    assert group.memory == fake.tree / "user.slice/x"


def test_version_2_without_a_memory_controller_is_of_no_use(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 2)
    (fake.tree / "cgroup.subtree_control").write_text("cpu pids")
    assert cgroup.place("x", fake.proc) is None


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write all")
def test_what_we_may_not_write_is_of_no_use(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 2)
    fake.tree.chmod(0o555)
    assert cgroup.place("x", fake.proc) is None


def test_version_1_has_a_folder_in_two_trees(tmp_path: Path) -> None:
    fake = Fake(tmp_path, 1)
    group = cgroup.place("hvlib-1-0", fake.proc)
    assert group
    assert group.version == 1
    group.create(1000, 5)
    assert (fake.tree / "memory/hvlib-1-0/memory.limit_in_bytes").read_text() == "1000"
    assert (fake.tree / "pids/hvlib-1-0/pids.max").read_text() == "5"
    text = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
    (group.memory / "memory.oom_control").write_text(text)
    assert group.memory_kills() == 3


def test_no_control_groups_at_all(tmp_path: Path) -> None:
    assert cgroup.place("x", tmp_path) is None


def test_removing_twice_or_before_it_exists_is_no_error(tmp_path: Path) -> None:
    group = cgroup.Group(2, tmp_path / "g", tmp_path / "g")
    group.remove()
    (tmp_path / "g").mkdir()
    group.remove()
    group.remove()
    assert not (tmp_path / "g").exists()


def test_the_sweep_takes_only_what_the_dead_left(tmp_path: Path) -> None:
    ours = cgroup.name("0")
    dead = ours.replace(f"-{os.getpid()}-", "-99999999-")
    elsewhere = "hvlib-99999999-1-0"  # of another pid namespace, where it may well live
    names = (ours, dead, elsewhere, "other-99999999-0")
    for name in names:
        (tmp_path / name).mkdir()
    cgroup.sweep(cgroup.Group(2, tmp_path / "x", tmp_path / "x"))
    assert {p.name for p in tmp_path.iterdir()} == {*names} - {dead}


def test_the_sweep_leaves_other_users_groups_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = cgroup.name("0").replace(f"-{os.getpid()}-", "-99999999-")
    (tmp_path / dead).mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    cgroup.sweep(cgroup.Group(2, tmp_path / "x", tmp_path / "x"))
    assert (tmp_path / dead).exists()
