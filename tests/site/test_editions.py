"""The part of the site that speaks another language: its own words, fonts and links."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hvlib.edition import edition
from hvlib.site import book
from hvlib.site.book import pages

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from hvlib.site.book import pages
from hvlib.site.pages import render
from hvlib.site.stills import Stills
page = next(page for page in pages() if page.number == 1)
print(render(page, Stills("", (), {}, {}), "../run-1", translation="texts-1.zip"))
"""


@pytest.fixture(scope="module")
def korean() -> str:
    """Chapter 1 as HTML, without its pictures."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "HVLIB_LANGUAGE": "ko", "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8")


def test_a_page_says_its_language_and_leads_to_english(korean: str) -> None:
    assert '<html lang="ko">' in korean
    assert '<link rel="alternate" hreflang="en" href="../01-definition.html">' in korean
    assert 'href="../01-definition.html" hreflang="en" lang="en">English</a>' in korean
    assert edition("ko").english not in korean, "the head has the link, the text needs none"


def test_its_letters_and_texts_come_with_it(korean: str) -> None:
    assert korean.count("@font-face") == 2
    assert "keep-all" in korean
    assert '"translation": "texts-1.zip"' in korean
    assert '"run": "../run-1"' in korean


def test_english_pages_load_nothing_of_it_and_offer_what_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = next(page.address for page in pages() if page.number == 1)
    for complete, offered in ((0.5, {}), (0.95, {"ko": f"ko/{address}"})):
        known = replace(edition("ko"), complete=complete)
        monkeypatch.setattr(book, "edition", lambda _language, known=known: known)
        assert book.editions(address, ["ko"]) == offered
        assert book.editions(address) == {}, "a site for a USB stick is in English only"
