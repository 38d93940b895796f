"""The map of the book in a real JupyterLab: its cards lead to the pages, by keyboard too."""

from browser.jupyterlab import Lab
from browser.reader import Reader


def test_a_card_opens_its_page_beside_the_map(reader: Reader, lab: Lab) -> None:
    reader.run("map", "from hvlib import book_map\nbook_map()")
    card = reader.page.locator(".hv-map-card", has_text="Type 1: on bare metal")
    card.wait_for(timeout=60_000)
    card.focus()
    reader.page.keyboard.press("Enter")
    tab = reader.page.locator(".lm-TabBar-tab.lm-mod-current", has_text="02-type-1.ipynb")
    tab.first.wait_for(timeout=30_000)
    assert reader.page.locator(".lm-TabBar-tab", has_text="map.ipynb").count() > 0
    assert not reader.outside
