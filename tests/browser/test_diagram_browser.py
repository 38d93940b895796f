"""The clickable diagram, alone in a page and in JupyterLab: keyboard, states, flows, keys."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser.alone import alone
from browser.reader import Reader
from playwright.sync_api import Browser, Page, expect

from hvlib.questions.predictions import prediction
from hvlib.systems.system import load, names
from hvlib.views.scene import scene_of
from hvlib.widgets.answering import answering
from hvlib.widgets.diagram import show

FLOW = "packet"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Xen's diagram, alone in a page."""
    with alone(chromium, show("xen")) as page:
        yield page


@pytest.fixture
def clocked(chromium: Browser) -> Iterator[Page]:
    """The same, with a clock that the test moves."""
    with alone(chromium, show("xen"), own=True) as page:
        page.clock.install(time=0)
        page.clock.pause_at(60_000)
        yield page


def box(page: Page, id: str) -> Any:
    return page.locator(f".hv-box[data-id='{id}']")


def state(page: Page, id: str, wanted: str) -> None:
    page.wait_for_selector(f".hv-box[data-id='{id}'][data-state='{wanted}']", timeout=30_000)


def test_crash_dom0_by_keyboard(page: Page) -> None:
    box(page, "dom0").focus()
    page.keyboard.press("c")
    states = load("xen").states(("dom0",))
    for id in ("dom0", "netback", "domu1", "xen"):
        state(page, id, states[id])
    assert "crashed" in box(page, "dom0").get_attribute("aria-label")
    sentence = page.locator(".hv-sentence")
    expect(sentence).to_contain_text("dom0 crashed")
    expect(sentence).to_contain_text("Stalled")
    page.keyboard.press("c")
    state(page, "domu1", "up")


@pytest.mark.parametrize("key", ["ㅊ", "Process", "c"])
def test_c_crashes_while_hangul_is_on(page: Page, key: str) -> None:
    box(page, "dom0").dispatch_event("keydown", {"key": key, "code": "KeyC", "bubbles": True})
    state(page, "dom0", "crashed")


def test_enter_selects_and_tells(page: Page) -> None:
    box(page, "xen").focus()
    page.keyboard.press("Enter")
    panel = page.locator(".hv-panel")
    panel.locator("strong", has_text="Xen hypervisor").wait_for()
    assert "CPU, memory" in panel.inner_text()
    assert box(page, "xen").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Crash Xen hypervisor").click()
    state(page, "domu2", "down")
    page.get_by_role("button", name="Restore all").click()
    state(page, "domu2", "up")


def test_a_dark_page_that_says_so_in_no_way_gives_light_ink(page: Page) -> None:
    ink = "getComputedStyle(document.querySelector('.hv-sentence')).color"
    assert page.evaluate(ink) == "rgb(27, 31, 36)"
    page.evaluate("document.body.style.background = '#181c1a'")
    page.wait_for_function(f"{ink} === 'rgb(232, 234, 237)'", timeout=30_000)


def test_one_tab_stop_and_arrows_inside(page: Page) -> None:
    assert page.locator(".hv-box[tabindex='0']").count() == 1
    box(page, "domu1").focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.id")
    assert focused not in (None, "domu1")
    assert page.locator(".hv-box[tabindex='0']").get_attribute("data-id") == focused


def test_next_steps_and_counts_crossings(page: Page) -> None:
    xen = load("xen")
    page.get_by_label("Flow").select_option(FLOW)
    track = page.locator(".hv-track").first
    total = len(xen.passages(FLOW))
    at = {item.step: number for number, item in enumerate(xen.passages(FLOW), 1)}
    for step in range(1, len(xen.flow(FLOW).steps) + 1):
        page.get_by_role("button", name="Next").click()
        crossing = f"crossing {at[step - 1]} of {total}" if step - 1 in at else ""
        expect(track).to_have_attribute("aria-valuetext", re.compile(f"Step {step} of.*{crossing}"))
    assert page.get_by_role("button", name="Next").is_disabled()
    expect(page.locator(".hv-sentence")).to_contain_text(xen.flow(FLOW).steps[-1].says)


