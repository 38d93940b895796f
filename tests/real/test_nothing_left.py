"""The experiments beside the container leave nothing, whatever ends them and wherever."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest
from real.traces import left_by_faults

from hvlib.real import (
    cgroup,
    container,
    engine,
    kvm,
    limits,
    linux,
    probe,
    ring,
    rootfs,
    settings,
    side_by_side,
    snapshots,
    translated,
)
from hvlib.real.engine import ENGINES
from hvlib.real.kvm_constants import MIB

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def fail() -> None:
    raise OSError("injected")


def left(run: Callable[[], object], modules: tuple[Any, ...], fault: Callable[[], None]) -> object:
    """What is left by a fault before each seventh line, or before all with HVLIB_FAULTS=all.

    The two kinds of fault strike other lines than each other.
    """
    which = (
        slice(None)
        if os.environ.get("HVLIB_FAULTS") == "all"
        else slice(3 * (fault is fail), None, 7)
    )
    return left_by_faults(run, modules, fault, which)


faults = pytest.mark.parametrize("fault", [fail, interrupt])


@faults
@pytest.mark.parametrize("name", ENGINES)
def test_a_fault_in_the_ring_leaves_nothing(name: str, fault: Callable[[], None]) -> None:
    if not (answer := probe.ask(name)).yes:
        pytest.skip(answer.why)

    def run() -> None:
        ring.port_and_ring.function(size=64, buffer=32, kick=1, engine=name)

    assert left(run, (ring, engine, kvm, translated), fault) == []


@faults
@pytest.mark.skipif(not probe.ask("kvm").yes, reason=probe.ask("kvm").why or "KVM")
def test_a_fault_in_a_snapshot_leaves_nothing(fault: Callable[[], None]) -> None:
    def run() -> None:
        snapshots.snapshot_restore.function(memory=2 * MIB, touched=10)

    assert left(run, (snapshots, kvm), fault) == []


GUEST = f"""
echo {linux.MARK}up 6.1; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.01; done
"""


@faults
def test_a_fault_beside_a_waiting_guest_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[], None]
) -> None:
    """A shell stands for QEMU, which would take seconds to boot each time."""
    monkeypatch.setattr(linux, "qemu_command", lambda *_given: ["sh", "-c", GUEST])
    monkeypatch.setattr(linux, "accelerator", lambda: "kvm")

    def run() -> None:
        side_by_side.steal.function(phase=0.03)

    assert left(run, (side_by_side, linux), fault) == []


@faults
@pytest.mark.skipif(
    not rootfs.find_busybox() or not container.available()[0] or not cgroup.place("x", cpu=True),
    reason="CPU time can't be limited here",
)
def test_a_fault_under_a_limit_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[], None]
) -> None:
    monkeypatch.setattr(limits, "PAUSE", 0.01)
    monkeypatch.setattr(limits, "TRIAL", 1000)

    def run() -> None:
        limits.cpu_limit.function(limit=0.5, workers=1, need=0.005, requests=1)

    assert left(run, (limits,), fault) == []


@faults
@pytest.mark.skipif(
    not all(probe.ask(name).yes for name in settings.wrong_settings.needs),
    reason="no stand-in can be made here",
)
def test_a_fault_beside_the_stand_in_leaves_nothing(fault: Callable[[], None]) -> None:
    assert left(settings.wrong_settings.function, (settings,), fault) == []
