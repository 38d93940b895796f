"""Published figures with their sources: one TOML file a paper or manual.

A file has one ``[source]`` table (authors, title, venue, year; ``url`` or ``note`` where it helps)
and ``[[figure]]`` tables: ``id``, ``value``, ``unit``, ``where`` (table, figure or section) and
``tag``, which says how the figure was read: P in the primary text, D in the vendor's own
documentation, S in a secondary text that quotes it (``as_quoted_in`` then names that text).
Figures from memory have no place here.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Tag = Literal["P", "D", "S"]


@dataclass(frozen=True, slots=True)
class Source:
    """A paper, manual or source file that figures come from."""

    id: str
    authors: str
    title: str
    venue: str
    year: int
    url: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.authors}, “{self.title}”, {self.venue}, {self.year}"

    @property
    def short(self) -> str:
        """First author's surname and year, as ``"Agesen et al. 2012"``."""
        people = self.authors.removesuffix(" et al.").split(", ")
        surname = re.sub(r"^([A-Z]\. ?)+", "", people[0])
        others = " et al." if len(people) > 1 or self.authors.endswith(" et al.") else ""
        return f"{surname}{others} {self.year}"


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One number from the literature. value: in ``unit``. where: table, figure or section."""

    id: str
    value: float
    unit: str
    where: str
    tag: Tag
    source: Source
    as_quoted_in: str = ""
    note: str = ""

    @property
    def cite(self) -> str:
        """Source, place, and the quoting text if the source was not read directly."""
        return f"{self.origin}, {self.where}"

    @property
    def short(self) -> str:
        """Surname, year and place; "as quoted" where the source was not read directly."""
        quoted = ", as quoted in another text" if self.as_quoted_in else ""
        return f"{self.source.short}, {self.where}{quoted}"

    @property
    def origin(self) -> str:
        """The source in full, and the text that quotes it where it was not read itself."""
        quoted = f", as quoted in {self.as_quoted_in}" if self.as_quoted_in else ""
        return f"{self.source}{quoted}"


@cache
def sources() -> dict[str, Source]:
    """All sources by id."""
    return {source: _read(source)[0] for source in _source_ids()}


@cache
def figures() -> dict[str, PublishedFigure]:
    """All figures by ``"source/figure"``."""
    return {
        f"{source}/{figure.id}": figure for source in _source_ids() for figure in _read(source)[1]
    }


def figure(key: str) -> PublishedFigure:
    """The figure with this key, as ``"clark2005/quake3.total"``. Raises KeyError naming the key."""
    try:
        return figures()[key]
    except KeyError:
        raise KeyError(f"no published figure {key!r}; see hvlib/published/*.toml") from None


def _source_ids() -> list[str]:
    names = (entry.name for entry in files("hvlib.published").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def _read(source_id: str) -> tuple[Source, list[PublishedFigure]]:
    text = (files("hvlib.published") / f"{source_id}.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        source = Source(id=source_id, **data["source"])
        found = [PublishedFigure(source=source, **entry) for entry in data.get("figure", [])]
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"hvlib/published/{source_id}.toml: {error}") from error
    for entry in found:
        if entry.tag not in ("P", "D", "S"):
            raise ValueError(f"hvlib/published/{source_id}.toml: {entry.id}: tag {entry.tag!r}")
        if entry.tag == "S" and not entry.as_quoted_in:
            raise ValueError(
                f"hvlib/published/{source_id}.toml: {entry.id}: tag S needs as_quoted_in"
            )
    return source, found
