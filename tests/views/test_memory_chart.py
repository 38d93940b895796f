"""The memory picture adds up to what was asked and to the host."""

import pytest
from hypothesis import given, settings

from conftest import knob_values
from hvlib.models.memory import MemoryOvercommit
from hvlib.views.memory import MemoryChart
from hvlib.views.restore import restored

CHART = restored(MemoryChart)


@settings(max_examples=20)
@given(knob_values(MemoryOvercommit))
def test_both_bars_add_up_and_fit(knobs) -> None:  # type: ignore[no-untyped-def]
    result = MemoryOvercommit(**knobs).run()
    CHART.move(result)
    asked, held = (sum(part[row].width for part in CHART.parts) for row in (0, 1))
    assert asked == pytest.approx((result.configured + result.overhead) / result.host)
    assert held == pytest.approx(1), "the host is what all is measured by"
    assert bool(CHART.beyond.text) == (asked > 3), "what is cut off is told in a number"


def test_a_group_without_vms_says_so() -> None:
    CHART.move(MemoryOvercommit(busy=0).run())
    assert CHART.causes[0].text == "none"
    assert CHART.causes[1].text != "none"


def test_the_cause_is_named_beside_the_bar() -> None:
    CHART.move(MemoryOvercommit(balloon=0, cache=0).run())
    assert "host swap" in CHART.causes[0].text
