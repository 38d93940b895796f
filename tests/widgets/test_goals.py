"""Each goal of the chapters can be reached, with the knobs that its cell shows, and not at once."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from widgets.shown import Shown, explorers

from hvlib.models.goal import Goal, GoalError, goal_of
from hvlib.models.migration import Migration
from hvlib.models.model import Field, KnobError
from hvlib.views.chart import chart_of
from hvlib.views.restore import drawing, restored
from hvlib.widgets.explorer import explore

WITH_GOAL = [one for one in explorers() if "goal" in one.options]
STEPS = 20
"""Places of a slider that the search tries."""


def goal(one: Shown) -> Goal:
    return goal_of(one.start.quantities, one.options["goal"])


def places(field: Field) -> list[Any]:
    if field.kind in ("bool", "choice"):
        return list(field.choices or (False, True))
    low, high = float(field.knob.low or 0), float(field.knob.high or 0)
    stops = field.stops or [low + (high - low) * n / STEPS for n in range(STEPS + 1)]
    picked = [stops[round(n * (len(stops) - 1) / STEPS)] for n in range(STEPS + 1)]
    return sorted({round(v) if field.kind == "int" else v for v in picked})


def reached(one: Shown, knobs: tuple[str, ...]) -> bool:
    """Whether these knobs alone can reach the goal from where the cell starts."""
    fields = type(one.start).knobs()
    for values in itertools.product(*(places(fields[name]) for name in knobs)):
        try:
            result = one.start.with_(**dict(zip(knobs, values, strict=True))).run()
        except KnobError:
            continue
        if goal(one).reached(result):
            return True
    return False


def by_two(one: Shown) -> Iterator[tuple[str, ...]]:
    return itertools.combinations(one.knobs, 2)


@pytest.mark.parametrize("one", WITH_GOAL, ids=lambda one: one.cell)
def test_a_goal_is_not_met_at_the_start_and_can_be_reached(one: Shown) -> None:
    told = goal(one).told(one.start.run())
    assert "Not yet" in told, f"{one.cell} begins at its goal: {told}"
    found = any(reached(one, (name,)) for name in one.knobs) or any(
        reached(one, pair) for pair in by_two(one)
    )
    assert found, f"{one.cell}: one or two of {one.knobs} don't reach {one.options['goal']!r}"


@pytest.mark.parametrize("one", WITH_GOAL, ids=lambda one: one.cell)
def test_a_goal_is_a_line_in_the_picture(one: Shown) -> None:
    kind = chart_of(type(one.start))
    chart = restored(kind)
    chart.set_goal(goal(one).values)
    lines = [line for line, _name, _unit in chart.aims.values() if line.visible]
    assert lines, f"{one.cell}: the picture has no line for {one.options['goal']!r}"


def test_ten_explorers_have_a_goal_and_five_need_two_knobs() -> None:
    assert len({type(one.start) for one in WITH_GOAL}) >= 10
    two = [one.cell for one in WITH_GOAL if not any(reached(one, (k,)) for k in one.knobs)]
    assert len(two) >= 5, f"only {two} need more than one knob"


@pytest.mark.parametrize("one", WITH_GOAL, ids=lambda one: one.cell)
def test_a_goals_name_keeps_clear_of_the_legend(one: Shown) -> None:
    drawn = drawing(chart_of(type(one.start)))
    drawn.chart.set_goal(goal(one).values)
    drawn.draw(one.start.run())
    for _line, mark, _unit in drawn.chart.aims.values():
        name = drawn.artist(mark)
        legend = name.axes.get_legend()
        if name.get_visible() and legend:
            assert not name.get_window_extent().overlaps(legend.get_window_extent()), one.cell


def test_a_reader_is_told_how_far_it_still_is() -> None:
    explorer = explore(Migration, "minimum", "maximum", goal="downtime < 100 and total < 10")
    assert explorer._picture.notes["goal"] == (
        "Goal: standstill under 100 ms, in all under 10 s. Not yet: standstill 162 ms, "
        "62.3 ms over; in all 67.3 s, 57.3 s over."
    )
    explorer.set(minimum=900, maximum=1_000)
    assert explorer._picture.notes["goal"].endswith("✓ Reached.")
    assert explorer._picture.notes["reached"]


@pytest.mark.parametrize("wrong", ["speed < 3", "downtime", "downtime < fast", "total <"])
def test_a_goal_that_is_none_is_explained(wrong: str) -> None:
    with pytest.raises(GoalError, match="downtime, total, last"):
        explore(Migration, goal=wrong)
