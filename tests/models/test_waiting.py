"""Laws of a guest that waits, read off the credit scheduler's trace."""

import pytest
from hypothesis import example, given

from hvlib.models.waiting import GuestWaits
from tests.conftest import knob_values


@given(knob_values(GuestWaits))
@example({"vcpus": 4, "others": 0, "pcpus": 2, "hold": 50.0, "slice": 100.0, "together": False})
def test_all_time_is_accounted_for(knobs: dict[str, object]) -> None:
    result = GuestWaits(**knobs).run()
    assert result.useful + result.spun + result.ready == pytest.approx(1, abs=1e-6)
    assert min(result.useful, result.spun, result.ready) >= 0


@given(knob_values(GuestWaits))
def test_together_none_runs_while_another_waits(knobs: dict[str, object]) -> None:
    result = GuestWaits(**knobs).with_(together=True).run()
    assert result.apart == pytest.approx(0, abs=1e-6)
    assert result.spun == pytest.approx(0, abs=1e-6)


def test_with_a_pcpu_for_each_nobody_waits() -> None:
    assert GuestWaits(vcpus=3, others=3, pcpus=6).run().ready == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("vms", [2, 4, 8])
def test_equal_vms_on_one_pcpu_wait_for_all_others(vms: int) -> None:
    result = GuestWaits(vcpus=1, others=vms - 1, pcpus=1).run()
    assert result.ready == pytest.approx(1 - 1 / vms, abs=0.05)


def test_more_of_the_lock_is_more_spinning() -> None:
    spun = [GuestWaits(hold=hold).run().spun for hold in (0, 10, 50)]
    assert spun[0] == 0
    assert spun[1] < spun[2]
