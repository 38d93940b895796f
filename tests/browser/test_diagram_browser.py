"""The clickable diagram in a real JupyterLab: keyboard, states, flows, labels, no stray keys."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser.reader import Reader
from playwright.sync_api import Page

from hvlib.systems.system import load, names

FLOW = "packet"


XEN = ("from hvlib.widgets.diagram import show\nshow('xen')", "1 + 1")


@pytest.fixture
def page(desk: Reader) -> Iterator[Page]:
    """A notebook with Xen's diagram, run."""
    yield _read_xen(desk)
    _nothing_went_wrong(desk)


def _read_xen(reader: Reader) -> Page:
    reader.run("diagram-xen", *XEN)
    reader.page.wait_for_selector(".hv-diagram[data-ready]", timeout=30_000)
    return reader.page


def _nothing_went_wrong(reader: Reader) -> None:
    assert not reader.errors()
    assert not reader.outside, "a diagram asked the network for something"


def box(page: Page, id: str) -> Any:
    return page.locator(f".hv-box[data-id='{id}']")


def state(page: Page, id: str, wanted: str) -> None:
    page.wait_for_selector(f".hv-box[data-id='{id}'][data-state='{wanted}']", timeout=5_000)


def test_crash_dom0_by_keyboard(page: Page, desk: Reader) -> None:
    box(page, "dom0").focus()
    page.keyboard.press("c")
    states = load("xen").states(("dom0",))
    for id in ("dom0", "netback", "domu1", "xen"):
        state(page, id, states[id])
    assert "crashed" in box(page, "dom0").get_attribute("aria-label")
    sentence = page.locator(".hv-sentence").inner_text()
    assert "dom0 crashed" in sentence
    assert "Stalled" in sentence
    desk.screenshot("diagram-xen-dom0-crashed")
    page.keyboard.press("c")
    state(page, "domu1", "up")


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


def test_one_tab_stop_and_arrows_inside(page: Page) -> None:
    assert page.locator(".hv-box[tabindex='0']").count() == 1
    box(page, "domu1").focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.id")
    assert focused not in (None, "domu1")
    assert page.locator(".hv-box[tabindex='0']").get_attribute("data-id") == focused


def test_typing_with_a_box_focused_touches_no_cell(page: Page, desk: Reader) -> None:
    before = desk.cells()
    for focus in (box(page, "dom0"), page.get_by_role("button", name="Next")):
        focus.focus()
        for keys in ("a", "dd", "b", "x"):  # one by one: together they would cancel out
            page.keyboard.type(keys, delay=20)
            page.wait_for_timeout(200)
            assert desk.cells() == before, f"typing {keys} changed the cells"


def test_next_steps_and_counts_crossings(page: Page, desk: Reader) -> None:
    xen = load("xen")
    page.get_by_label("Flow").select_option(FLOW)
    counter = page.locator(".hv-counter")
    total = len(xen.passages(FLOW))
    at = {item.step: number for number, item in enumerate(xen.passages(FLOW), 1)}
    for step in range(1, len(xen.flow(FLOW).steps) + 1):
        page.get_by_role("button", name="Next").click()
        page.wait_for_function(
            "([node, n]) => node.textContent.startsWith(`Step ${n} of`)",
            arg=[counter.element_handle(), step],
        )
        if step - 1 in at:
            assert f"crossing {at[step - 1]} of {total}" in counter.inner_text()
    assert page.get_by_role("button", name="Next").is_disabled()
    page.wait_for_function(
        "text => document.querySelector('.hv-sentence').textContent.includes(text)",
        arg=xen.flow(FLOW).steps[-1].says,
    )
    desk.screenshot("diagram-xen-packet")


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


def test_no_label_leaves_its_box(desk: Reader) -> None:
    start = "from hvlib.widgets.diagram import show\nfrom hvlib.systems.system import load"
    cells = [f"show({name!r}, crashed=[load({name!r}).components[0].id])" for name in names()]
    desk.run("diagram-all", start, *cells)
    seen: set[str] = set()
    for number in range(1, len(names()) + 1):
        # JupyterLab draws only what is near the view, so scroll to each.
        desk.page.evaluate(
            "n => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)", number
        )
        desk.page.wait_for_timeout(250)
        seen |= set(desk.page.evaluate(CLIPPED))
    bad = sorted(item for item in seen if item.startswith("bad"))
    assert not bad, bad
    assert len(seen) == len(names()), "not every diagram was drawn"
    assert not desk.errors()


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
          const parts = output.querySelectorAll("svg, .hv-bar, .hv-panel, .hv-legend");
          return Array.from(parts).every((part) => part.getBoundingClientRect().right <= room);
        }"""
    )
    assert fits, "the diagram is wider than its cell at 200% zoom"
    _nothing_went_wrong(reader)


CLIPPED = """() => Array.from(
  document.querySelectorAll(".hv-diagram[data-ready] svg")
).flatMap((view) => {
  const name = view.getAttribute("aria-label");
  const bad = Array.from(view.querySelectorAll(".hv-box")).filter((group) => {
    const text = group.querySelector("text").getBBox();
    const frame = group.querySelector(".hv-frame").getBBox();
    return text.x < frame.x + 2 || text.x + text.width > frame.x + frame.width - 2 ||
      text.y < frame.y || text.y + text.height > frame.y + frame.height;
  });
  return [`ok ${name}`, ...bad.map((group) => `bad ${name}: ${group.dataset.id}`)];
})"""
