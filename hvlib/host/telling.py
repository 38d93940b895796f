"""The machine in words, for a terminal: each box from the bottom up, and what is known of it."""

import re
from collections.abc import Iterator

from hvlib.columns import wrapped
from hvlib.listed import sentences
from hvlib.systems.parts import Component, Remark
from hvlib.systems.system import System
from hvlib.words import _

WIDTH = 100
_HANGING = "    "


def told(system: System) -> str:
    """The whole picture as text."""
    lines = wrapped(f"{system.name}. {system.status}", WIDTH)
    return "\n".join([*lines, "", *_contents(system, None, 0)])


def _contents(system: System, inside: str | None, depth: int) -> Iterator[str]:
    for item in sorted(system.children(inside), key=lambda one: one.row):
        yield from _box(item, depth)
        yield from _contents(system, item.id, depth + 1)


def _box(item: Component, depth: int) -> Iterator[str]:
    door = item.role == "container" and item.controls
    mark = _("(uncertain)") if item.unsure else _("(open door)") if door else ""
    yield from _indented(sentences(f"{item.name}:", mark, item.does, item.unsure), depth)
    if item.sources:
        yield from _indented(_seen("; ".join(item.sources)), depth + 1)
    for remark in item.remarks:
        yield from _indented(f"- {remark.says} {_rests(remark)}", depth + 1)


def _rests(remark: Remark) -> str:
    """What a remark rests on, and where the book explains it."""
    notebook, _hash, heading = remark.page.partition("#")
    if not notebook:
        return _seen(remark.source)
    text = _("[{source}; chapter {number}, “{heading}”]")
    section = re.sub(r"^[\d.]+ ", "", heading.replace("-", " "))
    return text.format(source=remark.source, number=int(notebook[:2]), heading=section)


def _seen(source: str) -> str:
    return f"[{source}]"


def _indented(text: str, depth: int) -> list[str]:
    lead = "  " * depth
    first, *more = wrapped(text, WIDTH - len(lead) - len(_HANGING), hyphens=False)
    return [f"{lead}{first}", *(f"{lead}{_HANGING}{line}" for line in more)]
