"""The start page leads to the other languages (only to those that are nearly whole)."""

from dataclasses import replace

import pytest

from hvlib import edition
from hvlib.widgets import book_map

KO = edition.edition("ko")


def test_a_reader_is_offered_what_is_nearly_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_map, "languages", lambda: ("en", "ko"))
    for complete, offered in ((0.5, False), (0.95, True), (1.0, True)):
        monkeypatch.setattr(book_map, "edition", lambda _l, c=complete: replace(KO, complete=c))
        found = book_map.map_html()
        assert ("href='ko/00-start-here.ipynb' hreflang='ko' lang='ko'" in found) is offered
        assert ("한국어" in found) is offered
        assert ("(95%)" in found) is (complete == 0.95)


def test_a_translation_leads_back_to_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_map, "languages", lambda: ("en", "ko"))
    monkeypatch.setattr(book_map, "LANGUAGE", "ko")
    monkeypatch.setattr(book_map, "edition", lambda _l: replace(KO, complete=0.5))
    assert "href='../00-start-here.ipynb' hreflang='en' lang='en'" in book_map.map_html()
    assert "<b>한국어 (50%)</b>" in book_map.map_html()
    monkeypatch.setenv("HVLIB_TRACES", "page")
    assert "hreflang" not in book_map.map_html(), "the site's pages have the links in their heads"
