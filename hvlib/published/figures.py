"""Published figures with their sources: one TOML file a paper or manual.

A file has one ``[source]`` table (authors, title, venue; ``year`` unless the text bears no date;
``name`` for a text that tables cannot call by a surname; ``url`` or ``note`` where it helps) and
``[[figure]]`` tables: ``id``, ``value``, ``unit`` (a symbol; for a word as ``"{n} cycles"``),
``where`` (table, figure or section) and
``tag``, which says how the figure was read: P in the primary text, D in the vendor's own
documentation, S in a secondary text that quotes it (``as_quoted_in`` then names that text).
``bound`` is given where the text gives no plain value: "at most", "at least" or "about".
Figures from memory have no place here.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from hvlib.texts import PUBLISHED, translate
from hvlib.words import _

Tag = Literal["P", "D", "S"]
Bound = Literal["", "at most", "at least", "about"]


@dataclass(frozen=True, slots=True)
class Source:
    """A paper, manual or source file that figures come from.

    year: None for a text that bears no date. name: what tables call it, if not surname and year.
    """

    id: str
    authors: str
    title: str
    venue: str
    year: int | None = None
    name: str = ""
    url: str = ""
    note: str = ""

    def __str__(self) -> str:
        dated = f", {self.year}" if self.year else ""
        return f"{self.authors}, “{self.title}”, {self.venue}{dated}"

    @property
    def short(self) -> str:
        """The name, or the first author's surname and year, as ``"Agesen et al. 2012"``."""
        if self.name:
            return self.name
        people = self.authors.removesuffix(" et al.").split(", ")
        surname = re.sub(r"^([A-Z]\. ?)+", "", people[0])
        others = " et al." if len(people) > 1 or self.authors.endswith(" et al.") else ""
        return f"{surname}{others} {self.year}"


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One number from the literature. value: in ``unit``. where: table, figure or section.

    bound: "at most" and "at least" say that the text gives a limit, "about" that it rounds.
    """

    id: str
    value: float
    unit: str
    where: str
    tag: Tag
    source: Source
    as_quoted_in: str = ""
    note: str = ""
    bound: Bound = ""

    @property
    def cite(self) -> str:
        """Source, address, quoting text if the source was not read directly, and place."""
        return f"{self.origin}, {self.where}"

    @property
    def short(self) -> str:
        """Surname, year and place; "as quoted" where the source was not read directly."""
        text = _("{source}, as quoted in another text") if self.as_quoted_in else "{source}"
        return text.format(source=f"{self.source.short}, {self.where}")

    @property
    def origin(self) -> str:
        """The source in full with its address, and what quotes it where it was not read itself."""
        at = f", {self.source.url}" if self.source.url else ""
        if not self.as_quoted_in:
            return f"{self.source}{at}"
        text = _("{source}, as quoted in {other}")
        return text.format(source=f"{self.source}{at}", other=self.as_quoted_in)


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
        translate(data, PUBLISHED)
        source = Source(id=source_id, **data["source"])
        found = [PublishedFigure(source=source, **entry) for entry in data.get("figure", [])]
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"hvlib/published/{source_id}.toml: {error}") from error
    for entry in found:
        if fault := _fault(entry):
            raise ValueError(f"hvlib/published/{source_id}.toml: {entry.id}: {fault}")
    return source, found


def _fault(entry: PublishedFigure) -> str:
    """What is wrong with an entry, or nothing."""
    if entry.tag not in get_args(Tag):
        return f"tag {entry.tag!r}"
    if entry.tag == "S" and not entry.as_quoted_in:
        return "tag S needs as_quoted_in"
    if entry.bound not in get_args(Bound):
        return f"bound {entry.bound!r}"
    return ""
