"""The stepping view draws every guest everywhere, in both themes, and its stamps look like text."""

import io

import numpy as np
import pytest
from PIL import Image

from hvlib.models.guests import LISTINGS
from hvlib.models.stepping import DEPTHS, GuestRun
from hvlib.views.chart import chart_of
from hvlib.views.theme import DARK, LIGHT


def drawn(chart, **values) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(chart.png(GuestRun(**values).run()))), dtype=int)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_guest_and_place_draws_and_differs_from_the_next_step(theme):
    chart = chart_of(GuestRun)(theme)
    # All combinations would take long; each guest and each place appears.
    for guest, where in zip(LISTINGS, [*DEPTHS, "VM", "VM in VM"], strict=True):
        first = drawn(chart, guest=guest, where=where, step=2)
        second = drawn(chart, guest=guest, where=where, step=3)
        assert (first != second).any(), f"{guest} on {where}: step 3 looks like step 2"


def test_going_back_gives_the_same_picture():
    chart = chart_of(GuestRun)(LIGHT)
    there = drawn(chart, step=40)
    drawn(chart, step=41)
    assert (drawn(chart, step=40) == there).all()


def test_the_verdict_turns_when_the_flaw_shows():
    chart = chart_of(GuestRun)(LIGHT)
    chart.png(GuestRun(guest="clock", flaw="TIMER", step=1).run())
    assert chart.verdict.get_text() == "= bare machine"
    chart.png(GuestRun(guest="clock", flaw="TIMER", step=2).run())
    assert "since step 2" in chart.verdict.get_text()


def test_every_text_stays_inside_the_picture():
    chart = chart_of(GuestRun)(LIGHT)
    for where in DEPTHS:
        chart.png(GuestRun(where=where, step=200).run())
        width, height = chart.canvas.get_width_height()
        for artist in [*chart.lines, *chart.log, *chart.registers, chart.console, chart.verdict]:
            box = artist.get_window_extent()
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, f"{artist.get_text()!r} is clipped on {where}"
