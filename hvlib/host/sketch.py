"""The boxes and links of a picture while it is drawn: each with an id and a name of its own."""

import re
from typing import Any

from hvlib.systems.parts import Component, Link, Need

NAME = 22
"""Letters in a box, at most."""


class Sketch:
    """The boxes of a picture so far. Ids and names are made unique."""

    def __init__(self) -> None:
        self.components: list[Component] = []
        self.links: list[Link] = []
        self._names: set[str] = set()

    def add(self, name: str, layer: str, does: str, *, id: str = "", **more: Any) -> str:
        """One box more; returns its id, made of its name if it is given none."""
        unique = self._unique(name)
        stem = id or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "part"
        stem = stem if "a" <= stem[0] <= "z" else f"c-{stem}"
        ids = {item.id for item in self.components}
        id, number = stem, 2
        while id in ids:
            id, number = f"{stem}-{number}", number + 1
        more.setdefault("boundary", unique)
        item = Component(id=id, name=unique, layer=layer, does=does, **more)
        self.components.append(item)
        return id

    def _unique(self, name: str) -> str:
        short, number = clipped(name), 2
        while short in self._names:
            short, number = f"{clipped(name, NAME - 1 - len(str(number)))} {number}", number + 1
        self._names.add(short)
        return short

    def link(self, one: str, other: str, kind: Any = "data") -> None:
        """A connection, unless there is one."""
        if all({one, other} != set(link.between) for link in self.links):
            self.links.append(Link(between=(one, other), kind=kind))


def clipped(name: str, most: int = NAME) -> str:
    """A name that is short enough for a box, and holds something."""
    name = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return name if 0 < len(name) <= most else f"{name[: most - 1]}…"


def need(of: str, for_: str, **more: Any) -> Need:
    """What a component needs another for."""
    return Need.model_validate({"of": of, "for": for_, **more})
