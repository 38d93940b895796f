"""Comparisons print both values and the error, and hide nothing."""

import pytest

from hvlib.published.chapters import CHAPTERS, comparisons
from hvlib.published.comparison import ComparisonTable, compare
from hvlib.published.figures import figures, sources

KEY = "agesen2012/exit.cost"


def test_the_error_is_relative_to_the_published_value() -> None:
    row = compare("one exit", 1.8, KEY)
    assert row.error == pytest.approx(1.0)
    assert "+100.0%" in repr(ComparisonTable("t", [row]))


def test_predicted_rows_come_first_and_fitted_ones_say_so() -> None:
    rows = [compare("a", 0.9, KEY, role="fitted"), compare("b", 0.5, KEY)]
    lines = ComparisonTable("t", rows).lines()
    assert [line[0] for line in lines] == ["b", "a (fitted)"]


def test_an_unknown_figure_is_named() -> None:
    with pytest.raises(KeyError, match="no published figure 'x/y'"):
        compare("a", 1, "x/y")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_shows_its_comparisons_with_sources(chapter: int) -> None:
    table = comparisons(chapter)
    assert any(row.role == "predicted" for row in table.rows)
    for row in table.rows:
        assert row.published.source.authors in row.published.cite
        if row.role == "predicted" and abs(row.error) > 0.4:
            assert row.note, f"chapter {chapter}: {row.what} misses by {row.error:+.0%} unexplained"


def test_there_is_no_fifth_chapter() -> None:
    with pytest.raises(ValueError, match="chapters 1 to 4, not 5"):
        comparisons(5)


def test_every_figure_has_a_source_a_place_and_a_unit_that_is_text() -> None:
    assert sources()
    for key, figure in figures().items():
        assert figure.where, f"{key}: where was it read?"
        assert figure.tag in "PDS"
