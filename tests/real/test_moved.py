"""The computer in the page stops when it is told to, and a guest that can't move goes on."""

from functools import cache
from typing import Any

import pytest
from real import emulated

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not emulated.there(), reason=emulated.UNTESTED),
]

STATES = (
    *("never run", "run, but no slice yet", "at rest between slices", "idle", "woken"),
    *("paused", "at work"),
)
FAILURES = {
    "breaking": "no room for it",
    "mute": "silent",
    "mute at the end": "silent",
    "known to be lost": "the worker ended",
}


@cache
def found() -> dict[str, Any]:
    return emulated.paused_and_moved()


@pytest.mark.parametrize("state", STATES)
def test_a_pause_is_over_when_it_returns(state: str) -> None:
    assert found()["stops"][state] == {"running": False, "still": True, "goesOn": True}


@pytest.mark.parametrize("way", ["pre-copy", "stop-and-copy"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_guest_that_does_not_arrive_goes_on_where_it_was(way: str, failure: str) -> None:
    moved = found()["moves"][f"{way}, {failure}"]
    assert moved.pop("seconds") < 10, "the move took no end"
    assert moved == {"outcome": FAILURES[failure], "goesOn": True, "other": False}
