"""Right-angled edges in the gutters between boxes.

A grid of lanes runs along the sides of all boxes. Each edge takes the cheapest way over it (A*):
short, with few bends, away from edges that are there already. It crosses no box but the containers
of its own ends, no title, and never runs along a border.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hvlib.views.layout import Layout, Place, Rect

Point = tuple[float, float]
Path = tuple[Point, ...]

LANE = 6.0
"""Distance between lanes, px."""

_CLEAR = 2.5  # an edge stays this far from boxes it must not touch
_EDGE = 8.0  # the outermost lane's distance from the picture's edge
_CORNER = 12.0  # a port stays this far from its box's corners
_BEND = 24.0  # the costs below are in px of detour
_CROSSING = 30.0
_BESIDE = 6.0  # a px beside another edge costs this many
_ON = 40.0  # and a px on it
_OFF_CENTRE = 0.08
_PORT_TAKEN = 120.0
_SIDE = 16.0  # entering at a side rather than from above or below
_OUTSIDE = 3.0  # a px around all boxes costs this many: there an edge is hard to follow


class RouteError(ValueError):
    """Two boxes between which no edge fits."""


@dataclass(frozen=True, slots=True)
class _Port:
    """A place to leave or enter a box: a grid node, the point on the border, the axis, a cost."""

    node: tuple[int, int]
    border: Point
    vertical: bool
    cost: float


@dataclass(slots=True)
class _Grid:
    """Lanes, what blocks them, and how much each stretch is in use.

    ``across[j][i]`` holds one bit for each obstacle between columns i and i+1 in row j;
    ``down[i][j]`` likewise for rows j and j+1 in column i. The last bit means: always blocked.
    ``rates_across[j]`` and ``rates_down[i]`` say what a px costs along a row or column.
    """

    xs: list[float]
    ys: list[float]
    bits: dict[str, int]
    across: list[list[int]]
    down: list[list[int]]
    rates_across: list[float]
    rates_down: list[float]
    used_across: dict[tuple[int, int], float] = field(default_factory=dict)
    used_down: dict[tuple[int, int], float] = field(default_factory=dict)
    nodes_across: set[tuple[int, int]] = field(default_factory=set)
    nodes_down: set[tuple[int, int]] = field(default_factory=set)
    ports: list[Point] = field(default_factory=list)


def route(
    placed: Layout, inside: Mapping[str, str | None], links: Sequence[tuple[str, str]]
) -> tuple[Path, ...]:
    """A path for each link, from the border of its first box to that of its second.

    ``inside`` gives the container of each box. Raises RouteError where no way exists.
    """
    grid = _grid(placed, links)
    paths: dict[int, Path] = {}
    order = sorted(range(len(links)), key=lambda n: (_distance(placed, links[n]), links[n]))
    for number in order:
        paths[number] = _path(grid, placed, inside, *links[number])
    return tuple(paths[number] for number in range(len(links)))


def _distance(placed: Layout, link: tuple[str, str]) -> float:
    (ax, ay), (bx, by) = (placed.places[end].rect.centre for end in link)
    return abs(ax - bx) + abs(ay - by)


def ancestors(id: str, inside: Mapping[str, str | None]) -> tuple[str, ...]:
    """The containers around a box, innermost first."""
    found = []
    parent = inside[id]
    while parent is not None:
        found.append(parent)
        parent = inside[parent]
    return tuple(found)


# --- the grid -------------------------------------------------------------------------------


def _grid(placed: Layout, links: Sequence[tuple[str, str]]) -> _Grid:
    rects = {id: place.rect for id, place in placed.places.items()}
    ends = sorted({end for link in links for end in link})
    places = placed.places.values()
    xs = {x for it in places for x in _lanes(it.rect.x, it.rect.right, it.container)}
    ys = {y for it in places for y in _lanes(it.rect.y, it.rect.bottom, it.container)}
    xs |= {_EDGE, placed.width - _EDGE}
    ys |= {_EDGE, placed.height - _EDGE}
    for end in ends:
        xs |= set(_stops(rects[end].x, rects[end].right))
        ys |= set(_stops(rects[end].y, rects[end].bottom))
    for a, b in links:
        xs |= _overlap(rects[a].x, rects[a].right, rects[b].x, rects[b].right)
        ys |= _overlap(rects[a].y, rects[a].bottom, rects[b].y, rects[b].bottom)
    columns = _distinct(x for x in xs if _EDGE <= x <= placed.width - _EDGE)
    rows = _distinct(y for y in ys if _EDGE <= y <= placed.height - _EDGE)
    bits = {id: 1 << number for number, id in enumerate(rects)}
    always = 1 << len(bits)
    grid = _Grid(
        columns,
        rows,
        bits,
        [[0] * len(columns) for _row in rows],
        [[0] * len(rows) for _column in columns],
        _rates(rows, [(rect.y, rect.bottom) for rect in rects.values()]),
        _rates(columns, [(rect.x, rect.right) for rect in rects.values()]),
    )
    for id, place in placed.places.items():
        _block(grid, _grown(place.rect, _CLEAR), bits[id])
        for side in _sides(place.rect):
            _block_along(grid, side, always)
        if place.container:
            _block(grid, _grown(place.text, _CLEAR), always)
    return grid


def _rates(lanes: Sequence[float], spans: Sequence[tuple[float, float]]) -> list[float]:
    """What a px costs along each lane: more around all boxes than between them."""
    low, high = min(low for low, _high in spans), max(high for _low, high in spans)
    return [1.0 if low <= lane <= high else _OUTSIDE for lane in lanes]


def _lanes(low: float, high: float, container: bool) -> tuple[float, ...]:
    """The lanes beside two sides: two outside and, in a container, one inside."""
    outside = (low - 2 * LANE, low - LANE, high + LANE, high + 2 * LANE)
    return (*outside, low + LANE, high - LANE) if container else outside


def _stops(low: float, high: float) -> tuple[float, ...]:
    middle = (low + high) / 2
    return (middle - 2 * LANE, middle, middle + 2 * LANE)


def _overlap(a: float, b: float, c: float, d: float) -> set[float]:
    low, high = max(a, c), min(b, d)
    return {(low + high) / 2} if low < high else set()


def _distinct(values: Iterator[float]) -> list[float]:
    """Sorted, without those less than a pixel from the one before."""
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] >= 1:
            result.append(value)
    return result


def _grown(rect: Rect, by: float) -> Rect:
    return Rect(rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by)


def _sides(rect: Rect) -> tuple[Rect, ...]:
    """The four borders as thin rectangles."""
    wide, thin = rect.width + 2 * _CLEAR, 2 * _CLEAR
    tall = rect.height + 2 * _CLEAR
    left, top = rect.x - _CLEAR, rect.y - _CLEAR
    return (
        Rect(left, top, wide, thin),
        Rect(left, rect.bottom - _CLEAR, wide, thin),
        Rect(left, top, thin, tall),
        Rect(rect.right - _CLEAR, top, thin, tall),
    )


def _inner(values: Sequence[float], low: float, high: float) -> range:
    """Indices of the values strictly between low and high."""
    return range(bisect_right(values, low), bisect_left(values, high))


def _spans(values: Sequence[float], low: float, high: float) -> range:
    """Indices i whose stretch from value i to i+1 shares some length with low..high."""
    return range(
        max(0, bisect_right(values, low) - 1), min(len(values) - 1, bisect_left(values, high))
    )


def _block(grid: _Grid, rect: Rect, bit: int) -> None:
    for row in _inner(grid.ys, rect.y, rect.bottom):
        for column in _spans(grid.xs, rect.x, rect.right):
            grid.across[row][column] |= bit
    for column in _inner(grid.xs, rect.x, rect.right):
        for row in _spans(grid.ys, rect.y, rect.bottom):
            grid.down[column][row] |= bit


def _block_along(grid: _Grid, side: Rect, bit: int) -> None:
    """Block lanes that run along a thin rectangle, not those that cross it."""
    if side.width > side.height:
        for row in _inner(grid.ys, side.y, side.bottom):
            for column in _spans(grid.xs, side.x, side.right):
                grid.across[row][column] |= bit
        return
    for column in _inner(grid.xs, side.x, side.right):
        for row in _spans(grid.ys, side.y, side.bottom):
            grid.down[column][row] |= bit


# --- one edge -------------------------------------------------------------------------------


def _path(
    grid: _Grid, placed: Layout, inside: Mapping[str, str | None], start: str, end: str
) -> Path:
    around = {start: ancestors(start, inside), end: ancestors(end, inside)}
    open_ = {*around[start], *around[end]}
    blocked = ~sum(grid.bits[id] for id in open_)
    leave = _ports(grid, placed.places[start], end_inside=start in around[end])
    enter = _ports(grid, placed.places[end], end_inside=end in around[start])
    found = _search(grid, blocked, leave, enter, placed.places[end].rect)
    if found is None:
        raise RouteError(f"no way for an edge from {start} to {end}")
    first, nodes, last = found
    _use(grid, nodes, (first.border, last.border))
    points = [first.border, *((grid.xs[i], grid.ys[j]) for i, j in nodes), last.border]
    return _straightened(points)


def _ports(grid: _Grid, place: Place, end_inside: bool) -> list[_Port]:
    """Where an edge may touch a box; from within, when its other end lies inside."""
    rect, step = place.rect, -LANE if end_inside else LANE
    found = []
    for border, lane in ((rect.y, rect.y - step), (rect.bottom, rect.bottom + step)):
        row = _index(grid.ys, lane)
        for column in _inner(grid.xs, rect.x + _CORNER, rect.right - _CORNER):
            if row is not None:
                point = (grid.xs[column], border)
                cost = _OFF_CENTRE * abs(point[0] - rect.centre[0])
                found.append(_Port((column, row), point, True, cost + _taken(grid, point)))
    for border, lane in ((rect.x, rect.x - step), (rect.right, rect.right + step)):
        side = _index(grid.xs, lane)
        for level in _inner(grid.ys, rect.y + 8, rect.bottom - 8):
            if side is not None:
                point = (border, grid.ys[level])
                cost = _SIDE + _OFF_CENTRE * abs(point[1] - rect.centre[1])
                found.append(_Port((side, level), point, False, cost + _taken(grid, point)))
    return found


def _index(values: Sequence[float], value: float) -> int | None:
    """The index of the value within a pixel of ``value``."""
    index = bisect_left(values, value - 1)
    return index if index < len(values) and values[index] <= value + 1 else None


def _taken(grid: _Grid, point: Point) -> float:
    x, y = point
    near = any(abs(x - a) + abs(y - b) < 9 for a, b in grid.ports)
    return _PORT_TAKEN if near else 0.0


_State = tuple[int, int, bool]
"""Column, row, and whether one travels vertically."""


def _search(
    grid: _Grid, blocked: int, leave: list[_Port], enter: list[_Port], goal: Rect
) -> tuple[_Port, list[tuple[int, int]], _Port] | None:
    """The cheapest way from one of the first ports to one of the second."""
    exits: dict[tuple[int, int], list[_Port]] = {}
    for port in enter:
        exits.setdefault(port.node, []).append(port)
    best: dict[_State, float] = {}
    came: dict[_State, _State | _Port] = {}
    queue: list[tuple[float, float, _State]] = []
    # What is left to go is never less than what is left along both axes.
    left_x = [max(goal.x - x, x - goal.right, 0.0) for x in grid.xs]
    left_y = [max(goal.y - y, y - goal.bottom, 0.0) for y in grid.ys]
    for port in leave:
        state = (*port.node, port.vertical)
        if port.cost < best.get(state, 1e9):
            best[state], came[state] = port.cost, port
            ahead = max(0.0, left_x[state[0]] + left_y[state[1]] - LANE)
            heapq.heappush(queue, (port.cost + ahead, port.cost, state))
    final: tuple[float, _State, _Port] | None = None
    while queue:
        guess, cost, state = heapq.heappop(queue)
        if final is not None and guess >= final[0]:
            break
        if cost > best[state]:
            continue
        for port in exits.get(state[:2], ()):
            total = cost + port.cost + (0 if port.vertical == state[2] else _BEND)
            if final is None or total < final[0]:
                final = (total, state, port)
        for after, low in _moves(grid, blocked, state):
            known = best.get(after, 1e9)
            if known > cost and (total := cost + _price(grid, state, after, low)) < known:
                best[after], came[after] = total, state
                ahead = max(0.0, left_x[after[0]] + left_y[after[1]] - LANE)
                heapq.heappush(queue, (total + ahead, total, after))
    return None if final is None else _traced(came, final[1], final[2])


def _traced(
    came: Mapping[_State, "_State | _Port"], state: _State, last: _Port
) -> tuple[_Port, list[tuple[int, int]], _Port]:
    nodes = [state[:2]]
    before = came[state]
    while not isinstance(before, _Port):
        nodes.append(before[:2])
        before = came[before]
    return before, nodes[::-1], last


def _moves(grid: _Grid, blocked: int, state: _State) -> list[tuple[_State, int]]:
    """The neighbouring grid nodes, each with the number of the stretch that leads to it."""
    i, j, _vertical = state
    row, column, found = grid.across[j], grid.down[i], []
    if i > 0 and not row[i - 1] & blocked:
        found.append(((i - 1, j, False), i - 1))
    if i + 1 < len(grid.xs) and not row[i] & blocked:
        found.append(((i + 1, j, False), i))
    if j > 0 and not column[j - 1] & blocked:
        found.append(((i, j - 1, True), j - 1))
    if j + 1 < len(grid.ys) and not column[j] & blocked:
        found.append(((i, j + 1, True), j))
    return found


def _price(grid: _Grid, state: _State, after: _State, low: int) -> float:
    """What it costs to go to a neighbouring node, over stretch ``low`` of the row or column."""
    i, j, vertical = after
    if vertical:
        length = grid.rates_down[i] * (grid.ys[low + 1] - grid.ys[low])
        rate, met = grid.used_down.get((i, low), 1.0), (i, j) in grid.nodes_across
    else:
        length = grid.rates_across[j] * (grid.xs[low + 1] - grid.xs[low])
        rate, met = grid.used_across.get((low, j), 1.0), (i, j) in grid.nodes_down
    bend = _BEND if vertical != state[2] else 0
    return length * rate + bend + (_CROSSING if met else 0.0)


def _use(grid: _Grid, nodes: Sequence[tuple[int, int]], ports: tuple[Point, Point]) -> None:
    """Note that an edge runs here, so that later ones keep a lane away."""
    grid.ports.extend(ports)
    for (i, j), (k, m) in pairwise(nodes):
        if j == m:
            grid.nodes_across |= {(i, j), (k, m)}
            for row in _inner(grid.ys, grid.ys[j] - LANE + 1, grid.ys[j] + LANE - 1):
                _dearer(grid.used_across, (min(i, k), row), row == j)
        else:
            grid.nodes_down |= {(i, j), (k, m)}
            for column in _inner(grid.xs, grid.xs[i] - LANE + 1, grid.xs[i] + LANE - 1):
                _dearer(grid.used_down, (column, min(j, m)), column == i)


def _dearer(used: dict[tuple[int, int], float], stretch: tuple[int, int], on: bool) -> None:
    used[stretch] = max(used.get(stretch, 1.0), _ON if on else _BESIDE)


def _straightened(points: Sequence[Point]) -> Path:
    """The corners only."""
    result: list[Point] = []
    for point in points:
        if result and point == result[-1]:
            continue
        if len(result) > 1 and _in_line(result[-2], result[-1], point):
            result[-1] = point
        else:
            result.append(point)
    return tuple(result)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]
