"""Run All leaves a reader where they have scrolled to; else at the title (test_book.py)."""

from browser.reader import Reader

RUN = "() => { window.ran = window.jupyterapp.commands.execute('notebook:run-all-cells'); }"


def test_who_scrolls_while_the_page_runs_stays_there(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 1366, "height": 768})
    reader.open("03-type-2")
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