def test_labels_fit_and_nobody_scrolls_and_a_phone_shows_boxes_that_can_be_hit(
    chromium: Browser,
) -> None:
    bad: list[str] = []
    small = [name for name in names() if scene_of(load(name)).height <= 480]
    assert "xen" in small
    for name in names():
        parts = load(name).components
        with alone(chromium, show(name, crashed=[parts[0].id])) as page:
            bad += [f"{name}: {id} does not hold its label" for id in page.evaluate(CLIPPED)]
            if name in small:
                for part in (parts[0], parts[-1]):
                    unseen = _out_of_view_after_a_click(page, part.id)
                    bad += [f"{name}, {part.id} clicked: {what} is out of view" for what in unseen]
            page.set_viewport_size({"width": 390, "height": 844})
            bad += [f"{name} at 390 px: {fault}" for fault in page.evaluate(TOO_SMALL)]
    assert not bad, bad


def _out_of_view_after_a_click(page: Page, id: str) -> list[str]:
    """In the room that JupyterLab leaves at 1366 x 768 with the file browser open."""
    page.evaluate("document.body.style.padding = '700px 0'")
    page.evaluate("scrollTo(0, document.querySelector('.hv-canvas').offsetTop - 5)")
    box(page, id).locator("text").click()
    page.locator(".hv-verbs button").first.wait_for()
    unseen = list(page.evaluate(OUT_OF_VIEW))
    page.keyboard.press("Escape")
    page.evaluate("document.body.style.padding = ''")
    return unseen


def test_a_crash_spreads_ring_by_ring_and_is_said_once(clocked: Page) -> None:
    page = clocked
    box(page, "netback").focus()
    page.keyboard.press("Enter")
    page.evaluate(HEARD)
    page.get_by_role("button", name="Crash netback").click()
    page.clock.run_for(100)
    assert box(page, "netback").get_attribute("data-state") == "crashed"
    assert box(page, "domu1").get_attribute("data-state") == "up", "the first ring did not wait"
    assert "no network" in str(box(page, "domu1").get_attribute("aria-label"))
    page.clock.run_for(200)
    assert box(page, "domu1").get_attribute("data-state") == "limited"
    assert page.locator(".hv-need").count(), "no need is drawn along which it spread"
    page.clock.run_for(3_000)
    assert page.locator(".hv-need").count() == 0, "the spreading did not end"
    heard = page.evaluate("heard")
    assert len(heard) == 1, f"a screen reader hears {heard}"


def test_without_motion_all_rings_are_there_at_once(chromium: Browser) -> None:
    with alone(chromium, show("xen"), reduced_motion="reduce") as page:
        box(page, "netback").focus()
        page.keyboard.press("c")
        assert box(page, "domu1").get_attribute("data-state") == "limited"
        assert "①" in page.locator("svg").text_content()


