"""A container starts, is limited, keeps inside what it is inside, and leaves nothing behind."""

import functools
import json
import mmap
import os
import pickle
import platform
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real.traces import gone, traces_on_host

from hvlib.real import cgroup, container, container_engine, rootfs, supervision, syscalls
from hvlib.real.container import ContainerError, run

NOBODY = 65534
MIB = container.MIB
CAN, WHY = container.available() if rootfs.find_busybox() else (False, "no static busybox")
needs_containers = pytest.mark.skipif(not CAN, reason=f"no containers here: {WHY}")
as_root = pytest.mark.skipif(
    not CAN or os.getuid() != 0, reason=f"needs root and containers: {WHY or 'not root'}"
)
pytestmark = [pytest.mark.real, pytest.mark.slow]


SUPERVISORS: list[int] = []


def fork_here(c: container.Container, control: int, report: int, output: int) -> None:
    """Launch without the engine, so that a test's changes to the module count."""
    request = (pickle.dumps(c), (control, report, output))
    work = functools.partial(container_engine.stand_by, c.user_namespace, lambda: request)
    SUPERVISORS.append(supervision.fork(work))


def bury() -> None:
    """Reap the supervisors that fork_here has started; they must have ended or be about to."""
    while SUPERVISORS:
        pid = SUPERVISORS.pop()
        assert gone(pid), "the supervisor is still there"
        os.waitpid(pid, 0)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system that every user may read."""
    store = Path("/tmp") / f"hvlib-test-{os.getpid()}"
    return rootfs.image(store)


@pytest.fixture(scope="session", autouse=True)
def no_image_left() -> Iterator[None]:
    yield
    shutil.rmtree(Path("/tmp") / f"hvlib-test-{os.getpid()}", ignore_errors=True)


# ---- What it is ----


@needs_containers
def test_it_has_its_own_name_pids_and_files_but_the_hosts_kernel(image: Path) -> None:
    script = "hostname; echo $$; ls / | tr '\\n' ' '; echo; uname -r; id -u"
    lines = run(["sh", "-c", script], image=image, hostname="box").summary["output"].splitlines()
    assert lines[:2] == ["box", "1"]
    assert lines[2].split() == sorted(rootfs.FOLDERS)
    assert lines[3:] == [platform.release(), "0"], "a container must show the host's kernel"


@needs_containers
def test_the_trace_tells_the_steps_in_order_and_then_the_command(image: Path) -> None:
    trace = run(["echo", "hi"], image=image)
    names = [event.detail["name"] for event in trace.of_kind("step")]
    assert sorted(names) == sorted(STEPS[1:])
    assert [n for n in names if n != "limit"] == STEPS[2:], "only limits are set meanwhile"
    assert names.index("limit") < names.index("enter_group")
    assert [e.kind for e in trace][-3:] == ["exec", "console", "exit"]
    assert trace.summary["output"] == "hi\n"
    assert 0 < trace.summary["start_time"] < trace.summary["run_time"] < 10


@needs_containers
def test_a_containers_writes_stay_in_its_own_layer(image: Path) -> None:
    run(["sh", "-c", "echo changed > /etc/passwd; rm /bin/vi"], image=image)
    assert run(["cat", "/etc/passwd"], image=image).summary["output"] == rootfs.FILES["etc/passwd"]
    assert (image / "bin/vi").is_symlink()


@needs_containers
@pytest.mark.parametrize(("script", "status"), [("exit 3", 3), ("kill -9 $$; exit 4", 4)])
def test_the_exit_status_is_the_commands(image: Path, script: str, status: int) -> None:
    assert run(["sh", "-c", script], image=image).summary["exit_status"] == status


@needs_containers
def test_a_missing_command_is_an_error_that_names_it(image: Path) -> None:
    with pytest.raises(ContainerError, match=r"become_the_command.*No such file"):
        run(["no-such-program"], image=image)


@needs_containers
@pytest.mark.parametrize("nonsense", [{"memory": 0}, {"processes": -1}, {"seconds": 0}])
def test_limits_that_make_no_sense_are_refused(image: Path, nonsense: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="limits above 0"):
        run(["true"], image=image, **nonsense)


@needs_containers
def test_output_without_end_is_cut(image: Path) -> None:
    trace = run(["yes"], image=image, seconds=0.2)
    assert len(trace.summary["output"]) <= supervision.OUTPUT_LIMIT
    assert trace.summary["stopped_by"] == "time"


# ---- As root, in a user namespace, and as an ordinary user ----


def as_nobody(image: Path, script: str, **limits: float) -> dict[str, object]:
    """The summary of a container that an ordinary user started, or {"error": ...}."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir("/")
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # else /proc/self is still root's
            container.launch = fork_here
            answer = dict(run(["sh", "-c", script], image=image, **limits).summary)
        except BaseException as error:
            answer = {"error": repr(error)}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return dict(json.loads(text))


