"""Laws of the writable working set."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models.working_set import PageClass, WorkingSet, from_curve, two_classes

CLASSES = st.lists(
    st.builds(PageClass, st.floats(0, 1e4), st.floats(0, 1e3)), min_size=1, max_size=4
)


@given(CLASSES, st.floats(0, 1e3), st.floats(0, 1e3))
def test_more_time_dirties_more_but_never_more_than_all(classes, one, two):
    pages = WorkingSet(tuple(classes))
    early, late = sorted((one, two))
    assert 0 <= pages.dirty_after(early) <= pages.dirty_after(late) * (1 + 1e-12) + 1e-12
    assert pages.dirty_after(late) <= pages.memory * (1 + 1e-12)
    assert pages.dirty_after(late) <= pages.rate * late * (1 + 1e-9) + 1e-9


@given(st.floats(1, 1e4), st.floats(0, 2e4), st.floats(0, 1e3), st.floats(0, 1))
def test_hot_pages_never_exceed_the_memory(memory, hot, hot_rate, cold_rate):
    pages = two_classes(memory, hot, hot_rate, cold_rate)
    assert pages.memory == pytest.approx(memory)


def test_a_curve_of_one_class_is_followed():
    truth = WorkingSet((PageClass(10, 2.0), PageClass(90, 0.0)))
    points = [(t, truth.dirty_after(t)) for t in (0.05, 0.2, 0.5, 1, 4)]
    found = from_curve(100, points)
    assert found.memory == pytest.approx(100)
    for seconds in (0.1, 0.3, 2):
        assert found.dirty_after(seconds) == pytest.approx(truth.dirty_after(seconds), rel=0.05)


@given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(0, 1e5)), min_size=1, max_size=6))
def test_any_curve_gives_a_set_within_the_memory(points):
    found = from_curve(1000, points)
    assert found.memory <= 1000 * (1 + 1e-9)
    assert all(page.size >= 0 for page in found.classes)


@pytest.mark.parametrize("points", [[], [(0, 1)], [(1, -1)], [(math.nan, 1)]])
def test_a_bad_curve_is_refused(points):
    with pytest.raises(ValueError, match=r"point"):
        from_curve(100, points)


def test_a_bad_class_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        WorkingSet((PageClass(-1, 1),))
