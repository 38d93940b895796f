"""Where each box of a system goes: nested, stacked boxes, as in the classic pictures.

A container holds rows of boxes, row 0 at the bottom. Sizes are measured from the inside out, then
space is handed down from the outside in, so that every row fills its container and a stack looks
solid. All numbers are pixels at 100% zoom. No drawing library is needed: text is measured by a
table of character widths.
"""

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby

from hvlib.systems.parts import Component
from hvlib.systems.system import System

FONT = 13.0
"""Size of a label, px."""
LINE = 16.0
"""Height of one line of a label, px."""

_GAP = 18.0  # between neighbours in a row: room for two lanes
_ROW_GAP = 24.0  # between rows: room for three lanes, or an arrowhead and a mark
_PAD = 12.0  # between a container's border and its rows: one lane
_MARGIN = 26.0  # around the whole picture: three lanes for edges that go around
_TIGHT = 8.0  # replaces all of these (and half the margin) in a system without links
_STRETCH = 1.35  # at most this much wider than needed
_CHANNEL = 38.0  # beside a box that one edge passes: it runs straight down, clear of corners
_LANE = 6.0  # more for each further edge
_TITLE_TOP = 9.0
_TITLE_GAP = 11.0  # between a title and the row below it: room for one lane
_LEAF_X = 10.0
_LEAF_Y = 10.0
_MIN_LEAF = 88.0
_TITLE_WRAP = 150.0
_MAX_LINES = 3
_WRAPS = (150.0, 125.0, 105.0, 90.0)  # label widths to try, widest first
_Channels = dict[str, tuple[float, float]]
"""Room left and right of each box for the edges that pass it."""
_ATTEMPTS = [*((0, w) for w in _WRAPS), *((1, w) for w in _WRAPS), (1, 60.0), (2, 90.0), (2, 60.0)]
"""How deep to stack small boxes (see _stacked), and the label width, in the order tried."""
_CLOSE_ATTEMPTS = [(deep, w) for deep in (0, 2, 3, 4, 6, 8, 12) for w in (150.0, 90.0)]
"""The same for a system without links, where nothing is lost if a row becomes a grid."""

