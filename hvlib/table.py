"""A table that a notebook shows as a table, and any other place as text in columns.

Whatever the book tabulates is told here, so that no other room writes Markdown.
"""

import html
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from hvlib import columns


class Tabular(ABC):
    """Data of any kind that shows itself as a :class:`Table`."""

    @abstractmethod
    def table(self) -> "Table":
        """The data as text in rows."""

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_markdown_(self) -> str:
        return self.table()._repr_markdown_()


@dataclass(frozen=True)
class Table:
    """head: a title a column; where all are empty, no line is spent on them. rows: the cells as
    text. right: the columns that are set to the right; where it is None, those in which each cell
    begins with a digit.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...] | None = None

    @property
    def _right(self) -> tuple[bool, ...]:
        if self.right is not None:
            return self.right
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.head)
        return tuple(map(_is_numbers, columns))

    def lines(self) -> list[str]:
        """The table as lines of text in columns, the titles first."""
        cells = zip(self.head, *self.rows, strict=True)
        columns = [_column(column, right) for column, right in zip(cells, self._right, strict=True)]
        lines = ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]
        return lines if any(self.head) else lines[1:]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def as_html(self, name: str) -> str:
        """The table as HTML, in a frame of the class ``name`` that can be pushed sideways."""
        lines = [_html_row("th", self.head, self._right)] if any(self.head) else []
        lines += [_html_row("td", line, self._right) for line in self.rows]
        return f"<div class='{name}' tabindex='0'><table>{''.join(lines)}</table></div>"

    def _repr_markdown_(self) -> str:
        rule = tuple("---:" if right else "---" for right in self._right)
        return "\n".join(f"| {' | '.join(line)} |" for line in (self.head, rule, *self.rows))


def _html_row(tag: str, cells: Iterable[str], right: Iterable[bool]) -> str:
    style = {True: " style='text-align:right'", False: ""}
    parts = (
        f"<{tag}{style[to_right]}>{html.escape(cell)}</{tag}>"
        for cell, to_right in zip(cells, right, strict=True)
    )
    return f"<tr>{''.join(parts)}</tr>"


def _column(cells: Iterable[str], right: bool) -> list[str]:
    """A title and the cells below it in one width."""
    cells = tuple(cells)
    width = max(map(columns.columns, cells))
    placed = columns.right if right else columns.left
    return [placed(cell, width) for cell in cells]


def _is_numbers(cells: tuple[str, ...]) -> bool:
    """Whether all cells begin with a digit."""
    return bool(cells) and all(cell[:1].isdigit() for cell in cells)
