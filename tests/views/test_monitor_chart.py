"""The pictures of what trapping costs and of the three ways out."""

import pytest

from hvlib.models.monitor import TrapCost, WaysOut
from hvlib.views.chart import chart_of
from hvlib.views.restore import restored
from hvlib.views.theme import DARK, LIGHT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_trap_cost_marks_the_depth_and_the_slowdown(theme):
    chart = restored(chart_of(TrapCost), theme)
    chart.move(TrapCost(share=0.1, depth=4, cost=10_000).run())
    assert chart.label.text == "8,001 ×"
    assert [bool(bar.style.get("hatch")) for bar in chart.bars] == [False] * 4 + [True]
    assert chart.spot.y[0] < chart.panels[0].get_ylim()[1]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_ways_out_says_right_or_wrong_by_more_than_colour(theme):
    chart = restored(chart_of(WaysOut), theme)
    chart.move(WaysOut(guest="two programs", flaw="TIMER").run())
    assert [note.text[0] for note in chart.notes] == ["✗", "✓", "✓", "✓", "✓"]


def test_the_bars_end_where_the_run_does():
    chart = restored(chart_of(WaysOut), LIGHT)
    result = WaysOut(guest="clock", flaw="LRA").run()
    chart.move(result)
    for row, way in enumerate(result.ways):
        last = chart.parts["traps"][row]
        assert last.left + last.width == way.direct + way.inside + way.traps
