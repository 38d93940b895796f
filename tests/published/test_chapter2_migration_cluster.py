"""The comparisons of migration and cluster: complete, sourced, and no worse than the text says."""

import pytest

from hvlib.models.migration import QUAKE3, Link
from hvlib.published.chapter2_migration_cluster import FITTED_ROUNDS, comparisons
from hvlib.published.comparison import ComparisonTable
from hvlib.published.figures import figures

ROWS = {row.published.source.id + "/" + row.published.id: row for row in comparisons()}


def test_no_figure_of_the_paper_is_left_out():
    rules = {"clark2005/leftover"}  # what the model is told, no outcome
    assert figures()["clark2005/leftover"].value == Link().leftover * 1000
    paper = {key for key in figures() if key.startswith("clark2005/")} - rules
    assert paper <= ROWS.keys(), f"left out: {paper - ROWS.keys()}"


@pytest.mark.parametrize(
    ("key", "most"),
    [
        ("clark2005/quake3.total", 0.10),
        ("clark2005/quake3.rounds", 0.20),
        ("clark2005/quake3.downtime", 0.30),
        ("clark2005/apache.first", 0.01),
        ("clark2005/apache.first.time", 0.01),
        ("clark2005/apache.total", 0.08),
        ("clark2005/apache.downtime", 0.03),
        ("clark2005/apache.service.first", 0.01),
        ("clark2005/apache.service.later", 0.20),
        ("clark2005/stop.128", 1e-9),
    ],
)
def test_the_errors_that_the_text_prints(key, most):
    row = ROWS[key]
    assert abs(row.error) <= most, f"{row.what}: {row.error:+.1%}, the text says {most:.0%}"


def test_only_the_rounds_that_were_fitted_are_called_so():
    roles = {key: row.role for key, row in ROWS.items() if "quake3.round0" in key}
    fitted = sorted(key for key, role in roles.items() if role == "fitted")
    assert fitted == [f"clark2005/quake3.round0{n}" for n in range(1, FITTED_ROUNDS + 1)]


def test_every_large_miss_is_explained():
    for row in ROWS.values():
        if row.role == "predicted" and abs(row.error) > 0.4:
            assert row.note, f"{row.what} misses by {row.error:+.0%} unsaid"


def test_the_resume_cost_stands_apart_from_the_copy():
    result = QUAKE3.run()
    assert ROWS["clark2005/quake3.resume"].model == pytest.approx(40)
    assert result.downtime == pytest.approx(result.copying + result.resuming)


def test_the_cluster_obeys_the_times_it_was_given():
    for key, row in ROWS.items():
        if "clark2005" not in key:
            assert row.error == 0, f"{row.what}: {row.model} s"
            assert row.role == "fitted"


def test_the_table_prints():
    text = repr(ComparisonTable("Chapter 2", tuple(ROWS.values())))
    assert "Quake 3, sent in round 7" in text
    assert "Epping 2016" in text
