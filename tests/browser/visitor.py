"""Somebody who reads the site: a window on it, with what went wrong in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from hvlib.site.book import Page as Chapter
from hvlib.site.cells import cells

RUN_ALL = """async (sources) => {
  const { python } = await import(document.querySelector("script[type=module]").src);
  const made = await python();
  await made.call("open", { cells: JSON.stringify(sources), progress: "" });
  const found = [];
  for (let number = 0; number < sources.length; number++) {
    try {
      await made.call("run", { number });
      found.push(await made.call("text", { number }));
    } catch (error) {
      found.push(`ERROR ${error.message.slice(-400)}`);
    }
  }
  return found;
}"""
"""What each of these cells says when it is run in the page's Python."""


def differing(
    chapters: Iterable[Chapter], run: Callable[[list[str]], list[str]]
) -> dict[str, dict[str, str]]:
    """The cells that say something else when ``run`` than what the notebook stores, or fail."""
    wrong = {}
    for page in chapters:
        code = [cell for cell in cells(page) if cell.is_code]
        for cell, text in zip(code, run([cell.source for cell in code]), strict=True):
            same = cell.unstable or text.strip() == cell.text().strip()
            if text.startswith("ERROR") or not same:
                wrong[f"{page.address}#{cell.name}"] = {"here": text, "stored": cell.text()}
    return wrong


@dataclass
class Visit:
    """A window on the site, and what went wrong in it."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(f"{self.url}/{address}")
        return self.page

    def alive(self, name: str = "") -> None:
        """Wait until the cell called ``name``, or any, is alive; it is scrolled to."""
        if name:
            self.page.evaluate("name => document.getElementById(name).scrollIntoView()", name)
        ready = """name => name ? document.getElementById(name).dataset.state === "live"
                                : document.querySelector("[data-state=live]") !== null"""
        self.page.wait_for_function(ready, arg=name, timeout=90_000)
