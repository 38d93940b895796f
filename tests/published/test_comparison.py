"""Comparisons print both values and the error, and hide nothing."""

import pytest

from hvlib.published.chapters import CHAPTERS, comparisons
from hvlib.published.comparison import Comparison, ComparisonTable, compare
from hvlib.published.figures import Bound, PublishedFigure, Source, figures, sources

KEY = "agesen2012/exit.cost"
SOURCE = Source("x", "A. Author", "A Manual", "documentation", name="Manual", url="https://x.org")


def row(model: float, value: float, unit: str = "", bound: Bound = "") -> Comparison:
    published = PublishedFigure("f", value, unit, "page 1", "D", SOURCE, bound=bound)
    return Comparison("a value", model, published, "predicted")


@pytest.mark.parametrize(
    ("bound", "model", "verdict"),
    [
        ("at most", 2.0, "within the bound"),
        ("at most", 4.0, "at the bound"),
        ("at most", 5.5, "outside the bound, by 1.5 MB"),
        ("at least", 5.0, "within the bound"),
        ("at least", 3.0, "outside the bound, by 1 MB"),
        ("about", 3.0, "-25%"),
        ("", 3.0, "-25%"),
    ],
)
def test_a_bound_has_a_verdict_and_no_error(bound: Bound, model: float, verdict: str) -> None:
    found = row(model, 4, "MB", bound)
    assert found.verdict == verdict
    assert (found.error == 0) == ("outside" not in verdict and "%" not in verdict)


def test_the_published_value_says_that_it_is_a_bound() -> None:
    assert row(1, 4, "MB", "at most").values == ("1 MB", "at most 4 MB")
    assert "how the model stands to it" in repr(ComparisonTable("t", [row(1, 4, "", "at least")]))
    assert "how the model stands to it" not in repr(ComparisonTable("t", [row(1, 4)]))


@pytest.mark.parametrize(
    ("model", "value", "unit", "shown"),
    [
        (0.002162, 0.04, "share", ("0.2%", "4%")),
        (0.007643, 0.0054, "s", ("7.64 ms", "5.4 ms")),
        (62.08, 62, "s", ("62.1 s", "62 s")),
        (3963, 3963, "cycles", ("3,963 cycles", "3,963 cycles")),
        (88817.8, 88761, "", ("88,818", "88,761")),
        (143.76, 143.98, "MB", ("143.76 MB", "143.98 MB")),
        (25.97, 25.9, "MB", ("26.0 MB", "25.9 MB")),
        (130.43, 100, "times", ("130 times", "100 times")),
        (0, 0.05, "share", ("0%", "5%")),
    ],
)
def test_both_values_have_one_unit_and_no_false_digits(
    model: float, value: float, unit: str, shown: tuple[str, str]
) -> None:
    assert row(model, value, unit).values == shown


def test_no_error_is_less_than_nothing() -> None:
    assert row(3.99999, 4).verdict == "0%"


def test_a_note_stands_once_and_each_row_has_its_number() -> None:
    rows = [compare(name, 1, KEY, note="why") for name in "ab"]
    table = ComparisonTable("t", rows)
    assert [line[0] for line in table.lines()] == ["a [1]", "b [1]"]
    assert repr(table).count("why") == 1
    assert "1. why" in table._repr_markdown_()


def test_a_text_without_a_date_is_cited_by_title_and_address() -> None:
    figure = row(1, 1).published
    assert figure.origin == "A. Author, “A Manual”, documentation, https://x.org"
    assert figure.short == "Manual, page 1"


def test_the_error_is_relative_to_the_published_value() -> None:
    row = compare("one exit", 1.8, KEY)
    assert row.error == pytest.approx(1.0)
    assert "+100%" in repr(ComparisonTable("t", [row]))


def test_fitted_rows_are_folded_away_in_a_notebook() -> None:
    rows = [compare("a", 0.9, KEY, role="fitted"), compare("b", 0.5, KEY)]
    shown, folded = ComparisonTable("t", rows)._repr_markdown_().split("<details>")
    assert "| b |" in shown
    assert "| a (fitted) |" not in shown
    assert "| a (fitted) |" in folded.split("</details>")[0]
    assert "<details>" not in ComparisonTable("t", rows[1:])._repr_markdown_()


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
        assert figure.source.year or figure.source.name, f"{key}: no year, and no name for tables"