def test_why_shows_the_chain_alone_and_as_a_list(page: Page) -> None:
    for id in ("dom0", "app1"):
        box(page, id).focus()
        page.keyboard.press("c" if id == "dom0" else "Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # next in the order of Tab: Crash, then Why
    lines = page.locator(".hv-chain li").all_inner_texts()
    assert lines[0] == "Application is part of domU 1 (PVH)."
    assert lines[-1] == "dom0 failed."
    assert page.locator(".hv-box:not(.aside)").count() == len(lines)
    page.locator(".hv-chain button").last.click()
    assert page.evaluate("document.activeElement.dataset.id") == "dom0"
    page.keyboard.press("z")
    state(page, "app1", "up")
    assert page.locator(".hv-box.aside").count() == 0


def test_play_runs_to_the_end_once_and_stops_where_the_flow_does(clocked: Page) -> None:
    page = clocked
    page.get_by_label("Flow").first.select_option(FLOW)
    track = page.locator(".hv-track").first
    page.clock.run_for(3_000)
    assert track.input_value() == "0", "it began by itself"
    track.focus()
    page.keyboard.press(" ")
    page.clock.run_for(2_000)
    assert 0 < int(track.input_value()) < 9
    page.keyboard.press(" ")
    page.clock.run_for(2_000)
    assert 0 < int(track.input_value()) < 9, "pressed twice, it did not stop"
    page.keyboard.press(" ")
    page.clock.run_for(10_000)
    assert track.input_value() == "9", "a run takes more than 10 s"
    box(page, "dom0").focus()
    page.keyboard.press("c")
    page.clock.run_for(3_000)
    page.get_by_role("button", name="Play").first.click()
    page.clock.run_for(10_000)
    assert track.input_value() == "4", "it was played beyond what is dead"


def test_a_way_is_drawn_by_clicking_its_boxes_in_order(chromium: Browser) -> None:
    question: Any = prediction("3.packet-order")
    routing = answering(question)
    right = [question.at[n] for n in question.answer]
    assert len(right) == 8
    with alone(chromium, routing.control.children[0]) as page:
        for id in (right[0], right[2], right[2], "shell", *right[1:]):  # one is taken back
            target = box(page, id)
            if target.count():
                target.locator("text").click()
        assert question.is_right(routing.value()), "its boxes were clicked in the right order"
        assert box(page, right[7]).get_attribute("aria-label").startswith("8, ")
        assert page.locator(".hv-trail").get_attribute("points").count(",") == 8
        assert not page.get_by_label("Flow").first.is_visible(), (
            "the menu of flows would give it away"
        )


# --- in JupyterLab --------------------------------------------------------------------------------


def _read_xen(reader: Reader) -> Page:
    reader.run("diagram-xen", "from hvlib.widgets.diagram import show\nshow('xen')", "1 + 1")
    reader.page.wait_for_selector(".hv-diagram[data-ready]", timeout=30_000)
    return reader.page


def _nothing_went_wrong(reader: Reader) -> None:
    assert not reader.errors()
    assert not reader.outside, "a diagram asked the network for something"


def test_typing_with_a_box_focused_touches_no_cell(desk: Reader) -> None:
    page = _read_xen(desk)
    before = desk.cells()
    for focus in (box(page, "dom0"), page.get_by_role("button", name="Next")):
        focus.focus()
        for keys in ("a", "dd", "b", "x"):  # one by one: together they would cancel out
            page.keyboard.type(keys, delay=20)
            page.wait_for_timeout(200)
            assert desk.cells() == before, f"typing {keys} changed the cells"
    _nothing_went_wrong(desk)


def test_a_key_press_is_painted_within_100_ms(page: Page) -> None:
    box(page, "dom0").focus()
    times = []
    for number in range(24):
        times.append(
            page.evaluate(
                """([id, wanted]) => new Promise((done) => {
                  const box = document.querySelector(`.hv-box[data-id='${id}']`);
                  const start = performance.now();
                  new MutationObserver((_, watch) => {
                    if (box.dataset.state !== wanted) return;
                    watch.disconnect();
                    requestAnimationFrame(() => requestAnimationFrame(
                      () => done(performance.now() - start)));
                  }).observe(box, { attributes: true });
                  const key = new KeyboardEvent("keydown", { key: "c", bubbles: true });
                  document.activeElement.dispatchEvent(key);
                })""",
                ["dom0", "up" if number % 2 else "crashed"],
            )
        )
    middle = sorted(times)[len(times) // 2]
    print(f"key press to paint: median {middle:.0f} ms, worst {max(times):.0f} ms")
    # The bar is 100 ms at the 95th percentile on a quiet machine; `make bench` measures that.
    assert middle < 250, f"median {middle:.0f} ms"


def test_dark_theme_and_narrow_page(reader: Reader) -> None:
    page = _read_xen(reader)
    paper = "getComputedStyle(document.querySelector('.hv-diagram')).getPropertyValue('--hv-paper')"
    light = page.evaluate(paper)
    reader.theme("JupyterLab Dark")
    assert page.evaluate(paper) != light
    reader.screenshot("diagram-xen-dark")
    page.set_viewport_size({"width": 640, "height": 700})  # as 1280 px at 200% zoom
    page.wait_for_timeout(500)
    fits = page.evaluate(
        """() => {
          const output = document.querySelector(".hv-diagram").closest(".jp-OutputArea-output");
          const room = output.getBoundingClientRect().right + 1;
          const parts = output.querySelectorAll(".hv-scroll, .hv-bar, .hv-panel, .hv-legend");
          return Array.from(parts).every((part) => part.getBoundingClientRect().right <= room);
        }"""
    )
    assert fits, "the diagram is wider than its cell at 200% zoom"
    _nothing_went_wrong(reader)


def test_two_pictures_are_compared_in_one_screen(reader: Reader) -> None:
    """With the file browser open, as JupyterLab opens."""
    page = reader.page
    page.set_viewport_size({"width": 1366, "height": 768})
    reader.run("compare", "from hvlib import compare\ncompare('xen', 'vsphere', flow='packet')")
    pictures = page.locator(".hv-comparison .hv-canvas svg")
    pictures.nth(1).wait_for(timeout=30_000)
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".hv-sentence").nth(1)).to_contain_text("Step 1 of 6")
    expect(page.locator(".hv-sentence").first).to_contain_text("Step 1 of 9")
    page.locator(".hv-comparison").evaluate("node => node.scrollIntoView()")
    places = [pictures.nth(n).bounding_box() for n in (0, 1)]
    seen = [-1 <= place["y"] <= 769 - place["height"] for place in places]
    assert all(seen), f"out of view: {places}"
    assert places[1]["x"] > places[0]["x"], "they stand below each other"
    assert page.locator(".hv-legend:visible").count() == 1
    _nothing_went_wrong(reader)


