"""The start page starts: one question, one picture, one click to the first change."""

import pytest
from browser.visitor import Visit
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SCREEN = {"viewport": {"width": 1366, "height": 768}}


@pytest.mark.parametrize("visit", [SCREEN], indirect=True)
def test_the_first_screen_asks_in_sixty_words_and_one_click_answers(visit: Visit) -> None:
    page = visit.open("index.html")
    visit.alive("neighbours")
    page.evaluate("scrollTo(0, 0)")
    said = page.locator("#neighbours .hv-says")
    text = [page.locator("main h1").inner_text(), page.locator("main p").first.inner_text()]
    text.append(page.locator("#neighbours .hv-neighbours").inner_text())
    assert len(" ".join(text).split()) <= 60, text
    kernel = page.locator("#neighbours").get_by_role("button", name="kernel", exact=True)
    for part in (kernel, said):
        box = part.bounding_box()
        assert box["y"] + box["height"] < 768, "the reader has to scroll first"  # type: ignore[index]
    kernel.click()
    expect(said).to_contain_text("2 of 2 containers fall, and 1 of 2 virtual machines")
    expect(page.locator("#neighbours [data-state=fallen]")).to_have_count(5)
    assert visit.errors == []
