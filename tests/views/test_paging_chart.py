"""The grid of a walk fills step by step, and the cost lines cross where the result says."""

import pytest

from hvlib.models.paging import NestedPaging, PageWalk
from hvlib.views.paging import NestedPagingChart, PageWalkChart
from hvlib.views.restore import restored


def test_each_step_fills_one_more_cell() -> None:
    chart = restored(PageWalkChart)
    for step in (0, 1, 12, 24, 35):
        result = PageWalk(step=step).run()
        chart.move(result)
        filled = len(chart.nested.verts) + len(chart.guest.verts)
        assert filled == result.done


def test_the_cells_follow_the_levels() -> None:
    chart = restored(PageWalkChart)
    chart.move(PageWalk(guest_levels=2, host_levels=3, step=0).run())
    assert [text.text for text in chart.numbers if text.text] == [str(n) for n in range(1, 12)]
    assert chart.grid.get_ylim() == (3, 0)


def test_the_mark_stands_where_the_lines_cross() -> None:
    chart = restored(NestedPagingChart)
    result = NestedPaging(misses=1e6).run()
    chart.move(result)
    (x,), (y,) = chart.level.x, chart.level.y
    assert (x, y) == (result.crossover, result.cost("nested").share)
    below = [rate for rate, cost in zip(chart.shadow.x, chart.shadow.y, strict=True) if cost <= y]
    assert max(below) == pytest.approx(x, rel=0.13)


def test_bars_stack_walks_and_exits() -> None:
    chart = restored(NestedPagingChart)
    result = NestedPaging().run()
    chart.move(result)
    shadow = result.cost("shadow")
    assert chart.walking[1].height == shadow.walking
    assert chart.exiting[1].low == shadow.walking
    assert chart.left.get_ylim()[1] >= max(cost.share for cost in result.costs)


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"cached": 0, "misses": 1e7, "reference": 300},
        {"misses": 1e3, "reference": 1, "clock": 5, "cached": 4},
    ],
)
def test_the_lines_fill_the_right_picture(knobs: dict[str, float]) -> None:
    chart = restored(NestedPagingChart)
    chart.move(NestedPaging(**knobs).run())
    low, high = chart.right.get_ylim()
    costs = [*chart.shadow.y, *chart.nested.y]
    assert low <= min(costs) < 10 * low, "dead space below the lines"
    assert max(costs) <= high, "a line leaves the picture"
