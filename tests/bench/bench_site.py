"""The site in Chromium: how soon a page can be read, lives, and follows a slider's move."""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hvlib.site.build import build
from hvlib.site.serving import served
from tests.browser.chromium import program
from tests.browser.jupyterlab import CHROMIUM_FLAGS

CHAPTER = "02-type-1.html"
CELL = "migration"
BARS = {
    "first contentful paint, 1.6 Mbit/s, CPU / 4 (ms)": ("below", 1000.0),
    "first living cell, first visit (s)": ("below", 6.0),
    "first living cell, second visit (s)": ("below", 4.0),
    "slider to paint, median (ms)": ("below", 17.0),
    "slider to paint, 95th percentile (ms)": ("below", 40.0),
}
MOVE = """([name, share]) => new Promise((done) => {
  const cell = document.getElementById(name);
  const slider = cell.querySelector("input[type=range]");
  const start = performance.now();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(performance.now() - start);
  // The list is changed within a frame; a message posted then is heard when the frame is painted.
  const watch = new MutationObserver(() => {
    watch.disconnect();
    port2.postMessage(0);
  });
  watch.observe(cell.querySelector(".hv-picture"), { attributeFilter: ["data-painted"] });
  slider.value = Number(slider.min) + share * (slider.max - slider.min);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def measure() -> dict[str, float]:
    """All times, each in a fresh profile."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build(Path(folder) / "site")
        chromium = playwright.chromium
        with served(Path(folder) / "site") as url:
            browser = chromium.launch(executable_path=program(), args=CHROMIUM_FLAGS)
            found = {"first contentful paint, 1.6 Mbit/s, CPU / 4 (ms)": _paint(browser, url)}
            browser.close()
            profile = chromium.launch_persistent_context(
                f"{folder}/profile", executable_path=program(), args=CHROMIUM_FLAGS
            )
            found["first living cell, first visit (s)"] = _first_life(profile, url)
            found["first living cell, second visit (s)"] = _first_life(profile, url)
            found |= _moves(profile.new_page(), url)
            profile.close()
    return found


def _paint(browser: Browser, url: str) -> float:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    line = page.context.new_cdp_session(page)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    line.send("Network.enable")
    rates = {"downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, **rates})
    page.goto(f"{url}/{CHAPTER}", wait_until="domcontentloaded")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    return float(
        page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    )


def _first_life(context: BrowserContext, url: str) -> float:
    page = context.new_page()
    page.goto(f"{url}/{CHAPTER}")
    page.wait_for_function("performance.getEntriesByName('live').length", timeout=60_000)
    seconds = float(page.evaluate("performance.getEntriesByName('live')[0].startTime")) / 1000
    page.wait_for_timeout(3000)  # in which the browser keeps the compiled code
    page.close()
    return seconds


def _moves(page: Page, url: str) -> dict[str, float]:
    page.goto(f"{url}/{CHAPTER}#{CELL}")
    page.wait_for_selector(f"#{CELL}[data-state=live]", timeout=60_000)
    page.wait_for_timeout(3000)  # until its neighbours live as well
    shares = [0.05 + 0.9 * ((7 * number) % 40) / 40 for number in range(60)]
    times = sorted(page.evaluate(MOVE, [CELL, share]) for share in shares)
    return {
        "slider to paint, median (ms)": statistics.median(times),
        "slider to paint, 95th percentile (ms)": times[int(0.95 * len(times))],
    }
