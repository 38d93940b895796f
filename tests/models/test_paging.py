"""Walks and their costs: counts, order, and where shadow beats nested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.paging import (
    NestedPaging,
    PageWalk,
    nested_references,
    uncached,
    walk,
    walked,
)
from hvlib.published.figures import figure

levels = st.integers(1, 6)


@given(levels, levels)
def test_the_walk_makes_as_many_references_as_the_formula_says(guest: int, host: int) -> None:
    made = walk(guest, host)
    assert len(made) == nested_references(guest, host)
    assert len(set(made)) == len(made), "a reference is made twice"
    assert sum(at.host == 0 for at in made) == guest, "each guest entry is read once"


@given(levels, levels)
def test_no_guest_entry_is_read_before_its_table_is_found(guest: int, host: int) -> None:
    made = walk(guest, host)
    for place, at in enumerate(made):
        if at.host == 0:
            assert [b.host for b in made[place - host : place]] == list(range(host, 0, -1))


@pytest.mark.parametrize(
    ("guest", "host", "count"), [(4, 4, 24), (5, 5, 35), (4, 3, 19), (3, 3, 15)]
)
def test_known_walks(guest: int, host: int, count: int) -> None:
    assert nested_references(guest, host) == count


def test_a_large_page_saves_one_level() -> None:
    assert (walked(4, False), walked(4, True)) == (4, 3)


@given(knob_values(PageWalk))
def test_a_step_beyond_the_end_shows_the_end(knobs) -> None:  # type: ignore[no-untyped-def]
    result = PageWalk(**knobs).run()
    assert result.done == min(knobs["step"], len(result.references))
    assert str(result.done) in result.describe()


def test_the_steps_are_told_one_by_one() -> None:
    told = [PageWalk(step=step).run().describe() for step in range(25)]
    assert len(set(told)) == 25
    assert "nested level 4 is read to find the guest's table of level 4" in told[1]
    assert "the guest's own entry of level 4" in told[5]
    assert "machine page of the data" in told[24]


@given(knob_values(NestedPaging))
def test_nested_walks_are_longest_and_only_shadow_exits(knobs) -> None:  # type: ignore[no-untyped-def]
    result = NestedPaging(**knobs).run()
    native, shadow, nested = result.costs
    assert native.references <= shadow.references < nested.references
    assert (native.exits, nested.exits) == (0, 0)
    assert shadow.exits > 0


@given(knob_values(NestedPaging))
def test_shadow_is_cheaper_exactly_below_the_crossover(knobs) -> None:  # type: ignore[no-untyped-def]
    result = NestedPaging(**knobs).run()
    if result.updates != pytest.approx(result.crossover, rel=1e-6):
        assert (result.cheaper == "shadow") == (result.updates < result.crossover)


def test_both_schemes_cost_the_same_at_the_crossover() -> None:
    level = NestedPaging(updates=NestedPaging(misses=1e5).run().crossover, misses=1e5).run()
    assert level.cost("shadow").share == pytest.approx(level.cost("nested").share)


@given(knob_values(NestedPaging))
def test_large_pages_never_cost_more(knobs) -> None:  # type: ignore[no-untyped-def]
    small = NestedPaging(**{**knobs, "guest_large": False, "host_large": False}).run()
    large = NestedPaging(**{**knobs, "guest_large": True, "host_large": True}).run()
    for before, after in zip(small.costs, large.costs, strict=True):
        assert after.references <= before.references


def test_large_pages_shorten_every_walk_that_is_not_already_cached_to_its_end() -> None:
    for cached in (0, 2.5):
        small = NestedPaging(cached=cached).run()
        large = NestedPaging(cached=cached, guest_large=True, host_large=True).run()
        for before, after in zip(small.costs, large.costs, strict=True):
            assert after.references < before.references


@given(knob_values(NestedPaging))
def test_walk_caches_never_make_a_walk_longer(knobs) -> None:  # type: ignore[no-untyped-def]
    cold, warm = NestedPaging(**{**knobs, "cached": 0}).run(), NestedPaging(**knobs).run()
    for before, after in zip(cold.costs, warm.costs, strict=True):
        assert 1 <= after.references <= before.references


def test_without_caches_a_nested_miss_is_the_worst_case() -> None:
    assert NestedPaging(cached=0).references() == (4, 4, 24)


def test_a_walk_always_reads_the_lowest_level() -> None:
    assert uncached(4, 4) == uncached(2, 3) == 1
    assert NestedPaging(cached=4).references() == (1, 1, 3)


def test_processors_made_since_make_nested_paging_the_cheaper_one() -> None:
    """The chapter says so of a guest that changes its tables a lot; a reader sees the default."""
    default = NestedPaging()
    assert default.run().cheaper == "nested"
    assert default.with_(cached=0).run().cheaper == "shadow", "the worst case tells another story"
    assert default.with_(updates=1e4).run().cheaper == "shadow"


def test_cached_walks_are_near_the_published_ones() -> None:
    native, _shadow, nested = NestedPaging().references()
    assert native == figure("park2022/walk.native.cached").value, "fitted"
    assert nested == pytest.approx(figure("park2022/walk.nested.cached").value, rel=0.25)
