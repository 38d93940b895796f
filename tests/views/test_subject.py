"""What a section is about can be seen in its picture, and is seen to move."""

from math import dist
from typing import Any

import pytest

from hvlib.models.model import Field, KnobError, Model
from hvlib.views.chart import Chart, chart_of
from hvlib.views.export import models
from hvlib.views.marks import Line, Mark
from hvlib.views.panel import ONE
from hvlib.views.restore import restored, scene

SEEN, MOVED = 12, 40
"""Px: how large the mark is at its default, and how far it moves over its knob's range."""


def places(chart: Chart, mark: Mark) -> list[tuple[float, float]]:
    """The corners of what a mark shows on a wide page, in px, as far as its panel reaches."""
    boxes = scene(type(chart))["layouts"]["wide"]["boxes"]
    number = next(n for n, panel in enumerate(chart.panels) if panel is mark.panel)
    left, top, width, height = boxes[number]
    numbers = [n for _style, *paths in mark.item() or [] for path in paths for n in path]
    inside = [min(max(n / ONE, 0), 1) for n in numbers]
    pairs = zip(inside[::2], inside[1::2], strict=True)
    return [(left + x * width, top + y * height) for x, y in pairs]


def bounds(chart: Chart, mark: Mark) -> tuple[float, float, float, float]:
    spots = places(chart, mark) or [(0.0, 0.0)]
    xs, ys = [x for x, _y in spots], [y for _x, y in spots]
    return min(xs), max(xs), min(ys), max(ys)


def values(field: Field) -> list[Any]:
    if field.kind == "bool":
        return [False, True]
    if field.kind == "choice":
        return list(field.choices)
    low, high = float(field.knob.low or 0), float(field.knob.high or 0)
    spots = field.stops or [low + (high - low) * n / 8 for n in range(9)]
    return [round(v) if field.kind == "int" else v for v in spots]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_what_the_section_is_about_is_large_enough_and_moves(model: type[Model]) -> None:
    chart = restored(chart_of(model))
    name, knob = chart.subject
    assert name, f"{type(chart).__name__} does not say which mark its section is about"
    chart.move(model().run())
    mark = getattr(chart, name)
    mark = mark[0] if isinstance(mark, list) else mark
    left, right, top, low = bounds(chart, mark)
    before = places(chart, mark)
    size = max(right - left, low - top)
    if isinstance(mark, Line) and "sign" in mark.look:
        size = max(size, _sign(mark))
    assert size >= SEEN, f"{model.__name__}: {name} is {size:.1f} px large where the reader starts"
    chart.held = True  # as while a hand moves the knob
    moved = 0.0
    for value in values(model.knobs()[knob]):
        try:
            chart.move(model(**{knob: value}).run())
        except KnobError:
            continue
        for spot in places(chart, mark):
            moved = max(moved, min(dist(spot, other) for other in before))
    assert moved >= MOVED, f"{model.__name__}: {knob} moves {name} by {moved:.0f} px only"


def _sign(mark: Line) -> float:
    """How large the sign at a point is, from its outline."""
    numbers = [
        float(n)
        for n in "".join(c if c in "0123456789.-" else " " for c in mark.look["sign"]["d"]).split()
    ]
    return max(numbers[::2]) - min(numbers[::2])
