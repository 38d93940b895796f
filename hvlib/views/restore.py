"""A chart restored from its file, so that showing it needs neither numpy nor matplotlib."""

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from hvlib.views.chart import Chart
from hvlib.views.marks import KINDS, Mark
from hvlib.views.panel import Panel, Scale
from hvlib.views.stored import stored
from hvlib.views.theme import BOTH, LIGHT, Theme

if TYPE_CHECKING:
    from hvlib.views.drawing import Drawing

C = TypeVar("C", bound=Chart)


def restored(kind: type[C], theme: Theme = BOTH) -> C:
    """A chart of this class, to be moved; ``theme`` picks one theme's colours."""
    chart = kind()
    chart.theme, chart.goal = theme, {}
    data, pick = scene(kind), _picker(theme)
    chart.panels = [_panel(pick(copy.deepcopy(panel))) for panel in data["panels"]]
    chart.marks = [_mark(pick(copy.deepcopy(mark)), chart.panels) for mark in data["marks"]]
    for name, value in pick(data["attributes"]).items():
        setattr(chart, name, _attribute(value, chart))
    return chart


def drawing(kind: type[C], theme: Theme = LIGHT, scale: float = 1.0) -> "Drawing[C]":
    """A chart drawn by matplotlib as on a wide page."""
    from hvlib.views.drawing import Drawing  # needs matplotlib

    return Drawing(kind, theme, boxes=scene(kind)["layouts"]["wide"]["boxes"], scale=scale)


@cache
def scene(kind: type[Chart]) -> dict[str, Any]:
    """What a chart's ``build`` gave: layouts, fixed parts and looks, as plain data.

    From the chart's file, or made anew with matplotlib where that is out of date.
    """
    found = stored(kind)
    if found is None:
        from hvlib.views.export import made  # needs matplotlib

        found = json.loads(json.dumps(made(kind)))
    return found


def _panel(data: dict[str, Any]) -> Panel:
    return Panel(title=data["title"], x=Scale(**data["x"]), y=Scale(**data["y"]))


def _mark(data: dict[str, Any], panels: list[Panel]) -> Mark:
    at = data.pop("panel")
    mark = KINDS[data.pop("kind")](**data, panel=None if at is None else panels[at])
    mark.style = dict(mark.look)
    return mark


def _attribute(value: Any, chart: Chart) -> Any:
    """An attribute of a chart, from the form that :mod:`hvlib.views.export` writes."""
    if isinstance(value, list):
        return [_attribute(item, chart) for item in value]
    if not isinstance(value, dict):
        return value
    if "mark" in value:
        return chart.marks[value["mark"]]
    if "panel" in value:
        return chart.panels[value["panel"]]
    if "tuple" in value:
        return tuple(_attribute(item, chart) for item in value["tuple"])
    return {_attribute(key, chart): _attribute(item, chart) for key, item in value["pairs"]}


def _picker(theme: Theme) -> Callable[[Any], Any]:
    """What turns every pair of colours in plain data into the one of ``theme``."""
    if theme is BOTH:
        return lambda value: value
    number = 0 if theme.mode == "light" else 1

    def pick(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: pick(item) for key, item in value.items()}
        if isinstance(value, list):
            return [pick(item) for item in value]
        if isinstance(value, str) and value.startswith("#") and len(value.split(" ")) == 2:
            return value.split(" ")[number]
        return value

    return pick
