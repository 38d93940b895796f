"""What goes deeper is folded away, and opens for everyone who wants it."""

import re
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from browser.visitor import Visit
from playwright.sync_api import Locator, expect
from pypdf import PdfReader

from hvlib.site.book import pages
from hvlib.site.cells import cells

pytestmark = pytest.mark.browser
CHAPTER = "04-containers-vs-vms.html"
HEADING = "go-deeper-start-without-booting"
INSIDE = "snapshot-restore"
FOLDS_ALONE = """() => {
  for (const node of document.querySelectorAll("main > :not(details)")) node.remove();
}"""


def _fold(visit: Visit) -> Locator:
    return visit.page.locator("details.deeper", has=visit.page.locator(f"#{HEADING}"))


def _letters(text: str) -> str:
    """A text without spaces and joined letters, which a printed page sets as it likes."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("to", [HEADING, INSIDE])
def test_a_link_opens_the_fold_that_it_leads_into(visit: Visit, to: str) -> None:
    page = visit.open(f"{CHAPTER}#{to}")  # from elsewhere
    expect(_fold(visit)).to_have_attribute("open", "")
    expect(page.locator(f"#{to}")).to_be_in_viewport()
    visit.open("index.html")
    visit.open(CHAPTER)
    expect(_fold(visit)).not_to_have_attribute("open", "")
    page.evaluate("(to) => { location.hash = to; }", to)  # from the page itself
    expect(_fold(visit)).to_have_attribute("open", "")
    expect(page.locator(f"#{to}")).to_be_in_viewport()


def test_a_search_hit_opens_the_fold_that_it_is_in(visit: Visit) -> None:
    page = visit.open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("snapshot booting")
    page.locator("#search a", has_text="Go deeper: start without booting").first.click()
    expect(_fold(visit)).to_have_attribute("open", "")
    expect(page.locator(f"#{HEADING}")).to_be_in_viewport()


def test_paper_has_what_is_folded(visit: Visit) -> None:
    page = visit.open(CHAPTER)
    page.evaluate(FOLDS_ALONE)  # so that there are fewer sheets to read
    sheets = PdfReader(BytesIO(page.pdf())).pages
    printed = _letters("".join(sheet.extract_text() for sheet in sheets))
    texts = page.locator("details.deeper > p").evaluate_all(
        "(texts) => texts.map((text) => text.textContent)"
    )
    assert len(texts) > 10
    assert [text for text in texts if _letters(text)[:40] not in printed] == []
    expect(_fold(visit)).not_to_have_attribute("open", "")


def test_no_fold_is_open_before_it_is_asked_for(site: Path) -> None:
    for chapter in pages():
        folds = re.findall("<details[^>]*deeper[^>]*>", (site / chapter.address).read_text("utf-8"))
        assert len(folds) == sum(cell.folds for cell in cells(chapter)), chapter.address
        assert not any(re.search(r"\bopen\b", fold) for fold in folds), chapter.address
