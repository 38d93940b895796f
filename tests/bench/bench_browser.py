"""Key press to painted picture, in JupyterLab in Chromium: explorer, diagram, and a bare echo.

The echo is a widget that sends a number to the kernel and shows it when it comes back: what any
widget takes here, on this machine. The explorer starts where each step changes the picture: low on
the slider, where the share is near 0%, several steps look the same, and the page rightly paints
nothing.
"""

import tempfile
from pathlib import Path
from statistics import median, quantiles

import nbformat
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import program
from tests.browser.jupyterlab import CHROMIUM_FLAGS, running_lab
from tests.notebooks import METADATA

PRESSES, BURSTS, MOVES = 40, 5, 30
BARS = {
    "explorer p95, ms": ("below", 150.0),
    "explorer median over echo median": ("below", 1.15),
    "diagram's sentence median over echo median": ("below", 1.15),
    "burst of 30 moves, last value painted after, median, ms": ("below", 200.0),
    "diagram p95, ms": ("below", 100.0),
}

CELLS = [
    "from hvlib import ExitCost, explore\nexplore(ExitCost, 'rate', rate=100_000)",
    """\
import anywidget, traitlets
class Echo(anywidget.AnyWidget):
    _esm = '''
    export default { render({model, el}) {
      const button = document.createElement("button");
      button.className = "echo";
      el.append(button);
      let n = 0;
      button.onkeydown = () => { model.set("asked", ++n); model.save_changes(); };
      model.on("change:answered", () => { button.textContent = model.get("answered"); });
    } };'''
    asked = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)
    @traitlets.observe("asked")
    def _answer(self, change):
        self.answered = change.new
Echo()""",
    "from hvlib import show\nshow('xen')",
]

# Watches for changes of the page, not for frames, which would keep the browser busy. A press counts
# from the event's own time to after the frame that shows its picture.
WATCH = """
([root, look]) => {
  window.bench?.stop();
  const over = new AbortController();
  const place = document.querySelector(root);
  const bench = window.bench = {pressed: 0, painted: 0, took: []};
  const looks = {
    picture: () => place.querySelector('.hv-picture')?.dataset.painted,
    echo: () => place.querySelector('.echo').textContent,
    boxes: () => Array.from(place.querySelectorAll('.hv-box'), box => box.dataset.state).join(),
    sentence: () => place.querySelector('.hv-sentence').textContent,
  };
  let seen = looks[look](), waiting = false;
  const lookAgain = () => {
    const now = looks[look]();
    if (!now || now === seen) return;
    seen = now;
    const counts = waiting;
    waiting = false;
    requestAnimationFrame(() => {
      const afterFrame = new MessageChannel();
      afterFrame.port1.onmessage = () => {
        bench.painted = performance.now();
        if (counts) bench.took.push(bench.painted - bench.pressed);
      };
      afterFrame.port2.postMessage(null);
    });
  };
  document.addEventListener('keydown', event => {
    bench.pressed = event.timeStamp;
    waiting = true;
  }, {capture: true, signal: over.signal});
  place.addEventListener('load', lookAgain, {capture: true, signal: over.signal});
  const changes = new MutationObserver(lookAgain);
  changes.observe(place, {subtree: true, childList: true, attributes: true, characterData: true});
  bench.stop = () => { over.abort(); changes.disconnect(); };
}
"""


def measure() -> dict[str, float]:
    """Milliseconds from key press to painted picture, 40 presses each."""
    with tempfile.TemporaryDirectory() as base:
        folder, home = Path(base) / "book", Path(base) / "home"
        home.mkdir()
        (folder / "notebooks").mkdir(parents=True)
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        book = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
        nbformat.write(book, folder / "notebooks" / "bench.ipynb")
        with running_lab(folder, home) as lab, sync_playwright() as playwright:
            chromium = program()
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(lab.address("bench"))
            _run_all(page)
            return _measure(page)


def _run_all(page: Page) -> None:
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'",
        timeout=60_000,
        polling=100,
    )
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".hv-diagram svg", timeout=60_000)
    page.wait_for_timeout(3000)


def _measure(page: Page) -> dict[str, float]:
    slide = ["ArrowRight"] * 3 + ["ArrowLeft"] * 3
    explorer = _presses(page, 1, "picture", "input[type=range]", slide)
    bursts = [_burst(page) for _burst_number in range(BURSTS)]
    echo = _presses(page, 2, "echo", ".echo", ["e"])
    diagram = _presses(page, 3, "boxes", "[data-id=dom0]", ["c"])
    sentence = _presses(page, 3, "sentence", "[data-id=dom0]", ["c"])
    return {
        "explorer median, ms": median(explorer),
        "explorer p95, ms": _p95(explorer),
        "echo median, ms": median(echo),
        "echo p95, ms": _p95(echo),
        "explorer median over echo median": median(explorer) / median(echo),
        "diagram's sentence median over echo median": median(sentence) / median(echo),
        "burst of 30 moves, last value painted after, median, ms": median(bursts),
        "burst of 30 moves, last value painted after, worst, ms": max(bursts),
        "diagram median, ms": median(diagram),
        "diagram p95, ms": _p95(diagram),
        "diagram's sentence, from Python, median, ms": median(sentence),
        "diagram's sentence, from Python, p95, ms": _p95(sentence),
    }


def _cell(number: int) -> str:
    return f".jp-Cell[data-windowed-list-index='{number - 1}']"


def _presses(page: Page, cell: int, look: str, focus: str, keys: list[str]) -> list[float]:
    page.locator(f"{_cell(cell)} {focus}").first.focus()
    page.wait_for_timeout(500)
    page.evaluate(WATCH, [_cell(cell), look])
    # The first presses also wait for whatever the page still does after running its cells.
    for number in range(len(keys) + PRESSES):
        page.keyboard.press(keys[number % len(keys)])
        page.wait_for_function(
            f"() => window.bench.took.length > {number}", timeout=20_000, polling=20
        )
        page.wait_for_timeout(60)
    took: list[float] = page.evaluate("() => window.bench.took")
    return took[len(keys) :]


def _burst(page: Page) -> float:
    """Milliseconds from the last of 30 quick moves until the last value is painted."""
    page.locator(f"{_cell(1)} input[type=range]").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, [_cell(1), "picture"])
    for _move in range(MOVES):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(2000)
    sentence = page.locator(f"{_cell(1)} figcaption").inner_text()
    if "30,000 exits" not in sentence:  # 30 round numbers below 10 to the 6th
        raise AssertionError(f"the slider stands at 30,000 exits, the picture says: {sentence}")
    waited: float = page.evaluate("() => window.bench.painted - window.bench.pressed")
    if waited <= 0:
        raise AssertionError("no picture was painted after the last move")
    return waited


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