@as_root
def test_an_ordinary_user_is_root_inside_and_can_do_no_more_outside(image: Path) -> None:
    summary = as_nobody(image, "id -u; hostname; echo $$; cat /proc/self/uid_map")
    assert summary.get("error") is None
    uid, name, pid, mapping = str(summary["output"]).splitlines()
    assert (uid, name, pid) == ("0", "container", "1")
    assert mapping.split() == ["0", str(NOBODY), "1"]


@as_root
def test_root_may_ask_for_a_user_namespace(image: Path) -> None:
    trace = run(["cat", "/proc/self/uid_map"], image=image, user_namespace=True)
    assert trace.summary["output"].split() == ["0", "0", "1"]


# ---- Limits ----

HOG = "a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done"
FORKS = "f() { sleep 9 & }; i=0; while [ $i -lt 100 ]; do f; i=$((i+1)); done"


@needs_containers
@pytest.mark.skipif(cgroup.place("x") is None, reason="no control group can be made here")
@pytest.mark.parametrize("hog", [HOG, "dd if=/dev/zero of=/big bs=1M count=200"])
def test_a_memory_hog_dies_and_only_it(image: Path, hog: str) -> None:
    trace = run(["sh", "-c", f"exec sh -c '{hog}'"], image=image, memory=32 * MIB)
    assert trace.summary["memory_kills"] >= 1 or "No space" in trace.summary["output"]
    assert trace.summary["exit_status"] != 0
    assert trace.summary["peak_memory"] is None or trace.summary["peak_memory"] <= 32 * MIB


@as_root
@pytest.mark.parametrize("hog", [HOG, "dd if=/dev/zero of=/big bs=1M count=200"])
def test_an_ordinary_users_memory_hog_fails(image: Path, hog: str) -> None:
    summary = as_nobody(image, hog, memory=32 * MIB)
    assert "error" not in summary
    assert summary["exit_status"] != 0


@needs_containers
def test_no_more_processes_than_allowed(image: Path) -> None:
    trace = run(["sh", "-c", FORKS], image=image, processes=8)
    assert "can't fork" in trace.summary["output"]


@as_root
def test_no_more_processes_than_allowed_for_an_ordinary_user(image: Path) -> None:
    assert "can't fork" in str(as_nobody(image, FORKS, processes=8)["output"])


@needs_containers
def test_time_ends_the_container_with_all_its_processes(image: Path) -> None:
    before = traces_on_host()
    trace = run(["sh", "-c", "sleep 50 & sleep 50 & wait"], image=image, seconds=0.3)
    assert trace.summary["stopped_by"] == "time"
    assert trace.summary["run_time"] < 3
    assert traces_on_host() == before


# ---- Keeping inside ----

SECRET = "hvlib-secret-of-the-host"
ESCAPES = {
    "an absolute path": "cat {secret}",
    "dots": "cat /../../../../../../..{secret}",
    "through /proc": "cat /proc/1/root{secret} /proc/1/cwd{secret}; test -d /proc/{pid}",
    "a second chroot": "mkdir /a; chroot /a true",
    "a device node": "mknod /disk b 254 0 && cat /disk",
    "a mount": "mount -t tmpfs none /tmp",
    "mounting /proc again": "mount -t proc proc /tmp",
    "unmounting": "umount /proc",
    "a new user namespace": "unshare -U -r true",
    "another process's namespaces": "nsenter -t 1 -m true",
    "the host's name": "hostname other",
    "the host's settings": "echo 1 > /proc/sys/kernel/panic",
    "sysrq": "echo h > /proc/sysrq-trigger && false; test -s /proc/sysrq-trigger",
    "its own limits": "mkdir /tmp/c; mount -t cgroup none /tmp/c",
    "a signal to the host": "kill -0 {pid}",
    "more files": "ulimit -c 1000",
    "the kernel's log": "dmesg",
    "another owner": "touch /x; chown 1 /x",
    "the clock": "date -s 2001-01-01; test $(date +%Y) = 2001",
    "a network interface": "ip link add dummy0 type dummy",
    "more priority": "nice -n -5 true 2>&1 | grep -q . ; renice -n -5 -p 1",
    "the supervisor's files": "ls /proc/self/fd | grep -vx '[0-3]'",
}


