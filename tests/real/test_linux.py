"""A Linux kernel boots as a guest, answers, and is gone afterwards."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from real.traces import gone

from hvlib.real import linux
from hvlib.trace import Trace

CAN, WHY = linux.available()
needs_guest = pytest.mark.skipif(not CAN, reason=f"no Linux guest here: {WHY}")
pytestmark = [pytest.mark.real, pytest.mark.slow]


def qemus_of(pid: int) -> list[int]:
    """The QEMU processes that a process has started."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path("/proc", name, "stat").read_text()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        if parent == pid and "(qemu" in stat:
            found.append(int(name))
    return found


def wait_for_qemu(pid: int) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := qemus_of(pid):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("QEMU never started")


def test_whoever_stops_reading_the_console_in_the_middle_loses_no_line() -> None:
    """A busy host lets a guest say much at once."""
    script = "import time; print('hvlib:up 6.1\\na\\nb', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        guest = linux.Running(process, time.monotonic(), time.monotonic() + 20)
        try:
            assert guest.wait_until_up() == "6.1"
            assert [next(guest.lines())[1], next(guest.lines())[1]] == ["a", "b"]
            assert [event.detail["text"] for event in guest.events] == ["hvlib:up 6.1", "a", "b"]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def trace() -> Trace:
    """One boot for all questions about a boot that goes well."""
    before = len(os.listdir("/proc/self/fd"))
    trace = linux.boot(
        "hostname; id -u; ls /dev/console; cat /proc/net/dev | wc -l; exit 7", seconds=60
    )
    assert qemus_of(os.getpid()) == []
    assert len(os.listdir("/proc/self/fd")) == before, "files were left open"
    return trace


@needs_guest
def test_the_guest_runs_another_kernel_and_the_script(trace: Trace) -> None:
    assert trace.summary["kernel"] in str(linux.find_kernel())
    assert trace.summary["output"].splitlines()[:3] == ["guest", "0", "/dev/console"]
    assert trace.summary["exit_status"] == 7
    assert trace.summary["stopped_by"] == ""


@needs_guest
def test_the_guest_has_no_network_but_loopback(trace: Trace) -> None:
    assert trace.summary["output"].splitlines()[3] == "3", "two lines of heading and lo"


@needs_guest
def test_the_trace_has_the_boot_and_the_console_with_times(trace: Trace) -> None:
    boot = trace.of_kind("boot")[0]
    assert boot.duration == trace.summary["boot_time"] > 0.1
    console = [e for e in trace.of_kind("console") if e.detail["text"] == "guest"]
    assert boot.duration <= console[0].time <= trace.summary["run_time"]
    assert trace.events[-1].kind == "exit"


@needs_guest
def test_the_guests_memory_is_the_hosts_qemu_process(trace: Trace) -> None:
    assert 32 * linux.MIB < trace.summary["peak_memory"] < 128 * linux.MIB + linux.OVERHEAD


@needs_guest
def test_a_boot_that_takes_too_long_is_an_error_and_leaves_nothing() -> None:
    start = time.monotonic()
    with pytest.raises(linux.GuestError, match="did not come up"):
        linux.boot(seconds=0.3, accelerator="tcg")
    assert time.monotonic() - start < 3
    assert qemus_of(os.getpid()) == []


@needs_guest
def test_keyboard_interrupt_stops_it_at_once() -> None:
    interrupt = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        linux.boot("sleep 60", accelerator="tcg")
    assert time.monotonic() - start < 4
    interrupt.join()
    assert qemus_of(os.getpid()) == []


@needs_guest
def test_qemu_dies_with_a_killed_caller() -> None:
    script = """
        from hvlib.real import linux
        linux.boot("sleep 60", accelerator="tcg")
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) as caller:
        qemu = wait_for_qemu(caller.pid)
        caller.kill()
    assert gone(qemu, within=5), "QEMU outlived its caller"


@needs_guest
def test_qemu_may_take_no_more_memory_than_said() -> None:
    with linux.started("true", memory=64 * linux.MIB, accelerator="tcg") as guest:
        qemu = wait_for_qemu(os.getpid())
        assert qemu == guest.process.pid
        limits = Path(f"/proc/{qemu}/limits").read_text().splitlines()
    (line,) = (line for line in limits if line.startswith("Max address space"))
    assert int(line.split()[3]) == 64 * linux.MIB + linux.OVERHEAD


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "find_qemu", lambda: None)
    can, why = linux.available()
    assert not can
    assert "make guest" in why or "x86-64" in why


def test_elsewhere_it_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "darwin" in linux.available()[1]


def test_a_cloud_kernel_is_preferred_then_the_newest() -> None:
    names = [
        "/boot/vmlinuz-6.9.1-amd64",
        "/boot/vmlinuz-6.10.2-amd64",
        "/boot/vmlinuz-6.1.0-56-cloud-amd64",
        "/boot/vmlinuz-6.1.0-9-cloud-amd64",
    ]
    in_order = sorted((Path(name) for name in names), key=linux._preference)
    assert [str(p) for p in in_order] == [names[0], names[1], names[3], names[2]]


@pytest.mark.parametrize(("plausible", "boots", "expected"), [
    (False, True, "tcg"), (True, True, "kvm"), (True, False, "tcg"),
])  # fmt: skip
def test_kvm_is_believed_only_when_a_guest_has_booted(
    monkeypatch: pytest.MonkeyPatch, plausible: bool, boots: bool, expected: str
) -> None:
    def boot(*_arguments: object, **_more: object) -> Trace:
        if not boots:
            raise linux.GuestError("hangs")
        return Trace("t", (), summary={"stopped_by": ""})

    monkeypatch.setattr(linux, "kvm_is_plausible", lambda: plausible)
    monkeypatch.setattr(linux, "boot", boot)
    linux.accelerator.cache_clear()
    try:
        assert linux.accelerator() == expected
    finally:
        linux.accelerator.cache_clear()
