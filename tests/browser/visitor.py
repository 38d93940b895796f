"""Somebody who reads the site: a window on it, with what went wrong in it."""

from dataclasses import dataclass, field

from playwright.sync_api import Page


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