@needs_containers
@pytest.mark.parametrize("way", ESCAPES)
@pytest.mark.parametrize("who", ["root", "nobody"])
def test_no_way_out(image: Path, who: str, way: str) -> None:
    if who == "nobody" and os.getuid() != 0:
        pytest.skip("already an ordinary user")
    secret = Path("/tmp") / f"hvlib-secret-{os.getpid()}"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    try:
        script = ESCAPES[way].format(secret=secret, pid=os.getpid())
        if who == "nobody":
            summary = as_nobody(image, script)
        else:
            summary = dict(run(["sh", "-c", script], image=image).summary)
    finally:
        secret.unlink()
    assert "error" not in summary, summary
    assert SECRET not in str(summary["output"]), f"{way}: read a file of the host"
    assert summary["exit_status"] != 0, f"{way}: worked, and said {summary['output']!r}"


@needs_containers
def test_it_has_no_capabilities_and_can_gain_none(image: Path) -> None:
    lines = run(["cat", "/proc/self/status"], image=image).summary["output"].splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


# ---- Nothing left behind ----

BEFORE = container.leave_namespaces.__name__
PARTS = ("OUTSIDE", "MOUNTS", "INSIDE")
STEPS = [BEFORE, *(step.__name__ for part in PARTS for step in getattr(container, part))]


def fail(_c: object) -> None:
    raise OSError("injected")


def die(_c: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)  # process 1 can't be killed from inside


REACHED = mmap.mmap(-1, 1)
"""Shared with whoever is forked; 1 once a slow step has been reached."""


def slow(seconds: float) -> Callable[[object], None]:
    """A step that says that it was reached, and then takes so long."""
    REACHED[0] = 0

    def wait(_c: object) -> None:
        REACHED[0] = 1
        time.sleep(seconds)

    return wait


def at_the_slow_step(act: Callable[[], None]) -> threading.Thread:
    """A thread that does something once a container has reached its slow step."""

    def watch() -> None:
        while not REACHED[0]:
            time.sleep(0.005)
        time.sleep(0.02)  # the test waits for an answer by now
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def inject(monkeypatch: pytest.MonkeyPatch, after: str, fault: Callable[[Any], None]) -> None:
    """A fault after the step of that name, or after what comes before all steps."""
    monkeypatch.setattr(container, "launch", fork_here)
    if after == BEFORE:
        leave = container.leave_namespaces

        @functools.wraps(leave)
        def broken(user_namespace: bool) -> None:
            leave(user_namespace)
            fault(None)

        monkeypatch.setattr(container, BEFORE, broken)
    else:
        for part in PARTS:
            steps = getattr(container, part)
            names = [step.__name__ for step in steps]
            if after in names:
                at = names.index(after) + 1
                monkeypatch.setattr(container, part, (*steps[:at], fault, *steps[at:]))


@as_root
@pytest.mark.parametrize("fault", [fail, die])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_nothing(
    image: Path, monkeypatch: pytest.MonkeyPatch, step: str, fault: container.Step
) -> None:
    inject(monkeypatch, step, fault)
    before = traces_on_host()
    with pytest.raises(ContainerError):
        run(["true"], image=image)
    bury()
    assert traces_on_host() == before, f"left behind after {fault.__name__} at {step}"


