"""The script that paints pictures, alone in a page: what a reader sees while dragging a slider."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browser.alone import hear, sheet
from browser.jupyterlab import ROOT
from playwright.sync_api import Browser, Page, expect

from hvlib.models.exits import ExitCost
from hvlib.models.migration import Migration
from hvlib.models.model import Model
from hvlib.widgets.explorer import explore
from hvlib.widgets.picture import Picture

MOVES = 60
STYLE = ROOT / "hvlib" / "widgets" / "picture.css"
OPEN = """
async ([script, state]) => {
  const {default: {initialize, render}} = await import(URL.createObjectURL(
    new Blob([script], {type: "text/javascript"})));
  const handlers = {};
  const model = {get: name => state[name], set() {}, save_changes() {}, send() {},
                 on: (event, handler) => (handlers[event] ??= []).push(handler)};
  window.model = model;
  window.hear = content => { for (const act of handlers["msg:custom"]) act(content); };
  initialize({model});
  document.body.style.fontFamily = "sans-serif";
  render({model, el: document.body});
  window.move = change => {
    state.change = change;
    for (const act of handlers["change:change"]) act();
  };
  await new Promise(done => setTimeout(done, 200));
}
"""
DRAG = """
async changes => {
  const figure = document.querySelector("figure");
  const seen = [];
  new MutationObserver(() => seen.push(figure.dataset.painted)).observe(
    figure, {attributes: true, attributeFilter: ["data-painted"]});
  for (const change of changes) {
    window.move(change);
    await new Promise(done => setTimeout(done, 4));
  }
  const during = seen.length;
  await new Promise(done => setTimeout(done, 300));
  return [during, figure.dataset.painted];
}
"""


@contextmanager
def opened(
    chromium: Browser, model: Model, width: int = 1280, own: bool = False
) -> Iterator[tuple[Page, Any]]:
    """A page that shows a model's picture, and the explorer behind it."""
    explorer = explore(type(model), **{name: getattr(model, name) for name in model.knobs()})
    picture = explorer._picture
    state = {
        name: getattr(picture, name)
        for name in ("scene", "items", "change", "whole", "sentence", "notes")
    }
    with sheet(chromium, width, 900, own) as page:
        page.add_style_tag(path=STYLE)
        page.evaluate(OPEN, [Picture._esm, state])
        yield page, explorer


def test_a_reader_who_drags_sees_pictures_on_the_way_and_the_last_one(chromium: Browser) -> None:
    with opened(chromium, ExitCost()) as (page, explorer):
        changes = []
        for step in range(MOVES):
            explorer.set(rate=1_000 + 900 * step)
            changes.append(explorer._picture.change)
        during, last = page.evaluate(DRAG, changes)
        words = page.locator("svg").inner_html()
    assert last == str(changes[-1]["serial"]), f"the drag ended on {changes[-1]}, painted {last}"
    assert during >= 3, f"{during} of {MOVES} pictures were shown while the reader dragged"
    assert explorer._picture.chart.text.text in words


