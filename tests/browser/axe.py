"""What axe finds wrong in a page for somebody who reads it in another way."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from playwright.sync_api import Page

MARK_NEW = """(parts) => {
  const seen = new Set();
  for (const part of document.querySelectorAll(parts)) {
    const before = seen.size;
    for (const node of [part, ...part.querySelectorAll("*")])
      for (const kind of [node.localName, node.type, node.getAttribute("role"), ...node.classList])
        seen.add(kind);
    part.toggleAttribute("data-new", seen.size > before);
  }
}"""


def faults(
    page: Page, *, parts: str = "", but: Iterable[str] = ("minor",), **options: Any
) -> list[str]:
    """Each rule of axe that is broken, and where; ``options`` are axe's.

    parts: look at these alone, and of them at those which have an element, role or style that none
    before them has: what differs from one explorer to the next is made by the same code. but: how
    little a fault may matter to be left out.
    """
    context = None
    if parts:
        page.evaluate(MARK_NEW, parts)
        context = {"include": [["[data-new]"]]}
    found = Axe().run(page, context, {**DEFAULT_OPTIONS, **options}).response["violations"]
    return [_told(fault) for fault in found if fault["impact"] not in but]


def _told(fault: dict[str, Any]) -> str:
    places = fault["nodes"]
    first = f"{places[0]['target']}: {places[0]['html'][:200]}"
    return f"{fault['id']}: {fault['help']} ({len(places)} places, first {first})"
