"""What people get wrong about hypervisors and containers, from ``misconceptions.toml``.

In code ``misconceptions.DOM0_HOST`` is the one whose id is ``dom0-host``. Where a mistake gives a
number, an order or a set of components, the wrong rule that computes it is in
:mod:`hvlib.questions.wrong_rules`.
"""

import tomllib
from importlib.resources import files

from hvlib.questions.question import Misconception
from hvlib.texts import MISCONCEPTIONS, translate


def _read() -> dict[str, Misconception]:
    text = (files("hvlib.questions") / "misconceptions.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    translate(data, MISCONCEPTIONS)
    found = {}
    for row in data["misconception"]:
        chapter, id = row.pop("id").split(".")
        found[id] = Misconception(id, chapter=int(chapter), **row)
    return found


BOOK = _read()
"""All misconceptions of the book by id."""


def misconception(id: str) -> Misconception:
    """The misconception with this id. Raises KeyError naming the known ones."""
    try:
        return BOOK[id]
    except KeyError:
        raise KeyError(f"no misconception {id!r}; there are {', '.join(sorted(BOOK))}") from None


def __getattr__(name: str) -> Misconception:
    try:
        return BOOK[name.lower().replace("_", "-")]
    except KeyError:
        raise AttributeError(f"no misconception {name}") from None