@pytest.mark.parametrize(("width", "layout"), [(1280, "wide"), (390, "narrow")])
def test_the_layout_follows_the_width_and_letters_stay_legible(
    chromium: Browser, width: int, layout: str
) -> None:
    with opened(chromium, Migration(), width) as (page, _explorer):
        shown = page.evaluate("() => document.querySelector('svg').dataset.layout")
        letters = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("svg text")].map(text =>
                 parseFloat(text.getAttribute("font-size")) * text.getScreenCTM().a))"""
        )
        over = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    assert shown == layout
    assert letters >= 11, f"letters of {letters:.1f} px at {width} px"
    assert not over


def test_a_dark_page_has_a_dark_picture_without_asking_the_kernel(chromium: Browser) -> None:
    with opened(chromium, Migration()) as (page, _explorer):
        fill = "() => document.querySelector('svg text').getAttribute('fill')"
        light = page.evaluate(fill)
        page.evaluate("() => { document.body.dataset.jpThemeLight = 'false'; }")
        page.wait_for_timeout(100)
        dark = page.evaluate(fill)
    assert (light, dark) == ("#1b1f24", "#e8eaed")


FRONT_ENDS = {
    "VS Code": (
        ".vscode-dark { --ink: #ccc } body { color: var(--ink, black); background: transparent }",
        "document.body.classList.toggle('vscode-dark')",
    ),
    "Colab": (
        "html[theme=dark] { color-scheme: dark; background: transparent }",
        "document.documentElement.toggleAttribute('theme') && "
        "document.documentElement.setAttribute('theme', 'dark')",
    ),
    "marimo": (
        ".dark body { background: oklch(0.2 0.01 150) }",
        "document.documentElement.classList.toggle('dark')",
    ),
    "a page that fades": (
        "body { background: white; transition: 0.3s } [data-mode=dark] { background: #123 }",
        "document.body.dataset.mode = document.body.dataset.mode === 'dark' ? '' : 'dark'",
    ),
}


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_a_picture_is_dark_where_a_front_end_is_dark_in_its_own_way(
    chromium: Browser, front_end: str
) -> None:
    style, switch = FRONT_ENDS[front_end]
    with opened(chromium, Migration()) as (page, _explorer):
        page.add_style_tag(content=style)
        for ink in ("#e8eaed", "#1b1f24"):
            page.evaluate(switch)
            shown = page.locator("svg text").first
            expect(shown, f"{front_end}: ink that can't be read").to_have_attribute("fill", ink)


def test_a_picture_follows_the_reader_s_system(chromium: Browser) -> None:
    with opened(chromium, Migration(), own=True) as (page, _explorer):
        page.add_style_tag(content=":root { color-scheme: light dark }")
        text = page.locator("svg text").first
        page.emulate_media(color_scheme="dark")
        expect(text).to_have_attribute("fill", "#e8eaed")
        page.emulate_media(color_scheme="light")
        expect(text).to_have_attribute("fill", "#1b1f24")
        page.evaluate("document.body.dataset.jpThemeLight = 'true'")
        page.emulate_media(color_scheme="dark", forced_colors="active")
        expect(text, "a light theme under forced colours, which are dark").to_have_attribute(
            "fill", "#e8eaed"
        )


def test_a_part_is_told_by_pointer_and_by_keys_and_a_ring_is_pulled(chromium: Browser) -> None:
    with opened(chromium, ExitCost()) as (page, explorer):
        asked: list[Any] = []
        hear(page, asked.append)
        page.evaluate("() => { window.model.send = content => window.tell(content); }")
        ring = page.locator(f"[data-handle='{_number(explorer, 'spot')}']").bounding_box()
        page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
        page.wait_for_timeout(50)
        assert "tell" in asked[-1], "a pointer on the ring asks what it says"
        page.mouse.down()
        page.mouse.move(ring["x"] - 60, ring["y"], steps=4)
        page.mouse.up()
        page.wait_for_timeout(200)
        assert {"pull", "held"} <= set(asked[-1])
        assert not asked[-1]["held"], "the last message lets go"
        page.locator("svg").focus()
        asked.clear()
        for _press in range(2):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
        assert len({str(one["tell"]) for one in asked}) == 2, "arrow keys go from part to part"
        page.evaluate("of => window.hear({told: 'Merom: 1,579', of})", asked[-1]["tell"])
        assert "Merom: 1,579" in page.locator("svg").inner_html()
        assert page.locator(".hv-spoken").inner_text() == "Merom: 1,579"


def _number(explorer: Any, name: str) -> int:
    chart = explorer._picture.chart
    return next(n for n, mark in enumerate(chart.marks) if mark is getattr(chart, name))


def test_two_pictures_of_a_page_are_cut_off_each_at_its_own_panels(chromium: Browser) -> None:
    """Each comes with a script of its own; a name used twice showed half of the second picture."""
    with opened(chromium, ExitCost()) as (page, _explorer):
        explorer = explore(Migration)
        picture = explorer._picture
        names = ("scene", "items", "change", "whole", "sentence", "notes")
        page.evaluate(OPEN, [Picture._esm, {name: getattr(picture, name) for name in names}])
        ids = page.evaluate("() => [...document.querySelectorAll('clipPath')].map(node => node.id)")
    assert len(ids) == len(set(ids)) > 3
