"""The scheduler's knobs: shares, partition, and the sums a reader can check."""

import pytest
from hypothesis import given, settings

from conftest import knob_values
from hvlib.models.credit import VM
from hvlib.models.scheduler import CreditScheduler, admitted, entitlements, quantile


@settings(max_examples=30)
@given(knob_values(CreditScheduler))
def test_the_parts_of_the_time_add_up(knobs) -> None:  # type: ignore[no-untyped-def]
    result = CreditScheduler(**knobs).run()
    assert result.useful + result.switching + result.idle == pytest.approx(1)
    assert sum(vm.share for vm in result.vms) == pytest.approx(result.useful)
    assert len(result.vms) == knobs["vms"]
    assert all(0 <= vm.wait_median <= vm.wait_p99 for vm in result.vms)


@settings(max_examples=30)
@given(knob_values(CreditScheduler))
def test_runs_on_one_pcpu_never_overlap(knobs) -> None:  # type: ignore[no-untyped-def]
    result = CreditScheduler(**knobs).run()
    ends: dict[int, float] = {}
    for run in result.trace.of_kind("run"):
        pcpu = run.detail["pcpu"]
        assert run.time >= ends.get(pcpu, 0.0) - 1e-9, f"two vCPUs at once on pCPU {pcpu}"
        ends[pcpu] = run.end
    assert set(ends) <= set(range(result.pcpus))


def test_shares_follow_weights() -> None:
    result = CreditScheduler(load="CPU-bound", pcpus=1, weight=768, vms=2).run()
    assert result.vms[0].share / result.vms[1].share == pytest.approx(3, rel=0.05)


def test_weight_one_still_runs() -> None:
    result = CreditScheduler(load="CPU-bound", weight=1, pcpus=1, vms=2, slice=1).run()
    assert 0 < result.vms[0].share < 0.02


def test_a_partition_gives_strands_away_for_good() -> None:
    result = CreditScheduler(policy="partition", pcpus=4, vms=3, vcpus=2, load="CPU-bound").run()
    assert [vm.started for vm in result.vms] == [True, True, False]
    assert [vm.share for vm in result.vms] == pytest.approx([0.5, 0.5, 0.0])
    assert (result.switches, result.idle) == (0, pytest.approx(0))


def test_a_partition_wastes_what_its_owner_does_not_use() -> None:
    shared, split = (
        CreditScheduler(policy=policy, pcpus=2, vms=4, switch_cost=0).run()
        for policy in ("credit", "partition")
    )
    assert split.idle > shared.idle + 0.1


def test_a_small_vm_starts_where_a_large_one_does_not_fit() -> None:
    vms = [VM("a", vcpus=3), VM("b", vcpus=2), VM("c", vcpus=1)]
    assert admitted(vms, 4) == [True, False, True]


def test_what_one_vm_cannot_use_goes_to_the_others() -> None:
    vms = [VM("heavy", weight=2048), VM("a"), VM("b")]
    assert entitlements(vms, 2) == pytest.approx([0.5, 0.25, 0.25])


def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([], 0.5) == 0
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(range(1, 101), 0.99) == 99


def test_the_sentence_names_share_and_wait() -> None:
    said = CreditScheduler().run().describe()
    assert "VM 1 gets" in said
    assert "interactive VM" in said
