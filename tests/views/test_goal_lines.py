"""A goal's line stands where the picture shows the number that it is about."""

from collections.abc import Iterator

import pytest

from hvlib.models.model import Model, models
from hvlib.views.chart import chart_of
from hvlib.views.marks import Bar, Line, Mark
from hvlib.views.restore import restored


def values(mark: Mark, across: bool) -> Iterator[float]:
    """Where a mark begins, ends and turns along one axis."""
    if isinstance(mark, Line):
        yield from mark.x if across else mark.y
    elif isinstance(mark, Bar):
        begin, length = (mark.left, mark.width) if across else (mark.low, mark.height)
        yield from (begin, begin + length)
    else:
        for part in mark.shape():
            for path in part if isinstance(part, (list, tuple)) else ():
                for point in path:
                    yield point[0 if across else 1]


AIMED = [model for model in models() if restored(chart_of(model)).aims]


@pytest.mark.parametrize("model", AIMED, ids=lambda model: model.__name__)
def test_a_goal_that_is_just_met_goes_through_what_shows_it(model: type[Model]) -> None:
    chart, result = restored(chart_of(model)), model().run()
    chart.move(result)
    for name, (line, _text, _unit) in chart.aims.items():
        chart.set_goal({name: model.quantities[name].of(result)})
        across = line.at == "xdata"
        (at, _same) = line.x if across else line.y
        others = [mark for mark in chart.marks if mark is not line and mark.panel is line.panel]
        found = (value for mark in others if mark.visible for value in values(mark, across))
        assert any(value == pytest.approx(at, rel=1e-6) for value in found), name
