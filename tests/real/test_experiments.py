"""The experiments with the hypervisor show what they are to show, live where they can."""

import os
from pathlib import Path

import pytest

from hvlib.real import experiments
from hvlib.real.kvm_constants import MIB
from hvlib.real.recording import Experiment
from hvlib.trace import Trace

pytestmark = pytest.mark.slow


def live(experiment: Experiment, **arguments: object) -> Trace:
    """Run it now, or skip with the reason."""
    if reason := experiment.why_not():
        pytest.skip(f"{experiment.name} can't run live: {reason}")
    return experiment.live(**arguments)


def test_exits_are_timed() -> None:
    trace = live(experiments.exit_timing, exits=200, batches=3)
    assert trace.summary["exits"] == 600
    assert 0.5e-6 < trace.summary["per_exit"] < 1e-3
    assert len(trace.of_kind("batch")) == 3


def test_three_ways_agree_and_keep_their_order() -> None:
    numbers = live(experiments.three_ways, turns=5_000_000).summary
    assert numbers["checksums_agree"]
    assert numbers["direct"] < numbers["translated"] < numbers["interpreted"]


@pytest.mark.parametrize("engine", ["kvm", "unicorn"])
def test_one_vm_dies_and_the_other_counts_on(engine: str) -> None:
    from hvlib.real import probe

    if not probe.ask(engine).yes:
        pytest.skip(probe.ask(engine).why)
    trace = live(experiments.fault_isolation, engine=engine, seconds=0.1)
    assert trace.summary["ending"] == "shutdown"
    assert trace.summary["survivor_after"] > trace.summary["survivor_before"]
    dead = [e.detail["count"] for e in trace.of_kind("count") if e.actor == "VM A"][-3:]
    assert len(set(dead)) == 1, "the dead VM went on counting"


def test_migration_moves_every_page_and_the_guest_goes_on() -> None:
    summary = live(experiments.live_migration, memory=8 * MIB, hot_pages=512).summary
    assert summary["rounds"][0] == 8 * MIB // 4096
    assert summary["pages_differing"] == 0
    assert summary["went_on"] > 0
    assert 0 < summary["downtime"] < summary["total"]


def test_migration_without_its_last_round_would_be_noticed() -> None:
    """Break the protected thing: the page comparison is not blind."""
    from hvlib.real import engine, probe

    if not probe.ask("kvm").yes:
        pytest.skip(probe.ask("kvm").why)
    with engine.make_machine("kvm") as one, engine.make_machine("kvm") as other:
        other.memory[0x123456] = 1
        assert experiments._pages_differing(one, other) == 1


def test_too_many_hot_pages_are_refused() -> None:
    if reason := experiments.live_migration.why_not():
        pytest.skip(reason)
    with pytest.raises(ValueError, match="do not fit"):
        experiments.live_migration.live(memory=2 * MIB, hot_pages=512)


def test_equal_pages_merge_and_part_and_the_switches_are_restored() -> None:
    names = ("run", "pages_to_scan", "sleep_millisecs")
    if reason := experiments.page_merging.why_not():
        pytest.skip(reason)
    before = [(experiments.KSM / name).read_text() for name in names]
    for _run in range(2):
        trace = live(experiments.page_merging, memory=4 * MIB)
        summary, first = trace.summary, trace.of_kind("sharing")[0].detail["pages"]
        assert summary["merged"] > 0.9 * summary["pages"], "KSM merged too few pages in 5 s"
        assert summary["after_write"] <= summary["merged"] - 200
        assert first < 0.5 * summary["pages"], "the pages of the run before were counted"
    assert [(experiments.KSM / name).read_text() for name in names] == before


def test_the_switches_of_ksm_are_restored_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("run", "pages_to_scan", "sleep_millisecs"):
        (tmp_path / name).write_text("7")
    monkeypatch.setattr(experiments, "KSM", tmp_path)
    with pytest.raises(KeyboardInterrupt), experiments._scanner_on():
        raise KeyboardInterrupt
    assert {path.read_text() for path in tmp_path.iterdir()} == {"7"}


def test_a_balloon_gives_memory_back_to_the_host() -> None:
    summary = live(experiments.balloon, memory=16 * MIB).summary
    assert summary["used"] > 15 * MIB
    assert summary["inflated"] < summary["used"] - 7 * MIB
    assert summary["deflated"] > 15 * MIB


def test_nothing_is_left_open() -> None:
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("counts open files in /proc")
    before = len(os.listdir("/proc/self/fd"))
    live(experiments.live_migration, memory=4 * MIB, hot_pages=64)
    assert len(os.listdir("/proc/self/fd")) == before
