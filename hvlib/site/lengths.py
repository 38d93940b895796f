"""How long a chapter is, on its main path and below the headings that go deeper.

    python -m hvlib.site.lengths

writes what the map of the book tells. Words are those of the text, up to what to take away.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import hvlib
from hvlib.site.book import Page, pages
from hvlib.site.cells import Cell, cells, with_depth

STORED = Path(hvlib.__file__).parent / "widgets" / "lengths.toml"
AFTER = re.compile("^## (How right the models are|Exercises)$", re.MULTILINE)
"""From here on nobody reads in one evening: a table, exercises and sources."""
Length = dict[str, int]


def length(page: Page) -> Length:
    """``main`` and ``deeper`` in words; how many ``sections`` and ``questions`` are deeper."""
    found = {"main": 0, "deeper": 0, "sections": 0, "questions": 0}
    for cell, is_deeper in with_depth(_of_an_evening(cells(page))):
        found["sections"] += cell.folds
        if cell.is_code:
            found["questions"] += is_deeper * len(re.findall(r"\bpredict\(", cell.source))
        else:
            found["deeper" if is_deeper else "main"] += len(cell.source.split())
    return found


def _of_an_evening(found: Iterable[Cell]) -> Iterator[Cell]:
    """The cells up to where an evening ends, the last one cut there."""
    for cell in found:
        if end := AFTER.search(cell.source):
            yield replace(cell, source=cell.source[: end.start()])
            return
        yield cell


def lengths() -> dict[str, Length]:
    """Of each chapter, by its notebook's name."""
    return {p.reader.name: length(p) for p in pages() if p.number}


def main() -> None:
    """Store them."""
    lines = []
    for name, found in lengths().items():
        lines += [f'["{name}"]', *(f"{key} = {value}" for key, value in found.items()), ""]
    STORED.write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
