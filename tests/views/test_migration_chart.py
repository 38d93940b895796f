"""The picture of a migration draws for every policy."""

import pytest
from hypothesis import given, settings

from conftest import knob_values
from hvlib.models.migration import QUAKE3, Migration
from hvlib.views.chart import chart_of
from hvlib.views.restore import restored
from hvlib.views.theme import DARK, LIGHT

pytestmark = pytest.mark.slow

CHART = restored(chart_of(Migration), LIGHT)


@given(knob_values(Migration))
@settings(max_examples=12)
def test_the_whole_migration_is_in_the_picture(values):
    result = Migration(**values).run()
    CHART.move(result)
    assert CHART.service_axes.get_xlim()[1] >= result.total, "the end is outside the picture"


def test_the_picture_shows_the_numbers():
    chart = restored(chart_of(Migration), DARK)
    result = QUAKE3.run()
    chart.move(result)
    assert list(chart.sent.y) == [r.sent for r in result.rounds]
    assert "44 ms" in chart.note.text


@pytest.mark.parametrize("policy", ["stop-and-copy", "post-copy"])
def test_a_way_without_rounds_shows_none(policy):
    chart = restored(chart_of(Migration), LIGHT)
    chart.move(Migration(policy=policy).run())
    assert len(chart.sent.x) == 0
