"""Before its page is run, a picture says that it stands still; a click on it runs the page."""

from browser.reader import Reader

LIVE = ".hv-diagram[data-ready]"


def test_a_click_on_a_still_picture_runs_the_page_and_leaves_it_in_its_place(
    reader: Reader,
) -> None:
    own = "from PIL import Image\nImage.new('RGB', (60, 60))"
    reader.lab.write("asleep", "from hvlib import show", own, *["1 + 1"] * 12, 'show("os")')
    reader.open("asleep")
    reader.run_all()
    reader.command("docmanager:save")
    reader.open("asleep")
    still = reader.page.locator(".hv-asleep")
    reader.wait_until(lambda: still.count() == 1, "the picture doesn't say that it stands still")
    mark = still.evaluate("el => getComputedStyle(el, '::after').content")
    assert mark == '"▶"', "the sign of a still picture is not seen"
    own_picture = reader.page.locator(".jp-RenderedImage:not(.hv-asleep)")
    assert own_picture.count() == 1, "a picture that is no still of the book has the sign"
    cell = reader.page.locator(".jp-CodeCell").last
    still.scroll_into_view_if_needed()
    before = cell.bounding_box()
    still.click()
    reader.page.wait_for_selector(LIVE, timeout=60_000)
    reader.page.wait_for_timeout(500)
    after = cell.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 40, "the picture has moved away from the hand"
    assert still.count() == 0
