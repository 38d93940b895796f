"""What a reader saved is there the next day: pictures, answers and the map, without a kernel."""

import json
from pathlib import Path

from browser.jupyterlab import Lab
from browser.reader import Reader

CELLS = {
    "explorer": "from hvlib import *\nexplore(ExitCost)",
    "diagram": "show('xen')",
    "question": "predict('2.packet-order')",
    "map": "book_map()",
    "table": "crossing_table(('xen', 'kvm'))",
    "measured": "measure('two_guests')",
    "classifier": "classifier()",
}
SHOWN = {
    "explorer": "svg, img",
    "diagram": "svg, img",
    "question": "details",
    "map": ".hv-map-card",
    "table": "table",
    "measured": "svg, img",
    "classifier": "svg, img, table, pre",
}


ALIVE = ("explorer", "diagram", "question")


def test_a_page_outlives_a_restart_of_python_and_the_night(reader: Reader, lab: Lab) -> None:
    reader.run("tomorrow", *CELLS.values())
    reader.page.locator(".hv-map-card").first.wait_for(timeout=60_000)
    reader.page.locator(".hv-picture svg").first.wait_for(timeout=60_000)
    assert not reader.errors()
    _restart_and_run_again(reader)
    reader.command("docmanager:save")
    reader.wait_until(lambda: _outputs(lab), "the page was not saved")
    stored = _outputs(lab)
    live = [kind for data in stored for kind in data if "widget-view" in kind]
    assert not live, "the stored page refers to widgets that die with the kernel"
    reader.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    reader.page.goto(lab.address("tomorrow"))
    reader.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    outputs = reader.page.locator(".jp-CodeCell")
    reader.wait_until(lambda: outputs.count() == len(CELLS), "the cells are not there")
    for number, (what, selector) in enumerate(SHOWN.items()):
        cell = outputs.nth(number).locator(".jp-OutputArea")
        reader.wait_until(
            lambda cell=cell, selector=selector: cell.locator(selector).count() > 0,  # type: ignore[misc]
            f"the {what} is gone the next day; there is: {cell.inner_text()[:200]!r}",
        )
    assert "model not found" not in reader.page.inner_text("body")


def _restart_and_run_again(reader: Reader) -> None:
    """Each widget that asks Python says to run its cell again, and lives when it was."""
    reader.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    cells = [reader.page.locator(".jp-CodeCell").nth(list(CELLS).index(name)) for name in ALIVE]
    for name, cell in zip(ALIVE, cells, strict=True):
        note = cell.locator(".hv-retired")
        reader.wait_until(lambda note=note: note.count() == 1, f"no note for the {name}")  # type: ignore[misc]
    assert "run this cell again" in cells[0].locator(".hv-retired").inner_text()
    slider = cells[0].locator(".hv-explorer input").first
    slider.focus()
    assert slider.evaluate("node => node !== document.activeElement"), "a dead slider takes keys"
    reader.run_all()
    notes = reader.page.locator(".hv-retired")
    reader.wait_until(lambda: notes.count() == 0, "the note stays though the cell ran again")


def _outputs(lab: Lab) -> list[dict[str, object]]:
    """What the stored page holds, cell by cell; nothing until each has an output."""
    book = json.loads((lab.folder / "notebooks" / "tomorrow.ipynb").read_text(encoding="utf-8"))
    found = [out.get("data", {}) for cell in book["cells"] for out in cell.get("outputs", [])]
    return found if len(found) >= len(CELLS) else []


def test_a_second_view_and_a_second_tab_show_the_same_and_lose_no_answer(
    reader: Reader, lab: Lab
) -> None:
    reader.run("twice", "from hvlib import *\nshow('type-2')", CELLS["question"])
    reader.run_all()
    reader.command("docmanager:save")
    reader.page.evaluate(
        "() => window.jupyterapp.commands.execute('docmanager:clone').then(() => null)"
    )
    boxes = reader.page.locator("g.hv-box[data-id=host]")
    reader.wait_until(lambda: boxes.count() == 2, "the second view has no picture")
    boxes.last.focus()
    reader.page.keyboard.press("c")
    for box in boxes.all():
        reader.wait_until(
            lambda box=box: box.get_attribute("data-state") == "crashed",  # type: ignore[misc]
            "two views of one widget show different states",
        )
    other = Reader(reader.page.context.new_page(), lab, [], [])
    other.open("twice")
    other.run_all()
    assert not other.errors()
    answers = lab.home / "data" / "hvlib" / "progress.json"
    for count, tab in enumerate((other, reader), start=_lines(answers) + 1):
        tab.page.bring_to_front()
        tab.page.get_by_role("button", name="Skip").last.click()
        tab.wait_until(
            lambda count=count: _lines(answers) == count,  # type: ignore[misc]
            "an answer of one tab is not kept beside those of the other",
        )
    other.page.close()


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0
