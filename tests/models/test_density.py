"""What fits: monotone in memory and overhead, exact at hand-counted cases, published formulas."""

import pytest
from hypothesis import given

from conftest import knob_values
from hvlib.models.density import (
    START_TIMES,
    Density,
    copies,
)
from hvlib.published.figures import figure


@given(values=knob_values(Density))
def test_more_memory_never_lowers_density(values: dict[str, object]) -> None:
    some, more = Density(**values).run(), Density(**{**values, "host_memory": 1024}).run()
    assert some.vm.count <= more.vm.count
    assert some.container.count <= more.container.count


@given(values=knob_values(Density))
def test_more_overhead_never_raises_density(values: dict[str, object]) -> None:
    some = Density(**values).run()
    heavy = Density(**{**values, "guest_memory": 4096, "container_memory": 256}).run()
    assert heavy.vm.count <= some.vm.count
    assert heavy.container.count <= some.container.count


@given(values=knob_values(Density))
def test_containers_are_never_fewer_when_they_cost_less(values: dict[str, object]) -> None:
    result = Density(**values).run()
    if result.container.each <= result.vm.each:
        assert result.container.count >= result.vm.count or result.vm.count == 0


@given(values=knob_values(Density))
def test_sharing_pages_never_lowers_density(values: dict[str, object]) -> None:
    alone = Density(**{**values, "sharing": 0.0}).run()
    assert Density(**values).run().vm.count >= alone.vm.count


@given(values=knob_values(Density))
def test_what_fits_fits_and_one_more_does_not(values: dict[str, object]) -> None:
    model = Density(**values)
    vm = model.run().vm
    assert vm.count == min(vm.limits.values()) == vm.limits[vm.binds]
    room = model.host_memory * 1024 - model.guest_memory * model.sharing
    assert vm.limits["memory"] * vm.each <= room * (1 + 1e-8) or vm.limits["memory"] == 0
    assert (vm.limits["memory"] + 1) * vm.each > room * (1 - 1e-8)


def test_shared_pages_are_kept_once_by_hand() -> None:
    # Firecracker: 5 MB. Alone 100 + 200 + 5 = 305 MB each; with half of the guest OS shared,
    # 100 + 100 + 5 = 205 MB each and 100 MB once. 1 GB holds three of one and four of the other.
    knobs = {"host_memory": 1, "app_memory": 100, "guest_memory": 200, "hypervisor": "Firecracker"}
    assert Density(**knobs).run().vm.limits["memory"] == 3
    assert Density(**knobs, sharing=0.5).run().vm.limits["memory"] == 4


def test_copies_counts_by_hand() -> None:
    assert copies(10, 3) == 3
    assert copies(10, 3, once=2) == 2
    assert copies(0.3, 0.1) == 3, "three times 0.1 fit into 0.3"
    assert copies(1, 5) == 0, "an overhead larger than the host: none fits"
    with pytest.raises(ValueError, match="a copy must take something, not 0"):
        copies(1, 0)


def test_an_overhead_larger_than_the_host_leaves_no_vm_but_a_sentence() -> None:
    result = Density(host_memory=1, guest_memory=4096).run()
    assert result.vm.count == 0
    assert result.container.count > 0
    assert "VMs: 0 (short of memory first)" in result.describe()


def test_start_times_are_as_published() -> None:
    times = [seconds for _kind, seconds, _source in START_TIMES]
    keys = ("lightvm2017/fork_exec", "lightvm2017/boot", "firecracker-spec/boot")
    assert times == [figure(key).value for key in keys]