CLIPPED = """() => {
  const view = document.querySelector(".hv-diagram svg");
  const bad = Array.from(view.querySelectorAll(".hv-box")).filter((group) => {
    const text = group.querySelector("text").getBBox();
    const frame = group.querySelector(".hv-frame").getBBox();
    return text.x < frame.x + 2 || text.x + text.width > frame.x + frame.width - 2 ||
      text.y < frame.y || text.y + text.height > frame.y + frame.height;
  });
  return bad.map((group) => group.dataset.id);
}"""
OUT_OF_VIEW = """() => {
  const parts = {
    "what can be done": document.querySelector(".hv-verbs button"),
    "a button of the flow": document.querySelectorAll(".hv-transport button")[1],
    "the sentence": document.querySelector(".hv-sentence"),
    "the picture": document.querySelector(".hv-canvas svg"),
  };
  return Object.keys(parts).filter((name) => {
    const { top, bottom } = parts[name].getBoundingClientRect();
    return top < -1 || bottom > innerHeight + 1 || bottom === top;
  });
}"""
TOO_SMALL = """() => {
  const bad = [];
  for (const box of document.querySelectorAll(".hv-box .hv-frame")) {
    const height = box.getBoundingClientRect().height;
    if (height < 24) bad.push(`${box.parentNode.dataset.id} is ${height} px high`);
  }
  const scale = document.querySelector("svg").getScreenCTM().a;
  for (const text of document.querySelectorAll(".hv-diagram *")) {
    const drawn = text.closest("svg") ? scale : 1;
    const size = parseFloat(getComputedStyle(text).fontSize) * drawn;
    const letters = text.childElementCount === 0 && text.textContent;
    if (letters && size < 10.99) bad.push(`${letters}: ${size} px`);
  }
  if (document.documentElement.scrollWidth > innerWidth) bad.push("the page scrolls sideways");
  return bad;
}"""
HEARD = """() => {
  window.heard = [];
  for (const node of document.querySelectorAll("[aria-live]")) {
    new MutationObserver(() => {
      if (node.getAttribute("aria-live") === "polite") heard.push(node.textContent);
    }).observe(node, { childList: true, characterData: true, subtree: true });
  }
}"""