@as_root
@pytest.mark.parametrize("step", STEPS)
def test_a_supervisor_killed_at_any_step_leaves_nothing(
    image: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    inject(monkeypatch, step, slow(60))
    before = traces_on_host()
    killer = at_the_slow_step(lambda: os.kill(SUPERVISORS[-1], signal.SIGKILL))
    with pytest.raises(ContainerError, match="supervisor was killed"):
        run(["true"], image=image)
    killer.join()
    bury()
    assert traces_on_host() == before, f"left behind after the supervisor died at {step}"


@as_root
@pytest.mark.parametrize("step", STEPS)
def test_an_interrupt_at_any_step_leaves_nothing(
    image: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    inject(monkeypatch, step, slow(0.2))
    before = traces_on_host()
    killer = at_the_slow_step(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(["true"], image=image)
    killer.join()
    bury()
    assert traces_on_host() == before, f"left behind after an interrupt at {step}"


@needs_containers
def test_keyboard_interrupt_stops_at_once_and_leaves_nothing(image: Path) -> None:
    run(["true"], image=image)
    before = traces_on_host()
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(["sleep", "60"], image=image)
    assert time.monotonic() - start < 3
    interrupt.join()
    assert traces_on_host() == before


def sleepers(mark: str) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path("/proc", name, "cmdline").read_bytes() == f"sleep\0{mark}\0".encode():
                found.append(int(name))
        except OSError:
            continue
    return found


def wait_for(mark: str) -> int:
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        if found := sleepers(mark):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("the container never started")


@needs_containers
@pytest.mark.parametrize("victim", ["caller", "supervisor", "engine"])
def test_killing_any_of_them_leaves_nothing(image: Path, victim: str) -> None:
    mark = f"{3600 + os.getpid()}"
    script = f"""
        from pathlib import Path
        from hvlib.real.container import run
        run(["sleep", "{mark}"], image=Path("{image}"), seconds=60)
    """
    before = traces_on_host()
    command = [sys.executable, "-c", textwrap.dedent(script)]
    caller = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        inside = wait_for(mark)
        supervisor = parent(inside)
        engine = parent(supervisor)
        os.kill({"caller": caller.pid, "supervisor": supervisor, "engine": engine}[victim], 9)
        if victim == "engine":  # the container does not need it any more
            assert not gone(inside, within=0.3)
            caller.kill()
        assert gone(inside), f"the container outlived its {victim}"
        assert gone(supervisor)
        assert gone(engine)
        assert eventually(lambda: not in_session(engine)), "somebody stands by for nobody"
    finally:
        caller.kill()
        caller.wait()
    assert traces_on_host() == before


def in_session(leader: int) -> list[int]:
    """The processes of an engine's session: itself, and all who stand by or supervise."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(name))
    return found


def eventually(true: Callable[[], bool], within: float = 3.0) -> bool:
    deadline = time.monotonic() + within
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def parent(pid: int) -> int:
    """The process that a process belongs to; 0 once it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0


def engine_of_this_test() -> int:
    return supervision._ENGINES[container.ENGINE, int(os.getuid() != 0), os.getpid()].process.pid


def standing_by(engine: int) -> tuple[int, int]:
    """The supervisor that waits for a request, and its init, of an engine at rest."""

    def children(pid: int) -> list[int]:
        return [p for p in in_session(engine) if p != pid and parent(p) == pid]

    assert eventually(lambda: any(children(c) for c in children(engine))), "nobody stands by"
    (supervisor,) = children(engine)
    (init,) = children(supervisor)
    return supervisor, init


@needs_containers
@pytest.mark.parametrize("victim", ["engine", "supervisor", "init"])
def test_who_is_killed_while_waiting_is_replaced(image: Path, victim: str) -> None:
    run(["true"], image=image)
    engine = engine_of_this_test()
    supervisor, init = standing_by(engine)
    os.kill({"engine": engine, "supervisor": supervisor, "init": init}[victim], signal.SIGKILL)
    assert gone(engine), "an engine whose child was killed can't be relied on any more"
    assert run(["echo", "again"], image=image).summary["output"] == "again\n"
    assert eventually(lambda: not in_session(engine)), "an old one still stands by"


@needs_containers
def test_who_stands_by_is_in_namespaces_of_its_own(image: Path) -> None:
    run(["true"], image=image)
    _supervisor, init = standing_by(engine_of_this_test())
    for kind in ("pid", "net", "uts", "ipc"):
        mine, theirs = (os.readlink(f"/proc/{pid}/ns/{kind}") for pid in ("self", init))
        assert mine != theirs, f"process 1 shares the host's {kind} namespace"


@needs_containers
def test_containers_side_by_side_do_not_mix(image: Path) -> None:
    said: dict[int, str] = {}

    def one(number: int) -> None:
        said[number] = run(["sh", "-c", f"sleep 0.1; echo {number}"], image=image).summary["output"]

    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {n: f"{n}\n" for n in range(6)}


def test_it_says_why_not_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    can, why = container.available()
    assert not can
    assert "darwin" in why
