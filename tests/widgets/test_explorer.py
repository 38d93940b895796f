"""A reader moves a knob; model, sentence and picture follow."""

import base64
import json
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import Any
from xml.etree import ElementTree

import pytest
from ipywidgets import Button, HBox, Widget

from hvlib.models.exits import ExitCost
from hvlib.models.migration import Migration
from hvlib.models.model import Field, KnobError, Model
from hvlib.models.stepping import LAST_STEP, GuestRun
from hvlib.views.export import models
from hvlib.widgets.explorer import Explorer, explore
from hvlib.widgets.knobs import chosen

every_model = pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)


def slider(explorer: Explorer, name: str):  # type: ignore[no-untyped-def]
    return explorer._controls[name]


def test_a_moved_slider_changes_model_sentence_and_picture() -> None:
    explorer = explore(ExitCost, rate=1000)
    before = list(explorer._picture.items), explorer._picture.sentence
    slider(explorer, "rate").value = 500_000
    assert explorer.model.rate == 500_000
    assert "500,000 exits a second" in explorer._picture.sentence
    assert explorer._picture.items != before[0]
    assert explorer._picture.sentence != before[1]


@pytest.mark.slow
@every_model
def test_all_that_is_shown_is_that_of_one_model_whatever_the_reader_did(model: type[Model]) -> None:
    """Each knob moved, each state typed, each Reset: no part of the page stays behind."""
    explorer = explore(model)
    start = explorer.model
    for field in model.knobs().values():
        value = _other(field, start)
        slider(explorer, field.name).value = value
        assert getattr(explorer.model, field.name) == value
        _agrees(explorer)
        explorer._error.value = "an old error"
        _button(explorer, "Reset").click()
        assert explorer.model == start, f"Reset leaves {explorer.model!r}"
        _agrees(explorer)
        explorer._state.value = start.with_(**{field.name: value}).state()
        assert getattr(explorer.model, field.name) == value
        _agrees(explorer)
        explorer.set(**{field.name: getattr(start, field.name)})
        assert explorer.model == start
        _agrees(explorer)


def _other(field: Field, start: Model) -> Any:
    """A value of the knob that is not the start's: an end of the range, or another choice."""
    if field.kind in ("bool", "choice"):
        values = (False, True) if field.kind == "bool" else field.choices
    else:
        values = (field.knob.high, field.knob.low)
    kind = {"int": int, "float": float}.get(field.kind, lambda value: value)
    return next(kind(value) for value in values if value != getattr(start, field.name))


@lru_cache(maxsize=2)
def _fresh(model: Model) -> Explorer:
    return Explorer(model, ())  # its controls are not compared


def _agrees(explorer: Explorer) -> None:
    model = explorer.model
    fresh = _fresh(model)
    assert explorer.result == fresh.result
    assert explorer._state.value == model.state(), "the state box shows another state"
    assert explorer._picture.sentence == model.run().describe()
    assert _shown(explorer) == _shown(fresh), "the picture shows another state"
    assert explorer._error.value == "", "an error stands there that is none any more"
    for name, widget in explorer._controls.items():
        assert widget.value == pytest.approx(getattr(model, name)), f"{name} stands elsewhere"


def _shown(explorer: Explorer) -> list[Any]:
    """What the picture shows, but for what it keeps of the states before."""
    chart = explorer._picture.chart
    kept = [twin for _mark, twin in (*chart.ghosts, *chart.trails)]
    return [
        None if any(mark is other for other in kept) else item
        for mark, item in zip_longest(chart.marks, explorer._picture.items)
    ]


def _button(explorer: Explorer, text: str) -> Button:
    rows = [row.children for row in explorer.children if isinstance(row, HBox)]
    return next(item for row in rows for item in row if getattr(item, "description", "") == text)


def test_what_a_reader_types_is_kept_as_it_is_and_inside_the_range() -> None:
    explorer = explore(ExitCost, "software", "rate")
    slider(explorer, "software").value = 2216  # between two steps of 100
    assert explorer.model.software == 2216
    assert chosen(ExitCost.knobs()["rate"], 2_000_000) == 1_000_000
    assert chosen(Migration.knobs()["hot"], -1) == 0


def test_a_slider_by_factors_stands_on_round_numbers_evenly_spaced() -> None:
    stops = Migration.knobs()["hot"].stops
    assert stops[:3] == (0, 0.5, 0.55)
    assert {8, 50, 2000} <= set(stops)
    assert all(b / a < 1.17 for a, b in pairwise(stops[1:]))
    share = Migration.knobs()["hot"].share
    assert (share(0), share(2000)) == (0, 1)
    assert share(50) < share(51) < share(55), "a typed value stands between two stops"


def test_reset_goes_back_to_the_start() -> None:
    explorer = explore(ExitCost, rate=1000)
    explorer.set(rate=9000, processor="Merom")
    explorer._take(explorer._start)
    assert explorer.model == ExitCost(rate=1000)
    assert slider(explorer, "processor").value == "Sandy Bridge"


