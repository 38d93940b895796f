"""The computer in the page: from click to prompt, and what a migration takes, in Chromium.

The image is loaded before the clicks that are timed. In the end 200 generated guests run by each
engine of this machine and in the page's computer under Node, and must leave the same.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from hvlib.models.migration import predict_rounds
from hvlib.real.image.build import build
from tests.browser.jupyterlab import CHROMIUM_FLAGS

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does for the tests' own modules

from browser.machine_page import machine_page
from real.test_emulated import disagreements, program

BARS = {
    "click to prompt, image loaded, median (ms)": ("below", 1500.0),
    "numbers that migrations lost": ("below", 1.0),
    "a busy guest's worker, of a core (%)": ("below", 87.0),
    "generated guests on which the engines differ": ("below", 1.0),
}
STARTS = 5
BUSY = 8  # seconds
GUESTS = 200


def measure() -> dict[str, float]:
    """All of it; the rounds themselves are printed."""
    image = build()
    with (
        tempfile.TemporaryDirectory() as folder,
        machine_page(Path(folder), image) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS
        )
        page = browser.new_page()
        page.goto(address)
        prompts = [_prompt(page) for _ in range(STARTS + 1)][1:]
        found = {"click to prompt, image loaded, median (ms)": statistics.median(prompts)}
        lost = 0
        for way in ("pre-copy", "stop-and-copy"):
            moved = _move(page, way)
            lost += "no number is missing" not in page.locator(".hv-said").inner_text()
            found |= {
                f"{way}, downtime at 20 MB/s (ms)": moved["downtime"] * 1e3,
                f"{way}, pages of the last copy": moved["rounds"][-1]["pages"],
                f"{way}, rounds": len(moved["rounds"]),
            }
        found |= _busy(page)
        browser.close()
    found["numbers that migrations lost"] = lost
    runs = [(program(seed), {}) for seed in range(GUESTS)]
    found["generated guests on which the engines differ"] = len(disagreements(runs))
    return found


def _prompt(page: Page) -> float:
    """Start machine A anew; milliseconds from the click to its shell's prompt."""
    machine = page.get_by_role("group", name="Machine A")
    machine.evaluate("node => delete node.dataset.prompt")
    fresh = machine.get_attribute("data-state") == "off"
    machine.get_by_role("button", name="Start" if fresh else "New machine").click()
    page.wait_for_selector(".hv-computer[data-prompt]")
    return float(machine.get_attribute("data-prompt") or 0)


def _busy(page: Page) -> dict[str, float]:
    """What a guest that never rests takes of a processor core; nothing where Linux can't say it.

    The bound is of machine.mjs (SHARE). The browser compiles in threads beside the worker.
    """
    _prompt(page)
    page.get_by_role("textbox", name="Console of machine A").focus()
    page.keyboard.type("while :; do :; done\n")
    session = page.context.browser.new_browser_cdp_session()  # type: ignore[union-attr]
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [one["id"] for one in processes if one["type"] == "renderer"]
    page.wait_for_timeout(2000)
    before, begun = _worked(pages), time.monotonic()
    page.wait_for_timeout(BUSY * 1000)
    used = (_worked(pages) - before) / (time.monotonic() - begun)
    return {"a busy guest's worker, of a core (%)": used * 100} if used else {}


def _worked(processes: list[int]) -> float:
    """Seconds of processor time that the processes' workers have had (proc(5), utime and stime)."""
    ticks = 0
    for process in processes:
        for stat in Path(f"/proc/{process}/task").glob("*/stat"):
            name, _, fields = stat.read_text().rpartition(") ")
            if name.endswith("(DedicatedWorker"):
                ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _move(page: Page, way: str) -> dict[str, Any]:
    """Move A's guest to B, and print the rounds beside what the model foretells."""
    if page.get_by_role("group", name="Machine A").get_attribute("data-state") != "running":
        _prompt(page)
    page.get_by_label("how").select_option(way)
    page.wait_for_timeout(2000)
    page.evaluate("document.querySelector('.hv-machines').removeAttribute('data-migration')")
    page.get_by_role("button", name="Move A to B").click()
    page.wait_for_selector("[data-migration]", timeout=60_000)
    moved: dict[str, Any] = page.evaluate("sent.findLast((one) => one.migration).migration")
    rounds = [(one["pages"], one["seconds"]) for one in moved["rounds"]]
    print(f"{way}: pages {[pages for pages, _ in rounds]}, state {moved['state']:,} bytes")
    if len(rounds) > 2:
        guess = predict_rounds(rounds[:2], memory=rounds[0][0])
        later = [round(pages) for pages, _seconds in guess.rounds]
        print(f"  from the first two the model foretells {[*later, round(guess.left)]}")
    return moved
