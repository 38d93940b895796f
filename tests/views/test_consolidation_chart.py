"""The picture of consolidation holds all hosts, at both ends of the sliders."""

import pytest

from hvlib.models.consolidation import Consolidation
from hvlib.views.chart import chart_of
from hvlib.views.restore import restored
from hvlib.views.theme import DARK, LIGHT

pytestmark = pytest.mark.slow

ENDS = [
    {},
    {"loads": 200, "peak": 0.4, "spread": 0.5, "headroom": 0.4, "correlation": 1, "full": 1000},
    {"loads": 1, "peak": 0.02, "mean": 0.05},
]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("values", ENDS)
def test_every_host_and_both_bars_fit(theme, values):
    chart = restored(chart_of(Consolidation), theme)
    chart.move(Consolidation().run())
    result = Consolidation(**values).run()
    chart.move(result)
    assert len(chart.average.verts) == len(result.hosts)
    assert chart.hosts.get_xlim()[1] >= len(result.hosts)
    assert chart.power.get_ylim()[1] > result.power_before
    assert chart.bars[0].height == result.power_before
