"""The slider's script, alone in a page: a track to aim at, a number to type, values with names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from browser.alone import sheet
from browser.jupyterlab import ROOT
from playwright.sync_api import Browser, Page

from hvlib.models.migration import Migration
from hvlib.models.model import models
from hvlib.widgets.knobs import Slider, chosen, control

STYLE = ROOT / "hvlib" / "widgets" / "slider.css"
OPEN = """
async ([script, states]) => {
  const {default: {render}} = await import(URL.createObjectURL(
    new Blob([script], {type: "text/javascript"})));
  window.said = [];
  document.body.setAttribute("style", "margin: 8px; font-family: sans-serif");
  for (const state of states) {
    const model = {get: name => state[name], on() {},
                   set: (name, value) => { state[name] = value; },
                   save_changes: () => said.push([state.value, state.held])};
    render({model, el: document.body});
  }
}
"""


@contextmanager
def opened(chromium: Browser, width: int, *sliders: Any) -> Iterator[Page]:
    names = [name for name in Slider.class_own_traits() if name[0] != "_"]
    states = [{name: getattr(slider, name) for name in names} for slider in sliders]
    with sheet(chromium, width, 400) as page:
        page.add_style_tag(path=STYLE)
        page.evaluate(OPEN, [STYLE.with_suffix(".js").read_text("utf-8"), states])
        yield page


def test_a_number_can_be_typed_a_name_pressed_and_a_thumb_held(chromium: Browser) -> None:
    with opened(chromium, 390, control(Migration.knobs()["memory"], 800)) as page:
        track, number = page.get_by_role("slider"), page.get_by_role("textbox")
        assert track.bounding_box()["width"] >= 280
        assert number.input_value() == "800"
        number.fill("1,234")
        number.press("Enter")
        assert page.evaluate("said.at(-1)") == [1234, False], "what was typed is not what is meant"
        assert track.get_attribute("aria-valuetext") == "1,234 MB"
        number.fill("a lot")
        number.press("Enter")
        assert number.input_value() == "1,234", "words are no number: the last one stays"
        number.fill("99999")
        number.press("Enter")
        assert number.input_value() == "16,384", "the range's end"
        box = track.bounding_box()
        page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
        value, held = page.evaluate("said.at(-1)")
        assert held, "while the thumb is held, axes hold still"
        page.mouse.up()
        assert page.evaluate("said.at(-1)") == [value, False]
        assert float(number.input_value()) == value, "the thumb stands on round numbers"


def test_a_named_value_is_a_button_at_its_place(chromium: Browser) -> None:
    with opened(chromium, 390, control(Migration.knobs()["hot"], 50)) as page:
        page.get_by_role("button", name="web server").click()
        assert page.evaluate("said.at(-1)[0]") == 8
        assert page.get_by_role("textbox").input_value() == "8"


STEP = """() => Array.from(document.querySelectorAll("input[type=range]"), track => {
  const atEnd = track.value === track.max;
  track[atEnd ? "stepDown" : "stepUp"](); // as an arrow key does
  track.dispatchEvent(new Event("input"));
  return [atEnd, said.at(-1)[0]];
})"""


def test_one_step_moves_the_slider_of_every_knob(chromium: Browser) -> None:
    fields = [field for model in models() for field in model.knobs().values()]
    fields = [field for field in fields if isinstance(control(field, field.default), Slider)]
    with opened(chromium, 900, *(control(field, field.default) for field in fields)) as page:
        for field, (at_end, value) in zip(fields, page.evaluate(STEP), strict=True):
            assert (value < field.default) if at_end else (value > field.default), field.name
            assert value == chosen(field, value), f"{field.name}: out of its range"
            assert not field.stops or value in field.stops, field.name
