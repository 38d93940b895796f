"""A Korean page in JupyterLab: moved, answered and crashed, with a Korean keyboard (T15)."""

import re
from typing import Any

import pytest
from browser.reader import Reader
from playwright.sync_api import Locator, expect

HANGUL = re.compile("[가-힣]")
CELLS = (
    'from hvlib import Consolidation, explore\nexplore(Consolidation, "loads")',
    'from hvlib import predict\npredict("1.consolidation")',
    'from hvlib import show\nshow("xen")',
)


@pytest.fixture
def page(desk: Reader) -> Any:
    """A notebook in the Korean folder, with a picture, a question and a diagram."""
    desk.run("ko/shown", *CELLS)
    desk.page.locator(".hv-diagram").wait_for(timeout=60_000)
    return desk.page


def css(node: Locator, name: str) -> str:
    return str(node.evaluate("(el, name) => getComputedStyle(el)[name]", name))


def test_a_page_speaks_korean_whatever_the_program_around_it_does(page: Any) -> None:
    assert page.evaluate("document.documentElement.lang").startswith("en")
    assert page.locator(".jp-Notebook").first.get_attribute("lang") == "ko"
    sentence = page.locator(".hv-explorer .hv-says, .hv-explorer [aria-live]").first
    expect(sentence).to_contain_text(HANGUL)
    assert css(sentence, "wordBreak") == "keep-all"
    before = sentence.inner_text()
    number = page.locator(".hv-explorer input[type=text], .hv-explorer input").first
    number.fill("60")
    number.press("Enter")
    expect(sentence).not_to_have_text(before)
    assert "은(는)" not in sentence.inner_text()

    question = page.locator(".hv-prediction").first
    expect(question.locator(".hv-prompt")).to_contain_text(HANGUL)
    question.locator("input[type=text]").first.fill("６대")
    question.locator("button.mod-primary").click()
    expect(question).to_contain_text(re.compile("맞습니다|아쉽습니다"))

    box = page.locator(".hv-box[data-id='dom0']")
    box.dispatch_event("keydown", {"key": "ㅊ", "code": "KeyC", "bubbles": True})
    page.wait_for_selector(".hv-box[data-id='dom0'][data-state='crashed']", timeout=10_000)
