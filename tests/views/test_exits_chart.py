"""The pictures of what exits cost, and how many work causes."""

import pytest

from hvlib.models.exits import ROUND_TRIP, ExitCost, ExitsOfWork
from hvlib.views.chart import chart_of
from hvlib.views.restore import restored
from hvlib.views.theme import DARK, LIGHT


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_mark_sits_on_the_chosen_processor(theme):
    chart = restored(chart_of(ExitCost), theme)
    chart.move(ExitCost(processor="Nehalem").run())
    assert list(chart.mark.y) == [ROUND_TRIP["Nehalem"]]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_only_the_chosen_bar_is_hatched(theme):
    chart = restored(chart_of(ExitsOfWork), theme)
    result = ExitsOfWork(device="vmxnet", clustered=True).run()
    chart.move(result)
    hatched = [key for key, bar in chart.bars.items() if bar.style.get("hatch")]
    assert hatched == [("vmxnet", True)]
    assert chart.share.width == result.share
    assert chart.text.text.endswith(f"{result.share:.1%}")


def test_a_small_share_is_not_called_nothing():
    chart = restored(chart_of(ExitCost), LIGHT)
    chart.move(ExitCost(rate=100).run())
    assert chart.text.text == "less than 0.1% lost to exits"
