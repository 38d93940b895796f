"""Every picture still shows what the ledger says; ``python -m tests.ledger`` renews it."""

import difflib

import pytest

from hvlib.views.export import charts
from hvlib.views.stored import stored as file_of
from tests.ledger.pictures import pictures, stale, stored

PICTURES = pictures()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_it_showed(name: str) -> None:
    assert stored(name).exists(), f"{name} is not in the ledger; run: make ledger"
    before = stored(name).read_text(encoding="utf-8").split("\n")
    now = PICTURES[name]().split("\n")
    changes = [f"{line[:400]}" for line in difflib.unified_diff(before, now, "stored", "now", n=0)]
    assert not changes, f"{name} shows something else; if you meant it: make ledger\n" + "\n".join(
        changes
    )


def test_no_chart_has_changed_since_its_file_was_made() -> None:
    """A reader's page would need matplotlib to build it, which a web page does not have."""
    old = [kind.__name__ for kind in charts() if file_of(kind) is None]
    assert not old, f"run: make charts ARGS='{' '.join(old)}'"


def test_the_ledger_holds_no_picture_that_is_gone() -> None:
    assert not list(stale())
