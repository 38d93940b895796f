"""CPU, memory and paging stay as near to the published figures as they are today."""

import pytest

from hvlib.published.chapter2_cpu_memory import comparisons
from hvlib.published.comparison import ComparisonTable


def row(key: str, number: int = 0):  # type: ignore[no-untyped-def]
    source, _slash, name = key.partition("/")
    found = [r for r in comparisons() if (r.published.source.id, r.published.id) == (source, name)]
    return found[number]


def test_the_fitted_loss_is_met() -> None:
    assert row("barham2003/domains128.loss").error == pytest.approx(0, abs=0.01)


def test_weights_are_kept_within_the_published_bound() -> None:
    weights = row("barham2003/weights.deviation")
    assert weights.model <= weights.published.value


def test_an_idle_domain_answers_in_the_published_order_of_magnitude() -> None:
    plain = row("barham2003/idle_domain.latency")
    assert 0.5 < plain.model / plain.published.value < 2
    assert row("barham2003/idle_domain.latency", 1).model < plain.model, "boost must help"


def test_overhead_is_predicted_within_one_percent() -> None:
    rows = [r for r in comparisons() if r.published.id.startswith("overhead.")]
    assert len(rows) == 16
    assert sum(r.role == "predicted" for r in rows) == 12
    worst = max(rows, key=lambda r: abs(r.error))
    assert abs(worst.error) < 0.01, f"{worst.what}: {worst.error:+.2%}"


def test_bounds_are_kept_and_called_so() -> None:
    for key in (
        "barham2003/weights.deviation",
        "waldspurger2002/sharing.space_overhead",
        "vsphere-resource-guide/sharing.diverse",
    ):
        assert row(key).verdict == "within the bound", key
    assert row("vsphere-resource-guide/sharing.identical").verdict == "at the bound"


def test_one_vcpu_is_not_many() -> None:
    text = " ".join(r.what for r in comparisons())
    assert "1 vCPU " in text
    assert "1 vCPUs" not in text


def test_walks_are_counted_as_published() -> None:
    assert row("bhargava2008/walk.4x4").error == 0
    assert row("bhargava2008/walk.native4").error == 0


def test_fitted_rows_name_their_fit() -> None:
    for r in comparisons():
        if r.role == "fitted" and not r.published.id.startswith("overhead."):
            assert "fitted" in r.note, r.what


def test_the_table_shows_every_row() -> None:
    assert len(ComparisonTable("Chapter 2", comparisons()).lines()) == len(comparisons())
