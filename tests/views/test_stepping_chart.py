"""The stepping view shows every guest everywhere, and every step as another picture."""

import pytest

from hvlib.models.guests import LISTINGS
from hvlib.models.stepping import DEPTHS, GuestRun
from hvlib.views.restore import drawing, restored
from hvlib.views.stepping import GuestRunChart

pytestmark = pytest.mark.slow


def shown(chart, **values):
    chart.move(GuestRun(**values).run())
    return chart.items()


@pytest.mark.parametrize(
    ("guest", "where"), list(zip(LISTINGS, [*DEPTHS, "VM", "VM in VM"], strict=True))
)
def test_each_step_differs_from_the_next(guest, where):
    chart = restored(GuestRunChart)
    second, third = (shown(chart, guest=guest, where=where, step=step) for step in (2, 3))
    assert second != third, f"{guest} on {where}: step 3 looks like step 2"


def test_going_back_gives_the_same_picture():
    chart = restored(GuestRunChart)
    there = shown(chart, step=40)
    shown(chart, step=41)
    assert shown(chart, step=40) == there


def test_the_verdict_turns_when_the_flaw_shows():
    chart = restored(GuestRunChart)
    chart.move(GuestRun(guest="clock", flaw="TIMER", step=1).run())
    assert chart.verdict.text == "= bare machine"
    chart.move(GuestRun(guest="clock", flaw="TIMER", step=2).run())
    assert "since step 2" in chart.verdict.text


def test_every_text_stays_inside_the_picture():
    drawn = drawing(GuestRunChart)
    chart = drawn.chart
    for where in DEPTHS:
        drawn.draw(GuestRun(where=where, step=200).run())
        width, height = drawn.canvas.get_width_height()
        for mark in [*chart.lines, *chart.log, *chart.registers, chart.console, chart.verdict]:
            box = drawn.artist(mark).get_window_extent()
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, f"{mark.text!r} is clipped on {where}"
