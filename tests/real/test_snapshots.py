"""A real guest comes back from a file: the same guest, and nothing left behind."""

import os
import sys

import pytest

from hvlib.real import probe, snapshots
from hvlib.real.kvm_constants import MIB

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not probe.ask("kvm").yes, reason=probe.ask("kvm").why or "KVM"),
]
SIZE, TOUCHED = 4 * MIB, 100


def test_it_ends_alike_whatever_the_way_back() -> None:
    s = snapshots.snapshot_restore.function(memory=SIZE, touched=TOUCHED).summary
    assert s["same"], "a restored guest went another way than the one that was never saved"
    lazy, ahead = s["page by page"], s["prefetched"]
    assert lazy["major"] + lazy["minor"] >= TOUCHED, "each touched page is a fault"
    few = ahead["major"] + ahead["minor"]
    assert few < TOUCHED / 2, "what was read ahead is waited for all the same"


def test_what_the_guest_writes_does_not_reach_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    go_on = snapshots._go_on

    def watched(machine, who, log):  # type: ignore[no-untyped-def]
        if not isinstance(machine, snapshots.Restored):
            return go_on(machine, who, log)
        file = machine._snapshot.file
        before = os.pread(file, SIZE, 0)
        faults = go_on(machine, who, log)
        seen.append(os.pread(file, SIZE, 0) == before)
        return faults

    monkeypatch.setattr(snapshots, "_go_on", watched)
    snapshots.snapshot_restore.function(memory=SIZE, touched=TOUCHED)
    assert seen == [True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_an_interrupt_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(snapshots, "_read_ahead", interrupted)
    with pytest.raises(KeyboardInterrupt):
        snapshots.snapshot_restore.function(memory=SIZE, touched=TOUCHED)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_guest_without_so_many_pages_is_refused() -> None:
    with pytest.raises(ValueError, match="no 4096 pages to touch"):
        snapshots.snapshot_restore.function(memory=SIZE, touched=4096)
