"""Edges run at right angles, through no foreign box or title, and apart from each other."""

from itertools import combinations, pairwise

import pytest

from hvlib.systems.system import System, load, names
from hvlib.views.layout import Layout, Rect, layout
from hvlib.views.route import Path, Point, RouteError, ancestors, route

Stretch = tuple[Point, Point]


@pytest.fixture(scope="module", params=names())
def system(request: pytest.FixtureRequest) -> System:
    return load(request.param)


@pytest.fixture(scope="module")
def placed(system: System) -> Layout:
    return layout(system)


def routed(system: System, placed: Layout) -> tuple[Path, ...]:
    inside = {item.id: item.inside for item in system.components}
    return route(placed, inside, [link.between for link in system.links])


@pytest.fixture(scope="module")
def paths(system: System, placed: Layout) -> tuple[Path, ...]:
    return routed(system, placed)


def crosses(stretch: Stretch, rect: Rect) -> bool:
    (ax, ay), (bx, by) = stretch
    across = min(ax, bx) < rect.right - 0.5 and max(ax, bx) > rect.x + 0.5
    return across and min(ay, by) < rect.bottom - 0.5 and max(ay, by) > rect.y + 0.5


def on_border(point: Point, rect: Rect) -> bool:
    x, y = point
    beside = min(abs(x - rect.x), abs(x - rect.right)) < 0.01 and rect.y <= y <= rect.bottom
    above = min(abs(y - rect.y), abs(y - rect.bottom)) < 0.01 and rect.x <= x <= rect.right
    return beside or above


def test_every_stretch_is_level_or_upright(paths: tuple[Path, ...]) -> None:
    for path in paths:
        assert len(path) >= 2
        assert all((a[0] == b[0]) != (a[1] == b[1]) for a, b in pairwise(path)), path


def test_an_edge_joins_the_borders_of_its_ends(
    system: System, placed: Layout, paths: tuple[Path, ...]
) -> None:
    for link, path in zip(system.links, paths, strict=True):
        for end, point in zip(link.between, (path[0], path[-1]), strict=True):
            assert on_border(point, placed.places[end].rect), (link.between, point)


def test_an_edge_crosses_no_foreign_box_and_no_title(
    system: System, placed: Layout, paths: tuple[Path, ...]
) -> None:
    for link, path in zip(system.links, paths, strict=True):
        around = {id for end in link.between for id in system.ancestors(end)}
        for id, place in placed.places.items():
            forbidden = [place.text] if place.container else []
            forbidden += [] if id in around else [place.rect]
            for rect in forbidden:
                hit = any(crosses(stretch, rect) for stretch in pairwise(path))
                assert not hit, f"{system.id}: the edge {link.between} crosses {id}"


def test_edges_run_between_the_boxes_and_not_around_the_picture(
    system: System, placed: Layout, paths: tuple[Path, ...]
) -> None:
    rects = [place.rect for place in placed.places.values()]
    left, right = min(rect.x for rect in rects), max(rect.right for rect in rects)
    for link, path in zip(system.links, paths, strict=True):
        outside = [point for point in path if not left <= point[0] <= right]
        assert not outside, f"{system.id}: the edge {link.between} runs around the stack"


def test_edges_do_not_lie_on_each_other(system: System, paths: tuple[Path, ...]) -> None:
    for (one, a), (two, b) in combinations(zip(system.links, paths, strict=True), 2):
        for s, t in ((s, t) for s in pairwise(a) for t in pairwise(b)):
            assert overlap(s, t) < 12, f"{system.id}: {one.between} lies on {two.between}"


def overlap(s: Stretch, t: Stretch) -> float:
    """How far two stretches run along the same line."""
    for flat, along in ((0, 1), (1, 0)):
        if len({round(p[flat], 1) for p in (*s, *t)}) == 1:
            low = max(min(s[0][along], s[1][along]), min(t[0][along], t[1][along]))
            high = min(max(s[0][along], s[1][along]), max(t[0][along], t[1][along]))
            return max(0.0, high - low)
    return 0.0


def test_routing_is_the_same_each_time(
    system: System, placed: Layout, paths: tuple[Path, ...]
) -> None:
    assert routed(system, placed) == paths


def test_ancestors_come_innermost_first() -> None:
    assert ancestors("a", {"a": "b", "b": "c", "c": None}) == ("b", "c")


def test_an_edge_without_a_way_is_an_error() -> None:
    system = load("xen")
    placed = layout(system)
    shut = Layout(placed.width, placed.height, dict(placed.places))
    big = shut.places["cpu"]
    wall = Rect(0, 0, placed.width, placed.height)
    shut.places["disk"] = type(big)(wall, big.text, big.lines, False, 0)
    inside = {item.id: item.inside for item in system.components}
    with pytest.raises(RouteError, match="no way for an edge from app1 to stack1"):
        route(shut, inside, [("app1", "stack1")])
