"""Credit2: shares by weight, caps, and answers soon without a boost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvlib.models import credit, credit2
from hvlib.models.credit import VM, Load, Machine
from hvlib.models.scheduler import CreditScheduler, quantile

pytestmark = pytest.mark.slow


@given(st.lists(st.sampled_from([128, 256, 512, 1024]), min_size=2, max_size=8))
@settings(max_examples=20)
def test_busy_vms_share_by_weight(weights: list[int]) -> None:
    ran = credit2.simulate(Machine(), [VM(str(n), w) for n, w in enumerate(weights)], 5.0).ran
    for part, weight in zip(ran, weights, strict=True):
        assert part / sum(ran) == pytest.approx(weight / sum(weights), rel=0.02)


@given(st.integers(1, 4), st.integers(1, 8), st.sampled_from([0.0, 5.0]))
@settings(max_examples=20)
def test_all_time_is_accounted_for_and_none_idles_while_a_vm_waits(
    pcpus: int, vms: int, sleep: float
) -> None:
    load = Load(0.002, sleep / 1e3) if sleep else credit.CPU_BOUND
    machine = Machine(pcpus, switch_cost=1e-5)
    out = credit2.simulate(machine, [VM(str(n), load=load) for n in range(vms)], 2.0)
    assert sum(out.ran) + out.switching + out.idle == pytest.approx(2.0 * pcpus)
    if not sleep:
        assert out.idle == pytest.approx(2.0 * max(0, pcpus - vms), abs=1e-6)


def test_a_cap_holds() -> None:
    ran = credit2.simulate(Machine(slice=0.01), [VM("a", cap=0.25), VM("b")], 10.0).ran
    assert ran[0] == pytest.approx(2.5, rel=0.01)
    assert ran[1] == pytest.approx(7.5, rel=0.01)


def test_a_sleeper_answers_soon_without_a_boost() -> None:
    """It keeps its credit while it sleeps, so that it is ahead of those that compute."""
    vms = [*(VM(str(n)) for n in range(7)), VM("web", load=Load(0.001, 0.009))]
    plain = credit.simulate(Machine(boost=False), vms, 20.0).waits[-1]
    two = credit2.simulate(Machine(boost=False), vms, 20.0).waits[-1]
    assert max(two) < max(plain) / 4
    assert quantile(two, 0.5) < 0.001


def test_boost_and_slice_mean_nothing_to_it() -> None:
    base = CreditScheduler(policy="credit2")
    assert base.with_(boost=False).run().vms == base.run().vms