# Advance widths of DejaVu Sans in em, rounded up: among the fonts that browsers use for interfaces
# it is the widest, so that a label measured here fits in the others too.
_WIDTHS = {
    char: width
    for width, chars in {
        0.30: "ijl'IJ",
        0.36: ",. ’·/:;\\|f",
        0.42: "-t()[]r!",
        0.52: '"*_`–“”',
        0.54: "sz?",
        0.60: "cLkFvxy",
        0.64: "aeoPTYébdghnpquES0123456789${}µ",
        0.70: "KABCRVXZ",
        0.78: "UHNDG&",
        0.84: "OQw#+<=>^~×",
        1.00: "Mm%W@—…",
    }.items()
    for char in chars
}
_BOLD = 1.24  # DejaVu Sans Bold is at most this much wider over any of the book's labels


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle; y grows downwards, as on a screen."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, other: "Rect") -> bool:
        """Whether ``other`` lies within this one."""
        across = self.x <= other.x and other.right <= self.right
        return across and self.y <= other.y and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Place:
    """Where a component is drawn, and its label, already broken into lines.

    text: the rectangle that the label takes. container: whether other boxes lie inside; then the
    label is a title at the top left, else it is in the middle. depth: how many containers lie
    around it.
    """

    rect: Rect
    text: Rect
    lines: tuple[str, ...]
    container: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of the picture and the place of every component, containers before contents."""

    width: float
    height: float
    places: dict[str, Place]


def text_width(text: str, size: float = FONT, bold: bool = False) -> float:
    """How wide a line of text gets at most, in px."""
    return math.fsum(map(_advance, text)) * size * (_BOLD if bold else 1.0)


def _advance(char: str) -> float:
    wide = unicodedata.east_asian_width(char) in ("W", "F")
    return 1.0 if wide else _WIDTHS.get(char, 0.7)


@lru_cache(maxsize=4096)  # asked again for each way to lay boxes out
def wrap(text: str, width: float, bold: bool = False) -> tuple[str, ...]:
    """The text in the fewest lines of at most ``width`` px, of about equal length.

    A word is never broken: a longer one makes its line wider. From three lines on, no more.
    """
    words = text.split()
    for count in range(1, min(_MAX_LINES, len(words)) + 1):
        lines = _balanced(words, count, bold)
        if max(text_width(line, bold=bold) for line in lines) <= width:
            return lines
    return lines


def _balanced(words: Sequence[str], count: int, bold: bool) -> tuple[str, ...]:
    """The words on ``count`` lines so that the longest line is as short as possible."""
    if count == 1:
        return (" ".join(words),)
    options = []
    for cut in range(1, len(words) - count + 2):
        options.append((" ".join(words[:cut]), *_balanced(words[cut:], count - 1, bold)))
    return min(options, key=lambda lines: max(text_width(line, bold=bold) for line in lines))


@dataclass(frozen=True, slots=True)
class _Spacing:
    """Free space: between neighbours, between rows, inside a border, around the picture; px."""

    gap: float
    row: float
    pad: float
    margin: float


_ROOMY = _Spacing(_GAP, _ROW_GAP, _PAD, _MARGIN)
_CLOSE = _Spacing(_TIGHT, _TIGHT, _TIGHT, _TIGHT + 4)  # a word may stick out at the top


@dataclass(slots=True)
class _Node:
    """A box being measured, or a column of small boxes that has no border of its own.

    rows: its contents, from the top down. left, right: room kept free beside it, for edges that
    pass it. least: the width it needs, with that room. lines, width, height: set by :meth:`widen`,
    once its width is known.
    """

    item: Component | None
    rows: list[list["_Node"]]
    space: _Spacing
    left: float = 0.0
    right: float = 0.0
    least: float = 0.0
    lines: tuple[str, ...] = ()
    width: float = 0.0
    height: float = 0.0

    @property
    def label(self) -> tuple[float, float]:
        """Width and height of the label."""
        bold = bool(self.rows)
        return max(text_width(line, bold=bold) for line in self.lines), LINE * len(self.lines)

    @property
    def pad(self) -> float:
        """Free space within the border."""
        return self.space.pad if self.item is not None else 0.0

    @property
    def head(self) -> float:
        """Height of the title row of a container."""
        return _TITLE_TOP + self.label[1] + _TITLE_GAP if self.item is not None else 0.0

    @property
    def levels(self) -> int:
        """How many leaves stand on each other."""
        return sum(max(node.levels for node in row) for row in self.rows) if self.rows else 1

    def measure(self, limit: float) -> float:
        """Find the least width, for labels of at most ``limit`` px."""
        inner = max((_measure_row(row, limit) for row in self.rows), default=0.0)
        self.least = self.left + self._own(inner, limit) + self.right
        return self.least

    def _own(self, inner: float, limit: float) -> float:
        """The width it needs itself, when its contents need ``inner``."""
        if self.item is None:
            return inner
        bold = bool(self.rows)
        lines = wrap(self.item.name, max(inner, _TITLE_WRAP) if bold else limit, bold)
        label = max(text_width(line, bold=bold) for line in lines)
        if bold:
            return max(inner, label) + 2 * self.pad
        return max(min(_MIN_LEAF, limit + 2 * _LEAF_X), label + 2 * _LEAF_X)

    def widen(self, room: float) -> None:
        """Take this room, hand it on to the contents, wrap the label and find the height."""
        self.width = width = room - self.left - self.right
        for row in self.rows:
            _widen_row(row, width - 2 * self.pad)
        if self.item is not None:
            room = width - 2 * (self.pad if self.rows else _LEAF_X)
            self.lines = wrap(self.item.name, room, bool(self.rows))
        if self.rows:
            self.height = self.head + _height(self.rows, self.space.row) + self.pad
        else:
            self.height = self.label[1] + 2 * _LEAF_Y


def _measure_row(row: Sequence[_Node], limit: float) -> float:
    gaps = row[0].space.gap * (len(row) - 1)
    return math.fsum(node.measure(limit) for node in row) + gaps


def _widen_row(row: Sequence[_Node], room: float) -> None:
    free = room - row[0].space.gap * (len(row) - 1)
    for node, width in zip(row, shared([node.least for node in row], free), strict=True):
        node.widen(width)


def _height(rows: Sequence[Sequence[_Node]], gap: float) -> float:
    return math.fsum(max(node.height for node in row) for row in rows) + gap * (len(rows) - 1)


def _rows(
    system: System, inside: str | None, space: _Spacing, deep: int, channels: _Channels
) -> list[list[_Node]]:
    """The contents of a container, from the top down."""
    children = system.children(inside)
    found = []
    for number in sorted({item.row for item in children}, reverse=True):
        row = [
            _Node(item, _rows(system, item.id, space, deep, channels), space, *channels[item.id])
            for item in children
            if item.row == number
        ]
        found.append(_stacked(row, space, deep) if deep else row)
    return found


@lru_cache(maxsize=64)
def _channels(system: System) -> _Channels:
    """The channels of every box."""
    return {item.id: _channel(system, item) for item in system.components}


def _channel(system: System, item: Component) -> tuple[float, float]:
    """Room left and right of a box for the edges that pass it, from the row above to that below.

    Only a box that fills its row is in the way. An edge takes the side on which its upper end lies.
    """
    sides = [0, 0]
    siblings = system.children(item.inside)
    if sum(other.row == item.row for other in siblings) == 1:
        for link in system.links:
            ends = _branches(system, item.inside, link.between)
            if len(ends) == 2 and ends[0].row < item.row < ends[1].row:
                beside = [other.id for other in siblings if other.row == ends[1].row]
                sides[2 * beside.index(ends[1].id) >= len(beside)] += 1
    left, right = (_CHANNEL + _LANE * max(0, count - 2) if count else 0.0 for count in sides)
    return left, right


def _branches(
    system: System, inside: str | None, between: tuple[str, str]
) -> tuple[Component, ...]:
    """The boxes right within a container in which the ends of a link lie, from the bottom up."""
    around = {id for end in between for id in (end, *system.ancestors(end))}
    found = (item for item in system.children(inside) if item.id in around)
    return tuple(sorted(found, key=lambda item: item.row))


def _stacked(row: list[_Node], space: _Spacing, deep: int) -> list[_Node]:
    """The row with runs of leaves of one layer stacked in columns beside a higher container.

    A column has at most one box more than the highest container has levels: a title takes about
    the height of a leaf. A row of nothing but leaves is stacked ``deep`` boxes high.
    """
    beside = any(node.rows for node in row)
    capacity = 1 + max(node.levels for node in row) if beside else deep
    result: list[_Node] = []
    for layer, run in groupby(row, key=_leaf_layer):
        nodes = list(run)
        if not layer or len(nodes) == 1:
            result.extend(nodes)
            continue
        columns = -(-len(nodes) // capacity)
        size = -(-len(nodes) // columns)
        for start in range(0, len(nodes), size):
            stack = [[node] for node in nodes[start : start + size]]
            result.append(_Node(None, stack, space))
    return result


def _leaf_layer(node: _Node) -> str:
    """The layer of a leaf; empty for a container."""
    return node.item.layer if node.item is not None and not node.rows else ""


def shared(least: Sequence[float], total: float) -> list[float]:
    """Shares of ``total``: as equal as possible, none below its ``least``."""
    result = list(least)
    open_ = list(range(len(least)))
    room = total
    while open_:
        equal = room / len(open_)
        big = [index for index in open_ if least[index] > equal]
        if not big:
            for index in open_:
                result[index] = equal
            break
        room -= math.fsum(least[index] for index in big)
        open_ = [index for index in open_ if index not in big]
    return result


def layout(system: System, width: float = 860.0) -> Layout:
    """The places of a system's boxes in a picture about ``width`` px wide.

    The less room there is, the more labels wrap; small boxes beside a high container are then
    stacked. A system that needs less room than that gets a narrower picture; one that needs more,
    a wider one.
    """
    space = _ROOMY if system.links else _CLOSE
    room = width - 2 * space.margin
    attempts = _ATTEMPTS if system.links else _CLOSE_ATTEMPTS
    channels = _channels(system)
    ways = [(_rows(system, None, space, deep, channels), limit) for deep, limit in attempts]
    rows = [
        _first_fitting([(rows[number], limit) for rows, limit in ways], room)
        for number in range(len(ways[0][0]))
    ]
    needed = max(math.fsum(node.least for node in row) + space.gap * (len(row) - 1) for row in rows)
    inner = max(needed, min(room, _STRETCH * needed))
    for row in rows:
        _widen_row(row, inner)
    area = Rect(space.margin, space.margin, inner, _height(rows, space.row))
    places = dict(_place_rows(rows, area, 0))
    return Layout(inner + 2 * space.margin, area.height + 2 * space.margin, places)


def _first_fitting(ways: Sequence[tuple[list[_Node], float]], room: float) -> list[_Node]:
    """The first of several forms of a row, each with its label width, that fits; else the last."""
    for row, limit in ways:
        if _measure_row(row, limit) <= room:
            break
    return row


def _place_rows(
    rows: Sequence[Sequence[_Node]], area: Rect, depth: int
) -> Iterator[tuple[str, Place]]:
    """Fill the height of ``area`` with the rows."""
    space = rows[0][0].space
    least = [max(node.height for node in row) for row in rows]
    spare = (area.height - math.fsum(least) - space.row * (len(rows) - 1)) / len(rows)
    y, channel = area.y, 0.0
    for row, height in zip(rows, least, strict=True):
        x = area.x
        for node in row:
            rect = Rect(x + node.left, y, node.width, height + spare)
            yield from _place(node, rect, depth, channel if node is row[0] else 0.0)
            x = rect.right + node.right + space.gap
        y += height + spare + space.row
        channel = row[0].left


def _place(
    node: _Node, rect: Rect, depth: int, channel: float = 0.0
) -> Iterator[tuple[str, Place]]:
    """Place a box; its title stands clear of a channel that ends above it."""
    if node.item is None:
        yield from _place_rows(node.rows, rect, depth)
        return
    width, height = node.label
    x, y = rect.centre
    text = Rect(x - width / 2, y - height / 2, width, height)
    if node.rows:
        aside = max(0.0, min(channel, rect.width - 2 * node.pad - width))
        text = Rect(rect.x + node.pad + aside, rect.y + _TITLE_TOP, width, height)
    yield node.item.id, Place(rect, text, node.lines, bool(node.rows), depth)
    if node.rows:
        top = rect.y + node.head
        inner = Rect(
            rect.x + node.pad, top, rect.width - 2 * node.pad, rect.bottom - node.pad - top
        )
        yield from _place_rows(node.rows, inner, depth + 1)


def arrows(places: dict[str, Place]) -> dict[str, dict[str, str]]:
    """Which box each arrow key goes to from each box: the nearest label in that direction.

    Keys of the inner dicts are ``up``, ``down``, ``left`` and ``right``; a missing one means that
    nothing lies there.
    """
    spots = {id: place.text.centre for id, place in places.items()}
    return {
        id: {
            way: best for way, along in _WAYS.items() if (best := _nearest(id, spots, along)) != ""
        }
        for id in spots
    }


Along = Callable[[float, float], tuple[float, float]]
_WAYS: dict[str, Along] = {
    "up": lambda dx, dy: (-dy, dx),
    "down": lambda dx, dy: (dy, dx),
    "left": lambda dx, dy: (-dx, dy),
    "right": lambda dx, dy: (dx, dy),
}


def _nearest(start: str, spots: dict[str, tuple[float, float]], along: Along) -> str:
    """The spot with the least way ahead plus twice the way aside, within 60 degrees or so."""
    x, y = spots[start]
    found = []
    for id, (other_x, other_y) in spots.items():
        ahead, aside = along(other_x - x, other_y - y)
        if ahead > 2 and abs(aside) <= 3 * ahead:
            found.append((ahead + 2 * abs(aside), id))
    return min(found)[1] if found else ""


def labels(placed: Layout) -> tuple[str, ...]:
    """All lines of all labels."""
    return tuple(chain.from_iterable(place.lines for place in placed.places.values()))
