"""Consolidation: laws of packing over the whole slider range, known cases, speed."""

import time
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.consolidation import Consolidation, Load, Together, pack

anything = knob_values(Consolidation)


def hosts(model: Consolidation) -> int:
    return len(model.run().hosts)


def several(count: int) -> Together:
    together = Together()
    for _load in range(count):
        together = together.plus(Load(0.1, 0.3))
    return together


@given(anything)
def test_never_fewer_hosts_than_the_averages_fill_nor_more_than_loads(values):
    result = Consolidation(**values).run()
    assert result.by_mean <= len(result.hosts) <= result.before
    assert sum(host.loads for host in result.hosts) == values["loads"]


@given(anything)
def test_no_host_is_filled_above_the_headroom(values):
    result = Consolidation(**values).run()
    for host in result.hosts:
        assert host.mean <= host.demand + 1e-12
        assert host.demand <= result.usable + 1e-6, "a host's joint peak eats into the headroom"


@given(anything, st.floats(0, 1))
def test_more_correlation_never_needs_fewer_hosts(values, correlation):
    base = Consolidation(**values)
    low, high = sorted((base.correlation, correlation))
    assert hosts(base.with_(correlation=low)) <= hosts(base.with_(correlation=high))


@given(anything, st.floats(0, 0.4))
def test_more_headroom_never_needs_fewer_hosts(values, headroom):
    base = Consolidation(**values)
    low, high = sorted((base.headroom, headroom))
    assert hosts(base.with_(headroom=low)) <= hosts(base.with_(headroom=high))


@given(anything, st.integers(1, 200))
def test_more_loads_never_need_fewer_hosts(values, loads):
    base = Consolidation(**values)
    low, high = sorted((base.loads, loads))
    assert hosts(base.with_(loads=low)) <= hosts(base.with_(loads=high))


@given(anything)
def test_consolidation_never_costs_power_and_never_lowers_utilisation(values):
    result = Consolidation(**values).run()
    assert result.power <= result.power_before * (1 + 1e-12)
    assert result.utilisation >= result.utilisation_before * (1 - 1e-12)
    assert 0 < result.utilisation <= 1 + 1e-9
    assert "nan" not in result.describe()


def test_fully_correlated_peaks_add_up():
    assert several(3).joint_peak(1) == pytest.approx(0.9)


def test_independent_peaks_grow_with_the_root_of_their_number():
    assert several(4).joint_peak(0) == pytest.approx(0.4 + 0.2 * 2)


def test_equal_loads_that_rise_together_fill_hosts_by_their_peaks():
    model = Consolidation(loads=10, peak=0.25, correlation=1, headroom=0, spread=0)
    assert hosts(model) == ceil(10 * 0.25) == model.run().by_peak


def test_a_load_larger_than_a_host_gets_its_own():
    assert [host.loads for host in pack([Load(0.5, 2), Load(0.1, 0.2)], 1, 1)] == [1, 1]


def test_the_same_seed_gives_the_same_hosts():
    assert Consolidation(seed=5).run() == Consolidation(seed=5).run()


def test_the_slowest_corner_answers_within_10_ms():
    worst = Consolidation(loads=200, peak=0.02, mean=0.05, correlation=0, headroom=0)
    times = []
    for _again in range(5):
        start = time.process_time()
        worst.run()
        times.append(time.process_time() - start)
    assert min(times) < 0.01, f"{min(times) * 1e3:.1f} ms"
