"""Boxes don't overlap, labels fit, stacks are solid, and the arrow keys reach every box."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties, findfont, get_font

from hvlib.systems.system import System, load, names
from hvlib.views.layout import FONT, Layout, Rect, arrows, labels, layout, shared, text_width, wrap

WIDTHS = (860.0, 420.0)


@pytest.fixture(scope="module", params=names())
def system(request: pytest.FixtureRequest) -> System:
    return load(request.param)


@pytest.fixture(scope="module", params=WIDTHS)
def placed(system: System, request: pytest.FixtureRequest) -> Layout:
    return layout(system, request.param)


def test_every_component_has_a_box(system: System, placed: Layout) -> None:
    assert set(placed.places) == {item.id for item in system.components}


def meet(one: Rect, two: Rect) -> bool:
    """Whether two rectangles share any area."""
    across = one.x < two.right and two.x < one.right
    return across and one.y < two.bottom and two.y < one.bottom


def test_boxes_overlap_only_their_containers(system: System, placed: Layout) -> None:
    for a, b in combinations(system.components, 2):
        if a.id in system.ancestors(b.id) or b.id in system.ancestors(a.id):
            continue
        one, two = placed.places[a.id].rect, placed.places[b.id].rect
        assert not meet(one, two), f"{system.id}: {a.name} and {b.name} overlap"


def test_a_box_lies_within_its_container_and_off_its_title(system: System, placed: Layout) -> None:
    for item in system.components:
        if item.inside is not None:
            outer = placed.places[item.inside]
            rect = placed.places[item.id].rect
            assert outer.rect.holds(rect), f"{system.id}: {item.name} sticks out"
            assert not meet(outer.text, rect), f"{system.id}: {item.name} covers a title"


def test_no_label_is_clipped(system: System, placed: Layout) -> None:
    for id, place in placed.places.items():
        inner = Rect(place.rect.x + 4, place.rect.y, place.rect.width - 8, place.rect.height)
        assert inner.holds(place.text), f"{system.id}: the label of {id} is clipped"
        assert len(place.lines) <= 3
        assert " ".join(place.lines) == " ".join(system.component(id).name.split())


def test_everything_lies_within_the_picture(placed: Layout) -> None:
    whole = Rect(0, 0, placed.width, placed.height)
    assert all(whole.holds(place.rect) for place in placed.places.values())


def test_higher_rows_stand_above_lower_ones(system: System, placed: Layout) -> None:
    for a, b in combinations(system.components, 2):
        if a.inside == b.inside and a.row != b.row:
            low, high = sorted((a, b), key=lambda item: item.row)
            assert placed.places[high.id].rect.bottom <= placed.places[low.id].rect.y


def test_a_row_of_the_stack_fills_its_width_but_for_channels(
    system: System, placed: Layout
) -> None:
    rows: dict[int, list[Rect]] = {}
    for item in system.children(None):
        rows.setdefault(item.row, []).append(placed.places[item.id].rect)
    full = [row for number, row in rows.items() if len(row) > 1 or number in (0, max(rows))]
    edges = {(round(min(r.x for r in row), 3), round(max(r.right for r in row), 3)) for row in full}
    assert len(edges) == 1, f"{system.id}: a row of the stack doesn't fill the width: {edges}"


def test_a_picture_keeps_the_width_that_it_is_given(system: System) -> None:
    assert layout(system).width <= 860, f"{system.id} is wider than a notebook's column"


def test_a_channel_is_left_beside_a_box_that_edges_pass() -> None:
    places = layout(load("xen")).places
    xen, dom0, card = (places[id].rect for id in ("xen", "dom0", "nic"))
    assert dom0.x + 30 < xen.x, "dom0's drivers can't reach their devices past Xen"
    assert xen.right == dom0.x + (places["domu2"].rect.right - dom0.x)
    assert places["hardware"].text.x > card.x + 30, "the title is in the way of the edges"


def test_the_layout_is_the_same_each_time(system: System) -> None:
    assert layout(system) == layout(system)


def test_the_arrow_keys_reach_every_box(system: System, placed: Layout) -> None:
    ways = arrows(placed.places)
    seen, todo = set(), [next(iter(placed.places))]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(ways[here].values())
    assert seen == set(placed.places), f"{system.id}: no arrow key leads to {set(ways) - seen}"


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_the_table_of_widths_is_never_too_narrow(weight: str) -> None:
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(FONT, 72)
    for name in names():
        for line in labels(layout(load(name))):
            font.set_text(line)
            real = font.get_width_height()[0] / 64
            assert text_width(line, bold=weight == "bold") >= real - 0.5, line


def test_a_full_width_letter_counts_twice() -> None:
    assert text_width("가상") == pytest.approx(2 * FONT)


@given(
    st.lists(st.text("abcW", min_size=1, max_size=9), min_size=1, max_size=7), st.floats(30, 200)
)
def test_wrapping_loses_no_word(words: list[str], width: float) -> None:
    text = " ".join(words)
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()
    assert len(lines) <= 3


def test_a_label_wraps_only_when_it_must() -> None:
    assert wrap("Network card", 200) == ("Network card",)
    assert wrap("Network card", 60) == ("Network", "card")


@given(st.lists(st.floats(1, 100), min_size=1, max_size=6), st.floats(0, 500))
def test_shares_fill_the_room_and_respect_the_least(least: list[float], spare: float) -> None:
    total = sum(least) + spare
    parts = shared(least, total)
    assert sum(parts) == pytest.approx(total)
    assert all(part >= low - 1e-9 for part, low in zip(parts, least, strict=True))
