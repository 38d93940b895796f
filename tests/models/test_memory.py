"""Overcommitted memory: nothing lost, the order of the techniques, and the tax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.memory import (
    MemoryOvercommit,
    min_free,
    reclaim,
    shared_part,
    taxed_allocations,
)


@given(knob_values(MemoryOvercommit))
def test_every_page_is_somewhere(knobs) -> None:  # type: ignore[no-untyped-def]
    result = MemoryOvercommit(**knobs).run()
    parts = (result.shared, result.ballooned, result.compressed, result.swapped, result.resident)
    assert min(parts) >= -1e-6
    assert sum(parts) == pytest.approx(result.configured)
    in_memory = result.resident + result.cache + result.overhead + result.free
    assert in_memory == pytest.approx(result.host), "the host's memory does not add up"


@given(knob_values(MemoryOvercommit))
def test_the_host_keeps_its_free_memory(knobs) -> None:  # type: ignore[no-untyped-def]
    result = MemoryOvercommit(**knobs).run()
    assert result.started >= 1
    assert result.free >= 0.64 * min_free(result.host) - 1e-6


@given(knob_values(MemoryOvercommit))
def test_nothing_is_taken_while_memory_is_free(knobs) -> None:  # type: ignore[no-untyped-def]
    result = MemoryOvercommit(**knobs).run()
    taken = result.ballooned + result.compressed + result.swapped
    assert (result.means == "nothing") == (taken == 0), "what is at work takes something"
    if result.means == "nothing":
        assert all(group.slowdown == 1 for group in result.groups)
    if result.means == "balloon":
        assert result.swapped == pytest.approx(0, abs=1e-3)


def test_nothing_is_at_work_until_free_memory_falls_below_the_soft_state() -> None:
    """Below what it wants free (88 %), but not below the 64 % at which ESX begins to take."""
    result = MemoryOvercommit(host=16, vms=15, memory=1024, sharing=False).run()
    assert 0.64 < result.free / min_free(result.host) < 1
    assert result.means == "nothing"


@given(knob_values(MemoryOvercommit))
def test_the_host_swaps_only_what_the_balloon_leaves(knobs) -> None:  # type: ignore[no-untyped-def]
    model = MemoryOvercommit(**knobs)
    for group in model.run().groups:
        if group.reclaimed.swapped > 1e-6:
            assert group.reclaimed.ballooned == pytest.approx(model.balloon * model.memory)


@given(knob_values(MemoryOvercommit), st.floats(1, 8))
def test_more_memory_never_slows_a_vm(knobs, factor: float) -> None:  # type: ignore[no-untyped-def]
    small = MemoryOvercommit(**{**knobs, "sharing": False, "disk": 5, "decompression": 20})
    large = small.with_(host=min(1024, small.host * factor))
    slow, quick = small.run(), large.run()
    if slow.started == quick.started:
        for before, after in zip(slow.groups, quick.groups, strict=True):
            assert after.slowdown <= before.slowdown * (1 + 1e-6)


@given(
    st.lists(st.tuples(st.floats(1, 1e5), st.floats(0, 1)), min_size=1, max_size=8),
    st.floats(1, 1e5),
    st.floats(0, 0.99),
)
def test_allocations_fill_the_room(
    vms: list[tuple[float, float]], capacity: float, tax: float
) -> None:
    sizes = [size for size, _part in vms]
    active = [size * part for size, part in vms]
    given_out = taxed_allocations(sizes, active, capacity, tax)
    assert sum(given_out) == pytest.approx(min(capacity, sum(sizes)), rel=1e-6)
    assert all(a <= s * (1 + 1e-12) for a, s in zip(given_out, sizes, strict=True))


def test_without_tax_equal_shares_get_equal_memory() -> None:
    assert taxed_allocations([100, 100], [90, 10], 100, 0) == pytest.approx([50, 50])


def test_the_tax_takes_from_the_idle_vm() -> None:
    busy, idle = taxed_allocations([100, 100], [90, 10], 100, 0.75)
    assert busy > 65 > 35 > idle >= 10


def test_the_balloon_spares_active_pages_and_swap_does_not() -> None:
    by_guest = reclaim(100, 40, 50, balloon=100, cache=0, compressible=0)
    by_host = reclaim(100, 40, 50, balloon=0, cache=0, compressible=0)
    assert (by_guest.active_ballooned, by_guest.swapped) == (0, 0)
    assert by_host.active_swapped == pytest.approx(20)


def test_compression_keeps_half_of_a_page() -> None:
    taken = reclaim(100, 0, 70, balloon=0, cache=100, compressible=1)
    assert (taken.compressed, taken.cache, taken.swapped) == pytest.approx((60, 30, 0))


def test_a_vm_alone_shares_nothing() -> None:
    assert shared_part(0.9, 1) == 0
    assert shared_part(0.9, 10) == pytest.approx(0.81)


def test_a_host_too_small_for_the_vms_says_so() -> None:
    result = MemoryOvercommit(host=4, vms=100, memory=65_536, vcpus=8).run()
    assert result.started < 100
    assert f"VMs started: {result.started} of 100" in result.describe()
    assert result.means == "shortage"


def test_min_free_of_a_hundred_gigabytes() -> None:
    assert min_free(28 * 1024) == pytest.approx(899, rel=0.003)
    assert min_free(100 * 1024) == pytest.approx(899 + 737.28, rel=0.002)


@pytest.mark.parametrize(("gigabytes", "kept"), [(4, 245.76), (8, 409.6), (12, 573.44)])
def test_min_free_slides_below_28_gigabytes(gigabytes: float, kept: float) -> None:
    """6% of the first 4 GB and 4% of the next 8, not in proportion to 28 GB."""
    assert min_free(gigabytes * 1024) == pytest.approx(kept)


def test_vms_share_no_pages_with_each_other_by_default() -> None:
    """Since 2014 ESX shares pages inside a VM only, unless an administrator salts VMs alike."""
    assert MemoryOvercommit(identical=0.9).run().shared == 0
    assert MemoryOvercommit(identical=0.9, sharing=True).run().shared > 0