def test_a_state_can_be_typed_and_a_wrong_one_is_explained() -> None:
    explorer = explore(ExitCost)
    explorer._state.value = "rate=2500 processor=Merom"
    assert explorer.model == ExitCost(rate=2500, processor="Merom")
    explorer._state.value = "https://example.org/02-type-1.html#exit-cost?rate=500"
    assert explorer.model == ExitCost(rate=500)
    assert explorer._state.value == "rate=500"
    explorer._state.value = "rate=2500 processor=Merom"
    explorer._state.value = "rate=7"
    assert "ExitCost.rate must be 100 to 1e+06 1/s, not '7'" in explorer._error.value
    assert explorer.model == ExitCost(rate=2500, processor="Merom")


def test_only_the_named_knobs_are_shown_and_the_rest_stay_fixed() -> None:
    explorer = explore(ExitCost, "rate", processor="Penryn")
    assert list(explorer._controls) == ["rate"]
    slider(explorer, "rate").value = 100_000
    assert explorer.model.processor == "Penryn"


@pytest.mark.parametrize("wrong", [{"rat": 1}, {"rate": 1}])
def test_a_wrong_start_fails_at_once(wrong: dict[str, float]) -> None:
    with pytest.raises(KnobError, match="ExitCost"):
        explore(ExitCost, **wrong)


def test_an_unknown_knob_to_show_fails_at_once() -> None:
    with pytest.raises(KnobError, match="no knob 'speed'"):
        explore(ExitCost, "speed")


def test_the_output_has_widget_picture_and_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVLIB_STILLS", "png")
    explorer = explore(ExitCost)
    data, _metadata = explorer._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == explorer.result.describe()


def test_a_page_that_the_reader_saves_keeps_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HVLIB_STILLS", raising=False)
    explorer = explore(ExitCost, rate=40_000)
    data, _metadata = explorer._repr_mimebundle_()
    root = ElementTree.fromstring(data["image/svg+xml"])
    words = " ".join(root.itertext())
    assert explorer._picture.chart.text.text in words
    assert explorer.result.describe() in words


def test_a_move_sends_what_changed_and_nothing_else() -> None:
    explorer = explore(ExitCost, rate=1000)
    picture = explorer._picture
    before = list(picture.items)
    explorer.set(rate=500_000)
    changed = {n for n, (a, b) in enumerate(zip(before, picture.items, strict=True)) if a != b}
    assert changed == set(picture.change["items"])
    assert 0 < len(changed) < len(before)
    assert len(json.dumps(picture.change)) < 2_000


@every_model
def test_a_move_is_one_message_to_the_page(
    model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = explore(model)
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        Widget, "_send", lambda self, msg, buffers=None: sent.append((type(self).__name__, msg))
    )
    for name, control in explorer._controls.items():
        for moved in other_places(explorer._fields[name], control):
            sent.clear()
            try:
                control.set_state(moved)  # as the page does
            except KnobError:
                continue  # the ends of two knobs need not go together
            assert [kind for kind, _message in sent] == ["Stage"], f"{name} {moved}: {sent}"
    sent.clear()
    explorer._take(model())
    assert [kind for kind, _message in sent] == ["Stage"], f"Reset: {sent}"


def other_places(field: Field, control: Any) -> list[dict[str, Any]]:
    """Messages with which the page says that a reader moved a control."""
    if field.kind == "bool":
        return [{"value": not control.value}, {"value": control.value}]
    if field.kind == "choice":
        return [{"index": n} for n in range(len(field.choices)) if n != control.index][:2]
    ends = [field.knob.high, field.knob.low]
    return [{"value": end} for end in ends if end != control.value]


def test_what_a_move_bears_is_what_the_controls_show() -> None:
    explorer = explore(ExitCost, "rate", rate=1000)
    explorer.set(rate=12_345, processor="Merom")
    assert explorer._picture.change["others"] == {
        explorer._controls["rate"].model_id: {"value": 12_345},
        explorer._state.model_id: {"value": "processor=Merom rate=12345"},
    }


def test_a_page_that_came_late_gets_the_whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = explore(ExitCost, rate=1000)
    for rate in (2000, 3000):
        explorer.set(rate=rate)
    sent: dict[str, Any] = {}
    monkeypatch.setattr(
        Widget, "_send", lambda self, msg, buffers=None: sent.update({self.model_id: msg["state"]})
    )
    explorer._picture._handle_custom_msg({"ask": "whole"}, [])
    assert sent[explorer._picture.model_id]["items"] == explorer._picture.chart.items()
    assert sent[explorer._picture.model_id]["whole"] == explorer._picture.change["serial"]
    assert sent[explorer._state.model_id]["value"] == "rate=3000"


def test_a_run_ends_where_its_program_does_and_its_track_shows_the_traps() -> None:
    explorer = explore(GuestRun, "step", "where", guest="hello", where="VM")
    steps = explorer._controls["step"]
    assert steps.last == steps.reach == explorer.result.last_step == 5
    assert [at for at, _what in steps.ticks] == sorted({item.step for item in _log(explorer)})
    explorer.set(where="bare machine")
    assert steps.ticks == [], "the bare machine traps into no monitor"
    steps.value = 3
    assert explorer.model.step == 3


def _log(explorer: Explorer) -> Any:
    return explorer.model.with_(step=LAST_STEP).run().log
