"""The site in Firefox, as the distribution ships it: the same cells, sentences and keys."""

import json
from collections.abc import Iterator

import pytest
from browser.firefox import RIGHT, UNTESTED, Firefox, firefox, program
from browser.visitor import RUN_ALL, differing

from hvlib.site.book import pages

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.browser,
    pytest.mark.skipif(program() is None, reason=UNTESTED),
]
CHAPTERS = [page for page in pages() if page.address == "02-type-1.html"]
"""Of the cells, those of chapter 2, which show every kind: Chromium's test runs them all."""


@pytest.fixture(scope="module")
def reader(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(address, tmp_path_factory.mktemp("profile")) as window:
        yield window


def _alive(reader: Firefox, name: str) -> None:
    cell = f"document.getElementById({json.dumps(name)})"
    reader.evaluate(f"void {cell}.scrollIntoView()")
    reader.until(f"{cell}.dataset.state === 'live'", seconds=90)


def test_cells_run_in_firefox_and_say_what_the_notebook_says(reader: Firefox) -> None:
    reader.open("labs/live-migration.html")
    reader.until("document.querySelector('[data-state=live]') !== null", seconds=90)
    wrong = differing(
        CHAPTERS, lambda sources: reader.evaluate(f"({RUN_ALL})({json.dumps(sources)})")
    )
    assert wrong == {}, json.dumps(wrong, indent=1)
    assert reader.errors == []
    assert reader.outside == [], "requests that left this machine"


def test_a_slider_moves_a_box_crashes_and_an_answer_is_kept_in_firefox(reader: Firefox) -> None:
    reader.open("02-type-1.html#migration")
    _alive(reader, "migration")
    caption = "document.querySelector('#migration figcaption').textContent"
    reader.until("document.querySelector('#migration figcaption') !== null")
    before = reader.evaluate(caption)
    slider = "document.querySelector('#migration input[type=range]')"
    reader.until(f"{slider} !== null")
    reader.evaluate(f"{slider}.focus()")
    reader.press(RIGHT, RIGHT, RIGHT)
    reader.until(f"{caption} !== {json.dumps(before)}")
    state = reader.evaluate("document.querySelector('#migration .hv-link').getAttribute('href')")
    assert state.startswith("#migration?"), "a state that can be linked"

    _alive(reader, "2.ha-downtime")
    question = "document.getElementById('2.ha-downtime')"
    reader.evaluate(f"{question}.querySelector('input[type=radio]').click()")
    reader.evaluate(f"{question}.querySelector('button[data-style=primary]').click()")
    reader.until("(localStorage.hvProgress ?? '').includes('2.ha-downtime')")

    _alive(reader, "vsphere")
    box = "document.querySelector('#vsphere g.hv-box')"
    reader.evaluate(f"{box}.focus()")
    reader.press("c")
    reader.until(f"{box}.dataset.state === 'crashed'")
    wide = reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide, "the page scrolls sideways"
    assert reader.errors == []
