"""The comparisons of chapter 4: fitted rows fit, and the ESXi plane predicts the rest."""

from hvlib.published.chapter4 import comparisons

ROWS = comparisons()


def test_fitted_rows_fit() -> None:
    off = {row.what: row.error for row in ROWS if row.role == "fitted" and abs(row.error) > 1e-6}
    assert not off, f"fitted, yet off: {off}"


def test_every_source_of_the_chapter_is_compared() -> None:
    sources = {row.published.source.id for row in ROWS}
    assert sources >= {
        "vsphere-resource-guide",
        "openshift-virt",
        "lightvm2017",
        "firecracker-spec",
        "felter2015",
        "slim2019",
        "slirp4netns",
        "egressgateway",
    }


def test_headers_alone_foretell_what_a_full_wire_carries() -> None:
    rows = [row for row in ROWS if row.published.source.id == "egressgateway"]
    off = {row.what: row.error for row in rows}
    assert len(off) == 2
    assert all(abs(error) < 0.005 for error in off.values()), off
