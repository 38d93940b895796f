"""Laws of a start from a snapshot."""

import pytest
from hypothesis import given

from hvlib.models.cold_start import ColdStart
from hvlib.models.migration import PAGE
from tests.conftest import knob_values


@given(knob_values(ColdStart))
def test_nothing_is_sooner_than_a_guest_in_memory(knobs: dict[str, float]) -> None:
    result = ColdStart(**knobs).run()
    resident = result.of("resident").whole
    assert all(start.whole >= resident for start in result.starts)


@given(knob_values(ColdStart))
def test_reading_ahead_waits_for_what_was_not_foreseen_alone(knobs: dict[str, float]) -> None:
    model = ColdStart(**knobs)
    lazy, ahead = (model.run().of(way) for way in ("lazy", "prefetch"))
    assert ahead.faults == pytest.approx(lazy.faults * model.strays)
    assert ahead.before >= lazy.before


def test_each_touched_page_is_one_fault() -> None:
    lazy = ColdStart(memory=64, touched=2048 * PAGE, fault=100).run().of("lazy")
    assert lazy.faults == pytest.approx(2048)
    assert lazy.stalls == pytest.approx(204.8)


def test_a_guest_touches_no_more_than_it_has() -> None:
    assert ColdStart(memory=16, touched=256).run().of("lazy").faults == pytest.approx(16 / PAGE)
