"""Which texts in the TOML files a reader sees, and their translations.

The files say them in English. ``translate`` puts the reader's language in their place when a file
is read, after TOML and before validation; the extraction lists the same places with ``places``.
The context of a message is its key: ``pgettext("does", "Keeps blocks.")``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hvlib.words import pgettext

Keys = Mapping[str, tuple[str, ...]]
"""The keys of each table that hold a text; "" is the table at the top of a file."""

SYSTEM: Keys = {
    "": ("name", "summary", "status"),
    "checked": ("product", "version"),
    "classification": ("because", "argued", "owns_hardware"),
    "options": ("name", "note", "values"),
    "components": ("name", "does", "privilege", "boundary", "owns", "unsure", "sources"),
    "remarks": ("says", "source", "page"),
    "links": ("label",),
    "flows": ("name",),
    "steps": ("says", "by"),
    "back": ("says", "by"),
    "after": ("after", "says"),
    "misconceptions": ("claim", "truth", "source"),
}
"""The texts of a system's file."""

PUBLISHED: Keys = {"source": ("note",), "figure": ("unit", "where", "note", "as_quoted_in")}
"""The texts of a file of published figures."""

MISCONCEPTIONS: Keys = {"misconception": ("claim", "breaks", "source")}
"""The texts of the file of misconceptions."""

KEPT = ("boundary", "by", "privilege", "values", "unit")
"""Texts that are compared as well: a record keeps them, and ``in_words`` translates them."""


@dataclass(frozen=True, slots=True)
class Place:
    """One text in the data of a file. path: where, with ids (``"components.xen.does"``)."""

    path: str
    key: str
    text: str
    holder: Any
    at: str | int


def places(data: Mapping[str, Any], keys: Keys) -> Iterator[Place]:
    """All texts of a file, in its order."""
    yield from _places(data, keys, "", "")


def _places(table: Mapping[str, Any], keys: Keys, name: str, path: str) -> Iterator[Place]:
    for key, value in table.items():
        here = f"{path}{key}"
        if isinstance(value, dict):
            yield from _places(value, keys, key, f"{here}.")
        elif isinstance(value, str) and key in keys.get(name, ()):
            yield Place(here, key, value, table, key)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _places(item, keys, key, f"{here}.{item.get('id', number)}.")
                elif isinstance(item, str) and key in keys.get(name, ()):
                    yield Place(f"{here}.{number}", key, item, value, number)


def translate(data: Mapping[str, Any], keys: Keys) -> None:
    """Put the reader's language in place of each text but those that are compared."""
    for place in list(places(data, keys)):
        if place.key not in KEPT:
            place.holder[place.at] = in_words(place.key, place.text)


def in_words(key: str, text: str) -> str:
    """A text of a file in the reader's language."""
    return pgettext(key, text) if text else ""
