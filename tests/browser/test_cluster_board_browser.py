"""The cluster board in a real JupyterLab: click and keyboard, clock, timeline, focus that stays."""

from collections.abc import Iterator

import pytest
from browser.reader import Reader
from browser.test_diagram_browser import box, state
from playwright.sync_api import Page

CLOCK = ".hv-explorer .hv-steps .hv-track"
TIMELINE = ".hv-picture figcaption"


@pytest.fixture
def page(desk: Reader) -> Iterator[Page]:
    """A notebook with a board, run."""
    desk.run("board", "from hvlib import cluster_board\ncluster_board(hosts=3, vms=8)")
    desk.page.wait_for_selector(".hv-diagram[data-ready]", timeout=30_000)
    yield desk.page
    assert not desk.errors()


def says(page: Page, selector: str, words: str) -> None:
    page.wait_for_function(
        "([selector, words]) => document.querySelector(selector)?.textContent.includes(words)",
        arg=[selector, words],
        timeout=30_000,
    )


def test_a_click_fails_a_host_and_the_clock_brings_its_vms_back(page: Page, desk: Reader) -> None:
    box(page, "host-1").click(position={"x": 12, "y": 12})
    state(page, "host-1", "crashed")
    says(page, TIMELINE, "Failures: host 2 at 300 s.")
    says(page, ".hv-sentence", "Down: ")
    page.locator(CLOCK).focus()
    for _press in range(40):
        page.keyboard.press("ArrowRight")
    says(page, ".hv-sentence", "At 500 s, 9 of 9 VMs serve.")
    state(page, "host-1", "crashed")
    desk.screenshot("cluster-board-host-failed")


def test_keys_fail_and_repair_and_the_focus_stays(page: Page) -> None:
    box(page, "host-0").focus()
    page.keyboard.press("Enter")
    state(page, "host-0", "crashed")
    state(page, "host-1", "unmanaged")  # vCenter stands on host 1
    page.keyboard.press("Enter")
    state(page, "host-0", "up")
    state(page, "host-1", "up")
    focused = page.evaluate("document.activeElement.dataset.id")
    assert focused == "host-0", "the keyboard lost its place"


def test_a_vm_stays_up_and_the_reader_is_told_why(page: Page) -> None:
    box(page, "vm-3").click()
    says(page, ".hv-explorer", "Only hosts, networks, the datastore and vCenter can fail here.")
    state(page, "vm-3", "up")
