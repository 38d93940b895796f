"""Chapter 1's models against Agesen et al. 2012, within stated bounds."""

from hvlib.published.chapter1 import comparisons


def test_fitted_rows_repeat_the_published_figure():
    for row in comparisons():
        if row.role == "fitted":
            assert abs(row.error) < 0.002, f"{row.what} no longer is what was published"


def test_predicted_rows_are_within_the_authors_rounding():
    for row in comparisons():
        if row.role == "predicted":
            assert abs(row.error) < 0.05, f"{row.what}: {row.error:+.1%}"


def test_every_row_names_its_place_in_the_source():
    rows = comparisons()
    assert len(rows) == 16
    assert all(row.published.where in row.published.cite for row in rows)
