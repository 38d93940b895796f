"""The pages of the site, in reading order: which notebook each is made from and where it lies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import relpath

import hvlib
from hvlib.edition import ENGLISH, START, WHOLE, edition
from hvlib.widgets.book_map import PLACES
from hvlib.words import LANGUAGE, _

ALL = Path(hvlib.__file__).parents[1] / "notebooks"
NOTEBOOKS = ALL if LANGUAGE == ENGLISH else ALL / LANGUAGE
"""The notebooks of the process's language."""
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
        place = (self.source.parent / found["path"]).resolve()
        for page in pages():
            if place in [path.resolve() for path in (page.source, page.reader)]:
                return self.link(page.address) + found["rest"]
        if LANGUAGE == ENGLISH or not place.is_relative_to(ALL.resolve()):
            return target
        name = place.relative_to(ALL.resolve()).with_suffix(".html").as_posix()
        english = name.replace("labs/solutions/", "labs/").replace(START[:-6], "index")
        return self.link(f"../{english}") + found["rest"]  # the English site lies one folder up


@cache
def pages() -> tuple[Page, ...]:
    """The start page, the chapters, then the labs; of an edition those that it has."""
    start = Page(_("Start here"), 0, NOTEBOOKS / START, NOTEBOOKS / START)
    found = (start, *(_page(p.title, p.number, NOTEBOOKS / p.page) for p in PLACES))
    return tuple(page for page in found if page.source.exists())


def editions(address: str, built: Iterable[str] = ()) -> dict[str, str]:
    """The addresses of a page in the other languages that readers are offered.

    built: the languages that the site has, beside English.
    """
    if LANGUAGE != ENGLISH:
        return {ENGLISH: f"../{address}"}
    found = [name for name in built if edition(name).complete >= WHOLE]
    notebook = START if address == "index.html" else address.replace(".html", ".ipynb")
    return {name: f"{name}/{address}" for name in found if (ALL / name / notebook).exists()}


def _page(title: str, number: int, reader: Path) -> Page:
    source = reader if number else reader.parent / "solutions" / reader.name
    return Page(title, number, source, reader)
