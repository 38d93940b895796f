"""Each chapter, read in the real JupyterLab as its reader would, opened and run once."""

from pathlib import Path

import pytest
from browser.axe import faults
from browser.jupyterlab import ROOT
from browser.reader import Reader
from playwright.sync_api import ElementHandle, expect

PAGES = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SCROLLED = "03-type-2"
"""In this chapter the reader scrolls while it runs; in the others they wait at the title."""
FOLDED, FOLD = "04-containers-vs-vms", "04-046"
"""In this chapter a fold is looked at: the cell of its heading."""
RUN = "() => { window.ran = window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
HIDDEN = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === "code" && cell.isHidden).length"""
WITHOUT_A_RUN = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === "code" && cell.model.executionCount === null)
  .map((cell) => cell.model.id)"""
TO = """(id) => {
  const book = window.jupyterapp.shell.currentWidget.content;
  const at = book.widgets.findIndex((cell) => cell.model.id === id);
  book.activeCellIndex = at;
  return book.scrollToItem(at);
}"""


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_runs_the_chapter_and_moves_everything(
    reader: Reader, page: str, photos: bool
) -> None:
    reader.open(page)
    hidden = reader.page.evaluate(HIDDEN)
    if page == SCROLLED:
        _run_while_the_reader_scrolls(reader)
    else:
        reader.run_all()
        assert reader.at() < 100, f"{page}: Run All leaves the reader far below the title"
    assert reader.errors() == [], f"{page}: an output shows an error"
    assert reader.failed == [], f"{page}: requests that failed"
    assert reader.outside == [], f"{page}: requests that left this machine"
    assert reader.page.evaluate(WITHOUT_A_RUN) == [], f"{page}: Run All leaves out what is folded"
    assert reader.page.evaluate(HIDDEN) == hidden, f"{page}: Run All opens the folds"
    if page == FOLDED:
        assert hidden > 10, "nothing is folded"
        _open_a_fold_by_keyboard(reader)
    reader.command("notebook:expand-all-headings")  # what goes deeper, too
    _move_every_explorer(reader, page)
    wrong = faults(reader.page, parts=".jp-OutputArea-output", but=("minor", "moderate"))
    assert wrong == [], f"{page}: accessibility"
    assert _cut_menus(reader) == [], f"{page}: menus whose right edge is cut off"
    if photos:
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            reader.theme(theme)
            _photograph(reader, f"{page}-{theme.split()[1].lower()}")


def _run_while_the_reader_scrolls(reader: Reader) -> None:
    """Run All leaves a reader at the title, or where they have scrolled to."""
    reader.page.set_viewport_size({"width": 1366, "height": 768})
    reader.page.evaluate(RUN)
    reader.page.wait_for_selector(".hv-diagram[data-ready]", timeout=60_000)
    assert reader.at() < 100, "the reader stands far below the title"
    reader.page.mouse.move(700, 500)
    reader.page.mouse.wheel(0, 1400)
    reader.wait_until(lambda: reader.at() > 1000, "the page can't be scrolled while it runs")
    before = reader.at()
    reader.page.evaluate("() => window.ran")
    reader.page.wait_for_timeout(1500)
    assert abs(reader.at() - before) < 1200, "the reader was taken elsewhere"


def _open_a_fold_by_keyboard(reader: Reader) -> None:
    """A fold says that there is something, and the arrow key opens it."""
    hidden = reader.page.evaluate(HIDDEN)
    reader.page.evaluate(TO, FOLD)
    heading = reader.page.locator(".jp-MarkdownCell.jp-mod-active")
    expect(heading).to_contain_text("Go deeper: start without booting")
    expect(heading.get_by_role("button", name="hidden")).to_be_visible()
    reader.command("notebook:enter-command-mode")
    reader.page.keyboard.press("ArrowRight")
    reader.wait_until(
        lambda: reader.page.evaluate(HIDDEN) < hidden, "the arrow key leaves the fold shut"
    )


def _cut_menus(reader: Reader) -> list[str]:
    """Names of the menus that reach beyond the grid of knobs they stand in."""
    menus = reader.page.locator(".hv-explorer .widget-gridbox select")
    return menus.evaluate_all(
        """menus => menus.filter(menu => menu.getBoundingClientRect().right
             > menu.closest(".widget-gridbox").getBoundingClientRect().right)
           .map(menu => menu.parentElement.innerText.split("\\n")[0])"""
    )


def _move_every_explorer(reader: Reader, page: str) -> None:
    """By an arrow key on one slider each: tests without JupyterLab move all that there are."""
    nameless = reader.page.query_selector_all("input[type=range]:not([aria-label])")
    assert nameless == [], f"{page}: sliders without a name"
    # By handles: a locator is looked up in the whole page at each use.
    for number, explorer in enumerate(reader.page.query_selector_all(".hv-explorer")):
        sliders = explorer.query_selector_all("input[type=range]")
        if sliders and explorer.query_selector(".hv-picture"):  # a diagram has tests of its own
            _move_one(reader, explorer, sliders, f"{page}, explorer {number}")


def _move_one(
    reader: Reader, explorer: ElementHandle, sliders: list[ElementHandle], where: str
) -> None:
    """Move the first slider that matters just now; picture and sentence must follow."""
    typed = explorer.query_selector_all(".widget-text input")
    enough = all if typed else any  # a board's sentence changes with failures only
    before = _shown(explorer)

    def moved() -> bool:
        return enough(now != then for now, then in zip(_shown(explorer), before, strict=True))

    followed = typed[-1].input_value if typed else lambda: _shown(explorer)  # a board has no state
    for presses in (1, 2):  # more where one step is too small to be seen
        for count, slider in enumerate(sliders):
            state = followed()
            _press(reader, slider, presses)
            reader.wait_until(lambda: followed() != state, f"{where}, {count}: nothing followed")  # noqa: B023
            if moved():
                return
    reader.wait_until(
        moved, f"{where}: its sliders left picture or sentence as it was: {before[1]}"
    )


def _shown(explorer: ElementHandle) -> tuple[str | None, str]:
    """Which picture the reader sees, by its number, and its sentence."""
    painted, sentence = explorer.evaluate(
        """explorer => [explorer.querySelector(".hv-picture").dataset.painted,
                        explorer.querySelector("figcaption").textContent]"""
    )
    return painted, sentence


def _press(reader: Reader, slider: ElementHandle, presses: int) -> None:
    """An arrow key on a slider, the one that leads away from an end."""
    slider.focus()
    at_end = slider.evaluate("slider => slider.value === slider.max")
    for _press in range(presses):
        reader.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")


def _photograph(reader: Reader, name: str) -> None:
    """The whole page, a tall screen at a time, as test artefacts."""
    reader.page.set_viewport_size({"width": 1280, "height": 4000})
    scroller = reader.page.locator(".jp-WindowedPanel-outer:visible").first
    height = scroller.evaluate("el => el.scrollHeight")
    step = scroller.evaluate("el => el.clientHeight") - 60
    for number, top in enumerate(range(0, int(height), int(step))):
        scroller.evaluate("(el, top) => { el.scrollTop = top; }", top)
        reader.page.wait_for_timeout(120)
        reader.screenshot(f"{name}-{number:02d}")
    reader.page.set_viewport_size({"width": 1280, "height": 900})


def test_no_page_is_empty_for_someone_who_only_looks_at_the_files() -> None:
    import nbformat

    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and "explore(" in cell.source:
                kinds = {kind for out in cell.outputs for kind in out.get("data", {})}
                assert {"image/png", "text/plain"} & kinds, f"{_name(path)}: {cell.source}"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
