"""A notebook's cells, as the site needs them: what each is called, and how its code is shown."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import nbformat

from hvlib.labs.generate import REGION, without_solutions
from hvlib.site.book import Page

_WIDGETS = ("image/png", "text/html")
"""What the notebooks store only for a widget: its still picture, or its question as HTML."""


LEFT_OUT = {"lab", "edition"}
"""Tags of cells that are left out of the site: what speaks of JupyterLab itself, and the link to
the page in English, which each page has in its head."""
DEEPER = "deeper"
"""The tag of a cell whose heading begins depth: what follows, up to the next heading that is not
below it, is folded away."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a page. number: its place among the code cells, -1 for text.

    name: the cell's address in its page, as "migration-2". outputs: as the notebook stores them.
    unstable: whether they tell of the machine that ran it. folds: whether its heading begins depth.
    """

    number: int
    source: str
    name: str = ""
    outputs: tuple[Any, ...] = ()
    unstable: bool = False
    folds: bool = False

    @property
    def heading(self) -> int:
        """The level of the heading that it begins with; 0 for none."""
        return 0 if self.is_code else heading(self.source)

    @property
    def is_code(self) -> bool:
        """Whether it holds code."""
        return self.number >= 0

    @property
    def forms(self) -> dict[str, str]:
        """What the notebook stores of the result, by kind; empty where it has none."""
        return next((dict(item.data) for item in self.outputs if "data" in item), {})

    @property
    def is_live(self) -> bool:
        """Whether the cell shows a widget, which becomes alive in the page."""
        return any(kind in self.forms for kind in _WIDGETS)

    @property
    def is_folded(self) -> bool:
        """Whether its code only calls for a picture or table, and is not meant to be read."""
        return self.is_live or "text/markdown" in self.forms or self.source.startswith("%")

    @property
    def has_solution(self) -> bool:
        """Whether a lab asks the reader to write a part of it."""
        return bool(REGION.search(self.source))

    @property
    def task(self) -> str:
        """The source with tasks in place of solutions."""
        return without_solutions(self.source)

    def text(self) -> str:
        """The text that the notebook stores for it."""
        return "".join(_plain(output) for output in self.outputs)


def cells(page: Page) -> tuple[Cell, ...]:
    """The cells of a page's notebook."""
    notebook: Any = nbformat.read(page.source, as_version=4)  # type: ignore[no-untyped-call]
    return tuple(_cells(notebook))


def _cells(notebook: Any) -> Iterator[Cell]:
    number, taken = 0, dict.fromkeys(_headings(notebook), 1)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            tags = set(cell.metadata.get("tags", ()))
            if not LEFT_OUT & tags:
                yield Cell(-1, cell.source, folds=DEEPER in tags)
            continue
        name = _name(cell.source) or "cell"
        taken[name] = taken.get(name, 0) + 1
        address = name if taken[name] == 1 else f"{name}-{taken[name]}"
        unstable = "nbval-ignore-output" in cell.metadata.get("tags", ())
        yield Cell(number, cell.source, address, tuple(cell.outputs), unstable)
        number += 1


def with_depth(found: Iterable[Cell]) -> Iterator[tuple[Cell, bool]]:
    """The cells, with whether each is part of a section that goes deeper."""
    level = 0  # of the heading that began it
    for cell in found:
        if level and 0 < cell.heading <= level:
            level = 0
        if cell.folds:
            level = cell.heading
        yield cell, level > 0


def heading(source: str) -> int:
    """The level of the heading that a text begins with; 0 for none."""
    found = re.match(r"(#+) ", source)
    return len(found[1]) if found else 0


def slug(words: str) -> str:
    """Words as the name of a place in a page."""
    return re.sub(r"[^\w.]+", "-", words.lower()).strip("-.")


def _headings(notebook: Any) -> Iterator[str]:
    """The names of the sections, which no cell may take."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from map(slug, re.findall(r"^#+ (.*)$", cell.source, re.MULTILINE))


def _last(source: str) -> ast.expr | None:
    """The expression at a cell's end."""
    if source.startswith("%"):
        return None
    body = ast.parse(source).body
    return body[-1].value if body and isinstance(body[-1], ast.Expr) else None


def _name(source: str) -> str:
    """What a picture shows: ``explore(Migration, "hot")`` is called "migration"."""
    last = _last(source)
    if not isinstance(last, ast.Call) or not isinstance(last.func, ast.Name):
        return ""
    called, arguments = last.func.id, last.args
    if called == "print":
        return ""
    if arguments and isinstance(arguments[0], ast.Name):
        words = [arguments[0].id]
    else:
        values = [item.value for item in arguments if isinstance(item, ast.Constant)]
        words = [value for value in values if isinstance(value, str)]
    return slug("-".join(words or [called]).replace("_", "-"))


def _plain(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.data.get("text/plain", ""))
