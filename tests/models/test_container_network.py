"""Laws of a container's network: costs add up, and headers take their share of the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models import container_network as cn
from hvlib.models.container_network import MODES, ContainerNetwork
from tests.conftest import knob_values

FINE = 1e-9


def test_a_packet_of_1500_bytes_leaves_1448_for_data_and_a_tunnel_1398() -> None:
    """1,538 bytes pass the wire either way."""
    assert cn.efficiency(1500) == pytest.approx(1448 / 1538)
    assert cn.efficiency(1500, 1) == pytest.approx(1398 / 1538)
    assert cn.room(1500) - cn.room(1500, 1) == cn.TUNNEL == 50
    assert cn.room(1500, 2) == 1348, "a tunnel in a tunnel"


@given(st.integers(576, 65_519))
def test_larger_packets_waste_less_of_the_wire(mtu: int) -> None:
    assert 0 < cn.efficiency(mtu) < cn.efficiency(mtu + 1) < 1
    assert cn.efficiency(mtu, 1) < cn.efficiency(mtu)


@given(knob_values(ContainerNetwork))
def test_each_further_hop_costs_time_and_none_gives_any_back(knobs: dict[str, float]) -> None:
    host, bridge, port, overlay, program = ContainerNetwork(**knobs).run().ways
    assert host.round_trip <= port.round_trip + FINE
    assert host.round_trip <= overlay.round_trip + FINE
    assert host.round_trip < program.round_trip
    assert host.packets >= port.packets - FINE
    assert bridge.wire_time == bridge.wraps == host.links == host.wraps == 0
    assert overlay.goodput <= host.goodput + FINE
    assert port.goodput <= host.goodput + FINE


@given(knob_values(ContainerNetwork))
def test_a_round_trip_is_the_sum_of_what_is_passed(knobs: dict[str, float]) -> None:
    model = ContainerNetwork(**knobs)
    host, bridge, port, overlay, program = model.run().ways
    assert port.round_trip - host.round_trip == pytest.approx(
        2 * (model.cable + model.switch + model.nat), abs=1e-6
    )
    assert overlay.wraps == pytest.approx(4 * model.tunnel)
    assert overlay.links == pytest.approx(4 * (model.cable + model.switch))
    assert bridge.links == pytest.approx(2 * (2 * model.cable + model.switch))
    assert program.stacks == pytest.approx(2 * host.stacks)


@given(knob_values(ContainerNetwork), st.sampled_from(MODES))
def test_neither_wire_nor_cpu_carries_more_than_it_can(
    knobs: dict[str, float], mode: cn.Mode
) -> None:
    model = ContainerNetwork(**knobs)
    way = model.way(mode)
    assert way.goodput <= model.carried(mode, model.mtu) + FINE
    if mode != "bridge":
        assert way.goodput < model.link
    assert way.wire == (way.goodput < model.carried(mode, model.mtu))


@given(knob_values(ContainerNetwork), st.sampled_from(MODES))
def test_offload_never_slows(knobs: dict[str, float], mode: cn.Mode) -> None:
    model = ContainerNetwork(**knobs)
    whole, single = (model.with_(offload=offload).way(mode) for offload in (True, False))
    assert whole.goodput >= single.goodput - FINE
    assert whole.round_trip == single.round_trip, "one small message has nothing to cut up"
    if mode == "user-mode stack":
        assert whole.goodput == single.goodput, "a program takes packets one by one"


def test_without_offload_a_tunnel_costs_cpu_and_not_only_bytes() -> None:
    model = ContainerNetwork(offload=False)
    host, *_rest, overlay, _program = model.run().ways
    assert not host.wire
    assert overlay.goodput < 0.7 * host.goodput
    wired = ContainerNetwork().run().ways
    assert wired[3].goodput > 0.95 * wired[0].goodput


def test_the_curve_stands_where_the_mark_does() -> None:
    result = ContainerNetwork(mode="overlay", mtu=1501).run()
    assert dict(result.curve)[1501] == result.way.goodput
    assert [mtu for mtu, _goodput in result.curve] == sorted({m for m, _g in result.curve})
