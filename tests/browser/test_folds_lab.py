"""What goes deeper is folded in JupyterLab too, and Run All runs what is folded."""

from browser.reader import Reader
from playwright.sync_api import expect

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
FOLD = "04-046"


def test_a_fold_says_that_there_is_something_and_run_all_runs_it(reader: Reader) -> None:
    reader.open("04-containers-vs-vms")
    assert reader.page.evaluate(HIDDEN) > 10, "nothing is folded"
    reader.page.evaluate(TO, FOLD)
    heading = reader.page.locator(".jp-MarkdownCell.jp-mod-active")
    expect(heading).to_contain_text("Go deeper: start without booting")
    expect(heading.get_by_role("button", name="hidden")).to_be_visible()
    reader.run_all()
    assert reader.page.evaluate(WITHOUT_A_RUN) == []
    assert reader.errors() == []
    assert reader.page.evaluate(HIDDEN) > 10, "Run All opens the folds"


def test_the_keyboard_opens_a_fold(reader: Reader) -> None:
    reader.open("04-containers-vs-vms")
    before = reader.page.evaluate(HIDDEN)
    reader.page.evaluate(TO, FOLD)
    reader.command("notebook:enter-command-mode")
    reader.page.keyboard.press("ArrowRight")
    reader.wait_until(
        lambda: reader.page.evaluate(HIDDEN) < before, "the arrow key leaves the fold shut"
    )
