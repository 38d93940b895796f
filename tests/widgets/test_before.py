"""The state before stays in the picture, in outline and in words; axes hold still in a hand."""

from typing import Any

import pytest
from ipywidgets import Button

from hvlib.models.exits import ExitCost
from hvlib.models.images import Portability
from hvlib.models.memory import MemoryOvercommit
from hvlib.models.migration import Migration
from hvlib.models.scheduler import CreditScheduler
from hvlib.views.export import models
from hvlib.widgets.explorer import Explorer, explore


def drag(explorer: Explorer, knob: str, *values: float) -> None:
    """Move a knob as the page does: held on the way, let go at the end."""
    slider = explorer._controls[knob]
    for value in values:
        slider.set_state({"held": True, "value": value})
    slider.set_state({"held": False})


def outline(explorer: Explorer, name: str) -> Any:
    chart = explorer._picture.chart
    mark = getattr(chart, name)
    twin = next(twin for other, twin in chart.ghosts if other is mark)
    return twin.shape() if twin.visible else None


def test_axes_hold_still_while_a_knob_is_held_and_move_when_it_is_let_go() -> None:
    explorer = explore(Migration, "hot", "maximum")
    lens = explorer._picture.chart.lens
    slider, before = explorer._controls["hot"], lens.get_xlim()
    slider.set_state({"held": True, "value": 400.0})
    assert lens.get_xlim() == before
    slider.set_state({"held": False})
    assert lens.get_xlim()[1] > before[1], "let go, the axis holds what is shown"


def test_what_was_before_the_last_move_stays_as_an_outline_and_in_words() -> None:
    explorer = explore(Migration, "maximum")
    before = explorer._picture.chart.still.shape()
    assert outline(explorer, "still") is None
    drag(explorer, "maximum", 700.0, 1_000.0)
    assert outline(explorer, "still") == before, "the outline is of before the hand took hold"
    assert explorer._picture.notes["since"].startswith("Standstill 162 → 96.7 ms")
    after = explorer._picture.chart.still.shape()
    drag(explorer, "maximum", 500.0)
    assert outline(explorer, "still") == after


def test_a_pin_keeps_one_state_for_good() -> None:
    explorer = explore(ExitCost, "rate", rate=1_000)
    pinned = explorer._picture.chart.spot.shape()
    explorer._pin.value = True
    for rate in (10_000.0, 100_000.0):
        drag(explorer, "rate", rate)
    assert outline(explorer, "spot") == pinned
    assert "1,000 → 100,000" in explorer._picture.notes["since"]
    explorer._reset()
    assert not explorer._pin.value
    assert outline(explorer, "spot") is None
    assert explorer._picture.notes["since"] == ""


def test_a_trail_shows_the_way_that_the_trade_has_come() -> None:
    explorer = explore(CreditScheduler, "slice", vms=8, pcpus=1, weight=256)
    chart = explorer._picture.chart
    start = chart.spot.shape()
    for value in (10.0, 3.0, 100.0):
        drag(explorer, "slice", value)
    assert len(chart.way.x) == 3
    assert ([chart.way.x[0]], [chart.way.y[0]]) == start
    explorer._reset()
    assert list(chart.way.x) == []


@pytest.mark.parametrize(
    ("model", "mark", "to", "knob"),
    [(ExitCost, "spot", 100_000, "rate"), (MemoryOvercommit, "edge", 2.0, "memory")],
)
def test_a_mark_that_is_a_knob_is_pulled_and_its_slider_follows(
    model: Any, mark: str, to: float, knob: str
) -> None:
    explorer = explore(model, knob)
    chart, panel = explorer._picture.chart, getattr(explorer._picture.chart, mark).panel
    number = chart.marks.index(getattr(chart, mark))
    place = round(panel.x.share(to) * 10_000)
    explorer._picture._handle_custom_msg({"pull": [number, place, 5_000], "held": True}, [])
    assert explorer._controls[knob].held
    explorer._picture._handle_custom_msg({"pull": [number, place, 5_000], "held": False}, [])
    value = getattr(explorer.model, knob)
    assert explorer._controls[knob].value == value != getattr(model(), knob)
    now = chart.outline()
    shown = getattr(chart, mark)
    reached = shown.x[0] if mark == "spot" else shown.left + shown.width
    assert reached == pytest.approx(to, rel=0.1), f"{mark} is not where the hand let go: {now}"


def test_pointing_at_a_mark_tells_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = explore(Migration, "maximum")
    picture, sent = explorer._picture, []
    monkeypatch.setattr(picture, "send", lambda content, buffers=None: sent.append(content))
    for mark, part in ((picture.chart.still, 0), (picture.chart.sent, 1)):
        asked = [picture.chart.marks.index(mark), part]
        picture._handle_custom_msg({"tell": asked}, [])
    assert [content["told"] for content in sent] == [
        "Guest stands still, ms: 162",
        "guest running: round 2, 31.8",
    ]


def test_a_menu_that_is_a_mark_lets_the_axes_go_when_the_hand_does() -> None:
    explorer = explore(ExitCost, "processor", "rate")
    chart = explorer._picture.chart
    number = chart.marks.index(chart.mark)
    place = [number, 2_000, 6_000]
    explorer._picture._handle_custom_msg({"pull": place, "held": True}, [])
    assert chart.held
    explorer._picture._handle_custom_msg({"pull": place, "held": False}, [])
    assert not chart.held, "the axes stay as they were for ever"
    assert explorer._controls["processor"].value == explorer.model.processor == "Merom"


def test_a_named_setting_moves_all_its_knobs_at_once() -> None:
    explorer = explore(Portability, "host_architecture", "emulation")
    buttons = {
        item.description: item
        for row in explorer.children
        for item in getattr(row, "children", ())
        if isinstance(item, Button)
    }
    assert "a Windows host" not in buttons, "a knob that is not shown would move unseen"
    buttons["an Arm laptop that emulates"].click()
    assert explorer.model == Portability(host_architecture="arm64", emulation=True)
    assert explorer._controls["emulation"].value


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_each_named_setting_is_one_that_the_model_has(model: Any) -> None:
    for values in model.presets.values():
        model(**values).run()
