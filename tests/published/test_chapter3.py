"""The comparisons of chapter 3: fitted rows fit, and no miss stands without a word on it."""

from hvlib.published.chapter3 import comparisons

ROWS = comparisons()
WORKSTATION = [row for row in ROWS if row.published.id.endswith(".workstation")]


def test_fitted_rows_fit() -> None:
    off = {row.what: row.error for row in ROWS if row.role == "fitted" and abs(row.error) > 1e-6}
    assert not off, f"fitted, yet off: {off}"


def test_all_six_workloads_are_predicted_on_workstation_with_a_reason() -> None:
    assert len({row.published.id for row in WORKSTATION}) == 6
    assert all(row.role == "predicted" and row.note for row in WORKSTATION)


def test_misses_are_said_to_be_misses() -> None:
    for row in WORKSTATION:
        if abs(row.error) > 0.5:
            assert "a miss" in row.note.lower(), (
                f"{row.what} is off by {row.error:+.0%} without a word"
            )


def test_no_bounds_are_told_where_no_mix_changes_the_prediction() -> None:
    notes = {row.what: row.note for row in WORKSTATION}
    assert "Any mix" in notes["Linux build on VMware Workstation"]
    assert "Any mix" not in notes["SPEC INT2000 on VMware Workstation"]
