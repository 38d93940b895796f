"""The pages of the site, in reading order: which notebook each is made from and where it lies."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import relpath

import hvlib
from hvlib.widgets.book_map import PLACES
from hvlib.words import _

NOTEBOOKS = Path(hvlib.__file__).parents[1] / "notebooks"
START = "00-start-here.ipynb"
_LINK = re.compile(r"^(?!\w+:|#)(?P<path>[^#?]*\.ipynb)(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site. number: its chapter, 0 for the start page and the labs.

    source: its notebook. reader: for a lab, the notebook that a reader works in, else the same.
    """

    title: str
    number: int
    source: Path
    reader: Path

    @property
    def address(self) -> str:
        """Where the page lies, from the root of the site."""
        name = self.reader.relative_to(NOTEBOOKS).with_suffix(".html").as_posix()
        return "index.html" if self.reader.name == START else name

    @property
    def is_lab(self) -> bool:
        """Whether the page shows a lab with its solutions."""
        return self.source != self.reader

    def link(self, other: str) -> str:
        """From this page to an address of the site."""
        return relpath(other, str(Path(self.address).parent))

    def resolve(self, target: str) -> str:
        """A link of this page's notebook, as it reads in the page."""
        found = _LINK.match(target)
        if not found:
            return target
        path = (self.source.parent / found["path"]).resolve().relative_to(NOTEBOOKS.resolve())
        page = next((page for page in pages() if path in _notebooks(page)), None)
        return self.link(page.address) + found["rest"] if page else target


def _notebooks(page: Page) -> tuple[Path, ...]:
    return page.source.relative_to(NOTEBOOKS), page.reader.relative_to(NOTEBOOKS)


@cache
def pages() -> tuple[Page, ...]:
    """The start page, the chapters, then the labs."""
    start = Page(_("Start here"), 0, NOTEBOOKS / START, NOTEBOOKS / START)
    return (start, *(_page(place.title, place.number, NOTEBOOKS / place.page) for place in PLACES))


def _page(title: str, number: int, reader: Path) -> Page:
    source = reader if number else reader.parent / "solutions" / reader.name
    return Page(title, number, source, reader)
