"""Key press to painted picture, in JupyterLab in Chromium: explorer, interact, diagram."""

import shutil
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import nbformat
from playwright.sync_api import Page, sync_playwright

from tests.browser.jupyterlab import CHROMIUM_FLAGS, running_lab

BARS = {
    "explorer p95, ms": ("below", 150.0),
    "interact median over explorer median": ("above", 5.0),
    "burst of 30 moves: last value painted after, ms": ("below", 200.0),
    "diagram p95, ms": ("below", 100.0),
}

CELLS = [
    "from hvlib import ExitCost, explore\nexplore(ExitCost, 'rate', rate=1000)",
    """\
import matplotlib.pyplot as plt
from ipywidgets import FloatLogSlider, interact
from hvlib.models.exits import ROUND_TRIP, YEARS

def draw(rate):
    result = ExitCost(rate=rate).run()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.4), layout="constrained")
    left.plot(YEARS.values(), ROUND_TRIP.values(), "o-")
    for name, year in YEARS.items():
        left.annotate(name, (year, ROUND_TRIP[name]))
    left.plot([YEARS[result.processor]], [ROUND_TRIP[result.processor]], "o", ms=13, mfc="none")
    right.barh([0], [result.share], hatch="xx")
    right.set_xlim(0, 1)
    plt.show()
    print(result.describe())

interact(draw, rate=FloatLogSlider(value=1000, base=10, min=2, max=6, step=0.05));""",
    "from hvlib import show\nshow('xen')",
]

WATCH = """
([root, look]) => {
  window.bench = {start: 0, seen: null, took: []};
  const state = () => {
    const el = document.querySelector(root);
    if (look === 'picture') return el?.querySelector('.hv-picture')?.dataset.painted;
    if (look === 'image') {
      const img = el?.querySelector('img');
      return img && img.complete ? img.src.length + img.src.slice(-400) : null;
    }
    return el?.querySelector('svg')?.outerHTML;
  };
  window.bench.seen = state();
  document.addEventListener('keydown', () => { window.bench.start = performance.now(); }, true);
  const tick = () => {
    const now = state();
    if (now && now !== window.bench.seen) {
      window.bench.seen = now;
      window.bench.changed = performance.now();
      if (window.bench.start) {
        const began = window.bench.start;
        window.bench.start = 0;
        requestAnimationFrame(() => window.bench.took.push(performance.now() - began));
      }
    }
    requestAnimationFrame(tick);
  };
  tick();
}
"""


def measure() -> dict[str, float]:
    """Milliseconds from key press to painted picture, 40 presses each."""
    with tempfile.TemporaryDirectory() as base:
        folder, home = Path(base) / "book", Path(base) / "home"
        home.mkdir()
        (folder / "notebooks").mkdir(parents=True)
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "bench.ipynb")
        with running_lab(folder, home) as lab, sync_playwright() as playwright:
            chromium = shutil.which("chromium") or "chromium"
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(lab.address("bench"))
            return _measure(page)


def _measure(page: Page) -> dict[str, float]:
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'",
        timeout=60_000,
    )
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".jp-Cell:nth-of-type(3) svg", timeout=60_000)
    page.wait_for_timeout(3000)
    explorer = _presses(page, 1, "picture", ".noUi-handle", ["ArrowRight"] * 3 + ["ArrowLeft"] * 3)
    burst = _burst(page)
    interact = _presses(page, 2, "image", ".noUi-handle", ["ArrowRight"] * 3 + ["ArrowLeft"] * 3)
    diagram = _presses(page, 3, "svg", "[data-id=dom0]", ["c"])
    return {
        "explorer median, ms": median(explorer),
        "explorer p95, ms": _p95(explorer),
        "interact median, ms": median(interact),
        "interact p95, ms": _p95(interact),
        "interact median over explorer median": median(interact) / median(explorer),
        "burst of 30 moves: last value painted after, ms": burst,
        "diagram median, ms": median(diagram),
        "diagram p95, ms": _p95(diagram),
    }


def _presses(page: Page, cell: int, look: str, focus: str, keys: list[str]) -> list[float]:
    root = f".jp-Notebook .jp-Cell:nth-of-type({cell})"
    page.locator(f"{root} {focus}").first.focus()
    page.evaluate(WATCH, [root, look])
    for number in range(40):
        page.keyboard.press(keys[number % len(keys)])
        page.wait_for_function(f"() => window.bench.took.length > {number}", timeout=10_000)
        page.wait_for_timeout(60)
    took: list[float] = page.evaluate("() => window.bench.took")
    return took


def _burst(page: Page) -> float:
    """Milliseconds from the last of 30 quick moves until the last value is painted."""
    root = ".jp-Notebook .jp-Cell:nth-of-type(1)"
    page.locator(f"{root} .noUi-handle").focus()
    for _move in range(30):
        page.keyboard.press("ArrowRight")
    page.evaluate("() => { window.bench.last = performance.now(); }")
    page.wait_for_timeout(2000)
    waited: Any = page.evaluate("() => Math.max(0, window.bench.changed - window.bench.last)")
    readout = page.locator(f"{root} .widget-readout").inner_text().replace(",", "")
    sentence = page.locator(f"{root} figcaption").inner_text().replace(",", "")
    shown = f"{float(f'{float(readout):.3g}'):.0f}"
    if f" {shown} exits" not in sentence:
        raise AssertionError(f"the slider stands at {readout}, the picture says: {sentence}")
    return float(waited)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
