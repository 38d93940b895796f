"""Laws of a shared device, and the table from which its costs come."""

import pytest
from hypothesis import given

from hvlib.models.devices import ACCESSES, EXIT, KICK, KICKS, PACKET, PACKETS, WAYS, Devices, kicks
from tests.conftest import knob_values


@pytest.mark.parametrize("row", PACKETS)
def test_the_three_costs_give_back_the_rows_they_are_fitted_to(row: str) -> None:
    accesses = ACCESSES[row] - KICKS[row]
    took = accesses * EXIT + KICKS[row] * KICK + PACKET
    assert 1e6 / took == pytest.approx(PACKETS[row])


def test_they_foretell_virtio_which_they_were_not_fitted_to() -> None:
    """158,100 packets a second (Maffione, chapter 4); the model must be within a fifth."""
    most = Devices(kick=256, posted=True).cost("ring", 256).most
    assert most == pytest.approx(158_100, rel=0.2)


@given(knob_values(Devices))
def test_more_packets_a_kick_never_cost_more_and_never_leave_sooner(
    knobs: dict[str, object],
) -> None:
    model = Devices(**knobs)
    for way in WAYS:
        costs = [model.cost(way, kick).whole for kick in (1, 4, 64)]
        assert costs == sorted(costs, reverse=True), way
    if model.rate <= model.cost("ring", 1).most:  # else a kick a packet can't keep up
        ring = model.with_(way="ring")
        assert ring.latency("ring", 64) >= ring.latency("ring", 1) * 0.999 - ring.sending


@given(knob_values(Devices))
def test_what_leaves_is_at_most_what_one_cpu_can_send(knobs: dict[str, object]) -> None:
    result = Devices(**knobs).run()
    assert result.sent <= result.rate
    assert result.sent * result.cost.whole <= 1e6 * (1 + 1e-9)


def test_the_last_kick_may_be_for_fewer() -> None:
    assert [kicks(packets, 16) for packets in (1, 16, 17, 32)] == [1, 1, 2, 2]
