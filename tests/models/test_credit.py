"""The laws of the credit scheduler, for machines and VMs that no slider offers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvlib.models.credit import CPU_BOUND, VM, Load, Machine, Outcome, simulate
from hvlib.models.shares import fair_shares

pytestmark = pytest.mark.slow

machines = st.builds(
    Machine,
    pcpus=st.integers(1, 6),
    slice=st.sampled_from([0.001, 0.005, 0.030]),
    ratelimit=st.sampled_from([0.0, 0.001, 0.01]),
    boost=st.booleans(),
    switch_cost=st.sampled_from([0.0, 1e-5, 5e-4]),
)
loads = st.one_of(
    st.just(CPU_BOUND), st.builds(Load, burst=st.floats(1e-4, 0.02), sleep=st.floats(1e-3, 0.1))
)


def many_vms(load: st.SearchStrategy[Load], caps: bool = True) -> st.SearchStrategy[list[VM]]:
    vm = st.builds(
        VM,
        name=st.just("vm"),
        weight=st.sampled_from([1, 64, 256, 512, 2048]),
        cap=st.sampled_from([0.0, 0.05, 0.5, 1.5]) if caps else st.just(0.0),
        vcpus=st.integers(1, 3),
        load=load,
    )
    return st.lists(vm, max_size=8)


def total(outcome: Outcome) -> float:
    return sum(outcome.ran) + outcome.switching + outcome.idle


@given(machines, many_vms(loads), st.floats(0.01, 1.0))
def test_time_is_conserved(machine: Machine, vms: list[VM], span: float) -> None:
    outcome = simulate(machine, vms, span)
    assert total(outcome) == pytest.approx(machine.pcpus * span), "CPU time got lost or invented"
    assert min((*outcome.ran, outcome.switching, outcome.idle)) >= -1e-9


@given(machines, many_vms(loads, caps=False), st.floats(0.1, 1.0))
def test_no_pcpu_idles_while_a_vcpu_waits(machine: Machine, vms: list[VM], span: float) -> None:
    outcome = simulate(machine, vms, span, record=span)
    vcpus = sum(vm.vcpus for vm in vms if vm.load is CPU_BOUND)
    spare = max(0, machine.pcpus - vcpus) * span
    assert outcome.idle <= spare + 1e-6, (
        f"{outcome.idle:.3f} s idle, though {vcpus} busy vCPUs leave only {spare:.3f} s"
    )
    if sum(vm.vcpus for vm in vms) <= machine.pcpus:
        assert max((max(w, default=0.0) for w in outcome.waits), default=0.0) < 1e-9, (
            "a vCPU waited although there is a pCPU for each"
        )


@settings(max_examples=60)
@given(st.integers(1, 6), many_vms(st.just(CPU_BOUND), caps=False), st.sampled_from([0.005, 0.030]))
def test_busy_vms_get_shares_by_weight(pcpus: int, vms: list[VM], slice: float) -> None:
    slices = 600
    machine = Machine(pcpus, slice=slice)
    outcome = simulate(machine, vms, slices * slice)
    limits = [vm.vcpus for vm in vms]
    fair = fair_shares([vm.weight for vm in vms], limits, pcpus)
    for vm, ran, expected in zip(vms, outcome.ran, fair, strict=True):
        share = ran / outcome.span
        assert share == pytest.approx(expected, abs=0.05 + 0.02 * expected), (
            f"{vm} got {share:.3f} pCPUs, its weight entitles it to {expected:.3f}"
        )


@given(machines, many_vms(loads), st.floats(0.1, 1.0))
def test_caps_are_respected(machine: Machine, vms: list[VM], span: float) -> None:
    outcome = simulate(machine, vms, span)
    periods = span // machine.slice + 2  # one more, saved up
    for vm, ran in zip(vms, outcome.ran, strict=True):
        if vm.cap:
            limit = min(vm.cap, vm.vcpus) * machine.slice * periods
            assert ran <= limit + 1e-6, f"{vm} ran {ran:.4f} s, its cap allows {limit:.4f} s"


@given(machines, many_vms(loads))
def test_the_same_seed_gives_the_same_run(machine: Machine, vms: list[VM]) -> None:
    one, two = (simulate(machine, vms, 0.2, seed=7, record=0.1) for _again in range(2))
    assert one == two


def test_no_vms_leave_the_machine_idle() -> None:
    outcome = simulate(Machine(pcpus=4), [], 2.0)
    assert outcome.idle == pytest.approx(8.0)
    assert outcome.ran == ()


def test_a_hundred_vcpus_a_pcpu_all_get_their_turn() -> None:
    outcome = simulate(Machine(), [VM(str(n), weight=1) for n in range(100)], 30.0)
    assert min(outcome.ran) > 0.2, "a vCPU starves"


def test_boost_lets_a_woken_vcpu_in_at_once() -> None:
    vms = [VM(f"busy {n}") for n in range(10)] + [VM("idle", load=Load(1e-4, 0.1))]
    worst = {
        boost: max(simulate(Machine(boost=boost, ratelimit=0.0), vms, 20.0).waits[-1])
        for boost in (True, False)
    }
    assert worst[True] < 1e-3 < 0.03 < worst[False]


def test_the_rate_limit_holds_a_woken_vcpu_back() -> None:
    vms = [VM("busy"), VM("idle", load=Load(1e-4, 0.05))]
    waits = simulate(Machine(ratelimit=0.005), vms, 20.0).waits[1]
    assert 0.001 < max(waits) <= 0.005 + 1e-9


def test_a_long_burst_loses_the_boost_of_credit() -> None:
    vms = [VM("busy", weight=2048), VM("hungry", weight=1, load=Load(0.05, 0.001))]
    outcome = simulate(Machine(), vms, 20.0)
    assert outcome.ran[1] / 20 < 0.1, "a hungry VM evades its weight by sleeping briefly"


@pytest.mark.parametrize(
    "make",
    [
        lambda: VM("v", weight=0),
        lambda: VM("v", vcpus=0),
        lambda: VM("v", cap=-1),
        lambda: Machine(pcpus=0),
        lambda: Machine(slice=0),
        lambda: Load(burst=0, sleep=1),
        lambda: simulate(Machine(), [], 0),
    ],
)
def test_nonsense_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"not|above"):
        make()


@pytest.mark.parametrize("others", [1, 7, 31])
def test_a_switch_costs_more_the_more_others_ran_since(others: int) -> None:
    machine = Machine(slice=0.01, switch_cost=3e-6, refill=5e-6)
    outcome = simulate(machine, [VM(str(n)) for n in range(others + 1)], 10.0)
    assert outcome.switching / outcome.switches == pytest.approx(3e-6 + others * 5e-6, rel=0.05)
